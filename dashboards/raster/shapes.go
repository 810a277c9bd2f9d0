package raster

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"
)

// point is a place in units of the drawing.
type point struct{ x, y float64 }

// path is a line through points.
type path struct {
	points []point
	closed bool
}

// outline is the lines of a shape.
func outline(e *state) ([]path, error) {
	at := func(name string) float64 { return number(e.look[name], 0) }
	switch e.name {
	case "rect":
		x, y, w, h := at("x"), at("y"), at("width"), at("height")
		if w <= 0 || h <= 0 {
			return nil, nil
		}
		r := math.Min(math.Max(at("rx"), at("ry")), math.Min(w, h)/2)
		if r > 0 {
			var round []point
			for i, corner := range []point{{x + w - r, y + h - r}, {x + r, y + h - r}, {x + r, y + r}, {x + w - r, y + r}} {
				round = append(round, arc(corner, r, float64(i)*math.Pi/2, math.Pi/2)...)
			}
			return []path{{round, true}}, nil
		}
		return []path{{[]point{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}, true}}, nil
	case "circle":
		return []path{{arc(point{at("cx"), at("cy")}, at("r"), 0, 2*math.Pi), true}}, nil
	case "line":
		return []path{{[]point{{at("x1"), at("y1")}, {at("x2"), at("y2")}}, false}}, nil
	case "polyline", "polygon":
		all := numbers(e.look["points"])
		if len(all)%2 != 0 {
			return nil, fmt.Errorf("%w: the points of <%s>", ErrUnknown, e.name)
		}
		p := path{closed: e.name == "polygon"}
		for i := 0; i+1 < len(all); i += 2 {
			p.points = append(p.points, point{all[i], all[i+1]})
		}
		return []path{p}, nil
	case "path":
		return pathOf(e.look["d"])
	}
	return nil, fmt.Errorf("%w: <%s>", ErrUnknown, e.name)
}

func arc(centre point, r, from, length float64) (all []point) {
	steps := int(math.Max(4, math.Ceil(math.Abs(length)*math.Sqrt(math.Max(r, 1))*3)))
	for i := range steps + 1 {
		a := from + length*float64(i)/float64(steps)
		all = append(all, point{centre.x + r*math.Cos(a), centre.y + r*math.Sin(a)})
	}
	return all
}

// pathOf reads the straight parts of a path: M, L, H, V and Z, and the curves C and Q,
// large for places and small for steps.
func pathOf(d string) (all []path, err error) {
	var now, start point
	for d = strings.TrimSpace(d); d != ""; {
		command := d[0]
		end := strings.IndexAny(d[1:], "MmLlHhVvZzCcQqAaSsTt")
		rest := ""
		if end >= 0 {
			d, rest = d[:end+1], d[end+1:]
		}
		given := numbers(strings.ReplaceAll(d[1:], "-", " -"))
		need, ok := map[byte]int{'M': 2, 'L': 2, 'H': 1, 'V': 1, 'Z': 0, 'C': 6, 'Q': 4}[command&^0x20]
		if !ok || need > 0 && (len(given) == 0 || len(given)%need != 0) || need == 0 && len(given) > 0 {
			return nil, fmt.Errorf("%w: %q of a path", ErrUnknown, d)
		}
		var base point
		for first := true; first || len(given) > 0; first = false {
			if command >= 'a' {
				base = now
			}
			switch command &^ 0x20 {
			case 'M':
				now = point{base.x + given[0], base.y + given[1]}
				if first {
					start = now
					all = append(all, path{})
				}
			case 'L':
				now = point{base.x + given[0], base.y + given[1]}
			case 'H':
				now.x = base.x + given[0]
			case 'V':
				now.y = base.y + given[0]
			case 'Z':
				now = start
			}
			if len(all) == 0 {
				return nil, fmt.Errorf("%w: a path that begins with %q", ErrUnknown, string(command))
			}
			line := &all[len(all)-1]
			switch command &^ 0x20 {
			case 'Z':
				line.closed = true
			case 'C', 'Q':
				var control []point
				for i := 0; i < need; i += 2 {
					control = append(control, point{base.x + given[i], base.y + given[i+1]})
				}
				line.points = append(line.points, curve(now, control)...)
				now = control[len(control)-1]
			default:
				line.points = append(line.points, now)
			}
			given = given[need:]
		}
		d = strings.TrimSpace(rest)
	}
	return all, nil
}

// curve is a Bézier curve as short straight lines.
func curve(from point, control []point) (all []point) {
	const steps = 16
	for i := 1; i <= steps; i++ {
		t := float64(i) / steps
		row := append([]point{from}, control...)
		for len(row) > 1 {
			for k := range len(row) - 1 {
				row[k] = point{row[k].x + t*(row[k+1].x-row[k].x), row[k].y + t*(row[k+1].y-row[k].y)}
			}
			row = row[:len(row)-1]
		}
		all = append(all, row[0])
	}
	return all
}

