package browsertest

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"

	"github.com/chromedp/chromedp"
	"golang.org/x/image/draw"
)

// Picture keeps a picture of the whole page in the folder that ECOPARC_SCREENS names;
// without it there is nothing to do. A picture is for people to look at in a list of
// changes, so it is small: at most half as wide as the window, and of few colours.
func (b *Browser) Picture(name string) {
	b.t.Helper()
	dir := os.Getenv("ECOPARC_SCREENS")
	if dir == "" {
		return
	}
	small, err := shrunk(ask(b, chromedp.FullScreenshot(100)))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), small, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// Pictures are at most so wide and so high; of a longer page the beginning is kept.
const (
	mostWide  = 540
	mostHigh  = 1000
	mostTones = 28
)

// shrunk is a smaller picture of a PNG.
func shrunk(text []byte) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("cannot read a picture of a page: %w", err)
	}
	at := full.Bounds()
	wide := min(at.Dx(), mostWide)
	high := at.Dy() * wide / at.Dx()
	scaled := image.NewRGBA(image.Rect(0, 0, wide, high))
	draw.ApproxBiLinear.Scale(scaled, scaled.Bounds(), full, at, draw.Src, nil)
	if high > mostHigh {
		scaled = scaled.SubImage(image.Rect(0, 0, wide, mostHigh)).(*image.RGBA)
	}
	out := image.NewPaletted(scaled.Bounds(), tonesOf(scaled))
	draw.Draw(out, out.Bounds(), scaled, scaled.Bounds().Min, draw.Src)
	var small bytes.Buffer
	best := png.Encoder{CompressionLevel: png.BestCompression}
	if err := best.Encode(&small, out); err != nil {
		return nil, fmt.Errorf("cannot write a picture of a page: %w", err)
	}
	return small.Bytes(), nil
}

// tonesOf are the most frequent colours of a picture, those that differ little as one.
func tonesOf(p *image.RGBA) color.Palette {
	const coarse = 0xe0 // of eight bits, the first three
	counted := map[color.RGBA]int{}
	first := map[color.RGBA]color.RGBA{}
	for y := p.Rect.Min.Y; y < p.Rect.Max.Y; y++ {
		for x := p.Rect.Min.X; x < p.Rect.Max.X; x++ {
			c := p.RGBAAt(x, y)
			key := color.RGBA{c.R & coarse, c.G & coarse, c.B & coarse, 0xff}
			if counted[key]++; counted[key] == 1 {
				first[key] = c
			}
		}
	}
	var keys []color.RGBA
	for key := range counted {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(counted[b], counted[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	var tones color.Palette
	for _, key := range keys[:min(len(keys), mostTones)] {
		tones = append(tones, first[key])
	}
	return tones
}
