package scenario

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Kind is a measure.
type Kind string

// The measures.
const (
	Fewer         Kind = "fewer"
	Longer        Kind = "longer"
	Reconditioned Kind = "reconditioned"
	OffAtNight    Kind = "night"
)

// Kinds are the measures in the order in which they take effect: each step of an
// answer is what a measure changes once those before it are done. A device that is
// done without need not be kept longer; what is kept longer is bought less often, new
// or reconditioned.
var Kinds = []Kind{Fewer, Longer, Reconditioned, OffAtNight}

// upTo are the first measures of an order alone.
func (m Measures) upTo(count int) Measures {
	var some Measures
	for _, kind := range Kinds[:count] {
		switch kind {
		case Fewer:
			some.Fewer = m.Fewer
		case Longer:
			some.Longer = m.Longer
		case Reconditioned:
			some.Reconditioned = m.Reconditioned
		case OffAtNight:
			some.OffAtNight = m.OffAtNight
		}
	}
	return some
}

// Amounts are what a year takes, or a change of it. An interval holds every amount
// that the factors allow, each factor being the same number before and after.
type Amounts struct {
	Carbon   quantity.Interval[quantity.Grams]     `json:"gco2e"`
	Embodied quantity.Interval[quantity.Grams]     `json:"embodied_gco2e"`
	Energy   quantity.Interval[quantity.WattHours] `json:"energy_wh"`
	Money    quantity.Interval[quantity.Euros]     `json:"eur"`
	Bought   float64                               `json:"devices_bought"`
}

func (a Amounts) plus(o Amounts) Amounts {
	return Amounts{a.Carbon.Plus(o.Carbon), a.Embodied.Plus(o.Embodied), a.Energy.Plus(o.Energy), a.Money.Plus(o.Money), a.Bought + o.Bought}
}

// Step is what a measure changes, after those before it. The values of the steps add
// up to the whole change; their bounds do not, as each takes its own worst case.
type Step struct {
	Measure Kind    `json:"measure"`
	Change  Amounts `json:"change"`
	// From and To are the carbon of a year before and after, in g.
	From quantity.Grams `json:"from_gco2e"`
	To   quantity.Grams `json:"to_gco2e"`
}

// Answer is what measures change.
type Answer struct {
	Today  Amounts `json:"today"`
	After  Amounts `json:"after"`
	Change Amounts `json:"change"`
	Steps  []Step  `json:"steps"` // one for each of Kinds, in that order
	// Unpriced are the categories whose purchases are in no amount of money, and
	// OnlyNew those that are not bought reconditioned.
	Unpriced []equipment.Category `json:"unpriced,omitempty"`
	OnlyNew  []equipment.Category `json:"only_new,omitempty"`
	// Worthwhile tells of each category that can be bought reconditioned how long such a
	// device has to serve.
	Worthwhile []Worthwhile `json:"worthwhile,omitempty"`
	// FactorKeys are the rows that the change rests on, beside those of the fleet's
	// footprint.
	FactorKeys []string `json:"factors"`
}

// Worthwhile is for how long a reconditioned device has to serve to emit less by the year
// than a new one does,
//
//	years = share of a new one's embodied impact that it brings x life of a new one
//
// as both are used alike.
type Worthwhile struct {
	Category equipment.Category `json:"category"`
	Devices  float64            `json:"devices"`
	Years    lifespan.Span      `json:"years"`
	Expected quantity.Years     `json:"expected_years"` // that it is taken to serve
}

// worthwhile is that of a category's new devices, all parts together, kept longer.
func worthwhile(all []priced, longer int) []Worthwhile {
	var list []Worthwhile
	var bought []float64
	for _, p := range all {
		of := p.New[longer]
		if !p.terms.SecondHand || of.Bought == 0 {
			continue
		}
		i := slices.IndexFunc(list, func(w Worthwhile) bool { return w.Category == p.Category })
		if i < 0 {
			i, list, bought = len(list), append(list, Worthwhile{Category: p.Category, Expected: p.terms.SecondLife + quantity.Years(longer)}), append(bought, 0)
			list[i].Years = quantity.As[quantity.Years](p.terms.Share)
		}
		list[i].Devices += of.Devices
		bought[i] += of.Bought
	}
	for i := range list {
		list[i].Years = list[i].Years.Times(list[i].Devices / bought[i])
	}
	slices.SortFunc(list, func(a, b Worthwhile) int {
		return cmp.Or(cmp.Compare(b.Devices, a.Devices), cmp.Compare(a.Category, b.Category))
	})
	return list
}

// Verdict says which way an amount changes.
type Verdict string

// The verdicts. Undecided is a full answer: no difference that the data can show.
const (
	Saves     Verdict = "saves"
	Adds      Verdict = "adds"
	Undecided Verdict = "undecided"
	Nothing   Verdict = "nothing" // no change at all
)

