package power_test

import (
	"math"
	"testing"

	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/power"
)

func published(t testing.TB) power.Published {
	t.Helper()
	p, err := power.PublishedCurves(factor.Default())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Sources: BoaviztAPI's cpu.md (Teads), codecarbon's hardware.py.
func TestCurvesOfTDPAreThePublishedOnes(t *testing.T) {
	p := published(t)
	for load, want := range map[float64]float64{0: 0.12, 0.1: 0.32, 0.5: 0.75, 1: 1.02, 0.3: 0.535} {
		if got := p.Teads.At(load); !near(got, want) {
			t.Errorf("Teads at %v: %v x TDP; want %v", load, got, want)
		}
	}
	for load, want := range map[float64]float64{0: 0.1, 0.5: 0.2125, 1: 1} {
		if got := p.Codecarbon.At(load); !near(got, want) {
			t.Errorf("codecarbon at %v: %v x TDP; want %v", load, got, want)
		}
	}
	// The two differ by a factor of 3.5 at half load.
	if ratio := p.Teads.At(0.5) / p.Codecarbon.At(0.5); math.Abs(ratio-3.5) > 0.05 {
		t.Errorf("they differ by %v", ratio)
	}
}

// Source: Cloud Carbon Footprint's methodology; its on-premise averages are 65.8
// and 367.1 W, and a processor of unknown load is at 50 %.
func TestLineIsCloudCarbonFootprints(t *testing.T) {
	line := power.Line(65.8, 367.1)
	for load, want := range map[float64]float64{0: 65.8, 0.5: 216.45, 0.55: 231.515, 1: 367.1} {
		if got := line.At(load); !near(got, want) {
			t.Errorf("at %v: %v W; want %v", load, got, want)
		}
	}
}

// Source: BoaviztAPI's cpu_profile.csv. P(load %) = a ln(b (load + c)) + d, with
// the published numbers as they stand there.
func TestXeonProfilesAreBoaviztAPIs(t *testing.T) {
	for family, f := range map[string]struct {
		a, b, c, d    float64
		p0, p50, p100 float64 // in whole W
	}{
		"gold":   {35.5688, 0.2438, 9.6694, -0.6087, 30, 95, 116},
		"silver": {20.7794, 0.3043, 8.4241, 0.8613, 20, 61, 74},
	} {
		got, err := power.XeonProfile(factor.Default(), family)
		if err != nil {
			t.Fatal(err)
		}
		for load, whole := range map[float64]float64{0: f.p0, 0.5: f.p50, 1: f.p100} {
			want := f.a*math.Log(f.b*(100*load+f.c)) + f.d
			if math.Abs(got.At(load)-want) > 0.001 || math.Abs(got.At(load)-whole) > 0.51 {
				t.Errorf("Xeon %s at %v: %v W; the formula gives %v, about %v", family, load, got.At(load), want, whole)
			}
		}
	}
	if _, err := power.XeonProfile(factor.Default(), "e3"); err == nil {
		t.Error("the Xeon E3, whose profile has 517 W for a processor of 80 W, has one")
	}
}

func TestShapesGoFromIdleToFullLoad(t *testing.T) {
	s, err := power.ShapesOf(factor.Default())
	if err != nil {
		t.Fatal(err)
	}
	for name, shape := range map[string]power.ByLoad{"linear": s.Linear, "cubic": s.Cubic, "Teads": s.Teads, "log": s.Log} {
		if !near(shape[0], 0) || !near(shape[power.Steps], 1) {
			t.Errorf("%s goes from %v to %v", name, shape[0], shape[power.Steps])
		}
		for i := 1; i <= power.Steps; i++ {
			if shape[i] <= shape[i-1] {
				t.Errorf("%s does not rise at %d0 %%", name, i)
			}
		}
	}
}
