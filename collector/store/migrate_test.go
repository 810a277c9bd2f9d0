package store_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/ledger/hours"
	"github.com/ecoparc/ecoparc/collector/ledger/pack"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// fixture makes a data folder as a version of the schema left it, from that version's
// own migrations: a school with three devices, the first two alike; the days of each,
// one window of a day of its own, and another device's whose windows were purged.
func fixture(t *testing.T, dir string, version int) {
	t.Helper()
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(files) < version {
		t.Fatalf("there are %d migrations, %v", len(files), err)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "ecoparc.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	run := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	for _, file := range files[:version] {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		run(string(text))
	}
	run("INSERT INTO organisations (id, name) VALUES (1, 'Département'); INSERT INTO sites (id, organisation, name, kind) VALUES (1, 1, 'Collège', 'college')")
	const sleep = "windows, suspended_ms"
	purged := hours.Day{}
	for i, v := range inventories {
		id := i + 1
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		run("INSERT INTO devices (id, name, site, category, population, inventory, in_service, in_service_from) VALUES (?, ?, 1, ?, 'shared', ?, 0, 'purchase')", id, i, v.Category, string(text))
		product := v.Category // sums were by category first
		if version >= 2 {
			spec := v.Spec()
			run("INSERT INTO products (category, maker, model, cpu, memory_gib, storage_gb) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
				v.Category, spec.Maker, spec.Model, spec.CPU, spec.MemoryGiB, spec.StorageGB)
			run("UPDATE devices SET product = (SELECT id FROM products WHERE category = ? AND memory_gib = ?) WHERE id = ?", v.Category, spec.MemoryGiB, id)
			product = fmt.Sprint(count(t, db, fmt.Sprint("SELECT product FROM devices WHERE id = ", id)))
		}
		if version >= 7 {
			for _, row := range filed(id, product, i == 0) {
				run(row.query, row.args...)
			}
			if i > 0 {
				of := hours.Group{Product: int64(count(t, db, fmt.Sprint("SELECT product FROM devices WHERE id = ", id))), Population: "shared"}
				purged.Add(of, 14, footprint.Facts{SuspendedMs: 900_000}) // noon of UTC, in Paris
			}
			continue
		}
		// On 2024-10-04 one window, which is kept of the first device only.
		run(fill("device_days", "device, day", sleep), id, 20_000, 1, 900_000)
		if i == 0 {
			run(fill("windows", "device, start, span_s, received", "suspended_ms", "mem_used_mib"), id, noon, 900, noon+900, 900_000, 0)
		} else {
			run("UPDATE devices SET purged_until = ? WHERE id = ?", noon, id)
		}
		key := map[bool]string{true: "site, day, product, population", false: "site, day, category, population"}[version >= 2]
		run(fill("site_days", key, sleep)+" ON CONFLICT DO UPDATE SET windows = windows + 1, suspended_ms = suspended_ms + 900000", 1, 20_000, product, "shared", 1, 900_000)
	}
	if version >= 11 { // since 0012_hours.sql the hours of a window stay when it is purged
		run("INSERT INTO site_hours (day, site, hours) VALUES (20000, 1, ?)", hours.Append(nil, purged))
	}
	run(fmt.Sprint("PRAGMA user_version = ", version))
}

// noon is when a fixture's windows start.
const noon = 20_000*86_400 + 43_200

type insertion struct {
	query string
	args  []any
}

// filed is what a device of the fixture fills of the tables of today.
func filed(device int, product string, kept bool) []insertion {
	const month, sleep = 19_997, "windows, suspended_ms"
	const more = " ON CONFLICT DO UPDATE SET windows = windows + 1, suspended_ms = suspended_ms + 900000"
	window := report.Window{Start: time.Unix(noon, 0), SpanS: 900, SuspendedMs: 900_000}
	starts := pack.Starts{End: noon + 900, At: []int64{noon}}
	all := []insertion{
		{fill("device_days", "day, site, device", sleep), []any{20_000, 1, device, 1, 900_000}},
		{fill("device_months", "month, site, device", sleep), []any{month, 1, device, 1, 900_000}},
		{fill("site_days", "day, site, product, population", sleep) + more, []any{20_000, 1, product, "shared", 1, 900_000}},
		{fill("site_months", "month, site, product, population", sleep) + more, []any{month, 1, product, "shared", 1, 900_000}},
		{fill("organisation_months", "month, organisation, product, population", sleep) + more, []any{month, 1, product, "shared", 1, 900_000}},
		{"UPDATE devices SET newest_window = ? WHERE id = ?", []any{noon, device}},
	}
	if kept {
		return append(all, insertion{"INSERT INTO device_windows (day, site, device, windows) VALUES (20000, 1, ?, ?)", []any{device, pack.Append(nil, []report.Window{window})}})
	}
	return append(all, insertion{"INSERT INTO device_starts (month, site, device, starts) VALUES (?, 1, ?, ?)", []any{month, device, starts.Append(nil)}})
}

