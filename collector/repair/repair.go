// Package repair reads lists of repairs as CSV, as the tickets of a school's helpdesk or
// a spreadsheet tell them.
//
// The titles of GLPI's export of tickets are recognised by themselves, in French and
// English; other columns are named by the caller. Every mistake is told with its line.
// What a ticket says in words is never read: it names people (collector/spreadsheet).
//
// A list is only read here; collector/fleet decides what it means for the fleet.
package repair

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/spreadsheet"
	"github.com/ecoparc/ecoparc/models/lifespan"
)

// Entry is one line of a list: a repair, and whose it is.
type Entry struct {
	Line   int
	Label  string
	Serial string // as it stands on the device; never printed, never stored
	// Site and Entity say where the device is, where several have its label: as in a
	// list of purchases.
	Site, Entity string
	registry.Repair

	unknown string // the word of the part, where it is not known
}

// Skipped is what a word of the part column means whose lines are left out: a helpdesk
// has tickets that are no repairs.
const Skipped = "skip"

// Options help with lists that use other words, or leave some out.
type Options struct {
	Columns map[string]string // title of a column -> field, over what is recognised
	Words   map[string]string // words of the part column -> part or Skipped, over what is recognised
	Part    lifespan.Part     // of lines that name none; empty: they have to
}

// List is a list of repairs.
type List struct {
	Columns spreadsheet.Columns
	Entries []Entry
	Unknown []string // words of the part column that are not known, each once
}

// Read reads a list with a header. The error tells every mistake with its line, one a
// line (spreadsheet.Mistakes); the list beside it holds what could be read, for a preview.
func Read(r io.Reader, o Options) (*List, error) {
	parts, err := o.parts()
	if err != nil {
		return &List{}, err
	}
	in, err := spreadsheet.Read(r, fields, o.Columns)
	list := &List{}
	if in != nil {
		list.Columns = in.Columns
	}
	if err != nil {
		return list, err
	}
	var missing spreadsheet.Mistakes
	if !in.Columns.Has("label") && !in.Columns.Has("serial") {
		missing = append(missing, spreadsheet.Mistake{Line: 1, Reason: "neither a label nor a serial number is recognised: without one, it is not known what was repaired; name the columns, as in --map \"Title=label\""})
	}
	if !in.Columns.Has("repaired") && !in.Columns.Has("closed") {
		missing = append(missing, spreadsheet.Mistake{Line: 1, Reason: "no day is recognised; name its column, as in --map \"Title=repaired\""})
	}
	if missing != nil {
		return list, missing
	}
	skipped := 0
	err = in.Each(func(row spreadsheet.Row) error {
		e, skip, err := entry(row, parts, o.Part)
		if skip {
			skipped++
			return nil
		}
		list.Entries = append(list.Entries, e)
		list.Unknown = spreadsheet.Noted(list.Unknown, e.unknown)
		return err
	})
	if err == nil && len(list.Entries)+skipped == 0 {
		err = errors.New("the list has a header and no repair")
	}
	return list, err
}

// cells are the cells of a line that tells of a repair.
type cells struct{ spreadsheet.Cells }

// entry reads a row, and tells whether its word says to leave it out: then nothing of it
// is wrong.
func entry(row spreadsheet.Row, parts map[string]string, usual lifespan.Part) (e Entry, skip bool, err error) {
	in := &cells{spreadsheet.Cells{Row: row}}
	e = Entry{Line: row.Line}
	e.Part, e.unknown, skip = in.part(parts, usual)
	if skip {
		return e, true, nil
	}
	e.Label, e.Serial, e.Site, e.Entity = in.Text("label"), in.Text("serial"), in.Text("site"), in.Text("entity")
	closed := in.Day("closed")
	if e.On = in.Day("repaired"); e.On == 0 {
		e.On = closed
	}
	e.Outcome = registry.Outcome(in.Word("outcome", outcomes))
	if e.Outcome == "" {
		e.Outcome = registry.Repaired
	}
	e.DoneBy = in.Word("done_by", doneBys)
	e.CostCents = in.Cents("cost", 100_000)
	if e.Label == "" && e.Serial == "" {
		in.Wrong(errors.New("neither label nor serial number: it is not known what was repaired"))
	}
	if in.Cell("repaired") == "" && in.Cell("closed") == "" {
		in.Wrong(errors.New("the day of the repair is missing"))
	}
	return e, false, in.Err()
}

// part is what the part column says; unknown is its word where that has no meaning. The
// categories of a helpdesk are paths ("Matériel > Batterie"): the narrowest part that is
// known counts.
func (c *cells) part(words map[string]string, usual lifespan.Part) (part lifespan.Part, unknown string, skip bool) {
	text := c.Text("part")
	if text == "" {
		if usual == "" {
			c.Wrong(errors.New("a part is needed, in a column or by --part"))
		}
		return usual, "", false
	}
	steps := strings.Split(text, ">")
	for i := range steps {
		if meaning, ok := words[spreadsheet.Plain(strings.Join(steps[i:], ">"))]; ok {
			return lifespan.Part(meaning), "", meaning == Skipped
		}
	}
	c.Wrong(fmt.Errorf("part is %q, which is not known; the parts are %s; say which it is with --word %q, or leave such lines out with --word %q", text, strings.Join(Parts(), ", "), text+"=battery", text+"="+Skipped))
	return "", text, false
}
