package power_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/quantity"
)

func curve(t testing.TB, c equipment.Category) power.Curve {
	t.Helper()
	k, err := power.CurveFor(factor.Default(), c)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// atMost compares value with value and bound with bound.
func atMost(a, b power.Watts) bool {
	const rounding = 1e-9
	return a.Low <= b.Low+rounding && a.Value <= b.Value+rounding && a.High <= b.High+rounding
}

func TestMoreLoadNeverDrawsLess(t *testing.T) {
	for _, c := range equipment.Categories {
		if !c.Physical() {
			continue
		}
		k := curve(t, c)
		if !atMost(k.Off, k.Sleep) || !atMost(k.Sleep, k.Idle) || !atMost(k.Idle, k.Active) || !atMost(k.Rest, k.Idle) {
			t.Errorf("%s: off, sleep, rest, idle, active do not rise: %+v", c, k)
		}
		if k.At(0) != k.Idle || k.At(1) != k.Active {
			t.Errorf("%s: the curve goes from %v to %v; want %v to %v", c, k.At(0), k.At(1), k.Idle, k.Active)
		}
		rapid.Check(t, func(t *rapid.T) {
			a := rapid.Float64Range(0, 1).Draw(t, "load")
			b := rapid.Float64Range(a, 1).Draw(t, "more load")
			p, q := k.At(a), k.At(b)
			if !atMost(p, q) || !atMost(k.Idle, p) || !atMost(q, k.Active) || !(p.Low <= p.Value && p.Value <= p.High) {
				t.Fatalf("%s draws %v at %v, %v at %v", c, p, a, q, b)
			}
		})
	}
}

func TestPowerIsLinearBetweenIdleAndFullLoad(t *testing.T) {
	k := curve(t, equipment.Laptop)                                              // 7 to 20 W
	if got := k.At(0.5); got != (power.Watts{Low: 8, Value: 13.5, High: 28.5}) { // bounds 4 to 12, 12 to 45
		t.Errorf("a laptop at half load draws %v", got)
	}
}

func TestEnergyIsPowerTimesTime(t *testing.T) {
	p := power.Watts{Low: 4, Value: 7, High: 12}
	for ms, want := range map[int64]quantity.Interval[quantity.WattHours]{
		0:          {}, // no time draws nothing
		3_600_000:  {Low: 4, Value: 7, High: 12},
		86_400_000: {Low: 96, Value: 168, High: 288},
		900_000:    {Low: 1, Value: 1.75, High: 3},
	} {
		if got := power.Energy(p, ms); got != want {
			t.Errorf("%d ms: got %v; want %v", ms, got, want)
		}
	}
}

func TestCategoryWithoutCurveIsAnError(t *testing.T) {
	for _, c := range []equipment.Category{equipment.Virtual, "toaster", ""} {
		if _, err := power.CurveFor(factor.Default(), c); err == nil {
			t.Errorf("%q has a curve", c)
		}
	}
}
