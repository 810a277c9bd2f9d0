package figures

import (
	"context"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// addRepairs adds the repairs of a device to its life, with what the parts emitted and
// what all of it cost, and returns the parts that were fitted. A part that no factor
// speaks of counts nothing, which is told.
func (f *Figures) addRepairs(life *view.DeviceLife, k *footprint.Class, d registry.Device, repairs []registry.Repair) (fitted []lifespan.Fitted) {
	for _, r := range repairs {
		on := r.On.Start(f.where)
		if on.After(life.At) {
			continue // of an earlier school year, what came later is not there yet
		}
		e := view.LifeEvent{On: on, Kind: view.EventBroken, Repair: &view.RepairEvent{Part: r.Part, DoneBy: r.DoneBy}}
		if r.Outcome == registry.Repaired {
			e.Kind = view.EventRepaired
			if r.Part != lifespan.NoPart {
				fitted = append(fitted, lifespan.Fitted{Part: r.Part, Age: quantity.Years(max(0, lifespan.Years(on.Sub(d.InService))))})
				countPart(life, k, e.Repair)
			}
		}
		switch {
		case r.CostCents > 0 || r.DoneBy == "warranty":
			cost := quantity.Euros(r.CostCents) / 100
			e.Repair.Cost = &cost
			life.Repairs += cost
		default:
			life.RepairsUnpriced++
		}
		life.Events = append(life.Events, e)
	}
	return fitted
}

// countPart adds what making a part emitted.
func countPart(life *view.DeviceLife, k *footprint.Class, r *view.RepairEvent) {
	made, key := k.PartMade(r.Part)
	if key == "" {
		r.Uncounted = true
		life.PartsUncounted++
		return
	}
	r.Embodied, r.Factor = &made, key
	life.Parts = life.Parts.Plus(made)
}

// fittedIn are the parts that were fitted to one device, as figures count them.
func (f *Figures) fittedIn(repairs []registry.Repair) []footprint.Fitted {
	var all []footprint.Fitted
	for _, r := range repairs {
		if r.Outcome == registry.Repaired {
			all = append(all, footprint.Fitted{Part: r.Part, On: r.On.Start(f.where), Count: 1})
		}
	}
	return all
}

// cohortOf is what makes devices of a site one cohort.
func cohortOf(c registry.Cohort) registry.Cohort {
	c.Count = 0
	return c
}

// fitted are the parts that were fitted to the devices of a site, by cohort.
func (f *Figures) fitted(ctx context.Context, site registry.Site) (map[registry.Cohort][]footprint.Fitted, error) {
	parts, err := f.registry.FittedParts(ctx, site.ID)
	all := map[registry.Cohort][]footprint.Fitted{}
	for _, p := range parts {
		c := cohortOf(p.Cohort)
		all[c] = append(all[c], footprint.Fitted{Part: p.Part, On: p.On.Start(f.where), Count: p.Count})
	}
	return all, err
}

// sameBattery is within how many days a battery that somebody recorded, and another one
// that an agent saw, are the same: an agent tells of a week, and recording takes a while.
const sameBattery = 31 // days

// batteryRecorded tells whether somebody recorded the battery that an agent saw on a day.
func batteryRecorded(repairs []registry.Repair, seen calendar.Day) bool {
	return slices.ContainsFunc(repairs, func(r registry.Repair) bool {
		apart := seen - r.On
		return r.Part == lifespan.Battery && r.Outcome == registry.Repaired && apart >= -sameBattery && apart <= sameBattery
	})
}

// fewestCosts is of how many repairs the cost must be known to put it in the place of
// the factor.
const fewestCosts = 5

// repairPrices are what an organisation paid for the parts of its own devices: the median,
// between the quartiles. Of too few there is none.
type repairPrices map[registry.RepairKind][]int64

func (f *Figures) repairPricesOf(ctx context.Context, o view.Organisation) (repairPrices, error) {
	return f.repairCosts.of(ctx, f, o, f.registry.RepairCosts)
}

// price puts it in the place of the factor in a repair that might be done.
func (p repairPrices) price(r *lifespan.Repair, c equipment.Category) {
	cents := p[registry.RepairKind{Category: c, Part: r.Part}] // in rising order
	if len(cents) < fewestCosts {
		return
	}
	euros := func(quarters int) quantity.Euros { return quantity.Euros(cents[(len(cents)-1)*quarters/4]) / 100 }
	r.Price = lifespan.Input[quantity.Euros]{Interval: quantity.Interval[quantity.Euros]{Low: euros(1), Value: euros(2), High: euros(3)}, From: lifespan.FromRepairs}
}

// failures are what is known of repairs by product, of an organisation that records some.
type failures struct {
	since  time.Time // from when on repairs are recorded; zero: none is
	counts map[int64]int64
	sums   map[int64][]registry.RepairSum
}

// failuresOf reads them, up to the end of a scope.
func (f *Figures) failuresOf(ctx context.Context, scope view.Scope) (failures, error) {
	if scope.SchoolYear != f.SchoolYear(0) {
		return f.readFailures(ctx, scope.Organisation.ID, f.asOf(scope))
	}
	return f.failures.of(ctx, f, scope.Organisation, f.failuresNow)
}

// failuresNow reads them up to now.
func (f *Figures) failuresNow(ctx context.Context, organisation int64) (failures, error) {
	return f.readFailures(ctx, organisation, f.clock())
}

// readFailures reads them. Repairs are taken as recorded from the school year of the first
// one on.
func (f *Figures) readFailures(ctx context.Context, organisation int64, at time.Time) (failures, error) {
	first, err := f.registry.FirstRepair(ctx, organisation)
	before := calendar.DayOf(at, f.where) + 1
	if err != nil || first == 0 || first >= before {
		return failures{}, err
	}
	since := calendar.SchoolYear(calendar.SchoolYearOf(first)).From
	all := failures{since: since.Start(f.where), sums: map[int64][]registry.RepairSum{}}
	if all.counts, err = f.registry.Failures(ctx, organisation, calendar.Period{From: since, To: before}); err != nil {
		return failures{}, err
	}
	sums, err := f.registry.RepairSums(ctx, organisation, before)
	for _, s := range sums {
		all.sums[s.Product] = append(all.sums[s.Product], s)
	}
	return all, err
}

// of is how often the devices of a product fail; nil where no repair is recorded, or
// none of them was in service since.
func (a failures) of(p *product, at time.Time, prices bool) *view.FailureRow {
	if a.since.IsZero() {
		return nil
	}
	row := &view.FailureRow{Since: a.since}
	for _, l := range p.lots {
		if l.Erased {
			continue // its repairs were erased with it
		}
		from, to := l.InService, at
		if from.Before(a.since) {
			from = a.since
		}
		if !l.Retired.IsZero() && l.Retired.Before(to) {
			to = l.Retired
		}
		row.DeviceYears += float64(l.Count) * max(0, lifespan.Years(to.Sub(from)))
	}
	if row.DeviceYears == 0 {
		return nil
	}
	byPart := map[lifespan.Part]*view.PartFailures{}
	for spec := range p.bySpec {
		row.Failures += a.counts[spec]
		for _, s := range a.sums[spec] {
			part := byPart[s.Part]
			if part == nil {
				part = &view.PartFailures{Part: s.Part}
				byPart[s.Part] = part
			}
			part.Count += s.Count
			if s.Outcome == registry.NotRepairable {
				part.NotRepairable += s.Count
			}
			if prices {
				part.Costed += s.Costed
				part.Cost += quantity.Euros(s.Cents) / 100
			}
		}
	}
	for _, name := range lifespan.RepairedParts {
		if part := byPart[name]; part != nil {
			row.Parts = append(row.Parts, *part)
		}
	}
	row.PerHundred = lifespan.FailureRate(row.Failures, row.DeviceYears)
	return row
}
