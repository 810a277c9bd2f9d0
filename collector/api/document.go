package api

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// about is what the document says before all else.
const about = "The footprint of a school fleet, and its administration. Masses are in gCO2e, energies in Wh; each figure has its interval. " +
	"A person asks with a name and password, or with a key; a device with its secret. What is outside of a person's reach is answered 404. " +
	"Every answer that is no success says in a sentence what was wrong, and with which field."

// DocumentRoute is GET /api/v1/openapi.json: the routes of the API, as far as they say
// what they do. A route below /api/ that does not say so is a mistake of the program.
func DocumentRoute(routes []gate.Route) (gate.Route, error) {
	document := gate.Route{Pattern: "GET /api/v1/openapi.json", Scope: access.Public, Doc: openapi.Operation{
		Summary: "This document", Tag: "this document", Answers: ok("The document, in OpenAPI 3.1", map[string]any{}),
	}}
	d := openapi.Document{
		Title: "Ecoparc", Version: "1", About: about, Problem: report.Problem{},
		Words: map[reflect.Type][]string{
			reflect.TypeFor[equipment.Category]():   texts(equipment.Categories),
			reflect.TypeFor[equipment.Population](): texts(equipment.Populations),
			reflect.TypeFor[access.Role]():          texts(access.Roles()),
			reflect.TypeFor[access.Scope]():         texts(access.Scopes()),
		},
	}
	for _, route := range append(routes, document) {
		if !strings.Contains(route.Pattern, "/api/") || catchesAll(route) {
			continue
		}
		if route.Doc.Summary == "" {
			return document, fmt.Errorf("route %q does not say what it does", route.Pattern)
		}
		d.Routes = append(d.Routes, documented(route))
	}
	text, err := d.JSON()
	document.Handler = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(text)
	}
	return document, err
}

// catchesAll tells whether a route only answers for what is not there.
func catchesAll(route gate.Route) bool {
	return route.Pattern == "/api/" || !strings.Contains(route.Pattern, " ") && route.Doc.Summary == ""
}

// documented is a route as the document shows it.
func documented(route gate.Route) openapi.Route {
	method, path, ok := strings.Cut(route.Pattern, " ")
	if !ok { // it answers itself for other methods
		method, path = http.MethodPost, route.Pattern
	}
	r := openapi.Route{Method: method, Path: path, Who: openapi.People, Scope: string(route.Scope), Operation: route.Doc}
	switch route.Scope {
	case access.Public:
		r.Who, r.Scope = openapi.Anybody, ""
	case access.Agents:
		r.Who, r.Scope = openapi.Devices, ""
	case access.SignedIn:
		r.Scope = ""
	}
	if route.Doc.Who != "" {
		r.Who = route.Doc.Who
	}
	named := map[gate.Object]openapi.Parameter{
		gate.Organisation: {What: "number of the organisation", Of: int64(0)}, gate.Site: {What: "number of the site", Of: int64(0)},
		gate.Token: {What: "number of the token", Of: int64(0)}, gate.Device: {What: "name of the device"}, gate.Fleet: {What: "name of the person"},
	}
	if strings.Contains(path, "{id}") {
		p := named[route.About]
		p.Name = "id"
		r.Named = append(r.Named, p)
	}
	if strings.Contains(path, "{scenario}") {
		r.Named = append(r.Named, openapi.Parameter{Name: "scenario", What: "number of the scenario", Of: int64(0)})
	}
	if strings.Contains(path, "{key}") {
		r.Named = append(r.Named, openapi.Parameter{Name: "key", What: "number of the key", Of: int64(0)})
	}
	return r
}

func texts[T ~string](all []T) []string {
	words := make([]string, len(all))
	for i, one := range all {
		words[i] = string(one)
	}
	return words
}
