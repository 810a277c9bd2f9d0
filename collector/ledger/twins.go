package ledger

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/report"
)

// Two machines with one identity, as the copy of a disk makes them, are two agents that
// tell of the same quarters of an hour, each otherwise. A window that comes again
// otherwise is not enough to say so: a lone device tells of an hour twice when its clock
// is set back, and a virtual machine does when it goes on from a snapshot. But whatever
// its clock does, a lone device has not run for longer since its last report than that is
// ago, but for the window that was open then. So a report tells of two when both hold:
//
//   - it tells otherwise of windows that are known, which it did not before, and
//   - it tells of more new running time than has passed since the report before it.
//
// That holds of a report that empties the spool. A backlog comes in several: those that
// follow each other at once, and those that are full, say nothing. The rest of a backlog
// that was interrupted, in which a clock was set back, is mistaken for a second machine;
// so it takes registry.TwinsAfter such reports, an hour apart and within some days, before
// a device is called two.

const (
	// openWindow is how much of what a report tells may have happened before the one
	// before it left: the window that was open, and what the network took.
	openWindow = report.WindowLength + 5*time.Minute
	// sameUpload is how soon a report may follow another of one upload.
	sameUpload = time.Minute
	// twinsApart and twinsWithin are by how much what is seen of two machines lies apart.
	twinsApart  = time.Hour
	twinsWithin = 7 * 24 * time.Hour
)

// again is what is noted of the windows of a report that were there already.
type again struct {
	knownMs int64            // running time that tells nothing new
	others  []*report.Window // in whose place another one stands
}

// note compares a window with the one that stands in its place, nil where it is only
// known that there was one.
func (a *again) note(sent, there *report.Window) {
	if there == nil || !tellsOtherwise(sent, there) {
		a.knownMs += sent.RunningMs()
		return
	}
	a.others = append(a.others, sent)
}

// tellsOtherwise tells whether two windows are about the same time and say different
// things of how the device ran in it. Those of another span are about another time: a
// full spool has merged them, or they tell how long the device was off since a copy of
// its disk was made, which it goes back to at each start. What they say of the screen is
// not compared: an earlier collector did not keep it.
func tellsOtherwise(a, b *report.Window) bool {
	return a.SpanS == b.SpanS && (a.LoadMs != b.LoadMs || a.CPUBusyMs != b.CPUBusyMs || a.CPUCapacityMs != b.CPUCapacityMs || a.MemUsedMiB != b.MemUsedMiB ||
		a.NetRxB != b.NetRxB || a.NetTxB != b.NetTxB || a.DiskReadB != b.DiskReadB || a.DiskWriteB != b.DiskWriteB || !slices.Equal(a.Energy, b.Energy))
}

// twins is what the store holds of a device. Instants are seconds since 1970.
type twins struct{ first, last, times, leftOut, newest int64 }

// hear takes over what a report says, which was received at an instant, some time since
// the one before.
func (t *twins) hear(windows []report.Window, a *again, at int64, since time.Duration) {
	if t.times < registry.TwinsAfter && time.Duration(at-t.last)*time.Second > twinsWithin {
		t.times = 0 // a mistake
	}
	if t.tellOfTwo(windows, a, since) && (t.times == 0 || time.Duration(at-t.last)*time.Second >= twinsApart) {
		if t.times == 0 {
			t.first = at
		}
		t.last, t.times = at, t.times+1
	}
	t.leftOut += int64(len(a.others))
	for _, w := range a.others {
		t.newest = max(t.newest, w.Start.Unix())
	}
}

// tellOfTwo tells whether a lone device cannot have sent a report. What was left out
// before may be here because its answer was lost.
func (t *twins) tellOfTwo(windows []report.Window, a *again, since time.Duration) bool {
	if len(windows) == report.MaxWindows || since < sameUpload {
		return false
	}
	ms, news := -a.knownMs, false
	for i := range windows {
		ms += windows[i].RunningMs()
	}
	for _, w := range a.others {
		if w.Start.Unix() > t.newest {
			news = true
		} else {
			ms -= w.RunningMs()
		}
	}
	return news && time.Duration(ms)*time.Millisecond > since+openWindow
}

// noteTwins notes what a report tells of windows that were there already. It must come
// before the device hears the report.
func (f *filing) noteTwins(p *posting) error {
	d := p.device
	if len(p.again.others) == 0 {
		return nil
	}
	var t twins
	err := f.tx.QueryRowContext(f.ctx, "SELECT first, last, times, left_out, newest FROM twins WHERE device = ?", d.ID).Scan(&t.first, &t.last, &t.times, &t.leftOut, &t.newest)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("cannot look whether device %d is two: %w", d.ID, err)
	}
	at, since := p.received.Unix(), time.Duration(0)
	if d.told.lastSeen.Valid {
		since = time.Duration(at-d.told.lastSeen.Int64) * time.Second
	}
	before := t.times
	t.hear(p.windows, &p.again, at, since)
	if before < registry.TwinsAfter && t.times >= registry.TwinsAfter {
		if err := f.foundTwo(d.ID, t); err != nil {
			return err
		}
	}
	_, err = f.tx.ExecContext(f.ctx, `INSERT INTO twins (device, first, last, times, left_out, newest) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (device) DO UPDATE SET first = excluded.first, last = excluded.last, times = excluded.times, left_out = excluded.left_out, newest = excluded.newest`,
		d.ID, t.first, t.last, t.times, t.leftOut, t.newest)
	if err != nil {
		return fmt.Errorf("cannot note whether device %d is two: %w", d.ID, err)
	}
	return nil
}

// foundTwo notes for the log that a device was found to be two.
func (f *filing) foundTwo(device int64, t twins) error {
	var name string
	if err := f.tx.QueryRowContext(f.ctx, "SELECT name FROM devices WHERE id = ?", device).Scan(&name); err != nil {
		return fmt.Errorf("cannot name device %d: %w", device, err)
	}
	if f.two == nil {
		f.two = map[string]registry.Twins{}
	}
	f.two[name] = registry.Twins{First: time.Unix(t.first, 0).UTC(), Last: time.Unix(t.last, 0).UTC(), Times: t.times, LeftOut: t.leftOut}
	return nil
}

// logTwins tells of the devices that a filing found to be two, once it is committed.
func (l *Ledger) logTwins(f *filing) {
	for name, two := range f.two {
		two.Log(l.log, name)
	}
}