func (c *canvas) fill(e *state, lines []path, opacity float64) error {
	paint, err := colourOf(e.look["fill"], opacity*number(e.look["fill-opacity"], 1))
	if err != nil || paint == nil {
		return err
	}
	var shapes [][]point
	for _, l := range lines {
		if len(l.points) > 2 {
			shapes = append(shapes, l.points)
		}
	}
	c.draw(e, shapes, paint)
	return nil
}

func (c *canvas) stroke(e *state, lines []path, opacity float64) error {
	paint, err := colourOf(e.look["stroke"], opacity*number(e.look["stroke-opacity"], 1))
	width := number(e.look["stroke-width"], 1)
	if err != nil || paint == nil || width <= 0 {
		return err
	}
	var shapes [][]point
	for _, l := range lines {
		points := l.points
		if l.closed && len(points) > 0 {
			points = append(points[:len(points):len(points)], points[0])
		}
		for i, piece := range dashes(points, numbers(e.look["stroke-dasharray"])) {
			if i > 0 && len(piece) == 0 {
				continue
			}
			for k := 1; k < len(piece); k++ {
				if bar := thick(piece[k-1], piece[k], width); bar != nil {
					shapes = append(shapes, bar)
				}
				if k > 1 && width > 1 { // a round joint
					shapes = append(shapes, arc(piece[k-1], width/2, 0, 2*math.Pi))
				}
			}
		}
	}
	c.draw(e, shapes, paint)
	return nil
}

// thick is a straight line with its width, always turned the same way, so that lines that
// cross do not wipe each other out.
func thick(a, b point, width float64) []point {
	length := math.Hypot(b.x-a.x, b.y-a.y)
	if length == 0 {
		return nil
	}
	x, y := -(b.y-a.y)/length*width/2, (b.x-a.x)/length*width/2
	return []point{{a.x - x, a.y - y}, {b.x - x, b.y - y}, {b.x + x, b.y + y}, {a.x + x, a.y + y}}
}

// dashes cuts a line into the pieces that are drawn.
func dashes(points []point, pattern []float64) [][]point {
	sum := 0.0
	for _, v := range pattern {
		sum += v
	}
	if len(points) == 0 || sum <= 0 {
		return [][]point{points}
	}
	all := [][]point{{points[0]}}
	which, left := 0, pattern[0]
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		for length := math.Hypot(b.x-a.x, b.y-a.y); length > 0; {
			step := math.Min(left, length)
			a = point{a.x + (b.x-a.x)*step/length, a.y + (b.y-a.y)*step/length}
			length, left = length-step, left-step
			if which%2 == 0 {
				all[len(all)-1] = append(all[len(all)-1], a)
			}
			if left <= 1e-9 {
				which++
				left = math.Max(1e-3, pattern[which%len(pattern)])
				if which%2 == 0 {
					all = append(all, []point{a})
				}
			}
		}
	}
	return all
}

// draw fills shapes together with one colour.
func (c *canvas) draw(e *state, shapes [][]point, paint color.Color) {
	west, north, east, south := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, shape := range shapes {
		for _, p := range shape {
			west, north, east, south = min(west, p.x), min(north, p.y), max(east, p.x), max(south, p.y)
		}
	}
	place := func(x, y float64) (float64, float64) { return (x + e.dx) * c.scale, (y + e.dy) * c.scale }
	west, north = place(west, north)
	east, south = place(east, south)
	edge := e.clip
	box := image.Rect(int(math.Floor(max(west, float64(edge.Min.X)))), int(math.Floor(max(north, float64(edge.Min.Y)))), int(math.Ceil(min(east, float64(edge.Max.X)))), int(math.Ceil(min(south, float64(edge.Max.Y)))))
	if !(east > west && south > north) || box.Empty() {
		return
	}
	c.shape.Reset(box.Dx(), box.Dy())
	for _, shape := range shapes {
		placed := make([]point, len(shape))
		for i, p := range shape {
			x, y := place(p.x, p.y)
			placed[i] = point{x - float64(box.Min.X), y - float64(box.Min.Y)}
		}
		for i, p := range within(placed, float64(box.Dx()), float64(box.Dy())) {
			if i == 0 {
				c.shape.MoveTo(float32(p.x), float32(p.y))
			} else {
				c.shape.LineTo(float32(p.x), float32(p.y))
			}
		}
		c.shape.ClosePath()
	}
	c.shape.Draw(c.image, box, image.NewUniform(paint), image.Point{})
}

// within cuts off what of a shape lies beyond a box from 0, 0 on, edge by edge.
func within(shape []point, width, height float64) []point {
	for _, edge := range []struct {
		beyond func(point) float64 // how far; negative: inside
	}{
		{func(p point) float64 { return -p.x }}, {func(p point) float64 { return p.x - width }},
		{func(p point) float64 { return -p.y }}, {func(p point) float64 { return p.y - height }},
	} {
		var kept []point
		for i, p := range shape {
			before := shape[(i+len(shape)-1)%len(shape)]
			a, b := edge.beyond(before), edge.beyond(p)
			if a > 0 != (b > 0) {
				t := a / (a - b)
				kept = append(kept, point{before.x + t*(p.x-before.x), before.y + t*(p.y-before.y)})
			}
			if b <= 0 {
				kept = append(kept, p)
			}
		}
		shape = kept
	}
	return shape
}
