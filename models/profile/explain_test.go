package profile_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
)

func lyceen(t testing.TB) profile.Reference {
	t.Helper()
	r, err := profile.For(factor.Default(), profile.Lyceen, "FR", today)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func explain(t testing.TB, reference, fleet profile.Fleet) profile.Waterfall {
	t.Helper()
	w, err := profile.Explain(reference, fleet)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// exactly is a group without uncertainty: kgCO2e to make one, years, kWh a year,
// at 44.2 g/kWh.
func exactly(c equipment.Category, count, kg float64, years quantity.Years, kWh float64) profile.Group {
	return profile.Group{
		Category: c, Count: count, Life: years,
		Embodied: quantity.Exactly(quantity.Grams(kg * 1000)),
		Energy:   quantity.Exactly(quantity.WattHours(kWh * 1000)), Use: quantity.Exactly(quantity.Grams(kWh * 44.2)),
	}
}

// The reference is 185.1 kg over 5 years and 17 kWh at 44.2 g/kWh: 37.0200 +
// 0.7514 = 37.7714 kg for one pupil. The fleet has 800 laptops for 1000 pupils,
// of 231.375 kg (a quarter more) over 7 years, with 20 kWh: 0.8 x (33.05357 +
// 0.884) = 27.15006 kg; 300 screens of 69.8 kg over 6 years, with 38 kWh: 0.3 x
// (11.63333 + 1.6796) = 3.99388 kg; and a server of 1278 kg over 5 years, with
// 1529 kWh: 0.001 x (255.6 + 67.5818) = 0.32318 kg.
//
// By hand, with a third of the product of the others at either end and a sixth of
// either crossed product:
//
//	devices      -0.2 x ((37.02+33.05357)/3 + (26.44286+46.275)/6) = -0.2 x 35.47750 = -7.09550
//	             -0.2 x ((0.7514+0.884)/3 + (0.884+0.7514)/6)      = -0.2 x 0.81770  = -0.16354
//	manufacture  46.275 x ((1/5+0.8/7)/3 + (1/7+0.8/5)/6)          = 46.275 x 0.1552381 = 7.18364
//	lifetime     (1/7-1/5) x ((185.1+185.1)/3 + (231.375+148.08)/6) = -0.0571429 x 186.6425 = -10.66529
//	consumption  3 x 0.0442 x (1+0.8)/2                            = 0.11934
func TestWaterfallIsTheOneComputedByHand(t *testing.T) {
	fleet := profile.Fleet{Pupils: 1000, Groups: []profile.Group{
		exactly(equipment.Laptop, 800, 231.375, 7, 20),
		exactly(equipment.Monitor, 300, 69.8, 6, 38),
		exactly(equipment.Server, 1, 1278, 5, 1529),
		exactly(equipment.Virtual, 40, 0, 0, 0),
	}}
	w := explain(t, lyceen(t).Fleet(1), fleet)
	if math.Abs(float64(w.Reference.Value)-37_771.4) > 0.01 || math.Abs(float64(w.Fleet.Value)-31_467.12) > 0.01 {
		t.Errorf("from %v to %v", w.Reference, w.Fleet)
	}
	for i, want := range []struct {
		driver profile.Driver
		kg     float64
	}{
		{profile.Devices, -7.25904}, {profile.Manufacture, 7.18364}, {profile.Lifetime, -10.66529}, {profile.Consumption, 0.11934},
		{profile.Electricity, 0}, {profile.Screens, 3.99388}, {profile.Servers, 0.32318}, {profile.Periphery, 0},
	} {
		step := w.Steps[i]
		if step.Driver != want.driver || math.Abs(float64(step.Change.Value)/1000-want.kg) > 0.00002 {
			t.Errorf("step %d is %+v; want %s of %v kg", i, step, want.driver, want.kg)
		}
		if math.Abs(float64(step.Ratio)-want.kg/37.7714) > 1e-6 {
			t.Errorf("%s is %v of the reference; want %v", step.Driver, step.Ratio, want.kg/37.7714)
		}
	}
	if w.Comparison.Ratio.Value != profile.Ratio(w.Fleet.Value/w.Reference.Value) {
		t.Errorf("the ratio is %v", w.Comparison.Ratio)
	}
}

// A school whose pupils all have the reference equipment, and one device fewer or
// more by each factor alone: the whole difference is that factor's.
func TestFactorThatAloneDiffersHasTheWholeDifference(t *testing.T) {
	r := lyceen(t)
	for driver, change := range map[profile.Driver]func(*profile.Fleet){
		profile.Devices:     func(f *profile.Fleet) { f.Pupils = 40 },
		profile.Manufacture: func(f *profile.Fleet) { f.Groups[0].Embodied = f.Groups[0].Embodied.Times(1.3) },
		profile.Lifetime:    func(f *profile.Fleet) { f.Groups[0].Life = 8 },
		profile.Consumption: func(f *profile.Fleet) {
			f.Groups[0].Energy, f.Groups[0].Use = f.Groups[0].Energy.Times(2), f.Groups[0].Use.Times(2)
		},
		profile.Electricity: func(f *profile.Fleet) { f.Groups[0].Use = f.Groups[0].Use.Times(10) },
		profile.Screens: func(f *profile.Fleet) {
			f.Groups = append(f.Groups, exactly(equipment.Projector, 1, 100, 8, 200))
		},
		profile.Servers:   func(f *profile.Fleet) { f.Groups = append(f.Groups, exactly(equipment.Server, 1, 1278, 5, 1529)) },
		profile.Periphery: func(f *profile.Fleet) { f.Groups = append(f.Groups, exactly(equipment.Printer, 1, 100, 8, 200)) },
	} {
		fleet := r.Fleet(30)
		change(&fleet)
		w := explain(t, r.Fleet(1), fleet)
		for _, s := range w.Steps {
			want := quantity.Grams(0)
			if s.Driver == driver {
				want = w.Fleet.Value - w.Reference.Value
			}
			if math.Abs(float64(s.Change.Value-want)) > 1e-8 || s.Driver == driver && want == 0 {
				t.Errorf("%s alone differs; the step %s is %v, want %v", driver, s.Driver, s.Change, want)
			}
		}
	}
}

func TestStepIsNothingWhereTheFleetIsTheReference(t *testing.T) {
	r := lyceen(t)
	for _, pupils := range []float64{1, 3, 800, 1234} { // whatever the rounding of the means
		for _, s := range explain(t, r.Fleet(1), r.Fleet(pupils).Plus(r.Fleet(7))).Steps {
			if s.Change != (footprint.Mass{}) || s.Ratio != 0 {
				t.Errorf("%v pupils: %+v", pupils, s)
			}
		}
	}
}

// Where a fleet has no devices, or devices made of nothing or without electricity,
// the factors that it cannot have do not differ: the difference is that of the one
// factor that is zero.
func TestWhatAFleetDoesNotHaveIsOneStep(t *testing.T) {
	r := lyceen(t)
	made, fed := r.Yearly.Embodied.Value, r.Yearly.Use.Value
	for name, test := range map[string]struct {
		change func(*profile.Fleet)
		driver profile.Driver
		want   quantity.Grams
	}{
		"no devices":     {func(f *profile.Fleet) { f.Groups = nil }, profile.Devices, -made - fed},
		"none counted":   {func(f *profile.Fleet) { f.Groups[0].Count = 0 }, profile.Devices, -made - fed},
		"no manufacture": {func(f *profile.Fleet) { f.Groups[0].Embodied = footprint.Mass{} }, profile.Manufacture, -made},
		"no electricity": {func(f *profile.Fleet) { f.Groups[0].Energy, f.Groups[0].Use = footprint.Energy{}, footprint.Mass{} }, profile.Consumption, -fed},
	} {
		fleet := r.Fleet(1)
		test.change(&fleet)
		for sign, w := range map[quantity.Grams]profile.Waterfall{1: explain(t, r.Fleet(1), fleet), -1: explain(t, fleet, r.Fleet(1))} {
			for _, s := range w.Steps {
				want := quantity.Grams(0)
				if s.Driver == test.driver {
					want = sign * test.want
				}
				if math.Abs(float64(s.Change.Value-want)) > 1e-8 {
					t.Errorf("%s: the step %s is %v; want %v", name, s.Driver, s.Change.Value, want)
				}
			}
		}
	}
}

// A pupil without any equipment weighs nothing, and nothing is a multiple of that.
func TestNothingIsComparedWithNothing(t *testing.T) {
	r := lyceen(t)
	w := explain(t, profile.Fleet{Pupils: 1}, r.Fleet(1))
	if w.Comparison.Verdict != profile.Unknown || w.Steps[0].Ratio != 0 || w.Steps[0].Change != r.Yearly.Total() {
		t.Errorf("got %+v", w)
	}
	if _, err := json.Marshal(w); err != nil {
		t.Error(err)
	}
}

// Fleets as schools have them, and stranger ones: nothing of a kind, devices that
// are made of nothing or use none, no bounds. What is not nothing is a thousandth at
// least: beside it no ratio leaves the range of floating-point numbers.
func drawFleet(t *rapid.T, label string) profile.Fleet {
	bounds := func(label string) quantity.Interval[float64] {
		value := rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(1e-3, 1e6)).Draw(t, label)
		return quantity.Interval[float64]{
			Low:  value * rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, 1)).Draw(t, label+", low"),
			High: value * rapid.Float64Range(1, 3).Draw(t, label+", high"), Value: value,
		}
	}
	f := profile.Fleet{Pupils: rapid.Float64Range(1, 5000).Draw(t, label+": pupils")}
	for range rapid.IntRange(0, 6).Draw(t, label+": groups") {
		energy := bounds("energy")
		f.Groups = append(f.Groups, profile.Group{
			Category: rapid.SampledFrom([]equipment.Category{
				equipment.Laptop, equipment.Desktop, equipment.Tablet, equipment.ThinClient, equipment.Smartphone, equipment.Monitor, equipment.Projector,
				equipment.InteractivePanel, equipment.Server, equipment.AccessPoint, equipment.Printer, equipment.Virtual,
			}).Draw(t, "category"),
			Count:    float64(rapid.IntRange(0, 2000).Draw(t, "count")),
			Embodied: quantity.As[quantity.Grams](bounds("embodied")),
			Life:     quantity.Years(rapid.Float64Range(0.5, 15).Draw(t, "life")),
			Energy:   quantity.As[quantity.WattHours](energy),
			Use:      quantity.As[quantity.Grams](energy.Times(rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(1e-3, 1)).Draw(t, "intensity"))),
		})
	}
	return f
}

