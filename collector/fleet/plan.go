package fleet

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/spreadsheet"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// Import brings a list of devices and purchases into the fleet: all of it, or with an
// error, which names every line that cannot be, nothing. The same list again changes
// nothing. A device that is known already, with an agent or without, is not added a
// second time: it gets the date and price of its purchase.
//
// What a list means is found out beside everything else that goes on, on a snapshot;
// only what it changes is written with the store held. Where an administrator or an
// enrolment was faster, the list is looked at again, in the end with the store held.
func (f *Fleet) Import(ctx context.Context, entries []purchase.Entry, o ImportOptions) ([]Change, error) {
	const triesBeside = 3
	for range triesBeside {
		p, err := f.planBeside(ctx, entries, o)
		if err != nil {
			return nil, cannotImport(err)
		}
		if o.DryRun {
			return p.changes, nil
		}
		err = f.act(ctx, "import devices", func(tx *sql.Tx) error { return f.apply(ctx, tx, p) })
		if !errors.Is(err, errOvertaken) {
			return p.changes, err
		}
	}
	var p *plan
	err := f.act(ctx, "import devices", func(tx *sql.Tx) (err error) {
		if p, err = f.plan(ctx, tx, entries, o); err != nil {
			return err
		}
		return f.apply(ctx, tx, p)
	})
	if err != nil {
		return nil, err
	}
	return p.changes, nil
}

// errOvertaken says that the fleet is no longer what a plan was made for.
var errOvertaken = errors.New("the fleet has changed meanwhile")

func cannotImport(err error) error {
	return store.Explain(fmt.Errorf("cannot import devices: %w", err))
}

// plan is what an import is going to do.
type plan struct {
	options ImportOptions
	made    time.Time
	fleet   state
	changes []Change
	added   []registry.NewDevice
	addedAt []int // their places in changes
	revised []revision
}

// revision is a known device before and after an import.
type revision struct {
	at            int // its place in plan.changes
	entry         purchase.Entry
	site          int64
	before, after registry.Device
}

// state tells whether anybody but the devices themselves has changed the fleet: acts
// of administration leave a line in the audit log, enrolments a device.
type state struct{ acts, devices int64 }

func stateOf(ctx context.Context, tx *sql.Tx) (s state, err error) {
	err = tx.QueryRowContext(ctx, "SELECT (SELECT coalesce(max(id), 0) FROM audit), (SELECT coalesce(max(id), 0) FROM devices)").Scan(&s.acts, &s.devices)
	return s, err
}

// planBeside makes a plan on a snapshot.
func (f *Fleet) planBeside(ctx context.Context, entries []purchase.Entry, o ImportOptions) (*plan, error) {
	tx, err := f.store.Read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelDefault})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	return f.plan(ctx, tx, entries, o)
}

