package footprint_test

import (
	"slices"
	"testing"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
)

// Whoever raises the version of the formulas says what changed.
func TestEachVersionSaysWhatChanged(t *testing.T) {
	all, err := footprint.Changes()
	if err != nil {
		t.Fatal(err)
	}
	if all[0].Version != footprint.Version || all[len(all)-1].Version != 1 {
		t.Errorf("changes are told of versions %d to %d; the formulas are version %d", all[len(all)-1].Version, all[0].Version, footprint.Version)
	}
	for i, c := range all {
		if i > 0 && (c.Version > all[i-1].Version || c.Day > all[i-1].Day) || c.Name == "" {
			t.Errorf("%+v is out of order, or has no name", c)
		}
		for _, category := range c.Categories {
			if !slices.Contains(equipment.Categories, category) {
				t.Errorf("version %d: there is no category %q", c.Version, category)
			}
		}
	}
}
