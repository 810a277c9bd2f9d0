package scenario_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/scenario"
)

// near tells whether two values are the same but for their rounding, and that of what
// they are the rest of.
func near(a, b float64, of ...float64) bool {
	return math.Abs(a-b) <= 1e-9*slices.Max(append(of, 1, math.Abs(a), math.Abs(b)))
}

// within tells whether a value lies in an interval, but for its rounding and that of what
// it is the rest of.
func within[T quantity.Unit](i quantity.Interval[T], v float64, of ...float64) bool {
	rounding := 1e-9 * slices.Max(append(of, 1, math.Abs(v), math.Abs(float64(i.Low)), math.Abs(float64(i.High))))
	return float64(i.Low)-rounding <= v && v <= float64(i.High)+rounding
}

func ordered[T quantity.Unit](i quantity.Interval[T]) bool {
	return i.Low <= i.Value && i.Value <= i.High
}

func drawInterval[T quantity.Unit](t *rapid.T, most float64) quantity.Interval[T] {
	v := []float64{rapid.Float64Range(0, most).Draw(t, "a"), rapid.Float64Range(0, most).Draw(t, "b"), rapid.Float64Range(0, most).Draw(t, "c")}
	slices.Sort(v)
	return quantity.Interval[T]{Low: T(v[0]), Value: T(v[1]), High: T(v[2])}
}

var categories = rapid.SampledFrom([]equipment.Category{equipment.Laptop, equipment.Desktop, equipment.Tablet, equipment.Monitor, equipment.Projector, equipment.AccessPoint})

// drawStock draws devices with a life each, kept 0 to Longest years longer.
func drawStock(t *rapid.T) (all [scenario.Longest + 1]footprint.Renewal) {
	devices, life := float64(rapid.IntRange(0, 5000).Draw(t, "devices")), rapid.Float64Range(1, 15).Draw(t, "life")
	one := drawInterval[quantity.Grams](t, 1e6)
	for years := range all {
		bought := devices / (life + float64(years))
		all[years] = footprint.Renewal{Devices: devices, Bought: bought, Embodied: one.Times(bought)}
	}
	return all
}

func drawPart(t *rapid.T) scenario.Part {
	p := scenario.Part{Category: categories.Draw(t, "category"), New: drawStock(t), SecondHand: drawStock(t), Energy: drawInterval[quantity.WattHours](t, 1e9)}
	share := rapid.Float64Range(0, 1).Draw(t, "unattended")
	p.Unattended = p.Energy.Times(share)
	intensity := drawInterval[float64](t, 0.1)
	p.Use, p.UnattendedUse = quantity.Product[quantity.Grams](p.Energy, intensity), quantity.Product[quantity.Grams](p.Unattended, intensity)
	return p
}

func drawMeasures(t *rapid.T) scenario.Measures {
	return scenario.Measures{
		Fewer: rapid.Float64Range(0, scenario.MostFewer).Draw(t, "fewer"), Longer: rapid.IntRange(0, scenario.Longest).Draw(t, "longer"),
		Reconditioned: rapid.Float64Range(0, 1).Draw(t, "reconditioned"), OffAtNight: rapid.Float64Range(0, 1).Draw(t, "night"),
	}
}

func weigh(t rapid.TB, parts []scenario.Part, m scenario.Measures) *scenario.Answer {
	t.Helper()
	a, err := scenario.Weigh(factor.Default(), parts, m)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The steps lead from today to the end without a rest, and the whole change is what
// lies between.
func TestStepsAddUpToTheWholeChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts, m := rapid.SliceOfN(rapid.Custom(drawPart), 0, 4).Draw(t, "parts"), drawMeasures(t)
		a := weigh(t, parts, m)
		today := float64(a.Today.Carbon.Value)
		height := today
		var money, energy, bought float64
		for i, step := range a.Steps {
			if step.Measure != scenario.Kinds[i] || !near(float64(step.From), height, today) {
				t.Fatalf("step %d is %s from %v; want %s from %v", i, step.Measure, step.From, scenario.Kinds[i], height)
			}
			height += float64(step.Change.Carbon.Value)
			money, energy, bought = money+float64(step.Change.Money.Value), energy+float64(step.Change.Energy.Value), bought+step.Change.Bought
			if !near(float64(step.To), height, today) {
				t.Fatalf("step %s ends at %v; want %v", step.Measure, step.To, height)
			}
			for _, ok := range []bool{ordered(step.Change.Carbon), ordered(step.Change.Money), ordered(step.Change.Energy), ordered(step.Change.Embodied)} {
				if !ok {
					t.Fatalf("a change of %s does not rise: %+v", step.Measure, step.Change)
				}
			}
		}
		for _, c := range []struct {
			what              string
			steps, whole, sum float64
		}{
			{"g after", height, float64(a.After.Carbon.Value), today},
			{"g less", float64(a.Change.Carbon.Value), float64(a.After.Carbon.Value) - today, today},
			{"€ less", money, float64(a.Change.Money.Value), float64(a.Today.Money.Value)},
			{"Wh less", energy, float64(a.Change.Energy.Value), float64(a.Today.Energy.Value)},
			{"devices bought less", bought, a.Change.Bought, a.Today.Bought},
		} {
			if !near(c.steps, c.whole, c.sum) {
				t.Fatalf("%s: by the steps %v, on the whole %v, of %v", c.what, c.steps, c.whole, c.sum)
			}
		}
	})
}

