package fleet

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/answers"
	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/repair"
	"github.com/ecoparc/ecoparc/collector/spreadsheet"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/lifespan"
)

// Repair records what was repaired of a device. Of a day and a part there is one repair:
// another one replaces it. A device that could not be repaired stays in service until it
// is retired.
func (f *Fleet) Repair(ctx context.Context, name string, r registry.Repair) error {
	return f.act(ctx, "record the repair", func(tx *sql.Tx) error {
		d, err := f.named(ctx, tx, name)
		if err != nil {
			return err
		}
		if err := f.repairable(d.Called(), r); err != nil {
			return err
		}
		if err := registry.KeepRepair(ctx, tx, d.ID, r); err != nil {
			return err
		}
		if err := outdate(ctx, tx, d.Site); err != nil {
			return err
		}
		return audit.Write(ctx, tx, "device repair", d.Name, toldOf(r))
	})
}

// ForgetRepair takes back that a part of a device was repaired on a day.
func (f *Fleet) ForgetRepair(ctx context.Context, name string, on calendar.Day, part lifespan.Part) error {
	return f.act(ctx, "forget the repair", func(tx *sql.Tx) error {
		d, err := f.named(ctx, tx, name)
		if err != nil {
			return err
		}
		there, err := registry.ForgetRepair(ctx, tx, d.ID, on, part)
		if err != nil {
			return err
		}
		if !there {
			return registry.Refuse("there is no repair of %s on %s", part, on)
		}
		if err := outdate(ctx, tx, d.Site); err != nil {
			return err
		}
		return audit.Write(ctx, tx, "device forget-repair", d.Name, fmt.Sprintf("%s on %s", part, on))
	})
}

// outdate has the figures of a site's organisation computed anew: parts count in those of
// all years since they were fitted.
func outdate(ctx context.Context, tx *sql.Tx, site int64) error {
	organisation, _, err := organisationOf(ctx, tx, site)
	if err != nil {
		return err
	}
	return answers.Outdate(ctx, tx, organisation)
}

// toldOf is a repair in the words of the audit log.
func toldOf(r registry.Repair) string {
	text := fmt.Sprintf("%s on %s: %s", r.Part, r.On, r.Outcome)
	if r.DoneBy != "" {
		text += ", " + r.DoneBy
	}
	if r.CostCents > 0 {
		text += fmt.Sprintf(", %.2f euros", float64(r.CostCents)/100)
	}
	return text
}

// repairable says why a device cannot have had a repair. When a device came into service
// is certain from its purchase only: a repair before what its agent guesses stands.
func (f *Fleet) repairable(d registry.Called, r registry.Repair) error {
	if err := r.Check(); err != nil {
		return err
	}
	if r.On > calendar.DayOf(f.clock(), f.where) {
		return registry.Refuse("%s is in the future: record a repair when it is done", r.On)
	}
	if bought := calendar.DayOf(d.InService, f.where); d.InServiceFrom == registry.FromPurchase && r.On < bought {
		return registry.Refuse("it was bought on %s, after %s", bought, r.On)
	}
	if d.Retired.IsZero() {
		return nil
	}
	if left := calendar.DayOf(d.Retired.Add(-time.Second), f.where); r.On > left { // a day that is over ends as the next begins
		return registry.Refuse("it was retired on %s, before %s", left, r.On)
	}
	return nil
}

// RepairOptions say whose repairs a list tells, and what is to be done with it.
type RepairOptions struct {
	Organisation int64
	Site         int64 // where all of them are; 0: wherever the organisation has one
	Serials      registry.Serials
	DryRun       bool   // tell what would change, and change nothing
	Source       string // of the list, for the audit log
}

