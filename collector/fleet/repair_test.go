package fleet_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/collector/fleet"
	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/repair"
	"github.com/ecoparc/ecoparc/collector/spreadsheet"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/report"
)

var repaired = registry.Repair{On: calendar.Date(2025, 3, 4), Part: lifespan.Battery, Outcome: registry.Repaired, DoneBy: "in_house", CostCents: 7990}

func (w *world) repairs(t fatal, name string) []registry.Repair {
	t.Helper()
	all, err := w.registry.Repairs(w.ctx, w.device(t, name).ID)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return all
}

// bring brings a list of repairs in.
func (w *world) bring(o fleet.RepairOptions, entries ...repair.Entry) ([]fleet.Change, error) {
	for i := range entries {
		entries[i].Line = i + 2
	}
	var err error
	if o.Serials, err = w.registry.Serials(w.ctx); err != nil {
		return nil, err
	}
	return w.ImportRepairs(w.ctx, entries, o)
}

// keepAnswer keeps an answer about an organisation, and tells afterwards whether it was outdated.
func (w *world) keepAnswer(t *testing.T, organisation int64) (outdated func() bool) {
	t.Helper()
	const details = "as before"
	if _, err := w.store.Write.Exec("DELETE FROM kept_answers WHERE organisation = ?", organisation); err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.Write.Exec("INSERT INTO kept_answers (organisation, school_year, rules, details, as_of_ms, took_ms, sites, devices, body) VALUES (?, 2025, '', ?, 0, 0, 1, 1, ?)", organisation, details, []byte{}); err != nil {
		t.Fatal(err)
	}
	return func() bool {
		var now string
		if err := w.store.Read.QueryRow("SELECT details FROM kept_answers WHERE organisation = ?", organisation).Scan(&now); err != nil {
			t.Fatal(err)
		}
		return now != details
	}
}

// Parts count in the figures of a whole organisation, which are kept.
func TestRepairHasKeptFiguresComputedAnew(t *testing.T) {
	w := open(t)
	organisation, sites := w.schools(t, "Région", 1)
	name := w.imports(t, fleet.ImportOptions{Organisation: organisation, Site: sites[0]}, purchase.Entry{Label: "A", Category: equipment.Laptop, Purchased: bought})[0].Device
	entry := repair.Entry{Label: "A", Repair: registry.Repair{On: repaired.On + 1, Part: lifespan.SSD, Outcome: registry.Repaired}}
	for _, test := range []struct {
		name string
		act  func() error
		want bool
	}{
		{"refused", func() error { w.Repair(w.ctx, name, registry.Repair{}); return nil }, false},
		{"recorded", func() error { return w.Repair(w.ctx, name, repaired) }, true},
		{"taken back", func() error { return w.ForgetRepair(w.ctx, name, repaired.On, repaired.Part) }, true},
		{"tried", func() error {
			_, err := w.bring(fleet.RepairOptions{Organisation: organisation, DryRun: true}, entry)
			return err
		}, false},
		{"brought in", func() error { _, err := w.bring(fleet.RepairOptions{Organisation: organisation}, entry); return err }, true},
		{"brought in again", func() error { _, err := w.bring(fleet.RepairOptions{Organisation: organisation}, entry); return err }, false},
	} {
		outdated := w.keepAnswer(t, organisation)
		if err := test.act(); err != nil {
			t.Fatal(err)
		}
		if outdated() != test.want {
			t.Errorf("%s: the kept figures are outdated: %v", test.name, !test.want)
		}
	}
}

func TestRepairIsRecordedAndTakenBack(t *testing.T) {
	w := open(t)
	organisation, sites := w.schools(t, "Région", 1)
	name := w.imports(t, fleet.ImportOptions{Organisation: organisation, Site: sites[0]},
		purchase.Entry{Label: "A", Category: equipment.Laptop, Purchased: bought, Retired: calendar.Date(2026, 7, 3), RetiredTo: "recycling"})[0].Device
	for _, test := range []struct {
		change func(*registry.Repair)
		words  string
	}{
		{func(r *registry.Repair) { r.On = 0 }, "on must be a day"},
		{func(r *registry.Repair) { r.On = calendar.Date(2023, 8, 31) }, "it was bought on 2023-09-01, after 2023-08-31"},
		{func(r *registry.Repair) { r.On = calendar.Date(2026, 7, 4) }, "it was retired on 2026-07-03, before 2026-07-04"},
		{func(r *registry.Repair) { r.On = calendar.DayOf(w.now, w.where) + 1 }, "is in the future"},
		{func(r *registry.Repair) { r.Part = "toaster" }, `part is "toaster"; allowed are battery, ssd`},
		{func(r *registry.Repair) { r.Outcome = "perhaps" }, `outcome is "perhaps"`},
		{func(r *registry.Repair) { r.DoneBy = "Zoé" }, `done_by is "Zoé"`},
		{func(r *registry.Repair) { r.CostCents = -1 }, "cost is -0.01 euros"},
	} {
		wrong := repaired
		test.change(&wrong)
		wants(t, w.Repair(w.ctx, name, wrong), test.words)
	}
	wants(t, w.Repair(w.ctx, "d-none", repaired), `there is no device "d-none"`)
	if got := w.repairs(t, name); got != nil {
		t.Fatalf("after errors there is %+v", got)
	}
	broken := registry.Repair{On: calendar.Date(2026, 7, 3), Part: lifespan.Mainboard, Outcome: registry.NotRepairable}
	for _, r := range []registry.Repair{broken, repaired} {
		if err := w.Repair(w.ctx, name, r); err != nil {
			t.Fatal(err)
		}
	}
	if act := w.lastAct(t); act.What != "device repair" || act.Object != name || act.Details != "battery on 2025-03-04: repaired, in_house, 79.90 euros" {
		t.Errorf("the audit log says %+v", act)
	}
	again := repaired
	again.CostCents = 8500
	if err := w.Repair(w.ctx, name, again); err != nil {
		t.Fatal(err)
	}
	if got := w.repairs(t, name); !reflect.DeepEqual(got, []registry.Repair{again, broken}) {
		t.Errorf("kept are %+v", got)
	}
	if err := w.ForgetRepair(w.ctx, name, again.On, again.Part); err != nil {
		t.Fatal(err)
	}
	wants(t, w.ForgetRepair(w.ctx, name, again.On, again.Part), "there is no repair of battery on 2025-03-04")
	if got := w.repairs(t, name); !reflect.DeepEqual(got, []registry.Repair{broken}) {
		t.Errorf("left are %+v", got)
	}
	w.conserved(t)
}

