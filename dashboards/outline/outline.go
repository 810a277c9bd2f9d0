// Package outline holds the outlines of the départements, so that a map of schools
// needs no server of maps. They are right within about 3 km: good for finding one's way
// on a page, not for measuring. Overseas, where none are held, a map has points alone.
package outline

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed france.txt
var france string

// Ring is the outline of a département or of a part of it; the last point is joined to
// the first.
type Ring struct {
	Department string // its number: "01" to "95", "2A", "2B"
	Points     []Point
	Around     Box
}

// Point is a place, in degrees of WGS 84.
type Point struct{ Longitude, Latitude float64 }

// Box is what lies between two meridians and two parallels, in degrees.
type Box struct{ West, South, East, North float64 }

// Include widens a box so that it holds a point. The zero box holds nothing.
func (b Box) Include(p Point) Box {
	if b == (Box{}) {
		return Box{p.Longitude, p.Latitude, p.Longitude, p.Latitude}
	}
	return Box{min(b.West, p.Longitude), min(b.South, p.Latitude), max(b.East, p.Longitude), max(b.North, p.Latitude)}
}

// Meets says whether two boxes have a place in common.
func (b Box) Meets(o Box) bool {
	return b.West <= o.East && o.West <= b.East && b.South <= o.North && o.South <= b.North
}

// France reads all outlines. It fails only when the embedded file is broken.
func France() ([]Ring, error) {
	var all []Ring
	for line := range strings.Lines(france) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		ring := Ring{Department: fields[0]}
		for _, corner := range fields[1:] {
			longitude, latitude, _ := strings.Cut(corner, ",")
			x, err := strconv.Atoi(longitude)
			y, err2 := strconv.Atoi(latitude)
			if err != nil || err2 != nil {
				return nil, fmt.Errorf("outline of %s: %q is no corner", fields[0], corner)
			}
			p := Point{float64(x) / 100, float64(y) / 100}
			ring.Points = append(ring.Points, p)
			ring.Around = ring.Around.Include(p)
		}
		all = append(all, ring)
	}
	return all, nil
}
