package chart

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// Curve is a line over ages, on a soft band of its bounds.
type Curve struct {
	Label  string // written at its end
	Class  string // "this" or "other"
	Steps  bool   // it holds its value until the next point, as survival does
	Points []Point
}

// Point is a value with its bounds at a place on the axis below.
type Point struct{ X, Low, Value, High float64 }

// Level is a line across: a threshold or a target. An empty text draws none.
type Level struct {
	At   float64
	Text string
}

// Curves draws lines of shares in per cent, from 0 to 100, over ages. across is the
// title of the axis below.
func Curves(id string, w Words, across string, curves []Curve, level Level) template.HTML {
	const height, left, top = 260.0, 86.0, 34.0
	longest := 0.0
	for _, curve := range curves {
		for _, p := range curve.Points {
			longest = math.Max(longest, p.X)
		}
	}
	x := newScale(longest, left, width-left-12)
	up := scale{end: 100, step: 25, length: height}
	y := func(v float64) float64 { return top + height - up.at(v) }
	c := new(canvas)
	c.open(id, top+height+axisHeight+24, w, false)
	c.axes(w, x, up, left, top, across)
	for _, curve := range curves {
		c.band(curve, x.at, y)
	}
	if level.Text != "" {
		c.line(left, y(level.At), width, y(level.At), "reference-line")
		// Below its line: what begins above it comes down to it further right.
		c.text(left+6, math.Min(y(level.At)+22, top+height-4), "start", "axis halo", level.Text)
	}
	highest := 0.0
	for _, curve := range curves {
		c.curve(curve, x.at, y)
		if n := len(curve.Points); n > 0 {
			highest = math.Max(highest, curve.Points[n-1].Value)
		}
	}
	var taken []float64
	for _, curve := range curves { // the name of the upper one stands above its band, others below theirs
		if len(curve.Points) == 0 {
			continue
		}
		end := curve.Points[len(curve.Points)-1]
		at := math.Max(top+16, y(end.High)-8)
		if end.Value < highest {
			at = math.Max(top+16, y(end.Low)+20)
		}
		for !room(taken, at) {
			at += 24
		}
		taken = append(taken, at)
		c.text(math.Min(x.at(end.X), width-12), math.Min(at, top+height-4), "end", "label "+curve.Class, shorten(curve.Label, longestLabel))
	}
	c.line(left, top+height, width, top+height, "base")
	return c.close()
}

// corners are the points that a line through one of the three values goes through.
func (curve Curve) corners(of func(Point) float64) (all [][2]float64) {
	for i, p := range curve.Points {
		if curve.Steps && i > 0 {
			all = append(all, [2]float64{p.X, of(curve.Points[i-1])})
		}
		all = append(all, [2]float64{p.X, of(p)})
	}
	return all
}

func (c *canvas) band(curve Curve, x, y func(float64) float64) {
	high, low := curve.corners(func(p Point) float64 { return p.High }), curve.corners(func(p Point) float64 { return p.Low })
	var b strings.Builder
	for _, p := range high {
		fmt.Fprintf(&b, "%s,%s ", n(x(p[0])), n(y(p[1])))
	}
	for i := range low {
		p := low[len(low)-1-i]
		fmt.Fprintf(&b, "%s,%s ", n(x(p[0])), n(y(p[1])))
	}
	fmt.Fprintf(&c.b, `<polygon points="%s" class="band soft %s"/>`, strings.TrimSpace(b.String()), curve.Class)
}

func (c *canvas) curve(curve Curve, x, y func(float64) float64) {
	var b strings.Builder
	for _, p := range curve.corners(func(p Point) float64 { return p.Value }) {
		fmt.Fprintf(&b, "%s,%s ", n(x(p[0])), n(y(p[1])))
	}
	fmt.Fprintf(&c.b, `<polyline points="%s" class="curve %s"/>`, strings.TrimSpace(b.String()), curve.Class)
}
