package chart

import (
	"html/template"
	"math"
	"unicode/utf8"
)

// Step is a row of a waterfall: what one cause adds to the running height, or takes
// away. A total stands on the zero line, with From 0.
type Step struct {
	Label     string
	From, To  float64 // the height before and after
	Low, High float64 // bounds of To; equal for none
	Text      string  // the value and its unit in words
	Class     string  // "reference" or "this" for a total, "above" or "below" for a step
}

// Waterfall draws rows of bars one under the other, each from where the one before
// ended, on a common axis with a marked zero: the first row and the last are the
// totals that the steps between lead from and to. A whisker shows the bounds. The
// label and the value stand above their bar, so that they can be read on a phone.
func Waterfall(id string, w Words, steps []Step) template.HTML {
	const rowHeight, top, margin, barHeight = 52.0, 4.0, 12.0, 14.0
	low, high := 0.0, 0.0
	for _, s := range steps {
		low, high = min(low, s.From, s.To, s.Low), max(high, s.From, s.To, s.High)
	}
	s := newSigned(low, high, margin, width-2*margin)
	bottom := top + rowHeight*float64(len(steps))
	c := new(canvas)
	c.open(id, bottom+axisHeight+24, w, false)
	s.axis(c, w, top, bottom)
	for i, step := range steps {
		y := top + rowHeight*float64(i)
		c.text(0, y+19, "start", "label", shorten(step.Label, longestLabel))
		c.text(width, y+19, "end", "value", step.Text)
		from, to := s.at(step.From), s.at(step.To)
		c.rect(min(from, to), y+28, math.Max(1.5, math.Abs(to-from)), barHeight, "fall "+step.Class)
		if step.High > step.Low {
			middle := y + 28 + barHeight/2
			c.line(s.at(step.Low), middle, s.at(step.High), middle, "whisker")
			c.line(s.at(step.Low), middle-4, s.at(step.Low), middle+4, "whisker")
			c.line(s.at(step.High), middle-4, s.at(step.High), middle+4, "whisker")
		}
		if i+1 < len(steps) {
			c.line(to, y+28+barHeight, to, y+rowHeight+28, "link")
		}
	}
	return c.close()
}

// longestLabel is how many letters fit beside a value on a phone.
const longestLabel = 34

// Differences draws rows of dots with their intervals on a common axis with a
// marked zero, for values that may be negative.
func Differences(id string, w Words, rows []Interval) template.HTML {
	const rowHeight, top, margin = 50.0, 4.0, 12.0
	low, high := 0.0, 0.0
	for _, r := range rows {
		low, high = min(low, r.Low), max(high, r.High)
	}
	s := newSigned(low, high, margin, width-2*margin)
	bottom := top + rowHeight*float64(len(rows))
	c := new(canvas)
	c.open(id, bottom+axisHeight+24, w, false)
	s.axis(c, w, top, bottom)
	for i, r := range rows {
		y := top + rowHeight*float64(i)
		c.text(0, y+19, "start", "label", shorten(r.Label, longestLabel))
		c.text(width, y+19, "end", "value", r.Text)
		c.rect(s.at(r.Low), y+31, math.Max(2, s.at(r.High)-s.at(r.Low)), 10, "band "+r.Class)
		c.dot(s.at(r.Value), y+36, 5.5, "dot "+r.Class)
	}
	return c.close()
}

// signed maps values between two round ends, with zero among them, onto a length.
type signed struct {
	start, step float64 // of the axis
	steps       int
	from        float64
	length      float64
}

// newSigned chooses a round step so that both ends fit and a few steps are shown.
func newSigned(low, high, from, length float64) signed {
	low, high = min(low, 0), max(high, 0)
	step := newScale(high-low, 0, 1).step
	first, last := math.Floor(low/step), math.Ceil(high/step)
	if !(last > first && last-first < 100) { // nothing to show, or no number
		first, last = 0, 1
	}
	return signed{start: first * step, step: step, steps: int(last - first), from: from, length: length}
}

func (s signed) at(v float64) float64 {
	part := (v - s.start) / (s.step * float64(s.steps))
	return s.from + s.length*math.Min(1, math.Max(0, part))
}

// axis draws the grid with its numbers, the zero line and the title of the axis.
func (s signed) axis(c *canvas, w Words, top, bottom float64) {
	for i := range s.steps + 1 {
		v := s.start + float64(i)*s.step
		if math.Abs(v) < s.step/2 {
			v = 0
		} else {
			c.line(s.at(v), top, s.at(v), bottom, "grid")
		}
		class := "tick"
		if i%2 != int(math.Round(-s.start/s.step))%2 && s.steps > 5 {
			class = "tick minor" // zero keeps its number on a phone
		}
		text := w.Number(v)
		x, anchor := s.at(v), "middle"
		if long := utf8.RuneCountInString(text) > 2; long && i == 0 { // it would stand out of the drawing
			x, anchor = 0, "start"
		} else if long && i == s.steps {
			x, anchor = width, "end"
		}
		c.text(x, bottom+20, anchor, class, text)
	}
	c.line(s.at(0), top, s.at(0), bottom, "base")
	c.text(0, bottom+axisHeight+18, "start", "axis", w.Axis)
}
