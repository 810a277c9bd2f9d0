package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/ledger/pack"
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
	Unposted []report.Window     `json:"unposted"` // acknowledged, and in no sum yet
	Starts   []time.Time         `json:"starts"`   // of windows that are kept no longer
	Others   map[string][]keptAs `json:"others"`   // what else names it, by table
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
	k := &Kept{Exported: now.UTC(), Days: []KeptDay{}, Windows: []report.Window{}, Unposted: []report.Window{}, Starts: []time.Time{}, Others: map[string][]keptAs{}}
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
		if err := k.past(ctx, tx, id); err != nil {
			return err
		}
		return k.others(ctx, tx, id, s.Shared())
	})
	if err != nil {
		return nil, fmt.Errorf("cannot export device %q: %w", name, store.Explain(err))
	}
	return k, nil
}

// past gathers what the device reported.
func (k *Kept) past(ctx context.Context, tx *sql.Tx, id int64) error {
	p, err := placeOf(ctx, tx, id)
	if err != nil {
		return err
	}
	days, err := p.days(ctx, tx, allTime)
	if err != nil {
		return err
	}
	for _, d := range days {
		k.Days = append(k.Days, KeptDay{d.Day.String(), d.Facts})
	}
	windows, err := readWindows(ctx, tx, p, time.Unix(0, 0), endOfTime)
	if err != nil {
		return err
	}
	k.Windows = append(k.Windows, windows...)
	journalled, err := queryAll(ctx, tx, "SELECT windows FROM journal WHERE device = ? ORDER BY id", []any{id}, func(rows *sql.Rows) (blob []byte, err error) {
		return blob, rows.Scan(&blob)
	})
	if err != nil {
		return err
	}
	for _, blob := range journalled {
		if k.Unposted, err = pack.Decode(k.Unposted, blob); err != nil {
			return fmt.Errorf("its journal: %w", err)
		}
	}
	months, err := p.utcMonths(ctx, tx)
	if err != nil {
		return err
	}
	starts, err := startsOf(ctx, tx, months, p)
	if err != nil {
		return err
	}
	for _, month := range months {
		for _, at := range starts[month].At {
			k.Starts = append(k.Starts, time.Unix(at, 0).UTC())
		}
	}
	return nil
}

