package chart

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAnyYearsStayInsideTheDrawing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var years []Year
		for i := range rapid.IntRange(0, 8).Draw(t, "years") {
			v := rapid.Float64Range(0, 1e6).Draw(t, "value")
			years = append(years, Year{Label: fmt.Sprint(2020 + i), Low: v / 2, Value: v, High: 2 * v, Reference: rapid.Float64Range(0, 1e6).Draw(t, "reference"), Text: `<b>`, Open: i == 7})
		}
		svg := string(Years("years", Words{Title: "t", Description: "d", Axis: "kg", Number: func(v float64) string { return fmt.Sprint(v) }}, years, "ref"))
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") || strings.Contains(svg, "<b>") || strings.Count(svg, "<circle") != len(years) {
			t.Fatalf("drawn is %s", svg)
		}
	})
}
