package profile_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
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

// pupils is a table with a profile from each of two years, written in the wrong
// order. Their laptop: 100 kg (50 to 200), 20 kWh a year (10 to 40); the grid: 50 g/kWh.
func pupils(t *testing.T) *factor.Table {
	t.Helper()
	const rest = ", interval: i, source: s, page: p, verified: no}\n"
	table, err := factor.Load(fstest.MapFS{"a.yaml": {Data: []byte(`sources:
  s: {title: t, publisher: p, year: 2026, url: u, licence: l}
rows:
` + "  - {key: embodied.laptop, unit: kgCO2e, low: 50, value: 100, high: 200" + rest +
		"  - {key: lifetime.laptop, unit: years, low: 4, value: 5, high: 8" + rest +
		"  - {key: use.laptop, unit: kWh/year, low: 10, value: 20, high: 40" + rest +
		"  - {key: power.laptop.idle, unit: W, low: 5, value: 10, high: 20" + rest +
		"  - {key: power.laptop.off, unit: W, low: 0, value: 1, high: 2" + rest +
		"  - {key: electricity, region: FR, unit: gCO2e/kWh, low: 40, value: 50, high: 60" + rest + `profiles:
  - {key: pupil, from: 2026-09-01, kind: laptop, memory_gib: 16, embodied: embodied.laptop, lifetime: lifetime.laptop, use: use.laptop, source: s}
  - {key: pupil, from: 2023-09-01, kind: laptop, memory_gib: 8, embodied: embodied.laptop, lifetime: lifetime.laptop, use: use.laptop, source: s}
`)}})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// A newer profile replaces the one before it from its day on, in whatever order
// they are written.
func TestLatestProfileHolds(t *testing.T) {
	table := pupils(t)
	for day, memory := range map[calendar.Day]int{calendar.Date(2023, 9, 1): 8, calendar.Date(2026, 8, 31): 8, calendar.Date(2026, 9, 1): 16, today: 16} {
		if r, err := profile.For(table, "pupil", "FR", day); err != nil || r.Profile.MemoryGiB != memory {
			t.Errorf("%s: %d GiB, %v; want %d", day, r.Profile.MemoryGiB, err, memory)
		}
	}
}

// A council's own profile comes first, the shipped one stays for comparison.
func TestCouncilIsComparedWithItsOwnProfileAndWithTheShippedOne(t *testing.T) {
	table, err := pupils(t).With("own.yaml", []byte(`profiles:
  - {key: pupil, from: 2025-09-01, kind: laptop, memory_gib: 4, embodied: embodied.laptop, expected_life_years: {low: 6, value: 8, high: 10, interval: i}, use: use.laptop, source: s}
`))
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[calendar.Day][]int{today: {4, 16}, calendar.Date(2026, 8, 31): {4, 8}, calendar.Date(2025, 8, 31): {8}} {
		all, err := profile.All(table, "pupil", "FR", day)
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, r := range all {
			got = append(got, r.Profile.MemoryGiB)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v; want %v", day, got, want)
		}
		if one, err := profile.For(table, "pupil", "FR", day); err != nil || one.Profile.MemoryGiB != want[0] {
			t.Errorf("%s: For gives %d GiB, %v", day, one.Profile.MemoryGiB, err)
		}
	}
}

func TestProfileMayStateItsOwnLife(t *testing.T) {
	table := pupils(t)
	table.Profiles[0].Lifetime = ""
	table.Profiles[0].ExpectedLifeYears = &factor.Range{Low: 6, Value: 8, High: 10}
	r, err := profile.For(table, "pupil", "FR", today)
	if err != nil {
		t.Fatal(err)
	}
	if r.Life != (quantity.Interval[quantity.Years]{Low: 6, Value: 8, High: 10}) || !near(r.Yearly.Embodied, 50_000/8., 100_000/8., 200_000/8.) {
		t.Errorf("life %v, embodied %v", r.Life, r.Yearly.Embodied)
	}
	if !slices.Equal(r.Factors, []string{"embodied.laptop", "use.laptop", "electricity"}) {
		t.Errorf("it stands on %v", r.Factors)
	}
}

// By hand. On: 4 h x 176 days = 704 h (160 to 1260) at 10 W (5 to 20); off: the
// rest of 8765.82 h at 1 W (0 to 2). That is 800 + 0, 7040 + 8061.82 and 25,200 +
// 15,011.64 Wh.
func TestEnergyByHoursIsTheOneComputedByHand(t *testing.T) {
	table := pupils(t)
	table.Profiles[0].DailyUse = &factor.DailyUse{
		HoursBySchoolDay: factor.Range{Low: 1, Value: 4, High: 7}, SchoolDaysInYear: factor.Range{Low: 160, Value: 176, High: 180},
		PowerInUse: "power.laptop.idle", PowerAtRest: "power.laptop.off",
	}
	r, err := profile.For(table, "pupil", "FR", today)
	if err != nil {
		t.Fatal(err)
	}
	got := r.ByHours
	if got == nil || math.Abs(float64(got.Low)-800)+math.Abs(float64(got.Value)-15_101.82)+math.Abs(float64(got.High)-40_211.64) > 0.01 {
		t.Errorf("got %v Wh", got)
	}
}

// The energy of the shipped profiles is that of makers' measurements; the hours of
// use confirm it as far as they go.
func TestShippedProfilesDoNotContradictThemselves(t *testing.T) {
	for _, key := range []string{profile.Collegien, profile.Lyceen} {
		r, err := profile.For(factor.Default(), key, "FR", today)
		if err != nil {
			t.Fatal(err)
		}
		if r.ByHours == nil || r.HoursDisagree() {
			t.Errorf("%s: %v Wh by hours, %v Wh in the total", key, r.ByHours, r.Yearly.Energy)
		}
	}
}

// 24 hours on each of 366 days at 10 W (5 to 20) are 43.8 kWh at least; the use
// row says 40 at most.
func TestProfileThatContradictsItselfSaysSo(t *testing.T) {
	table := pupils(t)
	for hours, want := range map[float64]bool{24: true, 6: false} {
		table.Profiles[0].DailyUse = &factor.DailyUse{
			HoursBySchoolDay: factor.Range{Low: hours, Value: hours, High: hours}, SchoolDaysInYear: factor.Range{Low: 366, Value: 366, High: 366},
			PowerInUse: "power.laptop.idle", PowerAtRest: "power.laptop.off",
		}
		r, err := profile.For(table, "pupil", "FR", today)
		if err != nil {
			t.Fatal(err)
		}
		if r.HoursDisagree() != want {
			t.Errorf("%v hours a day: %v Wh beside %v; contradiction is %v", hours, *r.ByHours, r.Yearly.Energy, !want)
		}
	}
}
