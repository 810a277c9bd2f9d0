package raster_test

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"os"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/raster"
)

func painted(t testing.TB, drawing string) (image.Image, error) {
	t.Helper()
	p, err := raster.New()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := p.PNG(&out, []byte(drawing), 1); err != nil {
		return nil, err
	}
	picture, err := png.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	return picture, nil
}

// near tells that a pixel has about a colour.
func near(picture image.Image, x, y int, want color.RGBA) bool {
	r, g, b, _ := picture.At(x, y).RGBA()
	apart := func(a uint32, b uint8) bool { d := int(a>>8) - int(b); return d < -24 || d > 24 }
	return !apart(r, want.R) && !apart(g, want.G) && !apart(b, want.B)
}

func TestShapesStandWhereTheyAreDrawn(t *testing.T) {
	red, white := color.RGBA{255, 0, 0, 255}, color.RGBA{255, 255, 255, 255}
	for name, c := range map[string]struct {
		shape    string
		inside   []image.Point
		outside  []image.Point
		inherits bool
	}{
		"rect":     {shape: `<rect x="10" y="20" width="30" height="10" fill="#f00"/>`, inside: []image.Point{{11, 21}, {38, 28}}, outside: []image.Point{{8, 21}, {11, 32}}},
		"circle":   {shape: `<circle cx="50" cy="50" r="10" fill="#ff0000"/>`, inside: []image.Point{{50, 50}, {57, 50}}, outside: []image.Point{{58, 58}, {62, 50}}},
		"line":     {shape: `<line x1="10" y1="50" x2="90" y2="50" stroke="#f00" stroke-width="4"/>`, inside: []image.Point{{50, 50}}, outside: []image.Point{{50, 55}, {5, 50}}},
		"dashes":   {shape: `<line x1="0" y1="50" x2="100" y2="50" stroke="#f00" stroke-width="4" stroke-dasharray="10 10"/>`, inside: []image.Point{{5, 50}, {25, 50}}, outside: []image.Point{{15, 50}, {35, 50}}},
		"polygon":  {shape: `<polygon points="10,10 90,10 10,90" fill="#f00"/>`, inside: []image.Point{{20, 20}}, outside: []image.Point{{80, 80}}},
		"beyond":   {shape: `<polygon points="-500,-500 500,-500 500,40 -500,40" fill="#f00"/>`, inside: []image.Point{{1, 1}, {98, 38}}, outside: []image.Point{{50, 45}}},
		"path":     {shape: `<path d="M10,10 h80 v40 H10 Z" fill="#f00"/>`, inside: []image.Point{{80, 40}}, outside: []image.Point{{80, 55}}},
		"hollow":   {shape: `<rect x="10" y="10" width="80" height="80" fill="none" stroke="#f00" stroke-width="6"/>`, inside: []image.Point{{10, 50}, {50, 90}}, outside: []image.Point{{50, 50}}},
		"group":    {shape: `<g transform="translate(40 0)" fill="#f00"><rect x="10" y="10" width="10" height="10"/></g>`, inside: []image.Point{{55, 15}}, outside: []image.Point{{15, 15}}},
		"cut off":  {shape: `<svg x="20" y="20" width="20" height="20" viewBox="0 0 20 20"><rect x="-50" y="-50" width="200" height="200" fill="#f00"/></svg>`, inside: []image.Point{{30, 30}}, outside: []image.Point{{15, 30}, {30, 45}}},
		"crossing": {shape: `<polyline points="10,10 90,90 10,90 90,10" fill="none" stroke="#f00" stroke-width="8"/>`, inside: []image.Point{{50, 50}}, outside: []image.Point{{50, 20}}},
	} {
		picture, err := painted(t, `<svg viewBox="0 0 100 100">`+c.shape+`</svg>`)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, p := range c.inside {
			if !near(picture, p.X, p.Y, red) {
				t.Errorf("%s: %v is %v, not painted", name, p, picture.At(p.X, p.Y))
			}
		}
		for _, p := range c.outside {
			if !near(picture, p.X, p.Y, white) {
				t.Errorf("%s: %v is %v, painted", name, p, picture.At(p.X, p.Y))
			}
		}
	}
}

