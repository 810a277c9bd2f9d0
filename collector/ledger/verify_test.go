package ledger_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/ledger/pack"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// verified checks that nothing in a ledger is wrong.
func verified(t fatal, db *sql.DB) *ledger.Verdict {
	t.Helper()
	where, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatalf("%v", err)
	}
	v, err := ledger.Verify(context.Background(), db, where)
	if err != nil || v.Found != 0 {
		t.Fatalf("the ledger is not right: %v, %+v", err, v)
	}
	return v
}

// wellUsed is a ledger with purged and late windows, holes, an outbox and a
// simulated organisation.
func wellUsed(t *testing.T, dir string) (*ledger.Ledger, *store.Store, []ledger.Device) {
	t.Helper()
	l, s := open(t, dir, true)
	_, all := devices(t, s, "Région", false, 2)
	_, simulated := devices(t, s, "Démonstration", true, 1)
	record(t, l, all[0], now, 3, 0, hour(-30), hour(-2), hour(-1))
	if err := l.Done(t.Context(), 1<<40); err != nil {
		t.Fatal(err)
	}
	record(t, l, all[0], later(far), 2, 0, quarter(-4*(far-1)), quarter(-4*(far-2)))
	purged(t, l, later(far), 3)
	record(t, l, all[0], later(far), 1, 0, hour(-20))
	r := of(quarters(0, 4)...)
	r.Inventory = &report.Inventory{Category: "desktop", Maker: "Alpha", Model: "Tour", MemoryMiB: 7900}
	if _, err := l.Record(t.Context(), all[1], r, later(far)); err != nil {
		t.Fatal(err)
	}
	past := ledger.Simulated{
		Device: simulated[0], Windows: quarters(0, 2),
		Days: []footprint.DayFacts{{Day: calendar.DayOf(now, time.UTC) - 3, Facts: footprint.Facts{OffMs: 9}}},
	}
	if err := l.AddSimulated(t.Context(), []ledger.Simulated{past}, now); err != nil {
		t.Fatal(err)
	}
	return l, s, all
}

