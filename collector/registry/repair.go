package registry

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/lifespan"
)

// Repair is what was done to a device on a day about one of its parts. It has no free
// text: a note of a repair often says whose device it was.
type Repair struct {
	On      calendar.Day
	Part    lifespan.Part
	Outcome Outcome
	DoneBy  string // one of DoneBys; empty: not known
	// CostCents is 0 where it is not known, and where the maker bore it under warranty.
	CostCents int64
}

// Outcome is how a repair ended.
type Outcome string

// The outcomes of a repair.
const (
	Repaired      Outcome = "repaired"
	NotRepairable Outcome = "not_repairable" // the part that failed could not be, or was not worth it
)

// Outcomes lists them.
var Outcomes = []Outcome{Repaired, NotRepairable}

// DoneBys are who may have done a repair.
var DoneBys = []string{"in_house", "sent_out", "warranty"}

// maxRepairCents is more than any repair of a school's device costs.
const maxRepairCents = 10_000_000

// Check says what is wrong with a repair.
func (r *Repair) Check() error {
	switch {
	case r.On == 0:
		return wrong("on", "must be a day")
	case !slices.Contains(lifespan.RepairedParts, r.Part):
		return wrong("part", "is %q; allowed are %s", r.Part, joined(lifespan.RepairedParts))
	case !slices.Contains(Outcomes, r.Outcome):
		return wrong("outcome", "is %q; allowed are %s", r.Outcome, joined(Outcomes))
	case r.DoneBy != "" && !slices.Contains(DoneBys, r.DoneBy):
		return wrong("done_by", "is %q; allowed are %s", r.DoneBy, joined(DoneBys))
	case r.CostCents < 0 || r.CostCents > maxRepairCents:
		return wrong("cost", "is %v euros; 0 to %d are allowed", float64(r.CostCents)/100, maxRepairCents/100)
	}
	return nil
}

func joined[T ~string](words []T) string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return strings.Join(all, ", ")
}

// KeepRepair keeps a repair. What is kept of the device, the day and the part already is
// replaced.
func KeepRepair(ctx context.Context, tx *sql.Tx, device int64, r Repair) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO repairs (device, day, part, outcome, done_by, cost_cents) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (device, day, part) DO UPDATE SET outcome = excluded.outcome, done_by = excluded.done_by, cost_cents = excluded.cost_cents`,
		device, int64(r.On), string(r.Part), string(r.Outcome), r.DoneBy, r.CostCents)
	if err != nil {
		return fmt.Errorf("cannot keep a repair: %w", err)
	}
	return nil
}

// ForgetRepair takes a repair back, and tells whether there was one.
func ForgetRepair(ctx context.Context, tx *sql.Tx, device int64, on calendar.Day, part lifespan.Part) (bool, error) {
	done, err := tx.ExecContext(ctx, "DELETE FROM repairs WHERE device = ? AND day = ? AND part = ?", device, int64(on), string(part))
	if err != nil {
		return false, fmt.Errorf("cannot forget a repair: %w", err)
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

// AdoptRepairs gives the repairs of a device to the one that goes on; of a day and part
// that both have, its own stays.
func AdoptRepairs(ctx context.Context, tx *sql.Tx, old, heir int64) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO repairs (device, day, part, outcome, done_by, cost_cents)
		SELECT ?, day, part, outcome, done_by, cost_cents FROM repairs WHERE device = ? ON CONFLICT DO NOTHING`, heir, old)
	if err == nil {
		_, err = tx.ExecContext(ctx, "DELETE FROM repairs WHERE device = ?", old)
	}
	if err != nil {
		return fmt.Errorf("cannot move repairs: %w", err)
	}
	return nil
}

