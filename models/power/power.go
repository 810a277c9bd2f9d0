// Package power estimates what a device draws where no meter reads it.
//
// A [Curve] has one power for each state: off, asleep, idle with the screen off,
// idle with the screen on, and a power for each tenth of processor load above
// that. It comes from one of three places, from the weakest to the best:
//
//   - [CurveFor]: the rows of the device's category;
//   - [ForSpec]: these, moved by what is known of the processor, the memory and
//     the screen;
//   - [Calibrate]: learned from devices of the class that have a meter.
//
// Published curves disagree by a factor of 3.5 at half load (see [Published]),
// so the bounds of a curve that was not calibrated reach from the lowest of them
// to the highest; its value is the one nearest to what manufacturers measured,
// as `collector evaluate power` shows ([DefaultCurve]).
//
// Power is in W, energy in Wh, load is a share of all processors between 0 and 1.
package power

import (
	"time"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/report"
)

// Watts is power within its bounds.
type Watts = quantity.Interval[quantity.Watts]

// WattHours is energy within its bounds.
type WattHours = quantity.Interval[quantity.WattHours]

// DefaultCurve names the shape of the shipped curves, for a page to show: of the
// published ones, the nearest to manufacturers' measured yearly consumption.
const DefaultCurve = "typical-use line: idle power from manufacturers' measured typical consumption, linear in the load, bounds from codecarbon's cubic to Teads' curve"

// Curve is the power of a device by state.
type Curve struct {
	Off, Sleep Watts
	Dark       Watts // idle with the screen off
	Rest       Watts // beside processor and memory, with the screen on
	// ByLoad is the power with the screen on at 0, 10, ... 100 % load.
	ByLoad [Steps + 1]Watts
}

// Steps is how many equal steps of load a curve has; it is linear within one.
const Steps = 10

// Idle is the power with the screen on and nothing to compute.
func (c *Curve) Idle() Watts { return c.ByLoad[0] }

// Active is the power at full load.
func (c *Curve) Active() Watts { return c.ByLoad[Steps] }

// At is the power at a processor load between 0 and 1.
func (c *Curve) At(load float64) Watts {
	step, part := stepOf(load)
	if part == 0 {
		return c.ByLoad[step]
	}
	return c.ByLoad[step].Times(1 - part).Plus(c.ByLoad[step+1].Times(part))
}

// stepOf is the step of load at or below a load, and how far into it the load is.
func stepOf(load float64) (step int, part float64) {
	load = min(max(load, 0), 1) * Steps
	step = int(load)
	return step, load - float64(step)
}

// CurveFor is the curve of a category by its power.* rows: linear from idle to
// active, with bounds that reach from the lowest to the highest published shape.
// It is an error if a row is missing, but for "dark": without that row, the
// screen makes no difference.
func CurveFor(t *factor.Table, c equipment.Category) (Curve, error) {
	s, err := statesOf(t, c)
	if err != nil {
		return Curve{}, err
	}
	shapes, err := ShapesOf(t)
	if err != nil {
		return Curve{}, err
	}
	return s.curve(shapes), nil
}

// states are the power.* rows of a category.
type states struct{ off, sleep, dark, idle, active, rest Watts }

func statesOf(t *factor.Table, c equipment.Category) (states, error) {
	var s states
	for _, row := range []struct {
		state string
		into  *Watts
	}{{"off", &s.off}, {"sleep", &s.sleep}, {"idle", &s.idle}, {"active", &s.active}, {"rest", &s.rest}} {
		w, err := watts(t, "power."+string(c)+"."+row.state)
		if err != nil {
			return states{}, err
		}
		*row.into = w
	}
	s.dark = s.idle
	if w, err := watts(t, "power."+string(c)+".dark"); err == nil {
		s.dark = w
	}
	return s, nil
}

func (s states) curve(shapes Shapes) Curve {
	c := Curve{Off: s.off, Sleep: s.sleep, Dark: s.dark, Rest: s.rest}
	for i := range c.ByLoad {
		low, high := shapes.span(i)
		c.ByLoad[i] = Watts{
			Low:   s.idle.Low + quantity.Watts(low)*(s.active.Low-s.idle.Low),
			Value: s.idle.Value + quantity.Watts(float64(i)/Steps)*(s.active.Value-s.idle.Value),
			High:  s.idle.High + quantity.Watts(high)*(s.active.High-s.idle.High),
		}
	}
	return c
}

func watts(t *factor.Table, key string) (Watts, error) {
	row, err := t.Find(key, "", time.Time{})
	if err != nil {
		return Watts{}, err
	}
	return quantity.As[quantity.Watts](row.Bounds()), nil
}

func number(t *factor.Table, key string) (float64, error) {
	row, err := t.Find(key, "", time.Time{})
	if err != nil {
		return 0, err
	}
	return row.Value, nil
}

const millisecondsPerHour = 3_600_000

// Energy is what a power draws over a time in milliseconds, in Wh.
func Energy(p Watts, ms int64) WattHours {
	return quantity.As[quantity.WattHours](p.Times(float64(ms) / millisecondsPerHour))
}

// Use is how long a device was in each state, in milliseconds. Its times do not
// overlap: LoadMs is with the screen on, by load class of [report.LoadBin].
type Use struct {
	OffMs, SleepMs, DarkMs int64
	LoadMs                 report.Loads
}

// EnergyOf is what a device with this curve draws in a use.
func (c *Curve) EnergyOf(u *Use) WattHours {
	e := Energy(c.Off, u.OffMs).Plus(Energy(c.Sleep, u.SleepMs)).Plus(Energy(c.Dark, u.DarkMs))
	for bin, ms := range u.LoadMs {
		if ms != 0 {
			e = e.Plus(Energy(c.At(report.LoadOf(bin)), ms))
		}
	}
	return e
}
