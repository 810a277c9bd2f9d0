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

// daysOfDevices are the sums of a site's devices, with what remains of erased ones.
var daysOfDevices = `SELECT ?1, day, product, population, ` + sumColumns + ` FROM (
		SELECT x.day, coalesce(d.product, 0) AS product, d.population, ` + factColumns + ` FROM devices d JOIN device_days x ON x.device = d.id WHERE d.site = ?1
		UNION ALL SELECT day, product, population, ` + factColumns + ` FROM erased_days WHERE site = ?1)
	GROUP BY day, product, population`

var daysOfSite = "SELECT site, day, product, population, " + factColumns + " FROM site_days WHERE site = ?1"

// siteDays compares the days of each site with those of its devices.
func (v *Verdict) siteDays(ctx context.Context, tx *sql.Tx) error {
	sites, err := siteIDs(ctx, tx)
	if err != nil {
		return err
	}
	for _, site := range sites {
		is, should, err := sums(ctx, tx, site)
		if err != nil {
			return err
		}
		v.SiteDays += int64(len(is))
		for k, facts := range is {
			v.compare("site_days", k.String(), "its devices add up to", facts, should[k])
			delete(should, k)
		}
		for k, facts := range should {
			v.compare("site_days", k.String(), "its devices add up to", footprint.Facts{}, facts)
		}
	}
	return nil
}

// String names the sum.
func (k siteDay) String() string {
	return fmt.Sprintf("site %d, %s, product %d, %s", k.site, k.day, k.product, k.population)
}

func siteIDs(ctx context.Context, tx *sql.Tx) ([]int64, error) {
	return queryAll(ctx, tx, "SELECT id FROM sites ORDER BY id", nil, func(rows *sql.Rows) (id int64, err error) {
		return id, rows.Scan(&id)
	})
}

// sums are the days of a site as they are, and as its devices add up.
func sums(ctx context.Context, tx *sql.Tx, site int64) (is, should map[siteDay]footprint.Facts, err error) {
	if is, err = querySums(ctx, tx, daysOfSite, site); err != nil {
		return nil, nil, err
	}
	should, err = querySums(ctx, tx, daysOfDevices, site)
	return is, should, err
}

func querySums(ctx context.Context, tx *sql.Tx, query string, site int64) (map[siteDay]footprint.Facts, error) {
	rows, err := tx.QueryContext(ctx, query, site)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[siteDay]footprint.Facts{}
	for rows.Next() {
		var k siteDay
		var day int64
		var population string
		var facts footprint.Facts
		if err := rows.Scan(scanFacts([]any{&k.site, &day, &k.product, &population}, &facts)...); err != nil {
			return nil, err
		}
		k.day, k.population = calendar.Day(day), equipment.Population(population)
		all[k] = facts
	}
	return all, rows.Err()
}

// RepairSiteDays writes the days of sites anew where they are not the sums of the
// days of devices, and returns how many it wrote or deleted. It is one transaction:
// all of it or nothing, and reports wait meanwhile. Nothing else can be repaired,
// because nothing else can be derived.
func RepairSiteDays(ctx context.Context, s *store.Store) (repaired int64, err error) {
	err = store.InTx(ctx, s.Write, func(tx *sql.Tx) error {
		sites, err := siteIDs(ctx, tx)
		if err != nil {
			return err
		}
		repaired = 0
		for _, site := range sites {
			n, err := repairSite(ctx, tx, site)
			if err != nil {
				return err
			}
			repaired += n
		}
		return nil
	})
	if err != nil {
		return 0, store.Explain(fmt.Errorf("cannot repair the days of sites: %w", err))
	}
	return repaired, nil
}

func repairSite(ctx context.Context, tx *sql.Tx, site int64) (repaired int64, err error) {
	is, should, err := sums(ctx, tx, site)
	if err != nil {
		return 0, err
	}
	for k := range is { // of what no device has, the sum is zero
		if _, known := should[k]; !known {
			should[k] = footprint.Facts{}
		}
	}
	var anew []any
	for k, facts := range should {
		if is[k] == facts {
			continue
		}
		repaired++
		key := []any{k.site, int64(k.day), k.product, string(k.population)}
		if _, err := tx.ExecContext(ctx, "DELETE FROM site_days WHERE site = ? AND day = ? AND product = ? AND population = ?", key...); err != nil {
			return 0, err
		}
		if facts != (footprint.Facts{}) {
			anew = appendFacts(append(anew, key...), &facts)
		}
	}
	return repaired, newFiling(ctx, tx, nil, nil).exec(addSiteDays, anew)
}
