package maker_test

import (
	"fmt"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/maker"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// One laptop whose maker has published its footprint, and its successor, whose
// maker has not.
func ExampleCatalogue_Predict() {
	for _, model := range []string{"LATITUDE 3420", "Latitude 3440"} {
		p, err := maker.Default().Predict(equipment.Spec{Category: equipment.Laptop, Maker: "Dell Inc.", Model: model})
		if err != nil {
			fmt.Println(err)
			return
		}
		f := quantity.Format(p.Embodied, quantity.MassScales, quantity.English)
		fmt.Printf("%s: %s %s (%s), %s from %s\n", model, f.Value, f.Unit, f.Range, p.Basis, p.Nearest[0].Product.Name)
	}
	// Output:
	// LATITUDE 3420: 267 kgCO2e (221 to 322), looked up from Latitude 3420
	// Latitude 3440: 268 kgCO2e (190 to 379), predicted from Latitude 3400
}
