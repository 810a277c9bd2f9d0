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
		f := newFiling(ctx, tx, l.kept, l.where)
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
			if err := f.past(p, now); err != nil {
				return err
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
