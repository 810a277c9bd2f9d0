package estimate_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/estimate"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/maker"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
)

var both = []impact.Method{impact.ADEME, impact.Maker}

func TestWhatNoSourceTellsIsNilAndNotZero(t *testing.T) {
	e := estimator(t, estimate.Options{Methods: both, KeepOrReplace: true})
	r := estimated(t, e, estimate.Description{Category: equipment.Projector, Territory: "FR-974", Bought: bought})
	if r.Energy.TypicalYear != nil {
		t.Error("ENERGY STAR's programme says nothing of projectors")
	}
	if by := r.Methods[1]; by.Unavailable == "" || by.Year != nil || by.Carried != nil || by.Compared != nil {
		t.Errorf("no maker publishes projectors: %+v", by)
	}
	for _, s := range r.Methods[0].Steps {
		if (s.Amount != nil) != (s.Name == impact.Use) {
			t.Errorf("step %s is %v", s.Name, s.Amount)
		}
	}
	for _, c := range r.Criteria {
		if c.Embodied != nil || c.Use != nil {
			t.Errorf("%s of a projector on La Réunion is %v, %v", c.Criterion, c.Embodied, c.Use)
		}
	}
	if r.Conformity.Class != profile.ClassNotComparable {
		t.Errorf("a projector is %s beside a laptop", r.Conformity.Class)
	}
	r = estimated(t, estimator(t, estimate.Options{}), estimate.Description{Category: equipment.Laptop})
	if by := r.Methods[0]; r.Age != nil || by.Amortised != nil || by.Remaining != nil {
		t.Errorf("nobody says when it was bought: %v, %v", r.Age, by.Amortised)
	}
	if c := r.Criteria[4]; c.Criterion != impact.PrimaryEnergy || c.Embodied != nil || c.Use == nil {
		t.Errorf("no source tells the primary energy of making a laptop: %+v", c)
	}
	text, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(text), `"embodied_per_year":null`) || !strings.Contains(string(text), `"age_years":null`) {
		t.Errorf("as JSON it is %s, %v", text, err)
	}
}

func TestMethodsStandSideBySideAndAreNeverAdded(t *testing.T) {
	e := estimator(t, estimate.Options{Methods: both})
	d := estimate.Description{Category: equipment.Laptop, Maker: "Dell Inc.", Model: "LATITUDE 3420", Bought: bought, Count: 2}
	r := estimated(t, e, d)
	by := r.Methods[1]
	if by.Prediction == nil || by.Prediction.Basis != maker.LookedUp || len(by.Prediction.Nearest) == 0 || by.Source == nil || by.Source.Licence != "ODbL 1.0" {
		t.Fatalf("a known product rests on %+v of %+v", by.Prediction, by.Source)
	}
	if by.Compared != nil {
		t.Error("the reference has no maker's value to compare with")
	}
	if by.Year.Embodied == r.Methods[0].Year.Embodied {
		t.Error("the two methods say the same to the last digit")
	}
	if from := by.Year.From; !near(from.Modelled, float64(by.Year.Embodied.Value/by.Year.Total.Value)) {
		t.Errorf("an impact that makers publish is known as %+v", from)
	}
	mended := d
	mended.Parts = []estimate.Fitted{{Part: lifespan.SSD, On: bought}}
	if m := estimated(t, e, mended).Methods[1]; !near(m.Year.From.Assumed, float64((m.Year.Use.Value+41_000.0/7)/m.Year.Total.Value)) {
		t.Errorf("of a disk of 41 kg over 7 years, the impact is known as %+v", m.Year.From)
	}
	projector := estimated(t, e, estimate.Description{Category: equipment.Projector, Count: 5})
	for i, m := range both {
		total := estimate.Sum(m, []estimate.Result{r, projector, r})
		want, devices := 4*r.Methods[i].Year.Total.Value, int64(4)
		if m == impact.ADEME {
			want, devices = want+5*projector.Methods[0].Year.Total.Value, 9
		}
		if !near(float64(total.Total.Value), float64(want)) || total.Devices != devices || total.LeftOut != 9-devices {
			t.Errorf("%s: %+v; want %v g of %d devices", m, total, want, devices)
		}
	}
}

