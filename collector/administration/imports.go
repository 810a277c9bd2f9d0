package administration

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/ecoparc/ecoparc/collector/fleet"
	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/repair"
	"github.com/ecoparc/ecoparc/collector/spreadsheet"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/report"
)

// List is a list that is brought in, with how it is to be read.
type List struct {
	Text   []byte
	Mapped map[string]string // title of a column -> field, over what is recognised
	DryRun bool              // tell what would change, and change nothing
	Source string            // what it is called in the audit log; empty: "list"
}

// DeviceList is a list of devices and purchases.
type DeviceList struct {
	List
	Organisation int64
	Site         int64                         // where all of them are; 0: each line says where
	Types        map[string]equipment.Category // words of the category column, over what is recognised
	Category     equipment.Category            // of new devices whose line names none
	Population   equipment.Population          // likewise; empty is shared
	Purchased    string                        // likewise, as 2023-09-01; empty: a line needs a date
}

// RepairList is a list of repairs.
type RepairList struct {
	List
	Organisation int64
	Site         int64             // where all of them are; 0: wherever the organisation has one
	Words        map[string]string // words of the part column, over what is recognised
	Part         lifespan.Part     // of lines that name none
}

// Imported is what a list did, or of a dry run would do; beside an error, what could be
// read of it.
type Imported struct {
	Columns                   spreadsheet.Columns
	Sites                     []registry.Site  // as they were understood, the first ones
	Devices                   []purchase.Entry // likewise
	Added, Changed, Unchanged int
	Repairs                   []RepairLine // likewise
	Unknown                   []string     // words of the category or part column that are not known
	Changes                   []LineChange // the first lines that add or change something
}

// RepairLine is a line of a list of repairs as it was understood.
type RepairLine struct {
	Line    int              `json:"line"`
	Label   string           `json:"label,omitempty"`
	On      calendar.Day     `json:"on,omitzero"`
	Part    lifespan.Part    `json:"part,omitempty"`
	Outcome registry.Outcome `json:"outcome"`
	DoneBy  string           `json:"done_by,omitempty"`
	CostEUR float64          `json:"cost_eur,omitempty"`
}

// LineChange is what a line adds or changes.
type LineChange struct {
	Line    int      `json:"line"`
	Outcome string   `json:"outcome"` // "added" or "changed"
	Site    int64    `json:"site,omitempty"`
	Device  string   `json:"device,omitempty"`
	Label   string   `json:"label,omitempty"`
	What    []string `json:"what,omitempty"` // that changes, in words

	category     equipment.Category // of the device, with the line taken into account
	maker, model string
}

// What is told of a list at most, and the longest name of one.
const (
	rowsShown    = 10
	ChangesShown = 1000
	longestName  = 100 // bytes
)

// source is what a list is called in the audit log.
func (l List) source() (string, error) {
	name := l.Source
	if name == "" {
		name = "list"
	}
	if len(name) > longestName {
		return "", &report.Problem{Field: "source", Reason: fmt.Sprintf("is longer than %d bytes", longestName)}
	}
	return fmt.Sprintf("%s (SHA-256 %.6x)", name, sha256.Sum256(l.Text)), nil
}

// ImportSites brings a list of sites into an organisation, all of it or nothing. A
// spreadsheet.Mistakes names every line that cannot be.
func (a *Acts) ImportSites(ctx context.Context, organisation int64, l List) (*Imported, error) {
	source, err := l.source()
	if err != nil {
		return &Imported{}, err
	}
	sites, err := registry.ReadSites(bytes.NewReader(l.Text), l.Mapped)
	done := &Imported{Columns: sites.Columns, Sites: sites.Sites[:min(rowsShown, len(sites.Sites))]}
	if err = asMistake(err); err != nil {
		return done, err
	}
	changes, err := a.Registry.ImportSites(ctx, organisation, sites, l.DryRun, source)
	for _, c := range changes {
		done.count(LineChange{Line: c.Line, Outcome: c.Outcome, Site: c.Site.ID, Label: c.Site.Name})
	}
	return done, err
}

