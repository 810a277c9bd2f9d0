package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// filing is one transaction's work. What it writes is gathered in memory and written
// at its end, in the order of the keys: many rows in a statement, and neighbours on
// one page.
type filing struct {
	ctx     context.Context
	tx      *sql.Tx
	kept    *statements // nil: none
	own     map[statementKey]*sql.Stmt
	where   *time.Location
	outbox  bool
	devices map[deviceDay]*footprint.Facts
	sites   map[siteDay]*footprint.Facts
	revised map[siteMonth]*revision
}

func newFiling(ctx context.Context, tx *sql.Tx, kept *statements, where *time.Location) *filing {
	return &filing{
		ctx: ctx, tx: tx, kept: kept, where: where, own: map[statementKey]*sql.Stmt{},
		devices: map[deviceDay]*footprint.Facts{}, sites: map[siteDay]*footprint.Facts{}, revised: map[siteMonth]*revision{},
	}
}

// arrival is a window on its way into the table.
type arrival struct {
	device *known
	window *report.Window
	days   []footprint.DayFacts
	start  int64
	now    time.Time
	order  int  // of arrival
	isNew  bool // it was not there
	ack    *report.Ack
}

// known is what the store knows of a device that reports.
type known struct {
	Device
	screenIn, weightKg float64 // as a purchase list gave them
	purgedUntil        int64
	retired            bool
}

// reports files reports. An error undoes all of them; what is wrong with one alone
// is left in it.
func (f *filing) reports(group []*submission) error {
	devices, err := f.lookUp(group)
	if err != nil {
		return err
	}
	var arrivals []arrival
	for _, s := range group {
		s.ack, s.err = report.Ack{}, nil
		d := devices[s.device.ID]
		if d == nil || s.device.Secret != (Device{}).Secret && (d.retired || d.Secret != s.device.Secret) {
			s.err = fmt.Errorf("cannot file a report of device %d: %w", s.device.ID, ErrRetired)
			continue
		}
		if s.report.Inventory != nil {
			// Windows of before belong to the product of before.
			if err := f.file(arrivals); err != nil {
				return err
			}
			arrivals = arrivals[:0]
			if err := f.correct(d, s.report.Inventory); err != nil {
				return err
			}
		}
		for i := range s.report.Windows {
			w := &s.report.Windows[i]
			arrivals = append(arrivals, arrival{device: d, window: w, days: s.days[i], start: w.Start.Unix(), now: s.now, order: len(arrivals), ack: &s.ack})
		}
	}
	if err := f.file(arrivals); err != nil {
		return err
	}
	if err := f.noteDevices(group); err != nil {
		return err
	}
	return f.close()
}

// lookUp reads what the store knows of the devices of a group.
func (f *filing) lookUp(group []*submission) (map[int64]*known, error) {
	devices := make(map[int64]*known, len(group))
	var args []any
	for _, s := range group {
		if _, twice := devices[s.device.ID]; !twice {
			devices[s.device.ID] = nil
			args = append(args, s.device.ID)
		}
	}
	err := f.inParts(selectDevices, args, func(stmt *sql.Stmt, args []any) error {
		rows, err := stmt.QueryContext(f.ctx, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			d := new(known)
			var secret sql.RawBytes
			if err := rows.Scan(&d.ID, &d.Site, &d.Product, &d.Population, &d.screenIn, &d.weightKg, &d.purgedUntil, &d.retired, &secret); err != nil {
				return err
			}
			copy(d.Secret[:], secret)
			devices[d.ID] = d
		}
		return rows.Err()
	})
	return devices, err
}

