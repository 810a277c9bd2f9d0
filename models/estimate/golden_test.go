package estimate_test

import (
	"math"
	"testing"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/estimate"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/report"
)

var (
	today  = calendar.Date(2026, 11, 23)
	bought = estimate.Date(calendar.Date(2024, 11, 23)) // 730 days before
)

func estimator(t testing.TB, o estimate.Options) *estimate.Estimator {
	t.Helper()
	if o.Day == 0 {
		o.Day = today
	}
	e, err := estimate.New(factor.Default(), o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func estimated(t testing.TB, e *estimate.Estimator, d estimate.Description) estimate.Result {
	t.Helper()
	r, err := e.Estimate(d)
	if err != nil {
		t.Fatalf("%+v: %v", d, err)
	}
	return r
}

func near(got, want float64) bool {
	return math.Abs(got-want) <= 1e-9*math.Max(1, math.Abs(want))
}

func is[T quantity.Unit](t *testing.T, what string, got quantity.Interval[T], low, value, high float64) {
	t.Helper()
	if !near(float64(got.Low), low) || !near(float64(got.Value), value) || !near(float64(got.High), high) {
		t.Errorf("%s is %v (%v to %v); want %v (%v to %v)", what, got.Value, got.Low, got.High, value, low, high)
	}
}

// By hand from the shipped rows: 185.1 kgCO2e (135 to 260) by ADEME's ImpactCO2 2025
// over its 5 years; 17 kWh a year (14 to 39.75), Boavizta's school-like laptops; 44.2
// g/kWh (34.5 to 55.3), Ember's 2024 carried forward.
func TestLaptopOfWhichNothingIsSaidIsTheCategory(t *testing.T) {
	r := estimated(t, estimator(t, estimate.Options{}), estimate.Description{Category: equipment.Laptop, Bought: bought})
	by := r.Methods[0]
	is(t, "energy", r.Energy.Year, 14_000, 17_000, 39_750)
	is(t, "use", by.Year.Use, 14*34.5, 17*44.2, 39.75*55.3)
	is(t, "embodied", by.Year.Embodied, 27_000, 37_020, 52_000)
	is(t, "total", by.Year.Total, 27_000+14*34.5, 37_020+17*44.2, 52_000+39.75*55.3)
	is(t, "over five years", by.Lifetime.Total, 5*(27_000+14*34.5), 5*(37_020+17*44.2), 5*(52_000+39.75*55.3))
	const age = 730 / 365.2425
	is(t, "amortised", *by.Amortised, 135_000*age/5, 185_100*age/5, 260_000*age/5)
	is(t, "remaining", *by.Remaining, 135_000*(1-age/5), 185_100*(1-age/5), 260_000*(1-age/5))
	for i, want := range []float64{170_000, 12_300, 5 * 17 * 44.2, 2_790} {
		if got := by.Steps[i]; !near(float64(got.Amount.Value), want) {
			t.Errorf("%s is %v g; want %v", got.Name, got.Amount.Value, want)
		}
	}
	// BoaviztAPI: 8.6 g of antimony over 5 years, 4.858e-8 kg a kWh.
	is(t, "minerals", *r.Criteria[0].Embodied, 0.00627/5, 0.0086/5, 0.0121/5)
	is(t, "minerals of use", *r.Criteria[0].Use, 14*2.429e-8, 17*4.858e-8, 39.75*9.716e-8)
	if r.Energy.From != (footprint.Provenance{Assumed: 1}) || !near(by.Year.From.Assumed, 1) {
		t.Errorf("known as %+v, %+v", r.Energy.From, by.Year.From)
	}
	// ENERGY STAR's notebook: 8760 h x (0.25 x 0.3 + 0.35 x 0.6 + 0.1 x 2.8 + 0.3 x 5.3) W.
	if got := float64(r.Energy.TypicalYear.Value); !near(got, 8760*(0.25*0.3+0.35*0.6+0.1*2.8+0.3*5.3)) {
		t.Errorf("typical year is %v Wh", got)
	}
	// The reference is the same laptop on the same rows.
	if c := by.Compared; !near(float64(c.Ratio.Value), 1) || c.Verdict != profile.Same || !c.Provisional || c.Per != "device" {
		t.Errorf("beside the reference: %+v", c)
	}
}

// Four hours on 176 school days (160 to 180) at 5.3 W idle, for the other hours of
// the mean year 0.3 W off.
func TestHoursOfUseMakeTheEnergy(t *testing.T) {
	e := estimator(t, estimate.Options{})
	idle := 0.0
	d := estimate.Description{Category: equipment.Laptop, Use: estimate.Use{HoursPerDay: 4, Load: &idle, AtRest: estimate.Off}}
	const year = 365.2425 * 24
	r := estimated(t, e, d)
	is(t, "energy", r.Energy.Year, 640*3+(year-640)*0.1, 704*5.3+(year-704)*0.3, 720*12+(year-720)*0.5)
	if r.Energy.From != (footprint.Provenance{Modelled: 1}) {
		t.Errorf("known as %+v", r.Energy.From)
	}
	d.Use.DaysPerYear = 100
	is(t, "energy in 100 days", estimated(t, e, d).Energy.Year, 400*3+(year-400)*0.1, 400*5.3+(year-400)*0.3, 400*12+(year-400)*0.5)
	kWh := 20.0
	r = estimated(t, e, estimate.Description{Category: equipment.Laptop, Use: estimate.Use{MeteredKWh: &kWh}})
	is(t, "metered", r.Energy.Year, 20_000, 20_000, 20_000)
	if r.Energy.From != (footprint.Provenance{Measured: 1}) || !near(r.Methods[0].Year.From.Measured, 20*44.2/(20*44.2+37_020)) {
		t.Errorf("known as %+v, %+v", r.Energy.From, r.Methods[0].Year.From)
	}
}

// All hours of the mean year and no more; when nothing is said of the rest, a device
// sleeps at 0.6 W (0.3 to 1.5), or is off at 0.1 W by the low bound.
func TestHoursOfAYearAreNoMoreThanItHas(t *testing.T) {
	e := estimator(t, estimate.Options{})
	idle := 0.0
	const year = 365.2425 * 24
	for _, u := range []estimate.Use{{AlwaysOn: true, Load: &idle}, {HoursPerDay: 24, DaysPerYear: 366, Load: &idle, AtRest: estimate.Off}} {
		is(t, "always on", estimated(t, e, estimate.Description{Category: equipment.Laptop, Use: u}).Energy.Year, year*3, year*5.3, year*12)
	}
	r := estimated(t, e, estimate.Description{Category: equipment.Laptop, Use: estimate.Use{HoursPerDay: 1, DaysPerYear: 100, Load: &idle}})
	is(t, "rest not said", r.Energy.Year, 100*3+(year-100)*0.1, 100*5.3+(year-100)*0.6, 100*12+(year-100)*1.5)
}

// Beyond its five years a laptop is spread over its age, which nothing of it is left of.
func TestOldDeviceIsSpreadOverItsAge(t *testing.T) {
	r := estimated(t, estimator(t, estimate.Options{}), estimate.Description{Category: equipment.Laptop, Bought: estimate.Date(today - 3652)})
	const age = 3652 / 365.2425
	by := r.Methods[0]
	is(t, "of a year", by.Year.Embodied, 135_000/age, 185_100/age, 260_000/age)
	is(t, "over its age", by.Lifetime.Embodied, 135_000, 185_100, 260_000)
	is(t, "of its use", by.Lifetime.Use, 14*34.5*age, 17*44.2*age, 39.75*55.3*age)
	is(t, "remaining", *by.Remaining, 0, 0, 0)
	if r.Life != 5 || !near(float64(r.Span), age) {
		t.Errorf("life %v, spread over %v", r.Life, r.Span)
	}
}

// A server of 1,529 kWh in a data centre of PUE 1.75 (1.2 to 2.2), on Corsica's grid of
// 590 g/kWh (556 to 590).
func TestRoomAndTerritoryOfAServer(t *testing.T) {
	r := estimated(t, estimator(t, estimate.Options{}), estimate.Description{Category: equipment.Server, Room: grid.DataCentre, Territory: "FR-20R"})
	is(t, "energy", r.Energy.Year, 1019e3*1.2, 1529e3*1.75, 1859e3*2.2)
	is(t, "use", r.Methods[0].Year.Use, 1019*1.2*556, 1529*1.75*590, 1859*2.2*590)
	r = estimated(t, estimator(t, estimate.Options{}), estimate.Description{Category: equipment.Server, PUE: 1.5})
	is(t, "energy", r.Energy.Year, 1019e3*1.5, 1529e3*1.5, 1859e3*1.5)
}

// A laptop reconditioned after three of its five years carries 2/5 and 20 % (3 to 57)
// for reconditioning, over four years; a battery of 6 kg (3 to 15) adds two.
func TestSecondLifeAndPartsAreShared(t *testing.T) {
	e := estimator(t, estimate.Options{})
	d := estimate.Description{Category: equipment.Laptop, Bought: bought, Acquisition: lifespan.Reconditioned, FirstLife: 3}
	by := estimated(t, e, d).Methods[0]
	is(t, "carried", *by.Carried, 135_000*0.43, 185_100*0.6, 260_000*0.97)
	is(t, "of a year", by.Year.Embodied, 135_000*0.43/4, 185_100*0.6/4, 260_000*0.97/4)
	d.Parts = []estimate.Fitted{{Part: lifespan.Battery, On: estimate.Date(today)}}
	r := estimated(t, e, d)
	by = r.Methods[0]
	is(t, "carried with the battery", *by.Carried, 135_000*0.43+3000, 185_100*0.6+6000, 260_000*0.97+15_000)
	is(t, "of a year with the battery", by.Year.Embodied, (135_000*0.43+3000)/6, (185_100*0.6+6000)/6, (260_000*0.97+15_000)/6)
	if !near(float64(r.Life), 6) || len(r.Notes) == 0 {
		t.Errorf("life is %v, notes %q", r.Life, r.Notes)
	}
	both := by.Amortised.Plus(*by.Remaining)
	is(t, "the account", both, float64(by.Carried.Low), float64(by.Carried.Value), float64(by.Carried.High))
	var sum float64
	for _, s := range by.Steps {
		sum += float64(s.Amount.Value)
	}
	if math.Abs(sum-float64(by.Lifetime.Total.Value)) > 0.001*sum {
		t.Errorf("steps add up to %v, the life to %v", sum, by.Lifetime.Total.Value)
	}
}

// The pages compute with footprint.Model: for the same facts over a year, the figure
// is the same to the rounding of the clock.
func TestEstimateIsTheFigureOfThePages(t *testing.T) {
	const yearMs = float64(lifespan.Year / 1e6)
	load := report.LoadOf(1)
	for _, test := range []struct {
		name string
		d    estimate.Description
		part float64 // of the year that the device is on, in load class 1
		rest estimate.Rest
	}{
		{"nothing said", estimate.Description{Category: equipment.Desktop, Bought: bought, Count: 7}, 0, ""},
		{"old", estimate.Description{Category: equipment.Monitor, Bought: estimate.Date(calendar.Date(2012, 5, 1)), Count: 2}, 0, ""},
		{"on, then off", estimate.Description{Category: equipment.Laptop, Bought: bought, Maker: "Dell", Model: "Latitude 3420", CPU: "11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz", MemoryGiB: 16, ScreenIn: 14}, 0.1, estimate.Off},
		{"on, then asleep", estimate.Description{Category: equipment.Tablet, Bought: bought, Count: 3}, 0.2, estimate.Asleep},
	} {
		for _, method := range impact.Methods {
			d := test.d
			days := calendar.Period{From: today - 365, To: today}
			stretch := footprint.Stretch{Days: calendar.Period{From: today, To: today + 1}, From: days.To.UTC().Add(-lifespan.Year), To: days.To.UTC()}
			if test.part > 0 {
				d.Use = estimate.Use{HoursPerDay: 24, DaysPerYear: 365.2425 * test.part, Load: &load, AtRest: test.rest}
				n := float64(d.Devices())
				stretch.Facts.LoadMs[1] = int64(yearMs * test.part * n)
				rest := int64(yearMs * (1 - test.part) * n)
				if test.rest == estimate.Off {
					stretch.Facts.OffMs = rest
				} else {
					stretch.Facts.SuspendedMs = rest
				}
			}
			model, err := footprint.New(factor.Default(), footprint.Options{Territory: grid.MainlandFrance, Method: method})
			if err != nil {
				t.Fatal(err)
			}
			class, err := model.Class(d.Spec())
			if err != nil {
				t.Fatal(err)
			}
			cohorts := []footprint.Cohort{{InService: d.Bought.Time(), Count: d.Devices()}}
			page, err := model.Estimate(class, cohorts, stretch, today.UTC())
			if err != nil {
				t.Fatal(err)
			}
			r := estimated(t, estimator(t, estimate.Options{Methods: []impact.Method{method}}), d)
			total := estimate.Sum(method, []estimate.Result{r})
			same := func(what string, page, here float64) {
				if math.Abs(page-here) > 1e-6*page {
					t.Errorf("%s, %s: %s is %v on a page, %v here", test.name, method, what, page, here)
				}
			}
			same("low energy", float64(page.Energy.Low), float64(total.Energy.Low))
			same("energy", float64(page.Energy.Value), float64(total.Energy.Value))
			same("high energy", float64(page.Energy.High), float64(total.Energy.High))
			same("use", float64(page.Use.Value), float64(total.Use.Value))
			same("low embodied", float64(page.Embodied.Low), float64(total.Embodied.Low))
			same("embodied", float64(page.Embodied.Value), float64(total.Embodied.Value))
			same("high total", float64(page.Total().High), float64(total.Total.High))
			same("modelled part", page.MassFrom.Shares().Modelled, total.From.Modelled)
			same("assumed part", page.MassFrom.Shares().Assumed, total.From.Assumed)
		}
	}
}

// A projector 3 hours a day on school days, at stand-by else: what the schedule of
// package power says of as many school days.
func TestDeviceWithoutAgentIsOnAsItsScheduleSays(t *testing.T) {
	r := estimated(t, estimator(t, estimate.Options{}), estimate.Description{Category: equipment.Projector, Use: estimate.Use{HoursPerDay: 3, DaysPerYear: 175, AtRest: estimate.Asleep}})
	curve, err := power.CurveFor(factor.Default(), equipment.Projector)
	if err != nil {
		t.Fatal(err)
	}
	const year = 365.2425 * 24
	on := curve.Active().Times(525).Plus(curve.Sleep.Times(year - 525))
	is(t, "energy", r.Energy.Year, float64(on.Low), float64(on.Value), float64(on.High))
}
