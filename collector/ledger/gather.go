package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/report"
)

// gatherAfter is how many days of UTC, with the present one, are not gathered: most
// windows have come by then.
const gatherAfter = 2

// gatherChunk is how many packs one transaction gathers, but for those of one day:
// reports wait meanwhile, some ten milliseconds.
const gatherChunk = 500

// keepHours adds the hours of windows that are about to go, and that are in none yet.
func (f *filing) keepHours(d Device, windows []report.Window) error {
	for i := range windows {
		counted, err := f.gathered(utcDay(windows[i].Start.Unix()), d.Site)
		if err != nil {
			return err
		}
		if !counted {
			f.addHours(d, &windows[i], 1)
		}
	}
	return nil
}

// Gather gathers the hours of days that are over, at every site, and returns of how many
// packs. A clock that jumped ahead gathers nothing of the days to come: days count back
// from the newest one with windows of any device, if that is earlier.
func (l *Ledger) Gather(ctx context.Context, now time.Time) (packs int64, err error) {
	fail := func(err error) (int64, error) {
		return packs, store.Explain(fmt.Errorf("cannot gather the hours of sites: %w", err))
	}
	newest, err := queryAll(ctx, l.store.Read, "SELECT max(day) FROM device_windows", nil, func(rows *sql.Rows) (day sql.NullInt64, err error) {
		return day, rows.Scan(&day)
	})
	if err != nil {
		return fail(err)
	}
	if !newest[0].Valid {
		return 0, nil
	}
	until := min(utcDay(now.Unix()), calendar.Day(newest[0].Int64)) - gatherAfter + 1
	sites, err := queryAll(ctx, l.store.Read, "SELECT s.id FROM sites s LEFT JOIN hours_until u ON u.site = s.id WHERE coalesce(u.until, 0) < ? ORDER BY s.id", []any{int64(until)}, func(rows *sql.Rows) (id int64, err error) {
		return id, rows.Scan(&id)
	})
	if err != nil {
		return fail(err)
	}
	for _, site := range sites {
		for done := false; !done; {
			var some int64
			err := store.InTx(ctx, l.store.Write, func(tx *sql.Tx) (err error) {
				some, done, err = newFiling(ctx, tx, nil, l.where).gather(site, until)
				return err
			})
			if err != nil {
				return fail(err)
			}
			packs += some
		}
	}
	return packs, nil
}

// gather gathers the next days of a site, a chunk of packs, and tells whether these were
// the last ones before until.
func (f *filing) gather(site int64, until calendar.Day) (packs int64, done bool, err error) {
	of, err := f.lockSite(site)
	if err != nil {
		return 0, false, err
	}
	next, err := gatheredUntil(f.ctx, f.tx, site)
	if err != nil {
		return 0, false, err
	}
	// Here, and not before: a day may have come meanwhile.
	days, err := distinctIn(f.ctx, f.tx, "device_windows", "day", calendar.Period{From: next, To: until})
	if err != nil {
		return 0, false, err
	}
	reached := until
	var windows []report.Window
	for _, day := range days {
		if packs >= gatherChunk {
			reached = day
			break
		}
		rows, err := queryAll(f.ctx, f.tx, "SELECT device, windows FROM device_windows WHERE day = ? AND site = ?", []any{int64(day), site}, func(rows *sql.Rows) (r packRow, err error) {
			r.day, r.site = day, site
			return r, rows.Scan(&r.device, &r.blob)
		})
		if err != nil {
			return 0, false, err
		}
		for _, r := range rows {
			if windows, err = unpack(windows[:0], r.packKey, r.blob); err != nil {
				return 0, false, err
			}
			for i := range windows {
				f.addHours(of[r.device], &windows[i], 1)
			}
			packs++
		}
	}
	if err := f.flushHours(); err != nil {
		return 0, false, err
	}
	_, err = f.tx.ExecContext(f.ctx, "INSERT INTO hours_until (site, until) VALUES (?, ?) ON CONFLICT (site) DO UPDATE SET until = excluded.until", site, int64(max(reached, next)))
	return packs, reached == until, err
}

// lockSite lets reports of a site's devices wait, on PostgreSQL, and returns these: what
// such a report finds of the day that is being gathered would be out of date.
func (f *filing) lockSite(site int64) (map[int64]Device, error) {
	devices, err := queryAll(f.ctx, f.tx, "SELECT id, site, coalesce(product, 0), population FROM devices WHERE site = ? ORDER BY id /*! FOR UPDATE */", []any{site}, func(rows *sql.Rows) (d Device, err error) {
		return d, rows.Scan(&d.ID, &d.Site, &d.Product, &d.Population)
	})
	of := make(map[int64]Device, len(devices))
	for _, d := range devices {
		of[d.ID] = d
	}
	return of, err
}

// ungathered adds up the windows of a site that are not gathered, of days that a period
// may hold.
func (f *filing) ungathered(site int64, p calendar.Period) error {
	until, err := gatheredUntil(f.ctx, f.tx, site)
	if err != nil {
		return err
	}
	days, err := distinctIn(f.ctx, f.tx, "device_windows", "day", calendar.Period{From: until, To: p.To + 1}) // one that starts before the period may reach into it
	if err != nil || len(days) == 0 {
		return err
	}
	condition, args := in("w.day", days)
	rows, err := f.tx.QueryContext(f.ctx, "SELECT w.day, w.device, w.windows, coalesce(d.product, 0), d.population FROM device_windows w JOIN devices d ON d.id = w.device WHERE "+condition+" AND w.site = ?", append(args, site)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var windows []report.Window
	for rows.Next() {
		of := Device{Site: site}
		var day int64
		var blob sql.RawBytes
		if err := rows.Scan(&day, &of.ID, &blob, &of.Product, &of.Population); err != nil {
			return err
		}
		if windows, err = unpack(windows[:0], packKey{calendar.Day(day), place{site, of.ID}}, blob); err != nil {
			return err
		}
		for i := range windows {
			f.addHours(of, &windows[i], 1)
		}
	}
	return rows.Err()
}
