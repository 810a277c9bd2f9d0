// Package impact gives the embodied impact of a device: what its manufacture,
// distribution and end of life emit, whatever its use. For school devices on
// French electricity this is about 95 % of the footprint.
package impact

import (
	"time"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Embodied is the factor row of a category's embodied impact, in kgCO2e.
func Embodied(t *factor.Table, c equipment.Category) (*factor.Row, error) {
	return t.Find("embodied."+string(c), "", time.Time{})
}

// Grams converts a row in kgCO2e.
func Grams(r *factor.Row) quantity.Interval[quantity.Grams] {
	return quantity.As[quantity.Grams](r.Bounds().Times(1000))
}
