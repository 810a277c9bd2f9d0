package figures

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// inspection is what rows of products are made of.
type inspection struct {
	of        *Figures
	scope     view.Scope
	since     calendar.Day
	at        time.Time
	wornAt    float64
	prices    bool
	products  []*product
	lives     [][]lifespan.Observation // by product, as are the next two
	ranks     []lifespan.Rank
	watched   map[equipment.Category]int    // devices
	batteries map[int64][][]lifespan.Health // by specification
	facts     map[int64]footprint.Facts     // of the school year, by specification
	failures  failures
}

func (f *Figures) inspect(ctx context.Context, organisation int64, schoolYear int) (*inspection, error) {
	scope, err := f.scope(ctx, organisation, schoolYear)
	if err != nil {
		return nil, err
	}
	fleet, err := f.fleets.of(ctx, f, scope.Organisation, f.readFleet)
	if err != nil {
		return nil, err
	}
	in := &inspection{of: f, scope: scope, at: f.asOf(scope), prices: view.SeesPrices(ctx, organisation), facts: map[int64]footprint.Facts{}}
	if in.since, err = f.watchedSince(ctx, scope, fleet.lots); err != nil {
		return nil, err
	}
	in.products = fleet.products
	later := func(l registry.Lot) bool { return !l.InService.Before(in.at) }
	if slices.ContainsFunc(fleet.lots, later) { // of an earlier school year, what came later is not there yet
		if in.products, err = f.productsOf(ctx, slices.DeleteFunc(slices.Clone(fleet.lots), later)); err != nil {
			return nil, err
		}
	}
	in.compareLives()
	if in.wornAt, err = lifespan.WornAt(f.Factors()); err != nil {
		return nil, err
	}
	if in.batteries, err = f.batteriesOf(ctx, scope.Organisation, in.at); err != nil {
		return nil, err
	}
	if in.failures, err = f.failuresOf(ctx, scope); err != nil {
		return nil, err
	}
	months, err := f.ledger.OrganisationMonths(ctx, organisation, calendar.Period{From: scope.From, To: scope.To})
	if err != nil {
		return nil, err
	}
	for _, m := range months {
		sum := in.facts[m.Product]
		sum.Add(m.Facts)
		in.facts[m.Product] = sum
	}
	return in, nil
}

// compareLives ranks the products of each category.
func (in *inspection) compareLives() {
	since := in.since.Start(in.of.where)
	in.lives, in.ranks = make([][]lifespan.Observation, len(in.products)), make([]lifespan.Rank, len(in.products))
	byCategory := map[equipment.Category][]int{}
	in.watched = map[equipment.Category]int{}
	for i, p := range in.products {
		in.lives[i] = p.lives(since, in.at)
		in.watched[p.key.category] += lifespan.Watched(in.lives[i])
		byCategory[p.key.category] = append(byCategory[p.key.category], i)
	}
	for _, of := range byCategory {
		groups := make([][]lifespan.Observation, len(of))
		for g, i := range of {
			groups[g] = in.lives[i]
		}
		for g, rank := range lifespan.LogRank(groups) {
			in.ranks[of[g]] = rank
		}
	}
}

// row is what is known of a product.
func (in *inspection) row(i int) (*view.ProductRow, error) {
	p := in.products[i]
	row := &view.ProductRow{ID: p.id, Category: p.key.category, Maker: p.key.maker, Model: p.key.model, Served: in.ranks[i], Watched: lifespan.Watched(in.lives[i])}
	row.Verdict = view.VerdictOf(row.Served, row.Watched, in.watched[p.key.category]-row.Watched)
	in.count(row, p)
	row.Failures = in.failures.of(p, in.at, in.prices)
	if err := in.life(row, in.lives[i]); err != nil {
		return nil, err
	}
	var batteries [][]lifespan.Health
	var facts footprint.Facts
	for spec := range p.bySpec {
		batteries = append(batteries, in.batteries[spec]...)
		sum := in.facts[spec]
		facts.Add(sum)
	}
	if len(batteries) > 0 {
		ageing := lifespan.AgeingOf(batteries, in.wornAt)
		row.Battery = &ageing
	}
	if hours := float64(facts.MeteredMs) / 3_600_000; hours >= enoughMetered {
		row.MeteredHours, row.Metered = hours, quantity.Watts(float64(facts.Metered.WattHours())/hours)
	}
	return row, in.describe(row, p)
}

