package fleet_test

import (
	"testing"

	"github.com/ecoparc/ecoparc/collector/fleet"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

func TestLotsAreDevicesThatCameAndLeftTogether(t *testing.T) {
	w := open(t)
	organisation, sites := w.schools(t, "Région", 1)
	bought := calendar.Date(2023, 9, 1)
	var list []purchase.Entry
	for _, label := range []string{"a", "b", "c", "d"} {
		list = append(list, purchase.Entry{Label: label, Category: equipment.Monitor, Purchased: bought, PriceCents: 10_000, Acquisition: "reconditioned"})
	}
	list[3].PriceCents = 0
	w.imports(t, fleet.ImportOptions{Organisation: organisation, Site: sites[0]}, list...)
	w.now = w.at(20, 8)
	names, err := w.Retire(w.ctx, []string{"a", "b"}, calendar.Date(2026, 11, 10), "reuse")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Erase(w.ctx, w.store, w.where, names[0].Name, w.now); err != nil {
		t.Fatal(err)
	}
	w.enrol(t, sites[0], "virtuelle", report.Inventory{Category: "virtual"})

	lots, err := w.registry.Lots(w.ctx, organisation)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]registry.Lot{}
	for _, l := range lots {
		key := "in service"
		switch {
		case l.Erased:
			key = "erased"
		case !l.Retired.IsZero():
			key = "gone"
		}
		got[key] = l
	}
	if len(lots) != 3 {
		t.Errorf("lots are %+v", lots)
	}
	if l := got["in service"]; l.Count != 2 || l.Priced != 1 || l.Cents != 10_000 || l.Acquisition != "reconditioned" || l.Site != sites[0] || !l.InService.Equal(bought.Start(w.where)) {
		t.Errorf("in service are %+v", l)
	}
	if l := got["gone"]; l.Count != 1 || l.RetiredTo != "reuse" || l.Priced != 1 {
		t.Errorf("gone are %+v", l)
	}
	if l := got["erased"]; l.Count != 1 || l.RetiredTo != "reuse" || l.Acquisition != "reconditioned" || l.Priced != 0 {
		t.Errorf("erased are %+v", l)
	}
}

func TestBatteriesAreToldOneAfterTheOther(t *testing.T) {
	w := open(t)
	organisation, sites := w.schools(t, "Région", 1)
	for _, fullMWh := range []int64{40_000, 41_000} {
		w.enrol(t, sites[0], "", report.Inventory{BatteryFullMWh: fullMWh, BatteryDesignMWh: 50_000})
	}
	w.enrol(t, sites[0], "", report.Inventory{})
	told := map[int64]int64{}
	err := w.registry.Batteries(w.ctx, organisation, 1, func(b registry.Battery) { told[b.Device] = b.Capacities[0].FullMWh })
	if err != nil || len(told) != 2 {
		t.Errorf("told are %v, %v", told, err)
	}
	some := 0
	if err := w.registry.Batteries(w.ctx, organisation, 2, func(registry.Battery) { some++ }); err != nil || some != 1 {
		t.Errorf("of one device in two %d are told, %v", some, err)
	}
}
