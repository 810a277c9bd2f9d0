package estimate

import (
	"fmt"
	"math"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/maker"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// ByMethod are the figures of one device by one method of embodied impacts.
type ByMethod struct {
	Method impact.Method `json:"method"`
	// Unavailable says why the method has no value; then all amounts are nil.
	Unavailable string `json:"unavailable,omitempty"`
	// New is what making a new device emits: manufacture, distribution, end of life.
	New *footprint.Mass `json:"embodied_new_gco2e"`
	// Carried is the part of it that falls to this owner, with reconditioning and
	// with the parts that were fitted.
	Carried *footprint.Mass `json:"embodied_carried_gco2e"`
	// Year is one year; Lifetime is the span that impacts are spread over, on today's
	// electricity.
	Year     *Emitted `json:"per_year"`
	Lifetime *Emitted `json:"over_life"`
	// Steps are those of the life cycle, over the same span.
	Steps []Step `json:"steps"`
	// Amortised and Remaining are the account of Carried on the day; nil where
	// nobody says when the device was bought.
	Amortised *footprint.Mass `json:"amortised_gco2e"`
	Remaining *footprint.Mass `json:"remaining_gco2e"`
	// Compared is nil for a method that has no value of the reference.
	Compared *Compared `json:"reference"`
	// Prediction is what impact.Maker rests on: looked up or predicted, and from
	// which products; Source is the collection they are in.
	Prediction *maker.Prediction `json:"prediction,omitempty"`
	Source     *factor.Source    `json:"prediction_source,omitempty"`
}

// Emitted is a footprint in its two parts.
type Emitted struct {
	Use      footprint.Mass `json:"use_gco2e"`
	Embodied footprint.Mass `json:"embodied_gco2e"`
	Total    footprint.Mass `json:"total_gco2e"`
	// From are shares that add up to 1.
	From     footprint.Provenance `json:"from"`
	massFrom footprint.Provenance
}

func emitted(use, embodied footprint.Mass, massFrom footprint.Provenance) *Emitted {
	return &Emitted{Use: use, Embodied: embodied, Total: use.Plus(embodied), From: massFrom.Shares(), massFrom: massFrom}
}

// Step is a step of the life cycle of one device, over the span.
type Step struct {
	Name impact.Step `json:"step"`
	// Amount is nil where the source does not tell the steps apart.
	Amount *footprint.Mass `json:"gco2e"`
}

// Steps beside those of ADEME's method, for devices that have them.
const (
	Reconditioning impact.Step = "reconditioning"
	PartsFitted    impact.Step = "parts"
)

// Compared is the footprint of a year beside that of the reference equipment.
type Compared struct {
	Profile     string `json:"profile"`
	Provisional bool   `json:"provisional"`
	Override    bool   `json:"override,omitempty"`
	// Per is "pupil" where it is known how many the devices serve, else "device".
	Per       string         `json:"per"`
	Devices   footprint.Mass `json:"devices_gco2e_per_year"`
	Reference footprint.Mass `json:"reference_gco2e_per_year"`
	profile.Comparison
}

// life is what does not depend on the method.
type life struct {
	rules    lifespan.Rules
	origin   lifespan.Origin
	expected lifespan.Span // with this owner, without parts
	events   []lifespan.Event
	parts    lifespan.Mass
	age      quantity.Years // 0 where it is not known
}

func (x *estimation) lifeOf() (life, error) {
	d, c := &x.d, string(x.d.Category)
	rules, err := lifespan.RulesFor(x.rows.table, d.Category)
	if err != nil {
		return life{}, err
	}
	l := life{rules: rules, origin: lifespan.Origin{How: d.Acquisition, FirstLife: quantity.Exactly(d.FirstLife)}}
	if l.origin.How == "" {
		l.origin.How = lifespan.New
	}
	second := l.origin.How.SecondHand()
	if second {
		if _, err := rules.Carried(l.origin); err != nil {
			return life{}, Problem{"acquisition", err.Error()}
		}
		if d.FirstLife == 0 {
			x.rows.note("reconditioned.first_life")
		} else {
			x.rows.note("lifetime." + c) // of which it is a share
		}
		if l.origin.How == lifespan.Reconditioned {
			x.rows.note("reconditioned.share." + c)
		}
	}
	switch {
	case d.ExpectedLife > 0:
		l.expected = quantity.Exactly(d.ExpectedLife)
	case second:
		x.rows.note("lifetime.second." + c)
		l.expected = rules.SecondLife
	default:
		row, err := x.rows.find("lifetime." + c)
		if err != nil {
			return life{}, err
		}
		l.expected = quantity.As[quantity.Years](row.Bounds())
	}
	if d.Bought != 0 {
		l.age = quantity.Years(lifespan.Years(x.day.UTC().Sub(d.Bought.Time())))
		x.out.Age = &l.age
	}
	for _, p := range d.Parts {
		f, err := lifespan.PartFactorsOf(x.rows.table, p.Part)
		if err != nil {
			return life{}, err
		}
		x.rows.note("part."+string(p.Part), "lifetime.added."+string(p.Part))
		l.events = append(l.events, f.Fitted(p.Part, p.On.Time()))
		l.parts = l.parts.Plus(f.Embodied)
	}
	x.out.Life = l.expected.Value
	if len(l.events) > 0 {
		// The book knows when a life ends that parts have made longer.
		b, err := lifespan.Life{InService: d.Bought.Time(), Carried: l.parts, Expected: l.expected.Value, Events: l.events}.Book()
		if err != nil {
			return life{}, err
		}
		x.out.Life = quantity.Years(lifespan.Years(b.Ends().Sub(d.Bought.Time())))
	}
	x.out.Span = max(x.out.Life, l.age)
	return l, nil
}

// carried is the part of an amount of a new device that falls to this owner.
func (l life) carried(whole lifespan.Mass, reconditioning bool) (lifespan.Mass, error) {
	r := l.rules
	r.Embodied = whole
	if !reconditioning {
		r.Reconditioning = quantity.Interval[float64]{}
	}
	return r.Carried(l.origin)
}

func (x *estimation) byMethod(m impact.Method, l life) (ByMethod, error) {
	by := ByMethod{Method: m}
	made := x.class.MadeBy(m, x.spec.Year)
	if !made.Available {
		by.Unavailable = fmt.Sprintf("no maker has published the footprint of a %s", x.d.Category)
		return by, nil
	}
	if m == impact.ADEME {
		x.rows.note("embodied." + string(x.d.Category))
	}
	if by.Prediction = made.Prediction; by.Prediction != nil {
		if source, ok := x.rows.table.Source("boavizta-footprints"); ok {
			by.Source = &source
		}
	}
	device, err := l.carried(made.Embodied, true)
	if err != nil {
		return ByMethod{}, Problem{"acquisition", err.Error()}
	}
	carried := device.Plus(l.parts)
	by.New, by.Carried = &made.Embodied, &carried

	span := float64(x.out.Span)
	use := grid.Emissions(x.out.Energy.Year, x.intensity)
	share := lifespan.Share(lifespan.Year, float64(l.age), float64(x.out.Life)) // of a whole year
	embodied := carried.Times(share)
	from := scaled(x.out.Energy.From, float64(use.Value))
	if by.Prediction != nil {
		from.Modelled += float64(device.Value) * share
		from.Assumed += float64(l.parts.Value) * share
	} else {
		from.Assumed += float64(embodied.Value)
	}
	by.Year = emitted(use, embodied, from)
	by.Lifetime = emitted(use.Times(span), embodied.Times(span), scaled(from, span))
	if by.Steps, err = x.steps(m, l, made.Embodied, by.Lifetime.Use); err != nil {
		return ByMethod{}, err
	}
	if m == impact.ADEME {
		by.Compared = x.compare(by.Year.Total)
	}
	return by, x.account(&by, l, device)
}

func scaled(p footprint.Provenance, k float64) footprint.Provenance {
	return footprint.Figure{MassFrom: p}.Times(k).MassFrom
}

// account books the embodied impact up to the day.
func (x *estimation) account(by *ByMethod, l life, device lifespan.Mass) error {
	if x.d.Bought == 0 {
		return nil
	}
	book, err := lifespan.Life{InService: x.d.Bought.Time(), Carried: device, Expected: l.expected.Value, Events: l.events}.Book()
	if err != nil {
		return err
	}
	day := x.day.UTC().Add(1) // with what is fitted on the day itself
	amortised, remaining := book.Before(day), book.Remaining(day)
	// What is left of nothing is the rounding of three subtractions.
	remaining.Low, remaining.High = min(remaining.Low, remaining.Value), max(remaining.High, remaining.Value)
	by.Amortised, by.Remaining = &amortised, &remaining
	return nil
}

// stepsAgree is how far the sum of the steps may be from the embodied impact they
// are steps of: they are published with three digits.
const stepsAgree = 0.01

// steps are those of the method's source, where it tells them apart.
func (x *estimation) steps(m impact.Method, l life, whole, use lifespan.Mass) ([]Step, error) {
	rows := map[impact.Step]*factor.Row{}
	var sum quantity.Grams
	for _, s := range impact.Steps {
		row, err := impact.OfStep(x.rows.table, x.d.Category, s)
		if s != impact.Use && err == nil {
			rows[s] = row
			sum += impact.Grams(row).Value
		}
	}
	// Steps of another source than the embodied impact's, as when an administrator
	// set his own, are not its steps.
	known := m == impact.ADEME && math.Abs(float64(sum-whole.Value)) <= stepsAgree*float64(whole.Value)
	var steps []Step
	for _, s := range impact.Steps {
		step := Step{Name: s}
		if s == impact.Use {
			step.Amount = &use
		} else if row := rows[s]; known && row != nil {
			x.rows.add(row)
			amount, err := l.carried(impact.Grams(row), false)
			if err != nil {
				return nil, err
			}
			step.Amount = &amount
		}
		steps = append(steps, step)
	}
	if l.origin.How == lifespan.Reconditioned {
		amount := quantity.Product[quantity.Grams](whole, l.rules.Reconditioning)
		steps = append(steps, Step{Reconditioning, &amount})
	}
	if len(l.events) > 0 {
		steps = append(steps, Step{PartsFitted, &l.parts})
	}
	return steps, nil
}

// compare sets a year beside the reference, by pupil where it is known how many the
// devices serve.
func (x *estimation) compare(year footprint.Mass) *Compared {
	p := &x.reference.Profile
	x.noteReference(p.Keys()...)
	c := &Compared{Profile: p.Key, Provisional: p.Provisional, Override: p.Override, Per: "device", Devices: year, Reference: x.reference.Yearly.Total()}
	if x.d.Pupils > 0 {
		c.Per, c.Devices = "pupil", year.Times(float64(x.d.Devices())/x.d.Pupils)
	}
	c.Comparison = profile.Compare(c.Devices, c.Reference)
	return c
}

// noteReference names rows of the reference, which holds on a day.
func (x *estimation) noteReference(keys ...string) {
	for _, key := range keys {
		if row, err := x.rows.table.Find(key, "", x.day.UTC()); err == nil {
			x.rows.add(row)
		}
	}
}

// Keep is a question and its answer.
type Keep struct {
	// Method is that of the embodied impacts in it.
	Method   impact.Method     `json:"method"`
	Question lifespan.Question `json:"question"`
	Answer   lifespan.Answer   `json:"answer"`
}

// keep asks whether to keep the device, by the first method that was asked for.
func (x *estimation) keep(l life) (*Keep, error) {
	if x.d.Bought == 0 {
		return nil, Problem{"bought", "is needed: the answer depends on the age"}
	}
	by := &x.out.Methods[0]
	if by.New == nil {
		x.note("Keep or replace: method %s has no value for a %s.", by.Method, x.d.Category)
		return nil, nil
	}
	q, err := lifespan.Ask(x.rows.table, x.d.Category, l.age, x.d.Territory, calendar.Day(x.out.Day))
	if err != nil {
		return nil, err
	}
	past, err := x.rows.find("lifetime.past_expected")
	if err != nil {
		return nil, err
	}
	q.OldEnergy.Interval = x.out.Energy.Year
	q.OldEnergy.From = x.out.Energy.How
	if q.NewEnergy.Interval, q.NewEnergy.From, err = x.successor(); err != nil {
		return nil, err
	}
	if by.Method == impact.Maker {
		q.NewEmbodied = lifespan.Input[quantity.Grams]{Interval: *by.New, From: "method maker, for a device like this one"}
	}
	added := x.out.Life - l.expected.Value
	left := func(expected quantity.Years, atLeast float64) quantity.Years {
		return max(expected+added-l.age, quantity.Years(atLeast))
	}
	old := lifespan.Span{Low: left(l.expected.Low, past.Low), Value: left(l.expected.Value, past.Value), High: left(l.expected.High, past.High)}
	if old != q.OldLife.Interval {
		q.OldLife = lifespan.Input[quantity.Years]{Interval: old, From: "the life expected with this owner less age"}
	}
	x.noteQuestion(&q)
	answer, err := q.Answer()
	if err != nil {
		return nil, err
	}
	return &Keep{by.Method, q, answer}, nil
}

// noteQuestion names the rows that the question rests on; what is not a row's key
// is in no table.
func (x *estimation) noteQuestion(q *lifespan.Question) {
	x.rows.note(q.Electricity.From, q.NewEnergy.From, q.NewLife.From, q.NewEmbodied.From, q.NewPrice.From)
	if s := q.Reconditioned; s != nil {
		x.rows.note(s.Share.From, "reconditioned.first_life", s.Price.From, s.Life.From)
	}
	for _, r := range q.Repairs {
		x.rows.note(r.Embodied.From, r.Price.From, r.Extends.From)
	}
}
