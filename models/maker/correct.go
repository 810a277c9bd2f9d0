package maker

import (
	"math"
	"regexp"
	"strings"

	"github.com/ecoparc/ecoparc/models/equipment"
)

var (
	dellSize = regexp.MustCompile(`^[A-Z]+([0-9]{2})[0-9]{2}`)
	footnote = regexp.MustCompile(`(server|System|Module|Plus)4$`) // HPE's reports have a footnote 4 there
)

// correct mends what is plainly misfiled or mistyped in Boavizta's file, by what
// else the row says of the product, and notes it. It never looks at a footprint.
func (p *Published) correct() {
	var notes []string
	note := func(s string) { notes = append(notes, s) }
	if fixed := footnote.ReplaceAllString(strings.TrimSuffix(p.Name, " fwsdfFFactor"), "$1"); fixed != p.Name {
		p.Name = strings.TrimSuffix(fixed, " server")
		note("name mended")
	}
	switch {
	case p.Category == equipment.Desktop && p.Kind == "workstation":
		note("workstation taken as a desktop")
	case p.Category == equipment.Desktop && p.ScreenIn >= 10 && p.ScreenIn <= 18 && p.WeightKg > 0 && p.WeightKg < 3.5:
		p.Category = equipment.Laptop // Dell's Precision, Inspiron, Vostro and Chromebook
		note("filed as a desktop")
	case p.Category == equipment.Laptop && p.ScreenIn > 0 && p.ScreenIn < 9:
		p.Category = equipment.Tablet
		note("filed as a laptop")
	}
	if p.Category == equipment.Laptop && p.WeightKg > 8 && p.ScreenIn == 0 {
		p.ScreenIn, p.WeightKg = p.WeightKg, 0
		note("screen stood in the column of the weight")
	}
	least := map[equipment.Category]float64{equipment.Laptop: 0.055, equipment.Monitor: 0.04}[p.Category] // kg for each inch
	if p.WeightKg > 0 && p.WeightKg < least*p.ScreenIn {
		p.WeightKg = 0
		note("weight left out: too light for the screen")
	}
	if m := dellSize.FindStringSubmatch(p.Name); m != nil && p.Category == equipment.Monitor && p.Maker == "Dell" {
		if size := nominalSize([]string{m[1]}, p.ScreenIn); math.Abs(size-p.ScreenIn) >= 2 {
			p.ScreenIn = size
			note("screen by the name")
		}
	}
	p.Corrected = strings.Join(notes, "; ")
}
