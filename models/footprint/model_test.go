package footprint_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/report"
)

func model(t rapid.TB) *footprint.Model {
	t.Helper()
	m, err := footprint.New(factor.Default(), footprint.Options{Territory: grid.MainlandFrance})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// class is that of a product of which only the category is known.
func class(t rapid.TB, c equipment.Category) *footprint.Class {
	t.Helper()
	k, err := model(t).Class(equipment.Spec{Category: c})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// march is March 2024: 31 days, a whole month of electricity at 44.2 g/kWh (34.5 to 44.2).
var march = footprint.Stretch{
	Days: calendar.Period{From: calendar.Date(2024, 3, 1), To: calendar.Date(2024, 4, 1)},
	From: time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC),
}

const marchYears = 31 / 365.2425

func with(s footprint.Stretch, f footprint.Facts) footprint.Stretch {
	s.Facts = f
	return s
}

// since is one cohort of devices put into service so many years before the end of March 2024.
func since(years float64, count int64) []footprint.Cohort {
	return []footprint.Cohort{{InService: march.To.Add(-time.Duration(years * float64(lifespan.Year))), Count: count}}
}

func estimate(t rapid.TB, c equipment.Category, cohorts []footprint.Cohort, s footprint.Stretch) footprint.Figure {
	t.Helper()
	f, err := model(t).Estimate(class(t, c), cohorts, s, march.To)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a), math.Abs(b)) }

func nearly[T quantity.Unit](a, b quantity.Interval[T]) bool {
	return near(float64(a.Low), float64(b.Low)) && near(float64(a.Value), float64(b.Value)) && near(float64(a.High), float64(b.High))
}

func same(a, b footprint.Figure) bool {
	// What is drawn in the hours that nobody saw is a difference of large numbers: all is
	// compared on top of a watt in all hours in service, or rounding alone would tell two
	// zeros apart.
	wattHours := 8766 * a.DeviceYears
	energy, use := quantity.Exactly(quantity.WattHours(wattHours)), quantity.Exactly(quantity.Grams(wattHours/10))
	from := func(p, q footprint.Provenance, sum float64) bool {
		return near(sum+p.Measured, sum+q.Measured) && near(sum+p.Calibrated, sum+q.Calibrated) &&
			near(sum+p.Modelled, sum+q.Modelled) && near(sum+p.Assumed, sum+q.Assumed)
	}
	return near(a.DeviceYears, b.DeviceYears) && near(a.Lives, b.Lives) && nearly(a.Embodied, b.Embodied) && nearly(a.Parts, b.Parts) &&
		nearly(a.Energy.Plus(energy), b.Energy.Plus(energy)) && nearly(a.Use.Plus(use), b.Use.Plus(use)) &&
		from(a.EnergyFrom, b.EnergyFrom, wattHours) && from(a.MassFrom, b.MassFrom, float64(a.Total().Value))
}

