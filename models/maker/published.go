package maker

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Published is a row of Boavizta's environmental-footprint-data: a product, or
// the reason why its embodied footprint cannot be told.
type Published struct {
	Product
	Line int    // in the file, from 1
	Kind string // the subcategory that Boavizta files it under
	// LeftOut says why the row is of no use here; empty for a row that is.
	LeftOut string
}

// kinds are the subcategories of Boavizta that Ecoparc knows. The workstations
// are desktops here, and are not among the kinds that an evaluation is about.
var kinds = map[string]equipment.Category{
	"laptop": equipment.Laptop, "desktop": equipment.Desktop, "monitor": equipment.Monitor, "tablet": equipment.Tablet,
	"server": equipment.Server, "thin client": equipment.ThinClient, "smartphone": equipment.Smartphone, "workstation": equipment.Desktop,
}

// needed are the columns without which nothing can be told.
var needed = []string{"manufacturer", "name", "subcategory", "gwp_total", "gwp_use_ratio"}

// described are the other columns that are read where they are there.
var described = []string{"yearly_tec", "lifetime", "use_location", "report_date", "gwp_error_ratio", "weight", "screen_size", "hard_drive", "memory", "sources"}

// ReadPublished reads a CSV file with the columns of Boavizta's data set: those
// named manufacturer, name, subcategory, gwp_total and gwp_use_ratio at least, in
// any order, parted by commas or semicolons. An error names the line and the
// column. What is plainly misfiled is corrected, and the product's Corrected says
// how.
func ReadPublished(r io.Reader) ([]Published, error) {
	text := bufio.NewReader(r)
	lines := csv.NewReader(text)
	if first, _ := text.Peek(1000); bytes.IndexByte(first, ';') >= 0 && bytes.IndexByte(first, ';') < bytes.IndexByte(append(first, ','), ',') {
		lines.Comma = ';' // Boavizta's French file, with decimal commas
	}
	header, err := lines.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("line 1: the file is empty; its first line must name the columns")
	} else if err != nil {
		return nil, fmt.Errorf("cannot read the footprints: %w", err)
	}
	at := map[string]int{}
	for i, name := range header {
		at[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	for _, name := range needed {
		if _, there := at[name]; !there {
			return nil, fmt.Errorf("line 1: the column %s is missing", name)
		}
	}
	var all []Published
	for {
		record, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("cannot read the footprints: %w", err) // names the line
		}
		line, _ := lines.FieldPos(0)
		row := cells{line: line, text: map[string]string{}}
		for _, name := range slices.Concat(needed, described) {
			if i, there := at[name]; there {
				row.text[name] = strings.TrimSpace(record[i])
			}
		}
		p, err := row.published()
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
}

// cells are the texts of a row by column.
type cells struct {
	line int
	text map[string]string
	err  error
}

var escaped = regexp.MustCompile(`(\\x[0-9a-f]{2})+`)

func (c *cells) published() (Published, error) {
	name := escaped.ReplaceAllStringFunc(c.text["name"], func(s string) string { // "\xe2\x80\x9d" spelled out
		raw, err := strconv.Unquote(`"` + s + `"`)
		if err != nil {
			return " "
		}
		return strings.ToValidUTF8(raw, " ")
	})
	kind := strings.ToLower(c.text["subcategory"])
	category, known := kinds[kind]
	total, share := c.number("gwp_total"), c.number("gwp_use_ratio")
	p := Published{Line: c.line, Kind: kind, Product: Product{
		Maker: c.text["manufacturer"], Name: strings.Join(strings.Fields(name), " "), Category: category, Year: c.yearIn("report_date"),
		MemoryGiB: c.anyNumber("memory"), StatedError: c.anyNumber("gwp_error_ratio"),
		Total: quantity.Grams(1000 * total), UseShare: share, Embodied: quantity.Grams(1000 * total * (1 - share)),
		YearlyUse: quantity.WattHours(1000 * c.anyNumber("yearly_tec")), Lifetime: quantity.Years(c.anyNumber("lifetime")),
		UsedIn: c.text["use_location"], Source: c.text["sources"],
	}}
	p.StorageGB, p.StorageKind = readStorage(c.text["hard_drive"])
	if known { // printers have their pages a minute in these columns
		p.ScreenIn, p.WeightKg = c.number("screen_size"), c.number("weight")
	}
	switch {
	case c.err != nil:
		return p, c.err
	case share > 1:
		return p, fmt.Errorf("line %d, column gwp_use_ratio: %g is more than 1, the whole", c.line, share)
	case p.Maker == "" || p.Name == "":
		return p, fmt.Errorf("line %d, columns manufacturer and name: both are needed", c.line)
	case !known:
		p.LeftOut = "no category of Ecoparc: " + c.text["subcategory"]
	case total == 0:
		p.LeftOut = "no total is given"
	case c.text["gwp_use_ratio"] == "":
		p.LeftOut = "the share of use is not given, so what is embodied cannot be told"
	case share == 1:
		p.LeftOut = "all of the total is use"
	}
	p.correct()
	return p, nil
}

var figure = regexp.MustCompile(`[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?`)

// number reads a quantity that is not negative; empty is zero. A unit after the
// number is passed over.
func (c *cells) number(column string) float64 {
	text := strings.Replace(c.text[column], ",", ".", 1)
	if text == "" {
		return 0
	}
	start := figure.FindStringIndex(text)
	if start == nil || start[0] != 0 {
		c.refuse(column)
		return 0
	}
	v, err := strconv.ParseFloat(text[:start[1]], 64)
	if err != nil || v > 1e12 {
		c.refuse(column)
		return 0
	}
	return v
}

// refuse keeps the first error of a row.
func (c *cells) refuse(column string) {
	if c.err == nil {
		c.err = fmt.Errorf("line %d, column %s: %q is not a number of zero or more", c.line, column, c.text[column])
	}
}

// anyNumber reads the first number in a column that no prediction hangs on; zero
// when there is none. A row without a yearly consumption is not judged by it.
func (c *cells) anyNumber(column string) float64 {
	v, err := strconv.ParseFloat(figure.FindString(strings.Replace(c.text[column], ",", ".", 1)), 64)
	if err != nil || v > 1e12 {
		return 0
	}
	return v
}

var fourDigits = regexp.MustCompile(`\b20[0-9]{2}\b`)

// yearIn finds the year in "December 2018", "2022-2-6", "26/07/2019" or "2021".
func (c *cells) yearIn(column string) int {
	y, _ := strconv.Atoi(fourDigits.FindString(c.text[column])) // none is zero, not known
	return y
}

var drive = regexp.MustCompile(`(?i)(?:\bx([0-9]+) +)?([0-9]+(?:\.[0-9]+)?) ?(GB|TB)\b( memory)?`)

// readStorage adds up the drives in "x4 1TB 2.5in HDD  x2 120GB 2.5in SSD", in
// GB, and says of which kind they are.
func readStorage(text string) (gigabytes float64, kind string) {
	for _, m := range drive.FindAllStringSubmatch(text, -1) {
		size, _ := strconv.ParseFloat(m[2], 64)
		if strings.EqualFold(m[3], "TB") {
			size *= 1000
		}
		if n, err := strconv.ParseFloat(m[1], 64); err == nil {
			size *= n
		}
		if m[4] == "" {
			gigabytes += size
		}
	}
	ssd, hdd := strings.Contains(text, "SSD"), strings.Contains(text, "HDD")
	switch {
	case ssd && hdd:
		kind = "both"
	case ssd:
		kind = "ssd"
	case hdd:
		kind = "hdd"
	}
	return gigabytes, kind
}
