package lifespan

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/ecoparc/ecoparc/models/quantity"
)

// Observation is what is known of one device's life, or of several that lived alike:
// between which ages it was watched, and whether it ended then.
type Observation struct {
	// Entry is the age at which the device came under observation: zero, or its
	// age when the monitor or the inventory began. That it lived so long says
	// nothing about those that did not, so it counts from then on only.
	Entry quantity.Years
	// Exit is the age at its end, or today for a device that still works.
	Exit quantity.Years
	// Ended is false for a device that still works, or that left for another
	// reason than being worn out: its life is at least Exit (right-censored).
	Ended bool
	// Count is of how many devices it is; 0 is one.
	Count int
}

func (o Observation) devices() int { return max(1, o.Count) }

// Watched is of how many devices observations are.
func Watched(observations []Observation) (devices int) {
	for _, o := range observations {
		devices += o.devices()
	}
	return devices
}

// Step is an age at which devices ended.
type Step struct {
	Age      quantity.Years `json:"age_years"`
	AtRisk   int            `json:"at_risk"`
	Ended    int            `json:"ended"`
	Survival float64        `json:"survival"`
	StdErr   float64        `json:"std_err"` // Greenwood's
	Low      float64        `json:"low"`     // pointwise 95 % bounds, by log(-log S)
	High     float64        `json:"high"`
}

// term is the step's part of Greenwood's sum. Where all end at once the formula
// has no value; the step then counts as if one more had been at risk.
func (s Step) term() float64 {
	n, d := float64(s.AtRisk), float64(s.Ended)
	return d / (n * math.Max(n-d, d/(n+1)))
}

// Curve is the share of devices that reach an age.
type Curve struct {
	Steps []Step `json:"steps"`
	// From is the age that the shares are given: they are of the devices that
	// reached it. It is above zero only where no device was under observation for
	// some while before, so that nothing is known of younger ones.
	From quantity.Years `json:"from_years"`
	// To is the oldest age that was observed. Of later ages the curve says nothing.
	To quantity.Years `json:"to_years"`
	// Devices and Ended are how many the curve rests on.
	Devices int `json:"devices"`
	Ended   int `json:"ended"`
}

// ErrNoDevices says that a survival curve was asked of no device.
var ErrNoDevices = errors.New("no device was observed")

// z95 is the 97.5 % point of the normal distribution.
const z95 = 1.959963984540054

// KaplanMeier estimates survival from observations (E. L. Kaplan, P. Meier,
// J. Am. Stat. Assoc. 53, 1958, 457-481), with entries that may be delayed:
//
//	S(t) = product over ages <= t of (1 - ended / at risk)
//
// At risk at an age are the devices with entry < age <= exit; where a device ends
// at the age at which another was last seen, the other is at risk still. The
// variance is Greenwood's, the bounds are those of log(-log S), which stay within
// 0 and 1. The error is [ErrNoDevices], or names the observation that is wrong.
func KaplanMeier(observations []Observation) (Curve, error) {
	if len(observations) == 0 {
		return Curve{}, ErrNoDevices
	}
	entries, exits := slices.Clone(observations), slices.Clone(observations)
	c := Curve{Devices: Watched(observations)}
	for i, o := range observations {
		if !(0 <= o.Entry && o.Entry < o.Exit && o.Exit <= math.MaxFloat64) {
			return Curve{}, fmt.Errorf("observation %d: entry at %v and exit at %v years; want 0 <= entry < exit", i, o.Entry, o.Exit)
		}
		c.To = max(c.To, o.Exit)
		if o.Ended {
			c.Ended += o.devices()
		}
	}
	slices.SortFunc(entries, func(a, b Observation) int { return compareYears(a.Entry, b.Entry) })
	slices.SortFunc(exits, func(a, b Observation) int { return compareYears(a.Exit, b.Exit) })
	c.From = entries[0].Entry

	survival, greenwood := 1.0, 0.0
	entered, left := 0, 0 // devices
	for next, i := 0, 0; i < len(exits); {
		age := exits[i].Exit
		for ; next < len(entries) && entries[next].Entry < age; next++ {
			if entered == left && entered > 0 { // nobody was watched for a while: begin anew
				c.Steps, c.From = nil, entries[next].Entry
				survival, greenwood = 1, 0
			}
			entered += entries[next].devices()
		}
		s := Step{Age: age, AtRisk: entered - left}
		for ; i < len(exits) && exits[i].Exit == age; i++ {
			if left += exits[i].devices(); exits[i].Ended {
				s.Ended += exits[i].devices()
			}
		}
		if s.Ended == 0 {
			continue
		}
		survival *= 1 - float64(s.Ended)/float64(s.AtRisk)
		greenwood += s.term()
		s.Survival, s.StdErr = survival, survival*math.Sqrt(greenwood)
		s.Low, s.High = logLogBounds(survival, greenwood)
		if survival == 0 { // no bounds of its own: at most what it was before
			s.High = 1
			if len(c.Steps) > 0 {
				s.High = c.Steps[len(c.Steps)-1].High
			}
		}
		c.Steps = append(c.Steps, s)
	}
	return c, nil
}

