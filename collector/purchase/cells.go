package purchase

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/ecoparc/ecoparc/collector/spreadsheet"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
)

const maxText = 128 // bytes, as in a report's inventory

// cells read the cells of a row and gather what is wrong with them.
type cells struct {
	spreadsheet.Row
	errs []error
}

// entry reads a row.
func entry(row spreadsheet.Row, types map[string]equipment.Category) (Entry, error) {
	in := &cells{Row: row}
	e := Entry{
		Line: row.Line, Label: in.text("label"), Serial: in.secret("serial"), Maker: in.text("maker"), Model: in.text("model"), CPU: in.first("cpu"),
		MemoryMiB: int64(math.Round(in.bytes("memory", gib)/mib + in.bytes("memory_mib", mib)/mib)),
		StorageGB: int64(math.Round(in.bytes("storage", gb)/gb + in.bytes("storage_mib", mib)/gb)),
		ScreenIn:  rounded(in.measure("screen", inches, 1, 200), 10),
		WeightKg:  rounded(in.measure("weight", kilograms, 0.01, 1000), 100),
		Purchased: in.day("purchased"), Retired: in.day("retired"),
		PriceCents: int64(math.Round(in.measure("price", euros, 0, 10_000_000) * 100)),
		Site:       in.text("site"), Entity: in.text("entity"),
	}
	if started := in.day("started"); e.Purchased == 0 {
		e.Purchased = started
	}
	e.Category, e.unknown = in.category(types)
	e.Acquisition = in.word("acquisition", acquisitions)
	e.Population = equipment.Population(in.word("population", populations))
	e.RetiredTo = in.word("retired_to", destinations)
	if to, gone := statusGone[spreadsheet.Plain(in.text("status"))]; gone {
		e.Gone = true
		if e.RetiredTo == "" {
			e.RetiredTo = to
		}
	}
	if e.Retired != 0 {
		e.Gone = true
	}
	if e.Label == "" && e.Serial == "" {
		in.wrong(errors.New("neither label nor serial number: the device would not be known again"))
	}
	if e.MemoryMiB > 64<<20 || e.StorageGB > 100_000_000 {
		in.wrong(errors.New("memory or storage is larger than any device's"))
	}
	if e.Retired != 0 && e.Purchased > e.Retired {
		in.wrong(fmt.Errorf("bought on %s, after it was retired on %s", e.Purchased, e.Retired))
	}
	return e, errors.Join(in.errs...)
}

func (c *cells) wrong(err error) { c.errs = append(c.errs, err) }

func (c *cells) text(field string) string { return c.checked(field, c.Cell(field)) }

func (c *cells) checked(field, text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxText || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		c.wrong(fmt.Errorf("%s must be at most %d bytes of printable text", field, maxText))
		return ""
	}
	return text
}

// secret is a text that no error repeats.
func (c *cells) secret(field string) string {
	text := c.text(field)
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
	return c.checked(field, line)
}

// word is a cell that holds one of some words, each with what it means.
func (c *cells) word(field string, words map[string]string) string {
	text := c.text(field)
	if text == "" {
		return ""
	}
	meaning, ok := words[spreadsheet.Plain(text)]
	if !ok {
		c.wrong(fmt.Errorf("%s is %q; allowed are %s", field, text, strings.Join(meanings(words), ", ")))
	}
	return meaning
}

func meanings(words map[string]string) []string {
	var all []string
	for _, m := range words {
		if !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	slices.Sort(all)
	return all
}

// day reads a day as ISO 8601 or as France writes it, day first; a time of day after
// it does not count.
func (c *cells) day(field string) calendar.Day {
	text := c.Cell(field)
	date, _, _ := strings.Cut(text, " ")
	date, _, _ = strings.Cut(date, "T")
	if date == "" || date == "0000-00-00" {
		return 0
	}
	for _, layout := range []string{"2006-01-02", "02/01/2006", "02-01-2006", "02.01.2006", "2006/01/02"} {
		when, err := time.Parse(layout, date)
		if err == nil && when.Year() >= 1990 && when.Year() < 2200 {
			return calendar.Date(when.Date())
		}
	}
	c.wrong(fmt.Errorf("%s is %q; a day since 1990 like 2026-11-23 or 23/11/2026 is expected", field, short(text)))
	return 0
}

// short is the beginning of a text that is repeated in an error.
func short(text string) string {
	if len(text) <= 40 {
		return text
	}
	return strings.ToValidUTF8(text[:40], "") + "…"
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
		n, name, err := quantity(line)
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
			c.wrong(fmt.Errorf("%s is %q; a size like 8 GiB or 256 GB is expected", field, short(strings.TrimSpace(line))))
			return 0
		}
		sum += n * by
	}
	return sum
}

var (
	inches    = map[string]float64{"": 1, "\"": 1, "''": 1, "in": 1, "inch": 1, "inches": 1, "pouces": 1, "pouce": 1, "po": 1, "cm": 1 / 2.54}
	kilograms = map[string]float64{"": 1, "kg": 1, "g": 0.001}
	euros     = map[string]float64{"": 1, "€": 1, "eur": 1, "euros": 1}
)

// measure is a number with one of some units, within limits; 0 is not given.
func (c *cells) measure(field string, units map[string]float64, low, high float64) float64 {
	text := c.Cell(field)
	if text == "" {
		return 0
	}
	n, name, err := quantity(text)
	by, known := units[name]
	if err != nil || !known || n != 0 && (n*by < low || n*by > high) {
		c.wrong(fmt.Errorf("%s is %q; a number from %v to %v is expected", field, short(text), low, high))
		return 0
	}
	return n * by
}

// quantity splits "1 234,50 €" into a number and a unit in small letters. Blanks
// group thousands; a comma is a decimal one, unless a point follows it.
func quantity(text string) (float64, string, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	end := strings.LastIndexAny(text, "0123456789") + 1
	number, unit := text[:end], strings.TrimSpace(text[end:])
	number = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\u202f' {
			return -1
		}
		return r
	}, number)
	if comma, point := strings.Index(number, ","), strings.Index(number, "."); comma >= 0 && point > comma {
		number = strings.ReplaceAll(number, ",", "") // 1,234.50
	}
	number = strings.Replace(number, ",", ".", 1)
	if strings.ContainsFunc(number, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != '-' }) {
		return 0, "", errors.New("not a number") // nor 1e9, nor infinity
	}
	n, err := strconv.ParseFloat(number, 64)
	return n, unit, err
}
