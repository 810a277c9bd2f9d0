package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
)

// Posting goes through the journal in the order of the keys, a chunk in a transaction,
// and takes turns with reports that come: a pass. The larger the journal the more
// reports share a page, and the longer its windows are missing on the pages; so a pass
// begins when the load has dropped, when the journal is long, or when it is old.
const (
	quietFor       = 200 * time.Millisecond // without a report
	passAfter      = 200_000                // reports: some 40 MB, and half an hour of 400,000 devices
	oldestUnposted = 2 * time.Minute
	// Beyond this every report is posted at once, so that intake is as slow as posting
	// is, and the queue refuses what is too much.
	mostUnposted = 2_000_000
	// A chunk takes the writer some 50 ms, which reports that come meanwhile wait.
	chunkReports = 500
	closeWithin  = 10 * time.Second
	retryAfter   = 10 * time.Second // what failed: a disk gets its time
)

// passing is the state of a pass. It belongs to the goroutine that files.
type passing struct {
	left    []place // still to be posted, in the order of keys
	since   time.Time
	retryAt time.Time
	stuck   map[int64]bool // devices whose reports cannot be posted; the next start tries again
}

// patience is how long posting may wait for reports; false: there is nothing to post.
func (l *Ledger) patience(now time.Time) (wait time.Duration, some bool) {
	switch {
	case l.passing.retryAt.After(now):
		return l.passing.retryAt.Sub(now), true
	case len(l.passing.left) > 0, !l.journal.loaded:
		return 0, true
	case l.journal.reports == 0, l.mode == JournalAlways:
		return 0, false
	}
	return quietFor, true
}

// due tells whether posting must begin although reports come.
func (l *Ledger) due(now time.Time) bool {
	if l.mode == JournalAlways || l.journal.reports == 0 || len(l.passing.left) > 0 || l.passing.retryAt.After(now) {
		return false
	}
	return l.journal.reports >= passAfter || now.Sub(l.passing.since) >= oldestUnposted
}

// beginPass plans to post what is in the journal now.
func (l *Ledger) beginPass(ctx context.Context) error {
	if err := l.journal.load(ctx, l.store.Read); err != nil {
		return store.Explain(err)
	}
	if len(l.passing.left) > 0 {
		return nil
	}
	for _, at := range l.journal.inOrder() {
		if !l.passing.stuck[at.device] {
			l.passing.left = append(l.passing.left, at)
		}
	}
	l.passing.since = time.Now()
	return nil
}

// postChunk posts the next chunk of a pass. What fails is tried again later.
func (l *Ledger) postChunk(ctx context.Context) error {
	var chunk []place
	for reports := 0; len(chunk) < len(l.passing.left) && reports < chunkReports; {
		at := l.passing.left[len(chunk)]
		chunk = append(chunk, at)
		if u := l.journal.devices[at.device]; u != nil {
			reports += len(u.ids)
		}
	}
	if len(chunk) == 0 {
		return nil
	}
	err := l.postDevices(ctx, chunk)
	if err != nil && len(chunk) > 1 && !errors.Is(err, store.ErrNoSpace) {
		err = l.postApart(ctx, chunk, err)
	}
	if err != nil {
		l.passing.left, l.passing.retryAt = nil, time.Now().Add(retryAfter)
		return err
	}
	l.passing.left = l.passing.left[len(chunk):]
	l.kept.keepWanted(ctx)
	return nil
}

// postApart posts devices one by one: one whose reports cannot be posted does not hold
// the others back. When none can be, it is the store that is at fault.
func (l *Ledger) postApart(ctx context.Context, chunk []place, why error) error {
	failed := map[int64]error{}
	for _, at := range chunk {
		if err := l.postDevices(ctx, []place{at}); err != nil {
			failed[at.device] = err
		}
	}
	if len(failed) == len(chunk) {
		return why
	}
	for device, err := range failed {
		l.passing.stuck[device] = true
		l.log.Error("reports that were acknowledged cannot be posted; the next start tries again", "device", device, "error", err)
	}
	return nil
}

// postDevices posts the journal of devices in one transaction.
func (l *Ledger) postDevices(ctx context.Context, devices []place) error {
	var ids []int64
	for _, at := range devices {
		if u := l.journal.devices[at.device]; u != nil {
			ids = append(ids, u.ids...)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var f *filing
	err := store.InTx(ctx, l.store.Write, func(tx *sql.Tx) error {
		f = newFiling(ctx, tx, l.kept, l.where)
		_, err := f.postJournal(ids, nil)
		l.outboxB = max(l.outboxB, f.outboxB)
		return err
	})
	if err != nil {
		return store.Explain(fmt.Errorf("cannot post %d reports: %w", len(ids), err))
	}
	l.logTwins(f)
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	for _, at := range devices {
		l.journal.take(at.device)
	}
	return nil
}

// postAll posts the journal until it is empty or a time has come.
func (l *Ledger) postAll(ctx context.Context, until time.Time) error {
	if err := l.beginPass(ctx); err != nil {
		return err
	}
	for len(l.passing.left) > 0 && (until.IsZero() || time.Now().Before(until)) && ctx.Err() == nil {
		if err := l.postChunk(ctx); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Post posts what is in the journal, and waits for it.
func (l *Ledger) Post(ctx context.Context) error {
	request := posted{ctx, make(chan error, 1)}
	select {
	case l.posts <- request:
		return <-request.done
	case <-l.stopped:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// posted asks for the journal to be posted.
type posted struct {
	ctx  context.Context
	done chan error
}
