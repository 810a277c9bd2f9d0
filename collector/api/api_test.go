package api_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/api"
	"github.com/ecoparc/ecoparc/collector/figures"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/report"
)

// now is the collector's clock in these tests.
var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

const password = "twelve letters"

// server is an API over real figures, with one school, a device and a person.
type server struct {
	*httptest.Server
	t            testing.TB
	store        *store.Store
	source       view.Source
	access       *access.Access
	counters     *api.Counters
	organisation int64
	site         int64
	device       string
	log          bytes.Buffer
	ready        error
}

func start(t testing.TB) *server {
	t.Helper()
	books, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	model, err := footprint.New(factor.Default(), footprint.Options{Territory: grid.MainlandFrance})
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return now }
	r, l := registry.Open(books), ledger.Open(books, time.UTC, false)
	s := &server{t: t, store: books, source: figures.New(r, l, model, time.UTC, clock), access: access.Open(books, clock), counters: api.NewCounters(l, nil)}
	t.Cleanup(func() { l.Close(); books.Close() })
	s.fill(r, l)
	answers := api.New(s.source, time.Now, time.UTC, slog.New(slog.NewTextHandler(&s.log, nil)))
	devices := answers.DevicesRoute(func(ctx context.Context, f registry.Filter) ([]registry.Listed, error) {
		return r.List(ctx, f, registry.SilenceAt(calendar.Default(), time.UTC, now))
	}, clock)
	s.counters.WatchAgents(r.AgentVersions, clock)
	health := api.HealthRoutes(func(context.Context) error { return s.ready }, s.counters)
	door := gate.New(gate.Options{People: s.access, Places: r, Clock: clock, API: answers.Refuse, Pages: answers.Refuse},
		slices.Concat(answers.Routes(), []gate.Route{devices}, health)...)
	s.Server = httptest.NewServer(door)
	t.Cleanup(s.Close)
	return s
}

// fill adds a school, a laptop that reported an hour, and a person. The hash of
// the password is cheaper than AddUser's, so that tests do not spend their time
// on it.
func (s *server) fill(r *registry.Registry, l *ledger.Ledger) {
	s.t.Helper()
	ctx := s.t.Context()
	owner, err := r.AddOrganisation(ctx, "Département", false)
	if err != nil {
		s.t.Fatal(err)
	}
	sites, err := r.AddSites(ctx, owner.ID, []registry.Site{{Name: "Collège de l'Exemple", Kind: registry.College, UAI: "0750001U", Pupils: 30}})
	if err != nil {
		s.t.Fatal(err)
	}
	keys, err := r.AddDevices(ctx, []registry.NewDevice{{
		Site: sites[0].ID, Category: equipment.Laptop, Population: equipment.Shared, Label: "CDI-07", InService: now.AddDate(-1, 0, 0),
		Inventory: report.Inventory{Category: "laptop", Maker: "Maker", Model: "Model 1"}, HasAgent: true, LastSeen: now,
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	w := report.Window{Start: now.Add(-time.Hour), SpanS: 900, LoadMs: report.Loads{800_000, 100_000}, CPUBusyMs: 90_000, CPUCapacityMs: 3_600_000}
	if _, err := l.Record(ctx, ledger.Device(keys[0]), &report.Report{Agent: "1.2.3", Windows: []report.Window{w}}, now); err != nil {
		s.t.Fatal(err)
	}
	devices, err := r.Devices(ctx, sites[0].ID)
	if err != nil {
		s.t.Fatal(err)
	}
	s.organisation, s.site, s.device = owner.ID, sites[0].ID, devices[0].Name
	salt, b64 := []byte("sixteen bytes or more"), base64.RawStdEncoding.EncodeToString
	hash := fmt.Sprintf("$argon2id$v=19$m=64,t=1,p=1$%s$%s", b64(salt), b64(argon2.IDKey([]byte(password), salt, 1, 64, 1, 32)))
	if _, err := s.store.Write.Exec("INSERT INTO users (name, role, everything, password) VALUES ('zoe', 'auditor', 1, ?)", hash); err != nil {
		s.t.Fatal(err)
	}
}

// get asks for a path, as whoever the request is made to be by as.
func (s *server) get(path string, as func(*http.Request)) (*http.Response, []byte) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if as != nil {
		as(r)
	}
	answer, err := s.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer, body
}

func basic(name, password string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(name, password) }
}

func zoe(r *http.Request) { r.SetBasicAuth("zoe", password) }

func (s *server) sessions() (n int) {
	s.t.Helper()
	if err := s.store.Read.QueryRow("SELECT count(*) FROM sessions").Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// paths are all that the API answers.
func (s *server) paths() []string {
	return []string{
		"/api/v1/organisations", fmt.Sprintf("/api/v1/organisations/%d", s.organisation), fmt.Sprintf("/api/v1/sites/%d", s.site),
		"/api/v1/devices/" + s.device, "/api/v1/factors",
	}
}

func problemOf(t *testing.T, body []byte) (p report.Problem) {
	t.Helper()
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	return p
}

func TestNothingWithoutSignIn(t *testing.T) {
	s := start(t)
	one := []string{"/api/v1/devices/" + s.device}
	for who, c := range map[string]struct {
		as    func(*http.Request)
		paths []string
	}{
		"nobody":           {nil, append(s.paths(), "/api/v1/devices", "/api/v1/devices?limit=x", "/api/v1/sites/999", one[0]+"?year=x")}, // not even what is there
		"a wrong password": {basic("zoe", "another one!"), one},                                                                           // few: five guesses are free
		"an invented session": {func(r *http.Request) {
			r.AddCookie(&http.Cookie{Name: dashboards.SessionCookie, Value: "invented"})
		}, s.paths()},
		"a device": {func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+s.device+".secret") }, s.paths()},
	} {
		for _, path := range c.paths {
			answer, body := s.get(path, c.as)
			if answer.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(answer.Header.Get("WWW-Authenticate"), `Basic realm="Ecoparc"`) {
				t.Errorf("%s gets %s: %s", who, path, answer.Status)
			}
			if problemOf(t, body).Reason == "" || bytes.Contains(body, []byte("CDI-07")) {
				t.Errorf("%s is told %s", who, body)
			}
		}
	}
}