// A laptop that never reports: 17 kWh a year (14 to 39.75), 185.1 kg (135 to 260) over five years.
func TestSilentDeviceStillHasAFootprint(t *testing.T) {
	const kWh = 1000 * marchYears
	got := estimate(t, equipment.Laptop, since(2, 1), march)
	want := footprint.Figure{
		DeviceYears: marchYears,
		Lives:       marchYears / 5,
		Energy:      footprint.Energy{Low: 14 * kWh, Value: 17 * kWh, High: 39.75 * kWh},
		Use:         footprint.Mass{Low: 14 * 34.5 * marchYears, Value: 17 * 44.2 * marchYears, High: 39.75 * 44.2 * marchYears},
		Embodied:    footprint.Mass{Low: 27_000 * marchYears, Value: 37_020 * marchYears, High: 52_000 * marchYears},
		EnergyFrom:  footprint.Provenance{Assumed: 17 * kWh},
		MassFrom:    footprint.Provenance{Assumed: (17*44.2 + 37_020) * marchYears},
	}
	if !same(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// An hour of each state of a laptop, and an hour on battery. From idle to full load
// a laptop goes 5.3 to 20 W (3 to 12, 12 to 45); the bounds follow codecarbon's
// cubic in steps of a tenth, and Teads' curve: 0.32 at 10 %, 0.966 at 90 %.
func TestKnownEnergyIsMeteredOrFollowsUse(t *testing.T) {
	const hour = 3_600_000
	load := func(bin int) footprint.Facts {
		var f footprint.Facts
		f.LoadMs[bin] = hour
		return f
	}
	for name, test := range map[string]struct {
		facts footprint.Facts
		want  footprint.Energy
		from  footprint.Provenance
	}{
		"nothing":     {footprint.Facts{}, footprint.Energy{}, footprint.Provenance{}},
		"off":         {footprint.Facts{OffMs: hour}, footprint.Energy{Low: 0.1, Value: 0.3, High: 0.5}, footprint.Provenance{Modelled: 0.3}},
		"suspended":   {footprint.Facts{SuspendedMs: hour}, footprint.Energy{Low: 0.3, Value: 0.6, High: 1.5}, footprint.Provenance{Modelled: 0.6}},
		"idle, 2.5 %": {load(0), footprint.Energy{Low: 3 + 0.25*0.001*9, Value: 5.3 + 0.025*14.7, High: 12 + 0.25*(0.2/0.9)*33}, footprint.Provenance{Modelled: 5.6675}},
		"busy, 90 %":  {load(4), footprint.Energy{Low: 3 + 0.729*9, Value: 5.3 + 0.9*14.7, High: 12 + (0.966-0.12)/0.9*33}, footprint.Provenance{Modelled: 18.53}},
		// The mains side is up to a quarter above what the battery gave.
		"on battery": {footprint.Facts{MeteredMs: hour, Metered: 9 * 3600 * joule}, footprint.Energy{Low: 9, Value: 9, High: 11.25}, footprint.Provenance{Measured: 9}},
		// The processor is metered, screen, board and disk (2 to 8 W) are not.
		"package": {footprint.Facts{PartMs: hour, Part: 3 * 3600 * joule}, footprint.Energy{Low: 5, Value: 6.7, High: 11}, footprint.Provenance{Measured: 3, Modelled: 3.7}},
	} {
		got, from := model(t).KnownEnergy(class(t, equipment.Laptop), test.facts)
		if !nearly(got, test.want) || !same(footprint.Figure{EnergyFrom: from}, footprint.Figure{EnergyFrom: test.from}) {
			t.Errorf("%s: got %+v from %+v; want %+v from %+v", name, got, from, test.want, test.from)
		}
	}
}

var physical = []equipment.Category{equipment.Laptop, equipment.Desktop, equipment.Tablet, equipment.Monitor, equipment.Server}

// drawFacts draws facts that speak of at most so many milliseconds.
func drawFacts(t *rapid.T, left int64) footprint.Facts {
	var f footprint.Facts
	for _, ms := range []*int64{&f.OffMs, &f.SuspendedMs, &f.MeteredMs, &f.PartMs, &f.LoadMs[0], &f.LoadMs[1], &f.LoadMs[2], &f.LoadMs[3], &f.LoadMs[4]} {
		*ms = rapid.Int64Range(0, left).Draw(t, "ms")
		left -= *ms
	}
	f.Metered = quantity.Microjoules(rapid.Int64Range(0, f.MeteredMs*100_000).Draw(t, "metered"))
	f.Part = quantity.Microjoules(rapid.Int64Range(0, f.PartMs*50_000).Draw(t, "part"))
	return f
}

func drawFleet(t *rapid.T) ([]footprint.Cohort, footprint.Facts) {
	cohorts := make([]footprint.Cohort, rapid.IntRange(1, 3).Draw(t, "cohorts"))
	var inServiceMs int64
	for i := range cohorts {
		cohorts[i] = since(rapid.Float64Range(0.1, 12).Draw(t, "age"), rapid.Int64Range(1, 5000).Draw(t, "count"))[0]
		for range rapid.IntRange(0, 2).Draw(t, "repairs") {
			on := cohorts[i].InService.AddDate(0, 0, rapid.IntRange(-10, 4000).Draw(t, "fitted"))
			cohorts[i].Fitted = append(cohorts[i].Fitted, footprint.Fitted{Part: rapid.SampledFrom(lifespan.RepairedParts).Draw(t, "part"), On: on, Count: rapid.Int64Range(1, cohorts[i].Count).Draw(t, "parts")})
		}
		inServiceMs += cohorts[i].Count * march.To.Sub(march.From).Milliseconds()
	}
	return cohorts, drawFacts(t, inServiceMs)
}

// A school's figure is the sum of its devices' figures, to the gram.
func TestFiguresOfDevicesAddUpToThoseOfTheSchool(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(physical).Draw(t, "category")
		cohortsA, a := drawFleet(t)
		cohortsB, b := drawFleet(t)
		both := a
		both.Add(b)
		whole := estimate(t, c, append(append([]footprint.Cohort{}, cohortsA...), cohortsB...), with(march, both))
		parts := estimate(t, c, cohortsA, with(march, a)).Plus(estimate(t, c, cohortsB, with(march, b)))
		if !same(whole, parts) {
			t.Fatalf("together %+v\napart    %+v", whole, parts)
		}
	})
}

