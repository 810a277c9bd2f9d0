package fleet_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/collector/fleet"
	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

var bought = calendar.Date(2023, 9, 1)

func outcomes(changes []fleet.Change) (all []string) {
	for _, c := range changes {
		all = append(all, c.Outcome)
	}
	return all
}

// dump is all of the devices, as one text.
func (w *world) dump(t fatal) string {
	t.Helper()
	rows, err := w.store.Read.Query("SELECT concat_ws('|', id, name, site, category, product, population, label, inventory, in_service, in_service_from, retired, screen_in, weight_kg, price_cents, acquisition, retired_to), serial FROM devices ORDER BY id")
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer rows.Close()
	var b strings.Builder
	for rows.Next() {
		var line string
		var serial []byte
		if err := rows.Scan(&line, &serial); err != nil {
			t.Fatalf("%v", err)
		}
		fmt.Fprintf(&b, "%s|%x\n", line, serial)
	}
	return b.String()
}

func TestAgentlessDevicesEnterByImport(t *testing.T) {
	w := open(t)
	organisation, sites := w.schools(t, "Région", 2)
	o := fleet.ImportOptions{Organisation: organisation}
	list := []purchase.Entry{
		{Label: "écran 1", Serial: "A1", Category: equipment.Monitor, Maker: "Dell", Model: "P2422H", ScreenIn: 23.8, WeightKg: 5.52, Purchased: bought, PriceCents: 14990, Site: "Région > site 1 > Salle 12"},
		{Label: "vpi", Category: equipment.Projector, Purchased: bought, Entity: "Région > Site 2", Acquisition: "donated"},
		{Serial: "T1", Category: equipment.Tablet, Purchased: bought, Population: equipment.Individual, Site: "Site 2", Retired: calendar.Date(2025, 7, 5), Gone: true, RetiredTo: "lost"},
		{Label: "srv", Category: equipment.Server, Purchased: bought, Site: "Site 2"},
	}
	o.DryRun = true
	preview := w.imports(t, o, slices.Clone(list)...)
	if !reflect.DeepEqual(outcomes(preview), []string{"added", "added", "added", "added"}) || w.dump(t) != "" {
		t.Fatalf("the preview is %+v and leaves %q", preview, w.dump(t))
	}
	o.DryRun, o.Source = false, "liste.csv"
	w.imports(t, o, slices.Clone(list)...)
	if act := w.lastAct(t); act.What != "device import" || act.Details != "liste.csv: 4 added, 0 changed, 0 unchanged" {
		t.Errorf("the audit log says %+v", act)
	}
	first, err := w.registry.Devices(w.ctx, sites[0])
	if err != nil || len(first) != 1 {
		t.Fatalf("site 1 has %+v, %v", first, err)
	}
	d := first[0]
	products, err := w.registry.Products(w.ctx)
	if want := (equipment.Spec{Category: equipment.Monitor, Maker: "Dell", Model: "P2422H", ScreenIn: 23.8, WeightKg: 5.52}); err != nil || products[d.Product] != want || d.Spec() != want {
		t.Errorf("it is the product %+v, %v, and by itself %+v", products[d.Product], err, d.Spec())
	}
	if d.HasAgent || d.InServiceFrom != registry.FromPurchase || !d.InService.Equal(bought.Start(w.where)) || d.Purchase.PriceCents != 14990 || bytes.Contains(d.Purchase.Serial, []byte("A1")) || len(d.Purchase.Serial) != 20 {
		t.Errorf("the screen is %+v", d)
	}
	second, err := w.registry.Devices(w.ctx, sites[1])
	if err != nil || len(second) != 3 || second[0].Purchase.Acquisition != "donated" || !second[1].Retired.Equal(time.Date(2025, 7, 6, 0, 0, 0, 0, w.where)) ||
		second[1].Population != equipment.Individual || second[2].Population != equipment.Infrastructure {
		t.Errorf("site 2 has %+v, %v", second, err)
	}
	before := w.dump(t)
	again := w.imports(t, o, slices.Clone(list)...)
	if !reflect.DeepEqual(outcomes(again), []string{"unchanged", "unchanged", "unchanged", "unchanged"}) || w.dump(t) != before {
		t.Errorf("again: %+v\n%s\nbefore\n%s", again, w.dump(t), before)
	}
	list[0].Label, list[0].Site, list[0].PriceCents = "écran du CDI", "Site 2", 15000
	moved := w.imports(t, o, list[0])
	if want := []string{fmt.Sprintf("moves from site %d to site %d", sites[0], sites[1]), "label", "price"}; !reflect.DeepEqual(moved[0].What, want) {
		t.Errorf("the screen: %q; want %q", moved[0].What, want)
	}
}

