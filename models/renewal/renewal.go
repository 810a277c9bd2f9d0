// Package renewal plans the devices of an owner: which reach their end, which of them
// are repaired, replaced by reconditioned or by new ones, or wait, and what that costs
// in euros and in kgCO2e.
//
// There are two answers, and they are not the same. A [Plan] counts what is bought, by
// school year, under a budget: it is what a vote is about. A [Rate] is the yearly cost
// of going on like that for ever: what is bought a year later is not saved in the plan,
// only later, and is saved in the rate, because a device that serves longer is bought
// less often.
//
// The electricity of devices does not come in: it is that of their category, the same
// for the old, the new and the reconditioned one.
package renewal

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Euros and Mass are amounts within their bounds.
type (
	Euros = quantity.Interval[quantity.Euros]
	Mass  = quantity.Interval[quantity.Grams]
)

// Kind is what a category of devices costs, and how long it serves.
type Kind struct {
	Category equipment.Category             `json:"category"`
	Life     lifespan.Input[quantity.Years] `json:"life_years"`
	Embodied lifespan.Input[quantity.Grams] `json:"embodied_gco2e"`
	Price    lifespan.Input[quantity.Euros] `json:"price_eur"`
	Second   *lifespan.SecondHand           `json:"reconditioned,omitempty"` // nil: none is to be had
	Repair   *lifespan.Repair               `json:"repair,omitempty"`        // nil: nothing is worth repairing
}

// KindOf reads what a category costs from the factors. Of its repairs it takes the
// first, which is the usual one: a battery where there is one.
func KindOf(t *factor.Table, c equipment.Category, territory string, on calendar.Day) (Kind, error) {
	q, err := lifespan.Ask(t, c, 0, territory, on)
	if err != nil {
		return Kind{}, err
	}
	k := Kind{Category: c, Life: q.NewLife, Embodied: q.NewEmbodied, Price: q.NewPrice, Second: q.Reconditioned}
	if len(q.Repairs) > 0 {
		k.Repair = &q.Repairs[0]
	}
	return k, nil
}

// Lot is a number of devices that came into service together.
type Lot struct {
	Category   equipment.Category
	InService  time.Time
	SecondHand bool
	Count      int
}

// Policy is what an owner decides. Its zero replaces each device at its expected end
// by a new one, whatever that costs.
type Policy struct {
	LongerYears   float64 `json:"longer_years"`        // that each device serves beyond its expected life
	Reconditioned float64 `json:"reconditioned_share"` // of the devices that are bought, 0 to 1
	Repaired      float64 `json:"repaired_share"`      // of the devices at their end, once, 0 to 1
	// Budget is the most that a school year may cost; 0: no bound.
	Budget quantity.Euros `json:"budget_eur"`
}

// MostLonger is how many years beyond the expected life a policy may ask for.
const MostLonger = 5

// Check says what in a policy cannot be.
func (p Policy) Check() error {
	var errs []error
	if !(p.LongerYears >= 0 && p.LongerYears <= MostLonger) {
		errs = append(errs, fmt.Errorf("longer_years is %v; want 0 to %d", p.LongerYears, MostLonger))
	}
	for name, share := range map[string]float64{"reconditioned_share": p.Reconditioned, "repaired_share": p.Repaired} {
		if !(share >= 0 && share <= 1) {
			errs = append(errs, fmt.Errorf("%s is %v; want 0 to 1", name, share))
		}
	}
	if !(p.Budget >= 0 && p.Budget <= 1e12) {
		errs = append(errs, fmt.Errorf("budget_eur is %v; want 0 or more", p.Budget))
	}
	return errors.Join(errs...)
}

// Year is what is done in the school year that begins in a calendar year.
type Year struct {
	BeginsIn      int   `json:"begins_in"`
	Due           int   `json:"due"` // at their end, with those that waited
	Repaired      int   `json:"repaired"`
	Reconditioned int   `json:"reconditioned"` // replaced by
	New           int   `json:"new"`           // likewise
	Waiting       int   `json:"waiting"`       // for money: they go on serving
	Money         Euros `json:"money_eur"`
	Carbon        Mass  `json:"carbon_gco2e"` // of making what is bought
	// Bought is what is bought, by category.
	Bought []Bought `json:"bought"`
}

// Bought is how many devices of a category are bought in a year.
type Bought struct {
	Category      equipment.Category `json:"category"`
	New           int                `json:"new"`
	Reconditioned int                `json:"reconditioned"`
	Repaired      int                `json:"repaired"` // parts for as many devices
}

// due is some devices that reach their end at a moment.
type due struct {
	kind     *Kind
	at       time.Time
	count    int
	repaired bool // before: not once more
}