// VerdictOn judges a change.
func VerdictOn[T quantity.Unit](change quantity.Interval[T]) Verdict {
	switch {
	case change == quantity.Interval[T]{}:
		return Nothing
	case change.High < 0:
		return Saves
	case change.Low > 0:
		return Adds
	}
	return Undecided
}

// priced is a part with its terms.
type priced struct {
	Part
	terms Terms
}

// Weigh answers what measures change of a fleet, by a table of factors. The error says
// which measure cannot be, or which factor is missing.
func Weigh(t *factor.Table, parts []Part, m Measures) (*Answer, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	kwh, err := t.Find(electricityPrice, "", time.Time{})
	if err != nil {
		return nil, err
	}
	perKWh, a := kwh.Bounds(), &Answer{}
	keys := map[string]bool{electricityPrice: true}
	var all []priced
	for _, p := range parts {
		terms, err := TermsOf(t, p.Category)
		if err != nil {
			return nil, fmt.Errorf("cannot tell what a %s costs: %w", p.Category, err)
		}
		all = append(all, priced{p, terms})
		if !terms.Priced {
			a.Unpriced = append(a.Unpriced, p.Category)
		}
		if !terms.SecondHand {
			a.OnlyNew = append(a.OnlyNew, p.Category)
		}
		for _, key := range FactorKeys(p.Category, terms) {
			keys[key] = true
		}
	}
	for _, list := range []*[]equipment.Category{&a.Unpriced, &a.OnlyNew} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	a.FactorKeys, a.Worthwhile = slices.Sorted(maps.Keys(keys)), worthwhile(all, m.Longer)

	var nothing Measures
	for i := range all {
		a.Today = a.Today.plus(all[i].amounts(nothing, perKWh))
		a.After = a.After.plus(all[i].amounts(m, perKWh))
		a.Change = a.Change.plus(all[i].change(nothing, m, perKWh))
	}
	height := a.Today.Carbon.Value
	for count, kind := range Kinds {
		before, after := m.upTo(count), m.upTo(count+1)
		step := Step{Measure: kind, From: height}
		if before != after {
			for i := range all {
				step.Change = step.Change.plus(all[i].change(before, after, perKWh))
			}
		}
		height += step.Change.Carbon.Value
		step.To = height
		a.Steps = append(a.Steps, step)
	}
	return a, nil
}

// amounts are a year under measures: the change from a fleet that is not there.
func (p *priced) amounts(m Measures, perKWh quantity.Interval[float64]) Amounts {
	return p.between(m, perKWh, func(func(Measures) float64) float64 { return 0 })
}

// change is the year under some measures less that under others.
func (p *priced) change(before, after Measures, perKWh quantity.Interval[float64]) Amounts {
	return p.between(after, perKWh, func(of func(Measures) float64) float64 { return of(before) })
}

// between is a year under measures less what is taken from each of its amounts. An
// amount is linear in each impact, share, price and energy that it depends on, so that
// its least and its greatest value lie where each of them is at an end: every corner is
// tried.
func (p *priced) between(m Measures, perKWh quantity.Interval[float64], less func(of func(Measures) float64) float64) Amounts {
	amount := func(of func(Measures) float64) float64 { return of(m) - less(of) }
	embodied := corners(func(e, share, _ at) float64 {
		return amount(func(m Measures) float64 { return p.embodied(m, p.terms, e, share) })
	})
	use := corners(func(all, unattended, _ at) float64 {
		return amount(func(m Measures) float64 { return drawn(m, p.Use, p.UnattendedUse, all, unattended) })
	})
	energy := corners(func(all, unattended, _ at) float64 {
		return amount(func(m Measures) float64 { return drawn(m, p.Energy, p.Unattended, all, unattended) })
	})
	purchases := corners(func(new, reconditioned, _ at) float64 {
		return amount(func(m Measures) float64 { return p.purchases(m, p.terms, new, reconditioned) })
	})
	electricity := corners(func(all, unattended, price at) float64 {
		return amount(func(m Measures) float64 {
			return drawn(m, p.Energy, p.Unattended, all, unattended) / 1000 * pick(perKWh, price)
		})
	})
	return Amounts{
		Carbon: quantity.As[quantity.Grams](embodied.Plus(use)), Embodied: quantity.As[quantity.Grams](embodied),
		Energy: quantity.As[quantity.WattHours](energy), Money: quantity.As[quantity.Euros](purchases.Plus(electricity)),
		Bought: amount(func(m Measures) float64 { return p.devicesBought(m, p.terms) }),
	}
}

// corners is an amount at the values of what it depends on, and its least and greatest
// with these at their ends.
func corners(of func(a, b, c at) float64) quantity.Interval[float64] {
	v := of(value, value, value)
	i := quantity.Interval[float64]{Low: v, Value: v, High: v}
	for _, a := range ends {
		for _, b := range ends {
			for _, c := range ends {
				at := of(a, b, c)
				i.Low, i.High = math.Min(i.Low, at), math.Max(i.High, at)
			}
		}
	}
	return i
}
