package chart

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// Outline is a closed line on a map: degrees east and north of its corners.
type Outline [][2]float64

// least is the smallest height and width of a map in degrees of latitude, so that two
// neighbouring schools do not fill it.
const least = 0.15

// Map draws spots over outlines. North is up, a degree east is as long as it is at the
// middle of the map, and the spots fill it. Outlines that reach beyond are cut off.
func Map(id string, w Words, spots []Spot, outlines []Outline) template.HTML {
	west, east, south, north := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, s := range spots {
		west, east, south, north = min(west, s.X), max(east, s.X), min(south, s.Y), max(north, s.Y)
	}
	if len(spots) == 0 {
		return ""
	}
	middleX, middleY := (west+east)/2, (south+north)/2
	shrink := math.Max(0.1, math.Cos(middleY*math.Pi/180)) // of a degree east
	const margin, tallest = 1.15, 560.0
	spanX, spanY := math.Max(least, (east-west)*shrink)*margin, math.Max(least, north-south)*margin
	scale := math.Min(width/spanX, tallest/spanY) // units for a degree of latitude
	height := math.Max(240, math.Min(tallest, spanY*scale))
	x := func(longitude float64) float64 { return width/2 + (longitude-middleX)*shrink*scale }
	y := func(latitude float64) float64 { return height/2 - (latitude-middleY)*scale }
	c := new(canvas)
	c.open(id, height, w, true)
	for _, line := range outlines {
		var points strings.Builder
		inside := [4]bool{} // whether a corner lies within the west, east, south and north edge
		for _, p := range line {
			px, py := x(p[0]), y(p[1])
			inside = [4]bool{inside[0] || px > 0, inside[1] || px < width, inside[2] || py > 0, inside[3] || py < height}
			fmt.Fprintf(&points, "%.0f,%.0f ", px, py)
		}
		if inside == [4]bool{true, true, true, true} {
			fmt.Fprintf(&c.b, `<polygon points="%s" class="land"/>`, strings.TrimSpace(points.String()))
		}
	}
	c.spots(spots, func(s Spot) float64 { return x(s.X) }, func(s Spot) float64 { return y(s.Y) })
	return c.close()
}

// Strip draws one value with its interval on a scale from zero to end, small enough for
// the cell of a table whose other cells say the same in words: it is hidden from those
// who hear the page. reference > 0 is marked.
func Strip(low, value, high, reference, end float64, class string) template.HTML {
	const length, height = 160.0, 16.0
	at := func(v float64) float64 { return 3 + (length-6)*math.Min(1, math.Max(0, v/end)) }
	c := new(canvas)
	fmt.Fprintf(&c.b, `<svg viewBox="0 0 %g %g" class="strip" aria-hidden="true">`, length, height)
	c.line(3, height/2, length-3, height/2, "grid")
	if reference > 0 {
		c.line(at(reference), 1, at(reference), height-1, "reference-line")
	}
	c.rect(at(low), 5, math.Max(1.5, at(high)-at(low)), 6, "band "+class)
	c.dot(at(value), height/2, 3.5, "dot "+class)
	return c.close()
}