func TestDeviceWithAnAgentGetsItsPurchaseAndNoSecondEntry(t *testing.T) {
	w := open(t)
	organisation, sites := w.schools(t, "Région", 1)
	w.now = w.at(10, 8)
	d := w.enrol(t, sites[0], "Salle12-01", report.Inventory{Maker: "Dell Inc.", Model: "Latitude 3420", MemoryMiB: 7800})
	w.record(t, d, w.at(10, 9), 4)
	o := fleet.ImportOptions{Organisation: organisation, Site: sites[0]}
	e := purchase.Entry{Label: "SALLE12-01", Serial: "5cg 123", Category: equipment.Desktop, Model: "latitude  3420", MemoryMiB: 4096, WeightKg: 1.52, ScreenIn: 14, Purchased: bought, PriceCents: 61250}
	changes := w.imports(t, o, e)
	got := w.device(t, d.Name)
	if changes[0].Outcome != registry.Changed || changes[0].Device != d.Name || got.InServiceFrom != registry.FromPurchase || got.Purchase.PriceCents != 61250 || got.Category != equipment.Laptop || got.Inventory.MemoryMiB != 7800 {
		t.Errorf("%+v makes of it %+v", changes[0], got)
	}
	w.conserved(t)
	// The next inventory of its agent does not undo what the list said.
	r := &report.Report{Schema: report.Schema, Inventory: &report.Inventory{Category: "laptop", Maker: "Dell Inc.", Model: "Latitude 3420", MemoryMiB: 7800}}
	if _, err := w.ledger.Record(w.ctx, keyOf(got), r, w.now); err != nil {
		t.Fatal(err)
	}
	products, err := w.registry.Products(w.ctx)
	if after := w.device(t, d.Name); err != nil || products[after.Product] != after.Spec() || after.Spec().WeightKg != 1.52 || after.Spec().ScreenIn != 14 {
		t.Errorf("it is the product %+v, %v, and by itself %+v", products[after.Product], err, after.Spec())
	}
	w.conserved(t)
	// Known by its serial number under any label and model from now on.
	e.Label, e.Model, e.Serial = "", "", "5CG123"
	if again := w.imports(t, o, e); again[0].Outcome != registry.Unchanged {
		t.Errorf("again: %+v", again)
	}
	// Another machine, another model, another serial number: a device of its own.
	for _, other := range []purchase.Entry{{Label: "Salle12-01", Model: "Latitude 3420", Serial: "5CG999"}, {Label: "Salle12-01", Model: "ProBook 440"}} {
		other.Category, other.Purchased = equipment.Laptop, bought
		if got := w.imports(t, o, other); got[0].Outcome != registry.Added {
			t.Errorf("%+v is taken for %+v", other, got)
		}
	}
}

