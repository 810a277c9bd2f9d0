package renewal_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/renewal"
)

// at is in the school year 2026-27.
var at = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func kinds(t interface{ Fatal(...any) }) map[equipment.Category]renewal.Kind {
	all := map[equipment.Category]renewal.Kind{}
	for _, c := range []equipment.Category{equipment.Laptop, equipment.Desktop, equipment.Projector} {
		k, err := renewal.KindOf(factor.Default(), c, grid.MainlandFrance, calendar.Date(2026, 11, 23))
		if err != nil {
			t.Fatal(err)
		}
		all[c] = k
	}
	return all
}

func bought(category equipment.Category, year, count int) renewal.Lot {
	return renewal.Lot{Category: category, InService: time.Date(year, 9, 15, 0, 0, 0, 0, time.UTC), Count: count}
}

// A laptop is expected to serve five years: those of 2021 end in 2026-27, as do older
// ones that serve still; those of 2023 end two years later.
func TestDevicesAreReplacedAtTheirEnd(t *testing.T) {
	lots := []renewal.Lot{bought(equipment.Laptop, 2018, 10), bought(equipment.Laptop, 2021, 20), bought(equipment.Laptop, 2023, 40), bought(equipment.Laptop, 2027, 99)}
	plan := renewal.Plan(kinds(t), lots, renewal.Policy{}, at, 4, time.UTC)
	for i, want := range []int{30, 0, 40, 0} {
		if y := plan[i]; y.BeginsIn != 2026+i || y.Due != want || y.New != want || y.Waiting != 0 {
			t.Errorf("year %d has %+v, want %d new ones", i, y, want)
		}
	}
	if got := plan[0].Money; got.Value != 30*500 || got.Low != 30*300 || got.High != 30*900 {
		t.Errorf("it costs %+v", got)
	}
	later := renewal.Plan(kinds(t), lots, renewal.Policy{LongerYears: 1}, at, 4, time.UTC)
	if later[0].New != 10 || later[1].New != 20 || later[3].New != 40 {
		t.Errorf("kept a year longer, they are replaced as %+v", later)
	}
}

func TestSharesHoldOverThePlan(t *testing.T) {
	var lots []renewal.Lot
	for range 33 { // lots of three, of which a quarter is no whole number
		lots = append(lots, bought(equipment.Laptop, 2020, 3))
	}
	y := renewal.Plan(kinds(t), lots, renewal.Policy{Repaired: 0.25, Reconditioned: 0.5}, at, 1, time.UTC)[0]
	if y.Due != 99 || y.Repaired != 24 || y.Reconditioned != 37 || y.New != 38 {
		t.Errorf("of 99 devices: %+v", y)
	}
	// Nothing of a projector is repaired, and none is sold reconditioned.
	y = renewal.Plan(kinds(t), []renewal.Lot{bought(equipment.Projector, 2010, 10)}, renewal.Policy{Repaired: 0.5, Reconditioned: 0.5}, at, 1, time.UTC)[0]
	if y.New != 10 {
		t.Errorf("of 10 projectors: %+v", y)
	}
}

func TestMoneyIsSpentOnThoseThatWaitedLongest(t *testing.T) {
	lots := []renewal.Lot{bought(equipment.Laptop, 2021, 20), bought(equipment.Desktop, 2015, 10)}
	plan := renewal.Plan(kinds(t), lots, renewal.Policy{Budget: 6600}, at, 3, time.UTC)
	if y := plan[0]; y.Due != 30 || y.New != 12 || y.Waiting != 18 || y.Money.Value != 10*550+2*500 {
		t.Errorf("the first year is %+v", y)
	}
	if b := plan[0].Bought; len(b) != 2 || b[0].Category != equipment.Laptop || b[0].New != 2 || b[1].New != 10 {
		t.Errorf("bought are %+v", b)
	}
	if y := plan[1]; y.Due != 18 || y.New != 13 || y.Waiting != 5 {
		t.Errorf("the second year is %+v", y)
	}
}

func TestRepairedDeviceComesBackOnce(t *testing.T) {
	plan := renewal.Plan(kinds(t), []renewal.Lot{bought(equipment.Laptop, 2020, 10)}, renewal.Policy{Repaired: 1}, at, 4, time.UTC)
	if plan[0].Repaired != 10 || plan[0].New != 0 {
		t.Errorf("at their end: %+v", plan[0])
	}
	if y := plan[2]; y.Due != 10 || y.New != 10 || y.Repaired != 0 { // a battery adds two years
		t.Errorf("two years later: %+v", y)
	}
}

