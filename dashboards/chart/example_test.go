package chart_test

import (
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/chart"
)

// What a reader sees of a chart is text of the drawing: the title and the sentence for
// those who do not see it, labels, values and ticks of the axis.
func ExampleIntervals() {
	words := chart.Words{
		Title: "Footprint of a pupil", Description: "The interval of the school holds the value of the council.",
		Axis: "kgCO2e a year", Number: func(v float64) string { return fmt.Sprint(v) },
	}
	drawing := chart.Intervals("pupil", words, []chart.Interval{
		{Label: "Collège Jean Moulin", Low: 17, Value: 22, High: 28, Text: "22 kgCO2e", Class: "this", Link: "/sites/7"},
		{Label: "Council", Low: 15, Value: 20, High: 26, Text: "20 kgCO2e", Class: "other"},
	}, 0)
	for d := xml.NewDecoder(strings.NewReader(string(drawing))); ; {
		token, err := d.Token()
		if err != nil {
			break // io.EOF
		}
		if text, ok := token.(xml.CharData); ok && strings.TrimSpace(string(text)) != "" {
			fmt.Println(strings.TrimSpace(string(text)))
		}
	}
	// Output:
	// Footprint of a pupil
	// The interval of the school holds the value of the council.
	// 0
	// 10
	// 20
	// 30
	// kgCO2e a year
	// Collège Jean Moulin
	// 22 kgCO2e
	// Council
	// 20 kgCO2e
}

// A strip stands in the cell of a table whose other cells say the same in words.
func ExampleStrip() {
	fmt.Println(chart.Strip(17, 22, 28, 20, 40, "this"))
	// Output:
	// <svg viewBox="0 0 160 16" class="strip" aria-hidden="true"><line x1="3" y1="8" x2="157" y2="8" class="grid"/><line x1="80" y1="1" x2="80" y2="15" class="reference-line"/><rect x="68.5" y="5" width="42.3" height="6" class="band this"/><circle cx="87.7" cy="8" r="3.5" class="dot this"/></svg>
}
