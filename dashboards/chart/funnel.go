package chart

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
)

// Spot is a school in a picture of many: a funnel or a map.
type Spot struct {
	Label string
	X, Y  float64 // pupils and amount in a funnel, degrees east and north on a map
	Class string  // "other", "above" or "below"
	Link  string  // where it leads; empty: nowhere
	Named bool    // its label is written beside it, where there is room
}

// grain is how near spots of the same class may lie, in units of length: nearer ones are
// drawn once, so that thousands of schools stay a small picture.
const grain = 4.0

// spots draws spots at their places: first the ordinary ones, each place once, then those
// that stand out, with their links, and the names that do not run into each other.
func (c *canvas) spots(all []Spot, x, y func(Spot) float64) {
	drawn := map[[2]int]bool{}
	for _, s := range all {
		if s.Link != "" || s.Named {
			continue
		}
		place := [2]int{int(x(s) / grain), int(y(s) / grain)}
		if !drawn[place] {
			drawn[place] = true
			c.dot(x(s), y(s), 3.5, "spot "+s.Class)
		}
	}
	var names []float64 // heights that are taken
	for _, s := range all {
		if s.Link == "" && !s.Named {
			continue
		}
		if s.Link != "" {
			fmt.Fprintf(&c.b, `<a href="%s" aria-label="%s">`, html.EscapeString(s.Link), html.EscapeString(s.Label))
		}
		fmt.Fprintf(&c.b, `<circle cx="%s" cy="%s" r="6" class="spot %s"><title>%s</title></circle>`, n(x(s)), n(y(s)), s.Class, html.EscapeString(s.Label))
		if s.Named && room(names, y(s)) {
			names = append(names, y(s))
			at, anchor := x(s)+10, "start"
			if at > width*0.6 {
				at, anchor = x(s)-10, "end"
			}
			c.text(at, y(s)+5, anchor, "label", shorten(s.Label, 24))
		}
		if s.Link != "" {
			c.b.WriteString("</a>")
		}
	}
}

// room says whether a name has room at a height beside others, in the letters of a phone.
func room(names []float64, y float64) bool {
	for _, taken := range names {
		if math.Abs(taken-y) < 24 {
			return false
		}
	}
	return true
}

// Limits are the lines of a funnel: how far a value may lie from the target by chance, by
// size.
type Limits struct {
	Target       float64
	Inner, Outer func(size float64) (low, high float64) // 95 % and 99.8 %
	TargetText   string                                 // written at the line of the target
	InnerText    string                                 // at the inner limit
	OuterText    string                                 // at the outer limit
	SizeAxis     string                                 // title of the axis of sizes
}

// Funnel draws schools by their size and their value for one pupil, with the limits that
// chance sets. What lies above or below stands out and leads on.
func Funnel(id string, w Words, spots []Spot, l Limits) template.HTML {
	const height, left, top = 320.0, 86.0, 34.0
	largest, longest := l.Target*1.5, 1.0
	for _, s := range spots {
		largest, longest = math.Max(largest, s.Y), math.Max(longest, s.X)
	}
	across := newScale(longest, left, width-left-12)
	up := newScale(largest, 0, height)
	y := func(v float64) float64 { return top + height - up.at(v) }
	c := new(canvas)
	c.open(id, top+height+axisHeight+24, w, true)
	c.axes(w, across, up, left, top, l.SizeAxis)
	limits := []struct {
		at    func(float64) (float64, float64)
		class string
		text  string
		share float64 // of the width, where its text stands
	}{{l.Outer, "limit outer", l.OuterText, 0.98}, {l.Inner, "limit inner", l.InnerText, 0.6}}
	for _, limit := range limits {
		var low, high strings.Builder
		for i := range 200 {
			size := longest * math.Pow(float64(i+1)/200, 2) // closer where it bends
			a, b := limit.at(size)
			if a >= 0 {
				fmt.Fprintf(&low, "%s,%s ", n(across.at(size)), n(y(a)))
			}
			if b <= up.end {
				fmt.Fprintf(&high, "%s,%s ", n(across.at(size)), n(y(b)))
			}
		}
		for _, points := range []string{low.String(), high.String()} {
			fmt.Fprintf(&c.b, `<polyline points="%s" class="%s"/>`, strings.TrimSpace(points), limit.class)
		}
	}
	c.line(left, y(l.Target), width, y(l.Target), "reference-line")
	c.line(left, top+height, width, top+height, "base")
	c.spots(spots, func(s Spot) float64 { return across.at(s.X) }, func(s Spot) float64 { return y(s.Y) })
	// Texts of lines stand below the lower ones: the names stand above the upper.
	for _, limit := range limits {
		low, _ := limit.at(longest * limit.share)
		c.text(across.at(longest*limit.share), y(math.Max(0, low))+17, "end", "axis minor halo", limit.text)
	}
	c.text(left+6, y(l.Target)-7, "start", "axis halo", l.TargetText)
	return c.close()
}
