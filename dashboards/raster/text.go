package raster

import (
	"fmt"
	"image"
	"math"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// New returns a painter with its letters, which are in the program: a server has seldom
// any of its own.
func New() (*Painter, error) {
	regular, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("letters: %w", err)
	}
	bold, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return nil, fmt.Errorf("letters: %w", err)
	}
	return &Painter{regular, bold, make(chan struct{}, atOnce)}, nil
}

// blanks have no letter of their own.
var blanks = strings.NewReplacer("\u00a0", " ", "\u202f", "\u2009", "\u2009", "\u2009")

func (c *canvas) text(e *state) error {
	said := strings.TrimSpace(e.text.String())
	paint, err := colourOf(e.look["fill"], number(e.look["fill-opacity"], 1)*number(e.look["opacity"], 1))
	if err != nil || paint == nil || said == "" {
		return err
	}
	if e.look["transform"] != "" {
		return fmt.Errorf("%w: a transform of a text", ErrUnknown)
	}
	letters := c.painter.regular
	if weight := e.look["font-weight"]; weight == "bold" || number(weight, 400) >= 600 {
		letters = c.painter.bold
	}
	// Letters differ a little in width from those of a screen; so they are a little smaller.
	face, err := opentype.NewFace(letters, &opentype.FaceOptions{Size: number(e.look["font-size"], 13) * c.scale * 0.95, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return fmt.Errorf("letters: %w", err)
	}
	defer face.Close()
	pieces := strings.Split(blanks.Replace(said), "\u2009")
	thin := fixed.Int26_6(number(e.look["font-size"], 13) * c.scale * 0.17 * 64)
	width := thin * fixed.Int26_6(len(pieces)-1)
	for _, piece := range pieces {
		width += font.MeasureString(face, piece)
	}
	at := fixed.Point26_6{X: pixels((number(e.look["x"], 0) + e.dx) * c.scale), Y: pixels((number(e.look["y"], 0) + e.dy) * c.scale)}
	switch e.look["text-anchor"] {
	case "middle":
		at.X -= width / 2
	case "end":
		at.X -= width
	}
	write := func(d font.Drawer, x, y float64) {
		d.Dot = fixed.Point26_6{X: at.X + pixels(x), Y: at.Y + pixels(y)}
		for i, piece := range pieces {
			if i > 0 {
				d.Dot.X += thin
			}
			d.DrawString(piece)
		}
	}
	d := font.Drawer{Dst: c.image, Face: face}
	halo, err := colourOf(e.look["stroke"], 1)
	if err != nil {
		return err
	}
	if halo != nil && strings.HasPrefix(e.look["paint-order"], "stroke") {
		d.Src = image.NewUniform(halo)
		r := number(e.look["stroke-width"], 1) * c.scale / 2
		for i := range 8 {
			a := float64(i) * math.Pi / 4
			write(d, r*math.Cos(a), r*math.Sin(a))
		}
	}
	d.Src = image.NewUniform(paint)
	write(d, 0, 0)
	return nil
}

func pixels(v float64) fixed.Int26_6 { return fixed.Int26_6(math.Round(v * 64)) }
