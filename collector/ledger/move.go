package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger/pack"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
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
	days, err := place{d.Site, d.ID}.days(f.ctx, f.tx, allTime)
	if err != nil {
		return err
	}
	for _, day := range days {
		sum(f.sites, siteDay{day.Day, to.Site, to.Product, to.Population}, day.Facts)
		sum(f.sites, siteDay{day.Day, d.Site, d.Product, d.Population}, negative(day.Facts))
	}
	if err := f.flush(); err != nil {
		return err
	}
	if err := f.moveHours(d, to); err != nil {
		return fmt.Errorf("cannot move the hours of device %d: %w", d.ID, err)
	}
	if err := f.dropEmpty(d, days); err != nil || to.Site == d.Site {
		return err
	}
	return f.carry(place{d.Site, d.ID}, place{to.Site, d.ID})
}

// dropEmpty deletes the sums of a product that no device is left of.
func (f *filing) dropEmpty(d Device, days []footprint.DayFacts) error {
	organisation, err := f.organisationOf(d.Site)
	if err != nil {
		return err
	}
	var all, months []calendar.Day
	for _, day := range days {
		all = append(all, day.Day)
		if m := day.Day.Month(); len(months) == 0 || months[len(months)-1] != m {
			months = append(months, m)
		}
	}
	for _, level := range []struct {
		table, key, owner string
		of                int64
		days              []calendar.Day
	}{
		{"site_days", "day", "site", d.Site, all}, {"site_months", "month", "site", d.Site, months},
		{"organisation_months", "month", "organisation", organisation, months},
	} {
		condition, args := in(level.key, level.days)
		_, err := f.tx.ExecContext(f.ctx, "DELETE FROM "+level.table+" WHERE "+condition+" AND "+level.owner+" = ? AND product = ? AND population = ? AND "+allZero,
			append(args, level.of, d.Product, string(d.Population))...)
		if err != nil {
			return fmt.Errorf("cannot drop empty rows of %s: %w", level.table, err)
		}
	}
	return nil
}

// carry takes all that is filed at one place to another: to the device's new site, or
// to another device of its site. What both have is joined.
func (f *filing) carry(from, to place) error {
	months, err := from.utcMonths(f.ctx, f.tx)
	if err != nil {
		return err
	}
	utcDays, err := from.utcDays(f.ctx, f.tx, allTime)
	if err != nil {
		return err
	}
	if err := f.carryPacks(from, to, utcDays); err != nil {
		return fmt.Errorf("cannot carry windows of device %d: %w", from.device, err)
	}
	if err := f.carryStarts(from, to, months); err != nil {
		return fmt.Errorf("cannot carry what is remembered of device %d: %w", from.device, err)
	}
	days, err := from.days(f.ctx, f.tx, allTime)
	if err != nil {
		return err
	}
	for _, d := range days { // of devices only: the sums of sites are moved by moveTo
		sum(f.devices, deviceDay{d.Day, to}, d.Facts)
	}
	if err := f.dropDays(from, days); err != nil {
		return err
	}
	if err := f.flush(); err != nil {
		return err
	}
	_, err = f.tx.ExecContext(f.ctx, `INSERT INTO unsent_days (day, site, device, since) SELECT day, CAST(? AS bigint), CAST(? AS bigint), since FROM unsent_days WHERE site = ? AND device = ?
		ON CONFLICT (day, site, device) DO NOTHING`, to.site, to.device, from.site, from.device)
	if err == nil {
		_, err = f.tx.ExecContext(f.ctx, "DELETE FROM unsent_days WHERE site = ? AND device = ?", from.site, from.device)
	}
	return err
}

func (f *filing) carryPacks(from, to place, days []calendar.Day) error {
	var keys []packKey
	for _, day := range days {
		keys = append(keys, packKey{day, from}, packKey{day, to})
	}
	packs, err := f.packs(keys)
	if err != nil {
		return err
	}
	var packed []any
	for _, day := range days {
		old, there := packs[packKey{day, from}]
		if !there {
			continue
		}
		windows, err := unpack(nil, packKey{day, to}, packs[packKey{day, to}])
		if err != nil {
			return err
		}
		others, err := unpack(nil, packKey{day, from}, old)
		if err != nil {
			return err
		}
		for _, w := range others {
			var isNew bool
			if windows, _, isNew = insert(windows, w); !isNew {
				return fmt.Errorf("both have a window of %s", w.Start.Format(time.RFC3339))
			}
		}
		packed = append(packed, int64(day), to.site, to.device, pack.Append(nil, windows))
	}
	if err := f.exec(writePacks, packed); err != nil {
		return err
	}
	return f.drop("device_windows", "day", days, from)
}

func (f *filing) carryStarts(from, to place, months []calendar.Day) error {
	old, err := startsOf(f.ctx, f.tx, months, from)
	if err != nil {
		return err
	}
	there, err := startsOf(f.ctx, f.tx, months, to)
	if err != nil {
		return err
	}
	for _, month := range months {
		starts, some := old[month]
		if !some {
			continue
		}
		starts.Join(there[month])
		if err := f.remember(month, to, starts); err != nil {
			return err
		}
	}
	if err := f.drop("device_starts", "month", months, from); err != nil {
		return err
	}
	return f.drop("forgotten_starts", "month", months, from)
}

