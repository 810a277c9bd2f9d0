package profile_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/profile"
)

var today = calendar.Date(2026, 11, 23)

func near(got footprint.Mass, low, value, high float64) bool {
	return math.Abs(float64(got.Low)-low)+math.Abs(float64(got.Value)-value)+math.Abs(float64(got.High)-high) < 1e-6
}

// Computed by hand. Embodied: 185.1 kg (135 to 260) over 5 years. Use: 17 kWh a
// year (14 to 39.75) at 44.2 g/kWh (34.5 to 55.3), or at 2023's 55.3 (52.9 to 56.04).
func TestReferenceOfAPupilIsTheOneComputedByHand(t *testing.T) {
	for _, key := range []string{profile.Collegien, profile.Lyceen} {
		for _, test := range []struct {
			day calendar.Day
			use [3]float64
		}{
			{today, [3]float64{483, 751.4, 2198.175}},
			{calendar.Date(2023, 10, 2), [3]float64{740.6, 940.1, 2227.59}},
		} {
			r, err := profile.For(factor.Default(), key, "FR", test.day)
			if err != nil {
				t.Fatal(err)
			}
			y := r.Yearly
			if !near(y.Embodied, 27_000, 37_020, 52_000) || !near(y.Use, test.use[0], test.use[1], test.use[2]) ||
				!near(y.Total(), 27_000+test.use[0], 37_020+test.use[1], 52_000+test.use[2]) {
				t.Errorf("%s on %s: embodied %v, use %v", key, test.day, y.Embodied, y.Use)
			}
			if y.DeviceYears != 1 || y.Energy != (footprint.Energy{Low: 14_000, Value: 17_000, High: 39_750}) {
				t.Errorf("%s on %s: %v Wh in %v years", key, test.day, y.Energy, y.DeviceYears)
			}
			if y.EnergyFrom.Shares().Assumed != 1 || math.Abs(y.MassFrom.Assumed-float64(y.Total().Value)) > 1e-6 {
				t.Errorf("%s: a reference is assumed, wholly; got %+v, %+v", key, y.EnergyFrom, y.MassFrom)
			}
			if !r.Profile.Provisional || !slices.Equal(r.Factors, []string{"embodied.laptop", "lifetime.laptop", "use.laptop", "electricity"}) {
				t.Errorf("%s: got %+v", key, r)
			}
		}
	}
}

func TestReferenceThatDoesNotHoldIsAnError(t *testing.T) {
	for _, test := range []struct {
		key, region string
		day         calendar.Day
		want        string
	}{
		{profile.Collegien, "FR", calendar.Date(2023, 8, 31), `no reference profile "collegien" on 2023-08-31`},
		{"primaire", "FR", today, `no reference profile "primaire"`},
		{profile.Lyceen, "RE", today, `profile lyceen: no factor electricity for region "RE"`},
	} {
		if r, err := profile.For(factor.Default(), test.key, test.region, test.day); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %+v, %v; want %s", r, err, test.want)
		}
	}
}

// A council's own profile replaces the one before it from its day on, in
// whatever order they are written.
func TestLatestProfileHolds(t *testing.T) {
	const row = ", low: 1, value: 2, high: 3, interval: i, source: s, page: p, verified: no}\n"
	table, err := factor.Load(fstest.MapFS{"a.yaml": {Data: []byte(`sources:
  s: {title: t, publisher: p, year: 2026, url: u, licence: l}
rows:
  - {key: embodied.e, unit: kgCO2e` + row + "  - {key: lifetime.l, unit: years" + row + "  - {key: use.u, unit: kWh/year" + row + "  - {key: electricity, region: FR, unit: gCO2e/kWh" + row + `profiles:
  - {key: pupil, from: 2026-09-01, memory_gib: 16, embodied: embodied.e, lifetime: lifetime.l, use: use.u, source: s}
  - {key: pupil, from: 2023-09-01, memory_gib: 8, embodied: embodied.e, lifetime: lifetime.l, use: use.u, source: s}
`)}})
	if err != nil {
		t.Fatal(err)
	}
	for day, memory := range map[calendar.Day]int{calendar.Date(2023, 9, 1): 8, calendar.Date(2026, 8, 31): 8, calendar.Date(2026, 9, 1): 16, today: 16} {
		if r, err := profile.For(table, "pupil", "FR", day); err != nil || r.Profile.MemoryGiB != memory {
			t.Errorf("%s: %d GiB, %v; want %d", day, r.Profile.MemoryGiB, err, memory)
		}
	}
}

func TestComparisonShowsWhatTheDataCanShow(t *testing.T) {
	reference := footprint.Mass{Low: 27, Value: 37, High: 52}
	for name, test := range map[string]struct {
		f    footprint.Mass
		want profile.Verdict
	}{
		"the reference itself": {reference, profile.Same},
		// Both rest on the same factors: the bounds go together, and a third more
		// is a third more, although the two intervals overlap.
		"a third more":             {reference.Times(4. / 3), profile.Above},
		"a third less":             {reference.Times(2. / 3), profile.Below},
		"just notable":             {reference.Times(1.051), profile.Above},
		"less than notable":        {reference.Times(1.049), profile.Same},
		"a little below":           {reference.Times(0.951), profile.Same},
		"notably below":            {reference.Times(0.949), profile.Below},
		"more, but perhaps not":    {footprint.Mass{Low: 26, Value: 42, High: 60}, profile.Same},
		"less, but perhaps not":    {footprint.Mass{Low: 27, Value: 30, High: 45}, profile.Same},
		"at the high bound, lower": {footprint.Mass{Low: 40, Value: 45, High: 50}, profile.Same},
		"metered, wide above":      {footprint.Mass{Low: 27.1, Value: 60, High: 300}, profile.Above},
		"nothing":                  {footprint.Mass{}, profile.Unknown},
	} {
		if got := profile.Compare(test.f, reference); got.Verdict != test.want {
			t.Errorf("%s: %v against %v is %q (%v); want %q", name, test.f, reference, got.Verdict, got.Ratio, test.want)
		}
	}
	if got := profile.Compare(reference, footprint.Mass{Value: 1, High: 2}); got.Verdict != profile.Unknown {
		t.Errorf("against a reference that may be nothing: %+v", got)
	}
	got := profile.Compare(reference.Times(2), reference).Ratio
	if got.Low != 2 || got.Value != 2 || got.High != 2 {
		t.Errorf("twice the reference is %v times it", got)
	}
}

func TestRatioHoldsItsValueAndAgreesWithTheVerdict(t *testing.T) {
	draw := func(t *rapid.T, label string) footprint.Mass {
		value := rapid.Float64Range(1, 1e9).Draw(t, label)
		return footprint.Mass{Low: 1, Value: 1, High: 1}.Times(value).Plus(footprint.Mass{
			Value: 1, High: 1}.Times(rapid.Float64Range(0, 1e9).Draw(t, "to value"))).Plus(footprint.Mass{
			High: 1}.Times(rapid.Float64Range(0, 1e9).Draw(t, "to high")))
	}
	rapid.Check(t, func(t *rapid.T) {
		c := profile.Compare(draw(t, "f"), draw(t, "reference"))
		r := c.Ratio
		if !(0 < r.Low && r.Low <= r.Value && r.Value <= r.High) {
			t.Fatalf("got %+v", c)
		}
		if c.Verdict == profile.Above && r.Low <= 1 || c.Verdict == profile.Below && r.High >= 1 || c.Verdict == profile.Unknown {
			t.Fatalf("got %+v", c)
		}
	})
}
