package estimate_test

import (
	"slices"
	"testing"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/estimate"
	"github.com/ecoparc/ecoparc/models/factor"
)

// A factor that no figure stands on would be a number for nothing.
func TestEveryFactorIsForSomeFigure(t *testing.T) {
	all, err := estimate.UsesOf(factor.Default(), today)
	if err != nil {
		t.Fatal(err)
	}
	for key, u := range all {
		if len(u.Figures) == 0 {
			t.Errorf("%s is for no figure", key)
		}
	}
	for _, c := range []struct {
		key  string
		of   estimate.Figure
		want bool
	}{
		{"embodied.laptop", estimate.Footprint, true}, {"embodied.laptop", estimate.Reference, true}, {"electricity", estimate.Footprint, true},
		{"price.laptop", estimate.Choice, true}, {"price.laptop", estimate.Footprint, false}, {"electricity.minerals", estimate.Criteria, true},
		{"electricity.minerals", estimate.Footprint, false}, {"calibration.prior_hours", estimate.Calibration, true}, {"part.ssd", estimate.Estimated, true},
	} {
		if u := all[c.key]; u == nil || slices.Contains(u.Figures, c.of) != c.want {
			t.Errorf("%s for %s: %+v, want %v", c.key, c.of, u, c.want)
		}
	}
	if of := all["embodied.laptop"].Categories; !slices.Equal(of, []equipment.Category{equipment.Laptop}) {
		t.Errorf("embodied.laptop is for %v", of)
	}
}
