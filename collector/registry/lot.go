package registry

import (
	"context"
	"database/sql"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
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
	return store.All(ctx, r.store.Read, "read lots of devices", `
		SELECT site, product, in_service, retired, retired_to, acquisition, count(*), 0, CAST(sum(CASE WHEN price_cents > 0 THEN 1 ELSE 0 END) AS bigint), CAST(sum(price_cents) AS bigint)
		FROM devices WHERE `+which+`
		UNION ALL SELECT site, product, in_service, retired, retired_to, acquisition, count(*), 1, 0, 0
		FROM erased_devices WHERE `+which,
		[]any{organisation, organisation}, func(scan store.Scan, l *Lot) error {
			var inService int64
			var retired sql.NullInt64
			err := scan(&l.Site, &l.Product, &inService, &retired, &l.RetiredTo, &l.Acquisition, &l.Count, &l.Erased, &l.Priced, &l.Cents)
			l.InService, l.Retired = time.Unix(inService, 0), instant(retired)
			return err
		})
}