// Days add up to their month, wherever it is cut and whenever devices come and go.
func TestFiguresOfDaysAddUpToThoseOfTheMonth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cohorts, _ := drawFleet(t)
		cohorts[0].InService = march.From.Add(time.Duration(rapid.IntRange(-1000, 1000).Draw(t, "bought")) * time.Hour)
		cohorts[0].Retired = cohorts[0].InService.Add(time.Duration(rapid.IntRange(1, 2000).Draw(t, "kept")) * time.Hour)
		cut := march.Days.From + calendar.Day(rapid.IntRange(1, 30).Draw(t, "days"))
		first, second := march, march
		first.Days.To, second.Days.From = cut, cut
		first.To, second.From = cut.UTC(), cut.UTC()
		whole := estimate(t, equipment.Laptop, cohorts, march)
		parts := estimate(t, equipment.Laptop, cohorts, first).Plus(estimate(t, equipment.Laptop, cohorts, second))
		if !same(whole, parts) {
			t.Fatalf("the month %+v\nits days  %+v", whole, parts)
		}
	})
}

func TestIntervalHoldsTheValueAndSharesAddUpToOne(t *testing.T) {
	holds := func(low, value, high float64) bool { return 0 <= low && low <= value && value <= high }
	rapid.Check(t, func(t *rapid.T) {
		cohorts, facts := drawFleet(t)
		f := estimate(t, rapid.SampledFrom(physical).Draw(t, "category"), cohorts, with(march, facts))
		total := f.Total()
		if !holds(float64(f.Energy.Low), float64(f.Energy.Value), float64(f.Energy.High)) || !holds(float64(total.Low), float64(total.Value), float64(total.High)) {
			t.Fatalf("got %+v", f)
		}
		for of, p := range map[float64]footprint.Provenance{float64(f.Energy.Value): f.EnergyFrom, float64(total.Value): f.MassFrom} {
			s := p.Shares()
			if !near(p.Measured+p.Calibrated+p.Modelled+p.Assumed, of) || !near(s.Measured+s.Calibrated+s.Modelled+s.Assumed, 1) {
				t.Fatalf("%v is known from %+v, in shares %+v", of, p, s)
			}
		}
	})
	if got := (footprint.Provenance{}).Shares(); got != (footprint.Provenance{}) {
		t.Errorf("shares of nothing are %+v", got)
	}
}

// Clocks and time zones may make facts longer than the time in service: then
// nothing is assumed, and never less than nothing.
func TestNothingNegativeIsAssumed(t *testing.T) {
	f := estimate(t, equipment.Laptop, since(1./365.2425, 1), with(march, footprint.Facts{OffMs: 3 * 86_400_000}))
	if f.EnergyFrom.Assumed != 0 || !near(float64(f.Energy.Value), 0.3*72) {
		t.Errorf("got %+v", f)
	}
}