// fill inserts a row into a table of facts: those that are not given are zero.
func fill(table, key string, given ...string) string {
	names := strings.Split(strings.Join(append([]string{key}, given...), ", "), ", ")
	values := strings.TrimSuffix(strings.Repeat("?, ", len(names)), ", ")
	columns := footprint.FactNames[:]
	if table == "windows" { // which has no sums of meters
		columns = slices.DeleteFunc(slices.Clone(columns), func(name string) bool {
			return slices.Contains([]string{"windows", "metered_ms", "metered_uj", "part_ms", "part_uj", "mem_mib_s"}, name)
		})
	}
	for _, name := range columns {
		if !slices.Contains(names, name) {
			names, values = append(names, name), values+", 0"
		}
	}
	return "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") VALUES (" + values + ")"
}

// inventories are of the devices of a fixture.
var inventories = []report.Inventory{
	{Category: "laptop", Maker: "Alpha", Model: "Cahier 14", CPU: "Alpha U5", MemoryMiB: 7800, StorageGB: 250},
	{Category: "laptop", Maker: "Alpha", Model: "Cahier 14", CPU: "Alpha U5", MemoryMiB: 7600, StorageGB: 256},
	{Category: "tablet"},
}

// Data of each earlier version is brought to the schema of today with nothing lost
// and every sum right, and the same reports are still repeats.
func TestDataOfEachEarlierVersionIsMigrated(t *testing.T) {
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for version := 1; version <= len(files); version++ {
		t.Run(filepath.Base(files[version-1]), func(t *testing.T) {
			dir := t.TempDir()
			fixture(t, dir, version)
			s := open(t, dir)
			if n := count(t, s.Read, "PRAGMA user_version"); n != len(files) {
				t.Errorf("the schema is %d, want %d", n, len(files))
			}
			v, err := ledger.Verify(t.Context(), s.Read, paris)
			if err != nil || v.Found != 0 || v.DaysAnew != 1 || v.DaysOlder != 2 || v.SiteDays != 2 || v.Windows != 1 {
				t.Errorf("the check says %+v, %v", v, err)
			}
			l := ledger.Open(s, paris, false)
			defer l.Close()
			for id := int64(1); id <= 3; id++ {
				again := report.Window{Start: time.Unix(noon, 0), SpanS: 900, SuspendedMs: 900_000}
				ack, err := l.Record(t.Context(), ledger.Device{ID: id, Site: 1, Population: "shared"}, &report.Report{Windows: []report.Window{again}}, again.End())
				if err != nil || ack.Repeat != 1 {
					t.Errorf("device %d: what was filed before is acknowledged as %+v, %v", id, ack, err)
				}
			}
		})
	}
}

func TestOldDataKeepsItsSumsByProduct(t *testing.T) {
	dir := t.TempDir()
	fixture(t, dir, 1)
	s := open(t, dir)
	if n := count(t, s.Read, "SELECT count(*) FROM products"); n != 2 {
		t.Errorf("there are %d products, want 2", n)
	}
	const sums = "SELECT group_concat(site || ' ' || day || ' ' || product || ' ' || windows || ' ' || suspended_ms, ';') FROM (SELECT * FROM site_days ORDER BY product)"
	var got string
	if err := s.Read.QueryRow(sums).Scan(&got); err != nil || got != "1 20000 1 2 1800000;1 20000 2 1 900000" {
		t.Errorf("the sums are %q, %v", got, err)
	}
	// What the migration wrote in SQL is what the program would have filed.
	for i, v := range inventories {
		err := store.InTx(t.Context(), s.Write, func(tx *sql.Tx) error {
			want, err := registry.ProductID(t.Context(), tx, v.Spec())
			if got := count(t, s.Read, "SELECT product FROM devices WHERE name = '"+string(rune('0'+i))+"'"); int64(got) != want {
				t.Errorf("device %d is product %d, want %d", i, got, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Whoever saw all figures sees them still, and stays signed in.
func TestPeopleOfOldDataKeepTheirRolesAndSessions(t *testing.T) {
	dir := t.TempDir()
	fixture(t, dir, 6)
	db, err := sql.Open("sqlite", filepath.Join(dir, "ecoparc.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(`INSERT INTO users (id, name, role, password) VALUES (1, 'amina', 'administrator', 'a'), (2, 'paul', 'viewer', 'b');
		INSERT INTO sessions (sha256, user, expires) VALUES (x'01', 2, 99)`)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	var got string
	err = s.Read.QueryRow(`SELECT group_concat(name || ' ' || role || ' ' || everything || ' ' || password || ' ' || coalesce((SELECT expires FROM sessions WHERE person = users.id), '-'), '; ') FROM users`).Scan(&got)
	if want := "amina administrator 1 a -; paul council_viewer 1 b 99"; err != nil || got != want {
		t.Errorf("people are %q, %v; want %q", got, err, want)
	}
}
