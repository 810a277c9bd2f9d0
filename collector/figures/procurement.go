package figures

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/renewal"
)

const (
	// plannedYears is how many school years a plan holds.
	plannedYears = 5
	// recordedYears is how many calendar years of purchases and departures are shown.
	recordedYears = 6
	// mostCandidates is how many devices to replace are told of at most.
	mostCandidates = 200
	// ownPrices is of how many devices of a category bought new, in how many years, the
	// price must be known for it to stand in the place of the factors'.
	ownPrices      = 10
	ownPricesYears = 5
)

// Procurement plans purchases of an organisation by a policy, from today on.
func (f *Figures) Procurement(ctx context.Context, organisation int64, policy renewal.Policy) (*view.Procurement, error) {
	scope, err := f.scope(ctx, organisation, 0)
	if err != nil {
		return nil, err
	}
	fleet, err := f.fleets.of(ctx, f, scope.Organisation, f.readFleet)
	if err != nil {
		return nil, err
	}
	p := &planning{of: f, scope: scope, at: f.asOf(scope), lots: fleet.lots, models: fleet.products, kinds: map[equipment.Category]renewal.Kind{}, v: &view.Procurement{Scope: scope, Policy: policy}}
	if p.repairs, err = f.repairPricesOf(ctx, scope.Organisation); err != nil {
		return nil, err
	}
	if err := p.sort(ctx); err != nil {
		return nil, err
	}
	if err := p.learnKinds(); err != nil {
		return nil, err
	}
	days, devices := p.byDay()
	p.ages(days, devices)
	p.plan(policy, days, devices)
	if err := p.candidates(); err != nil {
		return nil, err
	}
	if err := p.batteries(ctx); err != nil {
		return nil, err
	}
	if err := p.name(ctx); err != nil {
		return nil, err
	}
	if err := p.shares(); err != nil {
		return nil, err
	}
	for _, key := range []string{profile.Collegien, profile.Lyceen} {
		references, err := f.references(scope, key)
		if err != nil {
			return nil, err
		}
		p.v.References = append(p.v.References, references[0].Profile)
	}
	return p.v, nil
}

// planning is a plan in the making.
type planning struct {
	of      *Figures
	scope   view.Scope
	at      time.Time
	lots    []registry.Lot
	models  []*product
	specs   map[int64]equipment.Spec
	ids     map[modelKey]int64 // of models
	kinds   map[equipment.Category]renewal.Kind
	repairs repairPrices
	v       *view.Procurement
}

func (p *planning) inService(l registry.Lot) bool {
	return !l.InService.After(p.at) && (l.Retired.IsZero() || l.Retired.After(p.at))
}

// sort looks up what the lots are.
func (p *planning) sort(ctx context.Context) (err error) {
	p.specs, p.ids = map[int64]equipment.Spec{}, map[modelKey]int64{}
	for _, product := range p.models {
		p.ids[product.key] = product.id
		for id := range product.bySpec {
			if p.specs[id], err = p.of.product(ctx, id); err != nil {
				return err
			}
		}
	}
	p.each(func(_ equipment.Category, l registry.Lot) {
		if p.inService(l) {
			p.v.Devices += l.Count
		}
	})
	return nil
}

// each visits all lots, those of all schools that came and left together as one.
func (p *planning) each(visit func(equipment.Category, registry.Lot)) {
	for _, product := range p.models {
		for _, l := range product.alike {
			visit(product.key.category, l)
		}
	}
}

// learnKinds reads what the categories in service cost: from own purchases and repairs
// where there are enough, and otherwise from the factors.
func (p *planning) learnKinds() error {
	have := map[equipment.Category]bool{}
	paid := map[equipment.Category][]registry.Lot{}
	recent := p.at.AddDate(-ownPricesYears, 0, 0)
	for _, l := range p.lots {
		c := p.specs[l.Product].Category
		have[c] = have[c] || p.inService(l)
		if l.Priced > 0 && l.InService.After(recent) && (l.Acquisition == "" || l.Acquisition == string(lifespan.New)) {
			paid[c] = append(paid[c], l)
		}
	}
	for _, c := range equipment.Categories {
		if !have[c] {
			continue
		}
		k, err := renewal.KindOf(p.of.Factors(), c, p.scope.Territory, p.scope.To-1)
		if err != nil { // a price or a life has no row
			p.v.Unpriced = append(p.v.Unpriced, c)
			continue
		}
		class, err := p.of.model(p.scope).Class(equipment.Spec{Category: c})
		if err != nil {
			return err
		}
		if made := class.Made(0); made.Available {
			k.Embodied.Interval = made.Embodied
			if made.Prediction != nil {
				k.Embodied.From = "a product like this, by its makers"
			}
		}
		row := view.KindRow{Use: class.TypicalUse()}
		if price, n := meanPrice(paid[c]); n >= ownPrices {
			k.Price, row.Own = lifespan.Input[quantity.Euros]{Interval: price, From: "own purchases"}, n
		}
		if k.Repair != nil {
			p.repairs.price(k.Repair, c)
		}
		row.Kind = k
		p.kinds[c] = k
		p.v.Kinds = append(p.v.Kinds, row)
	}
	return nil
}