// ImportRepairs brings a list of repairs in: all of it, or with an error, which names
// every line that cannot be, nothing. The same list again changes nothing.
func (f *Fleet) ImportRepairs(ctx context.Context, entries []repair.Entry, o RepairOptions) (changes []Change, err error) {
	if o.DryRun {
		tx, err := f.store.Read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelDefault})
		if err != nil {
			return nil, store.Explain(fmt.Errorf("cannot import repairs: %w", err))
		}
		defer tx.Rollback()
		if _, changes, err = f.planRepairs(ctx, tx, entries, o); err != nil {
			return nil, store.Explain(fmt.Errorf("cannot import repairs: %w", err))
		}
		return changes, nil
	}
	err = f.act(ctx, "import repairs", func(tx *sql.Tx) error {
		var planned []plannedRepair
		planned, changes, err = f.planRepairs(ctx, tx, entries, o)
		if err != nil {
			return err
		}
		for _, p := range planned {
			if err := registry.KeepRepair(ctx, tx, p.device, p.repair); err != nil {
				return err
			}
		}
		if len(planned) > 0 {
			if err := answers.Outdate(ctx, tx, o.Organisation); err != nil {
				return err
			}
		}
		return audit.Write(ctx, tx, "device import-repairs", fmt.Sprint("organisation ", o.Organisation), fmt.Sprintf("%s: %s", o.Source, Summary(changes)))
	})
	if err != nil {
		return nil, err
	}
	return changes, nil
}

// plannedRepair is a repair that an import is going to write.
type plannedRepair struct {
	device int64
	repair registry.Repair
}

// planRepairs finds out what a list means. The error tells every line that cannot be.
func (f *Fleet) planRepairs(ctx context.Context, tx *sql.Tx, entries []repair.Entry, o RepairOptions) (planned []plannedRepair, changes []Change, err error) {
	finder, err := newRepairFinder(ctx, tx, entries, o)
	if err != nil {
		return nil, nil, err
	}
	var wrong spreadsheet.Mistakes
	devices := make([]registry.Called, len(entries))
	var ids []int64
	for i, e := range entries {
		d, err := finder.find(ctx, e, f)
		if err == nil {
			err = f.repairable(d, e.Repair)
		}
		if err == nil {
			err = finder.apart(d, e)
		}
		if refused := (*registry.Refused)(nil); errors.As(err, &refused) {
			wrong = append(wrong, spreadsheet.Mistake{Line: e.Line, Reason: refused.Error()})
		} else if err != nil {
			return nil, nil, err
		}
		devices[i], ids = d, append(ids, d.ID)
	}
	if len(wrong) > 0 {
		return nil, nil, wrong
	}
	slices.Sort(ids)
	known, err := registry.RepairsOf(ctx, tx, slices.Compact(ids))
	if err != nil {
		return nil, nil, err
	}
	changes = make([]Change, 0, len(entries))
	for i, e := range entries {
		d := devices[i]
		change := Change{Line: e.Line, Site: d.Site, Device: d.Name, Label: cmp.Or(d.Label, e.Label), Outcome: registry.Added, What: []string{fmt.Sprintf("repair of %s on %s", e.Part, e.On)}}
		if at := slices.IndexFunc(known[d.ID], func(r registry.Repair) bool { return r.On == e.On && r.Part == e.Part }); at >= 0 {
			change.Outcome, change.What = registry.Unchanged, nil
			before := known[d.ID][at]
			after := before
			set(&change.What, "outcome", &after.Outcome, e.Outcome)
			set(&change.What, "done_by", &after.DoneBy, e.DoneBy)
			set(&change.What, "cost", &after.CostCents, e.CostCents)
			if after != before {
				change.Outcome = registry.Changed
			}
			e.Repair = after
		}
		if change.Outcome != registry.Unchanged {
			planned = append(planned, plannedRepair{d.ID, e.Repair})
		}
		changes = append(changes, change)
	}
	return planned, changes, nil
}

// repairFinder finds the device that a line of a list of repairs means.
type repairFinder struct {
	sites   *matcher
	site    int64                        // that all are at; 0: any
	byLabel map[string][]registry.Called // as sameText, and by name
	lines   map[repairKey]int
}