func TestOwnFactorsShowAsOverrides(t *testing.T) {
	own := with(t, "rows:\n  - {key: embodied.laptop, value: 150, low: 130, high: 175, unit: kgCO2e, interval: supplier's, source: ecodiag, page: annexe, verified: yes}\n")
	e, err := estimate.New(own, estimate.Options{Day: today})
	if err != nil {
		t.Fatal(err)
	}
	r := estimated(t, e, estimate.Description{Category: equipment.Laptop})
	is(t, "embodied", r.Methods[0].Year.Embodied, 26_000, 30_000, 35_000)
	at := slices.IndexFunc(r.Factors, func(f *factor.Row) bool { return f.Key == "embodied.laptop" })
	if at < 0 || !r.Factors[at].Override {
		t.Errorf("the own row is not shown as such: %+v", r.Factors)
	}
	// The shipped steps add up to another impact than the supplier's.
	if s := r.Methods[0].Steps[0]; s.Name != impact.Manufacture || s.Amount != nil {
		t.Errorf("steps of another source are shown: %+v", s)
	}
}

func TestKeepOrReplaceUsesWhatIsKnownOfTheDevice(t *testing.T) {
	e := estimator(t, estimate.Options{KeepOrReplace: true})
	kWh := 33.0
	r := estimated(t, e, estimate.Description{Category: equipment.Laptop, Bought: bought, ExpectedLife: 8, Use: estimate.Use{MeteredKWh: &kWh}})
	q := r.Keep.Question
	if q.OldEnergy.Value != 33_000 || !near(float64(q.OldLife.Value), 8-730/365.2425) || q.NewEnergy.Value != 17_000 {
		t.Errorf("the question is %+v", q)
	}
	if r.Keep.Answer.Verdict != lifespan.Keep && r.Keep.Answer.Verdict != lifespan.Undecided && r.Keep.Answer.Verdict != lifespan.Mend {
		t.Errorf("a laptop of two years is to be %s", r.Keep.Answer.Verdict)
	}
	// 5 years (4 to 7) less two, and what a battery adds.
	r = estimated(t, e, estimate.Description{Category: equipment.Laptop, Bought: bought, Parts: []estimate.Fitted{{Part: lifespan.Battery, On: bought + 100}}})
	const left = 2 - 730/365.2425
	is(t, "remaining life", r.Keep.Question.OldLife.Interval, 4+left, 5+left, 7+left)
	// A new device is used as the old one is, and stands in the same room.
	idle := 0.0
	r = estimated(t, e, estimate.Description{Category: equipment.Laptop, Bought: bought, ScreenIn: 17, Use: estimate.Use{HoursPerDay: 4, DaysPerYear: 100, Load: &idle, AtRest: estimate.Off}})
	const year = 365.2425 * 24
	is(t, "energy of a new one", r.Keep.Question.NewEnergy.Interval, 400*3+(year-400)*0.1, 400*5.3+(year-400)*0.3, 400*12+(year-400)*0.5)
	if r.Energy.Year.Value <= r.Keep.Question.NewEnergy.Value {
		t.Error("a screen of 17 inches draws no more than one of 14")
	}
	r = estimated(t, e, estimate.Description{Category: equipment.Server, Bought: bought, Room: grid.DataCentre})
	is(t, "energy of a new server", r.Keep.Question.NewEnergy.Interval, 1019e3*1.2, 1529e3*1.75, 1859e3*2.2)
	if _, err := e.Estimate(estimate.Description{Category: equipment.Laptop}); err == nil || !strings.Contains(err.Error(), "bought") {
		t.Errorf("without an age the answer is %v", err)
	}
}