// plan finds out what a list means. The error tells every line that cannot be.
func (f *Fleet) plan(ctx context.Context, tx *sql.Tx, entries []purchase.Entry, o ImportOptions) (*plan, error) {
	p := &plan{options: o, changes: make([]Change, 0, len(entries))}
	var err error
	if p.fleet, err = stateOf(ctx, tx); err != nil { // begins the snapshot
		return nil, err
	}
	p.made = f.clock()
	m, err := newMatcher(ctx, tx, entries, o)
	if err != nil {
		return nil, err
	}
	var wrong spreadsheet.Mistakes
	for _, e := range entries {
		err := f.planOne(ctx, tx, m, e, p)
		if refused := (*registry.Refused)(nil); errors.As(err, &refused) {
			wrong = append(wrong, spreadsheet.Mistake{Line: e.Line, Reason: refused.Error()})
		} else if err != nil {
			return nil, err
		}
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return p, nil
}

// planOne adds what one line means to a plan.
func (f *Fleet) planOne(ctx context.Context, tx *sql.Tx, m *matcher, e purchase.Entry, p *plan) error {
	site, err := m.site(e)
	if err != nil {
		return err
	}
	if err := m.apart(e, site); err != nil {
		return err
	}
	if today := calendar.DayOf(f.clock(), f.where); e.Purchased > today || e.Retired > today {
		return registry.Refuse("a day is in the future")
	}
	before, err := m.find(ctx, tx, e, site, f.where)
	if err != nil {
		return err
	}
	for _, touched := range []*registry.Device{before, {Site: site}} {
		if touched != nil && !reach.Of(ctx).Contains(reach.Place{Organisation: p.options.Organisation, Site: touched.Site}) {
			return registry.Refuse("it is at a site that is not yours to administer")
		}
	}
	change := Change{Line: e.Line, Label: e.Label, Outcome: registry.Added}
	var after registry.Device
	if before == nil {
		n, err := f.asNew(ctx, tx, e, site, p.options)
		if err != nil {
			return err
		}
		p.added, p.addedAt = append(p.added, n), append(p.addedAt, len(p.changes))
		// Until it has a number, a later line knows it by that of its own line.
		after = registry.Device{ID: -int64(e.Line), Site: n.Site, Label: n.Label, Inventory: n.Inventory, InService: n.InService, Retired: n.Retired, Purchase: n.Purchase}
	} else {
		if after, change.What, err = f.changed(ctx, tx, *before, e, site, p.options); err != nil {
			return err
		}
		change.Device, change.Outcome = after.Name, registry.Unchanged
		if len(change.What) > 0 {
			change.Outcome = registry.Changed
			p.revised = append(p.revised, revision{len(p.changes), e, site, *before, after})
		}
	}
	change.Site, change.Category = after.Site, equipment.Category(after.Inventory.Category)
	change.Maker, change.Model = after.Inventory.Maker, after.Inventory.Model
	p.changes = append(p.changes, change)
	m.took(before, after, e.Line)
	return nil
}

// apply does what was planned, in a transaction.
func (f *Fleet) apply(ctx context.Context, tx *sql.Tx, p *plan) error {
	now, err := stateOf(ctx, tx)
	if err != nil {
		return err
	}
	if now != p.fleet {
		return errOvertaken
	}
	if p.options.ForgetSerials {
		if err := registry.ForgetSerials(ctx, tx); err != nil {
			return err
		}
	}
	added, err := registry.Insert(ctx, tx, p.added)
	if err != nil {
		return err
	}
	for i, d := range added {
		p.changes[p.addedAt[i]].Device = d.Name
	}
	if err := f.revise(ctx, tx, p); err != nil {
		return err
	}
	details := fmt.Sprintf("%s: %s", p.options.Source, Summary(p.changes))
	if p.options.ForgetSerials {
		details += "; earlier serial numbers forgotten"
	}
	return audit.Write(ctx, tx, "device import", fmt.Sprint("organisation ", p.options.Organisation), details)
}

// recently is how near to a plan a report may have been on its way while the plan was
// made, and have left the second in which its device was last seen as it was.
const recently = time.Minute

// revise changes the known devices of a plan. What a device has reported since is
// taken into account: its agent knows better what it runs on, and it is not retired
// before its last window.
func (f *Fleet) revise(ctx context.Context, tx *sql.Tx, p *plan) error {
	var withAgent []int64
	for i := range p.revised {
		if d := &p.revised[i].before; d.HasAgent {
			withAgent = append(withAgent, d.ID)
		}
	}
	unsettled, err := f.settleSome(ctx, tx, withAgent)
	if err != nil {
		return err
	}
	found, err := registry.ByID(ctx, tx, withAgent)
	if err != nil {
		return err
	}
	devices := make([]registry.Device, 0, len(p.revised))
	for _, r := range p.revised {
		if now, ok := found[r.before.ID]; ok && (!now.LastSeen.Equal(r.before.LastSeen) || now.Product != r.before.Product || now.LastSeen.After(p.made.Add(-recently)) || unsettled[now.ID]) {
			if p.options.ForgetSerials {
				now.Purchase.Serial = nil
			}
			r.before = now
			if r.after, p.changes[r.at].What, err = f.changed(ctx, tx, now, r.entry, r.site, p.options); err != nil {
				return r.mistaken(err)
			}
		}
		if err := f.movePast(ctx, tx, r.before, &r.after); err != nil {
			return err
		}
		devices = append(devices, r.after)
	}
	return registry.Update(ctx, tx, devices...)
}

// settleSome posts what waits in the journal of devices, and tells of which something
// did.
func (f *Fleet) settleSome(ctx context.Context, tx *sql.Tx, devices []int64) (map[int64]bool, error) {
	unsettled, err := ledger.Unsettled(ctx, tx)
	if err != nil || len(unsettled) == 0 {
		return nil, err
	}
	waiting := slices.DeleteFunc(slices.Clone(devices), func(id int64) bool { return !unsettled[id] })
	return unsettled, ledger.Settle(ctx, tx, f.where, waiting...)
}

// mistaken tells of the line of a revision.
func (r *revision) mistaken(err error) error {
	if refused := (*registry.Refused)(nil); errors.As(err, &refused) {
		return spreadsheet.Mistakes{{Line: r.entry.Line, Reason: refused.Error()}}
	}
	return err
}
