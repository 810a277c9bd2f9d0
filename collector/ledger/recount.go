package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
)

// recount computes every sum anew that follows from device_days and erased_days, and
// tells each row that is or should be there. It holds a month of one site in memory.
type recount struct {
	ctx  context.Context
	tx   *sql.Tx
	tell func(row sumRow) error

	// day is told the days of a site's devices, if it is not nil.
	day func(site int64, day calendar.Day, facts map[int64]footprint.Facts) error

	organisations map[siteDay]*footprint.Facts // by month, with the organisation for the site
}

// sumRow is a row of sums as it is and as it should be. An absent row is all zero.
type sumRow struct {
	to         kind // that writes it
	key        []string
	args       []any
	subject    string
	lower      string // what it is the sum of
	is, should footprint.Facts
}

type ownedBy struct{ site, organisation int64 }

func sitesWithOwners(ctx context.Context, tx *sql.Tx) ([]ownedBy, error) {
	return queryAll(ctx, tx, "SELECT id, organisation FROM sites ORDER BY id", nil, func(rows *sql.Rows) (s ownedBy, err error) {
		return s, rows.Scan(&s.site, &s.organisation)
	})
}

// all goes through all sites, month by month.
func (r *recount) all() error {
	sites, err := sitesWithOwners(r.ctx, r.tx)
	if err != nil {
		return err
	}
	months, err := r.everyMonth()
	if err != nil {
		return err
	}
	r.organisations = map[siteDay]*footprint.Facts{}
	for _, s := range sites {
		devices, err := queryAll(r.ctx, r.tx, "SELECT id, coalesce(product, 0), population FROM devices WHERE site = ?", []any{s.site}, func(rows *sql.Rows) (d Device, err error) {
			return d, rows.Scan(&d.ID, &d.Product, &d.Population)
		})
		if err != nil {
			return err
		}
		of := make(map[int64]Device, len(devices))
		for _, d := range devices {
			of[d.ID] = d
		}
		for _, month := range slices.Sorted(maps.Keys(months)) {
			if err := r.siteMonth(s, of, month, months[month]); err != nil {
				return fmt.Errorf("site %d in the month of %s: %w", s.site, month, err)
			}
		}
	}
	return r.organisationMonths(slices.Sorted(maps.Keys(months)))
}

// everyMonth are the days that any table of sums has a row of, by month.
func (r *recount) everyMonth() (map[calendar.Day][]calendar.Day, error) {
	days := map[calendar.Day]bool{}
	months := map[calendar.Day][]calendar.Day{}
	for _, table := range []string{"device_windows", "device_days", "site_days", "device_months", "site_months", "organisation_months"} {
		column := "day"
		if strings.HasSuffix(table, "_months") {
			column = "month"
		}
		found, err := distinct(r.ctx, r.tx, table, column)
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			if column == "day" {
				days[d] = true
			} else if _, there := months[d]; !there {
				months[d] = nil
			}
		}
	}
	erased, err := queryAll(r.ctx, r.tx, "SELECT DISTINCT day FROM erased_days", nil, func(rows *sql.Rows) (day int64, err error) {
		return day, rows.Scan(&day)
	})
	if err != nil {
		return nil, err
	}
	for _, d := range erased {
		days[calendar.Day(d)] = true
	}
	for _, d := range slices.Sorted(maps.Keys(days)) {
		months[d.Month()] = append(months[d.Month()], d)
	}
	return months, nil
}

func (r *recount) siteMonth(s ownedBy, devices map[int64]Device, month calendar.Day, days []calendar.Day) error {
	ofDevices, ofSite := map[deviceDay]*footprint.Facts{}, map[siteDay]*footprint.Facts{}
	for _, day := range days {
		facts, err := querySums(r.ctx, r.tx, "SELECT device, "+factColumns+" FROM device_days WHERE day = ? AND site = ?", scanDevice, int64(day), s.site)
		if err != nil {
			return err
		}
		if r.day != nil {
			if err := r.day(s.site, day, facts); err != nil {
				return err
			}
		}
		should := map[siteDay]*footprint.Facts{}
		for device, f := range facts {
			sum(ofDevices, deviceDay{month, place{s.site, device}}, f)
			d := devices[device] // of none: told as such elsewhere
			sum(should, siteDay{day, s.site, d.Product, d.Population}, f)
		}
		erased, err := querySums(r.ctx, r.tx, "SELECT day, site, product, population, "+factColumns+" FROM erased_days WHERE site = ? AND day = ?", scanSite, s.site, int64(day))
		if err != nil {
			return err
		}
		for k, f := range erased {
			sum(should, k, f)
		}
		for k, f := range should {
			k.day = month
			sum(ofSite, k, *f)
		}
		is, err := querySums(r.ctx, r.tx, "SELECT day, site, product, population, "+factColumns+" FROM site_days WHERE day = ? AND site = ?", scanSite, int64(day), s.site)
		if err != nil {
			return err
		}
		if err := tellSums(r, addSiteDays, []string{"day", "site", "product", "population"}, "its devices", siteDay.String, is, should); err != nil {
			return err
		}
	}
	devicesAre, err := querySums(r.ctx, r.tx, "SELECT month, site, device, "+factColumns+" FROM device_months WHERE month = ? AND site = ?", scanDeviceDay, int64(month), s.site)
	if err != nil {
		return err
	}
	if err := tellSums(r, addDeviceMonths, []string{"month", "site", "device"}, "its days", deviceDay.String, devicesAre, ofDevices); err != nil {
		return err
	}
	siteIs, err := querySums(r.ctx, r.tx, "SELECT month, site, product, population, "+factColumns+" FROM site_months WHERE month = ? AND site = ?", scanSite, int64(month), s.site)
	if err != nil {
		return err
	}
	for k, f := range ofSite {
		k.site = s.organisation
		sum(r.organisations, k, *f)
	}
	return tellSums(r, addSiteMonths, []string{"month", "site", "product", "population"}, "its days", siteDay.String, siteIs, ofSite)
}

