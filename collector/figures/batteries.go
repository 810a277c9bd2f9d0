package figures

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// manyBatteries is of how many devices the batteries are looked at: of a larger
// organisation, of one device in so many. Medians and quartiles need no more.
const manyBatteries = 20_000

// oneIn is of one device in how many the batteries of an organisation are looked at.
func oneIn(o view.Organisation) int64 {
	return max(1, (o.Devices+manyBatteries-1)/manyBatteries)
}

// batteriesIn reads the batteries of an organisation that are looked at.
func (f *Figures) batteriesIn(o view.Organisation) reading[[]registry.Battery] {
	return func(ctx context.Context, organisation int64) (all []registry.Battery, err error) {
		err = f.registry.Batteries(ctx, organisation, oneIn(o), func(b registry.Battery) { all = append(all, b) })
		return all, err
	}
}

// batteriesOf are what batteries of an organisation held at their ages, by product.
func (f *Figures) batteriesOf(ctx context.Context, o view.Organisation, at time.Time) (map[int64][][]lifespan.Health, error) {
	all := map[int64][][]lifespan.Health{}
	read, err := f.batteries.of(ctx, f, o, f.batteriesIn(o))
	for _, b := range read {
		if observed := healthOf(b, at); len(observed) > 0 {
			all[b.Product] = append(all[b.Product], observed)
		}
	}
	return all, err
}

// healthOf is what a battery held at its ages up to an instant. Where a capacity is not
// told anew it is as before, up to when the device was heard of last.
func healthOf(b registry.Battery, at time.Time) (observed []lifespan.Health) {
	for i, c := range b.Capacities {
		until := b.LastSeen
		if i+1 < len(b.Capacities) {
			until = b.Capacities[i+1].On
		}
		share := float64(c.FullMWh) / float64(c.DesignMWh)
		for on := c.On; on.Equal(c.On) || on.Before(until); on = on.AddDate(0, 6, 0) {
			if on.After(at) {
				break
			}
			if age := lifespan.Years(on.Sub(b.InService)); age >= 0 {
				observed = append(observed, lifespan.Health{Age: quantity.Years(age), Share: share})
			}
		}
	}
	return observed
}

// batteries counts those that are worn now, or will be by the end of the school year if
// they go on losing what they have lost in a year so far.
func (p *planning) batteries(ctx context.Context) error {
	wornAt, err := lifespan.WornAt(p.of.Factors())
	if err != nil {
		return err
	}
	count := &p.v.Batteries
	count.At, count.Every = wornAt, oneIn(p.scope.Organisation)
	left := lifespan.Years(p.endOfYear().Sub(p.at))
	found := map[candidate]*view.WornRow{}
	o := p.scope.Organisation
	read, err := p.of.batteries.of(ctx, p.of, o, p.of.batteriesIn(o))
	for _, b := range read {
		observed := healthOf(b, p.at)
		spec, known := p.specs[b.Product]
		if len(observed) == 0 || !known {
			continue
		}
		key := keyOf(spec)
		at := candidate{b.Site, key}
		row := found[at]
		if row == nil {
			row = &view.WornRow{Site: b.Site, Product: p.ids[key], Category: key.category, Maker: key.maker, Model: key.model}
			found[at] = row
		}
		last := observed[len(observed)-1]
		count.Known++
		row.Known++
		switch {
		case last.Share < wornAt:
			count.Worn++
			row.Worn++
		case last.Age >= 1 && last.Share-(1-last.Share)/float64(last.Age)*left < wornAt:
			count.Soon++
			row.Soon++
		}
	}
	if err != nil || count.Every > 1 {
		return err
	}
	for _, row := range found {
		if row.Worn+row.Soon > 0 {
			p.v.Worn = append(p.v.Worn, *row)
		}
	}
	slices.SortFunc(p.v.Worn, func(a, b view.WornRow) int {
		return cmp.Or(cmp.Compare(b.Worn, a.Worn), cmp.Compare(b.Soon, a.Soon), cmp.Compare(a.Site, b.Site), cmp.Compare(a.Product, b.Product))
	})
	p.v.Worn = p.v.Worn[:min(len(p.v.Worn), mostCandidates)]
	return nil
}
