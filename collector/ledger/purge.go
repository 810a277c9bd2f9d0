package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
)

// LateRetention is how long the ledger remembers where windows are missing among
// purged ones. A window that is later than that is answered as a repeat when its
// device has newer windows that were purged.
const LateRetention = 400 * 24 * time.Hour

// clockPatience is how far the collector's clock may be ahead of the newest window
// of the fleet before the purge no longer believes it.
const clockPatience = 24 * time.Hour

// Purge deletes the windows that are older than the retention, a device at a
// time so that intake never waits long, and returns how many. A window is old
// when it started and arrived before the cutoff, and nothing waits to send it on.
// The device remembers which time its purged windows cover: one that comes again is
// a repeat, and one that never came before still counts.
//
// A clock that jumped ahead deletes nothing that is needed: the retention counts
// back from now, or from a day after the newest window of any device when that is
// earlier.
func (l *Ledger) Purge(ctx context.Context, now time.Time) (windows int64, err error) {
	var newest sql.NullInt64
	const newestWindow = "SELECT max(last) FROM (SELECT (SELECT max(start) FROM windows WHERE device = devices.id) AS last FROM devices)"
	if err := l.store.Read.QueryRowContext(ctx, newestWindow).Scan(&newest); err != nil {
		return 0, fmt.Errorf("cannot find the newest window: %w", err)
	}
	if !newest.Valid {
		return 0, nil
	}
	believed := now
	if witnessed := time.Unix(newest.Int64, 0).Add(clockPatience); witnessed.Before(now) {
		believed = witnessed
	}
	// Most devices have none: to look at each in a transaction of its own would hold
	// intake back for minutes in a large fleet.
	const withOld = "SELECT id FROM devices WHERE EXISTS (SELECT 1 FROM windows WHERE device = devices.id AND start < ?)"
	devices, err := queryAll(ctx, l.store.Read, withOld, []any{believed.Add(-WindowRetention).Unix()}, func(rows *sql.Rows) (int64, error) {
		var id int64
		return id, rows.Scan(&id)
	})
	if err != nil {
		return 0, fmt.Errorf("cannot list devices to purge: %w", err)
	}
	for _, device := range devices {
		n, err := l.purgeDevice(ctx, device, believed, now)
		if err != nil {
			return windows, store.Explain(fmt.Errorf("cannot purge windows: %w", err))
		}
		windows += n
	}
	return windows, nil
}

func (l *Ledger) purgeDevice(ctx context.Context, device int64, believed, now time.Time) (deleted int64, err error) {
	// Only the run of old windows before the first one that must stay goes. All in
	// one transaction: a window that arrives meanwhile is not deleted with the others.
	// A window that arrived later than now came when the clock was ahead: its arrival
	// says nothing.
	const firstKept = `SELECT min(start) FROM windows WHERE device = ?1 AND (start >= ?2 OR received BETWEEN ?2 AND ?3
		OR EXISTS (SELECT 1 FROM outbox WHERE outbox.device = ?1 AND outbox.start = windows.start))`
	cutoff := believed.Add(-WindowRetention).Unix()
	err = store.InTx(ctx, l.store.Write, func(tx *sql.Tx) error {
		deleted = 0
		var keep sql.NullInt64
		if err := tx.QueryRowContext(ctx, firstKept, device, cutoff, now.Unix()).Scan(&keep); err != nil {
			return err
		}
		before := cutoff
		if keep.Valid {
			before = min(before, keep.Int64)
		}
		old, err := queryStretches(ctx, tx, "SELECT start, start + span_s FROM windows WHERE device = ? AND start < ? ORDER BY start", device, before)
		if err != nil || len(old) == 0 {
			return err
		}
		for _, table := range []string{"windows", "window_energy"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE device = ? AND start < ?", device, before); err != nil {
				return err
			}
		}
		deleted = int64(len(old))
		if err := cover(ctx, tx, device, old); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM purge_gaps WHERE device = ? AND until < ?", device, believed.Add(-LateRetention).Unix())
		return err
	})
	return deleted, err
}

// stretch is time in seconds since 1970, the end not included.
type stretch struct{ start, end int64 }

func queryStretches(ctx context.Context, db querier, query string, args ...any) ([]stretch, error) {
	return queryAll(ctx, db, query, args, func(rows *sql.Rows) (s stretch, err error) {
		return s, rows.Scan(&s.start, &s.end)
	})
}

// cover notes the time of purged windows, in the order of their start: purged_until
// is its last second, and the gaps are what none of them covers before.
func cover(ctx context.Context, tx *sql.Tx, device int64, purged []stretch) error {
	const addGap = "INSERT INTO purge_gaps (device, start, until) VALUES (?, ?, ?)"
	var until int64
	if err := tx.QueryRowContext(ctx, "SELECT purged_until FROM devices WHERE id = ?", device).Scan(&until); err != nil {
		return err
	}
	for _, w := range purged {
		if w.start > until+1 {
			if _, err := tx.ExecContext(ctx, addGap, device, until+1, w.start); err != nil {
				return err
			}
		}
		if w.start <= until { // it came late, into a gap
			gaps, err := queryStretches(ctx, tx, "SELECT start, until FROM purge_gaps WHERE device = ? AND start < ? AND until > ?", device, w.end, w.start)
			if err != nil {
				return err
			}
			for _, gap := range gaps {
				if _, err := tx.ExecContext(ctx, "DELETE FROM purge_gaps WHERE device = ? AND start = ?", device, gap.start); err != nil {
					return err
				}
				for _, left := range []stretch{{gap.start, w.start}, {w.end, gap.end}} {
					if left.start >= left.end {
						continue
					}
					if _, err := tx.ExecContext(ctx, addGap, device, left.start, left.end); err != nil {
						return err
					}
				}
			}
		}
		until = max(until, w.end-1)
	}
	_, err := tx.ExecContext(ctx, "UPDATE devices SET purged_until = ? WHERE id = ?", until, device)
	return err
}

// wasPurged tells a window of before purged_until that was counted from one that
// is missing among those that were.
func wasPurged(ctx context.Context, tx *sql.Tx, device, start int64) (bool, error) {
	var missing bool
	err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM purge_gaps WHERE device = ?1 AND start <= ?2 AND until > ?2)", device, start).Scan(&missing)
	return !missing, err
}