func (r *recount) organisationMonths(months []calendar.Day) error {
	condition, args := in("month", months)
	is, err := querySums(r.ctx, r.tx, "SELECT month, organisation, product, population, "+factColumns+" FROM organisation_months WHERE "+condition, scanSite, args...)
	if err != nil {
		return err
	}
	name := func(k siteDay) string {
		return fmt.Sprintf("organisation %d, %s, product %d, %s", k.site, k.day.String()[:len("2006-01")], k.product, k.population)
	}
	return tellSums(r, addOrganisationMonths, []string{"month", "organisation", "product", "population"}, "its sites", name, is, r.organisations)
}

// String names the sum.
func (k siteDay) String() string {
	return fmt.Sprintf("site %d, %s, product %d, %s", k.site, k.day, k.product, k.population)
}

// String names the sum.
func (k deviceDay) String() string { return fmt.Sprintf("device %d, %s", k.device, k.day) }

// tellSums tells the rows of a table, as they are and as they should be.
func tellSums[K sumKey[K]](r *recount, to kind, key []string, lower string, name func(K) string, is map[K]footprint.Facts, should map[K]*footprint.Facts) error {
	all := slices.Collect(maps.Keys(is))
	for k := range should {
		if _, there := is[k]; !there {
			all = append(all, k)
		}
	}
	slices.SortFunc(all, K.compare)
	for _, k := range all {
		row := sumRow{to: to, key: key, args: k.args(), subject: name(k), lower: lower, is: is[k]}
		if s := should[k]; s != nil {
			row.should = *s
		}
		if err := r.tell(row); err != nil {
			return err
		}
	}
	return nil
}

func scanDevice(device *int64) []any { return []any{device} }

func scanDeviceDay(k *deviceDay) []any { return []any{(*dayScanner)(&k.day), &k.site, &k.device} }

func scanSite(k *siteDay) []any {
	return []any{(*dayScanner)(&k.day), &k.site, &k.product, (*populationScanner)(&k.population)}
}

// dayScanner and populationScanner read columns into types of ours.
type (
	dayScanner        calendar.Day
	populationScanner equipment.Population
)

func (d *dayScanner) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("a day is %v", v)
	}
	*d = dayScanner(n)
	return nil
}

func (p *populationScanner) Scan(v any) error {
	*p = populationScanner(fmt.Sprintf("%s", v))
	return nil
}

// querySums reads rows of a key and its facts.
func querySums[K comparable](ctx context.Context, tx *sql.Tx, query string, key func(*K) []any, args ...any) (map[K]footprint.Facts, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[K]footprint.Facts{}
	for rows.Next() {
		var k K
		var facts footprint.Facts
		if err := rows.Scan(scanFacts(key(&k), &facts)...); err != nil {
			return nil, err
		}
		all[k] = facts
	}
	return all, rows.Err()
}

// Repair writes sums anew that do not follow from the days of devices: the months of
// devices, the days and months of sites, the months of organisations. It returns how
// many it wrote or deleted. It is one transaction: all of it or nothing, and reports
// wait meanwhile. Nothing else can be repaired, because nothing else can be derived.
func Repair(ctx context.Context, s *store.Store) (repaired int64, err error) {
	err = store.InTx(ctx, s.Write, func(tx *sql.Tx) error {
		repaired = 0
		f := newFiling(ctx, tx, nil, nil)
		r := recount{ctx: ctx, tx: tx, tell: func(row sumRow) error {
			if row.is == row.should {
				return nil
			}
			repaired++
			return f.rewrite(row)
		}}
		return r.all()
	})
	if err != nil {
		return 0, store.Explain(fmt.Errorf("cannot repair sums: %w", err))
	}
	return repaired, nil
}

// rewrite makes a row what it should be.
func (f *filing) rewrite(row sumRow) error {
	query := "DELETE FROM " + row.to.name + " WHERE " + row.key[0] + " = ?"
	for _, column := range row.key[1:] {
		query += " AND " + column + " = ?"
	}
	if _, err := f.tx.ExecContext(f.ctx, query, row.args...); err != nil || row.should == (footprint.Facts{}) {
		return err
	}
	return f.exec(row.to, appendFacts(slices.Clone(row.args), &row.should))
}
