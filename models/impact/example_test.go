package impact_test

import (
	"fmt"
	"log"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// What it took to make a laptop, and how much of it was manufacture alone.
func Example() {
	table := factor.Default()
	whole, err := impact.Embodied(table, equipment.Laptop, impact.Climate)
	if err != nil {
		log.Fatal(err)
	}
	manufacture, err := impact.OfStep(table, equipment.Laptop, impact.Manufacture)
	if err != nil {
		log.Fatal(err)
	}
	made := quantity.Format(impact.Grams(whole), quantity.MassScales, quantity.English)
	fmt.Printf("%s %s (%s)\n", made.Value, made.Unit, made.Range)
	fmt.Printf("manufacture: %.0f %%\n", 100*manufacture.Value/whole.Value)
	// Output:
	// 185 kgCO2e (135 to 260)
	// manufacture: 92 %
}

// Where no source has a value, the answer is an error, and not zero.
func ExampleEmbodied() {
	for _, category := range []equipment.Category{equipment.Monitor, equipment.Projector, equipment.Virtual} {
		if row, err := impact.Embodied(factor.Default(), category, impact.Minerals); err != nil {
			fmt.Println(category, "has no value")
		} else {
			fmt.Println(category, row.Value, impact.Minerals.Unit())
		}
	}
	// Output:
	// monitor 0.0108 kgSbe
	// projector has no value
	// virtual has no value
}
