package ledger_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// now is the collector's clock in these tests.
var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// always holds every day of these tests.
var always = calendar.Period{From: 0, To: 40_000}

const usualChecks = "40"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		recordUntilKilled(dir)
		return
	}
	// Each check writes through a real store; -rapid.checks on the command line
	// still wins.
	if err := flag.Set("rapid.checks", usualChecks); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func paris(t testing.TB) *time.Location {
	t.Helper()
	where, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return where
}

// open opens a ledger on the store in dir.
func open(t testing.TB, dir string, outbox bool, options ...ledger.Option) (*ledger.Ledger, *store.Store) {
	t.Helper()
	s, err := place(t, dir).Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l := ledger.Open(s, paris(t), outbox, options...)
	t.Cleanup(func() { l.Close(); s.Close() })
	return l, s
}

// place is where the store of a folder is: in it, or on PostgreSQL in a data base whose
// address is kept there.
func place(t testing.TB, dir string) store.Place {
	t.Helper()
	note := filepath.Join(dir, "postgres")
	if address, err := os.ReadFile(note); err == nil {
		return store.Place{URL: string(address)}
	}
	p := storetest.Place(t)
	if p.URL == "" {
		return store.Place{Dir: dir}
	}
	if err := os.WriteFile(note, []byte(p.URL), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAllOfThisOnPostgreSQL(t *testing.T) { storetest.Again(t) }

// fatal is a testing.TB or a rapid.T.
type fatal interface {
	Helper()
	Fatalf(string, ...any)
}

// devices adds an organisation with a school and some laptops.
func devices(t fatal, s *store.Store, name string, simulated bool, n int) (organisation int64, devices []ledger.Device) {
	t.Helper()
	ctx, r := context.Background(), registry.Open(s)
	owner, err := r.AddOrganisation(ctx, name, simulated)
	if err != nil {
		t.Fatalf("%v", err)
	}
	sites, err := r.AddSites(ctx, owner.ID, []registry.Site{{Name: "Collège", Kind: registry.College}})
	if err != nil {
		t.Fatalf("%v", err)
	}
	entries := make([]registry.NewDevice, n)
	for i := range entries {
		entries[i] = registry.NewDevice{Site: sites[0].ID, Category: equipment.Laptop, Population: equipment.Shared, InService: now.AddDate(-1, 0, 0)}
	}
	keys, err := r.AddDevices(ctx, entries)
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, k := range keys {
		devices = append(devices, ledger.Device(k))
	}
	return owner.ID, devices
}

// quarter is a quarter of an hour of use, the i-th before now.
func quarter(i int) report.Window {
	return report.Window{
		Start: now.Add(-time.Duration(i+1) * report.WindowLength), SpanS: 900, LoadMs: report.Loads{800_000, 50_000, 0, 0, 1000}, SuspendedMs: 5,
		CPUBusyMs: 7, CPUCapacityMs: 3_600_000, MemUsedMiB: 2000, NetRxB: 1, NetTxB: 2, DiskReadB: 3, DiskWriteB: 4, AgentCPUMs: 5, AgentTxB: 6, ScreenOnMs: 8, ScreenOffMs: 9,
		Energy: []report.Reading{{Source: "battery:BAT0", Boundary: report.Battery, EnergyUJ: 8_000_000, CoveredMs: 600_000}},
	}
}

func quarters(from, to int) (all []report.Window) {
	for i := from; i < to; i++ {
		all = append(all, quarter(i))
	}
	return all
}

func of(windows ...report.Window) *report.Report {
	return &report.Report{Schema: report.Schema, Agent: "1.0.0", Windows: windows}
}

// record files windows and checks how many were new.
func record(t fatal, l *ledger.Ledger, d ledger.Device, at time.Time, isNew, repeat int, windows ...report.Window) {
	t.Helper()
	ack, err := l.Record(context.Background(), d, of(windows...), at)
	if want := (report.Ack{New: isNew, Repeat: repeat}); err != nil || ack != want {
		t.Fatalf("acknowledged %+v, %v; want %+v", ack, err, want)
	}
}

// conserved checks that every sum is the sum of what is below it: site_days of
// device_days, and months of days.
func conserved(t fatal, s *store.Store) {
	t.Helper()
	sums := "sum(x." + strings.Join(footprint.FactNames[:], "), sum(x.") + ")"
	something := "x." + strings.Join(footprint.FactNames[:], " <> 0 OR x.") + " <> 0" // a row of zeros says as much as none
	month := "CAST(julianday(date(x.day * 86400, 'unixepoch', 'start of month')) - 2440587.5 AS INTEGER)"
	if s.Shared() {
		month = "CAST(CAST(date_trunc('month', DATE '1970-01-01' + CAST(x.day AS integer)) AS date) - DATE '1970-01-01' AS bigint)"
	}
	of := func(key, from string) string {
		return "SELECT * FROM (SELECT " + key + ", " + sums + " FROM " + from + " WHERE " + something + " GROUP BY 1, 2, 3, 4) q WHERE true"
	}
	for what, queries := range map[string][2]string{
		"site_days":           {of("x.site, x.day, x.product, x.population", "site_days x"), of("x.site, x.day, d.product, d.population", "device_days x JOIN devices d ON d.id = x.device AND d.site = x.site")},
		"device_months":       {of("x.month, x.site, x.device, 0", "device_months x"), of(month+", x.site, x.device, 0", "device_days x")},
		"site_months":         {of("x.month, x.site, x.product, x.population", "site_months x"), of(month+", x.site, x.product, x.population", "site_days x")},
		"organisation_months": {of("x.month, x.organisation, x.product, x.population", "organisation_months x"), of("x.month, s.organisation, x.product, x.population", "site_months x JOIN sites s ON s.id = x.site")},
	} {
		for _, query := range []string{queries[0] + " EXCEPT " + queries[1], queries[1] + " EXCEPT " + queries[0]} {
			var differ int
			if err := s.Read.QueryRow("SELECT count(*) FROM (" + query + ") q").Scan(&differ); err != nil || differ > 0 {
				t.Fatalf("%d rows of %s are not the sums of what is below (%v)", differ, what, err)
			}
		}
	}
}

// dump is everything that reports change, as one text.
func dump(t fatal, s *store.Store) string {
	t.Helper()
	var all strings.Builder
	for _, table := range []string{"journal", "device_windows", "device_starts", "forgotten_starts", "device_days", "device_months", "site_days", "site_months", "organisation_months", "outbox", "unsent_days", "devices"} {
		rows, err := s.Read.Query("SELECT * FROM " + table + " ORDER BY 1, 2, 3")
		if err != nil {
			t.Fatalf("%v", err)
		}
		columns, _ := rows.Columns()
		for rows.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatalf("%v", err)
			}
			fmt.Fprintln(&all, table, values)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatalf("%v", err)
		}
	}
	return all.String()
}

