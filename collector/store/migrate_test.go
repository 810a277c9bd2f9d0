package store_test

import (
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// old makes a data folder as the first version of the schema left it: a school with
// three laptops, two of them alike, and one day of each.
func old(t *testing.T, inventories ...report.Inventory) (dir string) {
	t.Helper()
	dir = t.TempDir()
	first, err := os.ReadFile("migrations/0001_first.sql")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "ecoparc.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	run := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	run(string(first))
	run("INSERT INTO organisations (id, name) VALUES (1, 'Département'); INSERT INTO sites (id, organisation, name, kind) VALUES (1, 1, 'Collège', 'college')")
	ones := strings.Repeat(", 1", footprint.FactCount)
	for i, v := range inventories {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		run("INSERT INTO devices (id, name, site, category, population, inventory, in_service, in_service_from) VALUES (?, ?, 1, ?, 'shared', ?, 0, 'purchase')", i+1, i, v.Category, string(text))
		run("INSERT INTO device_days VALUES (?, 20000"+ones+")", i+1)
		run("INSERT INTO site_days VALUES (1, 20000, ?, 'shared'"+ones+") ON CONFLICT DO UPDATE SET windows = windows + 1", v.Category)
	}
	run("PRAGMA user_version = 1")
	return dir
}

func TestOldDataKeepsItsSumsByProduct(t *testing.T) {
	inventories := []report.Inventory{
		{Category: "laptop", Maker: "Alpha", Model: "Cahier 14", CPU: "Alpha U5", MemoryMiB: 7800, StorageGB: 250},
		{Category: "laptop", Maker: "Alpha", Model: "Cahier 14", CPU: "Alpha U5", MemoryMiB: 7600, StorageGB: 256},
		{Category: "tablet"},
	}
	s := open(t, old(t, inventories...))
	if n := count(t, s.Read, "SELECT count(*) FROM products"); n != 2 {
		t.Errorf("there are %d products, want 2", n)
	}
	const sums = "SELECT group_concat(site || ' ' || day || ' ' || product || ' ' || windows || ' ' || agent_tx_b, ';') FROM (SELECT * FROM site_days ORDER BY product)"
	var got string
	if err := s.Read.QueryRow(sums).Scan(&got); err != nil || got != "1 20000 1 2 2;1 20000 2 1 1" {
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
