package ledger

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
)

// GroupMonth are the facts of one product and population, of a site or of all sites of
// an organisation, in one calendar month.
type GroupMonth struct {
	Site       int64 // 0: of all
	Product    int64
	Population equipment.Population
	Month      calendar.Day // its first day
	Facts      footprint.Facts
}

// DeviceMonth are the facts of a device in one calendar month.
type DeviceMonth struct {
	Device int64
	Month  calendar.Day
	Facts  footprint.Facts
}

// Months are the facts of an organisation's sites by month in a period, each site
// apart; of one site only when site is not 0.
func (l *Ledger) Months(ctx context.Context, organisation, site int64, p calendar.Period) ([]GroupMonth, error) {
	return readMonths(ctx, l.store.Read, p, sitesOf, []any{organisation, site, site})
}

const sitesOf = "site IN (SELECT id FROM sites WHERE organisation = ? AND (? = 0 OR id = ?))"

// OrganisationMonths are the facts of all sites of an organisation together, by month
// in a period.
func (l *Ledger) OrganisationMonths(ctx context.Context, organisation int64, p calendar.Period) ([]GroupMonth, error) {
	months, parts, err := wholeMonths(ctx, l.store.Read, p)
	if err != nil {
		return nil, fmt.Errorf("cannot read the months of organisation %d: %w", organisation, err)
	}
	condition, args := in("month", months)
	all, err := queryAll(ctx, l.store.Read, "SELECT 0, product, population, month, "+factColumns+" FROM organisation_months WHERE "+condition+" AND organisation = ?",
		append(args, organisation), scanGroup)
	if err != nil || len(parts) == 0 {
		return all, err
	}
	sums := map[siteDay]*footprint.Facts{}
	for _, part := range parts {
		some, err := readMonthPart(ctx, l.store.Read, part, sitesOf, []any{organisation, 0, 0})
		if err != nil {
			return nil, err
		}
		for _, g := range some {
			sum(sums, siteDay{g.Month, 0, g.Product, g.Population}, g.Facts)
		}
	}
	for k, facts := range sums {
		all = append(all, GroupMonth{0, k.product, k.population, k.day, *facts})
	}
	return all, nil
}

// DeviceMonths are the facts of each device of a site by month in a period.
func (l *Ledger) DeviceMonths(ctx context.Context, site int64, p calendar.Period) ([]DeviceMonth, error) {
	months, parts, err := wholeMonths(ctx, l.store.Read, p)
	if err != nil {
		return nil, fmt.Errorf("cannot read the months of site %d: %w", site, err)
	}
	scan := func(rows *sql.Rows) (DeviceMonth, error) {
		var d DeviceMonth
		var month int64
		err := rows.Scan(scanFacts([]any{&d.Device, &month}, &d.Facts)...)
		d.Month = calendar.Day(month)
		return d, err
	}
	condition, args := in("month", months)
	all, err := queryAll(ctx, l.store.Read, "SELECT device, month, "+factColumns+" FROM device_months WHERE "+condition+" AND site = ?", append(args, site), scan)
	if err != nil {
		return nil, err
	}
	for _, part := range parts {
		condition, args := in("day", daysOf(part))
		some, err := queryAll(ctx, l.store.Read, "SELECT device, CAST(? AS bigint), "+sumColumns+" FROM device_days WHERE "+condition+" AND site = ? GROUP BY device",
			append(append([]any{int64(part.From.Month())}, args...), site), scan)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// FirstMonth is the first day of the first month with facts of an organisation's
// sites; false when there is none.
func (l *Ledger) FirstMonth(ctx context.Context, organisation int64) (calendar.Day, bool, error) {
	p, err := within(ctx, l.store.Read, "organisation_months", allTime)
	if err != nil {
		return 0, false, err
	}
	condition, args := in("month", monthsOf(p))
	first, err := queryAll(ctx, l.store.Read, "SELECT min(month) FROM organisation_months WHERE "+condition+" AND organisation = ?", append(args, organisation), func(rows *sql.Rows) (m sql.NullInt64, err error) {
		return m, rows.Scan(&m)
	})
	if err != nil {
		return 0, false, err
	}
	return calendar.Day(first[0].Int64), first[0].Valid, nil
}

// readMonths reads the months of sites that a condition picks.
func readMonths(ctx context.Context, db store.Querier, p calendar.Period, sites string, of []any) ([]GroupMonth, error) {
	months, parts, err := wholeMonths(ctx, db, p)
	if err != nil {
		return nil, fmt.Errorf("cannot read months: %w", err)
	}
	condition, args := in("month", months)
	all, err := queryAll(ctx, db, "SELECT site, product, population, month, "+factColumns+" FROM site_months WHERE "+condition+" AND "+sites, append(args, of...), scanGroup)
	if err != nil {
		return nil, err
	}
	for _, part := range parts {
		some, err := readMonthPart(ctx, db, part, sites, of)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// readMonthPart reads the part of a month that a period ends in, from its days.
func readMonthPart(ctx context.Context, db store.Querier, part calendar.Period, sites string, of []any) ([]GroupMonth, error) {
	condition, args := in("day", daysOf(part))
	return queryAll(ctx, db, "SELECT site, product, population, CAST(? AS bigint), "+sumColumns+" FROM site_days WHERE "+condition+" AND "+sites+" GROUP BY site, product, population",
		append(append([]any{int64(part.From.Month())}, args...), of...), scanGroup)
}

func scanGroup(rows *sql.Rows) (GroupMonth, error) {
	var g GroupMonth
	var month int64
	err := rows.Scan(scanFacts([]any{&g.Site, &g.Product, &g.Population, &month}, &g.Facts)...)
	g.Month = calendar.Day(month)
	return g, err
}

// wholeMonths cuts a period into whole months and parts of months. A month of which
// the period leaves out only days that nothing is known of is whole: so is the present
// one, up to today.
func wholeMonths(ctx context.Context, db store.Querier, p calendar.Period) (months []calendar.Day, parts []calendar.Period, err error) {
	if p, err = within(ctx, db, "site_months", p); err != nil || p.From >= p.To {
		return nil, nil, err
	}
	last, err := queryAll(ctx, db, "SELECT max(day) FROM site_days", nil, func(rows *sql.Rows) (day sql.NullInt64, err error) {
		return day, rows.Scan(&day)
	})
	if err != nil {
		return nil, nil, err
	}
	for _, m := range p.Months() {
		month := m.From.Month()
		if m.From == month && (m.To == (month+31).Month() || last[0].Valid && calendar.Day(last[0].Int64) < m.To) {
			months = append(months, month)
		} else {
			parts = append(parts, m)
		}
	}
	return months, parts, nil
}
