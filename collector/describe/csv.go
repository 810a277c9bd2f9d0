package describe

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/models/calendar"
)

// ReadCSV reads devices from rows under a header that names the columns, in any
// order; category is needed. Semicolons, tabs or commas part them, whichever the
// header has most of. Rows without a text are passed over. The error tells every
// mistake with its line and field.
func ReadCSV(r io.Reader, today calendar.Day) ([]Described, error) {
	text, err := readText(r)
	if err != nil {
		return nil, err
	}
	in := csv.NewReader(strings.NewReader(text))
	in.Comma = separator(text)
	in.TrimLeadingSpace = in.Comma != '\t'
	columns, err := header(in)
	if err != nil {
		return nil, err
	}
	var all []Described
	var errs []error
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, csv.ErrFieldCount) {
			line, _ := in.FieldPos(0)
			errs = append(errs, fmt.Errorf("line %d: it has %d columns, the header %d; a number with a decimal comma needs semicolons or quotes", line, len(row), len(columns)))
			continue
		}
		if err != nil {
			return nil, errors.Join(append(errs, fmt.Errorf("not a CSV list: %w", err))...)
		}
		line, _ := in.FieldPos(0)
		var record Record
		for i, cell := range row {
			record.set(columns[i], strings.TrimSpace(cell))
		}
		if blank(row) {
			continue
		}
		d, err := record.described(line, today)
		if err != nil {
			errs = append(errs, err)
		}
		if all = append(all, d); len(all) > mostDevices {
			return nil, fmt.Errorf("line %d: more than %d devices; give like ones as one with a count", line, mostDevices)
		}
	}
	if len(all) == 0 && errs == nil {
		return nil, errors.New("the list has a header and no device")
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	return all, nil
}

// separator is what the header is parted by.
func separator(text string) rune {
	header, _, _ := strings.Cut(strings.TrimLeft(text, "\r\n"), "\n")
	best := ','
	for _, r := range ";\t" {
		if strings.Count(header, string(r)) > strings.Count(header, string(best)) {
			best = r
		}
	}
	return best
}

// header reads the names of the columns.
func header(in *csv.Reader) ([]string, error) {
	columns, err := in.Read()
	if err != nil {
		return nil, errors.New("line 1: a header is expected that names the columns, as category;bought;count")
	}
	var errs []error
	for i, name := range columns {
		columns[i] = word(name)
		switch {
		case !slices.Contains(Fields(), columns[i]):
			errs = append(errs, fmt.Errorf("line 1: column %q is not known; allowed are %s", name, strings.Join(Fields(), ", ")))
		case slices.Contains(columns[:i], columns[i]):
			errs = append(errs, fmt.Errorf("line 1: the column %q stands twice", name))
		}
	}
	if errs == nil && !slices.Contains(columns, "category") {
		errs = append(errs, errors.New(`line 1: the column "category" is missing`))
	}
	return columns, errors.Join(errs...)
}

func blank(row []string) bool {
	return !slices.ContainsFunc(row, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}
