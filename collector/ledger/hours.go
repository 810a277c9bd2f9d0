package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger/hours"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// Hours are kept by site and local day. To keep them while reports come would cost each
// report: so the windows of a day of UTC are gathered once, when it is over (Gather),
// and intake pays only for windows that come later than that. At any time a window is
// either in site_hours, or it is kept and starts on a day that is not gathered: which
// of the two, hours_until tells by site. What reads hours adds both up, so it is exact.
//
// A window that moves to another site or product takes its hours along while it is
// kept. When it is kept no longer, its hours stay where they were used.

// hourDay is the key of site_hours.
type hourDay struct {
	day  calendar.Day
	site int64
}

func (k hourDay) compare(o hourDay) int {
	return cmp.Or(cmp.Compare(k.day, o.day), cmp.Compare(k.site, o.site))
}

func groupOf(d Device) hours.Group { return hours.Group{Product: d.Product, Population: d.Population} }

// addHours adds the hours of a window to a device's site, or takes them away.
func (f *filing) addHours(d Device, w *report.Window, sign int64) {
	for _, h := range footprint.ByHour(w, f.where) {
		if sign < 0 {
			h.Facts = negative(h.Facts)
		}
		f.addHour(d, h)
	}
}

func (f *filing) addHour(d Device, h footprint.HourFacts) {
	k := hourDay{h.Day, d.Site}
	if f.hours[k] == nil {
		f.hours[k] = hours.Day{}
	}
	f.hours[k].Add(groupOf(d), h.Hour, h.Facts)
}

var selectGathered = kind{name: "gathered", before: "SELECT max(until) FROM hours_until"}

// gathered tells whether windows of a site that start on a day of UTC are in its hours.
func (f *filing) gathered(day calendar.Day, site int64) (bool, error) {
	if f.latestGathered == nil { // once in a transaction; most windows start later
		latest, err := f.latestOf(selectGathered)
		if err != nil {
			return false, fmt.Errorf("cannot look which hours are gathered: %w", err)
		}
		f.latestGathered = &latest
	}
	if day >= *f.latestGathered {
		return false, nil
	}
	until, known := f.until[site]
	if !known {
		var err error
		if until, err = gatheredUntil(f.ctx, f.tx, site); err != nil {
			return false, err
		}
		f.until[site] = until
	}
	return day < until, nil
}

// gatheredUntil is the first day of UTC whose windows are not in the hours of a site.
func gatheredUntil(ctx context.Context, db store.Querier, site int64) (calendar.Day, error) {
	all, err := queryAll(ctx, db, "SELECT until FROM hours_until WHERE site = ?", []any{site}, func(rows *sql.Rows) (until int64, err error) {
		return until, rows.Scan(&until)
	})
	if err != nil || len(all) == 0 {
		return 0, err
	}
	return calendar.Day(all[0]), nil
}

// lockHours lets one collector after the other change the hours of a site that late
// windows come to, on PostgreSQL.
const lockHours = "SELECT until FROM hours_until WHERE site = ? /*! FOR UPDATE */"

