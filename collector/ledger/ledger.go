// Package ledger keeps what devices reported: windows, and the sums of their
// facts by device and day and by site and day, all in the same transaction.
//
// Three things always hold (docs/ledger.md):
//
//   - A window counts once: (device, start) identifies it, and sending it again,
//     in any order, changes nothing.
//   - What Record has returned for is on the disk.
//   - site_days is the sum of device_days, and device_days the sum of the facts
//     of all windows ever counted. All are whole numbers, so this is exact.
//
// The ledger holds no estimate. A corrected factor changes every figure of the
// past at once, and nothing has to be recomputed.
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
	"strings"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// WindowRetention is how long windows are kept; days are kept forever.
const WindowRetention = 35 * 24 * time.Hour

// ErrClosed says that the ledger is shutting down.
var ErrClosed = errors.New("the collector is stopping")

// ErrBusy says that more reports wait than the ledger takes in: try again later.
var ErrBusy = errors.New("too many reports at once, try again later")

// Device is what the ledger must know of a device to file its windows.
type Device struct {
	ID         int64
	Site       int64
	Product    int64
	Population equipment.Population
}

// Ledger is open until Close.
type Ledger struct {
	store   *store.Store
	where   *time.Location
	outbox  bool
	queue   chan *submission
	stopped chan struct{}

	latest latest

	closing sync.RWMutex // held for reading while a report enters the queue
	closed  bool
}

type submission struct {
	device Device
	report *report.Report
	now    time.Time
	ack    report.Ack
	done   chan error
}

// The intake queue is bounded: beyond it reports are refused, not kept in
// memory. A group of reports shares one transaction, and so one wait for the
// disk.
const (
	queueLength = 4096
	groupSize   = 256
)

// Open starts the ledger. Days are those of the territory where. With outbox,
// each new window is also queued for the time series data base.
func Open(s *store.Store, where *time.Location, outbox bool) *Ledger {
	l := &Ledger{store: s, where: where, outbox: outbox, queue: make(chan *submission, queueLength), stopped: make(chan struct{})}
	go l.commitGroups()
	return l
}

// Close waits until everything that was accepted is on the disk. A Record that
// starts after it is answered ErrClosed.
func (l *Ledger) Close() {
	l.closing.Lock()
	if !l.closed {
		l.closed = true
		close(l.queue)
	}
	l.closing.Unlock()
	<-l.stopped
}

// Record files a valid report of a device. When it returns without error, every
// window is on the disk, new or already there.
func (l *Ledger) Record(ctx context.Context, d Device, r *report.Report, now time.Time) (report.Ack, error) {
	s := &submission{device: d, report: r, now: now, done: make(chan error, 1)}
	if err := l.enqueue(s); err != nil {
		return report.Ack{}, err
	}
	select {
	case err := <-s.done:
		if err != nil {
			return report.Ack{}, err
		}
		return s.ack, nil
	case <-ctx.Done():
		return report.Ack{}, ctx.Err() // it may still be filed; sent again it is a repeat
	}
}

func (l *Ledger) enqueue(s *submission) error {
	l.closing.RLock()
	defer l.closing.RUnlock()
	if l.closed {
		return ErrClosed
	}
	select {
	case l.queue <- s:
		return nil
	default:
		return ErrBusy
	}
}

// commitGroups files the reports that wait, as many as there are, in one
// transaction each time.
func (l *Ledger) commitGroups() {
	defer close(l.stopped)
	for first := range l.queue {
		group := []*submission{first}
		for more := true; more && len(group) < groupSize; {
			select {
			case s, open := <-l.queue:
				if more = open; open {
					group = append(group, s)
				}
			default:
				more = false
			}
		}
		err := l.commit(group)
		for _, s := range group {
			if err != nil && len(group) > 1 && !errors.Is(err, store.ErrNoSpace) {
				// One report that cannot be filed must not hold the others back.
				s.done <- l.commit([]*submission{s})
				continue
			}
			s.done <- err
		}
	}
}