func TestPupilsShareTheDevices(t *testing.T) {
	e := estimator(t, estimate.Options{})
	r := estimated(t, e, estimate.Description{Category: equipment.Laptop, Count: 30, Pupils: 60})
	if c := r.Methods[0].Compared; c.Per != "pupil" || !near(float64(c.Ratio.Value), 0.5) {
		t.Errorf("30 reference laptops for 60 pupils are %+v", c)
	}
}

func TestProblemsNameTheFieldAndWhatIsAllowed(t *testing.T) {
	nan, half, two := math.NaN(), 0.5, 2.0
	laptop := func(change func(*estimate.Description)) estimate.Description {
		d := estimate.Description{Category: equipment.Laptop, Bought: bought}
		change(&d)
		return d
	}
	for _, test := range []struct {
		field, text string
		d           estimate.Description
	}{
		{"category", "laptop", estimate.Description{}},
		{"category", "projector", estimate.Description{Category: "toaster"}},
		{"category", "host", estimate.Description{Category: equipment.Virtual}},
		{"memory_gib", "from 0", laptop(func(d *estimate.Description) { d.MemoryGiB = -1 })},
		{"storage_gb", "NaN", laptop(func(d *estimate.Description) { d.StorageGB = nan })},
		{"screen_in", "200", laptop(func(d *estimate.Description) { d.ScreenIn = math.Inf(1) })},
		{"weight_kg", "1000", laptop(func(d *estimate.Description) { d.WeightKg = 1e9 })},
		{"brightness", "to 1", laptop(func(d *estimate.Description) { d.Brightness = 50 })},
		{"count", "from 0", laptop(func(d *estimate.Description) { d.Count = -3 })},
		{"bought", "2026-11-23", laptop(func(d *estimate.Description) { d.Bought = estimate.Date(today + 1) })},
		{"bought", "1990-01-01", laptop(func(d *estimate.Description) { d.Bought = 1 })},
		{"acquisition", "leased", laptop(func(d *estimate.Description) { d.Acquisition = "stolen" })},
		{"first_life_years", "reconditioned", laptop(func(d *estimate.Description) { d.FirstLife = 3 })},
		{"expected_life_years", "0.5", laptop(func(d *estimate.Description) { d.ExpectedLife = 0.1 })},
		{"parts", "battery", laptop(func(d *estimate.Description) { d.Parts = []estimate.Fitted{{Part: "wheel", On: bought}} })},
		{"parts", "2024-11-23", laptop(func(d *estimate.Description) {
			d.Parts = []estimate.Fitted{{Part: lifespan.Battery, On: bought - 1}}
		})},
		{"parts", "bought", estimate.Description{Category: equipment.Laptop, Parts: []estimate.Fitted{{Part: lifespan.Battery, On: bought}}}},
		{"hours_per_day", "24", laptop(func(d *estimate.Description) { d.Use.HoursPerDay = 25 })},
		{"hours_per_day", "needed", laptop(func(d *estimate.Description) { d.Use.DaysPerYear = 100 })},
		{"hours_per_day", "needed", laptop(func(d *estimate.Description) { d.Use.Load = &half })},
		{"days_per_year", "366", laptop(func(d *estimate.Description) { d.Use = estimate.Use{HoursPerDay: 1, DaysPerYear: 400} })},
		{"load", "to 1", laptop(func(d *estimate.Description) { d.Use = estimate.Use{HoursPerDay: 1, Load: &two} })},
		{"at_rest", "asleep", laptop(func(d *estimate.Description) { d.Use = estimate.Use{HoursPerDay: 1, AtRest: "dead"} })},
		{"always_on", "leave out", laptop(func(d *estimate.Description) { d.Use = estimate.Use{AlwaysOn: true, HoursPerDay: 3} })},
		{"metered_kwh_year", "leave out", laptop(func(d *estimate.Description) { d.Use = estimate.Use{MeteredKWh: &half, HoursPerDay: 3} })},
		{"metered_kwh_year", "NaN", laptop(func(d *estimate.Description) { d.Use.MeteredKWh = &nan })},
		{"room", "servers", laptop(func(d *estimate.Description) { d.Room = grid.DataCentre })},
		{"room", "data_centre", estimate.Description{Category: equipment.Server, Room: "attic"}},
		{"pue", "from 1", estimate.Description{Category: equipment.Server, PUE: 0.5}},
		{"pue", "not both", estimate.Description{Category: equipment.Server, PUE: 1.5, Room: grid.DataCentre}},
		{"territory", "FR-974", laptop(func(d *estimate.Description) { d.Territory = "BE" })},
		{"pupils", "from 0", laptop(func(d *estimate.Description) { d.Pupils = -1 })},
	} {
		found := test.d.Problems(today)
		if len(found) != 1 || found[0].Field != test.field || !strings.Contains(found[0].Text, test.text) {
			t.Errorf("%s: found %v; want one with %q", test.field, found, test.text)
		}
		if _, err := estimator(t, estimate.Options{}).Estimate(test.d); err == nil {
			t.Errorf("%s: it is estimated all the same", test.field)
		}
	}
	if _, err := estimator(t, estimate.Options{}).Estimate(estimate.Description{Category: equipment.Printer, Acquisition: lifespan.Donated}); err == nil || !strings.HasPrefix(err.Error(), "acquisition: ") {
		t.Errorf("no rule says what a donated printer carries: %v", err)
	}
	if _, err := estimator(t, estimate.Options{}).Estimate(estimate.Description{Category: equipment.Laptop, Territory: "FR-WF"}); err == nil || !strings.Contains(err.Error(), "Wallis") {
		t.Errorf("no factor is known for Wallis-et-Futuna: %v", err)
	}
}