func TestMergedDeviceHasTheRepairsOfBoth(t *testing.T) {
	w := open(t)
	_, sites := w.schools(t, "Région", 1)
	w.now = w.at(10, 8)
	old, heir := w.enrol(t, sites[0], "A", report.Inventory{}), w.enrol(t, sites[0], "B", report.Inventory{})
	today := calendar.DayOf(w.now, w.where)
	both := registry.Repair{On: today, Part: lifespan.SSD, Outcome: registry.Repaired, CostCents: 1}
	own := both
	own.CostCents = 2
	for name, r := range map[string][]registry.Repair{old.Name: {repaired, both}, heir.Name: {own}} {
		for _, one := range r {
			if err := w.Repair(w.ctx, name, one); err != nil { // of an agent's device, whose purchase nobody knows
				t.Fatal(err)
			}
		}
	}
	if _, err := w.Merge(w.ctx, old.Name, heir.Name); err != nil {
		t.Fatal(err)
	}
	if got := w.repairs(t, heir.Name); !reflect.DeepEqual(got, []registry.Repair{repaired, own}) {
		t.Errorf("merged, it has %+v", got)
	}
}

func TestRepairsEnterByImportOnceAndWholly(t *testing.T) {
	w := open(t)
	organisation, sites := w.schools(t, "Région", 2)
	devices := fleet.ImportOptions{Organisation: organisation}
	gone, day := calendar.Date(2025, 1, 10), func(d int) calendar.Day { return calendar.Date(2025, 3, d) }
	added := w.imports(t, devices,
		purchase.Entry{Label: "PC 1", Serial: "S1", Category: equipment.Laptop, Purchased: bought, Site: "Site 1"},
		purchase.Entry{Label: "PC 2", Category: equipment.Laptop, Purchased: bought, Site: "Site 1"},
		purchase.Entry{Label: "PC 2", Category: equipment.Laptop, Purchased: bought, Site: "Site 2"},
		purchase.Entry{Label: "PC 3", Model: "old", Category: equipment.Laptop, Purchased: bought, Site: "Site 2", Retired: gone, RetiredTo: "recycling"},
	)
	next := w.imports(t, devices, purchase.Entry{Label: "PC 3", Model: "new", Category: equipment.Laptop, Purchased: calendar.Date(2025, 2, 1), Site: "Site 2"})
	o := fleet.RepairOptions{Organisation: organisation, Source: "tickets.csv", DryRun: true}
	of := func(label, site string, on calendar.Day, part lifespan.Part) repair.Entry {
		return repair.Entry{Label: label, Site: site, Repair: registry.Repair{On: on, Part: part, Outcome: registry.Repaired}}
	}
	list := []repair.Entry{
		of("pc  1", "", day(4), lifespan.Battery), of("PC 2", "Région > Site 2", day(4), lifespan.Screen), of("PC 3", "", calendar.Date(2024, 3, 4), lifespan.Fan),
		of("PC 3", "", day(4), lifespan.Fan), {Serial: "s1", Repair: registry.Repair{On: day(5), Part: lifespan.Memory, Outcome: registry.Repaired}}, of(added[0].Device, "", day(6), lifespan.SSD),
	}
	preview, err := w.bring(o, slices.Clone(list)...)
	if err != nil || len(preview) != 6 || preview[0].Outcome != registry.Added || w.repairs(t, added[0].Device) != nil {
		t.Fatalf("the preview is %+v, %v", preview, err)
	}
	o.DryRun = false
	done, err := w.bring(o, slices.Clone(list)...)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{added[0].Device, added[2].Device, added[3].Device, next[0].Device, added[0].Device, added[0].Device} {
		if done[i].Device != want {
			t.Errorf("line %d means %s, want %s", done[i].Line, done[i].Device, want)
		}
	}
	if act := w.lastAct(t); act.What != "device import-repairs" || act.Details != "tickets.csv: 6 added, 0 changed, 0 unchanged" {
		t.Errorf("the audit log says %+v", act)
	}
	list[0].CostCents = 5000
	again, err := w.bring(o, slices.Clone(list)...)
	if err != nil || !reflect.DeepEqual(outcomes(again), []string{"changed", "unchanged", "unchanged", "unchanged", "unchanged", "unchanged"}) || !reflect.DeepEqual(again[0].What, []string{"cost"}) {
		t.Errorf("again: %+v, %v", again, err)
	}
	list[0].CostCents = 0 // what a list does not say stays
	if again, err = w.bring(o, slices.Clone(list)...); err != nil || again[0].Outcome != registry.Unchanged || w.repairs(t, added[0].Device)[0].CostCents != 5000 {
		t.Errorf("without the cost: %+v, %v", again, err)
	}

	before := w.repairs(t, added[0].Device)
	wrong := []repair.Entry{
		of("PC 1", "", day(20), lifespan.Fan), of("PC 2", "", day(4), lifespan.Fan), of("PC 9", "", day(4), lifespan.Fan), of("PC 1", "", day(20), lifespan.Fan),
		of("PC 3", "", calendar.Date(2025, 1, 20), lifespan.Fan), {Serial: "S9", Repair: repaired}, of("PC 1", "", calendar.Date(2020, 1, 1), lifespan.Fan),
	}
	_, err = w.bring(o, wrong...)
	var mistakes spreadsheet.Mistakes
	if !errors.As(err, &mistakes) || len(mistakes) != 6 {
		t.Fatalf("the mistakes are %v", err)
	}
	for i, words := range []string{`2 devices are called "PC 2"`, `no device is called "PC 9"`, "is the same repair as line 2", "no device that is called \"PC 3\" was in service on 2025-01-20", "no device has this serial number", "it was bought on 2023-09-01"} {
		if !strings.Contains(mistakes[i].Reason, words) || mistakes[i].Line != i+3 {
			t.Errorf("line %d: %q; want %q", mistakes[i].Line, mistakes[i].Reason, words)
		}
	}
	if got := w.repairs(t, added[0].Device); !reflect.DeepEqual(got, before) {
		t.Errorf("a list with mistakes left %+v", got)
	}
	if here, err := w.bring(fleet.RepairOptions{Organisation: organisation, Site: sites[0]}, of("PC 2", "", day(7), lifespan.Fan)); err != nil || here[0].Device != added[1].Device {
		t.Errorf("of one site: %+v, %v", here, err)
	}
}

