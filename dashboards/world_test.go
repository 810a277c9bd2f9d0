package dashboards

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/compare"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/report"
	"github.com/ecoparc/ecoparc/models/scenario"
)

// noon is the time of these tests, and evil the worst name someone can type.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const evil = `<script>alert("x")</script>'&{{.}}`

// world is a Source and an Access with one organisation, a site and a device.
type world struct {
	name      string
	simulated bool
	devices   int
	verdict   profile.Verdict
	err       error
	signIn    error
	factors   *factor.Table // nil: the shipped ones
	ownKey    string        // of a council's own reference; empty: none
	states    []string      // of the devices, in turn; empty: they report
	sites     int           // more of the organisation's
	renewal   *view.Renewal
	ownSites  []view.OwnSite
	opens     func(path string) bool // nil: every page
	windows   *view.Windows          // of any day
	saved     []view.SavedScenario   // of any place
	up        time.Duration          // of the collector
	emptied   bool                   // there is no device for a scenario
	untouched bool                   // no organisation is registered yet
	twins     *view.Twins            // of every seventh device; nil: each is one machine

	refuse view.Refused // what every act of administration is refused for
	acted  []string     // what was done

	pages http.Handler // made once, where the log does not matter: it takes a while
}

func figureOf(kgValue float64) footprint.Figure {
	g := kgValue * 1000
	return footprint.Figure{
		DeviceYears: 1, Embodied: massOf(0.7*g, 0.95*g, 1.3*g), Use: massOf(0.02*g, 0.05*g, 0.1*g),
		Energy:     footprint.Energy{Low: 20, Value: 40, High: 90},
		EnergyFrom: footprint.Provenance{Measured: 10, Modelled: 25, Assumed: 5}, MassFrom: footprint.Provenance{Modelled: 0.05 * g, Assumed: 0.95 * g},
	}
}

func (w *world) scope() view.Scope {
	return view.Scope{
		Organisation: view.Organisation{ID: 1, Name: w.name, Simulated: w.simulated}, SchoolYear: 2026, SchoolYears: []int{2026, 2025},
		From: calendar.Date(2026, 9, 1), To: calendar.Date(2026, 11, 24), AsOf: noon, ModelVersion: 1, FactorsVersion: "abc", Method: impact.ADEME, Territory: grid.MainlandFrance,
	}
}

func (w *world) headline() view.Headline {
	verdict := w.verdict
	if verdict == "" {
		verdict = profile.Above
	}
	h := view.Headline{
		Per: "pupil", Pupils: 100, Devices: 80, Yearly: figureOf(58), Reference: figureOf(38),
		Comparison: profile.Comparison{Ratio: ratioOf(1.2, 1.5, 1.9), Verdict: verdict}, Provisional: true, FactorKeys: []string{"embodied.laptop", "electricity"},
		Profiles: factor.Default().Profiles[:1],
	}
	if w.ownKey != "" {
		h.Beside = []view.Against{{Profiles: h.Profiles, Reference: figureOf(38), Comparison: h.Comparison}}
		h.Profiles, h.Provisional = []factor.Profile{{Key: w.ownKey, Kind: "laptop", Override: true}}, false
	}
	return h
}

