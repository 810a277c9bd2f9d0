package ledger_test

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// modelled is what a ledger should hold of one device, kept in the plainest way.
type modelled struct {
	device   ledger.Device
	category equipment.Category
	all      []report.Window // that this device has to tell
	known    map[int64]bool  // starts of windows that were filed; false: and purged
	days     map[calendar.Day]footprint.Facts
	hours    map[hourOf]footprint.Facts
}

// hourOf is an hour of a local day.
type hourOf struct {
	day  calendar.Day
	hour int
}

// send is the acknowledgement that a report deserves.
func (m *modelled) send(windows []report.Window, where *time.Location) (ack report.Ack) {
	for i := range windows {
		start := windows[i].Start.Unix()
		if _, known := m.known[start]; known {
			ack.Repeat++
			continue
		}
		ack.New++
		m.known[start] = true
		for _, day := range footprint.ByDay(&windows[i], where) {
			sum := m.days[day.Day]
			sum.Add(day.Facts)
			m.days[day.Day] = sum
		}
		for _, h := range footprint.ByHour(&windows[i], where) {
			sum := m.hours[hourOf{h.Day, h.Hour}]
			sum.Add(h.Facts)
			m.hours[hourOf{h.Day, h.Hour}] = sum
		}
	}
	return ack
}

// purge forgets the windows of days that ended before a moment.
func (m *modelled) purge(cutoff time.Time) (n int64) {
	for start, kept := range m.known {
		if kept && time.Unix(start, 0).Before(cutoff.Truncate(24*time.Hour)) {
			m.known[start] = false
			n++
		}
	}
	return n
}

// check compares the ledger with the model through everything that reads it.
func (m *modelled) check(t *rapid.T, l *ledger.Ledger) {
	t.Helper()
	ctx := context.Background()
	days, err := l.Days(ctx, m.device.ID, always)
	got := map[calendar.Day]footprint.Facts{}
	for _, d := range days {
		got[d.Day] = d.Facts
	}
	if err != nil || !maps.Equal(got, m.days) {
		t.Fatalf("days of device %d are %+v, %v; want %+v", m.device.ID, got, err, m.days)
	}
	windows, err := l.Windows(ctx, m.device.ID, time.Unix(0, 0), now.AddDate(1, 0, 0))
	var want []report.Window
	for _, w := range m.all {
		if m.known[w.Start.Unix()] {
			want = append(want, w)
		}
	}
	slices.SortFunc(want, func(a, b report.Window) int { return a.Start.Compare(b.Start) })
	if err != nil || !reflect.DeepEqual(windows, want) {
		t.Fatalf("windows of device %d are %+v, %v; want %+v", m.device.ID, windows, err, want)
	}
}

// drawWindow is a valid window that starts in a given quarter of an hour.
func drawWindow(t *rapid.T, start time.Time) report.Window {
	small := rapid.Int64Range(0, 1_000_000_007)
	if rapid.IntRange(0, 3).Draw(t, "away") == 0 { // for up to three days, over midnights and changes of the clock
		w := report.Window{Start: start, SpanS: rapid.Int64Range(1, 3*86_400).Draw(t, "span")}
		w.OffMs = rapid.Int64Range(0, w.SpanS*1000).Draw(t, "off")
		w.SuspendedMs = rapid.Int64Range(0, w.SpanS*1000-w.OffMs).Draw(t, "suspended")
		return w
	}
	w := report.Window{Start: start, SpanS: rapid.Int64Range(1, 900).Draw(t, "span"), CPUCapacityMs: 900_000, CPUBusyMs: rapid.Int64Range(0, 900_000).Draw(t, "busy")}
	left := w.SpanS * 1000
	for i := range w.LoadMs {
		w.LoadMs[i] = rapid.Int64Range(0, left).Draw(t, "load")
		left -= w.LoadMs[i]
	}
	for _, n := range []*int64{&w.NetRxB, &w.NetTxB, &w.DiskReadB, &w.DiskWriteB, &w.AgentTxB} {
		*n = small.Draw(t, "bytes")
	}
	w.MemUsedMiB, w.AgentCPUMs = rapid.Int64Range(0, 64_000).Draw(t, "memory"), rapid.Int64Range(0, 900).Draw(t, "agent")
	boundaries := []report.Boundary{report.Wall, report.Platform, report.Battery, report.Package, report.DRAM, report.Component}
	for i := range rapid.IntRange(0, 3).Draw(t, "meters") {
		covered := rapid.Int64Range(0, w.RunningMs()).Draw(t, "covered")
		w.Energy = append(w.Energy, report.Reading{
			Source: fmt.Sprintf("meter %d", i), Boundary: rapid.SampledFrom(boundaries).Draw(t, "boundary"),
			CoveredMs: covered, EnergyUJ: rapid.Int64Range(0, covered*30_000).Draw(t, "energy"),
		})
	}
	return w
}