// owner is the organisation that a list goes to: that of its site, where it is of one.
func (a *Acts) owner(ctx context.Context, organisation, site int64) (int64, error) {
	if site != 0 {
		s, err := a.Registry.Site(ctx, site)
		return s.Organisation, err
	}
	_, err := a.Registry.Organisation(ctx, organisation)
	return organisation, err
}

// ImportDevices brings a list of devices and purchases in, likewise.
func (a *Acts) ImportDevices(ctx context.Context, l DeviceList) (*Imported, error) {
	o := fleet.ImportOptions{Site: l.Site, Category: l.Category, Population: l.Population, DryRun: l.DryRun}
	var err error
	if o.Organisation, err = a.owner(ctx, l.Organisation, l.Site); err != nil {
		return &Imported{}, err
	}
	if o.Source, err = l.source(); err != nil {
		return &Imported{}, err
	}
	if o.Population == "" {
		o.Population = equipment.Shared
	}
	if l.Purchased != "" {
		if o.Purchased, err = calendar.ParseDay(l.Purchased); err != nil {
			return &Imported{}, &report.Problem{Field: "purchased", Reason: err.Error()}
		}
	}
	if o.Serials, err = a.Registry.Serials(ctx); err != nil {
		return &Imported{}, err
	}
	devices, err := purchase.Read(bytes.NewReader(l.Text), purchase.Options{Columns: l.Mapped, Types: l.Types})
	done := &Imported{Columns: devices.Columns, Devices: devices.Entries[:min(rowsShown, len(devices.Entries))], Unknown: devices.Unknown}
	if err = asMistake(err); err != nil {
		return done, err
	}
	changes, err := a.Fleet.Import(ctx, devices.Entries, o)
	for _, c := range changes {
		done.count(asLine(c))
	}
	return done, err
}

// asLine is a change as it is told.
func asLine(c fleet.Change) LineChange {
	return LineChange{
		Line: c.Line, Outcome: c.Outcome, Site: c.Site, Device: c.Device, Label: c.Label, What: c.What,
		category: c.Category, maker: c.Maker, model: c.Model,
	}
}

// ImportRepairs brings a list of repairs in, likewise.
func (a *Acts) ImportRepairs(ctx context.Context, l RepairList) (*Imported, error) {
	o := fleet.RepairOptions{Site: l.Site, DryRun: l.DryRun}
	var err error
	if o.Organisation, err = a.owner(ctx, l.Organisation, l.Site); err != nil {
		return &Imported{}, err
	}
	if o.Source, err = l.source(); err != nil {
		return &Imported{}, err
	}
	if o.Serials, err = a.Registry.Serials(ctx); err != nil {
		return &Imported{}, err
	}
	list, err := repair.Read(bytes.NewReader(l.Text), repair.Options{Columns: l.Mapped, Words: l.Words, Part: l.Part})
	done := &Imported{Columns: list.Columns, Unknown: list.Unknown}
	for _, e := range list.Entries[:min(rowsShown, len(list.Entries))] {
		done.Repairs = append(done.Repairs, RepairLine{e.Line, e.Label, e.On, e.Part, e.Outcome, e.DoneBy, float64(e.CostCents) / 100})
	}
	if err = asMistake(err); err != nil {
		return done, err
	}
	changes, err := a.Fleet.ImportRepairs(ctx, list.Entries, o)
	for _, c := range changes {
		done.count(asLine(c))
	}
	return done, err
}

// asMistake is an error of a list that was read as what it is: the sender's.
func asMistake(err error) error {
	if mistakes := (spreadsheet.Mistakes)(nil); err == nil || errors.As(err, &mistakes) {
		return err
	}
	return &report.Problem{Field: "body", Reason: err.Error()}
}

func (i *Imported) count(c LineChange) {
	switch c.Outcome {
	case registry.Added:
		i.Added++
	case registry.Changed:
		i.Changed++
	default:
		i.Unchanged++
		return
	}
	if len(i.Changes) < ChangesShown {
		i.Changes = append(i.Changes, c)
	}
}
