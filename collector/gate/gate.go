// Package gate is the one door of the collector: every route is registered here with
// the scope that it asks for, and each request is let through or refused here, before
// its handler sees it.
//
// What a route is about (a site, an organisation, a device) is looked up first.
// Outside of the person's reach it is a 404, as if it did not exist; within reach and
// without the scope, a 403. Lists are not refused: they hold what is within the reach
// that the gate puts into the context (reach.Of). In it is also who acts, for the
// audit log.
package gate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/report"
)

// Route is a route of the collector.
type Route struct {
	Pattern string       // of http.ServeMux: "GET /api/v1/sites/{id}"
	Scope   access.Scope // what it asks for; access.Public, access.Agents and access.SignedIn are said, too
	About   Object       // what {id} in the pattern names
	Handler http.HandlerFunc
	Doc     openapi.Operation // what it does, for routes of the API
}

// Object is a kind of thing that a route is about.
type Object string

// The kinds of things.
const (
	// Nothing in particular: a list that is filtered by reach, or what is everybody's.
	Nothing      Object = ""
	Organisation Object = "organisation" // by its number
	Site         Object = "site"         // by its number
	Device       Object = "device"       // by its name
	Token        Object = "token"        // by its number
	// Fleet is the whole of it: people, or the audit log. Whoever reaches only a part
	// is refused.
	Fleet Object = "fleet"
)

// People recognises who asks. view.ErrNotSignedIn says that it is nobody.
type People interface {
	OfSession(ctx context.Context, token string) (access.Person, error)
	OfPassword(ctx context.Context, name, password, from string) (access.Person, error)
	OfKey(ctx context.Context, key string) (access.Person, error)
}

// Places finds where things are; registry.ErrNotFound says that there is no such
// thing.
type Places interface {
	PlaceOfSite(ctx context.Context, id int64) (reach.Place, error)
	PlaceOfDevice(ctx context.Context, name string) (reach.Place, error)
	PlaceOfToken(ctx context.Context, id int64) (reach.Place, error)
}

// Refuse answers a request that is not let through, or that failed on the way.
type Refuse func(w http.ResponseWriter, r *http.Request, err error)

// Options are what a gate needs.
type Options struct {
	People People
	Places Places
	Clock  func() time.Time
	// API refuses what is asked below /api/, and Pages all else.
	API, Pages Refuse
}

// Gate lets requests through to their routes.
type Gate struct {
	Options
	mux       *http.ServeMux
	byPattern map[string]Route
	forms     *http.CrossOriginProtection
}

// New returns a gate with some routes.
func New(o Options, routes ...Route) *Gate {
	g := &Gate{Options: o, mux: http.NewServeMux(), byPattern: map[string]Route{}, forms: http.NewCrossOriginProtection()}
	for _, route := range routes {
		if err := route.check(); err != nil {
			panic(err) // programmer error: nobody would know who may come in
		}
		g.byPattern[route.Pattern] = route
		g.mux.HandleFunc(route.Pattern, g.door(route))
	}
	return g
}

// check says what is wrong with the declaration of a route.
func (route Route) check() error {
	named := strings.Contains(route.Pattern, "{id}")
	of := slices.Contains([]Object{Organisation, Site, Device, Token}, route.About)
	switch {
	case !slices.Contains(append(access.Scopes(), access.Public, access.Agents, access.SignedIn), route.Scope):
		return fmt.Errorf("route %q asks for the scope %q, which does not exist", route.Pattern, route.Scope)
	case of && !named:
		return fmt.Errorf("route %q is about a %s, and names none with {id}", route.Pattern, route.About)
	case !of && route.About != Nothing && route.About != Fleet:
		return fmt.Errorf("route %q is about a %q, which does not exist", route.Pattern, route.About)
	case !of && route.About != Fleet && strings.Contains(strings.ReplaceAll(route.Pattern, "{$}", ""), "{"):
		return fmt.Errorf("route %q does not say what its path names, as {id}", route.Pattern)
	case route.About != Nothing && slices.Contains([]access.Scope{access.Public, access.Agents}, route.Scope):
		return fmt.Errorf("route %q is about a %s, and open to those whose reach nobody knows", route.Pattern, route.About)
	}
	return nil
}