// dark is the box around what is painted.
func dark(picture image.Image) (box image.Rectangle) {
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			if r, _, _, _ := picture.At(x, y).RGBA(); r < 0x8000 {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return box
}

func TestLettersStandAtTheirAnchor(t *testing.T) {
	for anchor, want := range map[string][2]int{"start": {100, 200}, "middle": {50, 150}, "end": {0, 100}} {
		picture, err := painted(t, fmt.Sprintf(`<svg viewBox="0 0 200 40"><text x="100" y="30" font-size="16px" text-anchor="%s">1 234,5 é</text></svg>`, anchor))
		if err != nil {
			t.Fatal(err)
		}
		box := dark(picture)
		if box.Empty() || box.Min.X < want[0]-2 || box.Max.X > want[1]+2 || box.Max.Y > 34 || box.Min.Y < 10 {
			t.Errorf("%s: the letters stand at %v", anchor, box)
		}
	}
}

func TestWhatIsNotKnownIsRefused(t *testing.T) {
	for _, shape := range []string{
		`<ellipse cx="1" cy="1" rx="1" ry="1"/>`, `<image href="x.png"/>`, `<rect x="1" y="1" width="2" height="2" fill="url(#a)"/>`, `<g transform="rotate(3)"/>`,
		`<path d="M0,0 A1 1 0 0 0 1 1" fill="#f00"/>`, `<path d="L1,1"/>`, `<polygon points="1,2,3"/>`,
	} {
		if _, err := painted(t, `<svg viewBox="0 0 10 10">`+shape+`</svg>`); !errors.Is(err, raster.ErrUnknown) {
			t.Errorf("%s: %v", shape, err)
		}
	}
	for _, drawing := range []string{"", "<svg/>", `<svg viewBox="0 0 1e9 1e9"/>`, `<svg viewBox="0 0 0 0"/>`, `<svg viewBox="0 0 NaN 1"/>`, "<svg viewBox=\"0 0 1 1\"><g>"} {
		if _, err := painted(t, drawing); err == nil {
			t.Errorf("%q was painted", drawing)
		}
	}
}

// Every kind of chart can be painted, in the colours of the style sheet.
func TestEveryChartIsPainted(t *testing.T) {
	css, err := os.ReadFile("../static/style.css")
	if err != nil {
		t.Fatal(err)
	}
	style := chart.ReadStyle(string(css))
	w := chart.Words{Title: "t", Description: "d", Axis: "kg", Number: func(v float64) string { return fmt.Sprint(v) }}
	spots := []chart.Spot{{Label: "A", X: 100, Y: 20, Class: "above", Link: "/", Named: true}, {Label: "B", X: 300, Y: 40, Class: "other"}}
	limits := chart.Limits{Target: 20, Inner: func(n float64) (float64, float64) { return 10, 30 }, Outer: func(n float64) (float64, float64) { return 5, 40 }}
	for name, drawing := range map[string]template.HTML{
		"intervals":   chart.Intervals("i", w, []chart.Interval{{Label: "A & B", Low: 1, Value: 2, High: 3, Class: "this"}}, 2),
		"bars":        chart.Bars("b", w, []chart.Bar{{Label: "x", Parts: []chart.Part{{Value: 3, Class: "measured"}}}}, nil, nil),
		"waterfall":   chart.Waterfall("w", w, []chart.Step{{Label: "x", To: 3, Low: 1, High: 4, Class: "this"}, {Label: "y", From: 3, To: 1, Class: "below"}}),
		"differences": chart.Differences("d", w, []chart.Interval{{Label: "x", Low: -1, Value: 2, High: 3, Class: "above"}}),
		"funnel":      chart.Funnel("f", w, spots, limits),
		"map":         chart.Map("m", w, spots, []chart.Outline{{{-900, -900}, {900, -900}, {900, 900}, {-900, 900}}}),
	} {
		alone, err := chart.Alone(string(drawing), style, chart.Labels{Title: "Title", Source: strings.Repeat("source ", 40)})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		picture, err := painted(t, string(alone))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if box := dark(picture); box.Dx() < 300 || box.Dy() < 80 {
			t.Errorf("%s: only %v is painted", name, box)
		}
	}
}

func FuzzDrawing(f *testing.F) {
	f.Add(`<rect x="1" y="1" width="2" height="2" fill="#f00" stroke="#000" stroke-dasharray="1 2"/><text x="1" y="3">a</text>`)
	f.Add(`<path d="M0,0 l1-1 q1,1 2,2 z" fill="#abc"/><g transform="translate(3)"><circle cx="1" cy="1" r="1e9" fill="#111"/></g>`)
	p, err := raster.New()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, shapes string) {
		_ = p.PNG(new(bytes.Buffer), []byte(`<svg viewBox="0 0 20 20">`+shapes+`</svg>`), 1) // whatever it is, it ends
	})
}
