package fleet_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/fleet"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

func TestMain(m *testing.M) {
	// Each check writes through a real store; -rapid.checks on the command line
	// still wins.
	if err := flag.Set("rapid.checks", "10"); err != nil {
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

// world is a fleet on a real store, with a clock that the test turns.
type world struct {
	*fleet.Fleet
	store    *store.Store
	registry *registry.Registry
	ledger   *ledger.Ledger
	where    *time.Location
	now      time.Time
	ctx      context.Context
}

func TestAllOfThisOnPostgreSQL(t *testing.T) { storetest.Again(t) }

func open(t testing.TB, options ...ledger.Option) *world {
	t.Helper()
	where, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	s := storetest.Open(t)
	w := &world{store: s, registry: registry.Open(s), ledger: ledger.Open(s, where, true, options...), where: where, now: time.Date(2026, 11, 23, 10, 0, 0, 0, where)}
	t.Cleanup(func() { w.ledger.Close(); s.Close() })
	w.Fleet = fleet.Open(s, where, func() time.Time { return w.now })
	w.ctx = audit.As(context.Background(), "the test", w.now)
	return w
}

// schools adds an organisation with n sites called "Site 1" and so on, with UAIs.
func (w *world) schools(t fatal, name string, n int) (organisation int64, sites []int64) {
	t.Helper()
	o, err := w.registry.AddOrganisation(w.ctx, name, false)
	if err != nil {
		t.Fatalf("%v", err)
	}
	all := make([]registry.Site, n)
	for i := range all {
		all[i] = registry.Site{Name: fmt.Sprint("Site ", i+1), Kind: registry.College}
	}
	if all, err = w.registry.AddSites(w.ctx, o.ID, all); err != nil {
		t.Fatalf("%v", err)
	}
	for _, s := range all {
		sites = append(sites, s.ID)
	}
	return o.ID, sites
}

// enrol lets a device in as its agent would.
func (w *world) enrol(t fatal, site int64, label string, v report.Inventory) registry.Device {
	t.Helper()
	token, _, err := w.registry.CreateToken(w.ctx, site, equipment.Shared, 1, time.Hour, w.now)
	if err != nil {
		t.Fatalf("%v", err)
	}
	if v.Category == "" {
		v.Category = string(equipment.Laptop)
	}
	answer, err := w.registry.Enrol(w.ctx, &report.EnrolRequest{Token: token, Label: label, Inventory: v}, w.now)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return w.device(t, answer.Device)
}

func (w *world) device(t fatal, name string) registry.Device {
	t.Helper()
	d, err := w.registry.Device(w.ctx, name)
	if err != nil {
		t.Fatalf("device %s: %v", name, err)
	}
	return d
}

// record files quarters of an hour of use from an instant on.
func (w *world) record(t fatal, d registry.Device, from time.Time, quarters int) {
	t.Helper()
	r := &report.Report{Schema: report.Schema, Agent: "1.0.0"}
	for i := range quarters {
		q := report.Window{Start: from.Add(time.Duration(i) * report.WindowLength).UTC(), SpanS: 900, CPUBusyMs: 90_000, CPUCapacityMs: 3_600_000}
		q.LoadMs[1] = 900_000
		q.Energy = []report.Reading{{Source: "battery", Boundary: report.Battery, EnergyUJ: 9_000_000_000, CoveredMs: 900_000}}
		r.Windows = append(r.Windows, q)
	}
	if ack, err := w.ledger.Record(w.ctx, ledger.Device(d.Key()), r, w.now); err != nil || ack.New != quarters {
		t.Fatalf("acknowledged %+v, %v; want %d new", ack, err, quarters)
	}
}

// imports imports entries that must be right.
func (w *world) imports(t fatal, o fleet.ImportOptions, entries ...purchase.Entry) []fleet.Change {
	t.Helper()
	changes, err := w.tries(o, entries...)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return changes
}

func (w *world) tries(o fleet.ImportOptions, entries ...purchase.Entry) ([]fleet.Change, error) {
	for i := range entries {
		entries[i].Line = i + 2
	}
	if o.Population == "" {
		o.Population = equipment.Shared
	}
	var err error
	if o.Serials, err = w.registry.Serials(w.ctx); err != nil {
		return nil, err
	}
	return w.Import(w.ctx, entries, o)
}

// conserved checks what holds after every act: every sum is that of what is below it,
// and what is known of a device lies within its time in service.
func (w *world) conserved(t fatal) {
	t.Helper()
	v, err := ledger.Verify(w.ctx, w.store.Read, w.where)
	if err != nil || v.Found > 0 {
		t.Fatalf("the ledger is not right: %v, %+v", err, v)
	}
	var lost int
	const filed = "(SELECT coalesce(sum(windows), 0) FROM device_days)"
	if err := w.store.Read.QueryRow("SELECT " + filed + " - coalesce(sum(windows), 0) FROM organisation_months").Scan(&lost); err != nil || lost != 0 {
		t.Fatalf("%d windows were lost on the way up (%v)", lost, err)
	}
	devices, err := w.registry.List(w.ctx, registry.Filter{State: "all"}, func(string) time.Time { return time.Time{} })
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, d := range devices {
		windows, err := w.ledger.Windows(w.ctx, d.ID, time.Unix(0, 0), w.now.AddDate(1, 0, 0))
		if err != nil {
			t.Fatalf("%v", err)
		}
		for _, one := range windows {
			if one.Start.Before(d.InService) || !d.Retired.IsZero() && one.End().After(d.Retired) {
				t.Fatalf("a window of %s lies outside the time in service of %s", one.Start, d.Name)
			}
		}
	}
}

// total is the sum of some facts of an organisation.
func (w *world) total(t fatal, organisation int64) (all footprint.Facts) {
	t.Helper()
	months, err := w.ledger.Months(w.ctx, organisation, 0, calendar.Period{From: 0, To: 40_000})
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, m := range months {
		all.Add(m.Facts)
	}
	return all
}

// lastAct is the latest line of the audit log.
func (w *world) lastAct(t fatal) audit.Act {
	t.Helper()
	acts, err := audit.Acts(w.ctx, w.store.Read, audit.Filter{Limit: 1})
	if err != nil || len(acts) != 1 {
		t.Fatalf("acts: %+v, %v", acts, err)
	}
	return acts[0]
}

func (w *world) at(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, w.where) }

func wants(t *testing.T, err error, words string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("the error is %v; want one with %q", err, words)
	}
}

// reopen is a world on a data folder that is there.
func reopen(t testing.TB, dir string) *world {
	t.Helper()
	s, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	where, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, where)
	return &world{Fleet: fleet.Open(s, where, func() time.Time { return now }), store: s, registry: registry.Open(s), where: where, now: now, ctx: t.Context()}
}

func keyOf(d registry.Device) ledger.Device { return ledger.Device(d.Key()) }
