package compare

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// sameSchools are schools of all sizes that differ by chance alone.
func sameSchools(random *rand.Rand, n int, mean, spread float64) []School {
	all := make([]School, n)
	for i := range all {
		pupils := 50 + math.Floor(random.Float64()*1500)
		all[i] = School{mean + random.NormFloat64()*spread/math.Sqrt(pupils), pupils}
	}
	return all
}

func TestChanceAloneIsSeldomCalledADifference(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	outside, far, all := 0, 0, 0
	for range 50 {
		schools := sameSchools(random, 400, 60, 200)
		f, _ := New(schools)
		for _, s := range schools {
			switch f.Place(s) {
			case FarAbove, FarBelow:
				far++
				outside++
			case Above, Below:
				outside++
			}
			all++
		}
	}
	if share := float64(outside) / float64(all); share < 0.04 || share > 0.06 {
		t.Errorf("%.3f of schools that do not differ lie outside of 95 %%", share)
	}
	if share := float64(far) / float64(all); share < 0.001 || share > 0.004 {
		t.Errorf("%.4f of schools that do not differ lie outside of 99.8 %%", share)
	}
}

func TestSchoolsThatDifferAreFoundAndDoNotHideEachOther(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	schools := sameSchools(random, 100, 60, 150)
	for i := range 8 {
		schools[i] = School{120, 600} // ten standard deviations away
	}
	f, ok := New(schools)
	if !ok || f.Spread > 250 {
		t.Fatalf("the funnel is %+v", f)
	}
	for _, s := range schools[:8] {
		if p := f.Place(s); p != FarAbove {
			t.Errorf("a school that weighs twice as much is %s", p)
		}
	}
}

func TestSmallSchoolMayLieFurtherAway(t *testing.T) {
	f := Funnel{Target: 60, Spread: 200}
	for _, c := range []struct {
		s    School
		want Place
	}{
		{School{80, 30}, Within}, {School{80, 400}, Above}, {School{80, 2000}, FarAbove},
		{School{40, 30}, Within}, {School{40, 400}, Below}, {School{40, 2000}, FarBelow},
		{School{80, 0}, NotPlaced},
	} {
		if got := f.Place(c.s); got != c.want {
			t.Errorf("%+v is %s, want %s", c.s, got, c.want)
		}
	}
	if p := (Funnel{}).Place(School{80, 400}); p != NotPlaced {
		t.Errorf("without a funnel a school is %s", p)
	}
}

func TestFewSchoolsMakeNoFunnel(t *testing.T) {
	var schools []School
	for range Fewest - 1 {
		schools = append(schools, School{60, 500}, School{90, 0})
	}
	if _, ok := New(schools); ok {
		t.Error("a funnel of too few schools")
	}
}

func TestLimitsNarrowWithSizeAndHoldTheTarget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := Funnel{Target: rapid.Float64Range(0, 500).Draw(t, "target"), Spread: rapid.Float64Range(0, 1000).Draw(t, "spread")}
		pupils := rapid.Float64Range(1, 5000).Draw(t, "pupils")
		low, high := f.Limits(pupils, Limit95)
		wideLow, wideHigh := f.Limits(pupils, Limit998)
		narrowLow, narrowHigh := f.Limits(pupils*2, Limit95)
		if low < 0 || low > f.Target || high < f.Target || wideLow > low || wideHigh < high || narrowLow < low || narrowHigh > high {
			t.Fatalf("%+v with %v pupils: %v to %v, 99.8 %%: %v to %v, twice as large: %v to %v", f, pupils, low, high, wideLow, wideHigh, narrowLow, narrowHigh)
		}
	})
}

func TestQuartilesLieInOrderBetweenTheEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 50).Draw(t, "values")
		q := QuartilesOf(values)
		least, most := math.Inf(1), math.Inf(-1)
		for _, v := range values {
			least, most = min(least, v), max(most, v)
		}
		if q.Of != len(values) || !(least <= q.Low && q.Low <= q.Median && q.Median <= q.High && q.High <= most) {
			t.Fatalf("%+v of %v", q, values)
		}
	})
	if q := QuartilesOf([]float64{4, 1, 3, 2, 5}); q != (Quartiles{2, 3, 4, 5}) {
		t.Errorf("%+v", q)
	}
}
