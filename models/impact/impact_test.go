package impact_test

import (
	"testing"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/quantity"
)

func TestEveryDeviceButAVirtualOneWasMade(t *testing.T) {
	for _, c := range equipment.Categories {
		row, err := impact.Embodied(factor.Default(), c)
		if c.Physical() != (err == nil) {
			t.Errorf("%s: got %v, %v", c, row, err)
		}
	}
}

func TestEmbodiedImpactIsReadInKilogramsAndComputedInGrams(t *testing.T) {
	row, err := impact.Embodied(factor.Default(), equipment.Laptop)
	if err != nil {
		t.Fatal(err)
	}
	if got := impact.Grams(row); got != (quantity.Interval[quantity.Grams]{Low: 135_000, Value: 185_100, High: 260_000}) {
		t.Errorf("got %v g", got)
	}
}
