package gate_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/report"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// house is a gate over a real store, whose handlers say who is there.
type house struct {
	*gate.Gate
	access  *access.Access
	store   *store.Store
	refused error                        // the last one
	who     func(r *http.Request) string // what the handler says
}

func open(t *testing.T, routes ...gate.Route) *house {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	clock := func() time.Time { return now }
	h := &house{access: access.Open(s, clock), store: s}
	h.who = func(r *http.Request) string { return view.UserOf(r.Context()).Name }
	refuse := func(mark string) gate.Refuse {
		return func(w http.ResponseWriter, r *http.Request, err error) {
			h.refused = err
			w.WriteHeader(http.StatusTeapot)
			fmt.Fprint(w, mark)
		}
	}
	for i := range routes {
		routes[i].Handler = func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, h.who(r)) }
	}
	h.Gate = gate.New(gate.Options{People: h.access, Places: registry.Open(s), Clock: clock, API: refuse("json"), Pages: refuse("html")}, routes...)
	return h
}

// person opens a session of somebody who reaches everything, and makes a key.
func (h *house) person(t *testing.T, role access.Role, scopes ...access.Scope) (session, key string) {
	t.Helper()
	opened, err := h.access.SignInFrom(t.Context(), access.Stranger{Issuer: "i", Subject: string(role), Name: string(role)}, access.Grant{Role: role, Reach: reach.Reach{Everything: true}})
	if err != nil {
		t.Fatal(err)
	}
	key, _, err = h.access.AddKey(t.Context(), string(role), "test", scopes, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return opened.Token, key
}

// ask gives what the handler says, or the refusal.
func (h *house) ask(method, path string, header map[string]string) (said string, refused error) {
	r := httptest.NewRequest(method, path, nil)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	h.refused = nil
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Body.String(), h.refused
}

func cookie(token string) string { return dashboards.SessionCookie + "=" + token }

func TestSessionKeyAndPasswordAreRecognised(t *testing.T) {
	h := open(t, gate.Route{Pattern: "GET /api/x", Scope: access.ReadFigures})
	session, key := h.person(t, access.Auditor)
	// A hash with cheaper parameters than AddUser's.
	salt, b64 := []byte("sixteen bytes or more"), base64.RawStdEncoding.EncodeToString
	hash := fmt.Sprintf("$argon2id$v=19$m=64,t=1,p=1$%s$%s", b64(salt), b64(argon2.IDKey([]byte("twelve letters"), salt, 1, 64, 1, 32)))
	if _, err := h.store.Write.Exec("INSERT INTO users (name, role, everything, password) VALUES ('zoe', 'procurement', 1, ?)", hash); err != nil {
		t.Fatal(err)
	}
	basic := "Basic em9lOnR3ZWx2ZSBsZXR0ZXJz" // zoe:twelve letters
	for name, c := range map[string]struct {
		header  map[string]string
		who     string
		refused error
	}{
		"nobody":                        {nil, "json", view.ErrNotSignedIn},
		"a session":                     {map[string]string{"Cookie": cookie(session)}, "auditor", nil},
		"a key":                         {map[string]string{"Authorization": "Bearer " + key}, "auditor", nil},
		"a password":                    {map[string]string{"Authorization": basic}, "zoe", nil},
		"a wrong password":              {map[string]string{"Authorization": "Basic em9lOng="}, "json", view.ErrWrongPassword},
		"a key that is none":            {map[string]string{"Authorization": "Bearer ecoparc_x"}, "json", view.ErrNotSignedIn},
		"a device's secret":             {map[string]string{"Authorization": "Bearer d-x.secret"}, "json", view.ErrNotSignedIn},
		"a session that is none":        {map[string]string{"Cookie": cookie("x")}, "json", view.ErrNotSignedIn},
		"an ended session and a key":    {map[string]string{"Cookie": cookie("x"), "Authorization": "Bearer " + key}, "auditor", nil},
		"a key as a session":            {map[string]string{"Cookie": cookie(key)}, "json", view.ErrNotSignedIn},
		"a session as a key":            {map[string]string{"Authorization": "Bearer " + session}, "json", view.ErrNotSignedIn},
		"a session with a wrong header": {map[string]string{"Cookie": cookie(session), "Authorization": "Basic eA=="}, "auditor", nil},
	} {
		if said, refused := h.ask("GET", "/api/x", c.header); said != c.who || !errors.Is(refused, c.refused) {
			t.Errorf("%s is answered %q, %v; want %q, %v", name, said, refused, c.who, c.refused)
		}
	}
}

// A filter that is misspelled would let everything through.
func TestQuestionThatIsNotDescribedIsRefused(t *testing.T) {
	described := openapi.Operation{Summary: "List things", Query: []openapi.Parameter{{Name: "state", Of: ""}}}
	h := open(t, gate.Route{Pattern: "GET /api/x", Scope: access.ReadFigures, Doc: described}, gate.Route{Pattern: "GET /x", Scope: access.ReadFigures})
	session, _ := h.person(t, access.Auditor)
	for path, field := range map[string]string{
		"/api/x": "", "/api/x?state=": "", "/api/x?state=a&state=b": "", "/x?stat=a": "",
		"/api/x?stat=a": "stat", "/api/x?state=a&limits=3": "limits",
	} {
		said, refused := h.ask(http.MethodGet, path, map[string]string{"Cookie": cookie(session)})
		problem := (*report.Problem)(nil)
		if field == "" && said != "auditor" || field != "" && (!errors.As(refused, &problem) || problem.Field != field) {
			t.Errorf("%s says %q, refused with %v; want a refusal of %q", path, said, refused, field)
		}
	}
	if _, refused := h.ask(http.MethodGet, "/api/x?stat=a", nil); !errors.Is(refused, view.ErrNotSignedIn) {
		t.Errorf("nobody is told %v", refused)
	}
}

// A page of another site can send a form with a person's cookie; the browser says so.
func TestNothingIsDoneForAnotherSite(t *testing.T) {
	h := open(t, gate.Route{Pattern: "POST /api/x", Scope: access.ManageTokens}, gate.Route{Pattern: "POST /sign-in", Scope: access.Public}, gate.Route{Pattern: "GET /x", Scope: access.SignedIn},
		gate.Route{Pattern: "POST /api/v1/reports", Scope: access.Agents})
	session, key := h.person(t, access.Administrator, access.ManageTokens)
	for _, c := range []struct {
		method, path, site string
		refused            error
	}{
		{"POST", "/api/x", "cross-site", view.ErrForeignForm}, {"POST", "/api/x", "same-site", view.ErrForeignForm}, {"POST", "/api/x", "same-origin", nil}, {"POST", "/api/x", "none", nil},
		{"POST", "/sign-in", "cross-site", view.ErrForeignForm}, {"GET", "/x", "cross-site", nil}, {"POST", "/api/v1/reports", "cross-site", nil},
	} {
		_, refused := h.ask(c.method, c.path, map[string]string{"Cookie": cookie(session), "Sec-Fetch-Site": c.site})
		if !errors.Is(refused, c.refused) {
			t.Errorf("%s %s from %s: %v", c.method, c.path, c.site, refused)
		}
	}
	if _, refused := h.ask("POST", "/api/x", map[string]string{"Cookie": cookie(session), "Origin": "https://evil.example"}); !errors.Is(refused, view.ErrForeignForm) {
		t.Errorf("an old browser's form: %v", refused)
	}
	if _, refused := h.ask("POST", "/api/x", map[string]string{"Authorization": "Bearer " + key}); refused != nil {
		t.Errorf("a program: %v", refused)
	}
}

func TestKeyGivesOnlyItsScopesAndNeverMoreThanTheRole(t *testing.T) {
	h := open(t, gate.Route{Pattern: "GET /api/figures", Scope: access.ReadFigures}, gate.Route{Pattern: "GET /api/devices", Scope: access.ReadDevices}, gate.Route{Pattern: "POST /api/tokens", Scope: access.ManageTokens})
	_, narrow := h.person(t, access.ITManager, access.ReadDevices)
	_, reading := h.person(t, access.Administrator) // no scopes: those that read
	h.who = func(r *http.Request) string { return fmt.Sprint(reach.Of(r.Context()).SumsOnly) }
	check := func(key, route string, want error) {
		t.Helper()
		method, path, _ := strings.Cut(route, " ")
		if _, refused := h.ask(method, path, map[string]string{"Authorization": "Bearer " + key}); !errors.Is(refused, want) {
			t.Errorf("%s: %v, want %v", route, refused, want)
		}
	}
	check(narrow, "GET /api/figures", view.ErrForbidden)
	check(narrow, "GET /api/devices", nil)
	check(reading, "GET /api/figures", nil)
	check(reading, "POST /api/tokens", view.ErrForbidden)
	if said, _ := h.ask("GET", "/api/devices", map[string]string{"Authorization": "Bearer " + narrow}); said != "false" {
		t.Errorf("with read_devices sums only: %s", said)
	}
	_, err := h.access.SignInFrom(t.Context(), access.Stranger{Issuer: "i", Subject: "it_manager", Name: "x"}, access.Grant{Role: access.CouncilViewer, Reach: reach.Reach{Everything: true}})
	if err != nil {
		t.Fatal(err)
	}
	check(narrow, "GET /api/devices", view.ErrForbidden) // the role has it no more
}

func TestActsAreSignedWithTheNameOfWhoAsks(t *testing.T) {
	h := open(t, gate.Route{Pattern: "POST /api/x", Scope: access.ManageUsers, About: gate.Fleet})
	session, _ := h.person(t, access.Administrator)
	h.who = func(r *http.Request) string { return fmt.Sprint(h.access.RemoveUser(r.Context(), "council_viewer")) }
	h.person(t, access.CouncilViewer)
	if said, refused := h.ask("POST", "/api/x", map[string]string{"Cookie": cookie(session)}); said != "<nil>" || refused != nil {
		t.Fatalf("%s, %v", said, refused)
	}
	acts, err := audit.Acts(t.Context(), h.store.Read, audit.Filter{Limit: 1})
	if err != nil || acts[0].Who != "administrator" || acts[0].What != "user remove" || !acts[0].At.Equal(now) {
		t.Errorf("the log says %+v, %v", acts, err)
	}
}

// What the program itself may see, a request of nobody may not.
func TestPublicRouteSeesNothingOfTheFleet(t *testing.T) {
	h := open(t, gate.Route{Pattern: "GET /sign-in", Scope: access.Public})
	h.who = func(r *http.Request) string {
		return fmt.Sprint(reach.Of(r.Context()), reach.Of(context.Background()).Everything)
	}
	if said, _ := h.ask("GET", "/sign-in", nil); said != "{false [] [] false} true" {
		t.Errorf("the handler sees %s", said)
	}
}

func TestTroubleIsNoRefusalAndOpensNothing(t *testing.T) {
	h := open(t, gate.Route{Pattern: "GET /x", Scope: access.SignedIn})
	session, _ := h.person(t, access.Auditor)
	h.store.Read.Close()
	said, refused := h.ask("GET", "/x", map[string]string{"Cookie": cookie(session)})
	if said != "html" || refused == nil || errors.Is(refused, view.ErrNotSignedIn) || errors.Is(refused, view.ErrForbidden) {
		t.Errorf("%q, %v", said, refused)
	}
}

func TestPersonOpensWhatTheGateWouldLetThrough(t *testing.T) {
	h := open(t, gate.Route{Pattern: "GET /organisations/{id}", Scope: access.ReadFigures, About: gate.Organisation}, gate.Route{Pattern: "GET /devices/{id}", Scope: access.ReadDevices, About: gate.Device},
		gate.Route{Pattern: "GET /{$}", Scope: access.ReadFigures}, gate.Route{Pattern: "GET /people", Scope: access.ReadFigures, About: gate.Fleet})
	owner, err := registry.Open(h.store).AddOrganisation(t.Context(), "Région", false)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := h.access.SignInFrom(t.Context(), access.Stranger{Issuer: "i", Subject: "1", Name: "paul"}, access.Grant{Role: access.CouncilViewer, Reach: reach.Reach{Organisations: []int64{owner.ID}}})
	if err != nil {
		t.Fatal(err)
	}
	h.who = func(r *http.Request) string {
		var opens []string
		for _, path := range []string{"/", "/organisations/1?year=2025", "/organisations/2", "/devices/d-x", "/people", "/nowhere", ":"} {
			if view.UserOf(r.Context()).May(path) {
				opens = append(opens, path)
			}
		}
		return strings.Join(opens, " ")
	}
	if said, refused := h.ask("GET", "/", map[string]string{"Cookie": cookie(opened.Token)}); said != "/ /organisations/1?year=2025" {
		t.Errorf("opens %q, %v", said, refused)
	}
}

// A route whose visitors nobody declared, or declared by mistake, does not exist.
func TestRouteWithoutADeclarationCannotBeRegistered(t *testing.T) {
	for name, route := range map[string]gate.Route{
		"no scope":                {Pattern: "GET /x"},
		"an unknown scope":        {Pattern: "GET /x", Scope: "read_all"},
		"an {id} of nothing":      {Pattern: "GET /sites/{id}", Scope: access.ReadFigures},
		"a site without {id}":     {Pattern: "GET /sites", Scope: access.ReadFigures, About: gate.Site},
		"a site that is public":   {Pattern: "GET /sites/{id}", Scope: access.Public, About: gate.Site},
		"an object of its own":    {Pattern: "GET /sites/{id}", Scope: access.ReadFigures, About: "school"},
		"the fleet, by an agent":  {Pattern: "GET /fleet", Scope: access.Agents, About: gate.Fleet},
		"another name than {id}":  {Pattern: "GET /sites/{site}", Scope: access.ReadFigures},
		"a rest of path unstated": {Pattern: "GET /files/{path...}", Scope: access.ReadFigures},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: it is registered", name)
				}
			}()
			gate.New(gate.Options{}, route)
		}()
	}
}
