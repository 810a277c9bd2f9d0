// Package power estimates what a device draws where no meter reads it.
//
// A [Curve] has one power for each state. Between idle and full load it is
// linear in the processor load:
//
//	P(load) = idle + load x (active - idle)
//
// as in Cloud Carbon Footprint's method. Published curves disagree by a factor
// of 3.5 at half load, so the intervals of the rows are wide.
package power

import (
	"time"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Watts is power within its bounds.
type Watts = quantity.Interval[quantity.Watts]

// Curve is the power of a category of device by state.
type Curve struct {
	Off, Sleep, Idle, Active Watts
	Rest                     Watts // beside processor and memory
}

// CurveFor reads the curve of a category from its power.* rows.
func CurveFor(t *factor.Table, c equipment.Category) (Curve, error) {
	var curve Curve
	for state, into := range map[string]*Watts{"off": &curve.Off, "sleep": &curve.Sleep, "idle": &curve.Idle, "active": &curve.Active, "rest": &curve.Rest} {
		row, err := t.Find("power."+string(c)+"."+state, "", time.Time{})
		if err != nil {
			return Curve{}, err
		}
		*into = quantity.As[quantity.Watts](row.Bounds())
	}
	return curve, nil
}

// At is the power at a processor load between 0 and 1.
func (c Curve) At(load float64) Watts {
	return c.Idle.Times(1 - load).Plus(c.Active.Times(load))
}

const millisecondsPerHour = 3_600_000

// Energy is what a power draws over a time in milliseconds, in Wh.
func Energy(p Watts, ms int64) quantity.Interval[quantity.WattHours] {
	return quantity.As[quantity.WattHours](p.Times(float64(ms) / millisecondsPerHour))
}
