// Package spreadsheet reads lists as spreadsheets write them: CSV with a header whose
// titles say what the columns hold.
//
// A field has titles by which it is recognised, and the caller may name others. What
// is not recognised is not read: a list often names people, and no name of a person
// enters Ecoparc. Mistakes are gathered, each with its line.
package spreadsheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Field is what a column may hold, with the titles by which it is recognised as
// Plain leaves them.
type Field struct {
	Name   string
	Titles []string
}

// Fields are what the columns of a kind of list may hold.
type Fields []Field

// Names are the names of the fields, to which a column can be mapped.
func (f Fields) Names() []string {
	names := make([]string, len(f))
	for i := range f {
		names[i] = f[i].Name
	}
	return names
}

// Column is a column that is read.
type Column struct {
	Title string `json:"title"`
	Field string `json:"field"`
}

// Columns says how the header of a list was understood.
type Columns struct {
	Read    []Column `json:"read"`
	Ignored []string `json:"ignored"` // titles that were not recognised
}

// Has tells whether a column holds a field.
func (c *Columns) Has(field string) bool {
	return slices.ContainsFunc(c.Read, func(r Column) bool { return r.Field == field })
}

// Sheet is a list whose header was understood.
type Sheet struct {
	Columns Columns
	text    *csv.Reader
	at      map[string]int
	needed  int // columns that a row must have
	titles  int
}

// maxB bounds a list: half a million devices, or all schools of France many times.
const maxB = 64 << 20

// Read reads a list up to its header. Commas, semicolons or tabulators separate its
// columns. mapped gives the field of a title, over what is recognised; an empty one
// leaves the column out.
func Read(r io.Reader, fields Fields, mapped map[string]string) (*Sheet, error) {
	text, err := readText(r)
	if err != nil {
		return nil, err
	}
	in := csv.NewReader(strings.NewReader(text))
	in.Comma = separator(text)
	in.FieldsPerRecord = -1                // checked by row: GLPI ends lines with a separator
	in.TrimLeadingSpace = in.Comma != '\t' // a tabulator is space, too: empty cells would go
	header, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, Mistakes{{1, "a header with the titles of the columns is expected"}}
	}
	if err != nil {
		return nil, notCSV(err)
	}
	s := &Sheet{Columns: Columns{Read: []Column{}, Ignored: []string{}}, text: in, at: map[string]int{}, titles: len(header)}
	return s, s.recognise(header, fields, mapped)
}

// recognise tells what the columns hold.
func (s *Sheet) recognise(header []string, fields Fields, mapped map[string]string) error {
	known := map[string]string{}
	for _, f := range fields {
		known[Plain(f.Name)] = f.Name
		for _, title := range f.Titles {
			known[title] = f.Name
		}
	}
	unused := map[string]string{}
	for title, field := range mapped {
		if field != "" && !slices.Contains(fields.Names(), field) {
			return fmt.Errorf("a column cannot be mapped to %q; the fields are %s", field, strings.Join(fields.Names(), ", "))
		}
		known[Plain(title)], unused[Plain(title)] = field, title
	}
	var wrong Mistakes
	for i, title := range header {
		name := Plain(title)
		field, ok := known[name]
		if _, rest, grouped := strings.Cut(name, " - "); !ok && grouped {
			field, ok = known[rest] // GLPI writes the group of a column before its title
		}
		delete(unused, name)
		title = strings.TrimSpace(title)
		switch _, twice := s.at[field]; {
		case title == "":
		case !ok || field == "":
			s.Columns.Ignored = append(s.Columns.Ignored, title)
		case twice:
			wrong = append(wrong, Mistake{1, fmt.Sprintf("the columns %q and %q both say %s; leave one out by mapping it to nothing, as in --map %q", header[s.at[field]], title, field, title+"=")})
		default:
			s.at[field], s.needed = i, i+1
			s.Columns.Read = append(s.Columns.Read, Column{title, field})
		}
	}
	for _, title := range slices.Sorted(maps.Values(unused)) {
		wrong = append(wrong, Mistake{1, fmt.Sprintf("there is no column %q to map", title)})
	}
	return wrong.orNil()
}

// Each gives the rows to read, one after the other, without those that are blank. It
// returns the mistakes of all rows, each with its line.
func (s *Sheet) Each(read func(Row) error) error {
	var wrong Mistakes
	for {
		cells, err := s.text.Read()
		if errors.Is(err, io.EOF) {
			return wrong.orNil()
		}
		if err != nil {
			return notCSV(err)
		}
		if blank(cells) {
			continue
		}
		row := Row{cells: cells, at: s.at}
		row.Line, _ = s.text.FieldPos(0)
		if len(cells) < s.needed {
			wrong = append(wrong, Mistake{row.Line, fmt.Sprintf("has %d columns, the header has %d", len(cells), s.titles)})
		} else if err := read(row); err != nil {
			wrong = append(wrong, Mistake{row.Line, strings.ReplaceAll(err.Error(), "\n", "; ")})
		}
	}
}

// Row is a line of a list.
type Row struct {
	Line  int // of the file; a cell may hold several
	cells []string
	at    map[string]int
}

// Cell is a field's cell without blanks around it, empty where there is none.
func (r Row) Cell(field string) string {
	i, ok := r.at[field]
	if !ok || i >= len(r.cells) {
		return ""
	}
	return strings.TrimSpace(r.cells[i])
}

// Plain is how titles and words are compared: in small letters, without accents, with
// single blanks.
func Plain(text string) string {
	return plain.Replace(strings.ToLower(strings.Join(strings.Fields(text), " ")))
}

var plain = strings.NewReplacer("à", "a", "â", "a", "ä", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e", "î", "i", "ï", "i",
	"ô", "o", "ö", "o", "ù", "u", "û", "u", "ü", "u", "œ", "oe", "’", "'", "№", "n°", "nº", "n°")

// readText reads a whole list as UTF-8 text.
func readText(r io.Reader) (string, error) {
	all, err := io.ReadAll(io.LimitReader(r, maxB+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("cannot read the list: %w", err)
	case len(all) > maxB:
		return "", fmt.Errorf("the list is larger than %d MiB", maxB>>20)
	}
	text := strings.TrimPrefix(string(all), "\ufeff")
	line := 0
	for row := range strings.Lines(text) {
		if line++; !utf8.ValidString(row) { // as Excel saves it on a French Windows
			return "", Mistakes{{line, "not UTF-8; save the list as \"CSV UTF-8\""}}
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
	return !slices.ContainsFunc(row, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

// notCSV tells of a quotation mark that stands wrong, with its line.
func notCSV(err error) error {
	if wrong := (*csv.ParseError)(nil); errors.As(err, &wrong) {
		return Mistakes{{wrong.Line, "not a CSV list: " + wrong.Err.Error()}}
	}
	return fmt.Errorf("not a CSV list: %w", err)
}
