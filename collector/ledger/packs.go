package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/ecoparc/ecoparc/collector/ledger/pack"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/report"
)

// packKey is the key of device_windows.
type packKey struct {
	day calendar.Day // of UTC
	place
}

// selectPacks reads packs by their keys. The cast tells PostgreSQL of what type the
// parameters are; SQLite follows the order of a CROSS JOIN.
var selectPacks = kind{name: "packs", width: 3, most: 64, before: "WITH k (day, site, device) AS (VALUES ", row: "(CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT))",
	after: `) SELECT w.day, w.site, w.device, w.windows FROM k CROSS JOIN device_windows w WHERE w.day = k.day AND w.site = k.site AND w.device = k.device`}

var writePacks = kind{name: "write packs", width: 4, most: 64, before: "INSERT INTO device_windows (day, site, device, windows) VALUES ", row: marks(4),
	after: " ON CONFLICT (day, site, device) DO UPDATE SET windows = excluded.windows"}

// packs reads the packs of keys, those that are there.
func (f *filing) packs(keys []packKey) (map[packKey][]byte, error) {
	args := make([]any, 0, len(keys)*selectPacks.width)
	for _, k := range keys {
		args = append(args, int64(k.day), k.site, k.device)
	}
	all := make(map[packKey][]byte, len(keys))
	err := f.eachRow(selectPacks, args, func(scan store.Scan) error {
		var day int64
		var k packKey
		var blob []byte
		if err := scan(&day, &k.site, &k.device, &blob); err != nil {
			return err
		}
		k.day = calendar.Day(day)
		all[k] = blob
		return nil
	})
	return all, err
}

// unpack reads a pack and says whose it is when it cannot.
func unpack(windows []report.Window, k packKey, blob []byte) ([]report.Window, error) {
	if len(blob) == 0 {
		return windows, nil
	}
	windows, err := pack.Decode(windows, blob)
	if err != nil {
		return nil, fmt.Errorf("windows of device %d on %s: %w", k.device, k.day, err)
	}
	return windows, nil
}

// insert puts a window in its place among windows in the order of their starts, unless
// another one is there.
func insert(windows []report.Window, w report.Window) (_ []report.Window, there *report.Window, isNew bool) {
	i, taken := len(windows), false
	if i > 0 && !windows[i-1].Start.Before(w.Start) { // most come in order
		i, taken = slices.BinarySearchFunc(windows, w, func(a, b report.Window) int { return a.Start.Compare(b.Start) })
	}
	if taken {
		return windows, &windows[i], false
	}
	return slices.Insert(windows, i, w), nil, true
}

// purgedMonths tells, once in a transaction, which months have windows that are
// remembered by their starts only, or forgotten: up to which.
func (f *filing) purgedMonths() (last calendar.Day, err error) {
	if f.lastPurged != nil {
		return *f.lastPurged, nil
	}
	for _, of := range []kind{selectLastStarts, selectLastForgotten} {
		month, err := f.latestOf(of)
		if err != nil {
			return 0, err
		}
		last = max(last, month)
	}
	f.lastPurged = &last
	return last, nil
}

var (
	selectLastStarts    = kind{name: "last starts", before: "SELECT max(month) FROM device_starts"}
	selectLastForgotten = kind{name: "last forgotten", before: "SELECT max(month) FROM forgotten_starts"}
)

// latestOf is the latest day or month that a statement finds; 0: none.
func (f *filing) latestOf(k kind) (calendar.Day, error) {
	stmt, err := f.statement(k, 1)
	if err != nil {
		return 0, err
	}
	var latest sql.NullInt64
	err = stmt.QueryRowContext(f.ctx).Scan(&latest)
	return calendar.Day(latest.Int64), err
}

// purged is what is remembered of a device's windows of a month that were purged.
func (f *filing) purged(month calendar.Day, p place) (pack.Starts, error) {
	if last, err := f.purgedMonths(); err != nil || month > last {
		return pack.Starts{}, err
	}
	starts, err := startsOf(f.ctx, f.tx, []calendar.Day{month}, p)
	return starts[month], err
}

// startsOf is what is remembered of a device's purged windows, by month.
func startsOf(ctx context.Context, db store.Querier, months []calendar.Day, p place) (map[calendar.Day]pack.Starts, error) {
	type row struct {
		month calendar.Day
		pack.Starts
	}
	condition, args := in("month", months)
	args = append(args, p.site, p.device)
	remembered, err := queryAll(ctx, db, "SELECT month, starts FROM device_starts WHERE "+condition+" AND site = ? AND device = ?", args, func(rows *sql.Rows) (r row, err error) {
		var month int64
		var blob []byte
		if err = rows.Scan(&month, &blob); err != nil {
			return r, err
		}
		r.month = calendar.Day(month)
		if r.Starts, err = pack.DecodeStarts(blob); err != nil {
			err = fmt.Errorf("purged windows of device %d in the month of %s: %w", p.device, r.month, err)
		}
		return r, err
	})
	if err != nil {
		return nil, err
	}
	forgotten, err := queryAll(ctx, db, "SELECT month, until FROM forgotten_starts WHERE "+condition+" AND site = ? AND device = ?", args, func(rows *sql.Rows) (r row, err error) {
		var month int64
		err = rows.Scan(&month, &r.End)
		r.month = calendar.Day(month)
		r.Before = int64((r.month + 31).Month()) * secondsPerDay
		return r, err
	})
	all := map[calendar.Day]pack.Starts{}
	for _, r := range slices.Concat(remembered, forgotten) {
		starts := all[r.month]
		starts.Join(r.Starts)
		all[r.month] = starts
	}
	return all, err
}
