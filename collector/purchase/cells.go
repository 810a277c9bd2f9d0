package purchase

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/ecoparc/ecoparc/collector/spreadsheet"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// cells are the cells of a line that tells of a device.
type cells struct{ spreadsheet.Cells }

// entry reads a row.
func entry(row spreadsheet.Row, types map[string]equipment.Category) (Entry, error) {
	in := &cells{spreadsheet.Cells{Row: row}}
	e := Entry{
		Line: row.Line, Label: in.Text("label"), Serial: in.secret("serial"), Maker: in.Text("maker"), Model: in.Text("model"), CPU: in.first("cpu"),
		MemoryMiB: int64(math.Round(in.bytes("memory", gib)/mib + in.bytes("memory_mib", mib)/mib)),
		StorageGB: int64(math.Round(in.bytes("storage", gb)/gb + in.bytes("storage_mib", mib)/gb)),
		ScreenIn:  rounded(in.Measure("screen", inches, 1, 200), 10),
		WeightKg:  rounded(in.Measure("weight", kilograms, 0.01, 1000), 100),
		Purchased: in.Day("purchased"), Retired: in.Day("retired"),
		PriceCents: in.Cents("price", 10_000_000),
		Site:       in.Text("site"), Entity: in.Text("entity"),
	}
	if started := in.Day("started"); e.Purchased == 0 {
		e.Purchased = started
	}
	e.Category, e.unknown = in.category(types)
	e.Acquisition = in.Word("acquisition", acquisitions)
	e.Population = equipment.Population(in.Word("population", populations))
	e.RetiredTo = in.Word("retired_to", destinations)
	if to, gone := statusGone[spreadsheet.Plain(in.Text("status"))]; gone {
		e.Gone = true
		if e.RetiredTo == "" {
			e.RetiredTo = to
		}
	}
	if e.Retired != 0 {
		e.Gone = true
	}
	if e.Label == "" && e.Serial == "" {
		in.Wrong(errors.New("neither label nor serial number: the device would not be known again"))
	}
	if e.MemoryMiB > 64<<20 || e.StorageGB > 100_000_000 {
		in.Wrong(errors.New("memory or storage is larger than any device's"))
	}
	if e.Retired != 0 && e.Purchased > e.Retired {
		in.Wrong(fmt.Errorf("bought on %s, after it was retired on %s", e.Purchased, e.Retired))
	}
	return e, in.Err()
}

// secret is a text that no error repeats.
func (c *cells) secret(field string) string {
	text := c.Text(field)
	if placeholders[spreadsheet.Plain(text)] {
		return ""
	}
	return text
}

// placeholders are what firmware says instead of a serial number.
var placeholders = map[string]bool{
	"to be filled by o.e.m.": true, "default string": true, "system serial number": true, "none": true, "n/a": true, "na": true, "0": true, "-": true,
	"not specified": true, "unknown": true, "inconnu": true, "neant": true,
}

// first is the first line of a cell: GLPI lists several processors one a line.
func (c *cells) first(field string) string {
	line, _, _ := strings.Cut(c.Cell(field), "\n")
	return c.Checked(field, line)
}

func rounded(x, steps float64) float64 { return math.Round(x*steps) / steps }

// Units of memory and storage, in bytes: a GLPI "Mo" of a component is a MiB.
const (
	mib = 1 << 20
	gib = 1 << 30
	gb  = 1e9
)

var sizes = map[string]float64{
	"mio": mib, "mib": mib, "mo": mib, "mb": mib, "gio": gib, "gib": gib, "go": gb, "gb": gb, "tio": 1 << 40, "tib": 1 << 40, "to": 1e12, "tb": 1e12,
}

// bytes adds the sizes in a cell, one a line as GLPI lists modules. A number without
// a unit counts in unit. "8 Go" of memory are 8 GiB, whatever a disk's Go are.
func (c *cells) bytes(field string, unit float64) float64 {
	var sum float64
	for line := range strings.Lines(c.Cell(field)) {
		n, name, err := spreadsheet.Quantity(line)
		by, known := sizes[name]
		switch {
		case err == nil && name == "" && n == 0:
			continue
		case name == "":
			by, known = unit, true
		case by == gb && strings.HasPrefix(field, "memory"):
			by = gib
		}
		if err != nil || !known || n < 0 || n*by > 1e18 {
			c.Wrong(fmt.Errorf("%s is %q; a size like 8 GiB or 256 GB is expected", field, spreadsheet.Short(strings.TrimSpace(line))))
			return 0
		}
		sum += n * by
	}
	return sum
}

var (
	inches    = map[string]float64{"": 1, "\"": 1, "''": 1, "in": 1, "inch": 1, "inches": 1, "pouces": 1, "pouce": 1, "po": 1, "cm": 1 / 2.54}
	kilograms = map[string]float64{"": 1, "kg": 1, "g": 0.001}
)
