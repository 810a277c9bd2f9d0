package browsertest

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"
)

func TestPicturesAreSmall(t *testing.T) {
	full := image.NewRGBA(image.Rect(0, 0, 1440, 9000))
	for y := range 9000 {
		for x := range 1440 {
			full.SetRGBA(x, y, color.RGBA{uint8(x), uint8(y), uint8(x * y), 0xff})
		}
	}
	var text bytes.Buffer
	if err := png.Encode(&text, full); err != nil {
		t.Fatal(err)
	}
	small, err := shrunk(text.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(bytes.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	p, ok := got.(*image.Paletted)
	if !ok || p.Bounds().Dx() != mostWide || p.Bounds().Dy() != mostHigh || len(p.Palette) > mostTones {
		t.Errorf("%T of %v", got, got.Bounds())
	}
	if _, err := shrunk([]byte("no picture")); err == nil {
		t.Error("what is no picture is taken for one")
	}
}