// drawDevice invents what a device has to tell, in the weeks around the change
// of the clock on 2026-10-25.
func drawDevice(t *rapid.T, d ledger.Device) *modelled {
	m := &modelled{device: d, category: equipment.Laptop, known: map[int64]bool{}, days: map[calendar.Day]footprint.Facts{}, hours: map[hourOf]footprint.Facts{}}
	begin := time.Date(2026, 10, 15, 20, 0, 0, 0, time.UTC)
	for _, slot := range rapid.SliceOfNDistinct(rapid.IntRange(0, 20*96), 1, 12, rapid.ID[int]).Draw(t, "slots") {
		m.all = append(m.all, drawWindow(t, begin.Add(time.Duration(slot)*report.WindowLength)))
	}
	valid := report.Report{Schema: report.Schema, Device: "d", Windows: m.all}
	if err := valid.Validate(now); err != nil {
		t.Fatalf("the test draws invalid windows: %v", err)
	}
	return m
}

// The law of the ledger: whatever the order, the repetitions and the splits in
// which windows arrive, each counts once, and every sum is exact, also after a purge
// and after a corrected category, and whether reports go through the journal or not.
// Acknowledgements are exact as well.
func TestLedgerIsTheSumOfDistinctWindows(t *testing.T) {
	for name, mode := range map[string]ledger.Mode{"posted at once": ledger.JournalNever, "through the journal": ledger.JournalAlways} {
		t.Run(name, func(t *testing.T) { obeysTheLaw(t, mode) })
	}
}

func obeysTheLaw(t *testing.T, mode ledger.Mode) {
	l, s := open(t, t.TempDir(), false, ledger.WithJournal(mode))
	where, runs := paris(t), 0
	_, witness := devices(t, s, "Témoin", false, 1)
	rapid.Check(t, func(t *rapid.T) {
		runs++
		organisation, keys := devices(t, s, fmt.Sprint("Région ", runs), false, 2)
		var all []*modelled
		for _, key := range keys {
			all = append(all, drawDevice(t, key))
		}
		at := now
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			m := rapid.SampledFrom(all).Draw(t, "device")
			at = at.Add(time.Duration(rapid.IntRange(0, 15).Draw(t, "days")) * 24 * time.Hour)
			if rapid.Bool().Draw(t, "post") {
				post(t, l)
			}
			if rapid.IntRange(0, 4).Draw(t, "purge") == 0 {
				// Another device tells that the time is right.
				if _, err := l.Record(context.Background(), witness[0], of(report.Window{Start: at.Add(-time.Hour), SpanS: 900, OffMs: 900_000}), at); err != nil {
					t.Fatalf("%v", err)
				}
				post(t, l) // what is in the journal is not purged
				purge(t, l, all, at)
				checkAll(t, l, s, organisation, all)
			}
			if rapid.IntRange(0, 2).Draw(t, "gather") == 0 {
				if _, err := l.Gather(context.Background(), at); err != nil {
					t.Fatalf("%v", err)
				}
				post(t, l)
				checkAll(t, l, s, organisation, all)
			}
			r := of(rapid.SliceOfN(rapid.SampledFrom(m.all), 0, 10).Draw(t, "windows")...)
			if rapid.IntRange(0, 4).Draw(t, "corrected") == 0 {
				m.category = rapid.SampledFrom(equipment.Categories).Draw(t, "category")
				r.Inventory = &report.Inventory{Category: string(m.category)}
			}
			ack, err := l.Record(context.Background(), m.device, r, at)
			if want := m.send(r.Windows, where); err != nil || ack != want {
				t.Fatalf("acknowledged %+v, %v; want %+v", ack, err, want)
			}
		}
		post(t, l)
		checkAll(t, l, s, organisation, all)
	})
	conserved(t, s)
	if v := verified(t, s.Read); v.DaysAnew == 0 || v.DaysOlder == 0 || v.SiteDays == 0 {
		t.Errorf("the check looked at little: %+v", v)
	}
}