func (l *Ledger) commit(group []*submission) error {
	ctx := context.Background() // a client that goes away does not undo the others
	err := store.InTx(ctx, l.store.Write, func(tx *sql.Tx) error {
		f, err := newFiling(ctx, tx, l.where, l.outbox)
		if err != nil {
			return err
		}
		for _, s := range group {
			if s.ack, err = f.report(s.device, s.report, s.now); err != nil {
				return err
			}
		}
		return f.close()
	})
	if err != nil {
		return store.Explain(fmt.Errorf("cannot file %d reports: %w", len(group), err))
	}
	for _, s := range group {
		l.latest.reported(s.now)
	}
	return nil
}

// filing is one transaction's work. Sums are gathered in memory and written
// once at its end.
type filing struct {
	ctx     context.Context
	tx      *sql.Tx
	where   *time.Location
	outbox  bool
	window  *sql.Stmt
	energy  *sql.Stmt
	queue   *sql.Stmt
	devices map[int64]map[calendar.Day]*footprint.Facts
	sites   map[siteDay]*footprint.Facts
	revised map[siteMonth]*revision
}

type siteDay struct {
	site       int64
	day        calendar.Day
	product    int64
	population equipment.Population
}

func newFiling(ctx context.Context, tx *sql.Tx, where *time.Location, outbox bool) (*filing, error) {
	f := &filing{
		ctx: ctx, tx: tx, where: where, outbox: outbox,
		devices: map[int64]map[calendar.Day]*footprint.Facts{}, sites: map[siteDay]*footprint.Facts{},
		revised: map[siteMonth]*revision{},
	}
	var errs [3]error
	f.window, errs[0] = tx.PrepareContext(ctx, insertWindow)
	f.energy, errs[1] = tx.PrepareContext(ctx, "INSERT INTO window_energy VALUES (?, ?, ?, ?, ?, ?)")
	f.queue, errs[2] = tx.PrepareContext(ctx, "INSERT INTO outbox (device, start) VALUES (?, ?)")
	return f, errors.Join(errs[:]...)
}

var insertWindow = "INSERT INTO windows VALUES (?" + strings.Repeat(", ?", 19) + ") ON CONFLICT DO NOTHING"

// report files one report: its windows, and what it says of the device.
func (f *filing) report(d Device, r *report.Report, now time.Time) (report.Ack, error) {
	var purgedUntil int64
	var screenIn, weightKg float64
	// An earlier report of this group may have changed the product, and an administrator
	// the rest, since the device was authenticated.
	err := f.tx.QueryRowContext(f.ctx, "SELECT purged_until, site, product, population, screen_in, weight_kg FROM devices WHERE id = ?", d.ID).
		Scan(&purgedUntil, &d.Site, &d.Product, &d.Population, &screenIn, &weightKg)
	if err != nil {
		return report.Ack{}, err
	}
	if r.Inventory != nil {
		spec := r.Inventory.Spec()
		spec.ScreenIn, spec.WeightKg = screenIn, weightKg
		product, err := registry.ProductID(f.ctx, f.tx, spec)
		if err != nil {
			return report.Ack{}, err
		}
		to := d
		to.Product = product
		if err := f.moveTo(d, to); err != nil {
			return report.Ack{}, err
		}
		d = to
	}
	var ack report.Ack
	for i := range r.Windows {
		isNew, err := f.file(d, &r.Windows[i], now, purgedUntil)
		if err != nil {
			return report.Ack{}, err
		}
		if isNew {
			ack.New++
		} else {
			ack.Repeat++
		}
	}
	return ack, f.noteDevice(d, r, now)
}

