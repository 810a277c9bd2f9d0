package chart

import (
	"html/template"
	"math"
	"strconv"
)

// Moment is a row of a line of life: a stretch of time, or one day where From and To are
// the same, with the bounds it may lie between. Times are in calendar years: 2026.5 is
// the middle of 2026.
type Moment struct {
	Label     string
	Text      string // in words: a date, a length of time
	From, To  float64
	Low, High float64 // bounds of To; equal for none
	Class     string  // "this", "other", "above" or "below"
}

// LifeLine draws what happened to something, and what is expected of it, one row under
// the other on a common axis of calendar years. now is marked with its text.
func LifeLine(id string, w Words, rows []Moment, now float64, nowText string) template.HTML {
	const rowHeight, top, margin = 50.0, 28.0, 12.0
	first, last := math.Floor(now), now
	for _, r := range rows {
		first, last = min(first, math.Floor(r.From)), max(last, r.To, r.High)
	}
	last = max(first+1, math.Ceil(last))
	at := func(year float64) float64 { return margin + (width-2*margin)*(year-first)/(last-first) }
	bottom := top + rowHeight*float64(len(rows))
	c := new(canvas)
	c.open(id, bottom+axisHeight+24, w, false)
	step := math.Max(1, math.Ceil((last-first)/6))
	for i := 0; first+float64(i)*step <= last; i++ {
		year := first + float64(i)*step
		class := "tick"
		if i%2 == 1 {
			class = "tick minor"
		}
		c.line(at(year), top, at(year), bottom, "grid")
		c.text(at(year), bottom+20, anchorAt(at(year)), class, strconv.Itoa(int(year)))
	}
	c.text(0, bottom+axisHeight+18, "start", "axis", w.Axis)
	c.line(at(now), top-4, at(now), bottom, "reference-line")
	c.text(at(now), 16, anchorAt(at(now)), "axis halo", nowText)
	for i, r := range rows {
		y := top + rowHeight*float64(i)
		c.text(0, y+19, "start", "label", shorten(r.Label, longestLabel))
		c.text(width, y+19, "end", "value", r.Text)
		if r.High > r.Low {
			c.rect(at(r.Low), y+31, math.Max(2, at(r.High)-at(r.Low)), 10, "band "+r.Class)
		}
		if r.To > r.From {
			c.rect(at(r.From), y+31, math.Max(2, at(r.To)-at(r.From)), 10, "span "+r.Class)
			continue
		}
		c.dot(at(r.To), y+36, 5.5, "dot "+r.Class)
	}
	return c.close()
}

// anchorAt keeps a text at a place within the drawing.
func anchorAt(x float64) string {
	const near = 60
	switch {
	case x < near:
		return "start"
	case x > width-near:
		return "end"
	}
	return "middle"
}
