package lifespan

import (
	"errors"
	"fmt"
	"math"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Input is a number that a decision rests on, with its bounds and where it comes
// from: the key of a factor row, "measured", "entered" or the like.
type Input[T quantity.Unit] struct {
	quantity.Interval[T]
	From string `json:"from"`
}

// Entered is an input that somebody states, for what it is worth.
func Entered[T quantity.Unit](low, value, high T) Input[T] {
	return Input[T]{quantity.Interval[T]{Low: low, Value: value, High: high}, "entered"}
}

// FromRepairs is where a price comes from that was paid for repairs of the like.
const FromRepairs = "repairs recorded"

// Question is whether to keep a device, repair it, or replace it now. Everything
// the answer rests on is in here, to be seen and changed; [Ask] fills it from
// the factors, and [Question.Answer] answers it.
//
// Bounds of an input are taken as those of one number that all choices share: the
// grid is the same whatever is decided, and so is what a new device emits.
type Question struct {
	Intensity   Input[float64] `json:"intensity_g_per_kwh"`
	Electricity Input[float64] `json:"electricity_eur_per_kwh"`
	// Discount is the yearly rate at which later euros count less; 0 for none.
	// Carbon is never discounted: a later tonne warms as much.
	Discount float64 `json:"discount"`
	// HorizonYears is how far the curves reach, and break-even is looked for.
	HorizonYears int `json:"horizon_years"`

	// The device in service. What was emitted and paid for it is the same whatever
	// is decided, and does not come in.
	OldEnergy Input[quantity.WattHours] `json:"old_energy_wh_per_year"`
	OldLife   Input[quantity.Years]     `json:"old_remaining_years"` // without repair

	// The new device: that of the choice to replace, and the one that follows at
	// the end of every other choice.
	NewEnergy   Input[quantity.WattHours] `json:"new_energy_wh_per_year"`
	NewLife     Input[quantity.Years]     `json:"new_life_years"`
	NewEmbodied Input[quantity.Grams]     `json:"new_embodied_gco2e"`
	NewPrice    Input[quantity.Euros]     `json:"new_price_eur"`

	Reconditioned *SecondHand `json:"reconditioned,omitempty"` // nil: there is none to buy
	Repairs       []Repair    `json:"repairs,omitempty"`
}

// SecondHand is a reconditioned device that might be bought instead of a new one.
type SecondHand struct {
	Share Input[float64]        `json:"share"` // of NewEmbodied that it carries
	Price Input[quantity.Euros] `json:"price_eur"`
	Life  Input[quantity.Years] `json:"life_years"`
	// ExtraEnergy is what it uses more than a new one; negative for less.
	ExtraEnergy Input[quantity.WattHours] `json:"extra_energy_wh_per_year"`
}

// Repair is a part that might be fitted to the device in service.
type Repair struct {
	Part     Part                  `json:"part"`
	Embodied Input[quantity.Grams] `json:"embodied_gco2e"`
	Price    Input[quantity.Euros] `json:"price_eur"`
	Extends  Input[quantity.Years] `json:"extends_years"`
	// ExtraEnergy is what the device uses more with the part; negative for less.
	ExtraEnergy Input[quantity.WattHours] `json:"extra_energy_wh_per_year"`
}

// usualHorizon holds the life of a new device after the rest of an old one's.
const usualHorizon = 10 // years

// repairsOf are the parts that are worth thinking of in a category.
func repairsOf(c equipment.Category) []Part {
	switch c {
	case equipment.Laptop:
		return []Part{Battery, SSD, Memory}
	case equipment.Desktop, equipment.Server, equipment.ThinClient:
		return []Part{SSD, Memory}
	case equipment.Tablet, equipment.Smartphone:
		return []Part{Battery, Screen}
	}
	return nil
}

// Ask fills a question for a device of a category and an age, in a territory on a
// day, from the factors. The remaining life is the expected life less the age, and
// for a device that works beyond it what the row lifetime.past_expected says;
// [Curve.RemainingLife] of the fleet itself is better. Both lives come from one
// row, but how long this device lasts says little of the next, so they are taken
// as different numbers. Energy is the category's, for both: put in what was
// measured of the old device.
func Ask(t *factor.Table, c equipment.Category, age quantity.Years, region string, on calendar.Day) (Question, error) {
	a := asker{t: t}
	q := Question{HorizonYears: usualHorizon}
	intensity, err := grid.Intensity(t, region, on)
	if err != nil {
		return Question{}, err
	}
	q.Intensity = Input[float64]{intensity.Bounds(), intensity.Key}
	q.Electricity = ask[float64](&a, "price.electricity", 1)
	q.NewEnergy = ask[quantity.WattHours](&a, "use."+string(c), 1000)
	q.OldEnergy = q.NewEnergy
	q.NewLife = ask[quantity.Years](&a, "lifetime."+string(c), 1)
	q.NewEmbodied = ask[quantity.Grams](&a, "embodied."+string(c), 1000)
	q.NewPrice = ask[quantity.Euros](&a, "price."+string(c), 1)
	if q.OldLife, err = Left(t, c, New, age); err != nil && a.err == nil {
		a.err = err
	}

	rules, err := RulesFor(t, c)
	if err != nil {
		return Question{}, err
	}
	if rules.SecondLife != (Span{}) {
		q.Reconditioned = &SecondHand{
			Share:       Input[float64]{rules.shareCarried(Origin{How: Reconditioned}), "reconditioned.share." + string(c)},
			Price:       ask[quantity.Euros](&a, "price.reconditioned."+string(c), 1),
			Life:        Input[quantity.Years]{rules.SecondLife, "lifetime.second." + string(c)},
			ExtraEnergy: Input[quantity.WattHours]{From: "as a new one"},
		}
	}
	for _, p := range repairsOf(c) {
		q.Repairs = append(q.Repairs, Repair{
			Part:        p,
			Embodied:    ask[quantity.Grams](&a, "part."+string(p), 1000),
			Price:       ask[quantity.Euros](&a, "price.part."+string(p), 1),
			Extends:     ask[quantity.Years](&a, "lifetime.added."+string(p), 1),
			ExtraEnergy: Input[quantity.WattHours]{From: "as before"},
		})
	}
	if a.err != nil {
		return Question{}, fmt.Errorf("cannot ask whether to keep a %s: %w", c, a.err)
	}
	return q, nil
}

// asker keeps the first row that is missing.
type asker struct {
	t   *factor.Table
	err error
}

// ask reads a row as an input, in a unit of which the row's has per.
func ask[T quantity.Unit](a *asker, key string, per float64) Input[T] {
	row, err := bounds[T](a.t, key)
	if err != nil && a.err == nil {
		a.err = err
	}
	return Input[T]{row.Times(per), key}
}

// check tells everything that is wrong with the question.
func (q Question) check() error {
	p := &problems{}
	checkInput(p, "intensity", q.Intensity, 0)
	checkInput(p, "electricity", q.Electricity, 0)
	checkInput(p, "old energy", q.OldEnergy, 0)
	checkInput(p, "old remaining life", q.OldLife, 0)
	checkInput(p, "new energy", q.NewEnergy, 0)
	checkInput(p, "new embodied", q.NewEmbodied, 0)
	checkInput(p, "new price", q.NewPrice, 0)
	checkInput(p, "new life", q.NewLife, shortestLife)
	if s := q.Reconditioned; s != nil {
		checkInput(p, "reconditioned share", s.Share, 0)
		checkInput(p, "reconditioned price", s.Price, 0)
		checkInput(p, "reconditioned life", s.Life, 0)
		checkInput(p, "reconditioned extra energy", s.ExtraEnergy, -q.NewEnergy.Low)
	}
	for _, r := range q.Repairs {
		checkInput(p, string(r.Part)+" embodied", r.Embodied, 0)
		checkInput(p, string(r.Part)+" price", r.Price, 0)
		checkInput(p, string(r.Part)+" added life", r.Extends, 0)
		checkInput(p, string(r.Part)+" extra energy", r.ExtraEnergy, -q.OldEnergy.Low)
	}
	if !(q.Discount >= 0 && q.Discount < 1) {
		p.add("discount is %v; want a yearly rate from 0 to below 1", q.Discount)
	}
	if q.HorizonYears < 1 || q.HorizonYears > longestLife {
		p.add("horizon is %d years; want 1 to %d", q.HorizonYears, longestLife)
	}
	return errors.Join(p.errs...)
}

// shortestLife keeps the yearly rate of a new device within reason.
const shortestLife = 0.25 // years

type problems struct{ errs []error }

func (p *problems) add(format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf(format, args...))
}

func checkInput[T quantity.Unit](p *problems, name string, in Input[T], least T) {
	if !(least <= in.Low && in.Low <= in.Value && in.Value <= in.High && float64(in.High) <= math.MaxFloat64) {
		p.add("%s is %v to %v, value %v: they must rise from at least %v", name, in.Low, in.High, in.Value, least)
	}
}