// flushHours adds the hours gathered so far to what is there.
func (f *filing) flushHours() error {
	if len(f.hours) == 0 {
		return nil
	}
	sites := map[int64]bool{}
	for k := range f.hours {
		sites[k.site] = true
	}
	for _, site := range slices.Sorted(maps.Keys(sites)) {
		if _, err := f.tx.ExecContext(f.ctx, lockHours, site); err != nil {
			return fmt.Errorf("cannot lock the hours of site %d: %w", site, err)
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(f.hours), hourDay.compare) {
		if err := f.addToHours(k, f.hours[k]); err != nil {
			return fmt.Errorf("cannot add to the hours of site %d on %s: %w", k.site, k.day, err)
		}
	}
	clear(f.hours)
	return nil
}

func (f *filing) addToHours(k hourDay, more hours.Day) error {
	rows, err := queryAll(f.ctx, f.tx, "SELECT hours FROM site_hours WHERE day = ? AND site = ?", []any{int64(k.day), k.site}, scanBlob)
	if err != nil {
		return err
	}
	day := more
	if len(rows) > 0 {
		if day, err = hours.Decode(rows[0]); err != nil {
			return err
		}
		day.Join(more)
	}
	if day.Empty() {
		_, err = f.tx.ExecContext(f.ctx, "DELETE FROM site_hours WHERE day = ? AND site = ?", int64(k.day), k.site)
		return err
	}
	_, err = f.tx.ExecContext(f.ctx, "INSERT INTO site_hours (day, site, hours) VALUES (?, ?, ?) ON CONFLICT (day, site) DO UPDATE SET hours = excluded.hours", int64(k.day), k.site, hours.Append(nil, day))
	return err
}

func scanBlob(rows *sql.Rows) (blob []byte, err error) { return blob, rows.Scan(&blob) }

// moveHours takes the hours of windows that are kept along to another site, product or
// population: from where they are counted, and to where they will be.
func (f *filing) moveHours(d, to Device) error {
	if err := f.leaveHours(d, to); err != nil {
		return err
	}
	windows, err := readWindows(f.ctx, f.tx, place{d.Site, d.ID}, time.Unix(0, 0), endOfTime)
	if err != nil {
		return err
	}
	for i := range windows {
		day := utcDay(windows[i].Start.Unix())
		for sign, at := range map[int64]Device{-1: d, 1: to} {
			counted, err := f.gathered(day, at.Site)
			if err != nil {
				return err
			}
			if counted {
				f.addHours(at, &windows[i], sign)
			}
		}
	}
	return f.flushHours()
}

// leaveHours notes until when the hours of two sites no longer add up to their days,
// because a device moves from one to the other whose first windows were purged.
func (f *filing) leaveHours(d, to Device) error {
	at := place{d.Site, d.ID}
	months, err := at.utcMonths(f.ctx, f.tx)
	if err != nil {
		return err
	}
	purged, err := startsOf(f.ctx, f.tx, months, at)
	if err != nil || len(purged) == 0 {
		return err
	}
	end := int64(0)
	for _, starts := range purged {
		end = max(end, starts.End)
	}
	whole := int64(calendar.DayOf(time.Unix(end, 0), f.where) + 1)
	sites := []int64{min(d.Site, to.Site), max(d.Site, to.Site)}
	for _, site := range slices.Compact(sites) {
		_, err := f.tx.ExecContext(f.ctx, `INSERT INTO hours_until (site, until, whole_from) VALUES (?, 0, ?)
			ON CONFLICT (site) DO UPDATE SET whole_from = CASE WHEN excluded.whole_from > hours_until.whole_from THEN excluded.whole_from ELSE hours_until.whole_from END`, site, whole)
		if err != nil {
			return err
		}
	}
	return nil
}

// SiteHours are the hours of a site on one local day.
type SiteHours struct {
	Day   calendar.Day
	Hours hours.Day
}

// Hours are what the devices of a site did by the hour in a period, oldest day first,
// up to the last window that was posted. Days of which nothing is known are left out.
func (l *Ledger) Hours(ctx context.Context, site int64, p calendar.Period) ([]SiteHours, error) {
	tx, err := l.store.Read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // one snapshot: a day is gathered before or after it
	if err != nil {
		return nil, fmt.Errorf("cannot read the hours of site %d: %w", site, err)
	}
	defer tx.Rollback()
	all, err := readHours(ctx, tx, site, p, l.where)
	if err != nil {
		return nil, fmt.Errorf("cannot read the hours of site %d: %w", site, err)
	}
	return all, nil
}

func readHours(ctx context.Context, tx *sql.Tx, site int64, p calendar.Period, where *time.Location) ([]SiteHours, error) {
	days, err := distinctIn(ctx, tx, "site_hours", "day", p)
	if err != nil {
		return nil, err
	}
	condition, args := in("day", days)
	kept, err := queryAll(ctx, tx, "SELECT day, hours FROM site_hours WHERE "+condition+" AND site = ?", append(args, site), func(rows *sql.Rows) (h SiteHours, err error) {
		var day int64
		var blob []byte
		if err = rows.Scan(&day, &blob); err != nil {
			return h, err
		}
		h.Day = calendar.Day(day)
		if h.Hours, err = hours.Decode(blob); err != nil {
			err = fmt.Errorf("those of %s %w", h.Day, err)
		}
		return h, err
	})
	if err != nil {
		return nil, err
	}
	f := newFiling(ctx, tx, nil, where)
	if err := f.ungathered(site, p); err != nil {
		return nil, err
	}
	for _, h := range kept {
		k := hourDay{h.Day, site}
		if more := f.hours[k]; more != nil {
			h.Hours.Join(more)
			delete(f.hours, k)
		}
	}
	for k, day := range f.hours {
		if p.Contains(k.day) && !day.Empty() {
			kept = append(kept, SiteHours{k.day, day})
		}
	}
	slices.SortFunc(kept, func(a, b SiteHours) int { return cmp.Compare(a.Day, b.Day) })
	return kept, nil
}
