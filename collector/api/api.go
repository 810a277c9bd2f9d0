// Package api gives everything that pages show as JSON. Who may ask for what is
// decided at the gate.
package api

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/report"
)

// API serves GET /api/v1/...
type API struct {
	source view.Source
	log    *slog.Logger
	clock  func() time.Time
	where  *time.Location
}

// New returns the API of a source.
func New(source view.Source, clock func() time.Time, where *time.Location, log *slog.Logger) *API {
	return &API{source, log, clock, where}
}

// Routes are the figures and the factors behind them.
func (a *API) Routes() []gate.Route {
	route := func(path string, scope access.Scope, about gate.Object, doc openapi.Operation, answer func(*http.Request, int) (any, error)) gate.Route {
		doc.Tag = "figures"
		return gate.Route{Pattern: "GET /api/v1/" + path, Scope: scope, About: about, Doc: doc, Handler: func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, answer) }}
	}
	return append(a.purchaseRoutes(route), []gate.Route{
		route("organisations", access.ReadFigures, gate.Nothing, openapi.Operation{Summary: "List organisations", Answers: ok("The organisations", []view.Organisation{}), Query: ofYear}, func(r *http.Request, _ int) (any, error) { return a.source.Organisations(r.Context()) }),
		route("organisations/{id}", access.ReadFigures, gate.Organisation, openapi.Operation{Summary: "The footprint of an organisation", Answers: ok("Its figures", overviewPage{}), Query: append(ofList(view.SiteOrders), ofYear...)}, func(r *http.Request, year int) (any, error) {
			id, err := number(r, "id")
			if err != nil {
				return nil, err
			}
			list, err := listOf(r, view.SiteOrders, "name")
			if err != nil {
				return nil, err
			}
			o, err := a.source.Overview(r.Context(), id, year)
			if err != nil {
				return nil, err
			}
			return listedOverview(o, list)
		}),
		route("organisations/{id}/schools", access.ReadFigures, gate.Organisation, openapi.Operation{Summary: "Which schools differ by more than chance", Answers: ok("The schools", schoolsPage{}), Query: slices.Concat(ofAlike, ofList(view.SchoolOrders), ofYear)}, a.schools),
		route("organisations/{id}/report", access.ReadFigures, gate.Organisation, openapi.Operation{Summary: "The report of an organisation on a month, and why the month before differs", Answers: ok("The report", view.Monthly{}), Query: ofMonth}, a.monthly),
		route("organisations/{id}/quality", access.ReadFigures, gate.Organisation, openapi.Operation{Summary: "How well the figures of an organisation are known", Answers: ok("The shares, and the schools", qualityPage{}), Query: append(ofList(view.QualityOrders), ofYear...)}, a.quality),
		route("model", access.ReadFactors, gate.Nothing, openapi.Operation{Summary: "What changed with each version of the formulas, and both methods of embodied impacts side by side", Answers: ok("The versions and the methods", modelPage{})}, a.model),
		route("organisations/{id}/years", access.ReadFigures, gate.Organisation, openapi.Operation{Summary: "The footprint of an organisation, school year by school year", Answers: ok("The school years that are computed, the earliest first", []view.YearRow{})}, func(r *http.Request, _ int) (any, error) {
			id, err := number(r, "id")
			if err != nil {
				return nil, err
			}
			all, err := a.source.Years(r.Context(), id)
			if all == nil {
				all = []view.YearRow{}
			}
			return all, err
		}),
		route("sites/{id}/week", access.ReadFigures, gate.Site, openapi.Operation{Summary: "At what times the devices of a site run", Answers: ok("An average week by the hour, and what runs while nobody is there", view.Week{}), Query: ofYear}, func(r *http.Request, year int) (any, error) {
			id, err := number(r, "id")
			if err != nil {
				return nil, err
			}
			return a.source.Week(r.Context(), id, year)
		}),
		route("sites/{id}", access.ReadFigures, gate.Site, openapi.Operation{Summary: "The footprint of a site", Answers: ok("Its figures", sitePage{}), Query: slices.Concat(ofDevices, ofYear)}, func(r *http.Request, year int) (any, error) {
			id, err := number(r, "id")
			if err != nil {
				return nil, err
			}
			list, err := listOf(r, view.DeviceOrders, "footprint")
			if err != nil {
				return nil, err
			}
			s, err := a.source.Site(r.Context(), id, year)
			if err != nil {
				return nil, err
			}
			return listedSite(r, s, list)
		}),
		route("devices/{id}", access.ReadDevices, gate.Device, openapi.Operation{Summary: "The footprint of a device", Answers: ok("Its figures", view.Device{}), Query: ofYear}, func(r *http.Request, year int) (any, error) {
			return a.source.Device(r.Context(), r.PathValue("id"), year)
		}),
		route("devices/{id}/windows", access.ReadDevices, gate.Device, openapi.Operation{Summary: "What a device did, by the quarter of an hour", Answers: ok("The windows", view.Windows{}), Query: ofTime}, func(r *http.Request, _ int) (any, error) { return a.windows(r) }),
		route("factors", access.ReadFactors, gate.Nothing, openapi.Operation{Summary: "Every factor with its interval, source and licence", Answers: ok("The factors", []factor.Row{}), Query: ofYear}, func(*http.Request, int) (any, error) { return a.source.Factors().Rows, nil }),
		{Pattern: "/api/", Scope: access.SignedIn, Handler: func(w http.ResponseWriter, r *http.Request) { a.Refuse(w, r, view.ErrNotFound) }},
	}...)
}