// file files one window and tells whether it was new.
func (f *filing) file(d Device, w *report.Window, now time.Time, purgedUntil int64) (bool, error) {
	start := w.Start.Unix()
	if start <= purgedUntil {
		if counted, err := wasPurged(f.ctx, f.tx, d.ID, start); err != nil || counted {
			return false, err
		}
	}
	result, err := f.window.ExecContext(f.ctx, d.ID, start, w.SpanS, now.Unix(), w.OffMs, w.SuspendedMs,
		w.LoadMs[0], w.LoadMs[1], w.LoadMs[2], w.LoadMs[3], w.LoadMs[4], w.CPUBusyMs, w.CPUCapacityMs,
		w.MemUsedMiB, w.NetRxB, w.NetTxB, w.DiskReadB, w.DiskWriteB, w.AgentCPUMs, w.AgentTxB)
	if err != nil {
		return false, err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	for _, e := range w.Energy {
		if _, err := f.energy.ExecContext(f.ctx, d.ID, start, e.Source, string(e.Boundary), e.EnergyUJ, e.CoveredMs); err != nil {
			return false, err
		}
	}
	if f.outbox {
		if _, err := f.queue.ExecContext(f.ctx, d.ID, start); err != nil {
			return false, err
		}
	}
	days := footprint.ByDay(w, f.where)
	for _, day := range days {
		f.add(d, day)
	}
	f.noteRevision(d.Site, days, now)
	return true, nil
}

// add adds facts to the sums of the device's and the site's day.
func (f *filing) add(d Device, day footprint.DayFacts) {
	days := f.devices[d.ID]
	if days == nil {
		days = map[calendar.Day]*footprint.Facts{}
		f.devices[d.ID] = days
	}
	if days[day.Day] == nil {
		days[day.Day] = new(footprint.Facts)
	}
	days[day.Day].Add(day.Facts)
	f.addToSite(siteDay{d.Site, day.Day, d.Product, d.Population}, day.Facts)
}

func (f *filing) addToSite(key siteDay, facts footprint.Facts) {
	if f.sites[key] == nil {
		f.sites[key] = new(footprint.Facts)
	}
	f.sites[key].Add(facts)
}

// noteDevice keeps what the report says of the device itself.
func (f *filing) noteDevice(d Device, r *report.Report, now time.Time) error {
	// What is known of a device lies within its time in service: its agent knows best
	// when that began, and a retirement that overtook a report ends after it.
	first, last := int64(math.MaxInt64), int64(0)
	for i := range r.Windows {
		first, last = min(first, r.Windows[i].Start.Unix()), max(last, r.Windows[i].End().Unix())
	}
	// Reports may overtake each other by a little; a time far ahead was noted by a
	// clock that has been set right since.
	_, err := f.tx.ExecContext(f.ctx, `UPDATE devices SET last_seen = CASE WHEN last_seen BETWEEN ?1 AND ?1 + 86400 THEN last_seen ELSE ?1 END, agent = ?2,
		dropped_windows = max(dropped_windows, ?3), in_service = min(in_service, ?4), retired = max(retired, ?5) WHERE id = ?6`,
		now.Unix(), r.Agent, r.DroppedWindows, first, last, d.ID)
	if err != nil || r.Inventory == nil {
		return err
	}
	inventory, err := json.Marshal(r.Inventory)
	if err != nil {
		return err
	}
	_, err = f.tx.ExecContext(f.ctx, "UPDATE devices SET inventory = ?, category = ?, product = ? WHERE id = ?", string(inventory), r.Inventory.Category, d.Product, d.ID)
	return err
}

// allZero is SQL for a row of facts that says nothing.
var allZero = strings.Join(footprint.FactNames[:], " = 0 AND ") + " = 0"

func negative(f footprint.Facts) footprint.Facts {
	for _, n := range f.Fields() {
		*n = -*n
	}
	return f
}

func (f *filing) close() error {
	if err := f.flush(); err != nil {
		return err
	}
	return f.writeRevisions()
}

// flush writes the sums gathered so far.
func (f *filing) flush() error {
	deviceDays := make([]keyed, 0, len(f.devices))
	for device, days := range f.devices {
		for day, facts := range days {
			deviceDays = append(deviceDays, keyed{[]any{device, int64(day)}, facts})
		}
	}
	// In the order of the key, neighbours share a page.
	slices.SortFunc(deviceDays, func(a, b keyed) int {
		return cmp.Or(cmp.Compare(a.key[0].(int64), b.key[0].(int64)), cmp.Compare(a.key[1].(int64), b.key[1].(int64)))
	})
	siteDays := make([]keyed, 0, len(f.sites))
	for k, facts := range f.sites {
		siteDays = append(siteDays, keyed{[]any{k.site, int64(k.day), k.product, string(k.population)}, facts})
	}
	if err := addRows(f.ctx, f.tx, "device_days", []string{"device", "day"}, deviceDays); err != nil {
		return err
	}
	if err := addRows(f.ctx, f.tx, "site_days", []string{"site", "day", "product", "population"}, siteDays); err != nil {
		return err
	}
	clear(f.devices)
	clear(f.sites)
	return nil
}
