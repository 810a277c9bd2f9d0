package power_test

import (
	"slices"
	"testing"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/power"
)

func TestClassesGoFromModelToCategory(t *testing.T) {
	const i5 = "11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz"
	for name, test := range map[string]struct {
		spec equipment.Spec
		want []string
	}{
		"all known":       {equipment.Spec{Category: equipment.Laptop, Maker: "Dell  Inc.", Model: "Latitude 3420", CPU: i5, ScreenIn: 13.9}, []string{"laptop: dell inc. latitude 3420", "laptop: 28 W, 14 in", "laptop"}},
		"specification":   {equipment.Spec{Category: equipment.Desktop, Maker: "Dell Inc.", CPU: i5}, []string{"desktop: 28 W", "desktop"}},
		"strange chip":    {equipment.Spec{Category: equipment.Laptop, CPU: "my own", ScreenIn: 14}, []string{"laptop: 14 in", "laptop"}},
		"nothing at all":  {equipment.Spec{Category: equipment.Server}, []string{"server"}},
		"model, no maker": {equipment.Spec{Category: equipment.Tablet, Model: "20VE"}, []string{"tablet: 20ve", "tablet"}},
	} {
		if got := power.Classes(power.DefaultCPUs(), test.spec); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q; want %q", name, got, test.want)
		}
	}
}
