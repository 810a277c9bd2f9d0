package scenario_test

import (
	"fmt"
	"log"
	"time"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/scenario"
)

// What 300 laptops of 2024 would emit and cost in a year were they kept a year longer,
// and half of the next ones bought reconditioned.
func ExampleWeigh() {
	model, err := footprint.New(factor.Default(), footprint.Options{Territory: grid.MainlandFrance})
	if err != nil {
		log.Fatal(err)
	}
	class, err := model.Class(equipment.Spec{Category: equipment.Laptop})
	if err != nil {
		log.Fatal(err)
	}
	laptops := footprint.Cohort{InService: time.Date(2024, 9, 1, 0, 0, 0, 0, time.UTC), Count: 300}
	part := scenario.Part{Category: equipment.Laptop} // of which electricity is left out
	for years := range part.New {
		part.New[years] = class.Renewal(laptops, laptops.InService.AddDate(2, 0, 0), float64(years))
	}

	answer, err := scenario.Weigh(factor.Default(), []scenario.Part{part}, scenario.Measures{Longer: 1, Reconditioned: 0.5})
	if err != nil {
		log.Fatal(err)
	}
	for _, step := range answer.Steps {
		change := quantity.Format(step.Change.Carbon, quantity.MassScales, quantity.English)
		fmt.Printf("%s: %s %s, %s\n", step.Measure, change.Value, change.Unit, scenario.VerdictOn(step.Change.Carbon))
	}
	fmt.Printf("bought a year: %.0f instead of %.0f, %.0f €\n", answer.After.Bought, answer.Today.Bought, answer.Change.Money.Value)
	// Output:
	// fewer: 0 gCO2e, nothing
	// longer: −1.85 tCO2e, saves
	// reconditioned: −3.2 tCO2e, undecided
	// night: 0 gCO2e, nothing
	// bought a year: 55 instead of 60, -8727 €
}
