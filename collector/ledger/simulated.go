package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// Simulated are the past days and the last windows of one simulated device.
type Simulated struct {
	Device  Device
	Days    []footprint.DayFacts
	Hours   iter.Seq[footprint.HourFacts] // of these days; nil: not known
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
