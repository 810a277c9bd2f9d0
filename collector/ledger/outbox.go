package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger/pack"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/telemetry"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/report"
)

var _ telemetry.Outbox = (*Ledger)(nil)

// unsent are new windows of a report.
type unsent struct {
	device  int64
	windows int
	blob    []byte
}

var insertOutbox = kind{name: "outbox", width: 4, most: 64, before: "INSERT INTO outbox (device, windows, total_windows, total_b) VALUES ", row: marks(4)}

// sendOn lets new windows wait for the time series data base, in the order of arrival.
func (f *filing) sendOn(arrivals []arrival) {
	slices.SortFunc(arrivals, func(a, b arrival) int { return cmp.Compare(a.order, b.order) })
	var windows []report.Window
	for i := range arrivals {
		p := arrivals[i].posting
		if p.send && arrivals[i].isNew {
			windows = append(windows, *arrivals[i].window)
		}
		if last := i == len(arrivals)-1 || arrivals[i+1].posting != p; last && len(windows) > 0 {
			f.send = append(f.send, unsent{p.device.ID, len(windows), pack.Append(nil, windows)})
			windows = windows[:0]
		}
	}
}

func (f *filing) writeOutbox() error {
	if len(f.send) == 0 {
		return nil
	}
	// The totals run on, and Done takes away all up to a number.
	if err := store.InOrder(f.ctx, f.tx); err != nil {
		return err
	}
	var windows, bytes, first int64
	err := f.tx.QueryRowContext(f.ctx, "SELECT total_windows, total_b, (SELECT total_b FROM outbox ORDER BY id LIMIT 1) FROM outbox ORDER BY id DESC LIMIT 1").Scan(&windows, &bytes, &first)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	var args []any
	for _, u := range f.send {
		windows, bytes = windows+int64(u.windows), bytes+int64(len(u.blob))
		args = append(args, u.device, u.blob, windows, bytes)
	}
	f.send, f.outboxB = nil, bytes-first
	return f.exec(insertOutbox, args)
}

// An entry of the outbox is a window: its number is that of the row, and then its
// place in it. Days that are sent again as a whole have numbers beyond those of rows,
// which are good until the next call.
const (
	perRow   = 1 << 7 // more than report.MaxWindows
	firstDay = 1 << 62
)

// given is a day whose windows Next has handed out.
type given struct {
	packKey
	since int64
	last  int64 // number of its last entry
}

const tagColumns = "owner.name, s.name, d.category, d.population, d.name"

