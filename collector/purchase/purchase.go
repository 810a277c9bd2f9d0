// Package purchase reads lists of devices and purchases as CSV, as an asset
// management or a spreadsheet writes them.
//
// The titles of GLPI's export are recognised by themselves, in French and English
// (titles.go); other columns are named by the caller. Every mistake is told with its
// line. Columns that are not recognised are not read (collector/spreadsheet).
//
// A list is only read here; collector/fleet decides what it means for the fleet.
package purchase

import (
	"errors"
	"io"

	"github.com/ecoparc/ecoparc/collector/spreadsheet"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// Entry is one line of a list. A zero is not given.
type Entry struct {
	Line       int                `json:"line"`
	Label      string             `json:"label,omitempty"`
	Serial     string             `json:"-"` // as it stands on the device; never printed, never stored
	Category   equipment.Category `json:"category,omitempty"`
	Maker      string             `json:"maker,omitempty"`
	Model      string             `json:"model,omitempty"`
	CPU        string             `json:"cpu,omitempty"`
	MemoryMiB  int64              `json:"memory_mib,omitempty"`
	StorageGB  int64              `json:"storage_gb,omitempty"`
	ScreenIn   float64            `json:"screen_in,omitempty"`
	WeightKg   float64            `json:"weight_kg,omitempty"`
	Purchased  calendar.Day       `json:"purchased,omitzero"`
	PriceCents int64              `json:"price_cents,omitempty"`
	// Acquisition is "new", "reconditioned", "donated" or "leased".
	Acquisition string               `json:"acquisition,omitempty"`
	Population  equipment.Population `json:"population,omitempty"`
	// Site and Entity are where the device is: a name, a UAI, or a path as GLPI writes
	// it ("Région > Lycée Jean Moulin > Salle 12").
	Site   string `json:"site,omitempty"`
	Entity string `json:"entity,omitempty"`
	// Retired is the day on which the device left. Gone says that its status tells so,
	// whether or not the day is known.
	Retired   calendar.Day `json:"retired,omitzero"`
	Gone      bool         `json:"gone,omitempty"`
	RetiredTo string       `json:"retired_to,omitempty"` // "reuse", "recycling" or "lost"

	unknown string // the word of the category, where it is not known
}

// Options help with lists that use other words.
type Options struct {
	Columns map[string]string             // title of a column -> field, over what is recognised
	Types   map[string]equipment.Category // words of the category column, over what is recognised
}

// List is a list of devices.
type List struct {
	Columns spreadsheet.Columns
	Entries []Entry
	Unknown []string // words of the category column that are not known, each once
}

// Read reads a list with a header. The error tells every mistake with its line, one a
// line (spreadsheet.Mistakes); the list beside it holds what could be read, for a preview.
func Read(r io.Reader, o Options) (*List, error) {
	types, err := o.types()
	if err != nil {
		return &List{}, err
	}
	in, err := spreadsheet.Read(r, fields, o.Columns)
	if err != nil {
		return listOf(in), err
	}
	list := listOf(in)
	if !in.Columns.Has("label") && !in.Columns.Has("serial") {
		return list, spreadsheet.Mistakes{{Line: 1, Reason: "neither a label nor a serial number is recognised: without one, a device is not known again; name the columns, as in --map \"Title=label\""}}
	}
	err = in.Each(func(row spreadsheet.Row) error {
		e, err := entry(row, types)
		list.Entries = append(list.Entries, e)
		list.Unknown = spreadsheet.Noted(list.Unknown, e.unknown)
		return err
	})
	if err == nil && len(list.Entries) == 0 {
		err = errors.New("the list has a header and no device")
	}
	return list, err
}

// listOf is a list of which the header was read.
func listOf(in *spreadsheet.Sheet) *List {
	if in == nil {
		return &List{}
	}
	return &List{Columns: in.Columns}
}
