package registry_test

import (
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// The holidays are those of models/data/calendar.
func TestSilenceCountsSchoolDays(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		when, err := time.ParseInLocation("2006-01-02 15:04", text, paris)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for _, test := range []struct{ name, now, zone, since string }{
		{"in the middle of a term", "2025-10-10 10:00", "A", "2025-09-26 00:00"},
		{"at night", "2025-10-10 00:00", "A", "2025-09-26 00:00"},
		{"a bank holiday does not count", "2025-11-21 10:00", "A", "2025-11-06 00:00"},
		{"on the first day of school", "2025-09-01 08:00", "B", "2025-06-23 00:00"},
		{"in August", "2025-08-14 08:00", "C", "2025-06-23 00:00"},
		{"after two weeks of winter holidays", "2026-02-23 08:00", "A", "2026-01-26 00:00"},
		{"another zone has school meanwhile", "2026-02-23 08:00", "C", "2026-02-09 00:00"},
		{"without a zone only days common to all count", "2026-03-09 08:00", "", "2026-01-26 00:00"},
		{"beyond the calendar weekdays count", "2041-03-08 08:00", "A", "2041-02-22 00:00"},
	} {
		silence := registry.SilenceAt(calendar.Default(), paris, at(test.now))
		if got := silence(test.zone).In(paris).Format("2006-01-02 15:04"); got != test.since {
			t.Errorf("%s: a device is silent that was last heard of before %s, want %s", test.name, got, test.since)
		}
	}
}

func TestTrolleyInTheCupboardIsNotSilentAfterTheSummer(t *testing.T) {
	r, _ := open(t)
	o, sites := schools(t, r, "Région", false, 1)
	sites[0].Zone = "A"
	if _, err := r.AddSites(t.Context(), o.ID, sites); err != nil {
		t.Fatal(err)
	}
	put := time.Date(2026, 7, 1, 15, 0, 0, 0, time.UTC)
	trolley := registry.NewDevice{Site: sites[0].ID, Category: equipment.Laptop, Population: equipment.Shared, InService: put.AddDate(-1, 0, 0), HasAgent: true, LastSeen: put}
	if _, err := r.AddDevices(t.Context(), []registry.NewDevice{trolley}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		now    time.Time
		silent int64
	}{{time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC), 0}, {time.Date(2026, 9, 20, 8, 0, 0, 0, time.UTC), 1}} {
		seen, err := r.SeenBySite(t.Context(), o.ID, registry.SilenceAt(calendar.Default(), time.UTC, test.now))
		if got := seen[sites[0].ID]; err != nil || got.Silent != test.silent || got.Reporting != 1-test.silent {
			t.Errorf("on %s: %+v, %v; want %d silent", test.now, got, err, test.silent)
		}
		devices, err := r.Devices(t.Context(), sites[0].ID)
		want := map[int64]string{0: "reporting", 1: "silent"}[test.silent]
		if state := devices[0].State("A", registry.SilenceAt(calendar.Default(), time.UTC, test.now)); err != nil || state != want {
			t.Errorf("on %s it is %s, want %s", test.now, state, want)
		}
	}
}
