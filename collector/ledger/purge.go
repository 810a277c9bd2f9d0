package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger/pack"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/report"
)

// LateRetention is how long the ledger remembers the starts of purged windows. Of a
// month that is older, a window that comes is answered as a repeat when its device
// has told of that month before.
const LateRetention = 400 * 24 * time.Hour

// clockPatience is how far the collector's clock may be ahead of the newest window
// of the fleet before the purge no longer believes it.
const clockPatience = 24 * time.Hour

// purgeChunk is how many packs one transaction purges: intake never waits long.
const purgeChunk = 200

// Purge deletes the windows of days that ended before the retention, a few devices at
// a time, and returns how many. Of each device it remembers when they started: one
// that comes again is a repeat, and one that never came before still counts. Days that
// wait to be sent on as a whole are kept for the retention, from when they began to.
//
// A clock that jumped ahead deletes nothing that is needed: the retention counts
// back from now, or from a day after the newest day with windows of any device when
// that is earlier.
func (l *Ledger) Purge(ctx context.Context, now time.Time) (windows int64, err error) {
	newest, err := queryAll(ctx, l.store.Read, "SELECT max(day) FROM device_windows", nil, func(rows *sql.Rows) (day sql.NullInt64, err error) {
		return day, rows.Scan(&day)
	})
	if err != nil {
		return 0, fmt.Errorf("cannot find the newest window: %w", err)
	}
	if !newest[0].Valid {
		return 0, nil
	}
	if witnessed := time.Unix((newest[0].Int64+1)*secondsPerDay, 0).Add(clockPatience); witnessed.Before(now) {
		now = witnessed
	}
	days, err := distinctIn(ctx, l.store.Read, "device_windows", "day", calendar.Period{From: never, To: utcDay(now.Add(-WindowRetention).Unix())})
	if err != nil {
		return 0, fmt.Errorf("cannot list days to purge: %w", err)
	}
	for _, day := range days {
		n, err := l.purgeDay(ctx, day, now)
		windows += n
		if err != nil {
			return windows, store.Explain(fmt.Errorf("cannot purge the windows of %s: %w", day, err))
		}
	}
	if err := l.forget(ctx, utcDay(now.Add(-LateRetention).Unix()).Month()); err != nil {
		return windows, store.Explain(fmt.Errorf("cannot forget old windows: %w", err))
	}
	return windows, nil
}

// packRow is a row of device_windows.
type packRow struct {
	packKey
	blob []byte
}

// purgeDay purges a day in the order of its keys.
func (l *Ledger) purgeDay(ctx context.Context, day calendar.Day, now time.Time) (windows int64, err error) {
	const some = `SELECT site, device FROM device_windows w WHERE day = ? AND (site > ? OR site = ? AND device > ?)
		AND NOT EXISTS (SELECT 1 FROM unsent_days u WHERE u.day = w.day AND u.site = w.site AND u.device = w.device AND u.since >= ?)
		ORDER BY site, device LIMIT ?`
	var last place
	for {
		var rows []packKey
		var deleted int64
		err = store.InTx(ctx, l.store.Write, func(tx *sql.Tx) error {
			rows, err = queryAll(ctx, tx, some, []any{int64(day), last.site, last.site, last.device, now.Add(-WindowRetention).Unix(), purgeChunk}, func(rows *sql.Rows) (k packKey, err error) {
				k.day = day
				return k, rows.Scan(&k.site, &k.device)
			})
			if err != nil {
				return err
			}
			deleted, err = newFiling(ctx, tx, l.kept, l.where).purgePacks(rows)
			return err
		})
		if err != nil {
			return windows, err
		}
		if windows += deleted; len(rows) < purgeChunk {
			return windows, nil
		}
		last = rows[len(rows)-1].place
	}
}

// purgePacks purges packs. Where several collectors write, reports of their devices
// wait meanwhile: a late window may be on its way into one.
func (f *filing) purgePacks(keys []packKey) (windows int64, err error) {
	var devices []int64
	for _, k := range keys {
		devices = append(devices, k.device)
	}
	if err := f.lookUp(devices); err != nil {
		return 0, err
	}
	packs, err := f.packs(keys)
	if err != nil {
		return 0, err
	}
	for _, k := range keys {
		blob, there := packs[k]
		if !there { // its device was erased meanwhile
			continue
		}
		n, err := f.purgePack(packRow{k, blob})
		if err != nil {
			return windows, err
		}
		windows += n
	}
	return windows, f.flushHours()
}

// purgePack keeps the starts of a pack's windows and deletes it.
func (f *filing) purgePack(r packRow) (windows int64, err error) {
	var all []report.Window
	if all, err = unpack(nil, r.packKey, r.blob); err != nil {
		return 0, err
	}
	if d := f.known[r.device]; d != nil {
		if err := f.keepHours(d.Device, all); err != nil {
			return 0, err
		}
	}
	starts, err := startsOf(f.ctx, f.tx, []calendar.Day{r.day.Month()}, r.place)
	if err != nil {
		return 0, err
	}
	remembered := starts[r.day.Month()]
	for i := range all {
		remembered.Add(all[i].Start.Unix(), all[i].End().Unix())
	}
	if err := f.remember(r.day.Month(), r.place, remembered); err != nil {
		return 0, err
	}
	for _, table := range []string{"device_windows", "unsent_days"} {
		if err := f.drop(table, "day", []calendar.Day{r.day}, r.place); err != nil {
			return 0, err
		}
	}
	return int64(len(all)), nil
}

// forget keeps of months before one only that they are forgotten, and when their
// windows ended.
func (l *Ledger) forget(ctx context.Context, before calendar.Day) error {
	months, err := distinctIn(ctx, l.store.Read, "device_starts", "month", calendar.Period{From: never, To: before})
	if err != nil {
		return err
	}
	for _, month := range months {
		for more := true; more; {
			err := store.InTx(ctx, l.store.Write, func(tx *sql.Tx) (err error) {
				more, err = forgetSome(ctx, tx, month)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func forgetSome(ctx context.Context, tx *sql.Tx, month calendar.Day) (more bool, err error) {
	rows, err := queryAll(ctx, tx, "SELECT site, device, starts FROM device_starts WHERE month = ? ORDER BY site, device LIMIT ?", []any{int64(month), purgeChunk}, func(rows *sql.Rows) (r packRow, err error) {
		return r, rows.Scan(&r.site, &r.device, &r.blob)
	})
	if err != nil {
		return false, err
	}
	f := newFiling(ctx, tx, nil, nil)
	for _, r := range rows {
		starts, err := pack.DecodeStarts(r.blob)
		if err != nil {
			return false, fmt.Errorf("purged windows of device %d in the month of %s: %w", r.device, month, err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO forgotten_starts (month, site, device, until) VALUES (?, ?, ?, ?)
			ON CONFLICT (month, site, device) DO UPDATE SET until = CASE WHEN excluded.until > forgotten_starts.until THEN excluded.until ELSE forgotten_starts.until END`,
			int64(month), r.site, r.device, starts.End)
		if err != nil {
			return false, err
		}
		if err := f.drop("device_starts", "month", []calendar.Day{month}, r.place); err != nil {
			return false, err
		}
	}
	return len(rows) == purgeChunk, nil
}
