package renewal

import (
	"math"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Rate is what a year costs if a fleet is renewed for ever: without a policy, with it,
// and what the policy saves. Bounds hold every value that the inputs allow, each being
// the same number on both sides of a difference. A budget does not come in: devices
// that wait for money serve longer than the policy says.
type Rate struct {
	Carbon Change[quantity.Grams] `json:"carbon_gco2e"`
	Money  Change[quantity.Euros] `json:"money_eur"`
}

// Change is a yearly amount before and after; Saved is positive where less is spent.
type Change[T quantity.Unit] struct {
	Before quantity.Interval[T] `json:"before"`
	After  quantity.Interval[T] `json:"after"`
	Saved  quantity.Interval[T] `json:"saved"`
}

func (c Change[T]) plus(o Change[T]) Change[T] {
	return Change[T]{c.Before.Plus(o.Before), c.After.Plus(o.After), c.Saved.Plus(o.Saved)}
}

// RateOf is the rate of a number of devices of each category.
//
// The cost of a device and its successors for ever is, by year, the mean cost of one
// over its mean life (the renewal-reward theorem):
//
//	before = new / L
//	after  = ((1-s) new + s second + r part) / ((1-s) (L+n) + s (L2+n) + r x)
//
// with the share s bought second-hand, which serve L2 years, the share r repaired once,
// which adds x years, and n years longer for all.
func RateOf(kinds map[equipment.Category]Kind, devices map[equipment.Category]int, p Policy) Rate {
	var sum Rate
	for _, c := range equipment.Categories { // in one order: sums of floats depend on it
		k, known := kinds[c]
		if n := float64(devices[c]); known && n > 0 {
			sum.Carbon = sum.Carbon.plus(change[quantity.Grams](k.inCarbon(), k.lives(p), n))
			sum.Money = sum.Money.plus(change[quantity.Euros](k.inMoney(), k.lives(p), n))
		}
	}
	return sum
}

// interval is one of plain numbers.
type interval = quantity.Interval[float64]

// costs are those of one criterion: of a new device, of a second-hand one (a share of a
// new one's and an amount of its own), and of a part.
type costs struct{ new, secondShare, secondOwn, part interval }

func (k Kind) inCarbon() costs {
	c := costs{new: plain(k.Embodied.Interval)}
	if k.Second != nil {
		c.secondShare = k.Second.Share.Interval
	}
	if k.Repair != nil {
		c.part = plain(k.Repair.Embodied.Interval)
	}
	return c
}

func (k Kind) inMoney() costs {
	c := costs{new: plain(k.Price.Interval)}
	if k.Second != nil {
		c.secondOwn = plain(k.Second.Price.Interval)
	}
	if k.Repair != nil {
		c.part = plain(k.Repair.Price.Interval)
	}
	return c
}

// lives are how long devices serve, and the shares that a policy comes to where there
// is nothing second-hand to be had, or nothing to repair.
type lives struct {
	new, second, extends         interval
	secondHand, repaired, longer float64
}

func (k Kind) lives(p Policy) lives {
	l := lives{new: plain(k.Life.Interval), longer: p.LongerYears}
	if k.Second != nil {
		l.second, l.secondHand = plain(k.Second.Life.Interval), p.Reconditioned
	}
	if k.Repair != nil {
		l.extends, l.repaired = plain(k.Repair.Extends.Interval), p.Repaired
	}
	return l
}

func plain[T quantity.Unit](i quantity.Interval[T]) interval { return quantity.As[float64](i) }

// point is one set of numbers that the intervals allow.
type point struct{ new, secondShare, secondOwn, part, life, second, extends float64 }

// rates are the cost of a year before and after.
func (l lives) rates(v point) (before, after float64) {
	cost := (1-l.secondHand)*v.new + l.secondHand*(v.secondShare*v.new+v.secondOwn) + l.repaired*v.part
	return v.new / v.life, cost / l.cycle(v)
}

// cycle is the mean life of a device with the policy.
func (l lives) cycle(v point) float64 {
	return (1-l.secondHand)*(v.life+l.longer) + l.secondHand*(v.second+l.longer) + l.repaired*v.extends
}

// change is the rate by one criterion, for n devices. All but the life rise or fall in
// each number, so that the ends of its interval are enough; in the life the difference
// may turn once, at the point where both sides fall equally fast.
func change[T quantity.Unit](c costs, l lives, n float64) Change[T] {
	before, after := l.rates(point{c.new.Value, c.secondShare.Value, c.secondOwn.Value, c.part.Value, l.new.Value, l.second.Value, l.extends.Value})
	b, a, saved := quantity.Exactly(before), quantity.Exactly(after), quantity.Exactly(before-after)
	try := func(v point) {
		before, after := l.rates(v)
		widen(&b, before)
		widen(&a, after)
		widen(&saved, before-after)
	}
	for corner := range 64 {
		end := func(bit int, i interval) float64 {
			if corner>>bit&1 == 0 {
				return i.Low
			}
			return i.High
		}
		v := point{new: end(0, c.new), secondShare: end(1, c.secondShare), secondOwn: end(2, c.secondOwn), part: end(3, c.part), second: end(4, l.second), extends: end(5, l.extends)}
		for _, life := range []float64{l.new.Low, l.new.High, l.turn(v)} {
			if life >= l.new.Low && life <= l.new.High {
				v.life = life
				try(v)
			}
		}
	}
	return Change[T]{quantity.As[T](b.Times(n)), quantity.As[T](a.Times(n)), quantity.As[T](saved.Times(n))}
}

// turn is the life at which new/L - cost/(a + (1-s) L) is the least or the greatest;
// not a number where it is nowhere.
func (l lives) turn(v point) float64 {
	v.life = 0
	a, kept := l.cycle(v), 1-l.secondHand
	_, after := l.rates(v)
	if v.new <= 0 || a <= 0 {
		return math.NaN()
	}
	return a / (math.Sqrt(kept*after*a/v.new) - kept)
}

func widen(i *interval, v float64) { i.Low, i.High = min(i.Low, v), max(i.High, v) }
