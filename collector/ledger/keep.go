package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/telemetry"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// Purge deletes the windows that are older than the retention, a device at a
// time so that intake never waits long. A window is old when it started and
// arrived before the cutoff, and nothing waits to send it on. The device
// remembers how far its windows were purged: one that comes again is a repeat.
func (l *Ledger) Purge(ctx context.Context, now time.Time) (windows int64, err error) {
	cutoff := now.Add(-WindowRetention).Unix()
	devices, err := queryAll(ctx, l.store.Read, "SELECT id FROM devices", nil, func(rows *sql.Rows) (int64, error) {
		var id int64
		return id, rows.Scan(&id)
	})
	if err != nil {
		return 0, fmt.Errorf("cannot list devices to purge: %w", err)
	}
	for _, device := range devices {
		n, err := l.purgeDevice(ctx, device, cutoff)
		if err != nil {
			return windows, store.Explain(fmt.Errorf("cannot purge windows: %w", err))
		}
		windows += n
	}
	return windows, nil
}

func (l *Ledger) purgeDevice(ctx context.Context, device, cutoff int64) (deleted int64, err error) {
	// Only the run of old windows before the first one that must stay goes, so
	// that purged_until never hides a window that was not counted. All in one
	// transaction: a window that arrives meanwhile is not deleted with the others.
	var keep, last sql.NullInt64
	const firstKept = `SELECT min(start) FROM windows WHERE device = ?1 AND (start >= ?2 OR received >= ?2
		OR EXISTS (SELECT 1 FROM outbox WHERE outbox.device = ?1 AND outbox.start = windows.start))`
	err = store.InTx(ctx, l.store.Write, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, firstKept, device, cutoff).Scan(&keep); err != nil {
			return err
		}
		before := cutoff
		if keep.Valid {
			before = min(before, keep.Int64)
		}
		err := tx.QueryRowContext(ctx, "SELECT max(start) FROM windows WHERE device = ? AND start < ?", device, before).Scan(&last)
		if err != nil || !last.Valid {
			return err
		}
		result, err := tx.ExecContext(ctx, "DELETE FROM windows WHERE device = ? AND start <= ?", device, last.Int64)
		if err != nil {
			return err
		}
		if deleted, err = result.RowsAffected(); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM window_energy WHERE device = ? AND start <= ?", device, last.Int64); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE devices SET purged_until = max(purged_until, ?) WHERE id = ?", last.Int64, device)
		return err
	})
	return deleted, err
}

// Simulated are the past days and the last windows of one simulated device.
type Simulated struct {
	Device  Device
	Days    []footprint.DayFacts
	Windows []report.Window
}

// AddSimulated files the past of simulated devices through the same code as
// reports. It refuses a device of an organisation that is not simulated.
func (l *Ledger) AddSimulated(ctx context.Context, past []Simulated, now time.Time) error {
	err := store.InTx(ctx, l.store.Write, func(tx *sql.Tx) error {
		f, err := newFiling(ctx, tx, l.where, false)
		if err != nil {
			return err
		}
		for _, p := range past {
			var simulated bool
			err := tx.QueryRowContext(ctx, `SELECT simulated FROM organisations JOIN sites ON organisation = organisations.id
				JOIN devices ON site = sites.id WHERE devices.id = ? AND sites.id = ?`, p.Device.ID, p.Device.Site).Scan(&simulated)
			switch {
			case errors.Is(err, sql.ErrNoRows):
				return fmt.Errorf("there is no device %d at site %d", p.Device.ID, p.Device.Site)
			case err != nil:
				return err
			case !simulated:
				return fmt.Errorf("site %d belongs to a real organisation: simulated data stays out of it", p.Device.Site)
			}
			for _, day := range p.Days {
				f.add(p.Device, day)
			}
			for i := range p.Windows {
				if _, err := f.file(p.Device, &p.Windows[i], now, 0); err != nil {
					return err
				}
			}
		}
		return f.close()
	})
	if err != nil {
		return store.Explain(fmt.Errorf("cannot file simulated devices: %w", err))
	}
	return nil
}

// Next are the oldest windows that wait for the time series data base.
func (l *Ledger) Next(ctx context.Context, limit int) ([]telemetry.Entry, error) {
	const query = `SELECT o.id, s.name, d.category, d.population, d.name, o.device, o.start FROM outbox o
		JOIN devices d ON d.id = o.device JOIN sites s ON s.id = d.site ORDER BY o.id LIMIT ?`
	type waiting struct {
		entry  telemetry.Entry
		device int64
		start  int64
	}
	all, err := queryAll(ctx, l.store.Read, query, []any{limit}, func(rows *sql.Rows) (w waiting, err error) {
		err = rows.Scan(&w.entry.ID, &w.entry.Site, &w.entry.Category, &w.entry.Population, &w.entry.Device, &w.device, &w.start)
		return w, err
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read the outbox: %w", err)
	}
	entries := make([]telemetry.Entry, 0, len(all))
	for _, w := range all {
		at := time.Unix(w.start, 0)
		windows, err := l.Windows(ctx, w.device, at, at.Add(time.Second))
		if err != nil {
			return nil, fmt.Errorf("cannot read a window of the outbox: %w", err)
		}
		if len(windows) == 1 {
			w.entry.Window = windows[0]
			entries = append(entries, w.entry)
		}
	}
	return entries, nil
}

// Done takes the outbox's windows up to an id away: they have been accepted.
func (l *Ledger) Done(ctx context.Context, upTo int64) error {
	if _, err := l.store.Write.ExecContext(ctx, "DELETE FROM outbox WHERE id <= ?", upTo); err != nil {
		return store.Explain(fmt.Errorf("cannot empty the outbox: %w", err))
	}
	return nil
}

// Waiting is how many windows wait for the time series data base.
func (l *Ledger) Waiting(ctx context.Context) (n int64, err error) {
	err = l.store.Read.QueryRowContext(ctx, "SELECT count(*) FROM outbox").Scan(&n)
	return n, err
}

var _ telemetry.Outbox = (*Ledger)(nil)
