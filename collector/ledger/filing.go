package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger/hours"
	"github.com/ecoparc/ecoparc/collector/ledger/pack"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// filing is one transaction's work. What it writes is gathered in memory and written
// at its end, in the order of the keys: many rows in a statement, and neighbours on
// one page.
type filing struct {
	ctx   context.Context
	tx    *sql.Tx
	kept  *statements // nil: none
	own   map[statementKey]*sql.Stmt
	where *time.Location

	known         map[int64]*known // devices by number; nil: there is none
	organisations map[int64]int64  // by site
	lastPurged    *calendar.Day    // see purgedMonths

	latestGathered *calendar.Day          // see gathered
	until          map[int64]calendar.Day // by site: gatheredUntil

	devices map[deviceDay]*footprint.Facts
	sites   map[siteDay]*footprint.Facts
	hours   map[hourDay]hours.Day
	revised map[siteMonth]*revision
	send    []unsent
	outboxB int64                     // how much waits, when something was added
	two     map[string]registry.Twins // devices that were found to be two
}

func newFiling(ctx context.Context, tx *sql.Tx, kept *statements, where *time.Location) *filing {
	return &filing{
		ctx: ctx, tx: tx, kept: kept, where: where, own: map[statementKey]*sql.Stmt{},
		known: map[int64]*known{}, organisations: map[int64]int64{},
		devices: map[deviceDay]*footprint.Facts{}, sites: map[siteDay]*footprint.Facts{}, hours: map[hourDay]hours.Day{}, until: map[int64]calendar.Day{}, revised: map[siteMonth]*revision{},
	}
}

// posting is a report on its way into the sums.
type posting struct {
	device    *known
	windows   []report.Window
	received  time.Time
	agent     string
	dropped   int64
	inventory *report.Inventory
	send      bool       // on to the time series data base
	ack       report.Ack // once it is posted
	again     again      // of its repeats
}

// post files reports, those of a device in the order of arrival. An error undoes all
// of them.
func (f *filing) post(all []posting) error {
	var arrivals []arrival
	for i := range all {
		p := &all[i]
		p.ack, p.again = report.Ack{}, again{}
		if p.inventory != nil {
			// Windows of before belong to the product of before.
			if err := f.file(arrivals); err != nil {
				return err
			}
			arrivals = arrivals[:0]
			if err := f.correct(p.device, p.inventory, p.received); err != nil {
				return err
			}
		}
		for w := range p.windows {
			arrivals = append(arrivals, arrival{posting: p, window: &p.windows[w], order: len(arrivals)})
		}
	}
	if err := f.file(arrivals); err != nil {
		return err
	}
	for i := range all {
		if err := f.noteTwins(&all[i]); err != nil {
			return err
		}
		all[i].device.hear(&all[i])
	}
	return f.close()
}

// arrival is a window on its way into a pack.
type arrival struct {
	posting *posting
	window  *report.Window
	order   int  // of arrival
	isNew   bool // it was not there
}

func (a *arrival) key() packKey {
	return packKey{utcDay(a.window.Start.Unix()), a.posting.device.place()}
}

func (k packKey) compare(o packKey) int {
	return cmp.Or(cmp.Compare(k.day, o.day), cmp.Compare(k.site, o.site), cmp.Compare(k.device, o.device))
}