// insertRepairs keeps the repairs of simulated devices.
func insertRepairs(ctx context.Context, tx *sql.Tx, of []NewDevice, added []Device) error {
	for i := range of {
		for _, r := range of[i].Repairs {
			if err := KeepRepair(ctx, tx, added[i].ID, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// Repairs are those of a device, oldest first.
func (r *Registry) Repairs(ctx context.Context, device int64) ([]Repair, error) {
	all, err := RepairsOf(ctx, r.store.Read, []int64{device})
	return all[device], err
}

// RepairsOf are those of some devices, oldest first.
func (r *Registry) RepairsOf(ctx context.Context, ids []int64) (map[int64][]Repair, error) {
	return RepairsOf(ctx, r.store.Read, ids)
}

const readRepairs = "read repairs"

// RepairsOf are the same in a transaction.
func RepairsOf(ctx context.Context, db store.Querier, ids []int64) (map[int64][]Repair, error) {
	all := map[int64][]Repair{}
	for group := range slices.Chunk(ids, perLookUp) {
		values := make([]any, len(group))
		for i := range group {
			values[i] = group[i]
		}
		err := store.Each(ctx, db, readRepairs, "SELECT device, day, part, outcome, done_by, cost_cents FROM repairs WHERE device IN (?"+strings.Repeat(", ?", len(group)-1)+") ORDER BY device, day, part",
			values, func(scan store.Scan) error {
				var device, day int64
				var one Repair
				err := scan(&device, &day, &one.Part, &one.Outcome, &one.DoneBy, &one.CostCents)
				one.On = calendar.Day(day)
				all[device] = append(all[device], one)
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// FittedParts are the parts of a kind that repairs had fitted to devices of a cohort on a
// day. Its Count is that of the parts.
type FittedParts struct {
	Cohort
	On   calendar.Day
	Part lifespan.Part
}

// FittedParts are those of a site's devices, with those that were erased: they were made
// all the same.
func (r *Registry) FittedParts(ctx context.Context, site int64) ([]FittedParts, error) {
	var all []FittedParts
	err := store.Each(ctx, r.store.Read, readRepairs, `SELECT product, population, in_service, retired, acquisition, day, part, count(*) FROM (
			SELECT d.product, d.population, d.in_service, d.retired, d.acquisition, r.day, r.part
			FROM devices d CROSS JOIN repairs r WHERE d.site = ? AND r.device = d.id AND r.outcome = 'repaired'
			UNION ALL SELECT product, population, in_service, retired, acquisition, day, part FROM erased_parts WHERE site = ?) AS fitted
		GROUP BY 1, 2, 3, 4, 5, 6, 7`,
		[]any{site, site}, func(scan store.Scan) error {
			p := FittedParts{Cohort: Cohort{Site: site}}
			var inService, day int64
			var retired sql.NullInt64
			err := scan(&p.Product, &p.Population, &inService, &retired, &p.Acquisition, &day, &p.Part, &p.Count)
			p.InService, p.Retired, p.On = time.Unix(inService, 0), instant(retired), calendar.Day(day)
			all = append(all, p)
			return err
		})
	return all, err
}

// RepairSum is how often a part of the devices of a product was repaired, with one outcome.
type RepairSum struct {
	Product int64
	Part    lifespan.Part
	Outcome Outcome
	Count   int64
	// Costed is of how many the cost is known, and Cents what these cost.
	Costed, Cents int64
}

// RepairSums are the repairs of an organisation's devices before a day.
func (r *Registry) RepairSums(ctx context.Context, organisation int64, before calendar.Day) ([]RepairSum, error) {
	var all []RepairSum
	err := store.Each(ctx, r.store.Read, readRepairs, `SELECT d.product, r.part, r.outcome, count(*), count(*) FILTER (WHERE r.cost_cents > 0 OR r.done_by = 'warranty'), CAST(sum(r.cost_cents) AS bigint)
		FROM repairs r JOIN devices d ON d.id = r.device WHERE d.site IN (SELECT id FROM sites WHERE organisation = ?) AND r.day < ? GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
		[]any{organisation, int64(before)}, func(scan store.Scan) error {
			var s RepairSum
			err := scan(&s.Product, &s.Part, &s.Outcome, &s.Count, &s.Costed, &s.Cents)
			all = append(all, s)
			return err
		})
	return all, err
}

// Failures count how often devices of each product failed from one day to before another:
// days on which something of a device was repaired, or could not be.
func (r *Registry) Failures(ctx context.Context, organisation int64, during calendar.Period) (map[int64]int64, error) {
	all := map[int64]int64{}
	err := store.Each(ctx, r.store.Read, readRepairs, `SELECT product, count(*) FROM (SELECT DISTINCT d.product, r.device, r.day FROM repairs r JOIN devices d ON d.id = r.device
			WHERE d.site IN (SELECT id FROM sites WHERE organisation = ?) AND r.day >= ? AND r.day < ?) AS failed GROUP BY product`,
		[]any{organisation, int64(during.From), int64(during.To)}, func(scan store.Scan) error {
			var product, n int64
			err := scan(&product, &n)
			all[product] = n
			return err
		})
	return all, err
}

// FirstRepair is the day of the first repair of an organisation's devices, 0 where there
// is none.
func (r *Registry) FirstRepair(ctx context.Context, organisation int64) (calendar.Day, error) {
	var day int64
	err := r.store.Read.QueryRowContext(ctx, "SELECT coalesce(min(day), 0) FROM repairs WHERE device IN (SELECT id FROM devices WHERE site IN (SELECT id FROM sites WHERE organisation = ?))", organisation).Scan(&day)
	if err != nil {
		return 0, fmt.Errorf("cannot read repairs: %w", err)
	}
	return calendar.Day(day), nil
}

// RepairKind is a part of devices of a category.
type RepairKind struct {
	Category equipment.Category
	Part     lifespan.Part
}

// latestCosts is of how many repairs of a kind the cost is read, the latest ones.
const latestCosts = 200

// RepairCosts are what the latest repairs of each kind cost an organisation, in cents;
// without those that the maker bore.
func (r *Registry) RepairCosts(ctx context.Context, organisation int64) (map[RepairKind][]int64, error) {
	all := map[RepairKind][]int64{}
	err := store.Each(ctx, r.store.Read, readRepairs, `SELECT category, part, cost_cents FROM (
			SELECT d.category, r.part, r.cost_cents, row_number() OVER (PARTITION BY d.category, r.part ORDER BY r.day DESC, r.device) AS latest
			FROM repairs r JOIN devices d ON d.id = r.device
			WHERE d.site IN (SELECT id FROM sites WHERE organisation = ?) AND r.outcome = 'repaired' AND r.cost_cents > 0) AS costs
		WHERE latest <= ? ORDER BY category, part, cost_cents`,
		[]any{organisation, latestCosts}, func(scan store.Scan) error {
			var kind RepairKind
			var cents int64
			err := scan(&kind.Category, &kind.Part, &cents)
			all[kind] = append(all[kind], cents)
			return err
		})
	return all, err
}

// Called is a device as lists name it, with when it was in service.
type Called struct {
	ID, Site      int64
	Name, Label   string
	InService     time.Time
	InServiceFrom string
	Retired       time.Time
}

// CalledIn tells of all devices of an organisation, in a transaction.
func CalledIn(ctx context.Context, tx *sql.Tx, organisation int64, tell func(Called)) error {
	return store.Each(ctx, tx, "list devices", "SELECT id, site, name, label, in_service, in_service_from, retired FROM devices WHERE site IN (SELECT id FROM sites WHERE organisation = ?) ORDER BY id",
		[]any{organisation}, func(scan store.Scan) error {
			var c Called
			var inService int64
			var retired sql.NullInt64
			if err := scan(&c.ID, &c.Site, &c.Name, &c.Label, &inService, &c.InServiceFrom, &retired); err != nil {
				return err
			}
			c.InService, c.Retired = time.Unix(inService, 0).UTC(), instant(retired)
			tell(c)
			return nil
		})
}

// Called is the device as lists name it.
func (d *Device) Called() Called {
	return Called{d.ID, d.Site, d.Name, d.Label, d.InService, d.InServiceFrom, d.Retired}
}
