package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
)

// Keys begin with the day or the month, so that what changes today lies together.
// What is asked of one device or site is asked for a list of days or months: each is
// one step into the index, and nothing is read that was not asked for.

const secondsPerDay = 86_400

// utcDay is the day of UTC that an instant is in: what windows are kept by. It does
// not depend on time_zone, which may be corrected.
func utcDay(unix int64) calendar.Day {
	return calendar.Day((unix - (unix%secondsPerDay+secondsPerDay)%secondsPerDay) / secondsPerDay)
}

// monthsOf are the first days of the months that a period touches.
func monthsOf(p calendar.Period) (all []calendar.Day) {
	for _, m := range p.Months() {
		all = append(all, m.From.Month())
	}
	return all
}

func daysOf(p calendar.Period) (all []calendar.Day) {
	for d := p.From; d < p.To; d++ {
		all = append(all, d)
	}
	return all
}

// in is a condition that a column is one of some numbers, and its arguments.
func in[N ~int | ~int64](column string, numbers []N) (condition string, args []any) {
	if len(numbers) == 0 {
		return "1 = 0", nil
	}
	for _, n := range numbers {
		args = append(args, int64(n))
	}
	return column + " IN (" + strings.Repeat("?, ", len(numbers)-1) + "?)", args
}

// known is the part of a period from the first month to the last of a table.
func within(ctx context.Context, db store.Querier, table string, p calendar.Period) (calendar.Period, error) {
	// Asked for together, SQLite would look at every row; alone, each is one step into the index.
	all, err := queryAll(ctx, db, "SELECT (SELECT min(month) FROM "+table+"), (SELECT max(month) FROM "+table+")", nil, func(rows *sql.Rows) (p calendar.Period, err error) {
		var first, last sql.NullInt64
		if err = rows.Scan(&first, &last); first.Valid {
			p = calendar.Period{From: calendar.Day(first.Int64), To: (calendar.Day(last.Int64) + 31).Month()}
		}
		return p, err
	})
	if err != nil || len(all) == 0 {
		return calendar.Period{}, err
	}
	some := calendar.Period{From: max(p.From, all[0].From), To: min(p.To, all[0].To)}
	if some.From >= some.To {
		return calendar.Period{}, nil
	}
	return some, nil
}

// place is where the rows of a device are filed.
type place struct{ site, device int64 }

func placeOf(ctx context.Context, db store.Querier, device int64) (place, error) {
	p := place{device: device}
	sites, err := queryAll(ctx, db, "SELECT site FROM devices WHERE id = ?", []any{device}, func(rows *sql.Rows) (site int64, err error) {
		return site, rows.Scan(&site)
	})
	if len(sites) > 0 {
		p.site = sites[0]
	}
	return p, err
}

// months are the facts of a device by month in the months that a period touches,
// oldest first.
func (p place) months(ctx context.Context, db store.Querier, period calendar.Period) ([]footprint.DayFacts, error) {
	period, err := within(ctx, db, "device_months", period)
	if err != nil {
		return nil, err
	}
	condition, args := in("month", monthsOf(period))
	return queryDays(ctx, db, "SELECT month, "+factColumns+" FROM device_months WHERE "+condition+" AND site = ? AND device = ? ORDER BY month", append(args, p.site, p.device)...)
}

// days are the facts of a device by day in a period, oldest first.
func (p place) days(ctx context.Context, db store.Querier, period calendar.Period) (all []footprint.DayFacts, err error) {
	months, err := p.months(ctx, db, period)
	if err != nil {
		return nil, err
	}
	for _, m := range months { // a device is away for months at times
		days := daysOf(calendar.Period{From: max(m.Day, period.From), To: min((m.Day + 31).Month(), period.To)})
		condition, args := in("day", days)
		some, err := queryDays(ctx, db, "SELECT day, "+factColumns+" FROM device_days WHERE "+condition+" AND site = ? AND device = ? ORDER BY day", append(args, p.site, p.device)...)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// utcDays are the days of UTC on which windows of a device may have started.
func (p place) utcDays(ctx context.Context, db store.Querier, period calendar.Period) ([]calendar.Day, error) {
	months, err := p.months(ctx, db, calendar.Period{From: period.From - 1, To: period.To + 1})
	if err != nil {
		return nil, err
	}
	var days []calendar.Day
	next := period.From
	for _, m := range months { // local ones: their ends lie in other days of UTC
		for d := max(m.Day-1, next); d <= (m.Day+31).Month() && d < period.To; d++ {
			days = append(days, d)
			next = d + 1
		}
	}
	return days, nil
}

// utcMonths are the months of UTC in which windows of a device may have started.
func (p place) utcMonths(ctx context.Context, db store.Querier) ([]calendar.Day, error) {
	months, err := p.months(ctx, db, allTime)
	if err != nil {
		return nil, err
	}
	var all []calendar.Day
	for _, m := range months {
		for _, near := range []calendar.Day{(m.Day - 1).Month(), m.Day, (m.Day + 31).Month()} {
			if len(all) == 0 || all[len(all)-1] < near {
				all = append(all, near)
			}
		}
	}
	return all, nil
}

// allTime holds every day that has a name of four digits.
var allTime = calendar.Period{From: 0, To: calendar.Date(9999, 12, 31)}

// never is before any day.
const never = calendar.Day(-1 << 62)

// distinct are the different values of the first column of a table's key, from one
// step into the index to the next.
func distinct(ctx context.Context, db store.Querier, table, column string) ([]calendar.Day, error) {
	return distinctIn(ctx, db, table, column, calendar.Period{From: never, To: 1 << 62})
}

// distinctIn are those of a period.
func distinctIn(ctx context.Context, db store.Querier, table, column string, p calendar.Period) (all []calendar.Day, err error) {
	for from := p.From; ; {
		next, err := queryAll(ctx, db, fmt.Sprintf("SELECT min(%s) FROM %s WHERE %s >= ?", column, table, column), []any{int64(from)}, func(rows *sql.Rows) (n sql.NullInt64, err error) {
			return n, rows.Scan(&n)
		})
		if err != nil || !next[0].Valid || calendar.Day(next[0].Int64) >= p.To {
			return all, err
		}
		from = calendar.Day(next[0].Int64) + 1
		all = append(all, from-1)
	}
}
