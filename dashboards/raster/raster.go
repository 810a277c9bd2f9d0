// Package raster paints Ecoparc's drawings as PNG, for those who put them into a letter
// or a slide. It knows the few shapes that package chart draws, in the form that
// chart.Alone gives them: every colour is an attribute, nothing refers to anything else.
// What it does not know it refuses, so that no picture leaves out a mark in silence.
package raster

import (
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"maps"
	"math"
	"strconv"
	"strings"

	"golang.org/x/image/font/opentype"
	"golang.org/x/image/vector"
)

// ErrUnknown is an element or an attribute that is not painted.
var ErrUnknown = errors.New("not a shape that is painted")

// most bounds the size of a picture in pixels.
const most = 40_000_000

// Painter paints drawings. Several goroutines may use one.
type Painter struct {
	regular, bold *opentype.Font
	turns         chan struct{}
}

// atOnce is how many pictures are painted at once: each takes some ten megabytes.
const atOnce = 2

// PNG paints a drawing with so many pixels for each unit of its size.
func (p *Painter) PNG(w io.Writer, drawing []byte, scale float64) error {
	p.turns <- struct{}{}
	defer func() { <-p.turns }()
	c := canvas{painter: p, scale: scale}
	if err := c.paint(drawing); err != nil {
		return fmt.Errorf("cannot paint a drawing: %w", err)
	}
	return (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(w, c.image)
}

type canvas struct {
	painter *Painter
	scale   float64
	image   *image.RGBA
	shape   vector.Rasterizer
}

// look is how an element looks; what an element does not say it has from the one around it.
type look map[string]string

// inherited are the attributes that go from an element to those inside.
var inherited = []string{"fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-weight", "text-anchor", "paint-order", "fill-opacity", "stroke-opacity"}

// state is an element that is open.
type state struct {
	name   string
	look   look
	dx, dy float64         // by which it is moved
	clip   image.Rectangle // beyond which nothing is painted
	text   strings.Builder
}

func (c *canvas) paint(drawing []byte) error {
	d := xml.NewDecoder(strings.NewReader(string(drawing)))
	open := []*state{{look: look{"fill": "#000"}}}
	for {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF) && c.image == nil:
			return errors.New("it has no size")
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		top := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			e := &state{name: token.Name.Local, look: maps.Clone(top.look), dx: top.dx, dy: top.dy, clip: top.clip}
			for name := range e.look {
				if !inherits(name) {
					delete(e.look, name)
				}
			}
			for _, a := range token.Attr {
				e.look[a.Name.Local] = a.Value
			}
			open = append(open, e)
			if err := c.begin(e); err != nil {
				return err
			}
		case xml.EndElement:
			if top.name == "text" {
				if err := c.text(top); err != nil {
					return err
				}
			}
			open = open[:len(open)-1]
		case xml.CharData:
			if top.name == "tspan" { // a part of the text around it
				open[len(open)-2].text.Write(token)
			}
			top.text.Write(token)
		}
	}
}

func inherits(name string) bool {
	for _, known := range inherited {
		if name == known {
			return true
		}
	}
	return false
}

// begin paints an element that has no text.
func (c *canvas) begin(e *state) error {
	if c.image == nil {
		return c.size(e)
	}
	switch e.name {
	case "g":
		return e.move()
	case "svg":
		return c.inner(e)
	case "title", "desc", "text", "tspan":
		return nil // a text is painted when it is known, a title and a description never
	}
	line, err := outline(e)
	if err != nil {
		return err
	}
	if transform := e.look["transform"]; transform != "" {
		return fmt.Errorf("%w: a transform of <%s>", ErrUnknown, e.name)
	}
	opacity := number(e.look["opacity"], 1)
	if e.name != "line" {
		if err := c.fill(e, line, opacity); err != nil {
			return err
		}
	}
	return c.stroke(e, line, opacity)
}

// size makes the picture.
func (c *canvas) size(e *state) error {
	var x, y, w, h float64
	if _, err := fmt.Sscan(e.look["viewBox"], &x, &y, &w, &h); err != nil || e.name != "svg" {
		return fmt.Errorf("it begins with <%s> of the size %q", e.name, e.look["viewBox"])
	}
	if pixels := w * c.scale * h * c.scale; !(pixels >= 1 && pixels <= most) {
		return fmt.Errorf("its size is %g by %g", w, h)
	}
	c.image = image.NewRGBA(image.Rect(0, 0, int(math.Ceil(w*c.scale)), int(math.Ceil(h*c.scale))))
	e.clip = c.image.Bounds()
	draw.Draw(c.image, c.image.Bounds(), image.White, image.Point{}, draw.Src)
	return nil
}

// inner opens a picture inside of the picture, of the same scale.
func (c *canvas) inner(e *state) error {
	at := func(name string) float64 { return number(e.look[name], 0) }
	if box := numbers(e.look["viewBox"]); len(box) != 4 || box[0] != 0 || box[1] != 0 || box[2] != at("width") || box[3] != at("height") {
		return fmt.Errorf("%w: a scale inside of the drawing", ErrUnknown)
	}
	e.dx, e.dy = e.dx+at("x"), e.dy+at("y")
	e.clip = e.clip.Intersect(image.Rect(int(e.dx*c.scale), int(e.dy*c.scale), int(math.Ceil((e.dx+at("width"))*c.scale)), int(math.Ceil((e.dy+at("height"))*c.scale))))
	return nil
}

// move reads where a group stands.
func (e *state) move() error {
	text := e.look["transform"]
	if text == "" {
		return nil
	}
	inside, ok := strings.CutPrefix(strings.TrimSuffix(text, ")"), "translate(")
	at := numbers(inside)
	if !ok || len(at) == 0 || len(at) > 2 {
		return fmt.Errorf("%w: the transform %q", ErrUnknown, text)
	}
	e.dx += at[0]
	if len(at) == 2 {
		e.dy += at[1]
	}
	delete(e.look, "transform")
	return nil
}

// number reads a length in the units of the drawing.
func number(text string, otherwise float64) float64 {
	if v, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(text), "px"), 64); err == nil {
		return v
	}
	return otherwise
}

func numbers(text string) (all []float64) {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' || r == '\t' }) {
		v, err := strconv.ParseFloat(strings.TrimSuffix(word, "px"), 64)
		if err != nil {
			return nil
		}
		all = append(all, v)
	}
	return all
}

// colourOf reads #rgb and #rrggbb; nil for none.
func colourOf(text string, opacity float64) (color.Color, error) {
	text = strings.TrimSpace(text)
	if text == "" || text == "none" || text == "transparent" {
		return nil, nil
	}
	hex, ok := strings.CutPrefix(text, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	v, err := strconv.ParseUint(hex, 16, 32)
	if !ok || err != nil || len(hex) != 6 {
		return nil, fmt.Errorf("%w: the colour %q", ErrUnknown, text)
	}
	return color.NRGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), uint8(math.Round(255 * math.Min(1, math.Max(0, opacity))))}, nil
}