// ofYear is the school year that figures are of.
var ofYear = []openapi.Parameter{{Name: "year", What: "the calendar year in which the school year begins; the current one without it", Of: 0}}

// ofTime is the time that windows are of.
var ofTime = []openapi.Parameter{
	{Name: "from", What: "when it begins", Of: time.Time{}},
	{Name: "to", What: "when it ends; a day later without it", Of: time.Time{}},
}

// ofList are which part of a list is asked for, and in which order.
func ofList(orders []string) []openapi.Parameter {
	return []openapi.Parameter{
		{Name: "sort", What: "one of " + strings.Join(orders, ", ")},
		{Name: "find", What: "a part of the names that are listed"},
		{Name: "page", What: "which page of the list, from 1", Of: 0},
	}
}

func number(r *http.Request, name string) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil {
		return 0, view.ErrNotFound
	}
	return n, nil
}

func (a *API) serve(w http.ResponseWriter, r *http.Request, answer func(*http.Request, int) (any, error)) {
	year := 0
	if text := r.URL.Query().Get("year"); text != "" {
		var err error
		if year, err = strconv.Atoi(text); err != nil || year < 2000 || year > 2200 {
			write(w, http.StatusBadRequest, report.Problem{Field: "year", Reason: "must be the calendar year in which a school year begins, as in 2026"})
			return
		}
	}
	body, err := answer(r, year)
	if err != nil {
		a.Refuse(w, r, err)
		return
	}
	write(w, http.StatusOK, body)
}

// Refuse answers a request that was not let through, that is wrong, or that cannot be
// answered, with a report.Problem.
func (a *API) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	var problem *report.Problem
	var refused *registry.Refused
	var own *refusal
	say := func(status int) { write(w, status, report.Problem{Reason: err.Error()}) }
	switch {
	case errors.As(err, &problem):
		write(w, http.StatusBadRequest, problem)
	case errors.As(err, &own):
		write(w, own.status, own.Problem)
	case errors.As(err, &refused) && refused.Field != "":
		write(w, http.StatusBadRequest, report.Problem{Field: refused.Field, Reason: refused.Reason})
	case errors.As(err, &refused):
		say(http.StatusConflict)
	case errors.Is(err, registry.ErrNotFound), errors.Is(err, access.ErrNoUser), errors.Is(err, access.ErrNoKey):
		say(http.StatusNotFound)
	case errors.Is(err, view.ErrNotFound):
		write(w, http.StatusNotFound, report.Problem{Reason: "there is no such thing, or no data for that school year"})
	case errors.Is(err, view.ErrTooManyTries):
		w.Header().Set("Retry-After", "60")
		say(http.StatusTooManyRequests)
	case errors.Is(err, view.ErrWrongPassword), errors.Is(err, view.ErrNotSignedIn), errors.Is(err, view.ErrNoPasswords):
		w.Header().Set("WWW-Authenticate", `Basic realm="Ecoparc", charset="UTF-8"`)
		say(http.StatusUnauthorized)
	case errors.Is(err, view.ErrForbidden), errors.Is(err, view.ErrForeignForm):
		say(http.StatusForbidden)
	default:
		a.log.Error("cannot answer", "path", r.URL.Path, "error", err)
		write(w, http.StatusInternalServerError, report.Problem{Reason: "the collector cannot answer now"})
	}
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}