// remember keeps what is remembered of a device's purged windows of a month.
func (f *filing) remember(month calendar.Day, p place, starts pack.Starts) error {
	_, err := f.tx.ExecContext(f.ctx, `INSERT INTO device_starts (month, site, device, starts) VALUES (?, ?, ?, ?)
		ON CONFLICT (month, site, device) DO UPDATE SET starts = excluded.starts`, int64(month), p.site, p.device, starts.Append(nil))
	return err
}

// dropDays deletes the days of a device, and its months.
func (f *filing) dropDays(p place, days []footprint.DayFacts) error {
	var all, months []calendar.Day
	for _, d := range days {
		all, months = append(all, d.Day), append(months, d.Day.Month())
	}
	if err := f.drop("device_days", "day", all, p); err != nil {
		return err
	}
	return f.drop("device_months", "month", months, p)
}

// drop deletes rows of a device.
func (f *filing) drop(table, key string, days []calendar.Day, p place) error {
	condition, args := in(key, days)
	if _, err := f.tx.ExecContext(f.ctx, "DELETE FROM "+table+" WHERE "+condition+" AND site = ? AND device = ?", append(args, p.site, p.device)...); err != nil {
		return fmt.Errorf("cannot delete from %s: %w", table, err)
	}
	return nil
}

// Move moves the whole past of a device from the sums that it is filed in to those
// of another site, product or population, in the transaction that changes the device.
// Nothing of the device may wait in the journal (Settle).
// Days are those of the territory where.
func Move(ctx context.Context, tx *sql.Tx, where *time.Location, d, to Device) error {
	if err := newFiling(ctx, tx, nil, where).moveTo(d, to); err != nil {
		return fmt.Errorf("cannot move the past of device %d: %w", d.ID, err)
	}
	return nil
}

// Adopt gives a device the windows and days of another one that is filed in the same
// sums, which stay as they are. Neither may know of a time that the other knows of
// (Extent): a window of both fails. Nothing of either may wait in the journal (Settle).
func Adopt(ctx context.Context, tx *sql.Tx, old, heir int64) error {
	from, err := placeOf(ctx, tx, heir)
	if err != nil {
		return err
	}
	to := from
	from.device = old
	if err := newFiling(ctx, tx, nil, nil).carry(from, to); err != nil {
		return fmt.Errorf("cannot hand over the past of device %d: %w", old, err)
	}
	if _, err := tx.ExecContext(ctx, "UPDATE outbox SET device = ? WHERE device = ?", heir, old); err != nil {
		return fmt.Errorf("cannot hand over the outbox of device %d: %w", old, err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE devices SET newest_window = CASE WHEN o.newest_window > devices.newest_window THEN o.newest_window ELSE devices.newest_window END,
		dropped_windows = devices.dropped_windows + o.dropped_windows FROM (SELECT newest_window, dropped_windows FROM devices WHERE id = ?) o WHERE devices.id = ?`, old, heir)
	return err
}

// Extent is the time that a device's windows span, from the start of the first to the
// end of the last. Of windows that were purged only the days are known: they count
// whole. False says that it never reported. Nothing of the device may wait in the
// journal (Settle).
func Extent(ctx context.Context, tx *sql.Tx, device int64, where *time.Location) (first, last time.Time, ok bool, err error) {
	fail := func(err error) (time.Time, time.Time, bool, error) {
		return time.Time{}, time.Time{}, false, fmt.Errorf("cannot find the first and last window of device %d: %w", device, err)
	}
	p, err := placeOf(ctx, tx, device)
	if err != nil {
		return fail(err)
	}
	months, err := p.months(ctx, tx, allTime)
	if err != nil {
		return fail(err)
	}
	if len(months) == 0 {
		return first, last, false, nil
	}
	edge := func(month calendar.Day) ([]footprint.DayFacts, error) {
		return p.days(ctx, tx, calendar.Period{From: month, To: (month + 31).Month()})
	}
	begin, err := edge(months[0].Day)
	if err != nil || len(begin) == 0 {
		return fail(err)
	}
	end, err := edge(months[len(months)-1].Day)
	if err != nil || len(end) == 0 {
		return fail(err)
	}
	firstDay, lastDay := begin[0].Day, end[len(end)-1].Day
	first, last = firstDay.Start(where), (lastDay + 1).Start(where)
	purged, err := startsOf(ctx, tx, []calendar.Day{(firstDay - 1).Month(), firstDay.Month()}, p)
	if err != nil {
		return fail(err)
	}
	windows, err := readWindows(ctx, tx, p, first, (firstDay + 1).Start(where))
	if err != nil {
		return fail(err)
	}
	if len(windows) > 0 && len(purged) == 0 {
		first = windows[0].Start
	}
	// The last window may have started long before its last day.
	latest, err := latestWindow(ctx, tx, p)
	if err != nil {
		return fail(err)
	}
	if latest != nil && calendar.DayOf(latest.End().Add(-time.Second), where) == lastDay {
		last = latest.End()
	}
	return first, last, true, nil
}

// latestWindow is the window of a device that ends last, of those that are kept; nil
// when there is none.
func latestWindow(ctx context.Context, db store.Querier, p place) (latest *report.Window, err error) {
	windows, err := readWindows(ctx, db, p, time.Unix(0, 0), endOfTime)
	for i := range windows {
		if latest == nil || windows[i].End().After(latest.End()) {
			latest = &windows[i]
		}
	}
	return latest, err
}