// Next are the oldest windows that wait for the time series data base: those of the
// outbox, and when it is empty those of days that are sent again, which are not cut,
// so that there may be more than limit.
func (l *Ledger) Next(ctx context.Context, limit int) ([]telemetry.Entry, error) {
	entries, err := l.nextRows(ctx, limit)
	if err == nil && len(entries) == 0 {
		entries, err = l.nextDays(ctx, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the outbox: %w", err)
	}
	return entries, nil
}

func (l *Ledger) nextRows(ctx context.Context, limit int) (entries []telemetry.Entry, err error) {
	rows, err := l.store.Read.QueryContext(ctx, `SELECT o.id, o.sent, o.windows, `+tagColumns+` FROM outbox o
		JOIN devices d ON d.id = o.device JOIN sites s ON s.id = d.site JOIN organisations owner ON owner.id = s.organisation ORDER BY o.id LIMIT ?`, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for len(entries) < limit && rows.Next() {
		var id int64
		var sent int
		var blob []byte
		var e telemetry.Entry
		if err := rows.Scan(&id, &sent, &blob, &e.Organisation, &e.Site, &e.Category, &e.Population, &e.Device); err != nil {
			return nil, err
		}
		windows, err := pack.Decode(nil, blob)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", id, err)
		}
		for i := sent; i < len(windows) && len(entries) < limit; i++ {
			e.ID, e.Window = id*perRow+int64(i), windows[i]
			entries = append(entries, e)
		}
	}
	return entries, rows.Err()
}

func (l *Ledger) nextDays(ctx context.Context, limit int) (entries []telemetry.Entry, err error) {
	rows, err := l.store.Read.QueryContext(ctx, `SELECT u.day, u.site, u.device, u.since, w.windows, `+tagColumns+` FROM unsent_days u
		JOIN devices d ON d.id = u.device JOIN sites s ON s.id = u.site JOIN organisations owner ON owner.id = s.organisation
		JOIN device_windows w ON w.day = u.day AND w.site = u.site AND w.device = u.device
		ORDER BY u.day, u.site, u.device LIMIT ?`, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	l.sending.Lock()
	defer l.sending.Unlock()
	l.given = l.given[:0]
	for rows.Next() {
		var g given
		var day int64
		var blob []byte
		var e telemetry.Entry
		if err := rows.Scan(&day, &g.site, &g.device, &g.since, &blob, &e.Organisation, &e.Site, &e.Category, &e.Population, &e.Device); err != nil {
			return nil, err
		}
		g.day = calendar.Day(day)
		windows, err := unpack(nil, g.packKey, blob)
		if err != nil {
			return nil, err
		}
		if len(entries) > 0 && len(entries)+len(windows) > limit {
			break
		}
		for i := range windows {
			e.ID, e.Window = firstDay+int64(len(entries)), windows[i]
			entries = append(entries, e)
		}
		g.last = firstDay + int64(len(entries)) - 1
		l.given = append(l.given, g)
	}
	return entries, rows.Err()
}

// Done takes the windows up to an entry away: they have been accepted.
func (l *Ledger) Done(ctx context.Context, upTo int64) error {
	err := store.InTx(ctx, l.store.Write, func(tx *sql.Tx) error {
		if upTo >= firstDay {
			return l.doneDays(ctx, tx, upTo)
		}
		return doneRows(ctx, tx, upTo/perRow, int(upTo%perRow)+1)
	})
	if err != nil {
		return store.Explain(fmt.Errorf("cannot empty the outbox: %w", err))
	}
	return nil
}

func doneRows(ctx context.Context, tx *sql.Tx, row int64, sent int) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM outbox WHERE id < ?", row); err != nil {
		return err
	}
	var blob []byte
	err := tx.QueryRowContext(ctx, "SELECT windows FROM outbox WHERE id = ?", row).Scan(&blob)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if n, err := pack.Count(blob); err != nil || n > sent {
		_, updated := tx.ExecContext(ctx, "UPDATE outbox SET sent = ? WHERE id = ?", sent, row)
		return errors.Join(err, updated)
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM outbox WHERE id = ?", row)
	return err
}

// doneDays takes days away, but those that windows were added to meanwhile.
func (l *Ledger) doneDays(ctx context.Context, tx *sql.Tx, upTo int64) error {
	l.sending.Lock()
	defer l.sending.Unlock()
	for _, g := range l.given {
		if g.last > upTo {
			continue
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM unsent_days WHERE day = ? AND site = ? AND device = ? AND since = ?", int64(g.day), g.site, g.device, g.since)
		if err != nil {
			return err
		}
	}
	return nil
}

// Waiting is how many windows wait in the outbox.
func (l *Ledger) Waiting(ctx context.Context) (int64, error) {
	windows, _, err := l.outboxSize(ctx)
	return windows, err
}

// outboxSize is how many windows and bytes wait, from the totals of the first and the
// last row.
func (l *Ledger) outboxSize(ctx context.Context) (windows, bytes int64, err error) {
	type end struct {
		windows, bytes, sent int64
		blob                 []byte
	}
	read := func(order string) ([]end, error) {
		return queryAll(ctx, l.store.Read, "SELECT total_windows, total_b, sent, windows FROM outbox ORDER BY id "+order+" LIMIT 1", nil, func(rows *sql.Rows) (e end, err error) {
			return e, rows.Scan(&e.windows, &e.bytes, &e.sent, &e.blob)
		})
	}
	last, err := read("DESC")
	if err != nil || len(last) == 0 {
		return 0, 0, err
	}
	first, err := read("ASC")
	if err != nil || len(first) == 0 {
		return 0, 0, err
	}
	n, err := pack.Count(first[0].blob)
	if err != nil {
		return 0, 0, err
	}
	return last[0].windows - first[0].windows + int64(n) - first[0].sent, last[0].bytes - first[0].bytes + int64(len(first[0].blob)), nil
}

// shorten makes of the oldest rows of the outbox days that are sent again as a whole,
// until it is a tenth shorter than it may be: the newest windows are sent first then,
// and no window within the retention is lost.
func (l *Ledger) shorten(ctx context.Context) error {
	if l.outboxB <= l.outboxLimitB {
		return nil
	}
	now, err := l.LatestReport(ctx) // by the collector's clock, as all that is kept
	if err != nil {
		return err
	}
	for limit := l.outboxLimitB; ; limit = l.outboxLimitB * 9 / 10 {
		if _, l.outboxB, err = l.outboxSize(ctx); err != nil || l.outboxB <= limit {
			return err
		}
		err = store.InTx(ctx, l.store.Write, func(tx *sql.Tx) error { return shortenSome(ctx, tx, now) })
		if err != nil {
			return store.Explain(fmt.Errorf("cannot shorten the outbox: %w", err))
		}
	}
}

func shortenSome(ctx context.Context, tx *sql.Tx, now time.Time) error {
	type row struct {
		id   int64
		at   place
		blob []byte
	}
	rows, err := queryAll(ctx, tx, "SELECT o.id, d.site, o.device, o.windows FROM outbox o JOIN devices d ON d.id = o.device ORDER BY o.id LIMIT 500", nil, func(rows *sql.Rows) (r row, err error) {
		return r, rows.Scan(&r.id, &r.at.site, &r.at.device, &r.blob)
	})
	if err != nil || len(rows) == 0 {
		return err
	}
	for _, r := range rows {
		windows, err := pack.Decode(nil, r.blob)
		if err != nil {
			return fmt.Errorf("row %d: %w", r.id, err)
		}
		var noted calendar.Day = -1
		for i := range windows {
			day := utcDay(windows[i].Start.Unix())
			if day == noted {
				continue
			}
			noted = day
			// A day that is being sent at this moment must not be taken for sent: since changes.
			_, err := tx.ExecContext(ctx, `INSERT INTO unsent_days (day, site, device, since) VALUES (?, ?, ?, ?) ON CONFLICT (day, site, device)
				DO UPDATE SET since = CASE WHEN excluded.since > unsent_days.since THEN excluded.since ELSE unsent_days.since + 1 END`, int64(day), r.at.site, r.at.device, now.Unix())
			if err != nil {
				return err
			}
		}
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM outbox WHERE id <= ?", rows[len(rows)-1].id)
	return err
}
