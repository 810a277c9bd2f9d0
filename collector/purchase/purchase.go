// Package purchase reads lists of devices and purchases as CSV, as an asset
// management or a spreadsheet writes them.
//
// The titles of GLPI's export are recognised by themselves, in French and English
// (titles.go); other columns are named by the caller. Every mistake is told with its
// line. Columns that are not recognised are not read: an export often names people,
// and no name of a person enters Ecoparc.
//
// A list is only read here; collector/fleet decides what it means for the fleet.
package purchase

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// Entry is one line of a list. A zero is not given.
type Entry struct {
	Line       int
	Label      string
	Serial     string // as it stands on the device; never printed, never stored
	Category   equipment.Category
	Maker      string
	Model      string
	CPU        string
	MemoryMiB  int64
	StorageGB  int64
	ScreenIn   float64
	WeightKg   float64
	Purchased  calendar.Day
	PriceCents int64
	// Acquisition is "new", "reconditioned", "donated" or "leased".
	Acquisition string
	Population  equipment.Population
	// Site and Entity are where the device is: a name, a UAI, or a path as GLPI writes
	// it ("Région > Lycée Jean Moulin > Salle 12").
	Site, Entity string
	// Retired is the day on which the device left. Gone says that its status tells so,
	// whether or not the day is known.
	Retired   calendar.Day
	Gone      bool
	RetiredTo string // "reuse", "recycling" or "lost"
}

// Options help with lists that use other words.
type Options struct {
	Columns map[string]string             // title of a column -> field, over what is recognised
	Types   map[string]equipment.Category // words of the category column, over what is recognised
}

// List is a list that was read without a mistake.
type List struct {
	Entries []Entry
	Read    []string // the titles that were recognised, each with its field
	Ignored []string // the titles that were not
}

// Limits on a list.
const (
	maxListB  = 64 << 20 // half a million devices
	maxErrors = 50       // told at once
)

// Read reads a list with a header. Commas, semicolons or tabulators separate its
// columns. The error tells every mistake with its line, one a line.
func Read(r io.Reader, o Options) (*List, error) {
	text, err := readText(r)
	if err != nil {
		return nil, err
	}
	in := csv.NewReader(strings.NewReader(text))
	in.Comma = separator(text)
	in.FieldsPerRecord = -1 // checked below: GLPI ends lines with a separator
	in.TrimLeadingSpace = true
	titles, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("line 1: a header with the titles of the columns is expected")
	}
	if err != nil {
		return nil, fmt.Errorf("not a CSV list: %w", err)
	}
	list := &List{}
	columns, err := list.columns(titles, o.Columns)
	if err != nil {
		return nil, err
	}
	types, err := o.types()
	if err != nil {
		return nil, err
	}
	var errs []error
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("not a CSV list: %w", err)
		}
		line, _ := in.FieldPos(0)
		if blank(row) {
			continue
		}
		e, err := columns.entry(row, types)
		if len(row) < columns.needed {
			err = fmt.Errorf("has %d columns, the header has %d", len(row), len(titles))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("line %d: %s", line, strings.ReplaceAll(err.Error(), "\n", "; ")))
		}
		e.Line = line
		list.Entries = append(list.Entries, e)
	}
	switch {
	case len(errs) > 0:
		return nil, First(errs)
	case len(list.Entries) == 0:
		return nil, errors.New("the list has a header and no device")
	}
	return list, nil
}

// First joins mistakes to one error, and says how many more there are where they are
// too many to read.
func First(errs []error) error {
	if more := len(errs) - maxErrors; more > 0 {
		errs = append(errs[:maxErrors:maxErrors], fmt.Errorf("and %d more", more))
	}
	return errors.Join(errs...)
}

// readText reads a whole list as UTF-8 text.
func readText(r io.Reader) (string, error) {
	all, err := io.ReadAll(io.LimitReader(r, maxListB+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("cannot read the list: %w", err)
	case len(all) > maxListB:
		return "", fmt.Errorf("the list is larger than %d MiB", maxListB>>20)
	}
	text := strings.TrimPrefix(string(all), "\ufeff")
	line := 0
	for row := range strings.Lines(text) {
		if line++; !utf8.ValidString(row) { // as Excel saves it on a French Windows
			return "", fmt.Errorf("line %d: not UTF-8; save the list as \"CSV UTF-8\"", line)
		}
	}
	return text, nil
}

// separator is the one that stands most often in the header.
func separator(text string) rune {
	header, _, _ := strings.Cut(text, "\n")
	best := ','
	for _, r := range ";\t" {
		if strings.Count(header, string(r)) > strings.Count(header, string(best)) {
			best = r
		}
	}
	return best
}

func blank(row []string) bool {
	for _, cell := range row {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}