// file files windows: those that are there already, or that were purged, are
// repeats. Of one that arrives twice in a group the first counts.
func (f *filing) file(arrivals []arrival) error {
	slices.SortFunc(arrivals, func(a, b arrival) int {
		return cmp.Or(cmp.Compare(a.device.ID, b.device.ID), cmp.Compare(a.start, b.start), cmp.Compare(a.order, b.order))
	})
	candidates := make([]*arrival, 0, len(arrivals))
	for i := range arrivals {
		a := &arrivals[i]
		counted := i > 0 && arrivals[i-1].device == a.device && arrivals[i-1].start == a.start
		if !counted && a.start <= a.device.purgedUntil {
			var err error
			if counted, err = wasPurged(f.ctx, f.tx, a.device.ID, a.start); err != nil {
				return err
			}
		}
		if counted {
			a.ack.Repeat++
			continue
		}
		candidates = append(candidates, a)
	}
	if err := f.insertNew(candidates); err != nil {
		return err
	}
	var energy, queue []any
	for _, a := range candidates {
		if !a.isNew {
			a.ack.Repeat++
			continue
		}
		a.ack.New++
		for _, e := range a.window.Energy {
			energy = append(energy, a.device.ID, a.start, e.Source, string(e.Boundary), e.EnergyUJ, e.CoveredMs)
		}
		for _, day := range a.days {
			f.add(a.device.Device, day)
		}
		f.noteRevision(a.device.Site, a.days, a.now)
	}
	if err := f.exec(insertEnergy, energy); err != nil || !f.outbox {
		return err
	}
	slices.SortFunc(candidates, func(a, b *arrival) int { return cmp.Compare(a.order, b.order) })
	for _, a := range candidates { // sent on in the order of arrival
		if a.isNew {
			queue = append(queue, a.device.ID, a.start)
		}
	}
	return f.exec(insertOutbox, queue)
}

// insertNew inserts the windows that are not there yet and marks them. Nearly all
// are new, so many are tried at once; only where that fails each is asked about.
func (f *filing) insertNew(candidates []*arrival) error {
	for len(candidates) > 0 {
		n := insertWindows.part(len(candidates))
		stmt, err := f.statement(insertWindows, n)
		if err != nil {
			return err
		}
		args := make([]any, 0, n*insertWindows.width)
		for _, a := range candidates[:n] {
			args = a.appendTo(args)
		}
		_, err = stmt.ExecContext(f.ctx, args...)
		switch {
		case err == nil:
			for _, a := range candidates[:n] {
				a.isNew = true
			}
		case isThereAlready(err): // a statement that fails leaves nothing, and the transaction goes on
			if err := f.insertOneByOne(candidates[:n]); err != nil {
				return err
			}
		default:
			return err
		}
		candidates = candidates[n:]
	}
	return nil
}

func (f *filing) insertOneByOne(candidates []*arrival) error {
	stmt, err := f.statement(insertIfNew, 1)
	if err != nil {
		return err
	}
	for _, a := range candidates {
		result, err := stmt.ExecContext(f.ctx, a.appendTo(nil)...)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return err
		}
		a.isNew = n == 1
	}
	return nil
}

func isThereAlready(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
}

// appendTo appends the row of the table windows.
func (a *arrival) appendTo(args []any) []any {
	w := a.window
	return append(args, a.device.ID, a.start, w.SpanS, a.now.Unix(), w.OffMs, w.SuspendedMs,
		w.LoadMs[0], w.LoadMs[1], w.LoadMs[2], w.LoadMs[3], w.LoadMs[4], w.CPUBusyMs, w.CPUCapacityMs,
		w.MemUsedMiB, w.NetRxB, w.NetTxB, w.DiskReadB, w.DiskWriteB, w.AgentCPUMs, w.AgentTxB)
}

// past files the past of a simulated device.
func (f *filing) past(p Simulated, now time.Time) error {
	for _, day := range p.Days {
		f.add(p.Device, day)
	}
	device, ack := &known{Device: p.Device}, new(report.Ack)
	arrivals := make([]arrival, len(p.Windows))
	for i := range p.Windows {
		w := &p.Windows[i]
		arrivals[i] = arrival{device: device, window: w, days: footprint.ByDay(w, f.where), start: w.Start.Unix(), now: now, order: i, ack: ack}
	}
	return f.file(arrivals)
}

// correct keeps what an inventory says of a device, which may be another product.
func (f *filing) correct(d *known, inventory *report.Inventory) error {
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
	return err
}

// noteDevices keeps what the reports that were filed say of the devices themselves.
func (f *filing) noteDevices(group []*submission) error {
	stmt, err := f.statement(updateDevice, 1)
	if err != nil {
		return err
	}
	// Reports of one device stay in the order of arrival.
	group = slices.Clone(group)
	slices.SortStableFunc(group, func(a, b *submission) int { return cmp.Compare(a.device.ID, b.device.ID) })
	for _, s := range group {
		if s.err != nil {
			continue
		}
		first, last := int64(math.MaxInt64), int64(0)
		for i := range s.report.Windows {
			w := &s.report.Windows[i]
			first, last = min(first, w.Start.Unix()), max(last, w.End().Unix())
		}
		if _, err := stmt.ExecContext(f.ctx, s.now.Unix(), s.report.Agent, s.report.DroppedWindows, first, last, s.device.ID); err != nil {
			return err
		}
	}
	return nil
}