func TestOptionsThatCannotBeAreRefused(t *testing.T) {
	for _, o := range []estimate.Options{
		{}, // the day is missing
		{Day: today, Methods: []impact.Method{"guess"}},
		{Day: today, Methods: []impact.Method{impact.ADEME, impact.ADEME}},
		{Day: today, Territory: "Mars"},
		{Day: today, Profile: "professor"},
		{Day: calendar.Date(2001, 1, 1)}, // no electricity
	} {
		if _, err := estimate.New(factor.Default(), o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// draw is any description that has no problem.
func draw(t *rapid.T) estimate.Description {
	d := estimate.Description{
		Category: rapid.SampledFrom([]equipment.Category{equipment.Laptop, equipment.Desktop, equipment.Tablet, equipment.Monitor, equipment.Server, equipment.Smartphone, equipment.ThinClient}).Draw(t, "category"),
		Count:    rapid.Int64Range(1, 1000).Draw(t, "count"), MemoryGiB: rapid.Float64Range(0, 64).Draw(t, "memory"), ScreenIn: rapid.Float64Range(0, 40).Draw(t, "screen"),
		WeightKg: rapid.Float64Range(0, 20).Draw(t, "weight"), Brightness: rapid.Float64Range(0, 1).Draw(t, "brightness"),
		Bought:      estimate.Date(today - calendar.Day(rapid.IntRange(0, 12*365).Draw(t, "days"))),
		Acquisition: rapid.SampledFrom(append(lifespan.Acquisitions, "")).Draw(t, "acquisition"), Pupils: rapid.Float64Range(0, 500).Draw(t, "pupils"),
	}
	if d.Acquisition.SecondHand() {
		d.FirstLife = lifespanYears(rapid.Float64Range(0, 10).Draw(t, "first life"))
	}
	if rapid.Bool().Draw(t, "a life is said") {
		d.ExpectedLife = lifespanYears(rapid.Float64Range(0.5, 15).Draw(t, "life"))
	}
	if rapid.Bool().Draw(t, "a part was fitted") {
		d.Parts = []estimate.Fitted{{Part: rapid.SampledFrom(lifespan.Parts).Draw(t, "part"), On: estimate.Date(rapid.IntRange(int(d.Bought), int(today)).Draw(t, "on"))}}
	}
	switch rapid.IntRange(0, 3).Draw(t, "use") {
	case 1:
		kWh := rapid.Float64Range(0, 5000).Draw(t, "kWh")
		d.Use.MeteredKWh = &kWh
	case 2:
		load := rapid.Float64Range(0, 1).Draw(t, "load")
		d.Use = estimate.Use{HoursPerDay: rapid.Float64Range(0.1, 24).Draw(t, "hours"), DaysPerYear: rapid.Float64Range(0, 366).Draw(t, "days"), Load: &load, AtRest: rapid.SampledFrom(append(estimate.Rests, "")).Draw(t, "rest")}
	case 3:
		d.Use.AlwaysOn = true
	}
	return d
}

func lifespanYears(y float64) quantity.Years { return quantity.Years(y) }

func ordered[T quantity.Unit](i quantity.Interval[T]) bool {
	return 0 <= i.Low && i.Low <= i.Value && i.Value <= i.High && !math.IsInf(float64(i.High), 0)
}

func TestEstimatesKeepTheirRules(t *testing.T) {
	e := estimator(t, estimate.Options{KeepOrReplace: true})
	rapid.Check(t, func(rt *rapid.T) {
		d := draw(rt)
		r, err := e.Estimate(d)
		if err != nil {
			rt.Fatal(err)
		}
		by := r.Methods[0]
		for _, i := range []quantity.Interval[quantity.Grams]{by.Year.Use, by.Year.Embodied, by.Year.Total, by.Lifetime.Total, *by.Carried, *by.Amortised, *by.Remaining} {
			if !ordered(i) {
				rt.Fatalf("%+v does not hold its value", i)
			}
		}
		if !ordered(r.Energy.Year) {
			rt.Fatalf("energy %+v does not hold its value", r.Energy.Year)
		}
		if account := by.Amortised.Plus(*by.Remaining); !near(float64(account.Value), float64(by.Carried.Value)) {
			rt.Fatalf("%v g are amortised or remain, of %v", account.Value, by.Carried.Value)
		}
		shares := 1.0
		if by.Year.Total.Value == 0 {
			shares = 0 // nothing has no origin
		}
		if from := by.Year.From; !near(from.Measured+from.Calibrated+from.Modelled+from.Assumed, shares) {
			rt.Fatalf("shares are %+v", from)
		}
		// Twice as many are the sum of two.
		twice := d
		twice.Count *= 2
		r2, err := e.Estimate(twice)
		if err != nil {
			rt.Fatal(err)
		}
		one, two := estimate.Sum(impact.ADEME, []estimate.Result{r, r}), estimate.Sum(impact.ADEME, []estimate.Result{r2})
		if !near(float64(one.Total.High), float64(two.Total.High)) || one.Devices != two.Devices {
			rt.Fatalf("twice %d devices are %v, one such is %v", d.Count, one.Total, two.Total)
		}
		// A longer life never weighs more by the year, more energy never less.
		longer := d
		longer.ExpectedLife = max(r.Life, d.ExpectedLife) + 1
		if r2, err = e.Estimate(longer); err != nil {
			rt.Fatal(err)
		}
		if r2.Methods[0].Year.Embodied.Value > by.Year.Embodied.Value*(1+1e-12) {
			rt.Fatalf("a year longer, %v g a year become %v", by.Year.Embodied.Value, r2.Methods[0].Year.Embodied.Value)
		}
		more := d
		kWh := float64(r.Energy.Year.Value)/1000 + 1
		more.Use = estimate.Use{MeteredKWh: &kWh}
		if r2, err = e.Estimate(more); err != nil {
			rt.Fatal(err)
		}
		if r2.Methods[0].Year.Total.Value <= by.Year.Total.Value {
			rt.Fatalf("a kWh more, %v g a year become %v", by.Year.Total.Value, r2.Methods[0].Year.Total.Value)
		}
	})
}
