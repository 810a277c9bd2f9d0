package chart

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAnyCurvesStandInsideTheDrawing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var curves []Curve
		for range rapid.IntRange(0, 3).Draw(t, "curves") {
			curve := Curve{Label: rapid.StringMatching(`[ -~éà]{0,50}`).Draw(t, "label"), Class: "this", Steps: rapid.Bool().Draw(t, "steps")}
			age := 0.0
			for range rapid.IntRange(0, 30).Draw(t, "points") {
				age += rapid.Float64Range(0, 2).Draw(t, "years")
				v := rapid.Float64Range(0, 100).Draw(t, "value")
				curve.Points = append(curve.Points, Point{age, v / 2, v, (v + 100) / 2})
			}
			curves = append(curves, curve)
		}
		inside(t, marks(t, Curves("c", words(), "âge <ans>", curves, Level{80, "usée"})))
	})
}

func TestSurvivalHoldsItsValueUntilTheNextEnd(t *testing.T) {
	points := []Point{{0, 100, 100, 100}, {2, 60, 80, 90}, {4, 40, 60, 80}}
	corners := Curve{Steps: true, Points: points}.corners(func(p Point) float64 { return p.Value })
	want := [][2]float64{{0, 100}, {2, 100}, {2, 80}, {4, 80}, {4, 60}}
	if len(corners) != len(want) {
		t.Fatalf("the line goes through %v", corners)
	}
	for i := range want {
		if corners[i] != want[i] {
			t.Errorf("the line goes through %v, want %v", corners, want)
		}
	}
	drawn := string(Curves("c", words(), "ans", []Curve{{Label: "a", Class: "this", Steps: true, Points: points}}, Level{}))
	if strings.Contains(drawn, "reference-line") || strings.Count(drawn, "<polygon") != 1 || strings.Count(drawn, "<polyline") != 1 {
		t.Errorf("drawn is %s", drawn)
	}
}