// repairKey is what makes a repair this one.
type repairKey struct {
	device int64
	on     calendar.Day
	part   lifespan.Part
}

func newRepairFinder(ctx context.Context, tx *sql.Tx, entries []repair.Entry, o RepairOptions) (*repairFinder, error) {
	lines, wanted := make([]purchase.Entry, len(entries)), map[string]bool{}
	for i, e := range entries {
		lines[i] = purchase.Entry{Line: e.Line, Label: e.Label, Serial: e.Serial, Site: e.Site, Entity: e.Entity}
		wanted[sameText(e.Label)] = e.Label != ""
	}
	sites, err := newMatcher(ctx, tx, lines, ImportOptions{Organisation: o.Organisation, Site: o.Site, Serials: o.Serials})
	if err != nil {
		return nil, err
	}
	f := &repairFinder{sites: sites, site: o.Site, byLabel: map[string][]registry.Called{}, lines: map[repairKey]int{}}
	err = registry.CalledIn(ctx, tx, o.Organisation, func(d registry.Called) {
		label, name := sameText(d.Label), sameText(d.Name)
		if wanted[label] {
			f.byLabel[label] = append(f.byLabel[label], d)
		}
		if wanted[name] && name != label {
			f.byLabel[name] = append(f.byLabel[name], d)
		}
	})
	return f, err
}

// find is the device with a line's serial number, else the one with its label that was in
// service on the day. Where several were, the line's site tells.
func (f *repairFinder) find(ctx context.Context, e repair.Entry, fleet *Fleet) (registry.Called, error) {
	within := func(d registry.Called) error {
		if !reach.Of(ctx).Contains(reach.Place{Organisation: f.sites.options.Organisation, Site: d.Site}) {
			return registry.Refuse("it is at a site that is not yours to administer")
		}
		return nil
	}
	if serial := f.sites.options.Serials.Hash(e.Serial); serial != nil {
		found := f.sites.bySerial[string(serial)]
		if len(found) > 1 {
			return registry.Called{}, registry.Refuse("%s and %s have this serial number: merge them", found[0].Name, found[1].Name)
		}
		if len(found) == 1 {
			return found[0].Called(), within(found[0].Called())
		}
		if e.Label == "" {
			return registry.Called{}, registry.Refuse("no device has this serial number")
		}
	}
	all := f.byLabel[sameText(e.Label)]
	if f.site != 0 {
		all = at(all, f.site)
	}
	if len(all) == 0 {
		return registry.Called{}, registry.Refuse("no device is called %q", e.Label)
	}
	there := slices.DeleteFunc(slices.Clone(all), func(d registry.Called) bool {
		refused := (*registry.Refused)(nil)
		return errors.As(fleet.repairable(d, e.Repair), &refused) && refused.Field == ""
	})
	if len(all) == 1 {
		there = all // what does not fit is told of it
	}
	if len(there) > 1 && f.site == 0 && strings.TrimSpace(e.Site+e.Entity) != "" {
		if site, err := f.sites.site(purchase.Entry{Site: e.Site, Entity: e.Entity}); err == nil {
			there = at(there, site)
		}
	}
	switch len(there) {
	case 0:
		return registry.Called{}, registry.Refuse("no device that is called %q was in service on %s", e.Label, e.On)
	case 1:
		return there[0], within(there[0])
	}
	return registry.Called{}, registry.Refuse("%d devices are called %q: give the site or the serial number", len(there), e.Label)
}

// at are the devices of a site.
func at(all []registry.Called, site int64) []registry.Called {
	return slices.DeleteFunc(slices.Clone(all), func(d registry.Called) bool { return d.Site != site })
}

// apart refuses a line that tells of the same repair as an earlier one.
func (f *repairFinder) apart(d registry.Called, e repair.Entry) error {
	key := repairKey{d.ID, e.On, e.Part}
	if line := f.lines[key]; line > 0 {
		return registry.Refuse("is the same repair as line %d: one device, day and part", line)
	}
	f.lines[key] = e.Line
	return nil
}
