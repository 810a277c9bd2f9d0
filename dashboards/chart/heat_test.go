package chart

import (
	"fmt"
	"strings"
	"testing"
)

func TestHeatIsDarkestWhereMostIs(t *testing.T) {
	rows := []HeatRow{{Label: "lundi", From: 7, To: 19}, {Label: "<dimanche>"}}
	for hour := range 24 {
		rows[0].Values[hour] = float64(hour) // one mark for each tone
	}
	svg := string(Heat("heat", Words{Title: "t", Description: "d", Axis: "W", Number: func(v float64) string { return fmt.Sprint(v) }}, rows, "ouvert"))
	for _, want := range []string{`class="heat6"`, `class="heat0"`, "&lt;dimanche&gt;", ">23<", ">ouvert<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("it lacks %s:\n%s", want, svg)
		}
	}
	// 7 tones in the legend, 7 on Monday, one on Sunday; two outlines: the legend's and Monday's.
	if marks, outlines := strings.Count(svg, `class="heat`), strings.Count(svg, `class="outlined"`); marks != 15 || outlines != 2 {
		t.Errorf("%d marks and %d outlines", marks, outlines)
	}
	if empty := string(Heat("heat", Words{Title: "t", Description: "d", Axis: "W", Number: func(v float64) string { return fmt.Sprint(v) }}, []HeatRow{{Label: "lundi"}}, "")); strings.Contains(empty, "NaN") || strings.Contains(empty, "Inf") {
		t.Error(empty)
	}
}