func TestVirtualMachineHasUseButNoFootprint(t *testing.T) {
	m := model(t)
	facts := footprint.Facts{LoadMs: [report.LoadBins]int64{3_600_000}, PartMs: 1000, Part: 5 * joule}
	f := estimate(t, equipment.Virtual, since(2, 10), with(march, facts))
	if f != (footprint.Figure{}) {
		t.Errorf("a virtual machine has %+v", f)
	}
	if e, from := m.KnownEnergy(class(t, equipment.Virtual), facts); e != (footprint.Energy{}) || from != (footprint.Provenance{}) {
		t.Errorf("its energy, which is its host's, is counted: %+v", e)
	}
	// In service since this moment: its age is nothing, and there is nothing to divide by.
	if saved := m.SavedByLongerLife(class(t, equipment.Virtual), since(0, 1), march, march.To, 1); saved != (footprint.Mass{}) {
		t.Errorf("a longer life saves %+v", saved)
	}
	if y, err := m.Yearly(class(t, equipment.Virtual), footprint.Figure{DeviceYears: 1}, 1, march.Days.From); err != nil || y != (footprint.Figure{}) {
		t.Errorf("a year of it is %+v, %v", y, err)
	}
	if years := class(t, equipment.Virtual).Lifetime(""); years != 0 {
		t.Errorf("it lives %v years", years)
	}
	for load, want := range map[float64]float64{0: 4 * 0.74, 0.5: 4 * 2.12, 1: 4 * 3.5} {
		if got, err := m.VirtualPower(4, load); err != nil || !near(float64(got), want) {
			t.Errorf("four virtual processors at %v draw %v W, %v; want %v", load, got, err, want)
		}
	}
}

func TestDeviceCountsWhileItIsInService(t *testing.T) {
	whole := estimate(t, equipment.Laptop, since(2, 1), march)
	for name, test := range map[string]struct {
		cohort footprint.Cohort
		days   float64
	}{
		"bought in the month":     {footprint.Cohort{InService: march.From.AddDate(0, 0, 21), Count: 1}, 10},
		"retired in the month":    {footprint.Cohort{InService: march.From.AddDate(-1, 0, 0), Retired: march.From.AddDate(0, 0, 10), Count: 1}, 10},
		"bought after the month":  {footprint.Cohort{InService: march.To.AddDate(0, 0, 1), Count: 1}, 0},
		"retired before":          {footprint.Cohort{InService: march.From.AddDate(-1, 0, 0), Retired: march.From, Count: 1}, 0},
		"five, all of the month":  {footprint.Cohort{InService: march.From.AddDate(-1, 0, 0), Count: 5}, 155},
		"retired after the month": {footprint.Cohort{InService: march.From.AddDate(-1, 0, 0), Retired: march.To.AddDate(0, 1, 0), Count: 1}, 31},
	} {
		if got := estimate(t, equipment.Laptop, []footprint.Cohort{test.cohort}, march); !same(got, whole.Times(test.days/31)) {
			t.Errorf("%s: got %+v; want that of %v days", name, got, test.days)
		}
	}
	// A kept device is spread over its age: 10 years instead of 5 halve the rate.
	if got := estimate(t, equipment.Laptop, since(10, 1), march).Embodied; !nearly(got, whole.Embodied.Times(0.5)) {
		t.Errorf("after ten years: %+v; want half of %+v", got, whole.Embodied)
	}
	// A retired one no longer ages: it left when it was six.
	left := footprint.Cohort{InService: march.From.Add(-6 * lifespan.Year), Retired: march.From, Count: 1}
	february := footprint.Stretch{Days: calendar.Period{From: calendar.Date(2024, 2, 1), To: calendar.Date(2024, 3, 1)}, From: march.From.AddDate(0, -1, 0), To: march.From}
	if got, err := model(t).Estimate(class(t, equipment.Laptop), []footprint.Cohort{left}, february, march.To.AddDate(20, 0, 0)); err != nil || !near(float64(got.Embodied.Value), 185_100./6*29/365.2425) {
		t.Errorf("twenty years later: %+v, %v", got.Embodied, err)
	}
}

