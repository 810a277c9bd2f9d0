package lifespan

import (
	"fmt"
	"math"

	"github.com/ecoparc/ecoparc/models/quantity"
)

// Verdict is what to do with a device.
type Verdict string

// Undecided is a full answer: no difference that the data can show.
const (
	Keep      Verdict = "keep"
	Replace   Verdict = "replace" // by a new or a reconditioned device
	Mend      Verdict = "repair"
	Undecided Verdict = "undecided"
)

// Answer tells what each choice costs, in kgCO2e and in euros.
type Answer struct {
	Carbon Weighing[quantity.Grams] `json:"carbon_gco2e"`
	Money  Weighing[quantity.Euros] `json:"money_eur"`
	// Verdict is that of both criteria where they agree, or of the one that is
	// decided; undecided where neither is, and where they contradict each other.
	Verdict Verdict `json:"verdict"`
}

// Weighing is the answer by one criterion.
type Weighing[T quantity.Unit] struct {
	Choices []Weighed[T] `json:"choices"` // keeping first
	Verdict Verdict      `json:"verdict"`
	// Best is the choice with the lowest cost, and AsGood names those that the data
	// cannot tell from it. The verdict is undecided where one of these would have
	// something else be done.
	Best   string   `json:"best"`
	AsGood []string `json:"as_good,omitempty"`
}

// Weighed is what one choice costs. Intervals hold every value that the inputs
// allow; a positive difference means that the choice costs more than keeping.
type Weighed[T quantity.Unit] struct {
	Name string  `json:"name"` // "keep", "new", "reconditioned", "battery", ...
	Kind Verdict `json:"kind"`
	// Cumulative is the cost from now to the end of each year of the horizon; the
	// first is now. Difference is the same less that of keeping.
	Cumulative []quantity.Interval[T] `json:"cumulative"`
	Difference []quantity.Interval[T] `json:"difference"`
	// Total is the difference once both have come to the same point: a new device
	// in service, whose cost is counted by the year. Over is after how long; PerYear
	// is Total by year of it.
	Total     quantity.Interval[T] `json:"total"`
	Over      quantity.Years       `json:"over_years"`
	PerYear   quantity.Interval[T] `json:"per_year"`
	BreakEven BreakEven            `json:"break_even"`
}

// BreakEven is the first year (1 is the coming one) at whose end a choice has paid
// back against keeping, and stays so to the end of the horizon; 0 is never within
// the horizon. Earliest is by the inputs that favour the choice most, Latest by
// those that favour it least.
type BreakEven struct {
	Earliest int `json:"earliest"`
	Year     int `json:"year"`
	Latest   int `json:"latest"`
}

// Answer weighs the choices.
//
// What a choice emits or costs at once is counted at once: a new device, its
// share of one for a reconditioned, a part. Then follow the energy of the device,
// and after its life a new device in every choice, counted by the year of its
// service as amortisation does (euros as the annuity of its price). So replacing
// early is charged with the years of service that it gives up:
//
//	total(new) - total(keep) = remaining life x (embodied / life + new use - old use)
//
// Without the last device's years being counted, any choice would pay back on the
// day the other has to buy. The error says what in the question cannot be.
func (q Question) Answer() (Answer, error) {
	if err := q.check(); err != nil {
		return Answer{}, fmt.Errorf("cannot weigh keep or replace: %w", err)
	}
	carbon := q.scale(q.Intensity.Interval, 0)
	carbon.newCost = plain(q.NewEmbodied)
	money := q.scale(q.Electricity.Interval, q.Discount)
	money.newCost = plain(q.NewPrice)
	a := Answer{
		Carbon: weigh[quantity.Grams](&carbon, q.choices(inCarbon), q.HorizonYears),
		Money:  weigh[quantity.Euros](&money, q.choices(inMoney), q.HorizonYears),
	}
	a.Verdict = together(a.Carbon.Verdict, a.Money.Verdict)
	return a, nil
}

func together(a, b Verdict) Verdict {
	switch {
	case a == b || b == Undecided:
		return a
	case a == Undecided:
		return b
	}
	return Undecided
}