// logLogBounds are S^exp(±z σ / ln S), where σ² is Greenwood's sum.
func logLogBounds(survival, greenwood float64) (low, high float64) {
	if survival <= 0 || survival >= 1 {
		return survival, survival
	}
	width := z95 * math.Sqrt(greenwood) / -math.Log(survival)
	return math.Pow(survival, math.Exp(width)), math.Pow(survival, math.Exp(-width))
}

// At is the share of devices that reach an age, with its 95 % bounds; false where
// the observations say nothing, before From and after To. Before the first end
// all devices survive and the data give no bounds.
func (c Curve) At(age quantity.Years) (share quantity.Interval[float64], ok bool) {
	if age < c.From || age > c.To {
		return quantity.Interval[float64]{}, false
	}
	i := c.stepsUntil(age)
	if i == 0 {
		return quantity.Exactly(1.0), true
	}
	s := c.Steps[i-1]
	return quantity.Interval[float64]{Low: s.Low, Value: s.Survival, High: s.High}, true
}

// stepsUntil is how many steps lie at or before an age.
func (c Curve) stepsUntil(age quantity.Years) int {
	i, _ := slices.BinarySearchFunc(c.Steps, age, func(s Step, a quantity.Years) int {
		if s.Age <= a {
			return -1
		}
		return 1
	})
	return i
}

// Age is an age with its bounds. A nil is an age that the observations have not
// reached: it is later than any of theirs.
type Age struct {
	Low   *quantity.Years `json:"low"`
	Value *quantity.Years `json:"value"`
	High  *quantity.Years `json:"high"`
}

// Median is the age that half of the devices reach, with 95 % bounds: the ages at
// which the bounds of the curve pass one half (R. Brookmeyer, J. Crowley,
// Biometrics 38, 1982, 29-41).
func (c Curve) Median() Age {
	first := func(of func(Step) float64) *quantity.Years {
		for _, s := range c.Steps {
			if of(s) <= 0.5 {
				return &s.Age
			}
		}
		return nil
	}
	return Age{
		Low:   first(func(s Step) float64 { return s.Low }),
		Value: first(func(s Step) float64 { return s.Survival }),
		High:  first(func(s Step) float64 { return s.High }),
	}
}

// RestrictedMean is the mean life up to an age: the area under the curve from
// From, and From itself. Unlike the mean it does not depend on lives nobody has
// seen the end of. The bounds are 95 % of a normal distribution with the variance
//
//	sum over steps of (area to the right of the step)² x Greenwood's term
//
// (J. P. Klein, M. L. Moeschberger, Survival Analysis, 2003, section 4.5). An age
// beyond To is taken as To.
func (c Curve) RestrictedMean(until quantity.Years) Span {
	until = min(until, c.To)
	mean := c.area(c.From, max(c.From, until))
	return Span{Low: c.From + mean.Low, Value: c.From + mean.Value, High: c.From + mean.High}
}

// RemainingLife is how many more years a device of an age is expected to serve,
// with 95 % bounds; false where nobody has seen one as old. A device that outlives
// all that were observed counts up to To, so the true value is rather higher.
func (c Curve) RemainingLife(age quantity.Years) (Span, bool) {
	if share, ok := c.At(age); !ok || share.Value == 0 {
		return Span{}, false
	}
	return c.area(age, c.To), true
}

// area is that under the curve of the devices that reach an age, up to another.
func (c Curve) area(from, until quantity.Years) Span {
	passed := c.stepsUntil(from)
	area, variance, right := 0.0, 0.0, float64(until)
	for i := c.stepsUntil(until) - 1; i >= passed; i-- {
		s := c.Steps[i]
		area += c.ratio(passed, i+1) * (right - float64(s.Age))
		variance += area * area * s.term()
		right = float64(s.Age)
	}
	area += right - float64(from) // everything before the first step
	half := z95 * math.Sqrt(variance)
	return Span{
		Low:   quantity.Years(math.Max(0, area-half)),
		Value: quantity.Years(area),
		High:  quantity.Years(math.Min(float64(until-from), area+half)),
	}
}
