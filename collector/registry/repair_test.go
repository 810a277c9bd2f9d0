package registry_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/lifespan"
)

func TestRepairsAreSummedUpByOrganisation(t *testing.T) {
	r, _ := open(t)
	ours, sites := schools(t, r, "Région", false, 2)
	theirs, elsewhere := schools(t, r, "Département", false, 1)
	day := func(d int) calendar.Day { return calendar.Date(2026, 3, d) }
	fixed := func(d int, p lifespan.Part, cents int64) registry.Repair {
		return registry.Repair{On: day(d), Part: p, Outcome: registry.Repaired, CostCents: cents}
	}
	device := func(site int64, c equipment.Category, repairs ...registry.Repair) registry.NewDevice {
		return registry.NewDevice{Site: site, Category: c, Population: equipment.Shared, InService: now.AddDate(-3, 0, 0), Repairs: repairs}
	}
	free := fixed(6, lifespan.Battery, 0)
	free.DoneBy = "warranty"
	broken := registry.Repair{On: day(7), Part: lifespan.Battery, Outcome: registry.NotRepairable, CostCents: 900}
	keys, err := r.AddDevices(t.Context(), []registry.NewDevice{
		device(sites[0].ID, equipment.Laptop, fixed(5, lifespan.Battery, 8000), fixed(5, lifespan.Fan, 1500), free),
		device(sites[1].ID, equipment.Laptop, fixed(4, lifespan.Battery, 7000), broken),
		device(sites[1].ID, equipment.Desktop, fixed(20, lifespan.SSD, 6000)),
		device(elsewhere[0].ID, equipment.Laptop, fixed(1, lifespan.Battery, 100)),
	})
	if err != nil {
		t.Fatal(err)
	}
	laptop, desktop := keys[0].Product, keys[2].Product
	first, err := r.FirstRepair(t.Context(), ours.ID)
	if err != nil || first != day(4) {
		t.Errorf("the first is of %s, %v", first, err)
	}
	failed, err := r.Failures(t.Context(), ours.ID, calendar.Period{From: day(5), To: day(20)})
	if err != nil || !reflect.DeepEqual(failed, map[int64]int64{laptop: 3}) {
		t.Errorf("failures are %v, %v", failed, err)
	}
	sums, err := r.RepairSums(t.Context(), ours.ID, day(20))
	want := []registry.RepairSum{
		{Product: laptop, Part: lifespan.Battery, Outcome: registry.NotRepairable, Count: 1, Costed: 1, Cents: 900},
		{Product: laptop, Part: lifespan.Battery, Outcome: registry.Repaired, Count: 3, Costed: 3, Cents: 15000},
		{Product: laptop, Part: lifespan.Fan, Outcome: registry.Repaired, Count: 1, Costed: 1, Cents: 1500},
	}
	if err != nil || !reflect.DeepEqual(sums, want) {
		t.Errorf("sums are %+v, %v", sums, err)
	}
	if sums, err := r.RepairSums(t.Context(), ours.ID, day(21)); err != nil || len(sums) != 4 || sums[3].Product != desktop {
		t.Errorf("a day later they are %+v, %v", sums, err)
	}
	costs, err := r.RepairCosts(t.Context(), ours.ID)
	if want := map[registry.RepairKind][]int64{
		{Category: equipment.Laptop, Part: lifespan.Battery}: {7000, 8000}, {Category: equipment.Laptop, Part: lifespan.Fan}: {1500}, {Category: equipment.Desktop, Part: lifespan.SSD}: {6000},
	}; err != nil || !reflect.DeepEqual(costs, want) {
		t.Errorf("costs are %v, %v", costs, err)
	}
	if costs, err = r.RepairCosts(t.Context(), theirs.ID); err != nil || len(costs) != 1 {
		t.Errorf("the other's costs are %v, %v", costs, err)
	}
}

// What was fitted is told by what was alike of the devices; what could not be repaired is not.
func TestFittedPartsAreThoseOfASite(t *testing.T) {
	r, _ := open(t)
	_, sites := schools(t, r, "Région", false, 2)
	day := calendar.Date(2026, 3, 5)
	of := func(p lifespan.Part, o registry.Outcome) []registry.Repair {
		return []registry.Repair{{On: day, Part: p, Outcome: o}}
	}
	device := func(site int64, years int, repairs []registry.Repair) registry.NewDevice {
		return registry.NewDevice{Site: site, Category: equipment.Laptop, Population: equipment.Shared, InService: now.AddDate(-years, 0, 0), Repairs: repairs}
	}
	keys, err := r.AddDevices(t.Context(), []registry.NewDevice{
		device(sites[0].ID, 3, of(lifespan.Battery, registry.Repaired)), device(sites[0].ID, 3, of(lifespan.Battery, registry.Repaired)),
		device(sites[0].ID, 3, nil), device(sites[0].ID, 3, of(lifespan.SSD, registry.NotRepairable)),
		device(sites[0].ID, 4, of(lifespan.Battery, registry.Repaired)), device(sites[1].ID, 3, of(lifespan.Battery, registry.Repaired)),
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.FittedParts(t.Context(), sites[0].ID)
	want := func(years int, count int64) registry.FittedParts {
		return registry.FittedParts{On: day, Part: lifespan.Battery, Cohort: registry.Cohort{
			Site: sites[0].ID, Product: keys[0].Product, Population: equipment.Shared, InService: time.Unix(now.AddDate(-years, 0, 0).Unix(), 0), Count: count,
		}}
	}
	if err != nil || len(got) != 2 || !slices.Contains(got, want(3, 2)) || !slices.Contains(got, want(4, 1)) {
		t.Errorf("fitted are %+v, %v", got, err)
	}
	cohorts, err := r.Cohorts(t.Context(), sites[0].Organisation, sites[0].ID)
	for _, p := range got { // which is how they are found again
		p.Count = 0
		if !slices.ContainsFunc(cohorts, func(c registry.Cohort) bool { c.Count = 0; return c == p.Cohort }) {
			t.Errorf("%+v is of none of %+v, %v", p, cohorts, err)
		}
	}
}

func TestOfManyRepairsTheLatestCount(t *testing.T) {
	r, _ := open(t)
	o, sites := schools(t, r, "Région", false, 1)
	d := registry.NewDevice{Site: sites[0].ID, Category: equipment.Laptop, Population: equipment.Shared, InService: now.AddDate(-3, 0, 0)}
	for i := range 250 {
		d.Repairs = append(d.Repairs, registry.Repair{On: calendar.Date(2026, 1, 1) + calendar.Day(i), Part: lifespan.Battery, Outcome: registry.Repaired, CostCents: int64(1000 - i)})
	}
	if _, err := r.AddDevices(t.Context(), []registry.NewDevice{d}); err != nil {
		t.Fatal(err)
	}
	costs, err := r.RepairCosts(t.Context(), o.ID)
	if all := costs[registry.RepairKind{Category: equipment.Laptop, Part: lifespan.Battery}]; err != nil || len(all) != 200 || all[0] != 751 || all[199] != 950 {
		t.Errorf("the costs are %v, %v", all, err)
	}
}
