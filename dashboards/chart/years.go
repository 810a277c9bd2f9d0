package chart

import (
	"html/template"
	"math"
)

// Year is a value with its bounds in a year, and what it is compared with.
type Year struct {
	Label            string // under the axis
	Low, Value, High float64
	Reference        float64 // 0: none
	Text             string  // the value in words, at its dot
	Open             bool    // it is not over: its dot is hollow
}

// Years draws a value year by year, a line on the soft band of its bounds, beside a
// broken line of what it is compared with, from a zero baseline.
func Years(id string, w Words, years []Year, reference string) template.HTML {
	const height, left, top = 200.0, 86.0, 34.0
	largest := 0.0
	for _, y := range years {
		largest = math.Max(largest, math.Max(y.High, y.Reference))
	}
	up := newScale(largest, 0, height)
	slot := (width - left) / math.Max(1, float64(len(years)))
	x := func(i float64) float64 { return left + slot*(i+0.5) }
	y := func(v float64) float64 { return top + height - up.at(v) }
	c := new(canvas)
	c.open(id, top+height+axisHeight, w, false)
	c.text(0, 15, "start", "axis", w.Axis)
	for _, t := range up.ticks() {
		c.line(left, y(t), width, y(t), "grid")
		c.text(left-8, y(t)+5, "end", "tick", w.Number(t))
	}
	own := Curve{Class: "this"}
	for i, year := range years {
		own.Points = append(own.Points, Point{float64(i), year.Low, year.Value, year.High})
		if year.Reference > 0 {
			c.line(left+slot*float64(i), y(year.Reference), left+slot*float64(i+1), y(year.Reference), "reference-line")
		}
	}
	c.band(own, x, y)
	c.curve(own, x, y)
	for i, year := range years {
		class := "dot this"
		if year.Open {
			class = "dot this open"
		}
		c.dot(x(float64(i)), y(year.Value), 6, class)
		c.text(x(float64(i)), y(year.Value)-13, "middle", "value halo", year.Text)
		c.text(x(float64(i)), top+height+20, "middle", "tick", year.Label)
	}
	if n := len(years); n > 0 && years[n-1].Reference > 0 {
		c.text(left+6, y(years[0].Reference)-6, "start", "axis halo", reference)
	}
	c.line(left, top+height, width, top+height, "base")
	return c.close()
}