func alike(a, b, scale float64) bool { return math.Abs(a-b) <= 1e-9*math.Max(1, scale) }

// scaleOf is the largest number that the sums pass through.
func scaleOf(w profile.Waterfall) float64 {
	scale := float64(w.Reference.Value + w.Fleet.Value)
	for _, s := range w.Steps {
		scale = math.Max(scale, math.Abs(float64(s.Change.Value)))
	}
	return scale
}

func TestWaterfallAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reference, fleet := drawFleet(t, "reference"), drawFleet(t, "fleet")
		w, err := profile.Explain(reference, fleet)
		if err != nil {
			t.Fatal(err)
		}
		scale, height, ratio := scaleOf(w), w.Reference.Value, 1.0
		for i, s := range w.Steps {
			if s.Driver != profile.Drivers[i] || s.From != height || s.To != height+s.Change.Value {
				t.Fatalf("step %d, %+v, begins at %v", i, s, height)
			}
			if !(s.Change.Low <= s.Change.Value && s.Change.Value <= s.Change.High) {
				t.Fatalf("%+v does not hold its value", s)
			}
			height, ratio = s.To, ratio+float64(s.Ratio)
		}
		if !alike(float64(height), float64(w.Fleet.Value), scale) {
			t.Fatalf("the steps lead to %v, the fleet weighs %v", height, w.Fleet.Value)
		}
		if v := float64(w.Reference.Value); v > 0 && !alike(ratio*v, float64(w.Fleet.Value), scale) {
			t.Fatalf("the ratios lead to %v, the fleet is %v times the reference", ratio, float64(w.Fleet.Value)/v)
		}
	})
}