func TestNoDeviceIsLostAndNoBudgetExceeded(t *testing.T) {
	all := kinds(t)
	rapid.Check(t, func(t *rapid.T) {
		var lots []renewal.Lot
		for range rapid.IntRange(1, 6).Draw(t, "lots") {
			l := bought(rapid.SampledFrom([]equipment.Category{equipment.Laptop, equipment.Desktop, equipment.Projector}).Draw(t, "category"), rapid.IntRange(2012, 2026).Draw(t, "year"), rapid.IntRange(1, 50).Draw(t, "count"))
			l.SecondHand = rapid.Bool().Draw(t, "second hand")
			lots = append(lots, l)
		}
		p := renewal.Policy{
			LongerYears: float64(rapid.IntRange(0, 4).Draw(t, "longer")), Reconditioned: rapid.Float64Range(0, 1).Draw(t, "reconditioned"),
			Repaired: rapid.Float64Range(0, 1).Draw(t, "repaired"), Budget: quantity.Euros(rapid.SampledFrom([]float64{0, 500, 20_000}).Draw(t, "budget")),
		}
		for _, y := range renewal.Plan(all, lots, p, at, 6, time.UTC) {
			if y.Due != y.New+y.Reconditioned+y.Repaired+y.Waiting {
				t.Fatalf("of %d devices not all are accounted for: %+v", y.Due, y)
			}
			if p.Budget > 0 && y.Money.Value > p.Budget+0.001 {
				t.Fatalf("%v euros are spent of %v", y.Money.Value, p.Budget)
			}
			sum := 0
			for _, b := range y.Bought {
				sum += b.New + b.Reconditioned + b.Repaired
			}
			if sum != y.New+y.Reconditioned+y.Repaired {
				t.Fatalf("by category %d, in all %+v", sum, y)
			}
		}
	})
}

// A laptop of 185.1 kg over five years is 37 kg a year; kept a year longer, 30.9.
func TestRateOfKeepingLonger(t *testing.T) {
	r := renewal.RateOf(kinds(t), map[equipment.Category]int{equipment.Laptop: 10}, renewal.Policy{LongerYears: 1})
	near := func(got quantity.Grams, wantKg float64) bool { return math.Abs(float64(got)/1000-wantKg) < 0.01 }
	if c := r.Carbon; !near(c.Before.Value, 370.2) || !near(c.After.Value, 308.5) || !near(c.Saved.Value, 61.7) {
		t.Errorf("the rate is %+v", c)
	}
	if m := r.Money; m.Before.Value != 1000 || math.Abs(float64(m.Saved.Value)-1000./6) > 0.01 {
		t.Errorf("in euros it is %+v", m)
	}
	if r.Carbon.Saved.Low <= 0 {
		t.Errorf("keeping longer saves whatever the inputs are, and not %+v", r.Carbon.Saved)
	}
	if none := renewal.RateOf(kinds(t), map[equipment.Category]int{equipment.Laptop: 10}, renewal.Policy{}); none.Carbon.Saved != (renewal.Mass{}) || none.Money.Saved != (renewal.Euros{}) {
		t.Errorf("no policy saves %+v", none)
	}
}

// Whatever numbers the intervals allow, the difference lies within its bounds.
func TestRatesBoundEveryCase(t *testing.T) {
	k := kinds(t)[equipment.Laptop]
	rapid.Check(t, func(t *rapid.T) {
		p := renewal.Policy{LongerYears: rapid.Float64Range(0, 4).Draw(t, "longer"), Reconditioned: rapid.Float64Range(0, 1).Draw(t, "reconditioned"), Repaired: rapid.Float64Range(0, 1).Draw(t, "repaired")}
		within := func(name string, low, high float64) float64 {
			return low + (high-low)*rapid.Float64Range(0, 1).Draw(t, name)
		}
		in := func(name string, i quantity.Interval[quantity.Years]) float64 {
			return within(name, float64(i.Low), float64(i.High))
		}
		made := within("embodied", float64(k.Embodied.Low), float64(k.Embodied.High))
		share := within("share", k.Second.Share.Low, k.Second.Share.High)
		part := within("part", float64(k.Repair.Embodied.Low), float64(k.Repair.Embodied.High))
		life, second, extends := in("life", k.Life.Interval), in("second", k.Second.Life.Interval), in("extends", k.Repair.Extends.Interval)
		s, r := p.Reconditioned, p.Repaired
		after := ((1-s)*made + s*share*made + r*part) / ((1-s)*(life+p.LongerYears) + s*(second+p.LongerYears) + r*extends)
		got := renewal.RateOf(map[equipment.Category]renewal.Kind{equipment.Laptop: k}, map[equipment.Category]int{equipment.Laptop: 1}, p).Carbon
		holds := func(what string, i renewal.Mass, v float64) {
			if v < float64(i.Low)-1e-6 || v > float64(i.High)+1e-6 {
				t.Fatalf("%s is %v, outside of %+v", what, v, i)
			}
		}
		holds("before", got.Before, made/life)
		holds("after", got.After, after)
		holds("saved", got.Saved, made/life-after)
	})
}

func TestPolicyThatCannotBeIsRefused(t *testing.T) {
	for _, p := range []renewal.Policy{{LongerYears: -1}, {LongerYears: 6}, {Reconditioned: 1.1}, {Repaired: -0.1}, {Budget: -1}, {LongerYears: math.NaN()}, {Budget: quantity.Euros(math.Inf(1))}} {
		if p.Check() == nil {
			t.Errorf("%+v is allowed", p)
		}
	}
	if err := (renewal.Policy{LongerYears: 5, Reconditioned: 1, Repaired: 1, Budget: 1e6}).Check(); err != nil {
		t.Error(err)
	}
}
