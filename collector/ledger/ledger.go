// Package ledger keeps what devices reported: windows, and the sums of their facts by
// device, site and organisation, by day and month.
//
// A report is acknowledged when it is on the disk: posted to the sums, or, under load,
// written down in a journal that is posted soon. Posting a report and deleting it from
// the journal is one transaction.
//
// Four things always hold (docs/ledger.md):
//
//   - A window counts once: (device, start) identifies it, and sending it again,
//     in any order, changes nothing. What decides is what the store holds when the
//     window is posted.
//   - What Record has returned for is on the disk.
//   - device_days is the sum of the facts of all windows ever posted; device_months and
//     site_days are the sums of device_days, site_months of site_days, and
//     organisation_months of site_months. All are whole numbers, so this is exact.
//   - What is in the journal is in no sum, and what is in a sum is not in the journal.
//
// The ledger holds no estimate. A corrected factor changes every figure of the
// past at once, and nothing has to be recomputed.
package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger/pack"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/equipment"
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
	store        *store.Store
	where        *time.Location
	outbox       bool
	outboxLimitB int64
	mode         Mode
	queue        chan *submission
	stopped      chan struct{}
	kept         *statements // of the transactions that file
	log          *slog.Logger

	latest  latest
	load    load
	journal journal
	seen    seen
	passing passing
	posts   chan posted
	outboxB int64 // at most so much waits in the outbox: above the limit it is looked at

	sending sync.Mutex
	given   []given // days that Next handed out

	closing sync.RWMutex // held for reading while a report enters the queue
	closed  bool
}

type submission struct {
	device Device
	report *report.Report
	packed []byte
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
	groupSize   = 512
)

// Mode says when reports go through the journal.
type Mode int

const (
	JournalUnderLoad Mode = iota // the usual
	JournalNever                 // every report is posted at once: for stores with several writers
	JournalAlways                // and posted by Post and Close only: for tests
)

// Option changes how a ledger works.
type Option func(*Ledger)

// WithJournal says when reports go through the journal.
func WithJournal(m Mode) Option { return func(l *Ledger) { l.mode = m } }

// WithOutboxLimit bounds the outbox, in bytes of windows: beyond it the oldest ones
// wait as days that are sent again as a whole.
func WithOutboxLimit(bytes int64) Option { return func(l *Ledger) { l.outboxLimitB = bytes } }

// WithLog tells of trouble with what was acknowledged already, and of devices that are two.
func WithLog(log *slog.Logger) Option { return func(l *Ledger) { l.log = log } }

// usualOutboxLimitB is a GiB: what 100,000 devices report in a week or more.
const usualOutboxLimitB = 1 << 30

// Open starts the ledger. Days are those of the territory where. With outbox,
// each new window is also queued for the time series data base. What an earlier
// process left in the journal is posted beside the reports that come.
func Open(s *store.Store, where *time.Location, outbox bool, options ...Option) *Ledger {
	l := &Ledger{
		store: s, where: where, outbox: outbox, outboxLimitB: usualOutboxLimitB, queue: make(chan *submission, queueLength), stopped: make(chan struct{}),
		kept: newStatements(s.Write), passing: passing{stuck: map[int64]bool{}}, posts: make(chan posted), log: slog.New(slog.DiscardHandler),
	}
	if s.Shared() {
		l.mode = JournalNever // other collectors know nothing of what waits here
	}
	for _, o := range options {
		o(l)
	}
	go l.run()
	return l
}

// Close waits until everything that was accepted is on the disk and, for a while, for
// the journal to be posted; the next start posts what is left. A Record that starts
// after it is answered ErrClosed.
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
	s.packed = pack.Append(nil, r.Windows) // here, by many at once, and not by the only one that commits
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