// Whatever the true factors are, as long as they lie in their intervals, the true
// change lies in its own. The formula is written out again here, on its own.
func TestEveryPossibleChangeLiesInItsInterval(t *testing.T) {
	electricity, err := factor.Default().Find("price.electricity", "", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		p, m := drawPart(t), drawMeasures(t)
		a := weigh(t, []scenario.Part{p}, m)
		terms, err := scenario.TermsOf(factor.Default(), p.Category)
		if err != nil {
			t.Fatal(err)
		}
		somewhere := func(low, high float64) float64 { return low + (high-low)*rapid.Float64Range(0, 1).Draw(t, "where") }
		e := rapid.Float64Range(0, 1).Draw(t, "embodied") // both stocks' impacts are of one factor
		one := func(r footprint.Renewal) float64 {
			if r.Bought == 0 {
				return 0
			}
			return (float64(r.Embodied.Low) + e*float64(r.Embodied.High-r.Embodied.Low)) / r.Bought
		}
		share, second := somewhere(terms.Share.Low, terms.Share.High), float64(terms.SecondLife)
		price, priceSecond := somewhere(terms.Price.Low, terms.Price.High), somewhere(terms.Reconditioned.Low, terms.Reconditioned.High)
		kwh := somewhere(electricity.Bounds().Low, electricity.Bounds().High)
		energy, unattended := somewhere(float64(p.Energy.Low), float64(p.Energy.High)), somewhere(float64(p.Unattended.Low), float64(p.Unattended.High))
		unattended = min(energy, unattended)

		year := func(m scenario.Measures) (embodied, drawn, euros float64) {
			r := m.Reconditioned
			if !terms.SecondHand {
				r, priceSecond = 0, price
			}
			n, life := p.New[0].Devices, 0.0
			if n > 0 {
				life = n / p.New[0].Bought
			}
			bought := 0.0
			if n > 0 {
				bought = n / ((1-r)*(life+float64(m.Longer)) + r*(second+float64(m.Longer)))
			}
			again := p.SecondHand[m.Longer].Bought
			embodied = bought*one(p.New[0])*(1-r+r*share) + again*one(p.SecondHand[0])
			drawn = energy - m.OffAtNight*unattended
			if terms.Priced {
				euros = bought*((1-r)*price+r*priceSecond) + again*priceSecond
			}
			euros += drawn / 1000 * kwh
			left := 1 - m.Fewer
			return left * embodied, left * drawn, left * euros
		}
		wasEmbodied, wasDrawn, wasEuros := year(scenario.Measures{})
		isEmbodied, isDrawn, isEuros := year(m)
		if !within(a.Change.Embodied, isEmbodied-wasEmbodied, float64(a.Today.Embodied.High)) || !within(a.Change.Energy, isDrawn-wasDrawn, float64(a.Today.Energy.High)) || !within(a.Change.Money, isEuros-wasEuros, float64(a.Today.Money.High)) {
			t.Fatalf("changes of %v g, %v Wh and %v €, outside of %+v", isEmbodied-wasEmbodied, isDrawn-wasDrawn, isEuros-wasEuros, a.Change)
		}
		if !within(a.After.Embodied, isEmbodied) || !within(a.After.Energy, isDrawn) || !within(a.After.Money, isEuros) {
			t.Fatalf("%v g, %v Wh and %v € after, outside of %+v", isEmbodied, isDrawn, isEuros, a.After)
		}
	})
}

func TestMoreOfAMeasureNeverDoesTheContrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts, m := []scenario.Part{drawPart(t)}, drawMeasures(t)
		more := m
		more.Fewer = min(scenario.MostFewer, m.Fewer+0.1)
		more.Longer = min(scenario.Longest, m.Longer+1)
		more.OffAtNight = min(1, m.OffAtNight+0.1)
		before, after := weigh(t, parts, m), weigh(t, parts, more)
		if float64(after.After.Carbon.Value) > float64(before.After.Carbon.Value)*(1+1e-9)+1e-6 || float64(after.After.Money.Value) > float64(before.After.Money.Value)*(1+1e-9)+1e-6 {
			t.Fatalf("from %+v to %+v a year rises from %+v to %+v", m, more, before.After, after.After)
		}
	})
}

func TestNothingChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := weigh(t, []scenario.Part{drawPart(t), drawPart(t)}, scenario.Measures{})
		if a.Change != (scenario.Amounts{}) || a.Today != a.After || scenario.VerdictOn(a.Change.Carbon) != scenario.Nothing {
			t.Fatalf("no measure changes %+v", a.Change)
		}
	})
}

func TestPartsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, m := drawPart(t), drawMeasures(t)
		m.Reconditioned = 0 // lives of several stocks do not mix linearly with another
		q := drawPart(t)
		q.Category = p.Category
		apart, together := weigh(t, []scenario.Part{p, q}, m), weigh(t, []scenario.Part{p.Plus(q)}, m)
		if !near(float64(apart.After.Carbon.Value), float64(together.After.Carbon.Value)) || !near(float64(apart.Change.Money.Value), float64(together.Change.Money.Value)) {
			t.Fatalf("apart %+v, together %+v", apart.After, together.After)
		}
	})
}

// Ten laptops of 200 kg and 5 years, kept a year longer, save 10 x 200 x (1/5 - 1/6) kg a
// year; half of what is then bought reconditioned, of 20 % and 4 + 1 years, leaves
// 10 / (3 + 2.5) x 200 x 0.6 kg.
func TestAnswerIsTheOneByHand(t *testing.T) {
	var p scenario.Part
	p.Category = equipment.Laptop
	for years := range p.New {
		bought := 10 / (5 + float64(years))
		p.New[years] = footprint.Renewal{Devices: 10, Bought: bought, Embodied: quantity.Exactly(quantity.Grams(200_000 * bought))}
	}
	a := weigh(t, []scenario.Part{p}, scenario.Measures{Longer: 1, Reconditioned: 0.5})
	for _, c := range []struct {
		what string
		got  quantity.Grams
		want float64
	}{
		{"today", a.Today.Carbon.Value, 400_000}, {"a year longer", a.Steps[1].Change.Carbon.Value, -200_000.0 / 3}, {"after", a.After.Carbon.Value, 10 / 5.5 * 200_000 * 0.6},
	} {
		if !near(float64(c.got), c.want) {
			t.Errorf("%s: %v g, want %v", c.what, c.got, c.want)
		}
	}
	// Of 20 % (3 to 57 %, and half of its making more if it served half of its first life).
	if w := a.Worthwhile; len(w) != 1 || !near(float64(w[0].Years.Value), 0.2*6) || !near(float64(w[0].Years.High), 1.07*6) || w[0].Expected != 5 || w[0].Devices != 10 {
		t.Errorf("worthwhile after %+v", w)
	}
	if a.Steps[0].Change != (scenario.Amounts{}) || a.Steps[3].Change != (scenario.Amounts{}) {
		t.Error("measures that are not taken change something")
	}
	if want := []string{"lifetime.second.laptop", "price.electricity", "price.laptop", "price.reconditioned.laptop", "reconditioned.first_life", "reconditioned.share.laptop"}; !slices.Equal(a.FactorKeys, want) {
		t.Errorf("it rests on %v, want %v", a.FactorKeys, want)
	}
}

func TestWhatHasNoFactorsIsSaid(t *testing.T) {
	p := scenario.Part{Category: equipment.AccessPoint}
	for years := range p.New {
		p.New[years] = footprint.Renewal{Devices: 1, Bought: 1 / (6 + float64(years)), Embodied: quantity.Exactly(quantity.Grams(10))}
	}
	a := weigh(t, []scenario.Part{p, p}, scenario.Measures{Reconditioned: 1})
	if !slices.Equal(a.OnlyNew, []equipment.Category{equipment.AccessPoint}) || a.Unpriced != nil || a.Change != (scenario.Amounts{}) {
		t.Errorf("only new are %v, without a price %v, and the change is %+v", a.OnlyNew, a.Unpriced, a.Change)
	}
}

func TestMeasuresThatCannotBeAreRefused(t *testing.T) {
	for _, c := range []struct {
		m    scenario.Measures
		want string
	}{
		{scenario.Measures{Fewer: 0.6}, "fewer"}, {scenario.Measures{Longer: 5}, "longer"}, {scenario.Measures{Longer: -1}, "longer"},
		{scenario.Measures{Reconditioned: 1.1}, "reconditioned"}, {scenario.Measures{OffAtNight: math.NaN()}, "night"},
	} {
		if _, err := scenario.Weigh(factor.Default(), nil, c.m); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want a word of %s", c.m, err, c.want)
		}
	}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		change quantity.Interval[quantity.Grams]
		want   scenario.Verdict
	}{
		{quantity.Interval[quantity.Grams]{Low: -3, Value: -2, High: -1}, scenario.Saves}, {quantity.Interval[quantity.Grams]{Low: 1, Value: 2, High: 3}, scenario.Adds},
		{quantity.Interval[quantity.Grams]{Low: -3, Value: -2, High: 1}, scenario.Undecided}, {quantity.Interval[quantity.Grams]{}, scenario.Nothing},
	} {
		if got := scenario.VerdictOn(c.change); got != c.want {
			t.Errorf("%v is %s, want %s", c.change, got, c.want)
		}
	}
}
