package power_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/report"
)

// withCurve are all categories with a curve, those without an agent too.
var withCurve = []equipment.Category{
	equipment.Laptop, equipment.Desktop, equipment.Tablet, equipment.Monitor, equipment.Server, equipment.ThinClient, equipment.Smartphone,
	equipment.Projector, equipment.InteractivePanel, equipment.AccessPoint, equipment.Printer,
}

func curve(t testing.TB, c equipment.Category) power.Curve {
	t.Helper()
	k, err := power.CurveFor(factor.Default(), c)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const rounding = 1e-9

// atMost compares value with value and bound with bound.
func atMost(a, b power.Watts) bool {
	return a.Low <= b.Low+rounding && a.Value <= b.Value+rounding && a.High <= b.High+rounding
}

func near(a, b float64) bool { return math.Abs(a-b) <= rounding*max(1, math.Abs(b)) }

// rises checks what must hold of any curve.
func rises(t interface{ Errorf(string, ...any) }, name string, k *power.Curve) {
	if !atMost(k.Off, k.Sleep) || !atMost(k.Sleep, k.Dark) || !atMost(k.Dark, k.Idle()) || !atMost(k.Rest, k.Idle()) {
		t.Errorf("%s: off, sleep, dark, idle do not rise, or the rest is more than the whole: %+v", name, *k)
	}
	for i, w := range k.ByLoad {
		if !(0 <= w.Low && w.Low <= w.Value && w.Value <= w.High) {
			t.Errorf("%s at %d0 %%: %v is no interval", name, i, w)
		}
		if i > 0 && !atMost(k.ByLoad[i-1], w) {
			t.Errorf("%s: %v at %d0 %%, less than before", name, w, i)
		}
	}
}

func TestMoreLoadNeverDrawsLess(t *testing.T) {
	for _, c := range withCurve {
		k := curve(t, c)
		rises(t, string(c), &k)
		if k.At(0) != k.Idle() || k.At(1) != k.Active() {
			t.Errorf("%s: the curve goes from %v to %v; want %v to %v", c, k.At(0), k.At(1), k.Idle(), k.Active())
		}
		rapid.Check(t, func(t *rapid.T) {
			a := rapid.Float64Range(0, 1).Draw(t, "load")
			b := rapid.Float64Range(a, 1).Draw(t, "more load")
			p, q := k.At(a), k.At(b)
			if !atMost(p, q) || !atMost(k.Idle(), p) || !atMost(q, k.Active()) || !(p.Low <= p.Value && p.Value <= p.High) {
				t.Fatalf("%s draws %v at %v, %v at %v", c, p, a, q, b)
			}
		})
	}
}

func TestLoadOutsideOfItsRangeIsTheNearestOne(t *testing.T) {
	k := curve(t, equipment.Laptop)
	if k.At(-1) != k.Idle() || k.At(7) != k.Active() {
		t.Errorf("a laptop draws %v at -100 %%, %v at 700 %%", k.At(-1), k.At(7))
	}
}

// The value is on a line; the bounds reach from codecarbon's cubic (0.125 of the
// way at half load) to Teads' curve (0.63 / 0.9).
func TestBoundsSpanThePublishedCurves(t *testing.T) {
	k := curve(t, equipment.Laptop) // 5.3 to 20 W; bounds 3 to 12, 12 to 45
	got := k.At(0.5)
	if !near(float64(got.Value), 12.65) || !near(float64(got.Low), 3+0.125*9) || !near(float64(got.High), 12+0.7*33) {
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

// An hour off, two asleep, one in the dark, three idle and one at full tilt.
func TestEnergyOfAUseIsThatOfItsStates(t *testing.T) {
	const hour = 3_600_000
	k := curve(t, equipment.Laptop)
	u := power.Use{OffMs: hour, SleepMs: 2 * hour, DarkMs: hour, LoadMs: report.Loads{0: 3 * hour, 4: hour}}
	// 0.3 + 2 x 0.6 + 2.8 + 3 x (5.3 + 0.025 x 14.7) + (5.3 + 0.9 x 14.7)
	if got := k.EnergyOf(&u).Value; !near(float64(got), 0.3+1.2+2.8+3*5.6675+18.53) {
		t.Errorf("got %v Wh", got)
	}
}

func TestEnergyAddsUpOverUses(t *testing.T) {
	k := curve(t, equipment.Desktop)
	draw := rapid.Custom(func(t *rapid.T) power.Use {
		ms := rapid.Int64Range(0, 1<<40)
		u := power.Use{OffMs: ms.Draw(t, "off"), SleepMs: ms.Draw(t, "sleep"), DarkMs: ms.Draw(t, "dark")}
		for i := range u.LoadMs {
			u.LoadMs[i] = ms.Draw(t, "load")
		}
		return u
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		both := power.Use{OffMs: a.OffMs + b.OffMs, SleepMs: a.SleepMs + b.SleepMs, DarkMs: a.DarkMs + b.DarkMs}
		for i := range both.LoadMs {
			both.LoadMs[i] = a.LoadMs[i] + b.LoadMs[i]
		}
		sum, whole := k.EnergyOf(&a).Plus(k.EnergyOf(&b)), k.EnergyOf(&both)
		if !near(float64(sum.Value), float64(whole.Value)) || !near(float64(sum.Low), float64(whole.Low)) || !near(float64(sum.High), float64(whole.High)) {
			t.Fatalf("parts give %v, the whole %v", sum, whole)
		}
	})
}

func TestHotPathDoesNotAllocate(t *testing.T) {
	k := curve(t, equipment.Laptop)
	u := power.Use{OffMs: 1, LoadMs: report.Loads{1, 2, 3, 4, 5}}
	var sink power.WattHours
	if n := testing.AllocsPerRun(100, func() { sink = k.EnergyOf(&u) }); n != 0 {
		t.Errorf("the energy of a use allocates %v times", n)
	}
	_ = sink
}

// One device's energy from its use: ns/op is for one device.
func BenchmarkEnergyOfAUse(b *testing.B) {
	k := curve(b, equipment.Laptop)
	u := power.Use{OffMs: 50_000_000, SleepMs: 10_000_000, LoadMs: report.Loads{9_000_000, 6_000_000, 5_000_000, 4_000_000, 2_400_000}}
	b.ReportAllocs()
	for b.Loop() {
		_ = k.EnergyOf(&u)
	}
}