// Whatever lists say one after the other, each device, day and part has one repair, and
// a list that was brought in changes nothing the second time.
func TestListsOfRepairsCountOnce(t *testing.T) {
	w, run := open(t), 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		organisation, sites := w.schools(t, fmt.Sprint("Région ", run), 1)
		labels := []string{"A", "B", "C"}
		for _, label := range labels {
			w.imports(t, fleet.ImportOptions{Organisation: organisation, Site: sites[0]}, purchase.Entry{Label: label, Category: equipment.Laptop, Purchased: bought})
		}
		type key struct {
			label string
			on    calendar.Day
			part  lifespan.Part
		}
		said := map[key]bool{}
		for range 4 {
			var list []repair.Entry
			in := map[key]bool{}
			for range rapid.IntRange(1, 8).Draw(t, "lines") {
				k := key{rapid.SampledFrom(labels).Draw(t, "label"), bought + calendar.Day(rapid.IntRange(0, 5).Draw(t, "day")), rapid.SampledFrom(lifespan.RepairedParts[:3]).Draw(t, "part")}
				if !in[k] {
					in[k], said[k] = true, true
					list = append(list, repair.Entry{Label: k.label, Repair: registry.Repair{On: k.on, Part: k.part, Outcome: rapid.SampledFrom(registry.Outcomes).Draw(t, "outcome"), CostCents: rapid.Int64Range(0, 100).Draw(t, "cents")}})
				}
			}
			o := fleet.RepairOptions{Organisation: organisation, Site: sites[0]}
			if _, err := w.bring(o, slices.Clone(list)...); err != nil {
				t.Fatalf("%v", err)
			}
			again, err := w.bring(o, list...)
			if err != nil || slices.ContainsFunc(again, func(c fleet.Change) bool { return c.Outcome != registry.Unchanged }) {
				t.Fatalf("again: %+v, %v", again, err)
			}
		}
		var kept int
		if err := w.store.Read.QueryRow("SELECT count(*) FROM repairs r JOIN devices d ON d.id = r.device WHERE d.site = ?", sites[0]).Scan(&kept); err != nil || kept != len(said) {
			t.Fatalf("%d repairs are kept of %d, %v", kept, len(said), err)
		}
	})
}