func (w *world) fleet() view.Fleet {
	f := view.Fleet{
		Scope: w.scope(), Headline: w.headline(), Period: figureOf(1200), Coverage: view.Coverage{Devices: int64(w.devices), Reporting: 1, Virtual: 1},
		Drivers:    []view.Driver{{Kind: "embodied", Yearly: massOf(1, 2, 3), Saves: massOf(0.1, 0.2, 0.3), SavesCost: view.Money{Low: 20, Value: 40, High: 90}, Most: &view.DriverSite{ID: 2, Name: "Lycée Y", Saves: massOf(0.1, 0.2, 0.3), SavesCost: view.Money{Low: 7, Value: 7, High: 7}}}},
		Categories: []view.CategoryRow{{Category: equipment.Laptop, Population: equipment.Individual, Devices: 80, Period: figureOf(1200), Yearly: figureOf(58)}},
		Months:     []view.MonthRow{{Month: calendar.Date(2026, 9, 1), Label: "2026-09", Figure: figureOf(400), Revised: time.Date(2026, 11, 3, 8, 0, 0, 0, time.UTC)}, {Month: calendar.Date(2026, 10, 1), Label: "2026-10", Figure: figureOf(410)}},
	}
	if !w.emptied {
		f.Parts = []scenario.Part{partOf(equipment.Laptop, 80, true), partOf(equipment.AccessPoint, 4, false)}
	}
	w.detailed(&f)
	if w.emptied {
		f.Coverage, f.Months, f.Drivers, f.Period, f.Waterfall, f.Methods = view.Coverage{}, nil, nil, footprint.Figure{}, nil, nil
	}
	return f
}

// partOf are devices of a category, made for 200 kg and kept five years.
func partOf(c equipment.Category, devices float64, pupils bool) scenario.Part {
	p := scenario.Part{Category: c, Pupils: pupils, Energy: footprint.Energy{Low: 800_000, Value: 1_600_000, High: 3_000_000}, Use: massOf(20_000, 50_000, 90_000)}
	p.Unattended, p.UnattendedUse = p.Energy.Times(0.2), p.Use.Times(0.2)
	for years := range p.New {
		bought := devices / (5 + float64(years))
		p.New[years] = footprint.Renewal{Devices: devices, Bought: bought, Embodied: massOf(150_000, 200_000, 260_000).Times(bought)}
	}
	return p
}

func (w *world) siteRow(id int64) view.SiteRow {
	return view.SiteRow{ID: id, Name: w.name, Kind: "lycee", Coverage: view.Coverage{Devices: 80}, Headline: w.headline()}
}

func (w *world) deviceRow(i int) view.DeviceRow {
	var two *view.Twins
	if i%7 == 0 {
		two = w.twins
	}
	return view.DeviceRow{
		Twins: two, ID: fmt.Sprintf("device-%04d", i), Label: fmt.Sprintf("%s %04d", w.name, i), Category: equipment.Laptop, Population: equipment.Individual,
		Maker: w.name, Model: w.name, InService: noon.AddDate(-1, 0, -i), AgeYears: 1 + float64(i)/100, LastSeen: noon, State: "reporting", Yearly: figureOf(30 + float64(i%7)),
	}
}

func (w *world) Organisations(context.Context) ([]view.Organisation, error) {
	if w.ownSites != nil || w.untouched {
		return nil, w.err
	}
	return []view.Organisation{{ID: 1, Name: w.name, Simulated: w.simulated, Sites: 1, Devices: 0}, {ID: 2, Name: "other", Sites: 2, Devices: 5894}}, w.err
}

func (w *world) OwnSites(context.Context) ([]view.OwnSite, error) { return w.ownSites, w.err }

func (w *world) Overview(_ context.Context, id int64, _ int) (*view.Overview, error) {
	if id != 1 {
		return nil, view.ErrNotFound
	}
	o := &view.Overview{Fleet: w.fleet(), Sites: []view.SiteRow{w.siteRow(1), w.siteRow(2)}}
	o.Renewal = w.renewal
	for i := range w.sites {
		s := w.siteRow(int64(1000 + i))
		s.Name, s.UAI, s.Coverage.Silent = fmt.Sprintf("École %04d", i), fmt.Sprintf("%07dA", i), int64(i)
		s.Position = view.Position{Latitude: 45 + float64(i%97)/40, Longitude: 1 + float64(i%89)/30}
		s.Headline.Pupils, s.Headline.Yearly = int64(100+i%900), figureOf(50+float64(i*7%23))
		if i == 40 {
			s.Headline.Yearly = figureOf(120) // more than chance explains
		}
		o.Sites = append(o.Sites, s)
	}
	return o, w.err
}

