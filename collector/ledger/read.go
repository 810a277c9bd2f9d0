package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// Days are the facts of one device by day in a period, oldest first.
func (l *Ledger) Days(ctx context.Context, device int64, p calendar.Period) ([]footprint.DayFacts, error) {
	at, err := placeOf(ctx, l.store.Read, device)
	if err != nil {
		return nil, err
	}
	return at.days(ctx, l.store.Read, p)
}

// Windows are the windows of a device that start in [from, to), oldest first.
func (l *Ledger) Windows(ctx context.Context, device int64, from, to time.Time) ([]report.Window, error) {
	p, err := placeOf(ctx, l.store.Read, device)
	if err != nil {
		return nil, err
	}
	return readWindows(ctx, l.store.Read, p, from, to)
}

// readWindows reads the windows of a device that start in [from, to), oldest first.
func readWindows(ctx context.Context, db store.Querier, p place, from, to time.Time) ([]report.Window, error) {
	days, err := p.utcDays(ctx, db, calendar.Period{From: utcDay(from.Unix()), To: utcDay(to.Unix()-1) + 1})
	if err != nil {
		return nil, err
	}
	condition, args := in("day", days)
	type row struct {
		day  calendar.Day
		blob []byte
	}
	packs, err := queryAll(ctx, db, "SELECT day, windows FROM device_windows WHERE "+condition+" AND site = ? AND device = ? ORDER BY day", append(args, p.site, p.device), func(rows *sql.Rows) (r row, err error) {
		var day int64
		err = rows.Scan(&day, &r.blob)
		r.day = calendar.Day(day)
		return r, err
	})
	if err != nil {
		return nil, err
	}
	var windows []report.Window
	for _, one := range packs {
		if windows, err = unpack(windows, packKey{one.day, p}, one.blob); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(windows, func(w report.Window) bool { return w.Start.Before(from) || !w.Start.Before(to) }), nil
}

// LastWindow is the start of the latest window of a device; false when none is kept.
func (l *Ledger) LastWindow(ctx context.Context, device int64) (time.Time, bool, error) {
	newest, err := queryAll(ctx, l.store.Read, "SELECT newest_window FROM devices WHERE id = ?", []any{device}, func(rows *sql.Rows) (start int64, err error) {
		return start, rows.Scan(&start)
	})
	if err != nil || len(newest) == 0 {
		return time.Time{}, false, err
	}
	start := time.Unix(newest[0], 0).UTC()
	windows, err := l.Windows(ctx, device, start, start.Add(time.Second))
	return start, len(windows) > 0, err
}

// MeteredDevice is a device whose energy was metered.
type MeteredDevice struct{ ID, Product int64 }

// Metered are devices, real or simulated, whose energy was metered in the months since
// an instant: at most some of each product, those of the first sites.
func (l *Ledger) Metered(ctx context.Context, simulated bool, since time.Time, ofProduct int) ([]MeteredDevice, error) {
	type group struct{ site, product int64 }
	period, err := within(ctx, l.store.Read, "site_months", calendar.Period{From: calendar.DayOf(since, l.where).Month(), To: allTime.To})
	if err != nil {
		return nil, err
	}
	months, args := in("x.month", monthsOf(period))
	groups, err := queryAll(ctx, l.store.Read, `SELECT DISTINCT x.site, x.product FROM site_months x JOIN sites s ON s.id = x.site JOIN organisations o ON o.id = s.organisation
		JOIN products p ON p.id = x.product WHERE `+months+` AND x.metered_ms + x.part_ms > 0 AND o.simulated = ? AND p.category <> 'virtual' ORDER BY x.site, x.product`,
		append(args, asInteger(simulated)), func(rows *sql.Rows) (g group, err error) {
			return g, rows.Scan(&g.site, &g.product)
		})
	if err != nil {
		return nil, fmt.Errorf("cannot find metered devices: %w", err)
	}
	count, all := map[int64]int{}, []MeteredDevice{}
	for _, g := range groups {
		if count[g.product] >= ofProduct {
			continue
		}
		some, err := queryAll(ctx, l.store.Read, `SELECT DISTINCT x.device FROM device_months x JOIN devices d ON d.id = x.device
			WHERE `+months+` AND x.site = ? AND d.product = ? AND x.metered_ms + x.part_ms > 0 ORDER BY x.device LIMIT ?`,
			append(slices.Clone(args), g.site, g.product, ofProduct-count[g.product]), func(rows *sql.Rows) (id int64, err error) {
				return id, rows.Scan(&id)
			})
		if err != nil {
			return nil, fmt.Errorf("cannot find metered devices of site %d: %w", g.site, err)
		}
		count[g.product] += len(some)
		for _, id := range some {
			all = append(all, MeteredDevice{id, g.product})
		}
	}
	slices.SortFunc(all, func(a, b MeteredDevice) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

func asInteger(b bool) int {
	if b {
		return 1
	}
	return 0
}

// RunningBeyond is how long each device of a site ran on some days, of each day what
// goes beyond a length of time.
func (l *Ledger) RunningBeyond(ctx context.Context, site int64, days []calendar.Day, beyond time.Duration) (map[int64]time.Duration, error) {
	const ran = "(metered_ms + part_ms + load0_ms + load1_ms + load2_ms + load3_ms + load4_ms)"
	condition, args := in("day", days)
	args = append(append([]any{beyond.Milliseconds()}, args...), site, beyond.Milliseconds())
	type row struct{ device, ms int64 }
	rows, err := queryAll(ctx, l.store.Read, "SELECT device, CAST(sum("+ran+" - ?) AS BIGINT) FROM device_days WHERE "+condition+" AND site = ? AND "+ran+" > ? GROUP BY device", args, func(rows *sql.Rows) (r row, err error) {
		return r, rows.Scan(&r.device, &r.ms)
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read how long devices of site %d ran: %w", site, err)
	}
	all := make(map[int64]time.Duration, len(rows))
	for _, r := range rows {
		all[r.device] = time.Duration(r.ms) * time.Millisecond
	}
	return all, nil
}