func TestYearlyIsTheRateOrTheCategorysYear(t *testing.T) {
	const hour = 3_600_000
	busy := with(march, footprint.Facts{LoadMs: [report.LoadBins]int64{0, 0, 0, 0, 31 * 24 * hour}})
	month := estimate(t, equipment.Laptop, since(2, 1), busy)
	got, err := model(t).Yearly(class(t, equipment.Laptop), month, 1, march.Days.From)
	if err != nil || !same(got, month.Times(1/marchYears)) || got.EnergyFrom.Modelled == 0 {
		t.Errorf("followed for a month: %+v, %v", got, err)
	}
	// The same month shared by two devices is too short for either.
	for name, f := range map[string]footprint.Figure{"two devices": month, "a lesson": month.Times(1. / 744)} {
		got, err := model(t).Yearly(class(t, equipment.Laptop), f, 2, march.Days.From)
		if err != nil || !near(float64(got.Energy.Value), 17_000) || !near(float64(got.Use.Value), 17*44.2) || !near(float64(got.Embodied.Value), 37_020) ||
			got.EnergyFrom.Shares().Assumed != 1 || !near(got.MassFrom.Assumed, 17*44.2+37_020) || got.MassFrom.Shares().Assumed != 1 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if got, err := model(t).Yearly(class(t, equipment.Laptop), footprint.Figure{}, 1, march.Days.From); err != nil || got != (footprint.Figure{}) {
		t.Errorf("never in service: %+v, %v", got, err)
	}
}

func TestLongerLifeSavesAShareOfTheEmbodiedPart(t *testing.T) {
	saved := func(age, years float64) footprint.Mass {
		return model(t).SavedByLongerLife(class(t, equipment.Laptop), since(age, 10), march, march.To, years)
	}
	// From five years to six: 185.1 kg × (1/5 − 1/6) a year and device.
	want := footprint.Mass{Low: 135_000, Value: 185_100, High: 260_000}.Times(10 * marchYears * (1./5 - 1./6))
	if got := saved(2, 1); !nearly(got, want) {
		t.Errorf("got %+v; want %+v", got, want)
	}
	if got := saved(2, 0); got != (footprint.Mass{}) {
		t.Errorf("no year more saves %+v", got)
	}
	// From its eighth year, a device gains less: 1/8 − 1/9.
	if got := saved(8, 1); !near(float64(got.Value), 1_851_000*marchYears*(1./8-1./9)) {
		t.Errorf("at eight years: %+v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		age, years := rapid.Float64Range(0.1, 15).Draw(t, "age"), rapid.Float64Range(0.1, 5).Draw(t, "years")
		one, more := saved(age, years), saved(age, years+1)
		if !(one.Value > 0 && one.Low > 0 && one.Value < more.Value) {
			t.Fatalf("%v years more save %+v, one more %+v", years, one, more)
		}
	})
}

func TestLifetimeIsTheExpectedLife(t *testing.T) {
	for c, want := range map[equipment.Category]quantity.Years{equipment.Laptop: 5, equipment.Desktop: 6, equipment.Tablet: 3, equipment.Monitor: 6, equipment.Server: 5} {
		if got := class(t, c).Lifetime(""); got != want {
			t.Errorf("%s: %v; want %v", c, got, want)
		}
	}
}

func TestEmissionsOfADayAreThoseOfItsYear(t *testing.T) {
	got, err := model(t).Emissions(footprint.Energy{Low: 1000, Value: 1000, High: 1000}, footprint.Stretch{Days: calendar.Period{From: calendar.Date(2022, 12, 31)}})
	if err != nil || !nearly(got, footprint.Mass{Low: 78.6, Value: 78.6, High: 88.6}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// A figure that would lack a factor is an error, never a zero.
func TestMissingFactorIsAnError(t *testing.T) {
	if _, err := model(t).Class(equipment.Spec{Category: "toaster"}); err == nil || !strings.Contains(err.Error(), "toaster") {
		t.Errorf("unknown category: %v", err)
	}
	reunion, err := footprint.New(factor.Default(), footprint.Options{Territory: "RE"})
	if err != nil {
		t.Fatal(err)
	}
	_, errEstimate := reunion.Estimate(class(t, equipment.Laptop), since(1, 1), march, march.To)
	_, errYearly := reunion.Yearly(class(t, equipment.Laptop), footprint.Figure{DeviceYears: 0.01}, 1, march.Days.From)
	_, errEmissions := reunion.Emissions(footprint.Energy{}, march)
	for _, err := range []error{errEstimate, errYearly, errEmissions} {
		if err == nil || !strings.Contains(err.Error(), `"RE"`) {
			t.Errorf("a territory without electricity: %v", err)
		}
	}
	if _, err := footprint.New(&factor.Table{}, footprint.Options{Territory: "FR"}); err == nil {
		t.Error("a table without rows makes a model")
	}
	for _, c := range physical {
		for _, key := range class(t, c).FactorKeys() {
			region, day := "", time.Time{}
			if key == "electricity" {
				region, day = "FR", march.From
			}
			if _, err := factor.Default().Find(key, region, day); err != nil {
				t.Errorf("a figure of a %s cites a factor that is not there: %v", c, err)
			}
		}
	}
}

// What a server draws in a data centre, its cooling included: NumEcoEval's 1.75.
func TestServersRoomIsInItsEnergy(t *testing.T) {
	facts := footprint.Facts{MeteredMs: 3_600_000, Metered: 200 * 3600 * joule}
	for room, want := range map[grid.Room]float64{grid.ServerRoom: 200, grid.DataCentre: 350, "": 200} {
		m, err := footprint.New(factor.Default(), footprint.Options{Territory: grid.MainlandFrance, Room: room})
		if err != nil {
			t.Fatal(err)
		}
		for category, watts := range map[equipment.Category]float64{equipment.Server: want, equipment.Desktop: 200} {
			k, err := m.Class(equipment.Spec{Category: category})
			if err != nil {
				t.Fatal(err)
			}
			got, from := m.KnownEnergy(k, facts)
			if !near(float64(got.Value), watts) || !near(from.Measured, watts) || got.Low > got.Value || got.High <= got.Value {
				t.Errorf("a %s in %q draws %+v, measured %v; want %v", category, room, got, from.Measured, watts)
			}
		}
	}
}

// By the shipped rules: a second-hand laptop whose first life nobody knows carries
// nothing of its making (0 to half), a reconditioned one 20 % (3 to 57) for that; both
// are expected to serve four years more.
func TestSecondHandDevicesCarryWhatIsLeftOfThem(t *testing.T) {
	for acquisition, want := range map[lifespan.Acquisition]footprint.Mass{
		"": {Low: 135_000, Value: 185_100, High: 260_000}, lifespan.New: {Low: 135_000, Value: 185_100, High: 260_000}, lifespan.Leased: {Low: 135_000, Value: 185_100, High: 260_000},
		lifespan.Donated:       {Low: 0, Value: 0, High: 130_000},
		lifespan.Reconditioned: {Low: 135_000 * 0.03, Value: 185_100 * 0.2, High: 260_000 * 1.07},
	} {
		years := 5.0
		if acquisition.SecondHand() {
			years = 4
		}
		cohorts := since(2, 3)
		cohorts[0].Acquisition = acquisition
		got := estimate(t, equipment.Laptop, cohorts, march).Embodied
		if per := want.Times(3 * marchYears / years); !nearly(got, per) {
			t.Errorf("%s: March embodies %v; want %v", acquisition, got, per)
		}
		if k := class(t, equipment.Laptop); k.Lifetime(acquisition) != quantity.Years(years) || !nearly(k.Carried(cohorts[0]), want) {
			t.Errorf("%s: carries %v for %v years", acquisition, k.Carried(cohorts[0]), k.Lifetime(acquisition))
		}
	}
}