func (w *world) Site(context.Context, int64, int) (*view.Site, error) {
	s := &view.Site{Fleet: w.fleet(), Site: w.siteRow(1)}
	for i := range w.devices {
		row := w.deviceRow(i)
		if len(w.states) > 0 {
			row.State = w.states[i%len(w.states)]
		}
		s.Devices = append(s.Devices, row)
	}
	return s, w.err
}

// Week is a school where desktops run at night, and one of them is known.
func (w *world) Week(context.Context, int64, int) (*view.Week, error) {
	if w.devices == 0 {
		return &view.Week{Scope: w.scope()}, w.err
	}
	saving := view.Saving{Energy: footprint.Energy{Low: 200_000, Value: 400_000, High: 700_000}, Mass: massOf(6_000, 16_000, 30_000), Cost: view.Money{Low: 30, Value: 68, High: 120}}
	v := &view.Week{
		Scope: w.scope(), From: "2026-09-01", To: "2026-11-22", Days: 83, Opening: calendar.UsualOpening, Yearly: &saving, LastDays: 28, Found: 12,
		Moments:    []view.MomentRow{{Moment: calendar.Night, Days: 50, InYear: 170, Used: saving, On: 3.4}, {Moment: calendar.Weekend, Days: 24, InYear: 104, Used: saving}, {Moment: calendar.Holiday, Days: 9, InYear: 91, Used: saving}},
		Categories: []view.LeftOnRow{{Category: equipment.Desktop, Running: saving}, {Category: equipment.ThinClient, Standby: saving}, {Category: equipment.Projector, Running: saving}, {Category: equipment.Server, Running: saving, Meant: true}},
		Devices:    []view.LeftOnDevice{{ID: "device-0007", Label: w.name, Category: equipment.Desktop, Population: equipment.Shared, Maker: w.name, Model: w.name, WeeklyHours: 41.5, Saves: saving}},
		Like:       &view.Like{Size: "medium", Schools: 12, Mean: 41_000, Quartiles: compare.Quartiles{Low: 35_000, Median: 40_000, High: 48_000, Of: 12}, Place: compare.Above},
	}
	for i, day := range []string{"monday", "saturday", "holiday"} {
		row := view.WeekRow{Day: day, Days: 10}
		for hour := range row.Hours {
			row.Hours[hour] = view.WeekHour{Energy: footprint.Energy{Low: 1, Value: 2 * quantity.WattHours(hour*(3-i)), High: 200}, On: float64(hour) / 2}
		}
		v.Rows = append(v.Rows, row)
	}
	return v, w.err
}

func (w *world) Years(context.Context, int64) ([]view.YearRow, error) {
	h := w.headline()
	before := h
	before.Yearly = figureOf(71)
	return []view.YearRow{{SchoolYear: 2025, Headline: before, Complete: true}, {SchoolYear: 2026, Headline: h}}, w.err
}

func (w *world) Device(_ context.Context, id string, _ int) (*view.Device, error) {
	day := view.DayRow{Day: calendar.Date(2026, 11, 22), Facts: footprint.Facts{Windows: 2, LoadMs: [report.LoadBins]int64{900_000}, CPUBusyMs: 1, CPUCapacityMs: 8}, Energy: footprint.Energy{Low: 4, Value: 5, High: 9}, From: footprint.Provenance{Measured: 5}}
	d := &view.Device{
		Scope: w.scope(), Site: w.siteRow(1), Device: w.deviceRow(7), InServiceFrom: "purchase", Headline: w.headline(), Period: figureOf(9), Facts: day.Facts, Days: []view.DayRow{day},
		Inventory: report.Inventory{CPU: w.name, LogicalCPUs: 8, MemoryMiB: 8192, OS: w.name, Screens: []report.Screen{{Place: report.Attached, Maker: w.name, Model: w.name, DiagonalMm: 604, MadeYear: 2021}}, Meters: []report.Meter{{Source: w.name, Status: report.MeterNone, Reason: w.name}}},
		Drivers:   []view.Driver{{Kind: "embodied", Yearly: massOf(1, 2, 3), Saves: massOf(0.1, 0.2, 0.3)}, {Kind: "standby", Yearly: massOf(1, 2, 3), Saves: massOf(0.1, 0.2, 0.3)}},
		Windows:   []view.WindowRow{{Start: noon, SpanS: 900, RunningMs: 900_000, Load: 0.1, Energy: day.Energy, Sources: []string{w.name}}},
	}
	w.detailedDevice(d)
	return d, w.err
}

