package figures_test

import (
	"context"
	"flag"
	"math"
	"os"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/figures"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/report"
)

func TestMain(m *testing.M) {
	// Each check writes through a real store; -rapid.checks on the command line
	// still wins.
	if err := flag.Set("rapid.checks", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// fatal is a testing.TB or a rapid.T.
type fatal interface {
	Helper()
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

// world is what figures stand on: a real store, and a clock that the test turns.
type world struct {
	*figures.Figures
	store    *store.Store
	registry *registry.Registry
	ledger   *ledger.Ledger
	where    *time.Location
	now      time.Time
}

func open(t testing.TB) *world { return openWith(t, factor.Default()) }

func openWith(t testing.TB, factors *factor.Table) *world {
	t.Helper()
	return openAs(t, factors, footprint.Options{Territory: grid.MainlandFrance})
}

// openAs is a world whose figures are computed in another way.
func openAs(t testing.TB, factors *factor.Table, o footprint.Options) *world {
	t.Helper()
	where, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	model, err := footprint.New(factors, o)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{store: s, registry: registry.Open(s), ledger: ledger.Open(s, where, false), where: where}
	t.Cleanup(func() { w.ledger.Close(); s.Close() })
	w.now = w.at(2026, 11, 23, 10)
	w.Figures = figures.New(w.registry, w.ledger, model, where, func() time.Time { return w.now })
	return w
}

// at is an hour of a local day.
func (w *world) at(year int, month time.Month, day, hour int) time.Time {
	return time.Date(year, month, day, hour, 0, 0, 0, w.where)
}

func (w *world) organisation(t fatal, name string, simulated bool) int64 {
	t.Helper()
	o, err := w.registry.AddOrganisation(context.Background(), name, simulated)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return o.ID
}

func (w *world) site(t fatal, organisation int64, s registry.Site) int64 {
	t.Helper()
	added, err := w.registry.AddSites(context.Background(), organisation, []registry.Site{s})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return added[0].ID
}

// device is a device as the ledger files it, with the name that pages use.
type device struct {
	ledger.Device
	name string
}

// add adds n devices that are alike and returns the last.
func (w *world) add(t fatal, n int, d registry.NewDevice) device {
	t.Helper()
	entries := make([]registry.NewDevice, n)
	for i := range entries {
		entries[i] = d
	}
	keys, err := w.registry.AddDevices(context.Background(), entries)
	if err != nil {
		t.Fatalf("%v", err)
	}
	last := device{Device: ledger.Device(keys[n-1])}
	if err := w.store.Read.QueryRow("SELECT name FROM devices WHERE id = ?", last.ID).Scan(&last.name); err != nil {
		t.Fatalf("%v", err)
	}
	return last
}

// retire takes a device out of service.
func (w *world) retire(t fatal, d device, at time.Time) {
	t.Helper()
	if _, err := w.store.Write.Exec("UPDATE devices SET retired = ? WHERE id = ?", at.Unix(), d.ID); err != nil {
		t.Fatalf("%v", err)
	}
}

// record files windows as reports do.
func (w *world) record(t fatal, d device, windows ...report.Window) {
	t.Helper()
	r := &report.Report{Schema: report.Schema, Agent: "test", Device: d.name, Windows: windows}
	if ack, err := w.ledger.Record(context.Background(), d.Device, r, w.now); err != nil || ack.New != len(windows) {
		t.Fatalf("acknowledged %+v, %v; want %d new", ack, err, len(windows))
	}
}

// away is a time off, as long as it may be.
func away(from, to time.Time) report.Window {
	span := int64(to.Sub(from) / time.Second)
	return report.Window{Start: from, SpanS: span, OffMs: 1000 * span}
}

// running are the quarter hours between two instants, all in one load class.
func running(from, to time.Time, bin int) (all []report.Window) {
	for at := from; at.Before(to); at = at.Add(report.WindowLength) {
		q := report.Window{Start: at, SpanS: 900, CPUBusyMs: 90_000, CPUCapacityMs: 3_600_000}
		q.LoadMs[bin] = 900_000
		all = append(all, q)
	}
	return all
}

func (w *world) overview(t fatal, organisation int64, year int) *view.Overview {
	t.Helper()
	o, err := w.Overview(context.Background(), organisation, year)
	if err != nil {
		t.Fatalf("overview: %v", err)
	}
	return o
}

func (w *world) school(t fatal, site int64, year int) *view.Site {
	t.Helper()
	s, err := w.Site(context.Background(), site, year)
	if err != nil {
		t.Fatalf("site: %v", err)
	}
	return s
}

func (w *world) device(t fatal, name string, year int) *view.Device {
	t.Helper()
	d, err := w.Device(context.Background(), name, year)
	if err != nil {
		t.Fatalf("device: %v", err)
	}
	return d
}

// numbers are all numbers of a figure, to compare two of them.
func numbers(f footprint.Figure) []float64 {
	return []float64{
		f.DeviceYears, float64(f.Energy.Low), float64(f.Energy.Value), float64(f.Energy.High),
		float64(f.Use.Low), float64(f.Use.Value), float64(f.Use.High),
		float64(f.Embodied.Low), float64(f.Embodied.Value), float64(f.Embodied.High),
		float64(f.Parts.Low), float64(f.Parts.Value), float64(f.Parts.High),
		f.EnergyFrom.Measured, f.EnergyFrom.Calibrated, f.EnergyFrom.Modelled, f.EnergyFrom.Assumed,
		f.MassFrom.Measured, f.MassFrom.Calibrated, f.MassFrom.Modelled, f.MassFrom.Assumed,
	}
}

// rounding is the relative difference that sums in another order may have.
const rounding = 1e-9

func near(a, b float64) bool {
	return math.Abs(a-b) <= rounding*math.Max(1, math.Max(math.Abs(a), math.Abs(b)))
}

// same checks that two figures are equal up to rounding.
func same(t fatal, what string, got, want footprint.Figure) {
	t.Helper()
	g, w := numbers(got), numbers(want)
	for i := range g {
		if !near(g[i], w[i]) {
			t.Errorf("%s: got %+v, want %+v", what, got, want)
			return
		}
	}
}

// The kinds of device that most tests need.
func laptop(site int64, p equipment.Population, inService time.Time) registry.NewDevice {
	return registry.NewDevice{Site: site, Category: equipment.Laptop, Population: p, InService: inService}
}

func sum[T any](all []T, figure func(T) footprint.Figure) (total footprint.Figure) {
	for _, one := range all {
		total = total.Plus(figure(one))
	}
	return total
}

func ofMonth(m view.MonthRow) footprint.Figure       { return m.Figure }
func ofCategory(c view.CategoryRow) footprint.Figure { return c.Period }

// thisYear is the school year of these tests.
var thisYear = calendar.SchoolYear(2026)