// A password guessed too often is a 429 that says when to come back, even when it
// is right at last.
func TestGuessingIsSlowedDown(t *testing.T) {
	s := start(t)
	for range 5 {
		if answer, _ := s.get("/api/v1/organisations", basic("zoe", "another one!")); answer.StatusCode != http.StatusUnauthorized {
			t.Fatalf("a guess is answered %s", answer.Status)
		}
	}
	answer, body := s.get("/api/v1/organisations", zoe)
	if answer.StatusCode != http.StatusTooManyRequests || answer.Header.Get("Retry-After") != "60" {
		t.Errorf("after five guesses: %s, Retry-After %q, %s", answer.Status, answer.Header.Get("Retry-After"), body)
	}
}

func TestPasswordLeavesNoSessionBehind(t *testing.T) {
	s := start(t)
	for _, path := range s.paths() {
		answer, body := s.get(path, zoe)
		if answer.StatusCode != http.StatusOK || len(answer.Cookies()) != 0 {
			t.Errorf("%s: %s with the cookies %v: %.100s", path, answer.Status, answer.Cookies(), body)
		}
	}
	if n := s.sessions(); n != 0 {
		t.Errorf("%d sessions are left open", n)
	}
}

func TestSessionOfThePagesOpensTheAPI(t *testing.T) {
	s := start(t)
	session, err := s.access.SignIn(t.Context(), "zoe", password, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	with := func(r *http.Request) {
		r.AddCookie(&http.Cookie{Name: dashboards.SessionCookie, Value: session.Token})
	}
	for _, path := range s.paths() {
		if answer, body := s.get(path, with); answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s %.100s", path, answer.Status, body)
		}
	}
	if n := s.sessions(); n != 1 {
		t.Errorf("%d sessions are open, want the one of the pages", n)
	}
	// A session that has ended does not stand in the way of a password.
	if err := s.access.SignOut(t.Context(), session.Token); err != nil {
		t.Fatal(err)
	}
	if answer, _ := s.get("/api/v1/organisations", with); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("a closed session is answered %s", answer.Status)
	}
	if answer, _ := s.get("/api/v1/organisations", func(r *http.Request) { with(r); zoe(r) }); answer.StatusCode != http.StatusOK {
		t.Errorf("a closed session with a password is answered %s", answer.Status)
	}
}

func TestWhatIsNotThereIs404(t *testing.T) {
	s := start(t)
	for _, path := range []string{
		"/api/v1/organisations/999", "/api/v1/organisations/x", "/api/v1/organisations/99999999999999999999", "/api/v1/sites/999", "/api/v1/sites/-1",
		"/api/v1/devices/d-unknown", "/api/v1/devices/" + s.device + "?year=2024", fmt.Sprintf("/api/v1/sites/%d?year=2027", s.site),
	} {
		if answer, body := s.get(path, zoe); answer.StatusCode != http.StatusNotFound || problemOf(t, body).Reason == "" {
			t.Errorf("%s: %s %s", path, answer.Status, body)
		}
	}
}

func TestBadYearIs400NamingIt(t *testing.T) {
	s := start(t)
	for _, year := range []string{"x", "-1", "1999", "2201", "2026.5", "20260", "0x7ea", "%202026", "99999999999999999999"} {
		answer, body := s.get("/api/v1/devices/"+s.device+"?year="+year, zoe)
		if p := problemOf(t, body); answer.StatusCode != http.StatusBadRequest || p.Field != "year" || !strings.Contains(p.Reason, "2026") {
			t.Errorf("year=%s: %s %s", year, answer.Status, body)
		}
	}
	for _, year := range []string{"", "2026"} {
		if answer, body := s.get("/api/v1/devices/"+s.device+"?year="+year, zoe); answer.StatusCode != http.StatusOK {
			t.Errorf("year=%q: %s %s", year, answer.Status, body)
		}
	}
}

