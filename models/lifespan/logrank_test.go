package lifespan_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Two groups of two, by hand: at age 1 one of four ends (each group expects 1/2), at 2
// one of three (A has 1 at risk), at 3 one of two (A has 1), at 4 the last.
func TestLogRankByHand(t *testing.T) {
	ends := func(ages ...quantity.Years) (all []lifespan.Observation) {
		for _, age := range ages {
			all = append(all, lifespan.Observation{Exit: age, Ended: true})
		}
		return all
	}
	got := lifespan.LogRank([][]lifespan.Observation{ends(1, 3), ends(2, 4)})
	wantExpected := 1./2 + 1./3 + 1./2
	variance := 1./4 + 2./9 + 1./4
	if a := got[0]; a.Ended != 2 || math.Abs(a.Expected-wantExpected) > 1e-12 || math.Abs(a.Deviation-(2-wantExpected)/math.Sqrt(variance)) > 1e-12 {
		t.Errorf("the first group has %+v", a)
	}
	if a, b := got[0].Deviation, got[1].Deviation; math.Abs(a+b) > 1e-12 {
		t.Errorf("two groups deviate by %v and %v", a, b)
	}
}

func TestGroupThatLastsLessLongIsToldFromChance(t *testing.T) {
	var short, long, alike []lifespan.Observation
	for i := range 60 {
		short = append(short, lifespan.Observation{Exit: 1 + quantity.Years(i)/20, Ended: true})
		long = append(long, lifespan.Observation{Exit: 3 + quantity.Years(i)/20, Ended: true})
		alike = append(alike, lifespan.Observation{Exit: 2 + quantity.Years(i)/20, Ended: i%2 == 0})
	}
	ranks := lifespan.LogRank([][]lifespan.Observation{short, long, alike})
	if !ranks[0].Shorter() || ranks[0].Longer() || !ranks[1].Longer() || ranks[1].Shorter() {
		t.Errorf("ranks are %+v", ranks)
	}
	if same := lifespan.LogRank([][]lifespan.Observation{alike, alike}); same[0].Shorter() || same[0].Longer() || math.Abs(same[0].Deviation) > 1e-9 {
		t.Errorf("a group beside its like deviates: %+v", same)
	}
}

func TestAllThatEndedWasExpected(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups := make([][]lifespan.Observation, rapid.IntRange(1, 4).Draw(t, "groups"))
		ended := 0
		for g := range groups {
			for range rapid.IntRange(0, 12).Draw(t, "devices") {
				entry := quantity.Years(rapid.IntRange(0, 5).Draw(t, "entry"))
				o := lifespan.Observation{Entry: entry, Exit: entry + quantity.Years(rapid.IntRange(0, 5).Draw(t, "length")), Ended: rapid.Bool().Draw(t, "ended")}
				groups[g] = append(groups[g], o)
				if o.Ended && o.Exit > o.Entry {
					ended++
				}
			}
		}
		counted, expected := 0, 0.0
		for _, r := range lifespan.LogRank(groups) {
			counted += r.Ended
			expected += r.Expected
			if math.IsNaN(r.Deviation) || math.IsInf(r.Deviation, 0) {
				t.Fatalf("a deviation is %v", r.Deviation)
			}
		}
		if counted != ended || math.Abs(expected-float64(ended)) > 1e-9 {
			t.Fatalf("%d ended; %d are counted and %v expected", ended, counted, expected)
		}
	})
}

func TestBatteriesAgeByTheirMedian(t *testing.T) {
	var all [][]lifespan.Health
	for i := range 9 { // they lose 4 to 12 % a year
		loss := 0.04 + float64(i)/100
		all = append(all, []lifespan.Health{{Age: 0.1, Share: 1}, {Age: 1.2, Share: 1 - 1.2*loss}, {Age: 2, Share: 1 - 2*loss}})
	}
	all = append(all, nil, []lifespan.Health{{Age: 0.5, Share: 1}}) // nothing known; too young to tell a loss
	a := lifespan.AgeingOf(all, 0.8)
	if a.Batteries != 10 || a.Aged != 9 || math.Abs(a.LossPerYear.Value-0.08) > 1e-12 || math.Abs(a.LossPerYear.Low-0.06) > 1e-12 || math.Abs(a.LossPerYear.High-0.1) > 1e-12 {
		t.Errorf("they age as %+v", a)
	}
	if a.Worn != 2 { // those that lost 22 and 24 %
		t.Errorf("%d are worn", a.Worn)
	}
	if len(a.ByAge) != 3 || a.ByAge[0].Age != 0.25 || a.ByAge[1].Age != 1.25 || a.ByAge[2].Batteries != 9 {
		t.Errorf("by age they are %+v", a.ByAge)
	}
	if none := lifespan.AgeingOf(nil, 0.8); none.Batteries != 0 || none.ByAge != nil {
		t.Errorf("no batteries age as %+v", none)
	}
}
