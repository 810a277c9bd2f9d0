package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/models/report"
)

// answer is what an operation answers when it succeeds.
type answer struct {
	status   int // 0 is 200
	location string
	body     any // nil: 204
}

func created(location string, body any) (answer, error) {
	return answer{http.StatusCreated, location, body}, nil
}

func found(body any, err error) (answer, error) { return answer{body: body}, err }

// operation is a route that answers in JSON.
func (a *API) operation(pattern string, scope access.Scope, about gate.Object, doc openapi.Operation, do func(*http.Request) (answer, error)) gate.Route {
	return gate.Route{Pattern: pattern, Scope: scope, About: about, Doc: doc, Handler: func(w http.ResponseWriter, r *http.Request) {
		got, err := do(r)
		switch {
		case err != nil:
			a.Refuse(w, r, err)
		case got.body == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			if got.location != "" {
				w.Header().Set("Location", got.location)
			}
			if got.status == 0 {
				got.status = http.StatusOK
			}
			write(w, got.status, got.body)
		}
	}}
}

// refusal is a problem with a status of its own.
type refusal struct {
	status int
	report.Problem
}

func (r *refusal) Error() string { return r.Reason }

// maxBodyB bounds a body that is JSON: acts are short.
const maxBodyB = 64 << 10

// read reads a body that must be one JSON object of the fields of into, no others.
func read(r *http.Request, into any) error {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return &refusal{http.StatusUnsupportedMediaType, report.Problem{Field: "Content-Type", Reason: "must be application/json"}}
	}
	in := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBodyB))
	in.DisallowUnknownFields()
	if err := in.Decode(into); err != nil {
		return notThis(err)
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return &report.Problem{Reason: "is more than one JSON object"}
	}
	return nil
}

// notThis says in words what is wrong with a body.
func notThis(err error) error {
	var kind *json.UnmarshalTypeError
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &refusal{http.StatusRequestEntityTooLarge, report.Problem{Field: "body", Reason: fmt.Sprintf("is larger than %d bytes", tooLarge.Limit)}}
	case errors.As(err, &kind) && kind.Field != "":
		return &report.Problem{Field: kind.Field, Reason: fmt.Sprintf("is a %s; %s is expected", kind.Value, wanted(kind))}
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		name := strings.Trim(strings.TrimPrefix(err.Error(), "json: unknown field "), `"`)
		return &report.Problem{Field: name, Reason: "is not known here"}
	}
	return &report.Problem{Reason: "is not one JSON object: " + err.Error()}
}

// wanted is a Go type in the words of JSON.
func wanted(e *json.UnmarshalTypeError) string {
	switch kind := e.Type.Kind().String(); {
	case strings.HasPrefix(kind, "int"):
		return "a whole number"
	case strings.HasPrefix(kind, "float"):
		return "a number"
	case kind == "bool":
		return "true or false"
	case kind == "slice":
		return "a list"
	}
	return "a text"
}

// The limits of a page of a list.
const (
	usualPage = 500
	mostPage  = 5000
)

// page reads after and limit of a list.
func page(r *http.Request) (after int64, limit int, err error) {
	if after, err = whole(r, "after", 0); err != nil {
		return 0, 0, err
	}
	n, err := whole(r, "limit", usualPage)
	return after, int(min(n, mostPage)), err
}

// whole reads a whole number above 0 from the query.
func whole(r *http.Request, name string, without int64) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return without, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, &report.Problem{Field: name, Reason: "must be a whole number above 0"}
	}
	return n, nil
}

// paged are the parameters of a page, with others before them.
func paged(others ...openapi.Parameter) []openapi.Parameter {
	return append(others,
		openapi.Parameter{Name: "after", What: "where the list goes on: `next` of the page before", Of: int64(0)},
		openapi.Parameter{Name: "limit", What: "how many at most, 500 without it and never more than 5000", Of: int64(0)})
}

// cut is a page of a list of which one more than the limit was asked for, and where
// the list goes on, 0 at its end.
func cut[T any](all []T, limit int, id func(*T) int64) ([]T, int64) {
	if len(all) <= limit {
		return all, 0
	}
	return all[:limit], id(&all[limit-1])
}

// Answers of the document.
func ok(what string, body any) []openapi.Answer {
	return []openapi.Answer{{Status: http.StatusOK, What: what, Body: body}}
}

func made(what string, body any) []openapi.Answer {
	return []openapi.Answer{{Status: http.StatusCreated, What: what, Body: body}}
}

func done(what string) []openapi.Answer {
	return []openapi.Answer{{Status: http.StatusNoContent, What: what}}
}

// acting are the refusals of an act with a body, whose body may be wrong or may not fit
// what is there.
var acting = []int{http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}