// The two fleets may change places: what one adds the other takes away. And
// neither the order of the groups nor a group that is cut in two changes a step.
func TestStepsDoNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reference, fleet := drawFleet(t, "reference"), drawFleet(t, "fleet")
		w, err := profile.Explain(reference, fleet)
		if err != nil {
			t.Fatal(err)
		}
		back, err := profile.Explain(fleet, reference)
		if err != nil {
			t.Fatal(err)
		}
		shuffled := profile.Fleet{Pupils: fleet.Pupils}
		for _, g := range rapid.Permutation(fleet.Groups).Draw(t, "order") {
			g.Count /= 4
			part := g
			part.Count *= 3
			shuffled.Groups = append(shuffled.Groups, g, part)
		}
		again, err := profile.Explain(reference, shuffled)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range w.Steps {
			if !alike(float64(s.Change.Value), -float64(back.Steps[i].Change.Value), scaleOf(w)) {
				t.Fatalf("%s is %v one way and %v the other", s.Driver, s.Change.Value, back.Steps[i].Change.Value)
			}
			if !alike(float64(s.Change.Value), float64(again.Steps[i].Change.Value), scaleOf(w)) {
				t.Fatalf("%s is %v, and %v with the groups in another order", s.Driver, s.Change.Value, again.Steps[i].Change.Value)
			}
		}
	})
}

