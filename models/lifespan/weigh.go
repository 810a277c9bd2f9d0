package lifespan

import (
	"math"

	"github.com/ecoparc/ecoparc/models/quantity"
)

// real is an interval of plain numbers, of grams or of euros as the case may be.
type real = quantity.Interval[float64]

// choice is one way to go on, measured by one criterion.
type choice struct {
	name string
	kind Verdict
	// At once: share of what a new device costs, and a cost of its own.
	share, own real
	// Then, for its life: the energy of the old or of the new device, and extra.
	usesOld, usesNew bool
	extra            real
	// life is its own life; lifeIs says what it adds to.
	life   real
	lifeIs basis
	// After its life a new device follows, and its cost is counted by the year.
}

// basis is the shared life that a choice's own life is added to.
type basis int

const (
	alone   basis = iota
	onOld         // the remaining life of the device in service
	asLong        // the life of a new device
	forever       // no end: the choice of nothing at all
)

// nothing costs nothing and is followed by nothing.
func nothing() *choice { return &choice{lifeIs: forever} }

// scale is what one criterion weighs by: grams or euros, for all choices.
type scale struct {
	perWh              real // of electricity
	oldEnergy, energy  real // Wh a year, of the old and a new device
	newCost            real // of a new device
	newLife, oldLife   real
	discountContinuous float64 // ln(1 + yearly rate)
}

// annuity is the present value of one unit a year for some years.
//
//	a(t) = (1 - e^(-d t)) / d, and t without discount
func (s *scale) annuity(years float64) float64 {
	if s.discountContinuous == 0 {
		return years
	}
	return -math.Expm1(-s.discountContinuous*years) / s.discountContinuous
}

// lives are one set of lengths that the intervals allow.
type lives struct{ new, old, a, b float64 }

// of is how long a choice lasts.
func (l lives) of(c *choice, own float64) float64 {
	switch c.lifeIs {
	case onOld:
		return l.old + own
	case asLong:
		return l.new
	case forever:
		return math.Inf(1)
	}
	return own
}

// difference is what choice a has cost more than choice b after some years,
//
//	cost(t) = share x new + own + rate x a(min(t, life)) + (new / a(new life) + new rate) x (a(t) - a(min(t, life)))
//
// with rate = energy x cost of a Wh. The bounds are exact: the least and the
// greatest difference that the inputs allow, each input being the same number on
// both sides. The difference is linear in costs and energies, so that their bounds
// are chosen by sign; in each life it rises or falls between the points where that
// life passes t, so that trying these and the ends is enough.
func (s *scale) difference(a, b *choice, years float64) real {
	at := func(l lives) terms { return s.terms(a, b, l, years) }
	value := at(lives{s.newLife.Value, s.oldLife.Value, a.life.Value, b.life.Value}).value(s, a, b)
	d := real{Low: value, Value: value, High: value}
	ofA, ofB, ofNew := ends(a.life), ends(b.life), ends(s.newLife, years)
	for _, la := range ofA.all() {
		for _, lb := range ofB.all() {
			ofOld := ends(s.oldLife, years-la, years-lb)
			for _, old := range ofOld.all() {
				for _, new := range ofNew.all() {
					low, high := at(lives{new, old, la, lb}).bounds(s, a, b)
					d.Low, d.High = min(d.Low, low), max(d.High, high)
				}
			}
		}
	}
	return d
}

// ends are the bounds of an interval, and the turning points that lie in it.
func ends(i real, turns ...float64) few {
	p := few{n: 1}
	p.at[0] = i.Low
	add := func(v float64) {
		if i.Low < v && v <= i.High {
			p.at[p.n] = v
			p.n++
		}
	}
	for _, t := range turns {
		if t < i.High {
			add(t)
		}
	}
	add(i.High)
	return p
}

// few is a list that needs no memory of its own: this is the inner loop.
type few struct {
	at [4]float64
	n  int
}

func (p *few) all() []float64 { return p.at[:p.n] }

// terms are the factors of costs and energies in a difference, at given lives.
type terms struct {
	yearsA, yearsB float64 // that each choice itself serves, discounted
	followed       float64 // new devices that follow a, less those that follow b
	ofOld, ofNew   float64 // years of old and new energy
}

func (s *scale) terms(a, b *choice, l lives, years float64) terms {
	t := terms{
		yearsA: s.annuity(min(years, l.of(a, l.a))),
		yearsB: s.annuity(min(years, l.of(b, l.b))),
	}
	t.followed = (t.yearsB - t.yearsA) / s.annuity(l.new)
	t.ofNew = t.yearsB - t.yearsA
	if a.usesOld {
		t.ofOld += t.yearsA
	}
	if b.usesOld {
		t.ofOld -= t.yearsB
	}
	if a.usesNew {
		t.ofNew += t.yearsA
	}
	if b.usesNew {
		t.ofNew -= t.yearsB
	}
	return t
}

func (t terms) value(s *scale, a, b *choice) float64 {
	devices := a.share.Value - b.share.Value + t.followed
	energy := t.ofOld*s.oldEnergy.Value + t.ofNew*s.energy.Value + t.yearsA*a.extra.Value - t.yearsB*b.extra.Value
	return devices*s.newCost.Value + a.own.Value - b.own.Value + energy*s.perWh.Value
}

func (t terms) bounds(s *scale, a, b *choice) (low, high float64) {
	devices := real{Low: a.share.Low - b.share.High + t.followed, High: a.share.High - b.share.Low + t.followed}
	energy := real{
		Low:  lowest(t.ofOld, s.oldEnergy) + lowest(t.ofNew, s.energy) + lowest(t.yearsA, a.extra) - highest(t.yearsB, b.extra),
		High: highest(t.ofOld, s.oldEnergy) + highest(t.ofNew, s.energy) + highest(t.yearsA, a.extra) - lowest(t.yearsB, b.extra),
	}
	low = lowest(devices.Low, s.newCost) + a.own.Low - b.own.High + lowest(energy.Low, s.perWh)
	high = highest(devices.High, s.newCost) + a.own.High - b.own.Low + highest(energy.High, s.perWh)
	return low, high
}

// lowest is the least product of a factor and a number in an interval.
func lowest(factor float64, i real) float64 { return min(factor*i.Low, factor*i.High) }

func highest(factor float64, i real) float64 { return max(factor*i.Low, factor*i.High) }

// merged is a time after which all choices have come to the same point, a new
// device that follows, so that their differences do not change any more.
func (s *scale) merged(choices []choice, of func(real) float64) float64 {
	longest := 0.0
	for _, c := range choices {
		l := lives{new: of(s.newLife), old: of(s.oldLife)}
		longest = max(longest, l.of(&c, of(c.life)))
	}
	return longest
}
