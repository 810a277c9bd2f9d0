package registry

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Lot is a number of devices of a site and product that came, and left, together.
type Lot struct {
	Site        int64
	Product     int64
	InService   time.Time
	Retired     time.Time // zero: in service
	RetiredTo   string    // "reuse", "recycling" or "lost"; empty: not recorded
	Acquisition string    // empty: not known
	Count       int64
	// Erased tells devices that were erased: of these Retired may be when that was.
	Erased bool
	// Priced is of how many devices the price is known, and Cents what these cost.
	Priced int64
	Cents  int64
}

// Lots are all physical devices of an organisation that ever were in service, with
// those that left and those that were erased.
func (r *Registry) Lots(ctx context.Context, organisation int64) ([]Lot, error) {
	const which = "site IN (SELECT id FROM sites WHERE organisation = ?) AND product IN (SELECT id FROM products WHERE category <> 'virtual') GROUP BY 1, 2, 3, 4, 5, 6"
	rows, err := r.store.Read.QueryContext(ctx, `
		SELECT site, product, in_service, retired, retired_to, acquisition, count(*), 0, CAST(sum(CASE WHEN price_cents > 0 THEN 1 ELSE 0 END) AS bigint), CAST(sum(price_cents) AS bigint)
		FROM devices WHERE `+which+`
		UNION ALL SELECT site, product, in_service, retired, retired_to, acquisition, count(*), 1, 0, 0
		FROM erased_devices WHERE `+which, organisation, organisation)
	if err != nil {
		return nil, fmt.Errorf("cannot read lots of devices: %w", err)
	}
	defer rows.Close()
	var all []Lot
	for rows.Next() {
		var l Lot
		var inService int64
		var retired sql.NullInt64
		if err := rows.Scan(&l.Site, &l.Product, &inService, &retired, &l.RetiredTo, &l.Acquisition, &l.Count, &l.Erased, &l.Priced, &l.Cents); err != nil {
			return nil, fmt.Errorf("cannot read lots of devices: %w", err)
		}
		l.InService, l.Retired = time.Unix(inService, 0), instant(retired)
		all = append(all, l)
	}
	return all, rows.Err()
}