// Routes are all routes, by their patterns.
func (g *Gate) Routes() []Route {
	var all []Route
	for _, route := range g.byPattern {
		all = append(all, route)
	}
	slices.SortFunc(all, func(a, b Route) int { return strings.Compare(a.Pattern, b.Pattern) })
	return all
}

// ServeHTTP implements http.Handler.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.mux.ServeHTTP(w, r) }

// door is a route's handler behind the gate.
func (g *Gate) door(route Route) http.HandlerFunc {
	if route.Scope == access.Agents {
		return route.Handler // thousands of reports a second: nothing is done that they do not need
	}
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, err := g.admit(r, route)
		if err == nil {
			err = route.answers(r)
		}
		if err != nil {
			g.refuse(w, r.WithContext(ctx), err)
			return
		}
		route.Handler(w, r.WithContext(ctx))
	}
}

// answers refuses a question about which the document of the API says nothing: passed
// over, a filter that is misspelled would let everything through. Pages take what comes.
func (route Route) answers(r *http.Request) error {
	if route.Doc.Summary == "" || r.URL.RawQuery == "" {
		return nil
	}
	for name := range r.URL.Query() {
		if !slices.ContainsFunc(route.Doc.Query, func(p openapi.Parameter) bool { return p.Name == name }) {
			return &report.Problem{Field: name, Reason: "is no parameter here; GET /api/v1/openapi.json says which are"}
		}
	}
	return nil
}

func (g *Gate) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		g.API(w, r, err)
		return
	}
	g.Pages(w, r, err)
}

// admit lets a request through to a route, or says why not. The context, with whom
// the gate recognised, is for the refusal too.
func (g *Gate) admit(r *http.Request, route Route) (context.Context, error) {
	ctx := reach.With(r.Context(), reach.Reach{})
	if g.forms.Check(r) != nil {
		return ctx, view.ErrForeignForm
	}
	if route.Scope == access.Public {
		return ctx, nil
	}
	p, err := g.recognise(r)
	if err != nil {
		return ctx, err
	}
	ctx = reach.With(r.Context(), p.Sees())
	ctx = audit.As(ctx, p.Name, g.Clock())
	ctx = view.WithUser(ctx, view.User{Name: p.Name, Role: string(p.Role), Opens: func(path string) bool { return g.opens(ctx, p, path) }})
	return ctx, g.allow(ctx, p, route, r.PathValue("id"))
}

// allow tells whether a person may come to a route about the thing that id names.
func (g *Gate) allow(ctx context.Context, p access.Person, route Route, id string) error {
	if route.About == Fleet && !p.Reach.Everything {
		return view.ErrForbidden
	}
	if !p.Reach.Everything && route.About != Nothing {
		switch place, err := g.place(ctx, route.About, id); {
		case errors.Is(err, registry.ErrNotFound), err == nil && !p.Reach.Contains(place):
			return view.ErrNotFound
		case err != nil:
			return fmt.Errorf("cannot look up %s %q: %w", route.About, id, err)
		}
	}
	if !p.May(route.Scope) {
		return view.ErrForbidden
	}
	return nil
}

// place is where the thing is that id names.
func (g *Gate) place(ctx context.Context, about Object, id string) (reach.Place, error) {
	if about == Device {
		return g.Places.PlaceOfDevice(ctx, id)
	}
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return reach.Place{}, registry.ErrNotFound
	}
	switch about {
	case Site:
		return g.Places.PlaceOfSite(ctx, number)
	case Token:
		return g.Places.PlaceOfToken(ctx, number)
	default:
		return reach.Place{Organisation: number}, nil
	}
}

// opens tells whether a person may open the page at a path: links that would lead to
// a refusal are not shown.
func (g *Gate) opens(ctx context.Context, p access.Person, path string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	if err != nil {
		return false
	}
	_, pattern := g.mux.Handler(r)
	route, ok := g.byPattern[pattern]
	return ok && g.allow(ctx, p, route, named(pattern, r.URL.Path)) == nil
}

// named is the part of a path that {id} stands for in its pattern.
func named(pattern, path string) string {
	_, pattern, _ = strings.Cut(pattern, " ")
	parts := strings.Split(path, "/")
	if i := slices.Index(strings.Split(pattern, "/"), "{id}"); i >= 0 && i < len(parts) {
		return parts[i]
	}
	return ""
}