func (w *world) Windows(_ context.Context, _ string, from, to time.Time) (*view.Windows, error) {
	v := &view.Windows{From: from, To: to, Source: view.FromLedger}
	if w.windows != nil {
		*v = *w.windows
		v.From, v.To = from, to
	}
	return v, w.err
}

func (w *world) ModelChanges(context.Context) ([]view.ModelChange, error) {
	was, now := view.ModelOf{Version: 1, Factors: "aaaa1111", Method: impact.ADEME}, view.ModelOf{Version: 2, Factors: "bbbb2222", Method: impact.ADEME}
	change := view.ModelChange{Since: noon, From: was, To: now, Factors: []view.FactorChange{
		{Key: "electricity", Region: "FR", From: "2026-01-01", Unit: "gCO2e/kWh", Now: &view.Number{Low: 20, Value: 27, High: 40}},
		{Key: "embodied.laptop", Unit: "kgCO2e", Was: &view.Number{Low: 135, Value: 169.3, High: 260}, Now: &view.Number{Low: 135, Value: 185.1, High: 260}},
		{Key: "gone.row", Unit: "years", Was: &view.Number{Low: 3, Value: 3, High: 3}},
	}}
	if w.devices > 0 {
		change.Figures = []view.FigureChange{
			{Organisation: 1, Name: w.name, SchoolYear: 2025, Per: "pupil", Was: massOf(47e3, 58.2e3, 71e3), WasAt: noon, Now: massOf(49e3, 61.5e3, 75e3), NowAt: noon, Keys: []string{"embodied.laptop"}},
			{Organisation: 8, Name: "Hidden", SchoolYear: 2025, Per: "device", Was: massOf(1, 2, 3), WasAt: noon, Now: massOf(1, 2, 3), NowAt: noon},
		}
	}
	return []view.ModelChange{change}, w.err
}

func (w *world) Factors() *factor.Table {
	if w.factors == nil {
		return factor.Default()
	}
	return w.factors
}

func (w *world) SignIn(_ context.Context, name, password, _ string) (view.Session, error) {
	if w.signIn != nil {
		return view.Session{}, w.signIn
	}
	return view.Session{Token: "token", Expires: noon.Add(time.Hour)}, nil
}

func (w *world) SignOut(context.Context, string) error { return nil }

func (w *world) handler(t testing.TB, log io.Writer) http.Handler {
	t.Helper()
	if w.pages != nil && log == io.Discard {
		return w.pages
	}
	h := w.routes(w.bare(t, log))
	if log == io.Discard {
		w.pages = h
	}
	return h
}

