package impact_test

import (
	"math"
	"testing"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/quantity"
)

func TestEveryDeviceButAVirtualOneWasMade(t *testing.T) {
	for _, c := range equipment.Categories {
		row, err := impact.Embodied(factor.Default(), c, impact.Climate)
		if c.Physical() != (err == nil) {
			t.Errorf("%s: got %v, %v", c, row, err)
		}
	}
}

func TestEmbodiedImpactIsReadInKilogramsAndComputedInGrams(t *testing.T) {
	row, err := impact.Embodied(factor.Default(), equipment.Laptop, impact.Climate)
	if err != nil {
		t.Fatal(err)
	}
	if got := impact.Grams(row); got != (quantity.Interval[quantity.Grams]{Low: 135_000, Value: 185_100, High: 260_000}) {
		t.Errorf("got %v g", got)
	}
}

// The values are BoaviztAPI's archetypes (Base Empreinte), typed a second time.
func TestOtherCriteriaAreThePublishedOnesOrNotAvailable(t *testing.T) {
	for c, want := range map[equipment.Category]map[impact.Criterion]float64{
		equipment.Laptop:  {impact.Minerals: 0.0086, impact.Ionising: 73.6, impact.Acidification: 1.04, impact.Particulates: 6.08e-6},
		equipment.Desktop: {impact.Minerals: 0.00852, impact.Ionising: 870, impact.Acidification: 1.55, impact.Particulates: 9.60e-6},
		equipment.Tablet:  {impact.Minerals: 0.00375, impact.Ionising: 32.4, impact.Acidification: 0.465, impact.Particulates: 2.62e-6},
		equipment.Monitor: {impact.Minerals: 0.0108, impact.Ionising: 145, impact.Acidification: 0.382, impact.Particulates: 2.57e-6},
		equipment.Server:  {impact.Minerals: 0.0378, impact.Ionising: 2320, impact.Acidification: 19.7, impact.Particulates: 1.13e-4},
	} {
		for _, on := range impact.Criteria[1:] {
			row, err := impact.Embodied(factor.Default(), c, on)
			if value, published := want[on]; !published {
				if err == nil {
					t.Errorf("%s, %s: got %+v, which no source has", c, on, row)
				}
			} else if err != nil || row.Value != value || row.Unit != on.Unit() {
				t.Errorf("%s, %s: got %+v, %v; want %v %s", c, on, row, err, value, on.Unit())
			}
		}
	}
}

func TestStepsAddUpToTheWhole(t *testing.T) {
	told := 0
	for _, c := range equipment.Categories {
		whole, err := impact.Embodied(factor.Default(), c, impact.Climate)
		if err != nil {
			continue
		}
		var sum quantity.Interval[float64]
		steps := 0
		for _, s := range impact.Steps {
			if row, err := impact.OfStep(factor.Default(), c, s); err == nil {
				sum = sum.Plus(row.Bounds())
				steps++
			}
		}
		if steps == 0 {
			continue // the source does not tell them apart
		}
		told++
		near := func(a, b float64) bool { return math.Abs(a-b) <= 0.001*b }
		if steps != 3 || !near(sum.Low, whole.Low) || !near(sum.Value, whole.Value) || !near(sum.High, whole.High) {
			t.Errorf("%s: %d steps add up to %v; the whole is %v", c, steps, sum, whole.Bounds())
		}
	}
	if told < 4 {
		t.Errorf("only %d categories tell their steps apart", told)
	}
	if _, err := impact.OfStep(factor.Default(), equipment.Laptop, impact.Use); err == nil {
		t.Error("use has an embodied factor")
	}
}
