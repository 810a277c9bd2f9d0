package ledger_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/report"
)

func nameOf(t *testing.T, s *store.Store, d ledger.Device) (name string) {
	t.Helper()
	if err := s.Read.QueryRow("SELECT name FROM devices WHERE id = ?", d.ID).Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}

// totals is all that pages compute totals from, as one text.
func totals(t *testing.T, s *store.Store, l *ledger.Ledger, organisation int64) string {
	t.Helper()
	months, err := l.Months(t.Context(), organisation, 0, always)
	if err != nil {
		t.Fatal(err)
	}
	cohorts, err := registry.Open(s).Cohorts(t.Context(), organisation, 0)
	if err != nil {
		t.Fatal(err)
	}
	inService := map[registry.Cohort]int64{} // but when they were retired
	for _, c := range cohorts {
		n := c.Count
		c.Retired, c.Count = now, 0
		inService[c] += n
	}
	text, err := json.Marshal(months)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for c, n := range inService {
		one, err := json.Marshal([]any{c, n})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(one))
	}
	slices.Sort(all)
	return string(text) + strings.Join(all, "\n")
}

func TestErasedDeviceIsGoneAndTheTotalsOfItsSiteStay(t *testing.T) {
	dir := t.TempDir()
	l, s, all := wellUsed(t, dir)
	const secretive = "Poste de la salle 12"
	if _, err := s.Write.Exec("UPDATE devices SET label = ? WHERE id = ?", secretive, all[0].ID); err != nil {
		t.Fatal(err)
	}
	for part, outcome := range map[string]string{"battery": "repaired", "fan": "not_repairable"} {
		if _, err := s.Write.Exec("INSERT INTO repairs (device, day, part, outcome, done_by, cost_cents) VALUES (?, 20000, ?, ?, '', 0)", all[0].ID, part, outcome); err != nil {
			t.Fatal(err)
		}
	}
	names := []string{nameOf(t, s, all[0]), nameOf(t, s, all[1])}
	before := totals(t, s, l, 1)
	if e, err := ledger.Erase(t.Context(), s, paris(t), names[0], later(far)); err != nil || e != (ledger.Erased{Days: 3, Windows: 3, Waiting: 2}) {
		t.Errorf("erased is %+v, %v", e, err)
	}
	if after := totals(t, s, l, 1); after != before {
		t.Errorf("the totals were\n%s\nand are\n%s", before, after)
	}
	verified(t, s.Read)
	for _, table := range []string{"journal", "device_windows", "device_starts", "forgotten_starts", "device_days", "device_months", "outbox", "unsent_days", "repairs"} {
		var n int
		if err := s.Read.QueryRow("SELECT count(*) FROM "+table+" WHERE device = ?", all[0].ID).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows are left in %s, %v", n, table, err)
		}
	}
	if _, err := registry.Open(s).Device(t.Context(), names[0]); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("the device is still found: %v", err)
	}
	if _, err := l.Record(t.Context(), all[0], of(hour(far-1)), later(far)); err == nil {
		t.Error("a report that was under way is filed for nobody")
	}
	parts, err := registry.Open(s).FittedParts(t.Context(), all[0].Site)
	if err != nil || len(parts) != 1 || parts[0].Part != "battery" || parts[0].On != 20000 || parts[0].Count != 1 || parts[0].Retired.IsZero() {
		t.Errorf("of its parts there are %+v, %v", parts, err)
	}
	// The last of a product goes as well, with its own remainder.
	if _, err := ledger.Erase(t.Context(), s, paris(t), names[1], later(far)); err != nil {
		t.Fatal(err)
	}
	if after := totals(t, s, l, 1); after != before {
		t.Errorf("without devices the totals are\n%s", after)
	}
	verified(t, s.Read)
	if _, err := ledger.Erase(t.Context(), s, paris(t), names[0], later(far)); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("erased twice: %v", err)
	}
	l.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, trace := range []string{names[0], names[1], secretive} {
			if strings.Contains(string(text), trace) {
				t.Errorf("%s still holds %q", filepath.Base(file), trace)
			}
		}
	}
}

func TestExportIsAllThatIsKept(t *testing.T) {
	_, s, all := wellUsed(t, t.TempDir())
	kept, err := ledger.Export(t.Context(), s, nameOf(t, s, all[1]), later(far))
	if err != nil {
		t.Fatal(err)
	}
	windows := quarters(0, 4)
	slices.Reverse(windows)
	if kept.Site != "Collège" || len(kept.Days) != 1 || kept.Days[0].Day != "2026-11-23" || kept.Days[0].Facts.Windows != 4 || !reflect.DeepEqual(kept.Windows, windows) {
		t.Errorf("the export is %+v", kept)
	}
	if len(kept.Others["outbox"]) != 1 {
		t.Errorf("of other tables there are %+v", kept.Others)
	}
	text, err := json.Marshal(kept)
	if err != nil || !strings.Contains(string(text), `"inventory":{"category":"desktop","maker":"Alpha"`) {
		t.Errorf("as JSON it is %s, %v", text, err)
	}
	// Each column of the device is there, also those that come later.
	rows, err := s.Read.Query("SELECT * FROM devices")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for _, column := range columns {
		if _, ok := kept.Device[column]; !ok {
			t.Errorf("%s is not in the export", column)
		}
	}
	if _, err := ledger.Export(t.Context(), s, "d-nobody", now); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("nobody's export: %v", err)
	}
}

// A table of a later version that refers to devices is exported and erased too,
// whatever its column is called; the rows of other devices stay.
func TestTablesOfLaterVersionsAreErasedToo(t *testing.T) {
	_, s, all := wellUsed(t, t.TempDir())
	const later = `CREATE TABLE loans (laptop INTEGER REFERENCES devices, note TEXT); ALTER TABLE devices ADD COLUMN twin INTEGER REFERENCES devices;
		INSERT INTO loans VALUES (1, 'summer'), (2, 'autumn')`
	if _, err := s.Write.Exec(later); err != nil {
		t.Fatal(err)
	}
	name := nameOf(t, s, all[0])
	kept, err := ledger.Export(t.Context(), s, name, now)
	if err != nil || len(kept.Others["loans"]) != 1 || kept.Others["loans"][0]["note"] != "summer" {
		t.Errorf("the export is %+v, %v", kept, err)
	}
	if _, err := ledger.Erase(t.Context(), s, paris(t), name, now); err != nil {
		t.Fatal(err)
	}
	var left string
	var rows int
	if err := s.Read.QueryRow("SELECT min(note), count(*) FROM loans").Scan(&left, &rows); err != nil || left != "autumn" || rows != 1 {
		t.Errorf("left are %d rows, the first %q, %v", rows, left, err)
	}
	nameOf(t, s, all[1])
}

// What is erased counts as before when the category of others is corrected.
func TestErasedRemainderStaysWithItsProduct(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	_, all := devices(t, s, "Région", false, 2)
	for _, d := range all {
		record(t, l, d, now, 3, 0, quarters(0, 3)...)
	}
	if _, err := ledger.Erase(t.Context(), s, paris(t), nameOf(t, s, all[0]), now); err != nil {
		t.Fatal(err)
	}
	r := of(quarter(4))
	r.Inventory = &report.Inventory{Category: "tablet"}
	if _, err := l.Record(t.Context(), all[1], r, now); err != nil {
		t.Fatal(err)
	}
	verified(t, s.Read)
	if n, err := ledger.Repair(t.Context(), s); err != nil || n != 0 {
		t.Errorf("%d sums were repaired, %v", n, err)
	}
}