// The API gives what pages show: the very answers of the source.
func TestJSONIsWhatPagesShow(t *testing.T) {
	s := start(t)
	ctx, paths := t.Context(), s.paths()
	answers := make([]any, 5)
	errs := make([]error, 4)
	answers[0], errs[0] = s.source.Organisations(ctx)
	answers[1], errs[1] = s.source.Overview(ctx, s.organisation, 0)
	answers[2], errs[2] = s.source.Site(ctx, s.site, 0)
	answers[3], errs[3] = s.source.Device(ctx, s.device, 0)
	answers[4] = s.source.Factors().Rows
	for i, path := range paths {
		if i < len(errs) && errs[i] != nil {
			t.Fatal(errs[i])
		}
		answer, body := s.get(path, zoe)
		want, err := json.Marshal(answers[i])
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.TrimSpace(body); !bytes.Equal(got, want) {
			t.Errorf("%s gives %s\nthe source %s", path, got, want)
		}
		if answer.Header.Get("Content-Type") != "application/json" || answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s has the headers %v", path, answer.Header)
		}
	}
}

// numeric finds the keys of numbers in an answer, with those of the objects that
// they stand in.
func numeric(at string, v any, found map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			numeric(at+"."+key, inner, found)
		}
	case []any:
		for _, inner := range v {
			numeric(at, inner, found)
		}
	case float64:
		found[at] = true
	}
}

// withUnit are keys that say their unit, or stand in one that does; without are those
// of pure numbers: counts, shares, years of the calendar. Shares by provenance have the
// unit of "energy_from" (Wh) and "footprint_from" (g), criteria that of their "unit",
// findings that of their aspect.
var (
	withUnit = regexp.MustCompile(`(_|\.)(gco2e|wh|w|ms|s|uj|b|mib|mib_s|years|in|gib|gb|kg|h|hours|eur|g_per_kwh|eur_per_kwh|wh_per_year|eur_per_year|hours_by_school_day|school_days_in_year)(\.|$)` +
		`|_from\.(measured|calibrated|modelled|assumed)$|criteria\.(embodied|use)\.|conformity\.findings\.(have|at_least|at_most)$`)
	without = regexp.MustCompile(`\.(id|days|sites|devices|pupils|reporting|silent|agentless|virtual|windows|load|parts_without_factor|repairs_without_cost|device_lives|school_year|school_years|model_version|ratio|ratio\.(low|value|high)|likeness|discount|share\.(low|value|high)|[a-z]+_share)$` +
		`|\.conformity\.(classes|below|above|unknown)\.[a-z_]+$`)
)

func TestKeysOfNumbersSayTheirUnit(t *testing.T) {
	s := start(t)
	found := map[string]bool{}
	for _, path := range s.paths()[:4] {
		_, body := s.get(path, zoe)
		var v any
		if err := json.Unmarshal(body, &v); err != nil {
			t.Fatal(err)
		}
		numeric("", v, found)
	}
	if len(found) < 100 {
		t.Errorf("only %d numbers are in all answers", len(found))
	}
	for key := range found {
		if !withUnit.MatchString(key) && !without.MatchString(key) {
			t.Errorf("%s: a number of what unit?", strings.TrimPrefix(key, "."))
		}
	}
}

func TestFactorsAreListedWhole(t *testing.T) {
	s := start(t)
	_, body := s.get("/api/v1/factors", zoe)
	var got []map[string]any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	rows := factor.Default().Rows
	if len(got) != len(rows) || len(rows) == 0 {
		t.Fatalf("%d of %d factors are listed", len(got), len(rows))
	}
	for i, row := range rows {
		for key, want := range map[string]any{"key": row.Key, "value": row.Value, "low": row.Low, "high": row.High, "unit": row.Unit, "page": row.Page, "verified": bool(row.Verified), "source": row.SourceID} {
			if !reflect.DeepEqual(got[i][key], want) {
				t.Errorf("%s: %s is %v, want %v", row.Key, key, got[i][key], want)
			}
		}
		if publication, ok := got[i]["publication"].(map[string]any); !ok || publication["title"] != row.Source.Title || publication["licence"] == "" {
			t.Errorf("%s: its publication is %v", row.Key, got[i]["publication"])
		}
	}
}

// A store that cannot be read is a 500 that tells nobody why; the log does.
func TestTroubleIsLoggedAndNotTold(t *testing.T) {
	s := start(t)
	s.store.Read.Close()
	answer, body := s.get("/api/v1/organisations", zoe)
	if answer.StatusCode != http.StatusInternalServerError || strings.Contains(string(body), "sql") {
		t.Errorf("%s: %s", answer.Status, body)
	}
	if text := s.log.String(); !strings.Contains(text, "cannot answer") || !strings.Contains(text, "closed") {
		t.Errorf("logged %q", text)
	}
}
