// Package chart draws the few kinds of chart that Ecoparc's pages use, as SVG on
// the server: text as text, a title and a description for those who do not see it,
// classes for colours so that the style sheet sets light, dark and print.
//
// A chart is a picture of a table that stands beside it; it shows no number that
// the table does not hold.
package chart

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"slices"
	"strings"
)

// Words are the texts of a chart, in the reader's language.
type Words struct {
	Title       string // what it shows
	Description string // what it says, in a sentence
	Axis        string // title of the axis of values, with its unit
	// Number writes a value of the axis.
	Number func(float64) string
}

const (
	width = 640.0
)

// canvas collects the elements of an SVG.
type canvas struct {
	b strings.Builder
}

// open begins a picture. One with links in it is a group, so that they can be
// reached.
func (c *canvas) open(id string, height float64, w Words, links bool) {
	role := "img"
	if links {
		role = "group"
	}
	fmt.Fprintf(&c.b, `<svg viewBox="0 0 %g %g" role="%s" aria-labelledby="%s-t %s-d" class="chart" xmlns="http://www.w3.org/2000/svg">`, width, height, role, id, id)
	fmt.Fprintf(&c.b, `<title id="%s-t">%s</title><desc id="%s-d">%s</desc>`, id, html.EscapeString(w.Title), id, html.EscapeString(w.Description))
}

func (c *canvas) close() template.HTML {
	c.b.WriteString("</svg>")
	return template.HTML(c.b.String()) // every text went through html.EscapeString
}

func (c *canvas) rect(x, y, w, h float64, class string) {
	fmt.Fprintf(&c.b, `<rect x="%s" y="%s" width="%s" height="%s" class="%s"/>`, n(x), n(y), n(max(0, w)), n(max(0, h)), class)
}

func (c *canvas) line(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(&c.b, `<line x1="%s" y1="%s" x2="%s" y2="%s" class="%s"/>`, n(x1), n(y1), n(x2), n(y2), class)
}

func (c *canvas) dot(x, y, r float64, class string) {
	fmt.Fprintf(&c.b, `<circle cx="%s" cy="%s" r="%s" class="%s"/>`, n(x), n(y), n(r), class)
}

func (c *canvas) text(x, y float64, anchor, class, text string) {
	fmt.Fprintf(&c.b, `<text x="%s" y="%s" text-anchor="%s" class="%s">%s</text>`, n(x), n(y), anchor, class, html.EscapeString(text))
}

// n writes a coordinate with a tenth of a unit.
func n(v float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
}

// scale maps values from 0 to a round upper end onto a length.
type scale struct {
	end, step, from, length float64
}

// newScale chooses a round step so that the largest value fits and about five
// steps are shown.
func newScale(largest, from, length float64) scale {
	if largest <= 0 || math.IsInf(largest, 0) || math.IsNaN(largest) {
		largest = 1
	}
	step := math.Pow(10, math.Floor(math.Log10(largest/4)))
	for _, k := range []float64{1, 2, 2.5, 5, 10} {
		if largest/(step*k) <= 5 {
			step *= k
			break
		}
	}
	return scale{end: step * math.Ceil(largest/step), step: step, from: from, length: length}
}

func (s scale) at(v float64) float64 { return s.from + s.length*math.Min(1, math.Max(0, v/s.end)) }

func (s scale) ticks() []float64 {
	var all []float64
	for i := 0.0; i*s.step <= s.end*1.0001; i++ {
		all = append(all, i*s.step)
	}
	return all
}

// Interval is a value with its bounds, as a dot on a soft band.
type Interval struct {
	Label            string
	Low, Value, High float64
	Text             string // value and unit in words
	Class            string // "this", "other", "above", "below" or "reference"
	Link             string // where the label leads; empty: nowhere
}

// Intervals draws rows of dots with their intervals, one under the other, on a
// common axis from zero. With reference > 0 a line marks it.
func Intervals(id string, w Words, rows []Interval, reference float64) template.HTML {
	const rowHeight, top, labels, right = 30.0, 8.0, 180.0, 100.0
	largest := reference
	for _, r := range rows {
		largest = math.Max(largest, r.High)
	}
	s := newScale(largest, labels, width-labels-right)
	bottom := top + rowHeight*float64(len(rows))
	c := new(canvas)
	c.open(id, bottom+44, w, slices.ContainsFunc(rows, func(r Interval) bool { return r.Link != "" }))
	for _, t := range s.ticks() {
		c.line(s.at(t), top, s.at(t), bottom, "grid")
		c.text(s.at(t), bottom+16, "middle", "tick", w.Number(t))
	}
	c.text(labels, bottom+36, "start", "axis", w.Axis)
	if reference > 0 {
		c.line(s.at(reference), top-4, s.at(reference), bottom, "reference-line")
	}
	for i, r := range rows {
		y := top + rowHeight*(float64(i)+0.5)
		if r.Link != "" {
			fmt.Fprintf(&c.b, `<a href="%s">`, html.EscapeString(r.Link))
		}
		c.text(labels-10, y+4.5, "end", "label", shorten(r.Label, 24))
		if r.Link != "" {
			c.b.WriteString("</a>")
		}
		c.rect(s.at(r.Low), y-5, math.Max(2, s.at(r.High)-s.at(r.Low)), 10, "band "+r.Class)
		c.dot(s.at(r.Value), y, 5.5, "dot "+r.Class)
		c.text(width, y+4.5, "end", "value", r.Text)
	}
	return c.close()
}

// Bar is one bar of stacked parts, from the baseline up.
type Bar struct {
	Label string // under the bar; empty: none
	Parts []Part
}

// Part is a piece of a bar.
type Part struct {
	Value float64
	Class string // "embodied", "electricity", "measured", "modelled", "assumed", "running", ...
}

// legendLetter is the width of a letter of the legend, on phones too.
const legendLetter = 9.0

// Bars draws upright bars from a zero baseline. The classes of the parts are
// explained above the picture by legend, in the order of the stack.
func Bars(id string, w Words, bars []Bar, legend []Part, names []string) template.HTML {
	const height, top, left, right = 170.0, 34.0, 56.0, 8.0
	largest := 0.0
	for _, b := range bars {
		sum := 0.0
		for _, p := range b.Parts {
			sum += p.Value
		}
		largest = math.Max(largest, sum)
	}
	s := newScale(largest, 0, height)
	c := new(canvas)
	c.open(id, top+height+28, w, false)
	c.text(0, 12, "start", "axis", w.Axis)
	x := width - right
	for i := len(legend) - 1; i >= 0; i-- {
		c.text(x, 12, "end", "legend", names[i])
		x -= legendLetter*float64(len([]rune(names[i]))) + 14
		c.rect(x, 3, 10, 10, legend[i].Class)
		x -= 14
	}
	for _, t := range s.ticks() {
		y := top + height - s.at(t)
		c.line(left, y, width-right, y, "grid")
		c.text(left-8, y+4.5, "end", "tick", w.Number(t))
	}
	slot := (width - left - right) / math.Max(1, float64(len(bars)))
	gap := math.Min(slot*0.25, 10)
	for i, b := range bars {
		x, y := left+slot*float64(i)+gap/2, top+height
		for _, p := range b.Parts {
			h := s.at(p.Value)
			c.rect(x, y-h, slot-gap, h, p.Class)
			y -= h
		}
		if b.Label != "" {
			c.text(x+(slot-gap)/2, top+height+18, "middle", "tick", b.Label)
		}
	}
	c.line(left, top+height, width-right, top+height, "base")
	return c.close()
}

func shorten(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}
