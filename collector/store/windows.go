package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger/pack"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/report"
)

// finish is the part of a migration that SQL cannot do, in its transaction.
func finish(ctx context.Context, tx *sql.Tx, name string) error {
	if name == "migrations/0007_posting.sql" {
		return packWindows(ctx, tx)
	}
	return nil
}

// packWindows packs the rows of windows and window_energy, a device at a time, and
// makes of purge_gaps and devices.purged_until what is remembered of purged windows.
// Holes among windows that were purged are not carried over: a window that comes for
// one of them is taken for a repeat.
func packWindows(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, "SELECT id, site, purged_until FROM devices ORDER BY id")
	if err != nil {
		return err
	}
	var all []deviceBefore
	for rows.Next() {
		var d deviceBefore
		if err := rows.Scan(&d.id, &d.site, &d.purgedUntil); err != nil {
			return errors.Join(err, rows.Close())
		}
		all = append(all, d)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, d := range all {
		if err := d.pack(ctx, tx); err != nil {
			return err
		}
	}
	if err := packOutbox(ctx, tx); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DROP TABLE windows; DROP TABLE window_energy; DROP TABLE outbox_before; DROP TABLE purge_gaps; DROP TABLE device_days_before;
		ALTER TABLE devices DROP COLUMN purged_until`)
	return err
}

// deviceBefore is a device as the migration finds it.
type deviceBefore struct{ id, site, purgedUntil int64 }

const secondsPerDay = 86_400

func (d deviceBefore) pack(ctx context.Context, tx *sql.Tx) error {
	windows, err := d.windows(ctx, tx, "1 ORDER BY start")
	if err != nil {
		return err
	}
	newest := d.purgedUntil
	for from := 0; from < len(windows); {
		day, to := windows[from].Start.Unix()/secondsPerDay, from
		for to < len(windows) && windows[to].Start.Unix()/secondsPerDay == day {
			to++
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO device_windows (day, site, device, windows) VALUES (?, ?, ?, ?)", day, d.site, d.id, pack.Append(nil, windows[from:to]))
		if err != nil {
			return err
		}
		newest, from = max(newest, windows[to-1].Start.Unix()), to
	}
	if _, err := tx.ExecContext(ctx, "UPDATE devices SET newest_window = ? WHERE id = ?", newest, d.id); err != nil || d.purgedUntil == 0 {
		return err
	}
	return d.remember(ctx, tx, windows)
}

// remember writes down that whatever starts up to purgedUntil was counted. The first
// schemas did not note when the last of these windows ended.
func (d deviceBefore) remember(ctx context.Context, tx *sql.Tx, windows []report.Window) error {
	end := d.purgedUntil + int64(report.MaxAway/time.Second)
	if len(windows) > 0 {
		end = max(d.purgedUntil+1, windows[0].Start.Unix())
	}
	last := calendar.Day(d.purgedUntil / secondsPerDay).Month()
	var first sql.NullInt64
	if err := tx.QueryRowContext(ctx, "SELECT min(day) FROM device_days_before WHERE device = ?", d.id).Scan(&first); err != nil {
		return err
	}
	month := last
	if first.Valid {
		month = min(month, (calendar.Day(first.Int64) - 1).Month()) // local midnight may be in the month before
	}
	for ; month < last; month = (month + 31).Month() {
		if _, err := tx.ExecContext(ctx, "INSERT INTO forgotten_starts (month, site, device, until) VALUES (?, ?, ?, ?)", int64(month), d.site, d.id, end); err != nil {
			return err
		}
	}
	starts := pack.Starts{Before: d.purgedUntil + 1, End: end}
	_, err := tx.ExecContext(ctx, "INSERT INTO device_starts (month, site, device, starts) VALUES (?, ?, ?, ?)", int64(last), d.site, d.id, starts.Append(nil))
	return err
}

// windows reads windows of before that a condition picks.
func (d deviceBefore) windows(ctx context.Context, tx *sql.Tx, condition string, args ...any) ([]report.Window, error) {
	rows, err := tx.QueryContext(ctx, `SELECT start, span_s, off_ms, suspended_ms, load0_ms, load1_ms, load2_ms, load3_ms, load4_ms,
		cpu_busy_ms, cpu_capacity_ms, mem_used_mib, net_rx_b, net_tx_b, disk_read_b, disk_write_b, agent_cpu_ms, agent_tx_b
		FROM windows WHERE device = ? AND `+condition, append([]any{d.id}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var windows []report.Window
	for rows.Next() {
		var w report.Window
		var start int64
		err := rows.Scan(&start, &w.SpanS, &w.OffMs, &w.SuspendedMs, &w.LoadMs[0], &w.LoadMs[1], &w.LoadMs[2], &w.LoadMs[3], &w.LoadMs[4],
			&w.CPUBusyMs, &w.CPUCapacityMs, &w.MemUsedMiB, &w.NetRxB, &w.NetTxB, &w.DiskReadB, &w.DiskWriteB, &w.AgentCPUMs, &w.AgentTxB)
		if err != nil {
			return nil, err
		}
		w.Start = time.Unix(start, 0).UTC()
		windows = append(windows, w)
	}
	if err := rows.Err(); err != nil || len(windows) == 0 {
		return nil, err
	}
	return windows, d.readings(ctx, tx, windows)
}

// readings adds the meter readings of windows that lie in order.
func (d deviceBefore) readings(ctx context.Context, tx *sql.Tx, windows []report.Window) error {
	rows, err := tx.QueryContext(ctx, "SELECT start, source, boundary, energy_uj, covered_ms FROM window_energy WHERE device = ? AND start BETWEEN ? AND ? ORDER BY start, source",
		d.id, windows[0].Start.Unix(), windows[len(windows)-1].Start.Unix())
	if err != nil {
		return err
	}
	defer rows.Close()
	i := 0
	for rows.Next() {
		var start int64
		var e report.Reading
		if err := rows.Scan(&start, &e.Source, &e.Boundary, &e.EnergyUJ, &e.CoveredMs); err != nil {
			return err
		}
		for i < len(windows)-1 && windows[i].Start.Unix() < start {
			i++
		}
		if windows[i].Start.Unix() == start {
			windows[i].Energy = append(windows[i].Energy, e)
		}
	}
	return rows.Err()
}

// packOutbox packs the windows that wait to be sent on, each alone, in their order.
func packOutbox(ctx context.Context, tx *sql.Tx) error {
	const someRows = 1000 // at once in memory
	type waiting struct{ id, device, start int64 }
	var windowsSoFar, bytesSoFar int
	for after := int64(0); ; {
		rows, err := tx.QueryContext(ctx, "SELECT id, device, start FROM outbox_before WHERE id > ? ORDER BY id LIMIT ?", after, someRows)
		if err != nil {
			return err
		}
		var some []waiting
		for rows.Next() {
			var w waiting
			if err := rows.Scan(&w.id, &w.device, &w.start); err != nil {
				return errors.Join(err, rows.Close())
			}
			some = append(some, w)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(some) == 0 {
			return err
		}
		for _, w := range some {
			windows, err := deviceBefore{id: w.device}.windows(ctx, tx, "start = ?", w.start)
			if err != nil {
				return err
			}
			if len(windows) == 0 {
				continue
			}
			blob := pack.Append(nil, windows)
			windowsSoFar, bytesSoFar = windowsSoFar+len(windows), bytesSoFar+len(blob)
			_, err = tx.ExecContext(ctx, "INSERT INTO outbox (device, windows, total_windows, total_b) VALUES (?, ?, ?, ?)", w.device, blob, windowsSoFar, bytesSoFar)
			if err != nil {
				return err
			}
		}
		after = some[len(some)-1].id
	}
}