func TestConcurrentReportsCountEachWindowOnce(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	organisation, all := devices(t, s, "Région", false, 4)
	var isNew, repeat sync.Map
	var wait sync.WaitGroup
	for worker := range 24 { // six workers a device, whose reports overlap
		wait.Go(func() {
			for i := range 10 {
				ack, err := l.Record(t.Context(), all[worker%4], of(quarters(i*3, i*3+5)...), now)
				if err != nil {
					t.Error(err)
				}
				isNew.Store([2]int{worker, i}, ack.New)
				repeat.Store([2]int{worker, i}, ack.Repeat)
			}
		})
	}
	wait.Wait()
	sum := func(m *sync.Map) (n int) {
		m.Range(func(_, v any) bool { n += v.(int); return true })
		return n
	}
	const distinct = 4 * (9*3 + 5)
	if sum(&isNew) != distinct || sum(&repeat) != 24*10*5-distinct {
		t.Errorf("%d new and %d repeats; want %d and %d", sum(&isNew), sum(&repeat), distinct, 24*10*5-distinct)
	}
	conserved(t, s)
	months, err := l.Months(t.Context(), organisation, 0, always)
	if err != nil || len(months) != 1 || months[0].Facts.Windows != distinct || months[0].Facts.NetTxB != 2*distinct {
		t.Errorf("the month is %+v, %v", months, err)
	}
}