// Twice the school with twice the pupils is the same school; all impacts twice as
// large make each step twice as large.
func TestStepsScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reference, fleet := drawFleet(t, "reference"), drawFleet(t, "fleet")
		w, err := profile.Explain(reference, fleet)
		if err != nil {
			t.Fatal(err)
		}
		twice := func(f profile.Fleet) profile.Fleet {
			scaled := profile.Fleet{Pupils: f.Pupils}
			for _, g := range f.Groups {
				g.Embodied, g.Use = g.Embodied.Times(2), g.Use.Times(2)
				scaled.Groups = append(scaled.Groups, g)
			}
			return scaled
		}
		double, err := profile.Explain(twice(reference), twice(fleet))
		if err != nil {
			t.Fatal(err)
		}
		same, err := profile.Explain(reference, fleet.Plus(fleet))
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range w.Steps {
			if !alike(2*float64(s.Change.Value), float64(double.Steps[i].Change.Value), scaleOf(double)) {
				t.Fatalf("%s is %v, and %v for twice the impacts", s.Driver, s.Change.Value, double.Steps[i].Change.Value)
			}
			if !alike(float64(s.Change.Value), float64(same.Steps[i].Change.Value), scaleOf(w)) {
				t.Fatalf("%s is %v, and %v for two such schools", s.Driver, s.Change.Value, same.Steps[i].Change.Value)
			}
		}
	})
}

// A group made of a page's figure weighs what the figure says, whatever ages are
// behind it.
func TestGroupWeighsWhatItsFigureSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		made := footprint.Mass{Low: 135_000, Value: 185_100, High: 260_000}
		yearly := footprint.Figure{
			Embodied: made.Times(1 / rapid.Float64Range(3, 12).Draw(t, "life")),
			Use:      footprint.Mass{Low: 400, Value: 700, High: 2000}, Energy: footprint.Energy{Low: 14_000, Value: 17_000, High: 39_750},
		}
		fleet := profile.Fleet{Pupils: 10, Groups: []profile.Group{profile.GroupOf(equipment.Laptop, 7, made, yearly)}}
		got, err := fleet.PerPupil()
		want := yearly.Total().Times(0.7)
		if err != nil || !alike(float64(got.Low), float64(want.Low), 1) || !alike(float64(got.Value), float64(want.Value), 1) || !alike(float64(got.High), float64(want.High), 1) {
			t.Fatalf("got %v, %v; want %v", got, err, want)
		}
	})
	// Enrolled this instant: nothing is known, nothing is weighed.
	fleet := profile.Fleet{Pupils: 10, Groups: []profile.Group{profile.GroupOf(equipment.Laptop, 7, footprint.Mass{Low: 1, Value: 1, High: 1}, footprint.Figure{})}}
	if got, err := fleet.PerPupil(); err != nil || got != (footprint.Mass{}) {
		t.Errorf("got %v, %v", got, err)
	}
}

