package power

import (
	"strings"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/maker"
)

// Measured is a product with the yearly consumption that its manufacturer
// measured, in kWh, and what is known of it.
type Measured struct {
	Spec equipment.Spec
	KWh  float64
}

// MeasuredOf picks, of makers' published footprints, the products that have a
// yearly consumption and are of a category with a typical use. Workstations that
// stand on a desk are left out: no school's desktop draws what they do.
func MeasuredOf(rows []maker.Published) []Measured {
	var all []Measured
	for _, row := range rows {
		deskside := row.Category == equipment.Desktop && (row.Kind == "workstation" || strings.HasPrefix(row.Name, "Precision"))
		spec := equipment.Spec{Category: row.Category, Maker: row.Maker, Model: row.Name, WeightKg: row.WeightKg, ScreenIn: row.ScreenIn, Year: row.Year}
		if TypicalClass(spec) == "" || deskside || row.YearlyUse == 0 {
			continue
		}
		all = append(all, Measured{Spec: spec, KWh: float64(row.YearlyUse) / 1000})
	}
	return all
}
