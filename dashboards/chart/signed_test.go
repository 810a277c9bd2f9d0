package chart

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// anySigned is a number of any size and sign.
func anySigned(t *rapid.T, name string) float64 {
	return anyValue(t, name) * float64(rapid.SampledFrom([]int{-1, 1}).Draw(t, name+" sign"))
}

// Each bar begins where the one before ended, the first and the last stand on the
// zero line, and so the steps add up to the difference that the totals show.
func TestAnyWaterfallAddsUpInsideTheDrawing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		height := rapid.Float64Range(0, 1000).Draw(t, "reference")
		steps := []Step{{Label: "reference", To: height, Low: height * 0.8, High: height * 1.2, Class: "reference"}}
		for range rapid.IntRange(0, 8).Draw(t, "steps") {
			change := rapid.Float64Range(-400, 400).Draw(t, "change")
			class := "above"
			if change < 0 {
				class = "below"
			}
			to := height + change
			steps = append(steps, Step{Label: `a <b> & "c"`, From: height, To: to, Low: to - 30, High: to + 30, Class: class})
			height = to
		}
		steps = append(steps, Step{Label: "this", To: height, Class: "this"})
		all := marks(t, Waterfall("w", words(), steps))
		inside(t, all)
		bars, links, zero := ofClass(all, "rect", "fall"), ofClass(all, "line", "link"), ofClass(all, "line", "base")[0].at["x1"]
		if len(bars) != len(steps) || len(links) != len(steps)-1 {
			t.Fatalf("%d bars and %d links for %d steps", len(bars), len(links), len(steps))
		}
		ends := func(i int) (from, to float64) {
			left, right := bars[i].at["x"], bars[i].at["x"]+bars[i].at["width"]
			if steps[i].To < steps[i].From {
				return right, left
			}
			return left, right
		}
		const least = 1.7 // a bar of nothing is drawn as a thin line
		for i := range bars {
			from, to := ends(i)
			before := zero
			if 0 < i && i < len(bars)-1 {
				_, before = ends(i - 1)
			}
			if math.Abs(from-before) > least {
				t.Fatalf("bar %d begins at %g, the one before ended at %g", i, from, before)
			}
			if i < len(links) && math.Abs(links[i].at["x1"]-to) > least {
				t.Fatalf("the line below bar %d is at %g, the bar ends at %g", i, links[i].at["x1"], to)
			}
		}
	})
}

func TestStepsThatAddLieRightOfThoseThatTakeAway(t *testing.T) {
	all := marks(t, Waterfall("w", words(), []Step{{To: 40, Class: "reference"}, {From: 40, To: 60, Class: "above"}, {From: 60, To: 30, Class: "below"}, {To: 30, Class: "this"}}))
	bars := ofClass(all, "rect", "fall")
	unit := bars[0].at["width"] / 40
	for i, want := range []struct{ from, width float64 }{{0, 40}, {40, 20}, {30, 30}, {0, 30}} {
		if from := (bars[i].at["x"] - bars[0].at["x"]) / unit; math.Abs(from-want.from) > 0.1 || math.Abs(bars[i].at["width"]/unit-want.width) > 0.1 {
			t.Errorf("bar %d goes from %g over %g, want from %g over %g", i, from, bars[i].at["width"]/unit, want.from, want.width)
		}
	}
	if n := len(ofClass(all, "line", "whisker")); n != 0 {
		t.Errorf("%d whiskers where no bounds are known", n)
	}
}

func TestAnyDifferencesStandInsideTheDrawing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []Interval
		for range rapid.IntRange(0, 12).Draw(t, "rows") {
			v := anySigned(t, "value")
			rows = append(rows, Interval{Label: "<b>", Low: v - math.Abs(v)/2, Value: v, High: v + math.Abs(v), Text: "1 kg", Class: "this"})
		}
		all := marks(t, Differences("d", words(), rows))
		inside(t, all)
		zero := ofClass(all, "line", "base")[0].at["x1"]
		for i, dot := range ofClass(all, "circle", "dot") {
			if x := dot.at["cx"]; rows[i].Value < 0 && x > zero+0.1 || rows[i].Value > 0 && x < zero-0.1 {
				t.Fatalf("the dot of %g is at %g, zero at %g", rows[i].Value, x, zero)
			}
		}
		if ticks := len(ofClass(all, "text", "tick")); ticks < 2 || ticks > 8 {
			t.Fatalf("%d numbers on the axis", ticks)
		}
	})
}

func TestAxisOfNoDifferenceHasItsZero(t *testing.T) {
	for _, v := range []float64{0, math.NaN(), math.Inf(1)} {
		s := newSigned(v, v, 12, 600)
		if s.at(0) != 12 || s.steps < 1 {
			t.Errorf("the axis of %v is %+v", v, s)
		}
	}
}
