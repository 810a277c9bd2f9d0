package grid_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/quantity"
)

func utc(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// points are half hours between two instants, each with what direct gives; 0 is a gap.
func points(from, to time.Time, direct func(i int) float64) (all []grid.Direct) {
	first := grid.HalfHourOf(from)
	for i := 0; (first + grid.HalfHour(i)).Start().Before(to); i++ {
		if d := direct(i); d > 0 {
			all = append(all, grid.Direct{At: first + grid.HalfHour(i), GPerKWh: d})
		}
	}
	return all
}

func series(t testing.TB, all []grid.Direct) *grid.Series {
	t.Helper()
	s, err := grid.NewSeries(factor.Default(), grid.MainlandFrance, all)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mean(t testing.TB, s *grid.Series, from, to time.Time) grid.Mean {
	t.Helper()
	m, err := s.Mean(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func near(a, b quantity.Interval[float64]) bool {
	const relative = 1e-9
	return math.Abs(a.Low-b.Low) <= relative*b.Low && math.Abs(a.Value-b.Value) <= relative*b.Value && math.Abs(a.High-b.High) <= relative*b.High
}

func yearly(t testing.TB, year int) quantity.Interval[float64] {
	t.Helper()
	row, err := grid.Intensity(factor.Default(), grid.MainlandFrance, calendar.Date(year, 7, 1))
	if err != nil {
		t.Fatal(err)
	}
	return row.Bounds()
}

// hump is about what taux_co2 looks like: more in winter and in the evening.
func hump(i int) float64 {
	day, hour := float64(i)/48, float64(i%48)/2
	return math.Round(22 + 12*math.Cos(2*math.Pi*day/365) + 6*math.Sin(2*math.Pi*(hour-13)/24))
}

func TestWholeYearOfConstantPowerIsTheYearlyFigure(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		year := rapid.IntRange(2015, 2024).Draw(rt, "year") // leap years too
		level := rapid.Float64Range(1, 14).Draw(rt, "level")
		gapEvery := rapid.IntRange(11, 400).Draw(rt, "gap every")
		s := series(t, points(utc(year, 1, 1), utc(year+1, 1, 1), func(i int) float64 {
			if i%gapEvery == 0 {
				return 0
			}
			return level + hump(i)/2
		}))
		got := mean(t, s, utc(year, 1, 1), utc(year+1, 1, 1))
		if !near(got.Intensity, yearly(t, year)) {
			rt.Fatalf("%d: %v over the year; want %v", year, got.Intensity, yearly(t, year))
		}
		if got.Adjusted < 0.9 || got.Adjusted >= 1 || got.Label() != grid.PartlyHalfHourly {
			rt.Fatalf("%v of the time is known, %q", got.Adjusted, got.Label())
		}
	})
}

// The same as the sum of 35,136 uses of a quarter of an hour each, in a leap year.
func TestWholeYearOfUsesIsTheYearlyFigure(t *testing.T) {
	s := series(t, points(utc(2024, 1, 1), utc(2025, 1, 1), func(i int) float64 {
		if i%30 == 0 {
			return 0
		}
		return hump(i)
	}))
	var uses []grid.Use
	energy := quantity.Interval[quantity.WattHours]{Low: 4, Value: 5, High: 7}
	for at := utc(2024, 1, 1); at.Before(utc(2025, 1, 1)); at = at.Add(15 * time.Minute) {
		uses = append(uses, grid.Use{Start: at, Energy: energy})
	}
	emitted, err := s.Emissions(uses)
	if err != nil {
		t.Fatal(err)
	}
	want := grid.Emissions(energy.Times(float64(len(uses))), yearly(t, 2024))
	if !near(quantity.As[float64](emitted.Mass), quantity.As[float64](want)) || math.Abs(emitted.Adjusted-29.0/30) > 1e-4 {
		t.Errorf("%v emitted, %v known; want %v", emitted.Mass, emitted.Adjusted, want)
	}
}

// The example of the package comment: a year of 44.2 g, of which 22.1 g are burnt.
func TestHalfHourIsAdjustedByTheConstantPartAndSpansBothAdjustments(t *testing.T) {
	const night, evening = 10, 80
	const n = 366 * 48
	s := series(t, points(utc(2024, 1, 1), utc(2025, 1, 1), func(i int) float64 {
		switch i {
		case 0:
			return night
		case 1:
			return evening
		}
		return (22.1*n - night - evening) / (n - 2) // the mean is 22.1
	}))
	first := utc(2024, 1, 1)
	for i, direct := range []float64{night, evening} {
		from := first.Add(time.Duration(i) * 30 * time.Minute)
		got := mean(t, s, from, from.Add(30*time.Minute))
		additive, ratio := direct+44.2-22.1, direct*44.2/22.1
		if math.Abs(got.Intensity.Value-additive) > 1e-6 {
			t.Errorf("%v g burnt are %v; want %v", direct, got.Intensity.Value, additive)
		}
		low, high := min(additive, ratio)*34.5/44.2, max(additive, ratio)
		if math.Abs(got.Intensity.Low-low) > 1e-6 || math.Abs(got.Intensity.High-high) > 1e-6 {
			t.Errorf("%v g burnt are %v to %v; want %v to %v", direct, got.Intensity.Low, got.Intensity.High, low, high)
		}
		if got.Label() != grid.HalfHourly || got.Adjusted != 1 {
			t.Errorf("it is labelled %q (%v)", got.Label(), got.Adjusted)
		}
	}
}

// A year that is not over is measured by the twelve months before its latest half
// hour, so that its winter is dirtier than its factor and its summer cleaner.
func TestSeasonIsKeptInAYearThatIsNotOver(t *testing.T) {
	s := series(t, points(utc(2025, 1, 1), utc(2026, 8, 10), hump))
	factor := yearly(t, 2026)
	for month, above := range map[time.Month]bool{1: true, 2: true, 6: false, 7: false} {
		m := mean(t, s, utc(2026, month, 1), utc(2026, month+1, 1))
		if m.Adjusted != 1 || (m.Intensity.Value > factor.Value) != above {
			t.Errorf("month %d: %v of %v; above the year: want %v", month, m.Intensity, m.Adjusted, above)
		}
	}
	if m := mean(t, s, utc(2025, 8, 10), utc(2026, 8, 10)); math.Abs(m.Intensity.Value-factor.Value) > 0.1 {
		t.Errorf("the twelve months are %v; want %v", m.Intensity, factor)
	}
}

func TestYearsFactorStandsWhereHalfHoursCannotBeAdjusted(t *testing.T) {
	winter := points(utc(2024, 1, 1), utc(2024, 4, 1), hump)
	for name, all := range map[string][]grid.Direct{
		"nothing is known":              nil,
		"only a winter is known":        winter,
		"more is burnt than the factor": points(utc(2024, 1, 1), utc(2025, 1, 1), func(int) float64 { return 60 }),
		"another year is known":         points(utc(2022, 1, 1), utc(2023, 1, 1), hump),
	} {
		got := mean(t, series(t, all), utc(2024, 2, 1), utc(2024, 3, 1))
		if !near(got.Intensity, yearly(t, 2024)) || got.Adjusted != 0 || got.Label() != grid.Yearly {
			t.Errorf("%s: %v, %v, %q; want %v", name, got.Intensity, got.Adjusted, got.Label(), yearly(t, 2024))
		}
	}
}

func TestSumsAddUpAndHoldTheirValue(t *testing.T) {
	s := series(t, points(utc(2023, 1, 1), utc(2025, 1, 1), func(i int) float64 {
		if i%97 < 5 {
			return 0
		}
		return hump(i)
	}))
	rapid.Check(t, func(rt *rapid.T) {
		draw := rapid.Custom(func(rt *rapid.T) grid.Use {
			low := rapid.Float64Range(0, 1e6).Draw(rt, "low")
			value := low + rapid.Float64Range(0, 1e6).Draw(rt, "value")
			high := value + rapid.Float64Range(0, 1e6).Draw(rt, "high")
			at := utc(2022, 12, 1).Add(time.Duration(rapid.Int64Range(0, 800*86400).Draw(rt, "at")) * time.Second)
			return grid.Use{Start: at, Energy: quantity.Interval[quantity.WattHours]{Low: quantity.WattHours(low), Value: quantity.WattHours(value), High: quantity.WattHours(high)}}
		})
		a, b := rapid.SliceOfN(draw, 0, 20).Draw(rt, "a"), rapid.SliceOfN(draw, 0, 20).Draw(rt, "b")
		emitted := func(uses []grid.Use) grid.Emitted {
			e, err := s.Emissions(uses)
			if err != nil {
				rt.Fatal(err)
			}
			if !(0 <= e.Mass.Low && e.Mass.Low <= e.Mass.Value && e.Mass.Value <= e.Mass.High) || e.Adjusted < 0 || e.Adjusted > 1+1e-12 {
				rt.Fatalf("%+v", e)
			}
			return e
		}
		ea, eb, both := emitted(a), emitted(b), emitted(append(append([]grid.Use(nil), a...), b...))
		sum, close := ea.Mass.Plus(eb.Mass), 1e-9*float64(both.Mass.High)+1e-9
		if math.Abs(float64(sum.Value-both.Mass.Value)) > close {
			rt.Fatalf("%v and %v are %v together", ea.Mass, eb.Mass, both.Mass)
		}
		// Errors of the adjustment are shared: together is never wider than apart.
		if float64(both.Mass.Low) < float64(sum.Low)-close || float64(both.Mass.High) > float64(sum.High)+close {
			rt.Fatalf("%v together is wider than %v", both.Mass, sum)
		}
	})
}

// 31 March 2024 has 23 hours in Paris, 27 October 25.
func TestLocalDaysHaveTheirOwnHalfHours(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	s := series(t, points(utc(2024, 1, 1), utc(2025, 1, 1), hump))
	for day, hours := range map[calendar.Day]int{calendar.Date(2024, 3, 31): 23, calendar.Date(2024, 10, 27): 25, calendar.Date(2024, 5, 1): 24} {
		from, to := day.Start(paris), (day + 1).Start(paris)
		if n := int(grid.HalfHourOf(to) - grid.HalfHourOf(from)); n != 2*hours {
			t.Errorf("%s has %d half hours", day, n)
		}
		var uses []grid.Use
		for h := grid.HalfHourOf(from); h < grid.HalfHourOf(to); h++ {
			uses = append(uses, grid.Use{Start: h.Start(), Energy: quantity.Exactly(quantity.WattHours(50))})
		}
		emitted, err := s.Emissions(uses)
		if err != nil {
			t.Fatal(err)
		}
		m := mean(t, s, from, to)
		want := grid.Emissions(quantity.Exactly(quantity.WattHours(100*hours)), m.Intensity)
		if !near(quantity.As[float64](emitted.Mass), quantity.As[float64](want)) || m.Adjusted != 1 {
			t.Errorf("%s: %v; want %v", day, emitted.Mass, want)
		}
	}
}

func TestWrongPointsAreRefused(t *testing.T) {
	at := grid.HalfHourOf(utc(2024, 5, 1))
	for want, all := range map[string][]grid.Direct{
		"0 g/kWh":       {{at, 0}},
		"-3 g/kWh":      {{at, -3}},
		"NaN g/kWh":     {{at, math.NaN()}},
		"+Inf g/kWh":    {{at, math.Inf(1)}},
		"1501 g/kWh":    {{at, 1501}},
		"given twice":   {{at, 20}, {at + 1, 20}, {at, 20}},
		"too far apart": {{at, 20}, {at + 1e9, 20}},
	} {
		if _, err := grid.NewSeries(factor.Default(), grid.MainlandFrance, all); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

func TestNoFactorAndNoTimeAreErrors(t *testing.T) {
	s := series(t, points(utc(2024, 1, 1), utc(2025, 1, 1), hump))
	if _, err := s.Mean(utc(2024, 5, 1), utc(2024, 5, 1)); err == nil {
		t.Error("no time has a mean")
	}
	if _, err := s.Mean(utc(2014, 12, 31), utc(2015, 1, 2)); !errors.Is(err, grid.ErrNoFactor) {
		t.Errorf("2014: %v", err)
	}
	if _, err := s.Emissions([]grid.Use{{Start: utc(2014, 12, 31), Energy: quantity.Exactly(quantity.WattHours(1))}}); !errors.Is(err, grid.ErrNoFactor) {
		t.Errorf("2014: %v", err)
	}
	if e, err := s.Emissions(nil); err != nil || e != (grid.Emitted{}) {
		t.Errorf("nothing emits %+v, %v", e, err)
	}
}

func TestHalfHourHoldsItsInstants(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		at := time.Unix(rapid.Int64Range(-1e10, 1e10).Draw(rt, "s"), 0)
		h := grid.HalfHourOf(at)
		if h.Start().After(at) || !(h + 1).Start().After(at) {
			rt.Fatalf("%s is in the half hour of %s", at.UTC(), h.Start())
		}
	})
}

// BenchmarkMeanOfAYear is what a page of a year costs once the half hours are read.
func BenchmarkMeanOfAYear(b *testing.B) {
	s := series(b, points(utc(2023, 1, 1), utc(2025, 1, 1), hump))
	for b.Loop() {
		mean(b, s, utc(2024, 1, 1), utc(2025, 1, 1))
	}
}
