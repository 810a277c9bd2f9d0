package power

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/models/equipment"
)

// Measured is a product with the yearly consumption that its manufacturer
// measured, in kWh, and what is known of it.
type Measured struct {
	Spec equipment.Spec
	KWh  float64
}

// measuredColumns are the columns that are read, of any others beside them.
var measuredColumns = []string{"name", "subcategory", "yearly_tec", "report_date", "weight", "screen_size"}

// ReadMeasured reads manufacturers' footprints in the columns of Boavizta's
// environmental-footprint-data (the first line names them), and keeps the rows
// with a yearly consumption of the categories that have a curve. An error says
// the line and the column.
func ReadMeasured(r io.Reader) ([]Measured, error) {
	lines := csv.NewReader(r)
	lines.ReuseRecord = true
	header, err := lines.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty; its first line must name the columns")
	}
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i, name := range header {
		at[strings.TrimPrefix(name, "\ufeff")] = i
	}
	for _, name := range measuredColumns {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("line 1: there is no column %q; the columns are %s", name, strings.Join(header, ", "))
		}
	}
	var all []Measured
	for {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err // with its line and column
		}
		row := measuredRow{lines: lines, fields: fields, at: at}
		m := Measured{KWh: row.number("yearly_tec")}
		m.Spec = equipment.Spec{
			Category: filed(row.text("subcategory"), row.text("name")),
			Model:    strings.Clone(row.text("name")),
			WeightKg: row.number("weight"),
			ScreenIn: row.number("screen_size"),
			Year:     yearIn(row.text("report_date")),
		}
		if row.err != nil {
			return nil, row.err
		}
		if m.Spec.Category != "" && m.KWh > 0 {
			all = append(all, m)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("no line has both a category with a curve and a yearly_tec")
	}
	return all, nil
}

// measuredRow reads fields of one line by the names of their columns.
type measuredRow struct {
	lines  *csv.Reader
	fields []string
	at     map[string]int
	err    error
}

func (r *measuredRow) text(column string) string { return strings.TrimSpace(r.fields[r.at[column]]) }

// number is 0 for an empty field.
func (r *measuredRow) number(column string) float64 {
	text := r.text(column)
	if text == "" {
		return 0
	}
	v, err := strconv.ParseFloat(text, 64)
	if (err != nil || !(v >= 0 && v < 1e9)) && r.err == nil { // no NaN either
		line, col := r.lines.FieldPos(r.at[column])
		r.err = fmt.Errorf("line %d, column %d (%s): %q is not a number from 0 to 1e9", line, col, column, text)
	}
	return v
}

// filed is the category of a row. Dell's mobile workstations ("Precision 5550")
// are filed as desktops there; those that do stand on a desk say so in the name,
// and are left out: no school's desktop draws what they do.
func filed(subcategory, name string) equipment.Category {
	switch strings.ToLower(subcategory) {
	case "laptop":
		return equipment.Laptop
	case "desktop":
		if !strings.HasPrefix(name, "Precision") {
			return equipment.Desktop
		}
		for _, deskside := range []string{"Tower", "Small Form Factor", "Compact", "Rack"} {
			if strings.Contains(name, deskside) {
				return ""
			}
		}
		return equipment.Laptop
	case "tablet":
		return equipment.Tablet
	case "monitor":
		return equipment.Monitor
	case "thin client":
		return equipment.ThinClient
	case "server":
		return equipment.Server
	}
	return ""
}

var year = regexp.MustCompile(`20\d\d`)

// yearIn is the last year that a date in any form names, or 0.
func yearIn(date string) int {
	found := year.FindAllString(date, -1)
	if len(found) == 0 {
		return 0
	}
	y, _ := strconv.Atoi(found[len(found)-1]) // four digits
	return y
}
