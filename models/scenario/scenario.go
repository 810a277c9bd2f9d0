// Package scenario answers "what if?": what a fleet would emit and cost in a year were
// its devices fewer, kept longer, bought reconditioned, or switched off at night.
//
// It compares two steady states: the fleet as it is, whose devices are replaced one by
// one as they reach their end, and the same fleet under the measures. It is no forecast
// of a year: longer lives show in purchases once devices reach what was their end.
//
// For each category, in a year,
//
//	bought   = n / ((1 - r) x life + r x second life)
//	embodied = bought x e x ((1 - r) + r x s) + spare parts
//	use      = (energy - q x unattended energy) x carbon intensity
//	money    = bought x ((1 - r) x new price + r x reconditioned price) + energy x price of a kWh
//
// with n devices, e the embodied impact of one, r the share of what is bought new today
// that is bought reconditioned instead, s the share of e that a reconditioned device
// brings to its owner, q the share of devices that are switched off when nobody is
// there, and all of it times 1 - f, where a share f of the devices is done without. Both
// lives grow by the years that devices are kept longer. life is max(expected life, age)
// of the devices in service, as in package footprint; s, second life and prices are the
// factor rows reconditioned.*, lifetime.second.*, price.* (their sources stand there).
// What is bought second hand today stays so. Lives are conventions of the account, as in
// package footprint: they move a value and do not widen its interval. [Answer.Worthwhile]
// says how long a reconditioned device has to serve for the climate to gain.
//
// The spare parts are those that were fitted already, as package footprint spreads them.
// Not counted: the further repairs that longer lives ask for, and that newer devices may use
// less electricity.
package scenario