// meanPrice is the mean of what devices cost, between the dearest and the cheapest lot,
// and of how many it is.
func meanPrice(paid []registry.Lot) (price renewal.Euros, devices int64) {
	var cents int64
	for i, l := range paid {
		mean := quantity.Euros(float64(l.Cents) / float64(l.Priced) / 100)
		if i == 0 {
			price.Low = mean
		}
		price.Low, price.High = min(price.Low, mean), max(price.High, mean)
		devices += l.Priced
		cents += l.Cents
	}
	if devices > 0 {
		price.Value = min(price.High, max(price.Low, quantity.Euros(float64(cents)/float64(devices)/100)))
	}
	return price, devices
}

// ages are the age pyramids, and the ends that the expected lives imply.
func (p *planning) ages(days []renewal.Lot, devices map[equipment.Category]int) {
	byCategory := map[equipment.Category][]lifespan.Batch{}
	for _, l := range days {
		byCategory[l.Category] = append(byCategory[l.Category], lifespan.Batch{InService: l.InService, Count: l.Count})
	}
	for _, c := range equipment.Categories {
		if k, known := p.kinds[c]; known {
			p.v.Ages = append(p.v.Ages, view.AgeRow{
				Category: c, Devices: devices[c], ByAge: lifespan.Pyramid(byCategory[c], p.at), Expected: k.Life.Interval,
				Due: lifespan.EndOfLife(byCategory[c], k.Life.Interval, p.at, plannedYears, p.of.where),
			})
		}
	}
}

// plan compares the policy with replacing everything at its expected end by new.
func (p *planning) plan(policy renewal.Policy, lots []renewal.Lot, devices map[equipment.Category]int) {
	p.v.Before = renewal.Plan(p.kinds, lots, renewal.Policy{}, p.at, plannedYears, p.of.where)
	p.v.After = renewal.Plan(p.kinds, lots, policy, p.at, plannedYears, p.of.where)
	p.v.Rate = renewal.RateOf(p.kinds, devices, policy)
	p.v.Measures = view.MeasuresOf(policy)
	for i := range p.v.Measures {
		p.v.Measures[i].Rate = renewal.RateOf(p.kinds, devices, p.v.Measures[i].Policy)
	}
	for _, y := range p.v.After {
		p.v.Years = append(p.v.Years, y.BeginsIn)
	}
}

// byDay are the devices in service, those of a category that came on one day together:
// a large fleet has far fewer days than lots.
func (p *planning) byDay() (lots []renewal.Lot, devices map[equipment.Category]int) {
	type key struct {
		day        calendar.Day
		category   equipment.Category
		secondHand bool
	}
	sums := map[key]int{}
	devices = map[equipment.Category]int{}
	p.each(func(c equipment.Category, l registry.Lot) {
		if p.inService(l) {
			sums[key{calendar.DayOf(l.InService, p.of.where), c, lifespan.Acquisition(l.Acquisition).SecondHand()}] += int(l.Count)
			devices[c] += int(l.Count)
		}
	})
	for k, n := range sums {
		lots = append(lots, renewal.Lot{Category: k.category, InService: k.day.Start(p.of.where), SecondHand: k.secondHand, Count: n})
	}
	slices.SortFunc(lots, func(a, b renewal.Lot) int {
		return cmp.Or(a.InService.Compare(b.InService), cmp.Compare(a.Category, b.Category), cmp.Compare(a.Count, b.Count))
	})
	return lots, devices
}

// endOfYear is the end of the school year.
func (p *planning) endOfYear() time.Time {
	return calendar.SchoolYear(calendar.SchoolYearOf(calendar.DayOf(p.at, p.of.where))).To.Start(p.of.where)
}

// name fills in the names of the schools.
func (p *planning) name(ctx context.Context) error {
	sites, err := p.of.registry.Sites(ctx, p.scope.Organisation.ID)
	if err != nil {
		return err
	}
	names := map[int64]string{}
	for _, s := range sites {
		names[s.ID] = s.Name
	}
	for i := range p.v.Candidates {
		p.v.Candidates[i].Place = names[p.v.Candidates[i].Site]
	}
	for i := range p.v.Worn {
		p.v.Worn[i].Place = names[p.v.Worn[i].Site]
	}
	return nil
}

// shares are how devices came and left, by calendar year.
func (p *planning) shares() error {
	this := p.at.In(p.of.where).Year()
	p.v.Bought, p.v.Gone = make([]view.BoughtYear, recordedYears), make([]view.GoneYear, recordedYears)
	for i := range recordedYears {
		p.v.Bought[i].Year, p.v.Gone[i].Year = this-i, this-i
		asked, err := renewal.ReuseAsked(p.of.Factors(), this-i)
		if err != nil {
			return err
		}
		p.v.Gone[i].Asked = asked
	}
	p.each(func(_ equipment.Category, l registry.Lot) {
		if i := this - l.InService.In(p.of.where).Year(); i >= 0 && i < recordedYears {
			addBought(&p.v.Bought[i], l)
		}
		if l.Retired.IsZero() || l.Retired.After(p.at) {
			return
		}
		if i := this - l.Retired.In(p.of.where).Year(); i >= 0 && i < recordedYears {
			addLeft(&p.v.Gone[i].Left, l)
		}
	})
	var err error
	p.v.SecondHandAsked, err = renewal.SecondHandAsked(p.of.Factors())
	return err
}

func addBought(y *view.BoughtYear, l registry.Lot) {
	switch lifespan.Acquisition(l.Acquisition) {
	case lifespan.New, lifespan.Leased:
		y.New += l.Count
	case lifespan.Reconditioned:
		y.Reconditioned += l.Count
	case lifespan.Donated:
		y.Donated += l.Count
	default:
		y.NotRecorded += l.Count
	}
}
