package lifespan_test

import (
	"math"
	"testing"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// A laptop is expected to serve 5 years (4 to 7); a battery adds 2 (1 to 4), a disk 2
// (0.5 to 4).
func TestPartsPutTheEndOffAndDoNotAddUp(t *testing.T) {
	for _, test := range []struct {
		what             string
		age              float64
		parts            []lifespan.Fitted
		low, value, high float64
		from             string
	}{
		{"without parts", 3, nil, 1, 2, 4, "lifetime.laptop less age"},
		{"a battery", 3, []lifespan.Fitted{{Part: lifespan.Battery, Age: 2}}, 2, 4, 8, "lifetime.added.battery"},
		{"two", 3, []lifespan.Fitted{{Part: lifespan.SSD, Age: 1}, {Part: lifespan.Battery, Age: 2}}, 2, 4, 8, "lifetime.added.battery"},
		{"a keyboard, of which no row speaks", 3, []lifespan.Fitted{{Part: lifespan.Keyboard, Age: 2}}, 1, 2, 4, "lifetime.laptop less age"},
		{"past its life, from the day of the part", 8, []lifespan.Fitted{{Part: lifespan.Battery, Age: 7.5}}, 0.5, 1.5, 3.5, "lifetime.added.battery"},
		{"long after a part", 14, []lifespan.Fitted{{Part: lifespan.Battery, Age: 7.5}}, 0.5, 1, 3, "lifetime.laptop less age"},
	} {
		got, err := lifespan.LeftWith(factor.Default(), equipment.Laptop, lifespan.New, quantity.Years(test.age), test.parts)
		if err != nil {
			t.Fatal(err)
		}
		for _, pair := range [][2]float64{{float64(got.Low), test.low}, {float64(got.Value), test.value}, {float64(got.High), test.high}} {
			if math.Abs(pair[0]-pair[1]) > 1e-9 || got.From != test.from {
				t.Errorf("%s: %+v; want %g, %g, %g from %s", test.what, got, test.low, test.value, test.high, test.from)
				break
			}
		}
	}
}

// Every row of a part speaks of some category, and of none that it was not made for.
func TestPartsHaveRowsWhereTheyFit(t *testing.T) {
	for _, p := range lifespan.RepairedParts {
		speaks := false
		for _, c := range equipment.Categories {
			key := lifespan.PartRow(c, p)
			if key == "" {
				continue
			}
			speaks = true
			if _, err := lifespan.PartFactorsOf(factor.Default(), p); err != nil {
				t.Errorf("%s of a %s: %v", p, c, err)
			}
		}
		if _, err := lifespan.PartFactorsOf(factor.Default(), p); (err == nil) != speaks {
			t.Errorf("%s: there are factors: %v, and they are used: %v", p, err, speaks)
		}
	}
	for _, test := range []struct {
		c equipment.Category
		p lifespan.Part
	}{{equipment.InteractivePanel, lifespan.Screen}, {equipment.Monitor, lifespan.Screen}, {equipment.Desktop, lifespan.Battery}, {equipment.Tablet, lifespan.Memory}, {equipment.Virtual, lifespan.SSD}} {
		if key := lifespan.PartRow(test.c, test.p); key != "" {
			t.Errorf("a %s of a %s is taken for %s", test.p, test.c, key)
		}
	}
}
