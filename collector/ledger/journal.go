package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger/pack"
	"github.com/ecoparc/ecoparc/collector/store"
)

// journal is what is known in memory of the reports in the table of this name: whose
// they are. It only saves looking: what is not there any more, because an act of
// administration posted it, is not posted again.
type journal struct {
	mu      sync.Mutex // for those who only ask
	loaded  bool
	devices map[int64]*unposted
	reports int
	oldest  time.Time // when the oldest of them came, or one before it
}

// unposted are the reports of a device in the journal.
type unposted struct {
	place
	newest int64 // start of the newest window
	ids    []int64
}

func (j *journal) add(at place, id, newest int64, received time.Time) {
	u := j.devices[at.device]
	if u == nil {
		u = &unposted{place: at}
		j.devices[at.device] = u
	}
	u.newest, u.ids = max(u.newest, newest), append(u.ids, id)
	if j.reports == 0 || received.Before(j.oldest) {
		j.oldest = received
	}
	j.reports++
}

// take forgets the reports of a device.
func (j *journal) take(device int64) {
	if u := j.devices[device]; u != nil {
		j.reports -= len(u.ids)
		delete(j.devices, device)
	}
}

// newest is the start of the newest window that is known of a device.
func (j *journal) newest(d *known) int64 {
	if u := j.devices[d.ID]; u != nil {
		return max(u.newest, d.told.newest)
	}
	return d.told.newest
}

// inOrder are all devices with reports, in the order of the keys that posting writes.
func (j *journal) inOrder() []place {
	all := make([]place, 0, len(j.devices))
	for _, u := range j.devices {
		all = append(all, u.place)
	}
	slices.SortFunc(all, func(a, b place) int { return cmp.Or(cmp.Compare(a.site, b.site), cmp.Compare(a.device, b.device)) })
	return all
}

// load reads what an earlier process left.
func (j *journal) load(ctx context.Context, db store.Querier) error {
	if j.loaded {
		return nil
	}
	type row struct {
		id, newest, received int64
		at                   place
	}
	rows, err := queryAll(ctx, db, "SELECT j.id, j.device, d.site, j.newest, j.received FROM journal j JOIN devices d ON d.id = j.device ORDER BY j.id", nil, func(rows *sql.Rows) (r row, err error) {
		return r, rows.Scan(&r.id, &r.at.device, &r.at.site, &r.newest, &r.received)
	})
	if err != nil {
		return fmt.Errorf("cannot read the journal: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.devices = make(map[int64]*unposted, len(rows))
	for _, r := range rows {
		j.add(r.at, r.id, r.newest, time.Unix(r.received, 0).UTC())
	}
	j.loaded = true
	return nil
}

// Unposted is how many reports were acknowledged and are in no sum yet, and until
// when all reports that came are; the zero time without such reports.
func (l *Ledger) Unposted() (reports int, since time.Time) {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	if l.journal.reports == 0 {
		return 0, time.Time{}
	}
	return l.journal.reports, l.journal.oldest
}

var (
	insertJournal = kind{name: "journal", width: 7, most: 64, before: "INSERT INTO journal (device, received, agent, dropped_windows, newest, send, windows) VALUES ", row: marks(7), after: " RETURNING id, device"}
	selectJournal = kind{name: "read journal", width: 1, most: 64, before: "SELECT id, device, received, agent, dropped_windows, send, windows FROM journal WHERE id IN (", row: "?", after: ") ORDER BY id /*! FOR UPDATE */"}
	deleteJournal = kind{name: "delete journal", width: 1, most: 64, before: "DELETE FROM journal WHERE id IN (", row: "?", after: ")"}
)

// journalled is a report on its way into the journal.
type journalled struct {
	from   *submission
	at     place
	newest int64
	id     int64 // once it is there
}

// write writes reports into the journal.
func (f *filing) writeJournal(all []*journalled, send bool) error {
	args := make([]any, 0, len(all)*insertJournal.width)
	of := make(map[int64][]*journalled, len(all))
	for _, j := range all {
		s := j.from
		args = append(args, j.at.device, s.now.Unix(), s.report.Agent, s.report.DroppedWindows, j.newest, asInteger(send), s.packed)
		of[j.at.device] = append(of[j.at.device], j)
	}
	err := f.eachRow(insertJournal, args, func(scan store.Scan) error { // in any order
		var id, device int64
		if err := scan(&id, &device); err != nil {
			return err
		}
		mine := of[device]
		if len(mine) == 0 {
			return fmt.Errorf("row %d is of device %d, which sent nothing", id, device)
		}
		mine[0].id, of[device] = id, mine[1:]
		return nil
	})
	if err != nil {
		return fmt.Errorf("cannot write the journal: %w", err)
	}
	return nil
}

// postJournal posts rows of the journal, those that are still there, and other reports
// after them, in one transaction.
func (f *filing) postJournal(ids []int64, others []posting) ([]posting, error) {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	var all []posting
	var devices []int64
	err := f.eachRow(selectJournal, args, func(scan store.Scan) error {
		var id, device, received int64
		var p posting
		var blob sql.RawBytes
		err := scan(&id, &device, &received, &p.agent, &p.dropped, &p.send, &blob)
		if err != nil {
			return err
		}
		if p.windows, err = pack.Decode(nil, blob); err != nil {
			return fmt.Errorf("row %d of the journal, of device %d: %w", id, device, err)
		}
		p.received = time.Unix(received, 0).UTC()
		all, devices = append(all, p), append(devices, device)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read the journal: %w", err)
	}
	if err := f.lookUp(slices.Clone(devices)); err != nil {
		return nil, err
	}
	for i, device := range devices {
		if all[i].device = f.known[device]; all[i].device == nil {
			return nil, fmt.Errorf("the journal has a report of device %d, which is gone", device)
		}
	}
	posted := len(all)
	all = append(all, others...)
	if err := f.post(all); err != nil {
		return nil, err
	}
	if err := f.exec(deleteJournal, args); err != nil {
		return nil, fmt.Errorf("cannot shorten the journal: %w", err)
	}
	return all[posted:], nil
}

// Settle posts what waits in the journal of some devices, in the transaction of an act
// that changes them: what the ledger tells of them is then all that it knows. Days are
// those of where.
func Settle(ctx context.Context, tx *sql.Tx, where *time.Location, devices ...int64) error {
	f := newFiling(ctx, tx, nil, where)
	if err := f.lookUp(slices.Clone(devices)); err != nil { // where several collectors write, their reports wait
		return err
	}
	condition, args := in("device", devices)
	ids, err := queryAll(ctx, tx, "SELECT id FROM journal WHERE "+condition+" ORDER BY id", args, func(rows *sql.Rows) (id int64, err error) {
		return id, rows.Scan(&id)
	})
	if err == nil && len(ids) > 0 {
		_, err = f.postJournal(ids, nil)
	}
	if err != nil {
		return fmt.Errorf("cannot post the journal of devices %v: %w", devices, err)
	}
	return nil
}

// Unsettled are the devices that have reports in the journal.
func Unsettled(ctx context.Context, tx *sql.Tx) (map[int64]bool, error) {
	devices, err := queryAll(ctx, tx, "SELECT DISTINCT device FROM journal", nil, func(rows *sql.Rows) (id int64, err error) {
		return id, rows.Scan(&id)
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read the journal: %w", err)
	}
	all := make(map[int64]bool, len(devices))
	for _, id := range devices {
		all[id] = true
	}
	return all, nil
}
