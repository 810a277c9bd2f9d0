package footprint_test

import (
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/report"
)

// From a window, as an agent reports it, to kgCO2e: two years old, the laptop ran
// on battery for a quarter of an hour in March.
func Example() {
	window := report.Window{
		Start: time.Date(2024, 3, 4, 8, 15, 0, 0, time.UTC), SpanS: 900, LoadMs: report.Loads{900_000},
		Energy: []report.Reading{{Source: "battery:BAT0", Boundary: report.Battery, EnergyUJ: 7_200_000_000, CoveredMs: 900_000}},
	}
	march := footprint.Stretch{
		Days: calendar.Period{From: calendar.Date(2024, 3, 1), To: calendar.Date(2024, 4, 1)},
		From: time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC),
		Facts: footprint.FromWindow(&window),
	}
	laptop := []footprint.Cohort{{InService: march.From.AddDate(-2, 0, 0), Count: 1}}

	model, _ := footprint.New(factor.Default(), footprint.Options{Territory: grid.MainlandFrance})
	class, _ := model.Class(equipment.Spec{Category: equipment.Laptop})
	figure, _ := model.Estimate(class, laptop, march, march.To)
	total := quantity.Format(figure.Total(), quantity.MassScales, quantity.English)
	fmt.Printf("%s %s (%s)\n", total.Value, total.Unit, total.Range)
	fmt.Printf("measured: %.0f Wh, assumed for the rest of the month: %.0f Wh\n", figure.EnergyFrom.Measured, figure.EnergyFrom.Assumed)
	// Output:
	// 3.2 kgCO2e (2.3 to 4.6)
	// measured: 2 Wh, assumed for the rest of the month: 1442 Wh
}