// What an agent finds out later about a device is true of its past as well.
func TestCorrectedCategoryMovesThePast(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	organisation, all := devices(t, s, "Région", false, 2)
	record(t, l, all[0], now, 3, 0, quarters(0, 3)...)
	r := of(quarters(2, 5)...)
	r.Inventory = &report.Inventory{Category: string(equipment.Desktop), Model: "Tour 300"}
	if ack, err := l.Record(t.Context(), all[0], r, now); err != nil || ack != (report.Ack{New: 2, Repeat: 1}) {
		t.Fatalf("acknowledged %+v, %v", ack, err)
	}
	// The sender may still believe in the old category: its key was read before.
	record(t, l, all[0], now, 1, 0, quarter(5))
	conserved(t, s)
	products, err := registry.Open(s).Products(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	months, err := l.Months(t.Context(), organisation, 0, always)
	if err != nil || len(months) != 1 || products[months[0].Product] != r.Inventory.Spec() || months[0].Facts.Windows != 6 {
		t.Errorf("the month is %+v, %v; want six windows of desktops, and no laptops", months, err)
	}
	record(t, l, all[1], now, 1, 0, quarter(0)) // the other one is still a laptop
	conserved(t, s)
}

func TestDeviceIsLastSeenWhenItReported(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	_, all := devices(t, s, "Région", false, 1)
	for _, at := range []time.Time{now, now.Add(-time.Hour)} { // the second one overtook the first
		r := of(quarter(9))
		r.DroppedWindows = now.Sub(at).Milliseconds()
		if _, err := l.Record(t.Context(), all[0], r, at); err != nil {
			t.Fatal(err)
		}
	}
	found, err := registry.Open(s).Devices(t.Context(), all[0].Site)
	if err != nil || len(found) != 1 || !found[0].LastSeen.Equal(now) || found[0].Agent != "1.0.0" {
		t.Errorf("the device is %+v, %v", found, err)
	}
	last, ok, err := l.LastWindow(t.Context(), all[0].ID)
	if err != nil || !ok || !last.Equal(quarter(9).Start) {
		t.Errorf("the last window is at %s, %t, %v", last, ok, err)
	}
}

func TestSimulatedPastStaysOutOfRealOrganisations(t *testing.T) {
	l, s := open(t, t.TempDir(), true)
	_, real := devices(t, s, "Région", false, 1)
	_, simulated := devices(t, s, "Démonstration", true, 2)
	before := dump(t, s)
	past := func(d ledger.Device) ledger.Simulated { return ledger.Simulated{Device: d, Windows: quarters(0, 2)} }
	disguised := real[0]
	disguised.Site = simulated[0].Site
	for name, batch := range map[string][]ledger.Simulated{
		"a real device":                     {past(real[0])},
		"among simulated ones":              {past(simulated[0]), past(real[0]), past(simulated[1])},
		"a real device at a simulated site": {past(disguised)},
		"a simulated device at a real site": {past(ledger.Device{ID: simulated[0].ID, Site: real[0].Site})},
	} {
		if err := l.AddSimulated(t.Context(), batch, now); err == nil {
			t.Errorf("%s: not refused", name)
		}
		if dump(t, s) != before {
			t.Fatalf("%s: something was kept", name)
		}
	}
	batch := past(simulated[0])
	batch.Days = []footprint.DayFacts{{Day: calendar.DayOf(now, time.UTC) - 3, Facts: footprint.Facts{OffMs: 9}}}
	if err := l.AddSimulated(t.Context(), []ledger.Simulated{batch}, now); err != nil {
		t.Fatal(err)
	}
	conserved(t, s)
	if n, err := l.Waiting(t.Context()); err != nil || n != 0 {
		t.Errorf("%d simulated windows wait for the time series data base, %v", n, err)
	}
	days, err := l.Days(t.Context(), simulated[0].ID, always)
	if err != nil || len(days) != 2 || days[0].Facts.OffMs != 9 || days[1].Facts.Windows != 2 {
		t.Errorf("the days are %+v, %v", days, err)
	}
}

func TestOutboxGivesEachWindowOnceInTheOrderOfArrival(t *testing.T) {
	l, s := open(t, t.TempDir(), true)
	_, all := devices(t, s, "Région", false, 2)
	old := now.Add(-ledger.WindowRetention - 24*time.Hour)
	late := quarter(0)
	late.Start = old.Add(-time.Hour)
	record(t, l, all[1], old, 1, 0, late)
	record(t, l, all[0], now, 2, 0, quarter(1), quarter(0))
	record(t, l, all[0], now, 1, 1, quarter(1), quarter(2))
	want := []time.Time{late.Start, quarter(1).Start, quarter(0).Start, quarter(2).Start}
	if n, err := l.Purge(t.Context(), now); err != nil || n != 1 {
		t.Errorf("%d windows were purged, %v; want the old one", n, err)
	}
	entries, err := l.Next(t.Context(), 10)
	if err != nil || len(entries) != len(want) {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for i, e := range entries {
		if !e.Window.Start.Equal(want[i]) || e.Site != "Collège" || e.Category != "laptop" || e.Population != "shared" || len(e.Window.Energy) != 1 {
			t.Errorf("entry %d is %+v; want the window of %s", i, e, want[i])
		}
		if i > 0 && e.ID <= entries[i-1].ID {
			t.Errorf("entry %d has number %d after %d", i, e.ID, entries[i-1].ID)
		}
	}
	if first, err := l.Next(t.Context(), 1); err != nil || len(first) != 1 || first[0].ID != entries[0].ID {
		t.Errorf("the first alone is %+v, %v", first, err)
	}
	if err := l.Done(t.Context(), entries[1].ID); err != nil {
		t.Fatal(err)
	}
	if n, err := l.Waiting(t.Context()); err != nil || n != 2 {
		t.Errorf("%d wait, %v; want 2", n, err)
	}
	if left, err := l.Next(t.Context(), 10); err != nil || len(left) != 2 || left[0].ID != entries[2].ID {
		t.Errorf("left are %+v, %v", left, err)
	}
}