// others gathers the rows of tables that Export has not read in a form of its own.
func (k *Kept) others(ctx context.Context, tx *sql.Tx, id int64, shared bool) error {
	named, err := namingDevices(ctx, tx, shared)
	if err != nil {
		return err
	}
	for _, n := range named {
		if n.table == "journal" || isDeviceTable(n.table) {
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
	Waiting       int64 // reports of the outbox
}

// Erase forgets a device: who it was, its inventory, windows and days. What its site
// adds up to stays: the sums of its days are added to those of all erased devices of
// its site, product and population, and that one such device was in service from when
// to when, and which parts it was given, is kept without a name. registry.ErrNotFound says that there is none. Days
// are those of the territory where.
//
// Backups, and a time series data base that windows were sent on to, still hold
// what they were given.
func Erase(ctx context.Context, s *store.Store, where *time.Location, name string, now time.Time) (e Erased, err error) {
	if err := s.OverwriteDeleted(ctx); err != nil {
		return Erased{}, store.Explain(err)
	}
	err = store.InTx(ctx, s.Write, func(tx *sql.Tx) error {
		id, err := deviceID(ctx, tx, name)
		if err != nil {
			return err
		}
		if err := Settle(ctx, tx, where, id); err != nil {
			return err
		}
		p, err := placeOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if e, err = erase(ctx, tx, where, p, now, s.Shared()); err != nil {
			return err
		}
		return audit.Write(ctx, tx, "device erase", fmt.Sprint("site ", p.site), "a device") // which one is forgotten here too
	})
	if err != nil {
		return Erased{}, fmt.Errorf("cannot erase device %q: %w", name, store.Explain(err))
	}
	s.EmptyLog(ctx)
	return e, nil
}

func erase(ctx context.Context, tx *sql.Tx, where *time.Location, p place, now time.Time, shared bool) (e Erased, err error) {
	days, err := p.days(ctx, tx, allTime)
	if err != nil {
		return e, err
	}
	windows, err := readWindows(ctx, tx, p, time.Unix(0, 0), endOfTime)
	if err != nil {
		return e, err
	}
	e = Erased{Days: int64(len(days)), Windows: int64(len(windows))}
	if err := remainder(ctx, tx, where, p.device, days, windows, now); err != nil {
		return e, err
	}
	f := newFiling(ctx, tx, nil, nil)
	months, err := p.utcMonths(ctx, tx)
	if err != nil {
		return e, err
	}
	utcDays, err := p.utcDays(ctx, tx, allTime)
	if err != nil {
		return e, err
	}
	for _, t := range deviceTables { // by their keys: they are too long to be read through
		keys := utcDays
		if t.key == "month" {
			keys = months
		}
		if err := f.drop(t.name, t.key, keys, p); err != nil {
			return e, err
		}
	}
	if err := f.dropDays(p, days); err != nil {
		return e, err
	}
	named, err := namingDevices(ctx, tx, shared)
	if err != nil {
		return e, err
	}
	for _, n := range named {
		if isDeviceTable(n.table) {
			continue
		}
		result, err := tx.ExecContext(ctx, fmt.Sprintf("DELETE FROM %q WHERE %q = ?", n.table, n.column), p.device)
		if err != nil {
			return e, err
		}
		if n.table == "outbox" {
			if e.Waiting, err = result.RowsAffected(); err != nil {
				return e, err
			}
		}
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM devices WHERE id = ?", p.device)
	return e, err
}

// deviceTables are the tables whose keys are a day or a month, a site and a device.
var deviceTables = []struct{ name, key string }{
	{"device_windows", "day"}, {"unsent_days", "day"}, {"device_starts", "month"}, {"forgotten_starts", "month"}, {"device_days", "day"}, {"device_months", "month"},
}

func isDeviceTable(name string) bool {
	return slices.ContainsFunc(deviceTables, func(t struct{ name, key string }) bool { return t.name == name })
}

// remainder keeps what the totals of the site need of a device.
func remainder(ctx context.Context, tx *sql.Tx, where *time.Location, id int64, days []footprint.DayFacts, windows []report.Window, now time.Time) error {
	f := newFiling(ctx, tx, nil, where)
	if err := f.lookUp([]int64{id}); err != nil {
		return err
	}
	d, erased := f.known[id], map[siteDay]*footprint.Facts{}
	for _, day := range days {
		sum(erased, siteDay{day.Day, d.Site, d.Product, d.Population}, day.Facts)
	}
	if err := writeSums(f, addErasedDays, erased); err != nil {
		return err
	}
	if err := f.keepHours(d.Device, windows); err != nil {
		return err
	}
	if err := f.flushHours(); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO erased_devices (site, product, population, in_service, retired, acquisition, retired_to)
		SELECT site, product, population, in_service, coalesce(retired, ?), acquisition, retired_to FROM devices WHERE id = ?`, now.Unix(), id)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO erased_parts (site, product, population, in_service, retired, acquisition, day, part)
		SELECT d.site, d.product, d.population, d.in_service, coalesce(d.retired, ?), d.acquisition, r.day, r.part
		FROM repairs r JOIN devices d ON d.id = r.device WHERE r.device = ? AND r.outcome = 'repaired'`, now.Unix(), id)
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
func namingDevices(ctx context.Context, tx *sql.Tx, shared bool) ([]tableColumn, error) {
	find := columnsOfSQLite
	if shared {
		find = columnsOfPostgres
	}
	return queryAll(ctx, tx, find, nil, func(rows *sql.Rows) (n tableColumn, err error) {
		return n, rows.Scan(&n.table, &n.column)
	})
}

const (
	columnsOfSQLite = `SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name <> 'devices' AND (c.name = 'device' OR EXISTS
			(SELECT 1 FROM pragma_foreign_key_list(t.name) f WHERE f."table" = 'devices' AND f."from" = c.name))
		ORDER BY t.name`
	columnsOfPostgres = `SELECT t.relname, c.attname FROM pg_class t JOIN pg_attribute c ON c.attrelid = t.oid
		WHERE t.relnamespace = CAST(current_schema() AS regnamespace) AND t.relkind IN ('r', 'p') AND NOT t.relispartition AND t.relname <> 'devices' AND c.attnum > 0 AND NOT c.attisdropped
		AND (c.attname = 'device' OR EXISTS (SELECT 1 FROM pg_constraint f WHERE f.contype = 'f' AND f.conrelid = t.oid AND f.confrelid = CAST('devices' AS regclass) AND c.attnum = ANY(f.conkey)))
		ORDER BY t.relname`
)

// queryMaps reads rows as they are.
func queryMaps(ctx context.Context, db store.Querier, query string, args ...any) ([]keptAs, error) {
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
