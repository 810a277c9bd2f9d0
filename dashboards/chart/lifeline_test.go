package chart

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAnyLifeStandsInsideTheDrawing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		year := func(label string) float64 { return rapid.Float64Range(1990, 2060).Draw(t, label) }
		var rows []Moment
		for range rapid.IntRange(0, 6).Draw(t, "rows") {
			from := year("from")
			r := Moment{Label: rapid.StringMatching(`[ -~éà]{0,50}`).Draw(t, "label"), Text: "x", From: from, To: from + rapid.Float64Range(0, 20).Draw(t, "length"), Class: "this"}
			if rapid.Bool().Draw(t, "bounds") {
				r.Low, r.High = r.From, r.To+rapid.Float64Range(0, 20).Draw(t, "more")
			}
			rows = append(rows, r)
		}
		inside(t, marks(t, LifeLine("l", words(), rows, year("now"), "aujourd’hui")))
	})
}

func TestLifeHasAStretchForATimeAndADotForADay(t *testing.T) {
	drawn := string(LifeLine("l", words(), []Moment{{Label: "a", From: 2020, To: 2024, Class: "this"}, {Label: "b", From: 2026, To: 2026, Low: 2025, High: 2028, Class: "this"}}, 2024.5, "now"))
	if strings.Count(drawn, `class="span this"`) != 1 || strings.Count(drawn, `class="dot this"`) != 1 || strings.Count(drawn, `class="band this"`) != 1 || strings.Count(drawn, "reference-line") != 1 {
		t.Errorf("drawn is %s", drawn)
	}
	for _, year := range []string{">2020<", ">2028<"} {
		if !strings.Contains(drawn, year) {
			t.Errorf("the axis lacks %s", year)
		}
	}
}