// file files windows: those that are there already, or that were purged, are
// repeats. Of one that arrives twice the first counts.
func (f *filing) file(arrivals []arrival) error {
	slices.SortFunc(arrivals, func(a, b arrival) int {
		return cmp.Or(a.key().compare(b.key()), a.window.Start.Compare(b.window.Start), cmp.Compare(a.order, b.order))
	})
	var keys []packKey
	for i := range arrivals {
		if k := arrivals[i].key(); len(keys) == 0 || keys[len(keys)-1] != k {
			keys = append(keys, k)
		}
	}
	before, err := f.packs(keys)
	if err != nil {
		return err
	}
	var packed []any
	var windows []report.Window
	for from := 0; from < len(arrivals); {
		k, to := arrivals[from].key(), from+1
		for to < len(arrivals) && arrivals[to].key() == k {
			to++
		}
		if windows, err = unpack(windows[:0], k, before[k]); err != nil {
			return err
		}
		purged, err := f.purged(k.day.Month(), k.place)
		if err != nil {
			return err
		}
		there := len(windows)
		for i := from; i < to; i++ {
			a := &arrivals[i]
			var known *report.Window // nil: purged
			if !purged.Has(a.window.Start.Unix()) {
				windows, known, a.isNew = insert(windows, *a.window)
			}
			if !a.isNew {
				a.posting.again.note(a.window, known)
			}
			if err := f.count(a); err != nil {
				return err
			}
		}
		if len(windows) > there {
			packed = append(packed, int64(k.day), k.site, k.device, pack.Append(nil, windows))
		}
		from = to
	}
	if err := f.exec(writePacks, packed); err != nil {
		return fmt.Errorf("cannot keep windows: %w", err)
	}
	f.sendOn(arrivals)
	return nil
}

// count adds a window to the sums, when it is new.
func (f *filing) count(a *arrival) error {
	if !a.isNew {
		a.posting.ack.Repeat++
		return nil
	}
	a.posting.ack.New++
	days := footprint.ByDay(a.window, f.where)
	for _, day := range days {
		f.add(a.posting.device.Device, day)
	}
	f.noteRevision(a.posting.device.Site, days, a.posting.received)
	late, err := f.gathered(a.key().day, a.posting.device.Site)
	if late {
		f.addHours(a.posting.device.Device, a.window, 1)
	}
	return err
}

// past files the past of a simulated device.
func (f *filing) past(p Simulated, now time.Time) error {
	if err := f.lookUp([]int64{p.Device.ID}); err != nil {
		return err
	}
	d := f.known[p.Device.ID]
	for _, day := range p.Days {
		f.add(d.Device, day)
	}
	if p.Hours != nil {
		for hour := range p.Hours {
			f.addHour(d.Device, hour)
		}
	}
	from := posting{device: d, windows: p.Windows, received: now}
	arrivals := make([]arrival, len(p.Windows))
	for i := range p.Windows {
		arrivals[i] = arrival{posting: &from, window: &p.Windows[i], order: i}
		d.told.newest = max(d.told.newest, p.Windows[i].Start.Unix())
	}
	return f.file(arrivals)
}

// correct keeps what an inventory says of a device, which may be another product.
func (f *filing) correct(d *known, inventory *report.Inventory, received time.Time) error {
	spec := inventory.Spec()
	spec.ScreenIn, spec.WeightKg = d.screenIn, d.weightKg
	product, err := registry.ProductID(f.ctx, f.tx, spec)
	if err != nil {
		return err
	}
	to := d.Device
	to.Product = product
	if err := f.moveTo(d.Device, to); err != nil {
		return err
	}
	d.Device = to
	text, err := json.Marshal(inventory)
	if err != nil {
		return err
	}
	_, err = f.tx.ExecContext(f.ctx, "UPDATE devices SET inventory = ?, category = ?, product = ? WHERE id = ?", string(text), inventory.Category, product, d.ID)
	if err != nil {
		return err
	}
	return registry.KeepCapacity(f.ctx, f.tx, d.ID, inventory, received)
}

// close writes all that was gathered.
func (f *filing) close() error {
	if err := f.flush(); err != nil {
		return err
	}
	if err := f.flushHours(); err != nil {
		return err
	}
	if err := f.writeOutbox(); err != nil {
		return fmt.Errorf("cannot queue windows for the time series data base: %w", err)
	}
	if err := f.writeRevisions(); err != nil {
		return err
	}
	return f.noteDevices()
}
