package renewal_test

import (
	"fmt"
	"log"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/renewal"
)

// Forty laptops of 2021 come to their end in 2026-27. A quarter gets a battery, half
// of the others are replaced by reconditioned ones, for at most 10,000 € a year.
func ExamplePlan() {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	laptop, err := renewal.KindOf(factor.Default(), equipment.Laptop, grid.MainlandFrance, calendar.DayOf(at, time.UTC))
	if err != nil {
		log.Fatal(err)
	}
	kinds := map[equipment.Category]renewal.Kind{equipment.Laptop: laptop}
	lots := []renewal.Lot{{Category: equipment.Laptop, InService: time.Date(2021, 9, 15, 0, 0, 0, 0, time.UTC), Count: 40}}
	policy := renewal.Policy{Repaired: 0.25, Reconditioned: 0.5, Budget: 10_000}

	for _, year := range renewal.Plan(kinds, lots, policy, at, 2, time.UTC) {
		carbon := quantity.Format(year.Carbon, quantity.MassScales, quantity.English)
		fmt.Printf("%d: %d repaired, %d reconditioned, %d new, %d wait: %.0f €, %s %s\n", year.BeginsIn,
			year.Repaired, year.Reconditioned, year.New, year.Waiting, year.Money.Value, carbon.Value, carbon.Unit)
	}
	// Output:
	// 2026: 10 repaired, 15 reconditioned, 10 new, 5 wait: 10000 €, 2.5 tCO2e
	// 2027: 1 repaired, 2 reconditioned, 2 new, 0 wait: 1640 €, 450 kgCO2e
}

// To keep forty laptops for ever costs less by the year the longer each one serves.
func ExampleRateOf() {
	laptop, err := renewal.KindOf(factor.Default(), equipment.Laptop, grid.MainlandFrance, calendar.Date(2026, 11, 23))
	if err != nil {
		log.Fatal(err)
	}
	kinds := map[equipment.Category]renewal.Kind{equipment.Laptop: laptop}
	rate := renewal.RateOf(kinds, map[equipment.Category]int{equipment.Laptop: 40}, renewal.Policy{LongerYears: 1})
	fmt.Printf("%.0f € a year instead of %.0f €\n", rate.Money.After.Value, rate.Money.Before.Value)
	saved := quantity.Format(rate.Carbon.Saved, quantity.MassScales, quantity.English)
	fmt.Printf("%s %s a year saved (%s)\n", saved.Value, saved.Unit, saved.Range)
	// Output:
	// 3333 € a year instead of 4000 €
	// 250 kgCO2e a year saved (100 to 520)
}