// enoughMetered is for how many hours devices must have been metered to tell what they
// draw.
const enoughMetered = 10

// count counts the devices of a product, those in service and those that left.
func (in *inspection) count(row *view.ProductRow, p *product) {
	var age float64
	var cents int64
	places := map[int64]bool{}
	price := view.PriceRow{}
	for _, l := range p.lots {
		if l.Priced > 0 {
			mean := quantity.Euros(float64(l.Cents) / float64(l.Priced) / 100)
			if price.Devices == 0 {
				price.Low = mean
			}
			price.Low, price.High = min(price.Low, mean), max(price.High, mean)
			price.Devices += l.Priced
			cents += l.Cents
		}
		if !l.Retired.IsZero() && !l.Retired.After(in.at) {
			addLeft(&row.Left, l)
			continue
		}
		row.Devices += l.Count
		age += float64(l.Count) * lifespan.Years(in.at.Sub(l.InService))
		places[l.Site] = true
	}
	row.Places = len(places)
	if row.Devices > 0 {
		row.AgeYears = age / float64(row.Devices)
	}
	if price.Devices > 0 && in.prices {
		price.Mean = quantity.Euros(float64(cents) / float64(price.Devices) / 100)
		row.Price = &price
	}
}

// addLeft counts devices that left by where they went. Of an erased one without a
// destination it is not known that it left.
func addLeft(left *view.Left, l registry.Lot) {
	switch {
	case l.RetiredTo == "reuse":
		left.Reuse += l.Count
	case l.RetiredTo == "recycling":
		left.Recycling += l.Count
	case l.RetiredTo == "lost":
		left.Lost += l.Count
	case !l.Erased:
		left.NotRecorded += l.Count
	}
}

// life says how long devices serve, where enough of them were watched.
func (in *inspection) life(row *view.ProductRow, lives []lifespan.Observation) error {
	curve, err := curveOf(lives)
	if err != nil || curve == nil {
		return err
	}
	row.Median = curve.Median()
	mean := curve.RestrictedMean(curve.To)
	row.Mean = &mean
	return nil
}

// describe says what making one emitted and what it draws: by the specification that
// most of the devices have.
func (in *inspection) describe(row *view.ProductRow, p *product) error {
	most := p.id
	for spec, n := range p.bySpec {
		if n > p.bySpec[most] || n == p.bySpec[most] && spec < most {
			most = spec
		}
	}
	spec, ok := in.of.products.find(most)
	if !ok {
		return fmt.Errorf("there is no product %d", most)
	}
	class, err := in.of.model(in.scope).Class(spec)
	if err != nil {
		return err
	}
	if made := class.Made(0); made.Available {
		embodied := made.Embodied
		row.Embodied = &embodied
	}
	row.Power = powerOf(class)
	return nil
}

// powerOf is what devices of a class are taken to draw.
func powerOf(class *footprint.Class) *view.PowerRow {
	curve := class.Curve()
	row := &view.PowerRow{Off: curve.Off, Sleep: curve.Sleep, Idle: curve.Idle(), Active: curve.Active(), Curve: power.DefaultCurve}
	if c := class.Calibrated; c != nil {
		row.Class, row.Devices, row.Hours = class.CalibratedBy, c.Devices, c.Hours
	}
	return row
}

// sites are the schools that have some of a product in service, those with most first.
func (in *inspection) sites(ctx context.Context, p *product) ([]view.ProductSite, error) {
	bySite := map[int64]*view.ProductSite{}
	for _, l := range p.lots {
		if !l.Retired.IsZero() && !l.Retired.After(in.at) {
			continue
		}
		s := bySite[l.Site]
		if s == nil {
			s = &view.ProductSite{ID: l.Site}
			bySite[l.Site] = s
		}
		s.Devices += l.Count
		s.AgeYears += float64(l.Count) * lifespan.Years(in.at.Sub(l.InService))
	}
	known, err := in.of.registry.Sites(ctx, in.scope.Organisation.ID)
	if err != nil {
		return nil, err
	}
	var all []view.ProductSite
	for _, site := range known {
		if s := bySite[site.ID]; s != nil {
			s.Name = site.Name
			s.AgeYears /= float64(s.Devices)
			all = append(all, *s)
		}
	}
	slices.SortFunc(all, func(a, b view.ProductSite) int {
		return cmp.Or(cmp.Compare(b.Devices, a.Devices), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}