func post(t fatal, l *ledger.Ledger) {
	t.Helper()
	if err := l.Post(context.Background()); err != nil {
		t.Fatalf("%v", err)
	}
}

// purge purges the ledger and the model; the windows of earlier runs are gone
// already or go as well.
func purge(t *rapid.T, l *ledger.Ledger, all []*modelled, at time.Time) {
	t.Helper()
	count := func() (n int64) {
		for _, m := range all {
			windows, err := l.Windows(context.Background(), m.device.ID, time.Unix(0, 0), at.AddDate(1, 0, 0))
			if err != nil {
				t.Fatalf("%v", err)
			}
			n += int64(len(windows))
		}
		return n
	}
	before := count()
	if _, err := l.Purge(context.Background(), at); err != nil {
		t.Fatalf("%v", err)
	}
	var want int64
	for _, m := range all {
		want += m.purge(at.Add(-ledger.WindowRetention))
	}
	if got := before - count(); got != want {
		t.Fatalf("%d windows were purged, want %d", got, want)
	}
}

func checkAll(t *rapid.T, l *ledger.Ledger, s *store.Store, organisation int64, all []*modelled) {
	t.Helper()
	ctx := context.Background()
	type key struct {
		category equipment.Category
		month    calendar.Day
	}
	want := map[key]footprint.Facts{}
	first, firstKnown := always.To, always.To
	for _, m := range all {
		m.check(t, l)
		for day, facts := range m.days {
			sum := want[key{m.category, day.Month()}]
			sum.Add(facts)
			want[key{m.category, day.Month()}] = sum
			first = min(first, day)
			if facts != (footprint.Facts{}) {
				firstKnown = min(firstKnown, day)
			}
		}
	}
	products, err := registry.Open(s).Products(ctx)
	if err != nil {
		t.Fatalf("%v", err)
	}
	months, err := l.Months(ctx, organisation, 0, always)
	got := map[key]footprint.Facts{}
	for _, m := range months {
		got[key{products[m.Product].Category, m.Month}] = m.Facts
	}
	// A day of which nothing is known may have a row or none.
	empty := func(_ key, f footprint.Facts) bool { return f == footprint.Facts{} }
	maps.DeleteFunc(got, empty)
	maps.DeleteFunc(want, empty)
	if err != nil || !maps.Equal(got, want) {
		t.Fatalf("the months are %+v, %v; want %+v", got, err, want)
	}
	checkHours(t, l, all)
	byDevice, err := l.DeviceMonths(ctx, all[0].device.Site, always)
	var ofSite, ofDevices footprint.Facts
	for _, m := range byDevice {
		ofDevices.Add(m.Facts)
	}
	for _, m := range months {
		ofSite.Add(m.Facts)
	}
	if err != nil || ofSite != ofDevices {
		t.Fatalf("the devices' months are %+v, %v; want %+v", ofDevices, err, ofSite)
	}
	month, any, err := l.FirstMonth(ctx, organisation)
	if err != nil || any != (first < always.To) || any && (month < first.Month() || month > firstKnown) {
		t.Fatalf("the first month is %s, %t, %v; want that of %s", month, any, err, firstKnown)
	}
}

// checkHours compares the hours of a site with those of its devices, whatever product
// they were filed under when their windows were gathered or purged.
func checkHours(t *rapid.T, l *ledger.Ledger, all []*modelled) {
	t.Helper()
	want, got := map[hourOf]footprint.Facts{}, map[hourOf]footprint.Facts{}
	for _, m := range all {
		for k, facts := range m.hours {
			sum := want[k]
			sum.Add(facts)
			want[k] = sum
		}
	}
	days, err := l.Hours(context.Background(), all[0].device.Site, always)
	for _, d := range days {
		for _, g := range d.Hours.Groups() {
			for hour, facts := range d.Hours[g] {
				sum := got[hourOf{d.Day, hour}]
				sum.Add(facts)
				got[hourOf{d.Day, hour}] = sum
			}
		}
	}
	empty := func(_ hourOf, f footprint.Facts) bool { return f == footprint.Facts{} }
	maps.DeleteFunc(got, empty)
	maps.DeleteFunc(want, empty)
	if err != nil || !maps.Equal(got, want) {
		t.Fatalf("the hours are %+v, %v; want %+v", got, err, want)
	}
}