// bare are the pages alone.
func (w *world) bare(t testing.TB, log io.Writer) *Pages {
	t.Helper()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(Options{Source: w, Desk: bureau{w}, Access: w, Scenarios: w, Clock: func() time.Time { return noon }, Location: paris, Logger: slog.New(slog.NewTextHandler(log, nil)), SecureCookies: true, Monitor: w.monitor, Versions: w})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// routes are the pages as the collector's gate serves them to whom the cookie
// recognises; it has its own tests.
func (w *world) routes(p *Pages) http.Handler {
	mux := http.NewServeMux()
	for pattern, page := range map[string]http.HandlerFunc{
		"GET /static/": p.Static, "GET /sign-in": p.SignInForm, "POST /sign-in": p.SignIn, "POST /sign-out": p.SignOut, "POST /language": p.ChooseLanguage, "GET /accessibility": p.AccessibilityStatement,
	} {
		mux.HandleFunc(pattern, page)
	}
	pages := officePages(p)
	maps.Copy(pages, map[string]http.HandlerFunc{
		"GET /organisations/{id}/models": p.Products, "GET /organisations/{id}/models/{model}": p.Product, "GET /organisations/{id}/procurement": p.Procurement, "GET /organisations/{id}/procurement/tender": p.Tender,
		"GET /{$}": p.Home, "GET /organisations/{id}": p.Organisation, "GET /organisations/{id}/schools": p.Schools, "GET /organisations/{id}/report": p.Monthly, "GET /sites/{id}": p.Site, "GET /sites/{id}/devices": p.SiteDevices, "GET /devices/{id}": p.Device, "GET /sources": p.Sources, "GET /sources/": p.FactorGroup, "GET /monitor": p.AboutMonitor, "GET /organisations/{id}/quality": p.Quality, "/": p.NotFound,
		"GET /organisations/{id}/scenario": p.OrganisationScenario, "POST /organisations/{id}/scenarios": p.SaveOrganisationScenario, "POST /organisations/{id}/scenarios/delete": p.DeleteOrganisationScenario,
		"GET /sites/{id}/scenario": p.SiteScenario, "POST /sites/{id}/scenarios": p.SaveSiteScenario, "POST /sites/{id}/scenarios/delete": p.DeleteSiteScenario,
	})
	for pattern, page := range pages {
		mux.HandleFunc(pattern, func(a http.ResponseWriter, r *http.Request) {
			if c, err := r.Cookie(SessionCookie); err != nil || c.Value != "token" {
				p.Refuse(a, r, view.ErrNotSignedIn)
				return
			}
			page(a, r.WithContext(view.WithUser(r.Context(), view.User{Name: "zoé", Role: "auditor", Opens: w.opens})))
		})
	}
	return mux
}

// get asks for a page as someone who has signed in.
func (w *world) get(t testing.TB, address string, cookies ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, address, nil)
	r.Header.Set("Cookie", strings.Join(append(cookies, SessionCookie+"=token"), "; "))
	answer := httptest.NewRecorder()
	w.handler(t, io.Discard).ServeHTTP(answer, r)
	return answer
}

// formulas are a page with the formulas of all of its figures.
func (w *world) formulas(t testing.TB, address string) string {
	t.Helper()
	all := w.get(t, address).Body.String()
	for n := 1; ; n++ {
		answer := w.get(t, fmt.Sprint(address, "?", formulaParameter, "=", n))
		if answer.Code != http.StatusOK {
			return all
		}
		all += answer.Body.String()
	}
}

// post sends a form without a session.
func (w *world) post(t testing.TB, address string, header http.Header, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	r.Header = header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	w.handler(t, io.Discard).ServeHTTP(answer, r)
	return answer
}

func (w *world) Scenarios(context.Context, view.ScenarioPlace) ([]view.SavedScenario, error) {
	return w.saved, w.err
}

func (w *world) SaveScenario(_ context.Context, _ view.ScenarioPlace, name string, m scenario.Measures) (view.SavedScenario, error) {
	if name == "" {
		return view.SavedScenario{}, view.ErrScenarioName
	}
	s := view.SavedScenario{ID: int64(len(w.saved) + 1), Name: name, Measures: m, Query: view.QueryOf(m).Encode(), Created: noon}
	w.saved = append(w.saved, s)
	return s, w.err
}

func (w *world) DeleteScenario(_ context.Context, _ view.ScenarioPlace, id int64) error {
	i := slices.IndexFunc(w.saved, func(s view.SavedScenario) bool { return s.ID == id })
	if i < 0 {
		return view.ErrNotFound
	}
	w.saved = slices.Delete(w.saved, i, i+1)
	return nil
}
