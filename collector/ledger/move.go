package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
)

// moveTo moves the past of a device to the sums of another site, product or
// population: it was transferred, its category was corrected, or its memory changed.
func (f *filing) moveTo(d, to Device) error {
	if to.Site == d.Site && to.Product == d.Product && to.Population == d.Population {
		return nil
	}
	if err := f.flush(); err != nil {
		return err
	}
	days, err := queryDays(f.ctx, f.tx, "SELECT day, "+factColumns+" FROM device_days WHERE device = ?", d.ID)
	if err != nil {
		return err
	}
	for _, day := range days {
		f.addToSite(siteDay{to.Site, day.Day, to.Product, to.Population}, day.Facts)
		f.addToSite(siteDay{d.Site, day.Day, d.Product, d.Population}, negative(day.Facts))
	}
	if err := f.flush(); err != nil {
		return err
	}
	// Of a product without devices no empty rows stay.
	_, err = f.tx.ExecContext(f.ctx, "DELETE FROM site_days WHERE site = ? AND product = ? AND population = ? AND "+allZero, d.Site, d.Product, string(d.Population))
	return err
}

// Move moves the whole past of a device from the sums that it is filed in to those
// of another site, product or population, in the transaction that changes the device.
func Move(ctx context.Context, tx *sql.Tx, d, to Device) error {
	if err := newFiling(ctx, tx, nil, nil).moveTo(d, to); err != nil {
		return fmt.Errorf("cannot move the past of device %d: %w", d.ID, err)
	}
	return nil
}

// Adopt gives a device the windows and days of another one that is filed in the same
// sums, which stay as they are. Neither may know of a time that the other knows of
// (Extent): a window of both would fail.
func Adopt(ctx context.Context, tx *sql.Tx, old, heir int64) error {
	days, err := queryDays(ctx, tx, "SELECT day, "+factColumns+" FROM device_days WHERE device = ?", old)
	if err != nil {
		return err
	}
	var rows []any
	for i := range days {
		rows = appendFacts(append(rows, heir, int64(days[i].Day)), &days[i].Facts)
	}
	if err := newFiling(ctx, tx, nil, nil).exec(addDeviceDays, rows); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM device_days WHERE device = ?", old); err != nil {
		return err
	}
	for _, table := range []string{"windows", "window_energy", "outbox"} {
		if _, err := tx.ExecContext(ctx, "UPDATE "+table+" SET device = ? WHERE device = ?", heir, old); err != nil {
			return fmt.Errorf("cannot hand over %s of device %d: %w", table, old, err)
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE devices SET purged_until = max(devices.purged_until, o.purged_until), dropped_windows = devices.dropped_windows + o.dropped_windows
		FROM (SELECT purged_until, dropped_windows FROM devices WHERE id = ?) o WHERE devices.id = ?`, old, heir)
	return err
}

// Extent is the time that a device's windows span, from the start of the first to the
// end of the last. Of windows that were purged only the days are known: they count
// whole. False says that it never reported.
func Extent(ctx context.Context, tx *sql.Tx, device int64, where *time.Location) (first, last time.Time, ok bool, err error) {
	var firstDay, lastDay, start, end sql.NullInt64
	var purged int64
	err = tx.QueryRowContext(ctx, `SELECT min(day), max(day), (SELECT min(start) FROM windows WHERE device = ?1), (SELECT max(start + span_s) FROM windows WHERE device = ?1),
		coalesce((SELECT purged_until FROM devices WHERE id = ?1), 0) FROM device_days WHERE device = ?1`, device).Scan(&firstDay, &lastDay, &start, &end, &purged)
	if err != nil {
		return first, last, false, fmt.Errorf("cannot find the first and last window of device %d: %w", device, err)
	}
	if !firstDay.Valid {
		return first, last, false, nil
	}
	first, last = calendar.Day(firstDay.Int64).Start(where), calendar.Day(lastDay.Int64+1).Start(where)
	if start.Valid && purged == 0 {
		first = time.Unix(start.Int64, 0)
	}
	if end.Valid && calendar.DayOf(time.Unix(end.Int64-1, 0), where) == calendar.Day(lastDay.Int64) {
		last = time.Unix(end.Int64, 0)
	}
	return first, last, true, nil
}