func TestListWithAMistakeChangesNothing(t *testing.T) {
	w := open(t)
	organisation, sites := w.schools(t, "Région", 1)
	w.now = w.at(10, 8)
	d := w.enrol(t, sites[0], "a", report.Inventory{Model: "X"})
	w.record(t, d, w.at(10, 9), 4)
	w.enrol(t, sites[0], "twice", report.Inventory{})
	w.enrol(t, sites[0], "twice", report.Inventory{})
	w.now = w.at(23, 10)
	good := purchase.Entry{Label: "écran", Category: equipment.Monitor, Purchased: bought}
	before := w.dump(t)
	for _, test := range []struct {
		name, words string
		entry       purchase.Entry
	}{
		{"unknown site", `line 3: "Site 9" is no site of the organisation`, purchase.Entry{Label: "b", Site: "Site 9"}},
		{"no site", "line 3: no site", purchase.Entry{Label: "b"}},
		{"no category", "line 3: a category is needed", purchase.Entry{Label: "b", Site: "Site 1", Purchased: bought}},
		{"no date", "line 3: a purchase date is needed", purchase.Entry{Label: "b", Site: "Site 1", Category: equipment.Tablet}},
		{"tomorrow", "line 3: a day is in the future", purchase.Entry{Label: "b", Site: "Site 1", Category: equipment.Tablet, Purchased: calendar.Date(2026, 11, 24)}},
		{"bought after it reported", "line 3: it was bought on 2026-11-11 and has reported since 2026-11-10", purchase.Entry{Label: "a", Site: "Site 1", Purchased: calendar.Date(2026, 11, 11)}},
		{"left before it reported", "line 3: it has reported until 2026-11-10, after 2026-11-09", purchase.Entry{Label: "a", Site: "Site 1", Purchased: bought, Gone: true, Retired: calendar.Date(2026, 11, 9)}},
		{"left on no day", "line 3: its status says that it has left, but not when", purchase.Entry{Label: "a", Site: "Site 1", Gone: true}},
		{"a label of two", "line 3: 2 devices here are called \"twice\"", purchase.Entry{Label: "twice", Site: "Site 1"}},
		{"a line twice", "line 3: is the same device as line 2", purchase.Entry{Label: "Écran", Site: "Site 1", Category: equipment.Monitor, Purchased: bought}},
	} {
		first := good
		first.Site = "Site 1"
		changes, err := w.tries(fleet.ImportOptions{Organisation: organisation}, first, test.entry)
		if wants(t, err, test.words); changes != nil || w.dump(t) != before {
			t.Errorf("%s: %+v", test.name, changes)
		}
	}
	if o, err := w.registry.AddOrganisation(w.ctx, "Simulée", true); err != nil {
		t.Fatal(err)
	} else if _, err := w.tries(fleet.ImportOptions{Organisation: o.ID}, good); err == nil || !strings.Contains(err.Error(), "is simulated") {
		t.Errorf("a simulated organisation takes real devices: %v", err)
	}
}

// TestListFindsTheDeviceWhoseAgentTellsItsSerialNumber: without a label, by the hash
// that the agent makes with the key that `device serial-key` prints.
func TestListFindsTheDeviceWhoseAgentTellsItsSerialNumber(t *testing.T) {
	w := open(t)
	organisation, sites := w.schools(t, "Région", 2)
	_, foreign := w.schools(t, "Autre", 1)
	serials, err := w.registry.Serials(w.ctx)
	if err != nil {
		t.Fatal(err)
	}
	key, err := hex.DecodeString(serials.Key())
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("PF1ABC"))
	told := report.Inventory{SerialHash: hex.EncodeToString(mac.Sum(nil)[:16])}
	w.enrol(t, sites[0], "", report.Inventory{})
	w.enrol(t, foreign[0], "", told)
	d := w.enrol(t, sites[1], "", told)
	e := purchase.Entry{Serial: "pf1 abc", Category: equipment.Laptop, Purchased: bought, PriceCents: 45_000}
	o := fleet.ImportOptions{Organisation: organisation, Site: sites[0]}
	for _, want := range []string{registry.Changed, registry.Unchanged} {
		changes := w.imports(t, o, e)
		if len(changes) != 1 || changes[0].Outcome != want || changes[0].Device != d.Name {
			t.Fatalf("the line is %+v; want %s to be %s", changes, d.Name, want)
		}
	}
	if got := w.device(t, d.Name); got.Purchase.PriceCents != 45_000 || got.Purchase.Serial == nil {
		t.Errorf("the list leaves %+v", got.Purchase)
	}
}

