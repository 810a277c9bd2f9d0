package ledger_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/ledger/hours"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// offMs is how long devices of each product were off at a site, by day and hour.
func offMs(t testing.TB, l *ledger.Ledger, site int64) map[string]int64 {
	t.Helper()
	days, err := l.Hours(t.Context(), site, always)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]int64{}
	for _, d := range days {
		for _, g := range d.Hours.Groups() {
			for hour, facts := range d.Hours[g] {
				if facts.OffMs != 0 {
					all[fmt.Sprintf("%s %d product %d", d.Day, hour, g.Product)] += facts.OffMs
				}
			}
		}
	}
	return all
}

func sameHours(t testing.TB, what string, got map[string]int64, want ...string) {
	t.Helper()
	for _, w := range want {
		if got[w] != 900_000 {
			t.Errorf("%s: %s holds %d ms", what, w, got[w])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: the hours are %v, want %v", what, got, want)
	}
}

// off is a quarter of an hour at one o'clock of a day of November, UTC.
func off(day int) report.Window {
	return report.Window{Start: time.Date(2026, 11, day, 1, 15, 0, 0, time.UTC), SpanS: 900, OffMs: 900_000}
}

func gathered(t testing.TB, l *ledger.Ledger, at time.Time, packs int64) {
	t.Helper()
	if n, err := l.Gather(t.Context(), at); err != nil || n != packs {
		t.Fatalf("%d packs were gathered, %v; want %d", n, err, packs)
	}
}

// in November of 2026, by the collector's clock.
func inNovember(day int) time.Time { return time.Date(2026, 11, day, 12, 0, 0, 0, time.UTC) }

func TestWindowIsInItsHourOnceWheneverItComes(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	_, all := devices(t, s, "Région", false, 1)
	record(t, l, all[0], inNovember(20), 3, 0, off(10), off(19), off(20))
	const at = "2026-11-%02d 2 product 1"
	want := []string{fmt.Sprintf(at, 10), fmt.Sprintf(at, 19), fmt.Sprintf(at, 20)}
	sameHours(t, "before gathering", offMs(t, l, all[0].Site), want...)
	gathered(t, l, inNovember(20), 1) // the last two days wait
	gathered(t, l, inNovember(20), 0)
	sameHours(t, "gathered", offMs(t, l, all[0].Site), want...)
	record(t, l, all[0], inNovember(20), 2, 1, off(9), off(10), off(18)) // late, again, and late
	want = append(want, fmt.Sprintf(at, 9), fmt.Sprintf(at, 18))
	sameHours(t, "after late ones", offMs(t, l, all[0].Site), want...)
	gathered(t, l, inNovember(22).AddDate(0, 0, 60), 0) // a clock ahead: only what lies before the newest window
	sameHours(t, "by a clock ahead", offMs(t, l, all[0].Site), want...)
	record(t, l, all[0], inNovember(25), 2, 0, off(21), off(25))
	purged(t, l, inNovember(20).AddDate(0, 0, 60), 0) // nobody but this device witnesses the time
	record(t, l, all[0], inNovember(20).AddDate(0, 0, 60), 1, 0, report.Window{Start: inNovember(20).AddDate(0, 0, 59), SpanS: 900, SuspendedMs: 900_000})
	purged(t, l, inNovember(20).AddDate(0, 0, 60), 7) // also those that were not gathered
	want = append(want, fmt.Sprintf(at, 21), fmt.Sprintf(at, 25))
	sameHours(t, "purged", offMs(t, l, all[0].Site), want...)
	gathered(t, l, inNovember(20).AddDate(0, 0, 70), 0)
	sameHours(t, "gathered after the purge", offMs(t, l, all[0].Site), want...)
	if v := verified(t, s.Read); v.SiteHours == 0 {
		t.Errorf("no hours were looked at: %+v", v)
	}
}

// A device that moves takes the hours of its windows along while these are kept; those
// that were purged stay where they were used, and no hour counts twice.
func TestHoursMoveWithTheWindowsThatAreKept(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	organisation, all := devices(t, s, "Région", false, 2)
	sites, err := registry.Open(s).AddSites(t.Context(), organisation, []registry.Site{{Name: "Lycée", Kind: registry.Lycee}})
	if err != nil {
		t.Fatal(err)
	}
	old := report.Window{Start: inNovember(1).AddDate(0, 0, -20), SpanS: 900, OffMs: 900_000}
	record(t, l, all[0], inNovember(20), 4, 0, old, off(10), off(19), off(20))
	purged(t, l, inNovember(20), 1)
	gathered(t, l, inNovember(20), 1)
	if _, err := s.Write.Exec("UPDATE hours_until SET until = ? WHERE site = ?", calendar.Date(2026, 11, 20), sites[0].ID); err != nil { // it is ahead by a day
		t.Fatal(err)
	}
	to := all[0]
	to.Site = sites[0].ID
	err = store.InTx(t.Context(), s.Write, func(tx *sql.Tx) error {
		if err := ledger.Move(t.Context(), tx, paris(t), all[0], to); err != nil {
			return err
		}
		_, err := tx.ExecContext(t.Context(), "UPDATE devices SET site = ? WHERE id = ?", to.Site, to.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sameHours(t, "where it was", offMs(t, l, all[0].Site), "2026-10-12 14 product 1")
	sameHours(t, "where it is", offMs(t, l, to.Site), "2026-11-10 2 product 1", "2026-11-19 2 product 1", "2026-11-20 2 product 1")
	verified(t, s.Read)

	// It turns out to be another product.
	r := of(off(21))
	r.Inventory = &report.Inventory{Category: string(equipment.Desktop)}
	if _, err := l.Record(t.Context(), to, r, inNovember(22)); err != nil {
		t.Fatal(err)
	}
	sameHours(t, "as a desktop", offMs(t, l, to.Site), "2026-11-10 2 product 2", "2026-11-19 2 product 2", "2026-11-20 2 product 2", "2026-11-21 2 product 2")
	gathered(t, l, inNovember(26), 0) // the newest window is of the 21st: the 20th waits
	record(t, l, to, inNovember(26), 1, 0, off(26))
	gathered(t, l, inNovember(26), 2)
	v := verified(t, s.Read)
	if v.SiteHours != 5 {
		t.Errorf("the check looked at %+v", v)
	}
}

func TestHoursOfErasedDeviceStay(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	_, all := devices(t, s, "Région", false, 2)
	record(t, l, all[0], inNovember(20), 2, 0, off(10), off(20))
	record(t, l, all[1], inNovember(20), 1, 0, off(15))
	gathered(t, l, inNovember(20), 2)
	before := offMs(t, l, all[0].Site)
	if _, err := ledger.Erase(t.Context(), s, paris(t), nameOf(t, s, all[0]), inNovember(20)); err != nil {
		t.Fatal(err)
	}
	sameHours(t, "after it was erased", offMs(t, l, all[0].Site), "2026-11-10 2 product 1", "2026-11-15 2 product 1", "2026-11-20 2 product 1")
	if len(before) != 3 {
		t.Errorf("the hours were %v", before)
	}
	verified(t, s.Read)
}

func TestChangedHoursAreFound(t *testing.T) {
	less := hours.Day{}
	less.Add(hours.Group{Product: 1, Population: equipment.Shared}, 3, footprint.Facts{OffMs: 900_000})
	for change, want := range map[string]string{
		"UPDATE site_hours SET hours = x'07' WHERE day = 20767":                                       "site_hours: site 1, 2026-11-10: they have no version",
		"DELETE FROM site_hours WHERE day = 20767":                                                    "site_hours: site 1, 2026-11-10, product 1, shared: off_ms is 0, and its day tells 900000",
		fmt.Sprintf("UPDATE site_hours SET hours = x'%x' WHERE day = 20767", hours.Append(nil, less)): "off_ms of hour 2 is 0, and the windows that are left of it alone add up to 900000",
		fmt.Sprintf("INSERT INTO site_hours VALUES (20700, 1, x'%x')", hours.Append(nil, less)):       "site_hours: site 1, 2026-09-04, product 1, shared: off_ms is 900000, and its day tells 0",
		"UPDATE hours_until SET until = 0":                                                            "off_ms is 1800000, and its day tells 900000",
		"UPDATE hours_until SET until = 21000":                                                        "2026-11-20, product 1, shared: off_ms is 0, and its day tells 900000",
	} {
		l, s := open(t, t.TempDir(), false)
		_, all := devices(t, s, "Région", false, 1)
		record(t, l, all[0], inNovember(20), 2, 0, off(10), off(20))
		gathered(t, l, inNovember(20), 1)
		if s.Shared() {
			change = strings.NewReplacer("x'", `'\x`).Replace(change)
		}
		if _, err := s.Write.Exec(change); err != nil {
			t.Fatal(err)
		}
		v, err := ledger.Verify(t.Context(), s.Read, paris(t))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(fmt.Sprint(v.Findings), want) {
			t.Errorf("after %q %q is not told, but %v", change, want, v.Findings)
		}
	}
}

func TestHoursOfTheSimulatedPastAreKept(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	_, all := devices(t, s, "Démonstration", true, 1)
	day := calendar.Date(2026, 11, 10)
	past := ledger.Simulated{
		Device: all[0], Windows: []report.Window{off(19)}, Days: []footprint.DayFacts{{Day: day, Facts: footprint.Facts{OffMs: 900_000}}},
		Hours: slices.Values([]footprint.HourFacts{{Day: day, Hour: 7, Facts: footprint.Facts{OffMs: 900_000}}}),
	}
	if err := l.AddSimulated(t.Context(), []ledger.Simulated{past}, inNovember(20)); err != nil {
		t.Fatal(err)
	}
	sameHours(t, "simulated", offMs(t, l, all[0].Site), "2026-11-10 7 product 1", "2026-11-19 2 product 1")
	verified(t, s.Read)
}