import (
	"fmt"
	"math"
	"time"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Longest is by how many years devices may be kept longer.
const Longest = 4

// MostFewer is the largest share of the devices that may be done without.
const MostFewer = 0.5

// Measures are what somebody thinks of doing; the zero value is nothing.
type Measures struct {
	Fewer         float64 `json:"fewer_share"`         // of the devices that are done without, 0 to MostFewer
	Longer        int     `json:"longer_years"`        // that devices are kept, 0 to Longest
	Reconditioned float64 `json:"reconditioned_share"` // of what is bought new today, 0 to 1
	OffAtNight    float64 `json:"off_at_night_share"`  // of the devices, 0 to 1
}

// Check says which measure cannot be.
func (m Measures) Check() error {
	share := func(v, most float64) bool { return v >= 0 && v <= most }
	switch {
	case !share(m.Fewer, MostFewer):
		return fmt.Errorf("fewer is %v; a share from 0 to %v is allowed", m.Fewer, MostFewer)
	case m.Longer < 0 || m.Longer > Longest:
		return fmt.Errorf("longer is %d years; 0 to %d are allowed", m.Longer, Longest)
	case !share(m.Reconditioned, 1):
		return fmt.Errorf("reconditioned is %v; a share from 0 to 1 is allowed", m.Reconditioned)
	case !share(m.OffAtNight, 1):
		return fmt.Errorf("off at night is %v; a share from 0 to 1 is allowed", m.OffAtNight)
	}
	return nil
}

// Part is what a scenario needs to know of the devices of a category.
type Part struct {
	Category equipment.Category `json:"category"`
	Pupils   bool               `json:"of_pupils"` // whose number is known
	// New and SecondHand are what it takes to keep up the devices that were new, or
	// second hand, when they came, kept 0 to Longest years longer.
	New        [Longest + 1]footprint.Renewal `json:"new"`
	SecondHand [Longest + 1]footprint.Renewal `json:"second_hand"`
	// Repaired is a year's share of the spare parts that were fitted to the devices.
	Repaired footprint.Mass `json:"parts_gco2e_per_year"`
	// Energy and Use are of a year; Unattended is the energy drawn while nobody is
	// there, beyond what is drawn switched off, and UnattendedUse what that emits.
	Energy        footprint.Energy `json:"energy_wh"`
	Use           footprint.Mass   `json:"use_gco2e"`
	Unattended    footprint.Energy `json:"unattended_wh"`
	UnattendedUse footprint.Mass   `json:"unattended_gco2e"`
	// ByHour tells that Unattended is of the hours that devices ran; otherwise these are
	// not known, and only bounds are.
	ByHour bool `json:"by_hour"`
}

// Plus adds other devices of the category.
func (p Part) Plus(o Part) Part {
	for years := range p.New {
		p.New[years] = p.New[years].Plus(o.New[years])
		p.SecondHand[years] = p.SecondHand[years].Plus(o.SecondHand[years])
	}
	p.ByHour = p.ByHour && o.ByHour
	p.Repaired = p.Repaired.Plus(o.Repaired)
	p.Energy, p.Use = p.Energy.Plus(o.Energy), p.Use.Plus(o.Use)
	p.Unattended, p.UnattendedUse = p.Unattended.Plus(o.Unattended), p.UnattendedUse.Plus(o.UnattendedUse)
	return p
}

// Devices is how many are in service.
func (p Part) Devices() float64 { return p.New[0].Devices + p.SecondHand[0].Devices }

// Terms are what a category's devices cost, and what it means to buy them
// reconditioned.
type Terms struct {
	// SecondHand tells whether the category has factors for reconditioned devices;
	// without, Share and SecondLife are zero, and none are bought.
	SecondHand bool                       `json:"second_hand"`
	Share      quantity.Interval[float64] `json:"share"` // of a new one's embodied impact
	SecondLife quantity.Years             `json:"second_life_years"`
	// Priced tells whether the category has prices; without, its purchases are in no
	// amount of money.
	Priced        bool                       `json:"priced"`
	Price         quantity.Interval[float64] `json:"price_eur"`
	Reconditioned quantity.Interval[float64] `json:"price_reconditioned_eur"`
}

// TermsOf reads the terms of a category.
func TermsOf(t *factor.Table, c equipment.Category) (Terms, error) {
	rules, err := lifespan.RulesFor(t, c)
	if err != nil {
		return Terms{}, err
	}
	var terms Terms
	if share, err := rules.CarriedShare(lifespan.Origin{How: lifespan.Reconditioned}); err == nil {
		terms.SecondHand, terms.Share, terms.SecondLife = true, share, rules.SecondLife.Value
	}
	price, err := t.Find("price."+string(c), "", time.Time{})
	if err != nil {
		return terms, nil // a category that nobody has priced
	}
	terms.Priced, terms.Price = true, price.Bounds()
	if terms.SecondHand {
		row, err := t.Find("price.reconditioned."+string(c), "", time.Time{})
		if err != nil {
			return Terms{}, err
		}
		terms.Reconditioned = row.Bounds()
	}
	return terms, nil
}

// FactorKeys are the keys of the rows behind the terms of a category, and of the
// price of electricity.
func FactorKeys(c equipment.Category, t Terms) []string {
	var keys []string
	if t.SecondHand {
		keys = append(keys, "reconditioned.share."+string(c), "reconditioned.first_life", "lifetime.second."+string(c))
	}
	if t.Priced {
		keys = append(keys, "price."+string(c))
	}
	if t.Priced && t.SecondHand {
		keys = append(keys, "price.reconditioned."+string(c))
	}
	return keys
}

// electricityPrice is the row of what a kWh costs.
const electricityPrice = "price.electricity"

// bought is how many devices are bought in a year in the place of those that were new.
func (p *Part) bought(m Measures, t Terms) float64 {
	of, r := p.New[m.Longer], m.reconditioned(t)
	if of.Bought == 0 {
		return 0
	}
	life := of.Devices / of.Bought
	return of.Devices / ((1-r)*life + r*(float64(t.SecondLife)+float64(m.Longer)))
}

// reconditioned is the share that the measures have bought reconditioned.
func (m Measures) reconditioned(t Terms) float64 {
	if !t.SecondHand {
		return 0
	}
	return m.Reconditioned
}

// at is one end of an interval, or its value.
type at int

const (
	low at = iota
	value
	high
)

var ends = [...]at{low, high}

func pick[T quantity.Unit](i quantity.Interval[T], a at) float64 {
	return float64([...]T{i.Low, i.Value, i.High}[a])
}

// embodied is what making the devices of a year emits, in g, for ends of the embodied
// impact and of the share of it that reconditioned devices bring.
func (p *Part) embodied(m Measures, t Terms, e, share at) float64 {
	r, sum := m.reconditioned(t), pick(p.SecondHand[m.Longer].Embodied, e)+pick(p.Repaired, e)
	if of := p.New[m.Longer]; of.Bought > 0 {
		one := pick(of.Embodied, e) / of.Bought
		sum += p.bought(m, t) * one * ((1 - r) + r*pick(t.Share, share))
	}
	return (1 - m.Fewer) * sum
}

// purchases is what the devices of a year cost, in euros.
func (p *Part) purchases(m Measures, t Terms, new, reconditioned at) float64 {
	if !t.Priced {
		return 0
	}
	r, again := m.reconditioned(t), pick(t.Price, new)
	if t.SecondHand {
		again = pick(t.Reconditioned, reconditioned)
	}
	sum := p.bought(m, t) * ((1-r)*pick(t.Price, new) + r*again)
	return (1 - m.Fewer) * (sum + p.SecondHand[m.Longer].Bought*again)
}

// devicesBought is how many devices are bought in a year.
func (p *Part) devicesBought(m Measures, t Terms) float64 {
	return (1 - m.Fewer) * (p.bought(m, t) + p.SecondHand[m.Longer].Bought)
}

// drawn is what is drawn of a yearly amount of which some is drawn while nobody is
// there, for ends of both.
func drawn[T quantity.Unit](m Measures, all, unattended quantity.Interval[T], a, u at) float64 {
	whole := pick(all, a)
	return (1 - m.Fewer) * (whole - m.OffAtNight*math.Min(whole, pick(unattended, u)))
}
