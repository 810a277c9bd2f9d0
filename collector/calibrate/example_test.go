package calibrate_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/ecoparc/ecoparc/collector/calibrate"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/report"
)

// Three laptops of a model that their batteries metered for twenty hours teach what
// others of the model draw.
func ExampleLearn() {
	ctx := context.Background()
	s, end := storetest.Temporary(ctx)
	defer end()
	r, l := registry.Open(s), ledger.Open(s, time.UTC, false)
	defer l.Close()
	owner, err := r.AddOrganisation(ctx, "Département", false)
	if err != nil {
		log.Fatal(err)
	}
	sites, err := r.AddSites(ctx, owner.ID, []registry.Site{{Name: "Collège", Kind: registry.College}})
	if err != nil {
		log.Fatal(err)
	}
	laptop := registry.NewDevice{
		Site: sites[0].ID, Category: equipment.Laptop, Population: equipment.Shared,
		Inventory: report.Inventory{Category: "laptop", Maker: "Alpha", Model: "Cahier 14"},
	}
	laptops, err := r.AddDevices(ctx, []registry.NewDevice{laptop, laptop, laptop})
	if err != nil {
		log.Fatal(err)
	}
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for i, key := range laptops {
		told := &report.Report{Schema: report.Schema}
		for quarter := range int64(80) {
			watts, load := 9+int64(i), quarter%4 // 9 to 11 W when idle, a quarter of the load 3 W more
			told.Windows = append(told.Windows, report.Window{
				Start: now.Add(-time.Duration(quarter+1) * report.WindowLength), SpanS: 900, LoadMs: report.Loads{900_000},
				CPUBusyMs: load * 900_000, CPUCapacityMs: 3_600_000,
				Energy: []report.Reading{{Source: "battery", Boundary: report.Battery, CoveredMs: 900_000, EnergyUJ: (watts + 3*load) * 900_000_000}},
			})
		}
		if _, err := l.Record(ctx, ledger.Device(key), told, now); err != nil {
			log.Fatal(err)
		}
	}

	learned, err := calibrate.Learn(ctx, r, l, factor.Default(), false, now)
	if err != nil {
		log.Fatal(err)
	}
	model := learned["laptop: alpha cahier 14"]
	fmt.Printf("%d devices, %.0f h, load %.0f %% to %.0f %%\n", model.Devices, model.Hours, 100*model.LowestLoad, 100*model.HighestLoad)
	// Output:
	// 3 devices, 60 h, load 0 % to 75 %
}