func TestSoundLedgerIsFoundSoundWhileItIsInUse(t *testing.T) {
	storetest.OnlySQLite(t, "a file to look at")
	dir := t.TempDir()
	_, s, _ := wellUsed(t, dir)
	beside, err := store.OpenToRead(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	v := verified(t, beside)
	// Anew are the day of two quarters and the day of four; older are two days whose
	// windows are purged, and two simulated ones.
	if v.Devices != 3 || v.Windows != 9 || v.DaysAnew != 2 || v.DaysOlder != 4 || v.SiteDays != 6 {
		t.Errorf("the check looked at %+v", v)
	}
	copied := filepath.Join(t.TempDir(), "backup.sqlite")
	if err := s.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	backup, err := store.OpenToRead(t.Context(), copied)
	if err != nil {
		t.Fatal(err)
	}
	defer backup.Close()
	if b := verified(t, backup); b.DaysAnew != v.DaysAnew || b.SiteDays != v.SiteDays {
		t.Errorf("of the backup the check looked at %+v", b)
	}
}

// Whatever is changed behind the ledger's back is found, and told with numbers.
func TestEveryDifferenceIsFound(t *testing.T) {
	storetest.OnlySQLite(t, "keys that can be left unchecked")
	dir := t.TempDir()
	_, s, _ := wellUsed(t, dir)
	copied := filepath.Join(t.TempDir(), "copy.sqlite")
	if err := s.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	facts := strings.Join(footprint.FactNames[:], ", ")
	more := quarters(0, 4)
	slices.Reverse(more)
	more[2].NetRxB = 10
	for change, parts := range map[string][]string{
		"UPDATE device_days SET part_uj = part_uj + 1 WHERE device = 2":                                   {"device_days: device d-", "2026-11-23: part_uj is 1, and its windows add up to 0"},
		"UPDATE device_days SET metered_uj = metered_uj - 1 WHERE device = 2":                             {"metered_uj is 31999999, and its windows add up to 32000000", "site_days: site 1"},
		"DELETE FROM device_days WHERE device = 2":                                                        {"windows is 0, and its windows add up to 4"},
		"DELETE FROM device_windows WHERE device = 2":                                                     {"windows is 4, and its windows add up to 0"},
		"UPDATE device_windows SET windows = x'00' WHERE device = 2":                                      {"device_windows: device d-", "is not a sound pack", "windows is 4, and its windows add up to 0"},
		fmt.Sprintf("UPDATE device_windows SET windows = x'%x' WHERE device = 2", pack.Append(nil, more)): {"net_rx_b is 4, and its windows add up to 13"},
		"UPDATE device_windows SET windows = x'0100' WHERE device = 2":                                    {"windows is 4, and its windows add up to 0"},
		"UPDATE device_windows SET day = day + 1 WHERE device = 2":                                        {"device_windows: device d-", "is not in its place"},
		"UPDATE device_windows SET site = 2 WHERE device = 2":                                             {"orphans: device_windows: 1 rows are filed at another site", "windows is 4, and its windows add up to 0"},
		"UPDATE device_days SET suspended_ms = 5 WHERE device = 1 AND suspended_ms > 10":                  {"suspended_ms is 5, and the windows that are left of it alone add up to 3600000"},
		"UPDATE site_days SET off_ms = off_ms + 7 WHERE off_ms = 9":                                       {"site_days: site 2, 2026-11-20, product 1, shared: off_ms is 16, and its devices add up to 9"},
		"DELETE FROM site_days WHERE site = 1":                                                            {"site_days: site 1, 2026-11-23, product 2, shared: windows is 0, and its devices add up to 4"},
		"UPDATE device_months SET off_ms = 8 WHERE off_ms = 9":                                            {"device_months: device 3, 2026-11-01: off_ms is 8, and its days add up to 9"},
		"DELETE FROM site_months WHERE site = 2":                                                          {"site_months: site 2, 2026-11-01, product 1, shared: off_ms is 0, and its days add up to 9"},
		"UPDATE organisation_months SET off_ms = 1 WHERE off_ms = 9":                                      {"organisation_months: organisation 2, 2026-11, product 1, shared: off_ms is 1, and its sites add up to 9"},
		"INSERT INTO erased_days (site, day, product, population, " + facts + ") SELECT site, day, product, population, " + facts + " FROM site_days WHERE site = 2": {"off_ms is 9, and its devices add up to 18"},
		"INSERT INTO journal VALUES (1, 77, 0, '', 0, 0, 0, x'0100')": {"journal: devices: 1 reports are of devices that are gone"},
		"UPDATE outbox SET windows = x'02'":                           {"outbox: row ", "is not a sound pack"},
		"INSERT INTO unsent_days VALUES (5, 1, 1, 0)":                 {"unsent_days: time series: 1 days wait"},
		"UPDATE device_starts SET starts = x''":                       {"device_starts: device 1: "},
		"UPDATE devices SET product = 1 WHERE id = 2":                 {"products: device d-", "Tour"},
		"UPDATE devices SET product = NULL WHERE id = 1":              {"products: device d-"},
		"UPDATE devices SET inventory = '{' WHERE id = 1":             {"its inventory cannot be read"},
		"DELETE FROM devices WHERE id = 1":                            {"orphans: device_days: 3 rows belong to devices", "orphans: device_windows: 2 rows", "orphans: device_starts"},
		"INSERT INTO month_revisions VALUES (99, 0, 0, 1)":            {"orphans: month_revisions: 1 rows belong to sites"},
		"DROP INDEX devices_by_site; CREATE INDEX devices_by_site ON devices (product); PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = 'CREATE INDEX devices_by_site ON devices (site)' WHERE name = 'devices_by_site'": {"file: SQLite"},
	} {
		t.Run(change, func(t *testing.T) {
			broken := filepath.Join(t.TempDir(), "broken.sqlite")
			if err := os.WriteFile(broken, sound, 0o600); err != nil {
				t.Fatal(err)
			}
			db, err := sql.Open("sqlite", broken) // which checks no foreign keys
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(change); err != nil {
				t.Fatal(err)
			}
			db.Close()
			read, err := store.OpenToRead(t.Context(), broken)
			if err != nil {
				t.Fatal(err)
			}
			defer read.Close()
			v, err := ledger.Verify(t.Context(), read, paris(t))
			if err != nil {
				t.Fatal(err)
			}
			var all strings.Builder
			for _, f := range v.Findings {
				all.WriteString(f.String() + "\n")
			}
			for _, part := range parts {
				if !strings.Contains(all.String(), part) {
					t.Errorf("%q is not told; found are %d:\n%s", part, v.Found, all.String())
				}
			}
		})
	}
}

func TestRepairMakesSumsOfSitesAndNothingElse(t *testing.T) {
	_, s, _ := wellUsed(t, t.TempDir())
	before := dump(t, s)
	if n, err := ledger.Repair(t.Context(), s); err != nil || n != 0 || dump(t, s) != before {
		t.Errorf("of a sound ledger %d sums were repaired, %v", n, err)
	}
	for _, change := range []string{
		"DELETE FROM site_days WHERE site = 2 AND off_ms = 9", "UPDATE site_days SET windows = windows + 1 WHERE product = 2",
		"INSERT INTO site_days SELECT day, site, product, 'teaching', " + strings.Join(footprint.FactNames[:], ", ") + " FROM site_days WHERE site = 2",
		"UPDATE device_months SET off_ms = 4 WHERE device = 1", "DELETE FROM site_months WHERE site = 1", "UPDATE organisation_months SET windows = 0",
	} {
		if _, err := s.Write.Exec(change); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := ledger.Repair(t.Context(), s); err != nil || n != 12 {
		t.Errorf("%d sums were repaired, %v; want 12", n, err)
	}
	if dump(t, s) != before {
		t.Error("after the repair the ledger is not as it was")
	}
}

// A ruined ledger does not ruin the memory of its checker.
func TestFindingsAreBoundedAndCounted(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	_, all := devices(t, s, "Région", false, 1)
	for day := range 30 {
		record(t, l, all[0], later(30*24), 1, 0, hour(day*24))
	}
	if _, err := s.Write.Exec("UPDATE device_days SET windows = 9, off_ms = 9, net_rx_b = 9, net_tx_b = 9, part_ms = 9"); err != nil {
		t.Fatal(err)
	}
	v, err := ledger.Verify(t.Context(), s.Read, paris(t))
	if err != nil || v.Found != 30*5*2+2*3*5 || len(v.Findings) != 200 {
		t.Errorf("found are %d, told %d, %v", v.Found, len(v.Findings), err)
	}
}
