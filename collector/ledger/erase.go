package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// Kept is all that is kept of a device.
type Kept struct {
	Exported time.Time           `json:"exported"`
	Site     string              `json:"site"`
	Device   map[string]any      `json:"device"` // its columns; of the secret there is only a hash
	Days     []KeptDay           `json:"days"`
	Windows  []report.Window     `json:"windows"`
	Others   map[string][]keptAs `json:"others"` // what else names it, by table
}

type keptAs = map[string]any

// KeptDay are the sums of a device and a local day.
type KeptDay struct {
	Day   string          `json:"day"`
	Facts footprint.Facts `json:"facts"`
}

// Export gathers all that is kept of a device, by the name that its agent and the
// pages use. registry.ErrNotFound says that there is none.
func Export(ctx context.Context, s *store.Store, name string, now time.Time) (*Kept, error) {
	k := &Kept{Exported: now.UTC(), Days: []KeptDay{}, Windows: []report.Window{}, Others: map[string][]keptAs{}}
	err := store.InTx(ctx, s.Read, func(tx *sql.Tx) error {
		id, err := deviceID(ctx, tx, name)
		if err != nil {
			return err
		}
		device, err := queryMaps(ctx, tx, "SELECT * FROM devices WHERE id = ?", id)
		if err != nil {
			return err
		}
		k.Device = device[0]
		if inventory, ok := k.Device["inventory"].(string); ok && json.Valid([]byte(inventory)) {
			k.Device["inventory"] = json.RawMessage(inventory)
		}
		if err := tx.QueryRowContext(ctx, "SELECT s.name FROM sites s JOIN devices d ON d.site = s.id WHERE d.id = ?", id).Scan(&k.Site); err != nil {
			return err
		}
		days, err := queryDays(ctx, tx, "SELECT day, "+factColumns+" FROM device_days WHERE device = ? ORDER BY day", id)
		if err != nil {
			return err
		}
		for _, d := range days {
			k.Days = append(k.Days, KeptDay{d.Day.String(), d.Facts})
		}
		windows, err := readWindows(ctx, tx, id, time.Unix(0, 0), endOfTime)
		if err != nil {
			return err
		}
		k.Windows = append(k.Windows, windows...)
		return k.others(ctx, tx, id)
	})
	if err != nil {
		return nil, fmt.Errorf("cannot export device %q: %w", name, store.Explain(err))
	}
	return k, nil
}

// others gathers the rows of tables that Export has not read in a form of its own.
func (k *Kept) others(ctx context.Context, tx *sql.Tx, id int64) error {
	named, err := namingDevices(ctx, tx)
	if err != nil {
		return err
	}
	for _, n := range named {
		if n.table == "device_days" || n.table == "windows" || n.table == "window_energy" {
			continue
		}
		rows, err := queryMaps(ctx, tx, fmt.Sprintf("SELECT * FROM %q WHERE %q = ?", n.table, n.column), id)
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			k.Others[n.table] = append(k.Others[n.table], rows...)
		}
	}
	return nil
}

// Erased tells what was erased of a device.
type Erased struct {
	Days, Windows int64
	Waiting       int64 // of the windows, in the outbox
}

