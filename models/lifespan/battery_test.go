package lifespan_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// weekly is a battery that reports once a week its health in thousandths.
func weekly(thousandths ...int64) []lifespan.Capacity {
	var all []lifespan.Capacity
	for i, h := range thousandths {
		all = append(all, lifespan.Capacity{On: september.AddDate(0, 0, 7*i), FullMWh: 50 * h, DesignMWh: 50_000, Cycles: int64(10 + i)})
	}
	return all
}

func straight(from, perWeek int64, weeks int) []lifespan.Capacity {
	var thousandths []int64
	for i := range int64(weeks) {
		thousandths = append(thousandths, from+i*perWeek)
	}
	return weekly(thousandths...)
}

func wear(t interface {
	Helper()
	Fatal(...any)
}, all []lifespan.Capacity) lifespan.Wear {
	t.Helper()
	w, err := lifespan.WearOf(all, 0.8)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestStraightWearReachesTheThresholdOnItsDay(t *testing.T) {
	w := wear(t, straight(1000, -2, 52)) // 0.2 points a week: 80 % after a hundred weeks
	day := september.AddDate(0, 0, 700)
	for _, got := range []time.Time{w.Earliest, w.Expected, w.Latest} {
		if d := got.Sub(day).Abs(); d > 48*time.Hour {
			t.Errorf("reaches 80 %% on %s; want %s", got, day)
		}
	}
	if math.Abs(w.Health.Value-0.898) > 1e-9 || math.Abs(w.PerYear.Value+0.002*365.2425/7) > 1e-9 || w.Weeks != 52 {
		t.Errorf("got %+v", w)
	}
	// A battery worn before the monitor came was worn in the past.
	if w := wear(t, straight(700, -2, 52)); math.Abs(w.Expected.Sub(september).Hours()/24+350) > 2 {
		t.Errorf("was at 80 %% on %s", w.Expected)
	}
}

// The ratios of rain of Hollander and Wolfe, Nonparametric Statistical Methods
// (1973), example 9.1: the median of their ten slopes is -0.05625.
func TestSlopeIsTheMedianOfAllPairs(t *testing.T) {
	got := lifespan.SenSlope([]float64{1, 2, 3, 4, 5}, []float64{1.26, 1.27, 1.12, 1.16, 1.03})
	if math.Abs(got.Value+0.05625) > 1e-12 || got.Low > -0.13 || got.High < 0.01 {
		t.Errorf("got %+v", got)
	}
}

// Two steps of four equal values: Kendall's variance is (8 x 7 x 21 - 2 x 4 x 3 x 13)
// / 18 = 48, so that the bounds are the 7th and the 22nd of the 28 slopes.
func TestEqualValuesNarrowTheBounds(t *testing.T) {
	got := lifespan.SenSlope([]float64{1, 2, 3, 4, 5, 6, 7, 8}, []float64{1, 1, 1, 1, 2, 2, 2, 2})
	if want := (quantity.Interval[float64]{Low: 0, Value: 1. / 6, High: 0.25}); got != want {
		t.Errorf("got %+v; want %+v", got, want)
	}
}

func TestTooFewObservationsGiveNoTrend(t *testing.T) {
	for name, all := range map[string][]lifespan.Capacity{
		"none":                       nil,
		"few weeks":                  straight(1000, -2, lifespan.MinWearWeeks-1),
		"one season":                 straight(1000, -2, 16),
		"firmware that does not say": {{On: september}, {On: after(1), FullMWh: 40_000}},
		"one week, often": func() []lifespan.Capacity {
			var all []lifespan.Capacity
			for i := range 500 {
				all = append(all, lifespan.Capacity{On: september.Add(time.Duration(i) * time.Minute), FullMWh: 40_000, DesignMWh: 50_000})
			}
			return all
		}(),
	} {
		if _, err := lifespan.WearOf(all, 0.8); !errors.Is(err, lifespan.ErrNotEnoughData) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for _, threshold := range []float64{0, 1, -1, math.NaN()} {
		if _, err := lifespan.WearOf(straight(1000, -2, 52), threshold); err == nil {
			t.Errorf("threshold %v is accepted", threshold)
		}
	}
}

func TestWildReadingsDoNotMoveTheTrend(t *testing.T) {
	all := straight(1000, -2, 80)
	clean := wear(t, all)
	for i := 3; i < len(all); i += 8 { // each eighth week the battery reports nonsense
		all[i].FullMWh = 44_000
	}
	w := wear(t, all)
	if math.Abs(w.PerYear.Value-clean.PerYear.Value) > 0.01 || w.Expected.Sub(clean.Expected).Abs() > 60*24*time.Hour {
		t.Errorf("with nonsense %+v; without %+v", w, clean)
	}
}

func TestNewBatteryBeginsItsOwnTrend(t *testing.T) {
	old := straight(900, -4, 60)
	for name, fresh := range map[string]func(*lifespan.Capacity){
		"health jumps":    func(c *lifespan.Capacity) { c.Cycles = 0 },
		"cycles fall":     func(c *lifespan.Capacity) { c.FullMWh -= 12_000; c.Cycles -= 9 },
		"another product": func(c *lifespan.Capacity) { c.FullMWh, c.DesignMWh, c.Cycles = c.FullMWh-8_000, 52_000, 0 },
	} {
		all := old
		for _, c := range straight(1000, -1, 40) {
			c.On = c.On.AddDate(0, 0, 7*60)
			fresh(&c)
			all = append(all[:len(all):len(all)], c)
		}
		if w := wear(t, all); w.Weeks != 40 || w.PerYear.Value < -0.06 {
			t.Errorf("%s: got %+v", name, w)
		}
	}
}

func TestBatteryThatDoesNotWearHasNoDate(t *testing.T) {
	w := wear(t, straight(900, 0, 60))
	if !w.Expected.IsZero() || !w.Latest.IsZero() {
		t.Errorf("got %+v", w)
	}
	// Below the threshold without a slope: it is worn now, since nobody knows when.
	w = wear(t, straight(600, 0, 60))
	if w.Expected.IsZero() || w.Expected.After(september) {
		t.Errorf("got %+v", w)
	}
}

func TestTrueSlopeIsWithinTheBoundsAsOftenAsPromised(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const batteries, weeks, slope = 400, 40, -0.0015
	held := 0
	for range batteries {
		var all []lifespan.Capacity
		for i := range weeks {
			health := 0.98 + slope*float64(i) + 0.01*random.NormFloat64()
			all = append(all, lifespan.Capacity{On: september.AddDate(0, 0, 7*i), FullMWh: int64(health * 50_000), DesignMWh: 50_000})
		}
		w := wear(t, all)
		truth := slope * 365.2425 / 7
		if w.PerYear.Low <= truth && truth <= w.PerYear.High {
			held++
		}
	}
	if share := float64(held) / batteries; share < 0.92 || share > 0.98 {
		t.Errorf("the bounds hold the true slope in %v of the cases; want 0.95", share)
	}
}

func TestDatesAndBoundsAreInOrder(t *testing.T) {
	worn, err := lifespan.WornAt(factor.Default())
	if err != nil || worn != 0.8 {
		t.Fatalf("worn at %v, %v", worn, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		from, perWeek := rapid.Int64Range(500, 1050).Draw(t, "from"), rapid.Int64Range(-5, 2).Draw(t, "slope")
		all := straight(from, perWeek, rapid.IntRange(20, 60).Draw(t, "weeks"))
		for i := range all {
			all[i].FullMWh += rapid.Int64Range(-500, 500).Draw(t, "noise")
		}
		w := wear(t, all)
		if !(w.PerYear.Low <= w.PerYear.Value && w.PerYear.Value <= w.PerYear.High && w.Health.Low <= w.Health.Value && w.Health.Value <= w.Health.High) {
			t.Fatalf("%+v", w)
		}
		never := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
		date := func(t time.Time) time.Time {
			if t.IsZero() {
				return never
			}
			return t
		}
		if date(w.Expected).Before(date(w.Earliest)) || date(w.Latest).Before(date(w.Expected)) {
			t.Fatalf("dates %s, %s, %s", w.Earliest, w.Expected, w.Latest)
		}
	})
}

// Batteries of the field report anything.
func FuzzWearOf(f *testing.F) {
	f.Add([]byte{1, 200, 200, 5, 9, 180, 200, 6})
	f.Fuzz(func(t *testing.T, bytes []byte) {
		var all []lifespan.Capacity
		for ; len(bytes) >= 4; bytes = bytes[4:] {
			all = append(all, lifespan.Capacity{
				On: september.AddDate(0, 0, 3*int(int8(bytes[0]))), FullMWh: 250 * int64(int8(bytes[1])), DesignMWh: 250 * int64(bytes[2]), Cycles: int64(int8(bytes[3])),
			})
		}
		w, err := lifespan.WearOf(all, 0.8)
		if err == nil && !(w.PerYear.Low <= w.PerYear.Value && w.PerYear.Value <= w.PerYear.High && w.Weeks >= lifespan.MinWearWeeks) {
			t.Errorf("got %+v", w)
		}
	})
}
