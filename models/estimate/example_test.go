package estimate_test

import (
	"fmt"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/estimate"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Thirty laptops of 2022, of which nobody says how they are used.
func Example() {
	estimator, _ := estimate.New(factor.Default(), estimate.Options{Day: calendar.Date(2026, 11, 23)})
	result, _ := estimator.Estimate(estimate.Description{
		Category: equipment.Laptop, Bought: estimate.Date(calendar.Date(2022, 9, 1)), Count: 30,
	})
	one := quantity.Format(result.Methods[0].Year.Total, quantity.MassScales, quantity.English)
	all := quantity.Format(estimate.Sum("ademe", []estimate.Result{result}).Total, quantity.MassScales, quantity.English)
	fmt.Printf("one: %s %s (%s) a year, all: %s %s\n", one.Value, one.Unit, one.Range, all.Value, all.Unit)
	for _, row := range result.Factors {
		if row.Key == "embodied.laptop" {
			fmt.Printf("%v %s, %s %d, verified: %t\n", row.Value, row.Unit, row.Source.Publisher, row.Source.Year, bool(row.Verified))
		}
	}
	// Output:
	// one: 38 kgCO2e (27 to 54) a year, all: 1.13 tCO2e
	// 185.1 kgCO2e, ADEME 2025, verified: true
}
