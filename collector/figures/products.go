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
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// modelKey is what people call a model, whatever is built into one of it.
type modelKey struct {
	category     equipment.Category
	maker, model string
}

func keyOf(s equipment.Spec) modelKey { return modelKey{s.Category, s.Maker, s.Model} }

// product is all that is known of the devices of a model.
type product struct {
	id     int64 // the smallest of its specifications
	key    modelKey
	lots   []registry.Lot
	bySpec map[int64]int64 // devices ever in service, by specification
	alike  []registry.Lot  // the lots of all schools that came and left together as one
}

// merge fills in those that lived alike: of a large fleet they are far fewer than lots.
func (p *product) merge() {
	at := map[registry.Lot]int{}
	for _, l := range p.lots {
		key := registry.Lot{InService: l.InService, Retired: l.Retired, RetiredTo: l.RetiredTo, Acquisition: l.Acquisition, Erased: l.Erased}
		i, known := at[key]
		if !known {
			i = len(p.alike)
			at[key] = i
			p.alike = append(p.alike, key)
		}
		p.alike[i].Count += l.Count
	}
}

// fleetRead is what was read of all devices of an organisation: the lots, and the models
// that they are of.
type fleetRead struct {
	lots     []registry.Lot
	products []*product
}

func (f *Figures) readFleet(ctx context.Context, organisation int64) (*fleetRead, error) {
	lots, err := f.registry.Lots(ctx, organisation)
	if err != nil {
		return nil, err
	}
	products, err := f.productsOf(ctx, lots)
	return &fleetRead{lots, products}, err
}

// productsOf are the models of lots, in the order of their numbers.
func (f *Figures) productsOf(ctx context.Context, lots []registry.Lot) ([]*product, error) {
	byKey := map[modelKey]*product{}
	for _, l := range lots {
		spec, err := f.product(ctx, l.Product)
		if err != nil {
			return nil, err
		}
		key := keyOf(spec)
		p := byKey[key]
		if p == nil {
			p = &product{id: l.Product, key: key, bySpec: map[int64]int64{}}
			byKey[key] = p
		}
		p.id = min(p.id, l.Product)
		p.bySpec[l.Product] += l.Count
		p.lots = append(p.lots, l)
	}
	all := make([]*product, 0, len(byKey))
	for _, p := range byKey {
		p.merge()
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *product) int { return cmp.Compare(a.id, b.id) })
	return all, nil
}

// watchedSince is from when on it is known which devices left: the school year of the
// first report or of the first retirement on record, whichever was earlier.
func (f *Figures) watchedSince(ctx context.Context, scope view.Scope, lots []registry.Lot) (calendar.Day, error) {
	first, any, err := f.ledger.FirstMonth(ctx, scope.Organisation.ID)
	if err != nil {
		return 0, err
	}
	if !any {
		first = calendar.DayOf(scope.AsOf, f.where)
	}
	for _, l := range lots {
		if !l.Retired.IsZero() && !l.Erased {
			first = min(first, calendar.DayOf(l.Retired, f.where))
		}
	}
	return calendar.SchoolYear(calendar.SchoolYearOf(first)).From, nil
}

// lifeOf is a lot as survival sees it; not ok where it was never watched. A device that
// was recycled, or of which nobody noted where it went, has ended; one that was reused,
// lost or erased worked as far as is known.
func lifeOf(l registry.Lot, since, at time.Time) (lifespan.Observation, bool) {
	end := at
	if !l.Retired.IsZero() && l.Retired.Before(at) {
		end = l.Retired
	}
	o := lifespan.Observation{Exit: quantity.Years(lifespan.Years(end.Sub(l.InService))), Count: int(l.Count)}
	if l.InService.Before(since) {
		o.Entry = quantity.Years(lifespan.Years(since.Sub(l.InService)))
	}
	o.Ended = end.Equal(l.Retired) && !l.Erased && (l.RetiredTo == "recycling" || l.RetiredTo == "")
	return o, o.Entry < o.Exit
}

// lives are the devices of a product as survival sees them.
func (p *product) lives(since, at time.Time) (all []lifespan.Observation) {
	for _, l := range p.alike {
		if o, ok := lifeOf(l, since, at); ok {
			all = append(all, o)
		}
	}
	return all
}

// Products answers which models an organisation has, and how they do.
func (f *Figures) Products(ctx context.Context, organisation int64, schoolYear int) (*view.Products, error) {
	all, err := f.inspect(ctx, organisation, schoolYear)
	if err != nil {
		return nil, err
	}
	v := &view.Products{Scope: all.scope, Since: all.since, SinceDay: all.since.String(), WornAt: all.wornAt}
	for i := range all.products {
		row, err := all.row(i)
		if err != nil {
			return nil, err
		}
		v.Products = append(v.Products, row)
	}
	v.Products, _ = view.ListProducts(v.Products, view.List{}, max(1, len(v.Products)))
	return v, nil
}

// Product answers for one of them, by the number of any of its specifications.
func (f *Figures) Product(ctx context.Context, organisation, id int64, schoolYear int) (*view.Product, error) {
	all, err := f.inspect(ctx, organisation, schoolYear)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all.products, func(p *product) bool { return p.bySpec[id] > 0 })
	if at < 0 {
		return nil, view.ErrNotFound
	}
	row, err := all.row(at)
	if err != nil {
		return nil, err
	}
	v := &view.Product{Scope: all.scope, Product: *row, Since: all.since, SinceDay: all.since.String(), WornAt: all.wornAt}
	if v.Curve, err = curveOf(all.lives[at]); err != nil {
		return nil, err
	}
	var others []lifespan.Observation
	for i, p := range all.products {
		if i != at && p.key.category == row.Category {
			others = append(others, all.lives[i]...)
		}
	}
	if v.Others, err = curveOf(others); err != nil {
		return nil, err
	}
	v.Sites, err = all.sites(ctx, all.products[at])
	return v, err
}

// curveOf is the survival of devices; nil where they are too few to show one.
func curveOf(lives []lifespan.Observation) (*lifespan.Curve, error) {
	if lifespan.Watched(lives) < view.FewestDevices {
		return nil, nil
	}
	curve, err := lifespan.KaplanMeier(lives)
	if err != nil {
		return nil, fmt.Errorf("cannot tell how long devices serve: %w", err)
	}
	if curve.Ended == 0 {
		return nil, nil
	}
	return &curve, nil
}
