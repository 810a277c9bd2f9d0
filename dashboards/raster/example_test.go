package raster_test

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"log"

	"github.com/ecoparc/ecoparc/dashboards/raster"
)

// A drawing of 100 by 60 units is painted with two pixels for each. What is not known
// is refused, and not left out.
func ExamplePainter_PNG() {
	painter, err := raster.New()
	if err != nil {
		log.Fatal(err)
	}
	for _, shape := range []string{`<rect x="10" y="20" width="30" height="10" fill="#005f5a"/>`, `<ellipse cx="50" cy="30" rx="20" ry="10"/>`} {
		drawing := `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="60" viewBox="0 0 100 60">` + shape + `</svg>`
		var file bytes.Buffer
		if err := painter.PNG(&file, []byte(drawing), 2); err != nil {
			fmt.Println("refused:", errors.Is(err, raster.ErrUnknown))
			continue
		}
		picture, err := png.DecodeConfig(&file)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(picture.Width, "x", picture.Height, "pixels")
	}
	// Output:
	// 200 x 120 pixels
	// refused: true
}
