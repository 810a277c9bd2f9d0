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
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
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

// ErrRetired says that the device was retired or erased, or its secret replaced, after
// it was authenticated.
var ErrRetired = errors.New("the device is no longer the one that was authenticated")

// Device is what the ledger must know of a device to file its windows. With Secret
// the ledger checks, in the transaction that files a report, that the device still
// has this secret and is not retired; so whoever authenticates may remember.
type Device struct {
	ID         int64
	Site       int64
	Product    int64
	Population equipment.Population
	Secret     [sha256.Size]byte // its hash; zero: not checked
}

// Ledger is open until Close.
type Ledger struct {
	store   *store.Store
	where   *time.Location
	outbox  bool
	queue   chan *submission
	stopped chan struct{}
	kept    *statements // of the transactions that file

	latest latest

	closing sync.RWMutex // held for reading while a report enters the queue
	closed  bool
}

type submission struct {
	device Device
	report *report.Report
	days   [][]footprint.DayFacts // of each window
	now    time.Time
	ack    report.Ack
	err    error // of this report alone
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
	l := &Ledger{store: s, where: where, outbox: outbox, queue: make(chan *submission, queueLength), stopped: make(chan struct{}), kept: newStatements(s.Write)}
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
	s.days = make([][]footprint.DayFacts, len(r.Windows))
	for i := range r.Windows { // here, by many at once, and not by the only one that commits
		s.days[i] = footprint.ByDay(&r.Windows[i], l.where)
	}
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
				alone := l.commit([]*submission{s})
				s.done <- errors.Join(alone, s.err)
				continue
			}
			s.done <- errors.Join(err, s.err)
		}
		l.kept.keepWanted(context.Background())
	}
}

func (l *Ledger) commit(group []*submission) error {
	ctx := context.Background() // a client that goes away does not undo the others
	err := store.InTx(ctx, l.store.Write, func(tx *sql.Tx) error {
		f := newFiling(ctx, tx, l.kept, l.where)
		f.outbox = l.outbox
		return f.reports(group)
	})
	if err != nil {
		return store.Explain(fmt.Errorf("cannot file %d reports: %w", len(group), err))
	}
	for _, s := range group {
		if s.err == nil {
			l.latest.reported(s.now)
		}
	}
	return nil
}
