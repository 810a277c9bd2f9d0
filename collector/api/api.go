// Package api gives everything that pages show as JSON, to whoever is signed in
// on the pages or sends a user name and password (HTTP Basic).
package api

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"

	"github.com/ecoparc/ecoparc/dashboards"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/report"
)

// API serves GET /api/v1/...
type API struct {
	source view.Source
	access view.Access
	log    *slog.Logger
}

// New returns the API of a source.
func New(source view.Source, access view.Access, log *slog.Logger) *API {
	return &API{source, access, log}
}

// Register adds the routes.
func (a *API) Register(mux *http.ServeMux) {
	handle := func(path string, answer func(*http.Request, int) (any, error)) {
		mux.HandleFunc("GET /api/v1/"+path, func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, answer) })
	}
	handle("organisations", func(r *http.Request, _ int) (any, error) { return a.source.Organisations(r.Context()) })
	handle("organisations/{id}", func(r *http.Request, year int) (any, error) {
		id, err := number(r, "id")
		if err != nil {
			return nil, err
		}
		return a.source.Overview(r.Context(), id, year)
	})
	handle("sites/{id}", func(r *http.Request, year int) (any, error) {
		id, err := number(r, "id")
		if err != nil {
			return nil, err
		}
		return a.source.Site(r.Context(), id, year)
	})
	handle("devices/{id}", func(r *http.Request, year int) (any, error) {
		return a.source.Device(r.Context(), r.PathValue("id"), year)
	})
	handle("factors", func(*http.Request, int) (any, error) { return a.source.Factors().Rows, nil })
}

func number(r *http.Request, name string) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil {
		return 0, view.ErrNotFound
	}
	return n, nil
}

func (a *API) serve(w http.ResponseWriter, r *http.Request, answer func(*http.Request, int) (any, error)) {
	if err := a.authenticate(r); err != nil {
		a.refuse(w, r, err)
		return
	}
	year := 0
	if text := r.URL.Query().Get("year"); text != "" {
		var err error
		if year, err = strconv.Atoi(text); err != nil || year < 2000 || year > 2200 {
			write(w, http.StatusBadRequest, report.Problem{Field: "year", Reason: "must be the calendar year in which a school year begins, as in 2026"})
			return
		}
	}
	body, err := answer(r, year)
	problem := (*report.Problem)(nil)
	switch {
	case errors.As(err, &problem):
		write(w, http.StatusBadRequest, problem)
	case errors.Is(err, view.ErrNotFound):
		write(w, http.StatusNotFound, report.Problem{Reason: "there is no such thing, or no data for that school year"})
	case err != nil:
		a.cannot(w, r, err)
	default:
		write(w, http.StatusOK, body)
	}
}

var errNotSignedIn = errors.New("sign in on the pages, or send a user name and password")

// authenticate accepts the pages' session, or a name and password.
func (a *API) authenticate(r *http.Request) error {
	if c, err := r.Cookie(dashboards.SessionCookie); err == nil {
		if _, ok, err := a.access.User(r.Context(), c.Value); ok || err != nil {
			return err
		}
	}
	name, password, ok := r.BasicAuth()
	if !ok {
		return errNotSignedIn
	}
	from, _, err := net.SplitHostPort(r.RemoteAddr) // each connection has another port
	if err != nil {
		from = r.RemoteAddr
	}
	session, err := a.access.SignIn(r.Context(), name, password, from)
	if err != nil {
		return err
	}
	return a.access.SignOut(r.Context(), session.Token)
}

// refuse answers somebody who could not be recognised.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, view.ErrTooManyTries):
		w.Header().Set("Retry-After", "60")
		write(w, http.StatusTooManyRequests, report.Problem{Reason: err.Error()})
	case errors.Is(err, view.ErrWrongPassword), errors.Is(err, errNotSignedIn):
		w.Header().Set("WWW-Authenticate", `Basic realm="Ecoparc", charset="UTF-8"`)
		write(w, http.StatusUnauthorized, report.Problem{Reason: err.Error()})
	default:
		a.cannot(w, r, err)
	}
}

func (a *API) cannot(w http.ResponseWriter, r *http.Request, err error) {
	a.log.Error("cannot answer", "path", r.URL.Path, "error", err)
	write(w, http.StatusInternalServerError, report.Problem{Reason: "the collector cannot answer now"})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}