func TestLostKeyOfSerialNumbersIsNoticed(t *testing.T) {
	storetest.OnlySQLite(t, "a file for the key")
	dir := t.TempDir()
	w := open(t)
	organisation, sites := w.schools(t, "Région", 1)
	o := fleet.ImportOptions{Organisation: organisation, Site: sites[0]}
	e := purchase.Entry{Label: "écran", Serial: "A1", Category: equipment.Monitor, Purchased: bought}
	w.imports(t, o, e)
	if err := w.store.Backup(w.ctx, dir+"/ecoparc.sqlite"); err != nil {
		t.Fatal(err)
	}
	restored := reopen(t, dir)
	if _, err := restored.registry.Serials(w.ctx); err == nil {
		t.Fatal("another key is taken for the lost one")
	}
	serials, _ := restored.registry.Serials(w.ctx)
	if _, err := os.Stat(dir + "/serial.key"); err != nil {
		t.Fatal(err)
	}
	o.Serials, o.ForgetSerials, o.Population = serials, true, equipment.Shared
	changes, err := restored.Import(w.ctx, []purchase.Entry{e}, o)
	if err != nil || changes[0].Outcome != registry.Changed || !reflect.DeepEqual(changes[0].What, []string{"serial number"}) {
		t.Errorf("after forgetting: %+v, %v; want the device known by its label", changes, err)
	}
	if _, err := restored.registry.Serials(w.ctx); err != nil {
		t.Error(err)
	}
}

// The same list twice is the same as once, whatever it holds.
func TestImportTwiceIsImportOnce(t *testing.T) {
	w := open(t)
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		organisation, sites := w.schools(t, fmt.Sprint("Région ", run), 2)
		known := w.enrol(t, sites[0], "poste 0", report.Inventory{Model: "M0"})
		w.record(t, known, w.now.Add(-time.Hour), 2)
		if _, err := w.Retire(w.ctx, []string{w.enrol(t, sites[0], "poste 1", report.Inventory{Model: "M1"}).Name}, calendar.DayOf(w.now, w.where), "reuse"); err != nil {
			t.Fatalf("%v", err)
		}
		var entries []purchase.Entry
		for i := range rapid.IntRange(1, 8).Draw(t, "lines") {
			e := purchase.Entry{
				Label:    rapid.SampledFrom([]string{"", fmt.Sprint("poste ", i), "poste 0", "poste 1"}).Draw(t, "label"),
				Serial:   rapid.SampledFrom([]string{"", fmt.Sprint("S", run, "-", i), fmt.Sprint("S", run, "-0"), fmt.Sprint("S", run, "-1")}).Draw(t, "serial"),
				Model:    rapid.SampledFrom([]string{"", "M0", "M1"}).Draw(t, "model"),
				Category: rapid.SampledFrom([]equipment.Category{equipment.Laptop, equipment.Monitor}).Draw(t, "category"),
				Site:     rapid.SampledFrom([]string{"Site 1", "Site 2"}).Draw(t, "site"),
				ScreenIn: rapid.SampledFrom([]float64{0, 14, 15.6}).Draw(t, "screen"), Purchased: rapid.SampledFrom([]calendar.Day{0, bought}).Draw(t, "purchased"),
				Population: rapid.SampledFrom([]equipment.Population{"", equipment.Teaching}).Draw(t, "population"),
			}
			if rapid.IntRange(0, 3).Draw(t, "left") == 0 {
				e.Retired, e.Gone = calendar.DayOf(w.now, w.where)-calendar.Day(rapid.IntRange(0, 400).Draw(t, "days ago")), true
			}
			if e.Label != "" || e.Serial != "" {
				entries = append(entries, e)
			}
		}
		o := fleet.ImportOptions{Organisation: organisation, Purchased: bought + 30}
		start := w.dump(t)
		once, err := w.tries(o, slices.Clone(entries)...)
		after := w.dump(t)
		if err != nil && after != start {
			t.Fatalf("an import that failed (%v) changed\n%s\nto\n%s", err, start, after)
		}
		w.conserved(t)
		if err != nil {
			return
		}
		twice := w.imports(t, o, slices.Clone(entries)...)
		for i, c := range twice {
			if c.Outcome != registry.Unchanged || c.Device != once[i].Device {
				t.Fatalf("line %d is %+v the second time, %+v the first", c.Line, c, once[i])
			}
		}
		if w.dump(t) != after {
			t.Fatalf("the second import changed\n%s\nto\n%s", after, w.dump(t))
		}
	})
}
