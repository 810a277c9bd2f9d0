// Package sheet writes a table as a file that spreadsheets open: CSV, ODS and XLSX.
//
// A number is written as a number, with its unit in the title of its column, so that it
// can be reckoned with; a text stays a text whatever it begins with: no cell becomes a
// formula. Rows are written one after the other, so that a long list needs no room of its
// own.
package sheet

import (
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
)

// Cell is a text or a number; its zero is an empty cell.
type Cell struct {
	Text     string
	Number   float64
	IsNumber bool
}

// Text and Number make a cell.
func Text(text string) Cell { return Cell{Text: text} }

func Number(v float64) Cell { return Cell{Number: v, IsNumber: true} }

// Sheet is a table with its titles.
type Sheet struct {
	Name    string // of the sheet in the file
	Columns []string
	Rows    iter.Seq[[]Cell]
	About   About // where the numbers come from
}

// About is a second sheet that says where the numbers come from: a name and a text a
// line. CSV has no room for it.
type About struct {
	Name  string
	Lines [][2]string
}

// Local is how a language writes CSV.
type Local struct {
	Separator rune // between columns
	Point     string
}

// digits writes a number without the noise of its last bits.
func digits(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return ""
	}
	text := strconv.FormatFloat(v, 'g', 12, 64)
	if rounded, err := strconv.ParseFloat(text, 64); err == nil {
		v = rounded
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// CSV writes UTF-8 with a mark of its order at the beginning, by which Excel knows it,
// and lines as RFC 4180 has them.
func CSV(w io.Writer, s Sheet, local Local) error {
	b := strings.Builder{}
	b.WriteString("\ufeff")
	line := func(cells []Cell) error {
		for i, c := range cells {
			if i > 0 {
				b.WriteRune(local.Separator)
			}
			b.WriteString(field(c, local))
		}
		b.WriteString("\r\n")
		_, err := io.WriteString(w, b.String())
		b.Reset()
		return err
	}
	if err := line(titles(s)); err != nil {
		return err
	}
	for row := range s.Rows {
		if err := line(row); err != nil {
			return err
		}
	}
	return nil
}

func titles(s Sheet) []Cell {
	cells := make([]Cell, len(s.Columns))
	for i, title := range s.Columns {
		cells[i] = Text(title)
	}
	return cells
}

// field writes one cell of CSV.
func field(c Cell, local Local) string {
	if c.IsNumber {
		return strings.Replace(digits(c.Number), ".", local.Point, 1)
	}
	text := harmless(c.Text)
	if strings.ContainsAny(text, "\"\r\n") || strings.ContainsRune(text, local.Separator) || strings.TrimSpace(text) != text {
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}

// harmless puts a mark before a text that a spreadsheet would read as a formula.
func harmless(text string) string {
	begin := strings.TrimLeft(text, " \t\r\n\u00a0\u202f")
	if begin != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(begin)[0]) || strings.HasPrefix(text, "\t") || strings.HasPrefix(text, "\r") {
		return "'" + text
	}
	return text
}

// sheetName is a name that both kinds of files allow.
func sheetName(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\'`, r) || r < ' ' {
			return ' '
		}
		return r
	}, name)
	r := []rune(strings.Join(strings.Fields(name), " "))
	if len(r) > 31 {
		r = r[:31]
	}
	if len(r) == 0 {
		return "1"
	}
	return strings.TrimSpace(string(r))
}

// sheets are the sheets of a file that has room for more than one.
func sheets(s Sheet) []Sheet {
	all := []Sheet{{Name: sheetName(s.Name), Columns: s.Columns, Rows: s.Rows}}
	if len(s.About.Lines) == 0 {
		return all
	}
	name := sheetName(s.About.Name)
	if strings.EqualFold(name, all[0].Name) {
		name = fmt.Sprint(name[:min(len(name), 3)], " 2")
	}
	return append(all, Sheet{Name: name, Rows: func(yield func([]Cell) bool) {
		for _, line := range s.About.Lines {
			if !yield([]Cell{Text(line[0]), Text(line[1])}) {
				return
			}
		}
	}})
}