// 300 collégiens and 500 lycéens of one council have their own references.
func TestReferenceOfACouncilIsTheMeanByPupils(t *testing.T) {
	r := lyceen(t)
	other := r
	other.Embodied, other.Life = r.Embodied.Times(2), quantity.Interval[quantity.Years]{Low: 4, Value: 4, High: 4}
	got, err := other.Fleet(300).Plus(r.Fleet(500)).PerPupil()
	want := (300*(2*185_100/4.+751.4) + 500*(185_100/5.+751.4)) / 800
	if err != nil || math.Abs(float64(got.Value)-want) > 1e-6 {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

func TestFleetThatCannotBeIsAnError(t *testing.T) {
	r := lyceen(t)
	for want, change := range map[string]func(*profile.Fleet){
		"a fleet of 0 pupils":                                                        func(f *profile.Fleet) { f.Pupils = 0 },
		"a fleet of NaN pupils":                                                      func(f *profile.Fleet) { f.Pupils = math.NaN() },
		`group 0 of the fleet: unknown category "abacus"`:                            func(f *profile.Fleet) { f.Groups[0].Category = "abacus" },
		"group 0 of the fleet (laptop): count is -1":                                 func(f *profile.Fleet) { f.Groups[0].Count = -1 },
		"group 0 of the fleet (laptop): embodied is +Inf":                            func(f *profile.Fleet) { f.Groups[0].Embodied = quantity.Exactly(quantity.Grams(math.Inf(1))) },
		"group 0 of the fleet (laptop): energy is 17000 (18000 to 39750)":            func(f *profile.Fleet) { f.Groups[0].Energy.Low = 18_000 },
		"group 0 of the fleet (laptop): use is 1 (1 to 0)":                           func(f *profile.Fleet) { f.Groups[0].Use = footprint.Mass{Low: 1, Value: 1} },
		"group 0 of the fleet (laptop): its embodied impact is spread over 0 years":  func(f *profile.Fleet) { f.Groups[0].Life = 0 },
		"group 0 of the fleet (laptop): its embodied impact is spread over -5 years": func(f *profile.Fleet) { f.Groups[0].Life = -5 },
		"group 0 of the fleet (laptop): its use emits without energy":                func(f *profile.Fleet) { f.Groups[0].Energy = footprint.Energy{} },
	} {
		fleet := r.Fleet(1)
		change(&fleet)
		for _, pair := range [][2]profile.Fleet{{fleet, r.Fleet(1)}, {r.Fleet(1), fleet}} {
			if w, err := profile.Explain(pair[0], pair[1]); err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got %+v, %v; want %s", w, err, want)
			}
		}
	}
}

// Whatever a caller hands over is refused, or becomes numbers that JSON can hold.
func FuzzExplain(f *testing.F) {
	f.Add(1000.0, 800.0, 185_100.0, 5.0, 17_000.0, 751.4, uint8(0))
	f.Add(1e-3, 1e15, 1e15, 1e-3, 1e15, 1e15, uint8(4))
	f.Add(1.0, 0.0, math.Inf(1), math.NaN(), 0.0, 5e-324, uint8(5))
	f.Fuzz(func(t *testing.T, pupils, count, embodied, life, energy, use float64, category uint8) {
		fleet := profile.Fleet{Pupils: pupils, Groups: []profile.Group{{
			Category: equipment.Categories[int(category)%len(equipment.Categories)], Count: count, Life: quantity.Years(life),
			Embodied: quantity.Exactly(quantity.Grams(embodied)), Energy: quantity.Exactly(quantity.WattHours(energy)), Use: quantity.Exactly(quantity.Grams(use)),
		}}}
		w, err := profile.Explain(lyceen(t).Fleet(1), fleet)
		if err != nil {
			return
		}
		if _, err := json.Marshal(w); err != nil {
			t.Fatalf("%+v: %v", fleet, err)
		}
		if got, want := float64(w.Steps[len(w.Steps)-1].To), float64(w.Fleet.Value); !alike(got, want, scaleOf(w)) {
			t.Fatalf("%+v: the steps lead to %v, the fleet weighs %v", fleet, got, want)
		}
	})
}
