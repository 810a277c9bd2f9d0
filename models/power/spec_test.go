package power_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/power"
)

func forSpec(t testing.TB, s equipment.Spec, brightness float64) power.Curve {
	t.Helper()
	k, err := power.ForSpec(factor.Default(), power.DefaultCPUs(), s, brightness)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestUnknownSpecificationIsTheCategorys(t *testing.T) {
	for _, c := range withCurve {
		spec := equipment.Spec{Category: c, Maker: "Dell Inc.", Model: "?", CPU: "a processor of my own", Year: 2020}
		if got, want := forSpec(t, spec, 0), curve(t, c); !nearCurve(got, want) {
			t.Errorf("%s: got %+v\nwant %+v", c, got, want)
		}
	}
	if _, err := power.ForSpec(factor.Default(), power.DefaultCPUs(), equipment.Spec{Category: equipment.Virtual}, 0); err == nil {
		t.Error("a virtual machine has a curve")
	}
}

func nearCurve(a, b power.Curve) bool {
	pairs := [][2]power.Watts{{a.Off, b.Off}, {a.Sleep, b.Sleep}, {a.Dark, b.Dark}, {a.Rest, b.Rest}}
	for i := range a.ByLoad {
		pairs = append(pairs, [2]power.Watts{a.ByLoad[i], b.ByLoad[i]})
	}
	for _, p := range pairs {
		if !near(float64(p[0].Low), float64(p[1].Low)) || !near(float64(p[0].Value), float64(p[1].Value)) || !near(float64(p[0].High), float64(p[1].High)) {
			return false
		}
	}
	return true
}

// By hand: 5.3 W; 28 W of TDP instead of 15 add 0.11 x 13 = 1.43 W; 16 GB instead
// of 8 add 0.8 W; the screen stays. Full load is 0.9 x 28 = 25.2 W above that.
func TestSpecificationMovesTheCurve(t *testing.T) {
	k := forSpec(t, equipment.Spec{Category: equipment.Laptop, CPU: "11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz", MemoryGiB: 16, ScreenIn: 14}, 0.5)
	if got := k.Idle().Value; !near(float64(got), 5.3+1.43+0.8) {
		t.Errorf("idle: %v W", got)
	}
	if got := k.Active().Value; !near(float64(got), 5.3+1.43+0.8+25.2) {
		t.Errorf("at full load: %v W", got)
	}
	// With the screen off it is the 2.5 W of the screen less.
	if got := k.Dark.Value; !near(float64(got), 2.8+1.43+0.8) {
		t.Errorf("in the dark: %v W", got)
	}
	// Two sockets of 125 W are the typical server's.
	server := forSpec(t, equipment.Spec{Category: equipment.Server, CPU: "Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz", MemoryGiB: 64}, 0)
	if got := server.Idle().Value; !near(float64(got), 65.8+32*0.284) {
		t.Errorf("server: %v W", got)
	}
}

// A screen at full brightness draws 1 / 0.65 times what it does at half, with 0.3
// of it fixed; one of 27 inches draws 0.715 W/dm² more than one of 23.8.
func TestScreenFollowsSizeAndBrightness(t *testing.T) {
	laptop := equipment.Spec{Category: equipment.Laptop, ScreenIn: 14}
	half, full := forSpec(t, laptop, 0.5), forSpec(t, laptop, 1)
	if d := full.Idle().Value - half.Idle().Value; !near(float64(d), 2.5/0.65-2.5) {
		t.Errorf("full brightness adds %v W", d)
	}
	if full.Dark != half.Dark {
		t.Errorf("brightness changes the power with the screen off: %v, %v", half.Dark, full.Dark)
	}
	large := forSpec(t, equipment.Spec{Category: equipment.Monitor, ScreenIn: 27}, 0)
	if got, want := float64(large.Idle().Value), 12.3+0.715*(power.Area(27)-power.Area(23.8)); !near(got, want) {
		t.Errorf("a screen of 27 inches draws %v W; want %v", got, want)
	}
	if large.Dark.Value != 0.3 {
		t.Errorf("on stand-by it draws %v W", large.Dark)
	}
}

func TestSmallDesktopIdlesLow(t *testing.T) {
	small, large := forSpec(t, equipment.Spec{Category: equipment.Desktop, WeightKg: 1.3}, 0), forSpec(t, equipment.Spec{Category: equipment.Desktop, WeightKg: 6}, 0)
	if small.Idle().Value != 5.9 || large.Idle().Value != 17.5 {
		t.Errorf("small %v W, large %v W", small.Idle(), large.Idle())
	}
}

// More of anything draws no less, and whatever is known a curve is a curve.
func TestMoreEquipmentNeverDrawsLess(t *testing.T) {
	processors := []string{"", "Intel(R) Celeron(R) N4020 CPU @ 1.10GHz", "AMD Ryzen 5 PRO 5650U with Radeon Graphics", "Intel(R) Core(TM) i5-1135G7 CPU @ 2.40GHz", "AMD EPYC 7302 16-Core Processor"}
	rapid.Check(t, func(t *rapid.T) {
		spec := equipment.Spec{
			Category:  rapid.SampledFrom(withCurve).Draw(t, "category"),
			CPU:       rapid.SampledFrom(processors).Draw(t, "processor"),
			MemoryGiB: rapid.Float64Range(0, 512).Draw(t, "memory"),
			ScreenIn:  rapid.Float64Range(0, 90).Draw(t, "screen"),
			WeightKg:  rapid.Float64Range(0, 30).Draw(t, "weight"),
		}
		brightness := rapid.Float64Range(0, 1).Draw(t, "brightness")
		draw := func(s equipment.Spec, brightness float64) power.Curve {
			k, err := power.ForSpec(factor.Default(), power.DefaultCPUs(), s, brightness)
			if err != nil {
				t.Fatal(err)
			}
			rises(t, string(s.Category), &k)
			return k
		}
		k := draw(spec, brightness)
		if spec.MemoryGiB > 0 && spec.ScreenIn > 0 && brightness > 0 {
			more := spec
			more.MemoryGiB, more.ScreenIn = spec.MemoryGiB*1.5, spec.ScreenIn*1.2
			if m := draw(more, min(1, brightness*1.3)); m.At(0.4).Value < k.At(0.4).Value-rounding {
				t.Fatalf("more draws %v, less %v", m.At(0.4), k.At(0.4))
			}
		}
	})
}