// Plan says what is done in each of some school years, from the one of an instant. In
// each, the devices that waited longest come first; of these the share that is repaired,
// then of the others the share that is bought reconditioned, then new ones, as far as
// the money goes by the central prices. The rest goes on serving until the next year.
// Shares hold over the whole plan: what rounding takes from one year the next one gets.
func Plan(kinds map[equipment.Category]Kind, lots []Lot, p Policy, at time.Time, years int, where *time.Location) []Year {
	first := calendar.SchoolYearOf(calendar.DayOf(at, where))
	queue := make([][]due, years)
	enter := func(d due, since int) {
		i := max(since, calendar.SchoolYearOf(calendar.DayOf(d.at, where))-first)
		if i < years && d.count > 0 {
			queue[i] = append(queue[i], d)
		}
	}
	for _, l := range lots {
		k, known := kinds[l.Category]
		if !known || l.InService.After(at) {
			continue
		}
		life := k.Life.Value
		if l.SecondHand && k.Second != nil {
			life = k.Second.Life.Value
		}
		enter(due{&k, later(l.InService, life, p), l.Count, false}, 0)
	}
	plan, left := make([]Year, years), map[equipment.Category]*rest{}
	for i := range plan {
		y := &plan[i]
		y.BeginsIn = first + i
		slices.SortStableFunc(queue[i], func(a, b due) int { return a.at.Compare(b.at) })
		money := purse{bound: p.Budget > 0, left: float64(p.Budget)}
		// What is bought in a year serves from its last weeks on, when schools buy.
		served := (calendar.SchoolYear(y.BeginsIn).To - 14).Start(where)
		for _, d := range queue[i] {
			r := left[d.kind.Category]
			if r == nil {
				r = &rest{}
				left[d.kind.Category] = r
			}
			done := y.settle(d, p, r, &money)
			enter(due{d.kind, later(served, d.kind.Life.Value, p), done.New, false}, i+1)
			if d.kind.Second != nil {
				enter(due{d.kind, later(served, d.kind.Second.Life.Value, p), done.Reconditioned, false}, i+1)
			}
			if d.kind.Repair != nil {
				enter(due{d.kind, served.Add(duration(d.kind.Repair.Extends.Value)), done.Repaired, true}, i+1)
			}
			d.count -= done.New + done.Reconditioned + done.Repaired
			y.Waiting += d.count
			enter(d, i+1)
		}
		slices.SortFunc(y.Bought, func(a, b Bought) int { return order(a.Category) - order(b.Category) })
	}
	return plan
}

// later is when a device ends that begins at an instant, with a policy.
func later(from time.Time, life quantity.Years, p Policy) time.Time {
	return from.Add(duration(life + quantity.Years(p.LongerYears)))
}

func duration(y quantity.Years) time.Duration {
	return time.Duration(float64(y) * float64(lifespan.Year))
}

// rest is what rounding has kept back, by category.
type rest struct{ repaired, reconditioned float64 }

// whole takes a share of some devices in whole numbers, and keeps the rest for later.
func whole(share float64, count int, kept *float64) int {
	*kept += share * float64(count)
	n := min(count, int(*kept+1e-9))
	*kept -= float64(n)
	return n
}

// purse is the money of a year.
type purse struct {
	bound bool
	left  float64
}

// buy is how many of some things at a price the money is enough for; it is spent.
func (m *purse) buy(count int, price quantity.Euros) int {
	if m.bound && float64(count)*float64(price) > m.left {
		count = int(m.left / float64(price))
	}
	m.left -= float64(count) * float64(price)
	return count
}

// settle repairs and replaces devices that are due, as far as the money goes.
func (y *Year) settle(d due, p Policy, r *rest, money *purse) Bought {
	k := d.kind
	done := Bought{Category: k.Category}
	y.Due += d.count
	replace := d.count
	if k.Repair != nil && !d.repaired {
		mend := whole(p.Repaired, d.count, &r.repaired)
		replace -= mend
		done.Repaired = money.buy(mend, k.Repair.Price.Value)
	}
	if k.Second != nil {
		second := whole(p.Reconditioned, replace, &r.reconditioned)
		replace -= second
		done.Reconditioned = money.buy(second, k.Second.Price.Value)
	}
	done.New = money.buy(replace, k.Price.Value)

	y.Repaired, y.Reconditioned, y.New = y.Repaired+done.Repaired, y.Reconditioned+done.Reconditioned, y.New+done.New
	y.Money = y.Money.Plus(k.Price.Times(float64(done.New)))
	y.Carbon = y.Carbon.Plus(k.Embodied.Times(float64(done.New)))
	if n := float64(done.Reconditioned); n > 0 {
		y.Money = y.Money.Plus(k.Second.Price.Times(n))
		y.Carbon = y.Carbon.Plus(quantity.Product[quantity.Grams](k.Embodied.Interval, k.Second.Share.Interval).Times(n))
	}
	if n := float64(done.Repaired); n > 0 {
		y.Money = y.Money.Plus(k.Repair.Price.Times(n))
		y.Carbon = y.Carbon.Plus(k.Repair.Embodied.Times(n))
	}
	y.count(done)
	return done
}

// count adds to what is bought of a category.
func (y *Year) count(done Bought) {
	if done.New+done.Reconditioned+done.Repaired == 0 {
		return
	}
	i := slices.IndexFunc(y.Bought, func(b Bought) bool { return b.Category == done.Category })
	if i < 0 {
		y.Bought = append(y.Bought, done)
		return
	}
	b := &y.Bought[i]
	b.New, b.Reconditioned, b.Repaired = b.New+done.New, b.Reconditioned+done.Reconditioned, b.Repaired+done.Repaired
}

// order is the place of a category among all.
func order(c equipment.Category) int { return slices.Index(equipment.Categories, c) }
