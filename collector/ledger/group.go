package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/report"
)

// run files the reports that wait, as many as there are, in one transaction each time,
// and posts the journal between them.
func (l *Ledger) run() {
	defer close(l.stopped)
	ctx := context.Background()
	for {
		group, quiet, open := l.gather()
		if len(group) > 0 {
			l.file(group)
			l.kept.keepWanted(ctx)
		}
		if !open {
			break
		}
		if err := l.postSome(ctx, quiet); err != nil {
			l.log.Error("cannot post the journal; it is tried again", "error", err)
		}
		if err := l.shorten(ctx); err != nil {
			l.log.Error("cannot shorten the outbox; it is tried again", "error", err)
		}
	}
	if err := l.postAll(ctx, time.Now().Add(closeWithin)); err != nil {
		l.log.Error("cannot post the journal; the next start does", "error", err)
	}
}

// Under load a group that is small waits a little for more: a transaction has costs of
// its own, and the processors are better used to bring reports in.
const (
	worthwhile = 64
	gathering  = time.Millisecond
)

// gather waits for a report, and takes those that are there beside it. It tells that
// it is quiet when none came for as long as posting may wait.
func (l *Ledger) gather() (group []*submission, quiet, open bool) {
	var timeUp <-chan time.Time
	if wait, some := l.patience(time.Now()); some {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		timeUp = timer.C
	}
	select {
	case s, open := <-l.queue:
		if !open {
			return nil, false, false
		}
		group = append(group, s)
	case request := <-l.posts:
		request.done <- l.postAll(request.ctx, time.Time{})
		return nil, false, true
	case <-timeUp:
		return nil, true, true
	}
	if l.mode != JournalNever && l.load.level > lightBurst && len(l.queue) < worthwhile {
		time.Sleep(gathering)
	}
	for len(group) < groupSize {
		select {
		case s, open := <-l.queue:
			if !open {
				return group, false, false
			}
			group = append(group, s)
		default:
			return group, false, true
		}
	}
	return group, false, true
}

// postSome posts a chunk of the journal, if it is time to.
func (l *Ledger) postSome(ctx context.Context, quiet bool) error {
	if now := time.Now(); quiet || l.due(now) {
		if err := l.beginPass(ctx); err != nil {
			l.passing.retryAt = now.Add(retryAfter)
			return err
		}
	}
	return l.postChunk(ctx)
}

// file files a group and answers those who wait for it.
func (l *Ledger) file(group []*submission) {
	journal := l.mode == JournalAlways || l.mode == JournalUnderLoad && l.load.heavy(len(group), time.Now()) && l.journal.reports < mostUnposted
	err := l.commit(group, journal)
	for _, s := range group {
		if err != nil && len(group) > 1 && !errors.Is(err, store.ErrNoSpace) {
			// One report that cannot be filed must not hold the others back.
			alone := l.commit([]*submission{s}, journal)
			s.done <- errors.Join(alone, s.err)
			continue
		}
		s.done <- errors.Join(err, s.err)
	}
}

func (l *Ledger) commit(group []*submission, useJournal bool) error {
	ctx := context.Background() // a client that goes away does not undo the others
	if err := l.journal.load(ctx, l.store.Read); err != nil {
		return store.Explain(err)
	}
	var done filed
	var f *filing
	var latest func()
	err := store.InTxBeside(ctx, l.store.Write, func(tx *sql.Tx) (err error) {
		f = newFiling(ctx, tx, l.kept, l.where)
		done, err = l.fileGroup(f, group, useJournal)
		l.outboxB = max(l.outboxB, f.outboxB)
		if err != nil || !done.any {
			return err
		}
		latest, err = l.latest.note(ctx, tx, done.latest)
		return err
	})
	if err != nil {
		return store.Explain(fmt.Errorf("cannot file %d reports: %w", len(group), err))
	}
	l.logTwins(f)
	l.seen.note(f, done.journalled)
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	for _, device := range done.posted {
		l.journal.take(device)
	}
	if l.journal.reports == 0 {
		l.passing.since = time.Now()
	}
	for _, j := range done.journalled {
		l.journal.add(j.at, j.id, j.newest, j.from.now)
	}
	if latest != nil {
		latest()
	}
	return nil
}

// filed is what a transaction did.
type filed struct {
	any        bool
	latest     time.Time
	posted     []int64 // devices of which nothing is left in the journal
	journalled []*journalled
}

// fileGroup writes into the journal the reports of devices of which every window is
// newer than all that are known: they are new, and posting may wait. The others, and
// what waits of their devices, are posted now, and the store tells which are new.
func (l *Ledger) fileGroup(f *filing, group []*submission, useJournal bool) (done filed, err error) {
	ids := make([]int64, len(group))
	for i, s := range group {
		ids[i] = s.device.ID
	}
	if err := l.look(f, ids, useJournal); err != nil {
		return done, err
	}
	direct, newest := map[int64]bool{}, map[int64]int64{}
	taken := group[:0:0]
	for _, s := range group {
		s.ack = report.Ack{}
		d := f.known[s.device.ID]
		if s.err = d.refuses(s.device); s.err != nil {
			continue
		}
		taken = append(taken, s)
		done.any, done.latest = true, later(done.latest, s.now)
		if _, known := newest[d.ID]; !known {
			newest[d.ID] = l.journal.newest(d)
		}
		after, allNew := newestOf(s.report.Windows, newest[d.ID])
		newest[d.ID] = after
		if !useJournal || !allNew || s.report.Inventory != nil {
			direct[d.ID] = true
		}
	}
	if useJournal && len(direct) > 0 {
		if err := f.lookUp(slices.Collect(maps.Keys(direct))); err != nil {
			return done, err
		}
	}
	var postings []posting
	var posted []*submission
	for _, s := range taken {
		d := f.known[s.device.ID]
		if direct[d.ID] {
			postings = append(postings, posting{
				device: d, windows: s.report.Windows, received: s.now, agent: s.report.Agent, dropped: s.report.DroppedWindows, inventory: s.report.Inventory, send: l.outbox,
			})
			posted = append(posted, s)
			continue
		}
		s.ack.New = len(s.report.Windows)
		last, _ := newestOf(s.report.Windows, 0)
		done.journalled = append(done.journalled, &journalled{from: s, at: d.place(), newest: last})
	}
	if err := f.writeJournal(done.journalled, l.outbox); err != nil || len(postings) == 0 {
		return done, err
	}
	var waiting []int64
	for device := range direct {
		done.posted = append(done.posted, device)
		if u := l.journal.devices[device]; u != nil {
			waiting = append(waiting, u.ids...)
		}
	}
	postings, err = f.postJournal(waiting, postings)
	if err != nil {
		return done, err
	}
	for i, s := range posted {
		s.ack = postings[i].ack
	}
	return done, nil
}

// look finds out what must be known of devices: for the journal only little, and what
// is remembered of those that reported before is enough.
func (l *Ledger) look(f *filing, ids []int64, useJournal bool) (err error) {
	switch {
	case !useJournal:
		return f.lookUp(ids)
	case l.store.Shared():
		return f.glance(ids)
	}
	if ids, err = l.seen.recall(f, ids); err != nil || len(ids) == 0 {
		return err
	}
	return f.glance(ids)
}

// newestOf is the start of the newest of windows and what was known before, and
// whether all windows are newer than that and in order.
func newestOf(windows []report.Window, known int64) (newest int64, allNew bool) {
	newest, allNew = known, true
	for i := range windows {
		start := windows[i].Start.Unix()
		if start <= newest {
			allNew = false
			continue
		}
		newest = start
	}
	return newest, allNew
}
