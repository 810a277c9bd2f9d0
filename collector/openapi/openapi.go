// Package openapi writes the OpenAPI document of an HTTP API from the operations that
// its routes declare. What a body holds is told by a value of the Go type that the
// handler encodes or decodes, so the document cannot lag behind: schemas are the types
// as encoding/json sees them.
package openapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Operation is what a route does, for the document.
type Operation struct {
	Summary string
	Tag     string // what it is filed under
	Query   []Parameter
	Body    any    // a value of the type that is sent as JSON; nil for none
	Text    string // media type of a body that is sent and is not JSON
	Answers []Answer
	// Refusals are the statuses of problems, beside those that follow from who may ask
	// and what is asked for.
	Refusals []int
	// Who may ask, where that is not who the route is for; empty: as the route.
	Who Who
	// Problem is a value of the type that refusals have; nil is that of the document.
	Problem any
}

// Parameter is a parameter of a query, or a path.
type Parameter struct {
	Name     string
	What     string
	Of       any  // a value of its type; nil is a text
	Repeated bool // it may stand several times
}

// Answer is an answer that is a success.
type Answer struct {
	Status int
	What   string
	Body   any    // a value of its type; nil for none
	Media  string // empty is application/json
}

// Who may ask.
type Who string

// The kinds of callers.
const (
	Anybody Who = "anybody"
	Devices Who = "devices" // with their secret
	People  Who = "people"  // who signed in
)

// Route is an operation with where it is found.
type Route struct {
	Method, Path string // as in POST /api/v1/sites/{id}/close
	Who          Who
	Scope        string      // that a person needs
	Named        []Parameter // what is named in the path
	Operation    Operation
}

// Document is an API.
type Document struct {
	Title, Version, About string
	Problem               any // a value of the type of answers that are not a success
	// Words are what texts of a type may be.
	Words  map[reflect.Type][]string
	Routes []Route
}

// object is a JSON object.
type object map[string]any

// JSON is the document, in OpenAPI 3.1.
func (d *Document) JSON() ([]byte, error) {
	s := newSchemas(d.Words)
	paths := object{}
	for _, r := range d.Routes {
		at, ok := paths[r.Path].(object)
		if !ok {
			at = object{}
			paths[r.Path] = at
		}
		at[strings.ToLower(r.Method)] = d.operation(s, r)
	}
	schemas := s.all() // after all are known
	return json.MarshalIndent(object{
		"openapi": "3.1.0",
		"info":    object{"title": d.Title, "version": d.Version, "description": d.About, "license": object{"name": "EUPL-1.2", "identifier": "EUPL-1.2"}},
		"paths":   paths,
		"components": object{
			"schemas": schemas,
			"securitySchemes": object{
				"password": object{"type": "http", "scheme": "basic", "description": "the name and password of a person"},
				"key":      object{"type": "http", "scheme": "bearer", "description": "a person's key, as made by `collector user key add`"},
				"device":   object{"type": "http", "scheme": "bearer", "description": "DEVICE.SECRET, as given at enrolment"},
			},
		},
	}, "", " ")
}

func (d *Document) operation(s *schemas, r Route) object {
	o := r.Operation
	description := ""
	security := []object{}
	switch r.Who {
	case Devices:
		security = append(security, object{"device": []string{}})
	case People:
		security = append(security, object{"password": []string{}}, object{"key": []string{}})
		if r.Scope != "" {
			description = fmt.Sprintf("Needs the scope `%s`.", r.Scope)
		}
	}
	described := object{
		"operationId": operationID(r), "summary": o.Summary, "tags": []string{o.Tag}, "security": security, "responses": d.responses(s, r),
	}
	if description != "" {
		described["description"] = description
	}
	if parameters := parameters(s, r); len(parameters) > 0 {
		described["parameters"] = parameters
	}
	switch {
	case o.Body != nil:
		described["requestBody"] = object{"required": true, "content": object{"application/json": object{"schema": s.of(reflect.TypeOf(o.Body))}}}
	case o.Text != "":
		described["requestBody"] = object{"required": true, "content": object{o.Text: object{"schema": object{"type": "string"}}}}
	}
	return described
}

// operationID is a name in one word, as postSitesIdClose.
func operationID(r Route) string {
	var b strings.Builder
	b.WriteString(strings.ToLower(r.Method))
	for _, part := range strings.FieldsFunc(r.Path, func(c rune) bool { return strings.ContainsRune("/{}-._", c) }) {
		if part != "api" && part != "v1" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

func parameters(s *schemas, r Route) []object {
	var all []object
	add := func(p Parameter, in string) {
		schema := any(object{"type": "string"})
		if p.Of != nil {
			schema = s.of(reflect.TypeOf(p.Of))
		}
		if p.Repeated {
			schema = object{"type": "array", "items": schema}
		}
		all = append(all, object{"name": p.Name, "in": in, "required": in == "path", "description": p.What, "schema": schema})
	}
	for _, p := range r.Named {
		add(p, "path")
	}
	for _, p := range r.Operation.Query {
		add(p, "query")
	}
	return all
}

// responses are the answers of an operation, successes and problems.
func (d *Document) responses(s *schemas, r Route) object {
	all := object{}
	for _, a := range r.Operation.Answers {
		answer := object{"description": a.What}
		media := a.Media
		if media == "" {
			media = "application/json"
		}
		if a.Body != nil {
			answer["content"] = object{media: object{"schema": s.of(reflect.TypeOf(a.Body))}}
		} else if a.Media != "" {
			answer["content"] = object{media: object{}}
		}
		all[strconv.Itoa(a.Status)] = answer
	}
	problem := d.Problem
	if r.Operation.Problem != nil {
		problem = r.Operation.Problem
	}
	for _, status := range r.refusals() {
		all[strconv.Itoa(status)] = object{
			"description": http.StatusText(status),
			"content":     object{"application/json": object{"schema": s.of(reflect.TypeOf(problem))}},
		}
	}
	return all
}

// refusals are the statuses of an operation's problems.
func (r Route) refusals() []int {
	all := slices.Clone(r.Operation.Refusals)
	if r.Who != Anybody {
		all = append(all, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests)
	}
	if r.Who == People {
		all = append(all, http.StatusInternalServerError)
	}
	if len(r.Named) > 0 {
		all = append(all, http.StatusNotFound)
	}
	if len(r.Operation.Query) > 0 || r.Operation.Body != nil || r.Operation.Text != "" {
		all = append(all, http.StatusBadRequest)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
