package service

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/config"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/signon"
	"github.com/ecoparc/ecoparc/dashboards"
	"github.com/ecoparc/ecoparc/models/equipment"
)

var update = flag.Bool("update", false, "write the tables of docs/roles.md anew")

const rolesFile = "../../docs/roles.md"

// marked is what stands in docs/roles.md between the marks of a name.
func marked(t *testing.T, name, want string) string {
	t.Helper()
	text, err := os.ReadFile(rolesFile)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
	before, rest, ok := strings.Cut(string(text), begin)
	got, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no marks of %s", rolesFile, name)
	}
	if *update {
		if err := os.WriteFile(rolesFile, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return want
	}
	return got
}

func TestDocumentationTellsWhatRolesMayDo(t *testing.T) {
	if want := access.Table(); marked(t, "scopes", want) != want {
		t.Errorf("docs/roles.md does not say\n%s", want)
	}
}

// two are two organisations, each with two sites, a device and a token in the first.
type two struct {
	organisations, sites, tokens [2]int64
	devices                      [2]string
	other                        int64 // the second site of the first organisation
}

func fill(t *testing.T, s *Service) (w two) {
	t.Helper()
	for i, name := range []string{"Département", "Région"} {
		owner, err := s.Registry.AddOrganisation(t.Context(), name, false)
		if err != nil {
			t.Fatal(err)
		}
		sites, err := s.Registry.AddSites(t.Context(), owner.ID, []registry.Site{{Name: "Collège", Kind: registry.College, Pupils: 10}, {Name: "Annexe", Kind: registry.Other}})
		if err != nil {
			t.Fatal(err)
		}
		_, token, err := s.Registry.CreateToken(t.Context(), sites[0].ID, equipment.Shared, 1, time.Hour, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Registry.AddDevices(t.Context(), []registry.NewDevice{{Site: sites[0].ID, Category: equipment.Laptop, Population: equipment.Shared, InService: time.Now()}})
		if err != nil {
			t.Fatal(err)
		}
		devices, err := s.Registry.Devices(t.Context(), sites[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		w.organisations[i], w.sites[i], w.tokens[i], w.devices[i] = owner.ID, sites[0].ID, token, devices[0].Name
		if i == 0 {
			w.other = sites[1].ID
		}
	}
	return w
}

// path is a route's path about the thing of one of the organisations.
func (w two) path(t *testing.T, route gate.Route, i int) (method, path string) {
	t.Helper()
	method, path, ok := strings.Cut(route.Pattern, " ")
	if !ok {
		method, path = http.MethodGet, route.Pattern
	}
	id := map[gate.Object]string{
		gate.Organisation: fmt.Sprint(w.organisations[i]), gate.Site: fmt.Sprint(w.sites[i]), gate.Token: fmt.Sprint(w.tokens[i]), gate.Device: w.devices[i], gate.Fleet: "1",
	}[route.About]
	return method, strings.NewReplacer("{id}", id, "{$}", "").Replace(path)
}

// admitted is what the handlers of these tests answer: the gate let it through.
const admitted = http.StatusTeapot

// probed is the service's gate with the same routes, whose handlers only say that they
// were reached.
func probed(s *Service) *gate.Gate {
	routes := s.gate.Routes()
	for i := range routes {
		routes[i].Handler = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(admitted) }
	}
	return gate.New(s.gate.Options, routes...)
}

// as asks a gate with a session.
func as(t *testing.T, g *gate.Gate, token, method, path string) int {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	if token != "" {
		r.AddCookie(&http.Cookie{Name: dashboards.SessionCookie, Value: token})
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w.Code
}

func exampleProvider() signon.Config {
	return signon.Config{
		Issuer: "https://id.example", ClientID: "ecoparc", ClientSecret: "secret", Name: "Région", PublicURL: "https://ecoparc.example", RolesClaim: "groups",
		Roles: []signon.Mapping{{Value: "all", Role: "administrator", Everything: true}},
	}
}

// withSignOn makes a service have every route that it can have.
func withSignOn(t *testing.T) *Service {
	t.Helper()
	s, err := open(t, func(c *config.Config) { c.SignIn.OIDC = exampleProvider() })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

// Each role comes in where docs/roles.md says, within its reach and nowhere else.
func TestEachRoleComesInWhereItMayAndNowhereElse(t *testing.T) {
	s := withSignOn(t)
	w, g := fill(t, s), probed(s)
	session := func(role access.Role, within reach.Reach) string {
		opened, err := s.Access.SignInFrom(t.Context(), access.Stranger{Issuer: "https://id.example", Subject: fmt.Sprint(role, within), Name: "x"}, access.Grant{Role: role, Reach: within})
		if err != nil {
			t.Fatal(err)
		}
		return opened.Token
	}
	reaches := map[string]reach.Reach{
		"everything": {Everything: true}, "the organisation": {Organisations: w.organisations[:1]}, "the site": {Sites: w.sites[:1]},
		"another organisation": {Organisations: w.organisations[1:]}, "another site": {Sites: []int64{w.other, w.sites[1]}},
	}
	tokens := map[access.Role]map[string]string{}
	for _, role := range access.Roles() {
		tokens[role] = map[string]string{}
		for name, within := range reaches {
			tokens[role][name] = session(role, within)
		}
	}
	var table strings.Builder
	table.WriteString("| route | asks for | about |")
	for _, role := range access.Roles() {
		table.WriteString(" " + string(role) + " |")
	}
	table.WriteString("\n| --- | --- | --- |" + strings.Repeat(" --- |", len(access.Roles())) + "\n")
	for _, route := range g.Routes() {
		method, path := w.path(t, route, 0)
		nobody := admitted
		if !slices.Contains([]access.Scope{access.Public, access.Agents}, route.Scope) {
			nobody = http.StatusSeeOther // to the sign-in page
			if strings.HasPrefix(path, "/api/") {
				nobody = http.StatusUnauthorized
			}
		}
		for _, token := range []string{"", "invented"} {
			if got := as(t, g, token, method, path); got != nobody {
				t.Errorf("%s: nobody gets %d, want %d", route.Pattern, got, nobody)
			}
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |", route.Pattern, route.Scope, route.About)
		for _, role := range access.Roles() {
			within := as(t, g, tokens[role]["everything"], method, path)
			fmt.Fprintf(&table, " %s |", map[int]string{admitted: "yes", http.StatusForbidden: "403"}[within])
			for name, token := range tokens[role] {
				want := within
				switch {
				case slices.Contains([]access.Scope{access.Public, access.Agents, access.SignedIn}, route.Scope), route.About == gate.Nothing:
				case route.About == gate.Fleet:
					if name != "everything" {
						want = http.StatusForbidden
					}
				case strings.HasPrefix(name, "another"), name == "the site" && route.About == gate.Organisation:
					want = http.StatusNotFound
				}
				if got := as(t, g, token, method, path); got != want {
					t.Errorf("%s: %s of %s gets %d, want %d", route.Pattern, role, name, got, want)
				}
			}
		}
		table.WriteString("\n")
	}
	if want := table.String(); marked(t, "routes", want) != want {
		t.Errorf("docs/roles.md does not say\n%s\nrun go test ./collector/service -run Role -update, and look at the difference", want)
	}
}

// page asks the service itself, and wants 200.
func page(t *testing.T, s *Service, token, path string) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.AddCookie(&http.Cookie{Name: dashboards.SessionCookie, Value: token})
	w := httptest.NewRecorder()
	s.server.Handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

// Lists and home pages hold what is within reach, and nothing tells of the rest.
func TestListsOfRolesHoldWhatIsWithinReach(t *testing.T) {
	s := withSignOn(t)
	w := fill(t, s)
	sign := func(role access.Role, within reach.Reach) string {
		opened, err := s.Access.SignInFrom(t.Context(), access.Stranger{Issuer: "i", Subject: fmt.Sprint(role, within), Name: "x"}, access.Grant{Role: role, Reach: within})
		if err != nil {
			t.Fatal(err)
		}
		return opened.Token
	}
	site, organisation := fmt.Sprintf("/api/v1/sites/%d", w.sites[0]), fmt.Sprintf("/api/v1/organisations/%d", w.organisations[0])
	manager := sign(access.ITManager, reach.Reach{Sites: w.sites[:1]})
	council := sign(access.CouncilViewer, reach.Reach{Organisations: w.organisations[:1]})
	auditor := sign(access.Auditor, reach.Reach{Everything: true})
	for _, c := range []struct {
		who, token, path string
		with, without    []string
	}{
		{"the manager of a site", manager, "/api/v1/organisations", []string{"[]"}, nil},
		{"the manager of a site", manager, "/api/v1/devices", []string{w.devices[0]}, []string{w.devices[1]}},
		{"the manager of a site", manager, "/api/v1/devices?organisation=" + fmt.Sprint(w.organisations[1]), []string{`"devices":[]`}, nil},
		{"the manager of a site", manager, site, []string{w.devices[0], `"name":"Département","simulated":false,"sites":0,"devices":0`}, nil},
		{"the manager of a site", manager, "/", []string{"<title>Collège", fmt.Sprintf("/sites/%d/devices", w.sites[0])}, []string{"/organisations/", "Annexe"}},
		{"the manager of a site", manager, fmt.Sprintf("/sites/%d/devices", w.sites[0]), []string{"/devices/" + w.devices[0]}, []string{w.devices[1]}},
		{"a council", council, "/api/v1/organisations", []string{"Département"}, []string{"Région"}},
		{"a council", council, organisation, []string{"Annexe"}, nil},
		{"a council", council, site, []string{`"devices":null`, `"sites":2,"devices":1`}, []string{w.devices[0]}},
		{"a council", council, "/", []string{"<title>Département", fmt.Sprintf("/sites/%d", w.sites[0])}, []string{"Région"}},
		{"a council", council, fmt.Sprintf("/sites/%d", w.sites[0]), []string{"<title>Collège"}, []string{w.devices[0], "/devices"}},
		{"an auditor", auditor, "/api/v1/devices", []string{w.devices[0], w.devices[1]}, nil},
		{"an auditor", auditor, "/", []string{"Département", "Région"}, nil},
	} {
		got := page(t, s, c.token, c.path)
		for _, part := range c.with {
			if !strings.Contains(got, part) {
				t.Errorf("%s at %s lacks %q: %s", c.who, c.path, part, got)
			}
		}
		for _, part := range c.without {
			if strings.Contains(got, part) {
				t.Errorf("%s at %s is told %q: %s", c.who, c.path, part, got)
			}
		}
	}
}