func (q Question) scale(perKWh real, discount float64) scale {
	return scale{
		perWh: perKWh.Times(1. / 1000), oldEnergy: plain(q.OldEnergy), energy: plain(q.NewEnergy),
		newLife: plain(q.NewLife), oldLife: plain(q.OldLife), discountContinuous: math.Log1p(discount),
	}
}

// costs say what the choices cost at once by one criterion.
type costs struct {
	secondHand func(*SecondHand) (share, own real)
	repair     func(Repair) real
}

var (
	inCarbon = costs{
		func(s *SecondHand) (share, own real) { return plain(s.Share), real{} },
		func(r Repair) real { return plain(r.Embodied) },
	}
	inMoney = costs{
		func(s *SecondHand) (share, own real) { return real{}, plain(s.Price) },
		func(r Repair) real { return plain(r.Price) },
	}
)

// choices are keeping, then every other.
func (q Question) choices(by costs) []choice {
	choices := []choice{
		{name: "keep", kind: Keep, usesOld: true, lifeIs: onOld},
		{name: "new", kind: Replace, share: quantity.Exactly(1.0), usesNew: true, lifeIs: asLong},
	}
	if s := q.Reconditioned; s != nil {
		c := choice{name: "reconditioned", kind: Replace, usesNew: true, extra: plain(s.ExtraEnergy), life: plain(s.Life)}
		c.share, c.own = by.secondHand(s)
		choices = append(choices, c)
	}
	for _, r := range q.Repairs {
		choices = append(choices, choice{
			name: string(r.Part), kind: Mend, own: by.repair(r),
			usesOld: true, extra: plain(r.ExtraEnergy), life: plain(r.Extends), lifeIs: onOld,
		})
	}
	return choices
}

func plain[T quantity.Unit](in Input[T]) real { return quantity.As[float64](in.Interval) }

func weigh[T quantity.Unit](s *scale, choices []choice, horizon int) Weighing[T] {
	var w Weighing[T]
	keep := &choices[0]
	end := s.merged(choices, func(i real) float64 { return i.High })
	best, lowest := 0, math.Inf(1)
	for i := range choices {
		c := &choices[i]
		over := s.merged([]choice{*c, *keep}, func(i real) float64 { return i.Value })
		row := Weighed[T]{Name: c.name, Kind: c.kind, Over: quantity.Years(over)}
		for year := range horizon + 1 {
			row.Cumulative = append(row.Cumulative, quantity.As[T](s.difference(c, nothing(), float64(year))))
			d := real{}
			if i > 0 {
				d = s.difference(c, keep, float64(year))
			}
			row.Difference = append(row.Difference, quantity.As[T](d))
		}
		total := real{}
		if i > 0 {
			total = s.difference(c, keep, end)
			row.BreakEven = breakEven(row.Difference)
		}
		row.Total = quantity.As[T](total)
		if over > 0 {
			row.PerYear = quantity.As[T](total.Times(1 / over))
		}
		if total.Value < lowest-rounding { // keeping comes first where nothing differs
			best, lowest = i, total.Value
		}
		w.Choices = append(w.Choices, row)
	}
	w.Best, w.Verdict = choices[best].name, choices[best].kind
	for i := range choices {
		c := &choices[i]
		if i == best || s.difference(c, &choices[best], end).Low > rounding {
			continue
		}
		w.AsGood = append(w.AsGood, c.name)
		if c.kind != choices[best].kind {
			w.Verdict = Undecided
		}
	}
	return w
}

// rounding is a difference that is none, in grams or euros.
const rounding = 1e-6

// breakEven reads the years off the differences.
func breakEven[T quantity.Unit](differences []quantity.Interval[T]) BreakEven {
	first := func(of func(quantity.Interval[T]) T) int {
		year := 0
		for y := len(differences) - 1; y > 0 && of(differences[y]) <= rounding; y-- {
			year = y
		}
		return year
	}
	return BreakEven{
		Earliest: first(func(i quantity.Interval[T]) T { return i.Low }),
		Year:     first(func(i quantity.Interval[T]) T { return i.Value }),
		Latest:   first(func(i quantity.Interval[T]) T { return i.High }),
	}
}
