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
	"unicode/utf8"
)

// Words are the texts of a chart, in the reader's language.
type Words struct {
	Title       string // what it shows
	Description string // what it says, in a sentence
	Axis        string // title of the axis of values, with its unit
	// Number writes a value of the axis.
	Number func(float64) string
}

// The unit of length is about a pixel on a wide screen and half of one on a phone.
const (
	width      = 640.0
	axisHeight = 28.0 // of the numbers under an axis
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

// axes draws the frame of a plane: a line across at each number of the axis that goes
// up from the bottom, and the numbers of the one below, each axis with its title.
func (c *canvas) axes(w Words, across, up scale, left, top float64, below string) {
	bottom := top + up.length
	c.text(0, 15, "start", "axis", w.Axis)
	for _, t := range up.ticks() {
		y := bottom - up.at(t)
		c.line(left, y, width, y, "grid")
		c.text(left-8, y+5, "end", "tick", w.Number(t))
	}
	for i, t := range across.ticks() {
		class, anchor := "tick", "middle"
		if i%2 == 1 {
			class = "tick minor"
		}
		if t == across.end {
			anchor = "end" // so that it does not leave the picture
		}
		c.text(across.at(t), bottom+20, anchor, class, w.Number(t))
	}
	c.text(width, bottom+axisHeight+18, "end", "axis", below)
}

// Interval is a value with its bounds, as a dot on a soft band.
type Interval struct {
	Label            string
	Low, Value, High float64
	Text             string // value and unit in words
	Class            string // "this", "other", "above", "below" or "reference"
	Link             string // where the label leads; empty: nowhere
}

// Intervals draws rows of dots with their intervals, one under the other, each
// under its label and its value, on a common axis from zero. With reference > 0 a
// line marks it. The letters have room to be twice as large on a phone.
func Intervals(id string, w Words, rows []Interval, reference float64) template.HTML {
	const rowHeight, top, margin = 50.0, 4.0, 12.0
	largest := reference
	for _, r := range rows {
		largest = math.Max(largest, r.High)
	}
	s := newScale(largest, margin, width-2*margin)
	bottom := top + rowHeight*float64(len(rows))
	c := new(canvas)
	c.open(id, bottom+axisHeight+24, w, slices.ContainsFunc(rows, func(r Interval) bool { return r.Link != "" }))
	for _, t := range s.ticks() {
		c.line(s.at(t), top, s.at(t), bottom, "grid")
		at, anchor := s.at(t), "middle"
		if t > s.end-s.step/2 { // the last one would be cut
			at, anchor = width, "end"
		}
		c.text(at, bottom+20, anchor, "tick", w.Number(t))
	}
	c.text(0, bottom+axisHeight+18, "start", "axis", w.Axis)
	if reference > 0 {
		c.line(s.at(reference), top, s.at(reference), bottom, "reference-line")
	}
	for i, r := range rows {
		y := top + rowHeight*float64(i)
		if r.Link != "" {
			fmt.Fprintf(&c.b, `<a href="%s">`, html.EscapeString(r.Link))
		}
		c.text(0, y+19, "start", "label", shorten(r.Label, longestLabel))
		if r.Link != "" {
			c.b.WriteString("</a>")
		}
		c.text(width, y+19, "end", "value", r.Text)
		c.rect(s.at(r.Low), y+31, math.Max(2, s.at(r.High)-s.at(r.Low)), 10, "band "+r.Class)
		c.dot(s.at(r.Value), y+36, 5.5, "dot "+r.Class)
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

// legendLetter is the width to reckon with for a letter of the legend on a phone.
const legendLetter = 12.5

// widestBar keeps a few bars from looking like blocks.
const widestBar = 64.0

// Bars draws upright bars from a zero baseline. Several kinds of parts are
// explained above the picture by a legend, in the order of the stack; one kind
// needs none, the title of the axis says it.
func Bars(id string, w Words, bars []Bar, legend []Part, names []string) template.HTML {
	const height, left = 170.0, 86.0
	top := 34.0
	largest := 0.0
	for _, b := range bars {
		sum := 0.0
		for _, p := range b.Parts {
			sum += p.Value
		}
		largest = math.Max(largest, sum)
	}
	s := newScale(largest, 0, height)
	if len(legend) > 1 {
		top += 26
	}
	c := new(canvas)
	c.open(id, top+height+axisHeight, w, false)
	c.text(0, 15, "start", "axis", w.Axis)
	if len(legend) > 1 {
		x := 0.0
		for i, part := range legend {
			c.rect(x, 30, 12, 12, part.Class)
			c.text(x+18, 41, "start", "legend", names[i])
			x += 18 + legendLetter*float64(utf8.RuneCountInString(names[i])) + 16
		}
	}
	for _, t := range s.ticks() {
		y := top + height - s.at(t)
		c.line(left, y, width, y, "grid")
		c.text(left-8, y+5, "end", "tick", w.Number(t))
	}
	slot := math.Min(widestBar, (width-left)/math.Max(1, float64(len(bars))))
	gap := math.Min(slot*0.25, 10)
	labelled := 0
	for i, b := range bars {
		x, y := left+slot*float64(i)+gap/2, top+height
		for _, p := range b.Parts {
			h := s.at(p.Value)
			c.rect(x, y-h, slot-gap, h, p.Class)
			y -= h
		}
		if b.Label != "" {
			class := "tick"
			if labelled++; labelled%2 == 0 {
				class = "tick minor" // phones leave every second label out
			}
			at, anchor := x+(slot-gap)/2, "middle"
			if at-left < nearAxis { // half of it would stand below the numbers of the axis
				at, anchor = left, "start"
			}
			c.text(at, top+height+20, anchor, class, b.Label)
		}
	}
	c.line(left, top+height, width, top+height, "base")
	return c.close()
}

// nearAxis is how far from the axis on the left a label may stand in the middle of its bar.
const nearAxis = 30

func shorten(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}