// Erase forgets a device: who it was, its inventory, windows and days. What its site
// adds up to stays: the sums of its days are added to those of all erased devices of
// its site, product and population, and that one such device was in service from when
// to when is kept without a name. registry.ErrNotFound says that there is none.
//
// Backups, and a time series data base that windows were sent on to, still hold
// what they were given.
func Erase(ctx context.Context, s *store.Store, name string, now time.Time) (e Erased, err error) {
	// What is deleted is written over in the file, not only forgotten.
	if _, err := s.Write.ExecContext(ctx, "PRAGMA secure_delete = ON"); err != nil {
		return Erased{}, store.Explain(err)
	}
	err = store.InTx(ctx, s.Write, func(tx *sql.Tx) error {
		e = Erased{}
		id, err := deviceID(ctx, tx, name)
		if err != nil {
			return err
		}
		var site int64
		if err := tx.QueryRowContext(ctx, "SELECT site FROM devices WHERE id = ?", id).Scan(&site); err != nil {
			return err
		}
		if err := remainder(ctx, tx, id, now); err != nil {
			return err
		}
		named, err := namingDevices(ctx, tx)
		if err != nil {
			return err
		}
		for _, n := range named {
			result, err := tx.ExecContext(ctx, fmt.Sprintf("DELETE FROM %q WHERE %q = ?", n.table, n.column), id)
			if err != nil {
				return err
			}
			rows, err := result.RowsAffected()
			if err != nil {
				return err
			}
			switch n.table {
			case "device_days":
				e.Days = rows
			case "windows":
				e.Windows = rows
			case "outbox":
				e.Waiting = rows
			}
		}
		if _, err = tx.ExecContext(ctx, "DELETE FROM devices WHERE id = ?", id); err != nil {
			return err
		}
		return audit.Write(ctx, tx, "device erase", fmt.Sprint("site ", site), "a device") // which one is forgotten here too
	})
	if err != nil {
		return Erased{}, fmt.Errorf("cannot erase device %q: %w", name, store.Explain(err))
	}
	// The log of changes holds the old pages until it is written back; a reader that
	// stands in the way delays that, and the next commits do it.
	_, _ = s.Write.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return e, nil
}

// remainder keeps what the totals of the site need of a device.
func remainder(ctx context.Context, tx *sql.Tx, id int64, now time.Time) error {
	sums := make([]string, len(footprint.FactNames))
	for i, name := range footprint.FactNames {
		sums[i] = fmt.Sprintf("%[1]s = %[1]s + excluded.%[1]s", name)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO erased_days (site, day, product, population, `+factColumns+`)
		SELECT d.site, x.day, d.product, d.population, `+factColumns+` FROM device_days x JOIN devices d ON d.id = x.device WHERE d.id = ?
		ON CONFLICT (site, day, product, population) DO UPDATE SET `+strings.Join(sums, ", "), id)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO erased_devices (site, product, population, in_service, retired, acquisition)
		SELECT site, product, population, in_service, coalesce(retired, ?), acquisition FROM devices WHERE id = ?`, now.Unix(), id)
	return err
}

func deviceID(ctx context.Context, tx *sql.Tx, name string) (id int64, err error) {
	err = tx.QueryRowContext(ctx, "SELECT id FROM devices WHERE name = ?", name).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("there is no device of this name: %w", registry.ErrNotFound)
	}
	return id, err
}

// tableColumn is a column that holds numbers of devices.
type tableColumn struct{ table, column string }

// namingDevices finds all columns that hold numbers of devices, so that a table
// that is added to the schema later is exported and erased as well: those called
// device, and those that refer to it by another name.
func namingDevices(ctx context.Context, tx *sql.Tx) ([]tableColumn, error) {
	return queryAll(ctx, tx, `SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name <> 'devices' AND (c.name = 'device' OR EXISTS
			(SELECT 1 FROM pragma_foreign_key_list(t.name) f WHERE f."table" = 'devices' AND f."from" = c.name))
		ORDER BY t.name`, nil, func(rows *sql.Rows) (n tableColumn, err error) {
		return n, rows.Scan(&n.table, &n.column)
	})
}

// queryMaps reads rows as they are.
func queryMaps(ctx context.Context, db querier, query string, args ...any) ([]keptAs, error) {
	return queryAll(ctx, db, query, args, func(rows *sql.Rows) (keptAs, error) {
		columns, err := rows.Columns()
		if err != nil {
			return nil, err
		}
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		err = rows.Scan(into...)
		row := keptAs{}
		for i, column := range columns {
			row[column] = values[i]
		}
		return row, err
	})
}
