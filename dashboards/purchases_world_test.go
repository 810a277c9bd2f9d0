package dashboards

import (
	"context"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/renewal"
)

// productRow is a model of which thirty devices are watched and twelve have left.
func (w *world) productRow(ctx context.Context, id int64, rank lifespan.Rank) *view.ProductRow {
	made := massOf(130_000, 185_000, 260_000)
	r := &view.ProductRow{
		ID: id, Category: equipment.Laptop, Maker: w.name, Model: w.name, Devices: int64(w.devices), AgeYears: 3.2, Left: view.Left{Recycling: 9, Reuse: 2, NotRecorded: 3},
		Embodied: &made, Power: &view.PowerRow{Idle: quantity.Interval[quantity.Watts]{Low: 5, Value: 7, High: 9}, Devices: 4, Hours: 120, Class: w.name},
		MeteredHours: 50, Metered: 8.2, Served: rank, Watched: 30, Places: 1, Verdict: view.VerdictOf(rank, 30, 60),
		Battery: &lifespan.Ageing{
			Batteries: 20, Aged: 12, Worn: 3, Now: quantity.Interval[float64]{Low: 0.7, Value: 0.85, High: 0.95}, LossPerYear: quantity.Interval[float64]{Low: 0.04, Value: 0.06, High: 0.09},
			ByAge: []lifespan.HealthAt{{Age: 0.25, Batteries: 8, Health: quantity.Exactly(1.0)}, {Age: 2.25, Batteries: 7, Health: quantity.Interval[float64]{Low: 0.8, Value: 0.86, High: 0.9}}},
		},
	}
	r.Failures = &view.FailureRow{Since: noon.AddDate(-1, 0, 0), Failures: 7, DeviceYears: 60, PerHundred: lifespan.FailureRate(7, 60), Parts: []view.PartFailures{{Part: lifespan.Battery, Count: 5}, {Part: lifespan.Mainboard, Count: 2, NotRepairable: 1}}}
	if view.SeesPrices(ctx, 1) {
		r.Failures.Parts[0].Costed, r.Failures.Parts[0].Cost = 4, 312
		r.Price = &view.PriceRow{Devices: 25, Mean: 480, Low: 450, High: 510}
	}
	return r
}

var worse, better = lifespan.Rank{Ended: 12, Expected: 6.2, Deviation: 2.6}, lifespan.Rank{Ended: 3, Expected: 8.8, Deviation: -2.4}

func (w *world) Products(ctx context.Context, id int64, _ int) (*view.Products, error) {
	if id != 1 {
		return nil, view.ErrNotFound
	}
	v := &view.Products{Scope: w.scope(), Since: calendar.Date(2024, 9, 1), WornAt: 0.8}
	if w.devices == 0 {
		return v, w.err
	}
	few := w.productRow(ctx, 5, lifespan.Rank{})
	few.Verdict, few.Battery, few.Embodied = view.TooFew, nil, nil
	v.Products = []*view.ProductRow{w.productRow(ctx, 4, better), w.productRow(ctx, 3, worse), few}
	return v, w.err
}

func (w *world) Product(ctx context.Context, id, product int64, _ int) (*view.Product, error) {
	if id != 1 || product != 3 {
		return nil, view.ErrNotFound
	}
	v := &view.Product{Scope: w.scope(), Product: *w.productRow(ctx, 3, worse), WornAt: 0.8, Sites: []view.ProductSite{{ID: 1, Name: w.name, Devices: 30, AgeYears: 3}}}
	var lives []lifespan.Observation
	for i := range 30 {
		lives = append(lives, lifespan.Observation{Exit: 1 + quantity.Years(i)/6, Ended: i%3 == 0})
	}
	curve, err := lifespan.KaplanMeier(lives)
	if err != nil {
		return nil, err
	}
	v.Curve, v.Others = &curve, &curve
	v.Product.Median = curve.Median()
	return v, w.err
}

func (w *world) Procurement(_ context.Context, id int64, policy renewal.Policy) (*view.Procurement, error) {
	if id != 1 {
		return nil, view.ErrNotFound
	}
	p := &view.Procurement{Scope: w.scope(), Policy: policy, Devices: int64(100 * w.devices), Measures: view.MeasuresOf(policy), Unpriced: []equipment.Category{equipment.Printer}}
	k, err := renewal.KindOf(w.Factors(), equipment.Laptop, grid.MainlandFrance, calendar.DayOf(noon, time.UTC))
	if err != nil {
		return nil, err
	}
	kinds := map[equipment.Category]renewal.Kind{equipment.Laptop: k}
	p.Kinds = []view.KindRow{{Kind: k, Use: k3wh}}
	var lots []renewal.Lot
	var fleet []lifespan.Batch
	for i := range 10 {
		at := noon.AddDate(-i, 0, 0)
		lots = append(lots, renewal.Lot{Category: equipment.Laptop, InService: at, Count: 10 * w.devices})
		fleet = append(fleet, lifespan.Batch{InService: at, Count: 1})
	}
	devices := map[equipment.Category]int{equipment.Laptop: 100 * w.devices}
	p.Before, p.After = renewal.Plan(kinds, lots, renewal.Policy{}, noon, 3, time.UTC), renewal.Plan(kinds, lots, policy, noon, 3, time.UTC)
	p.Rate = renewal.RateOf(kinds, devices, policy)
	for i := range p.Measures {
		p.Measures[i].Rate = renewal.RateOf(kinds, devices, p.Measures[i].Policy)
	}
	p.Ages = []view.AgeRow{{Category: equipment.Laptop, Devices: 10, ByAge: lifespan.Pyramid(fleet, noon), Expected: k.Life.Interval, Due: lifespan.EndOfLife(fleet, k.Life.Interval, noon, 3, time.UTC)}}
	c := view.Candidate{Site: 1, Place: w.name, Product: 3, Category: equipment.Laptop, Maker: w.name, Model: w.name, Devices: 20, AgeYears: 6, Verdict: lifespan.Replace, By: "reconditioned", Avoided: massOf(-10_000, 60_000, 90_000), Price: k.Second.Price.Interval, PerEuro: 214}
	keep := c
	keep.Verdict, keep.By, keep.Avoided = lifespan.Keep, "new", massOf(-90_000, -30_000, 0)
	p.Candidates, p.Found = []view.Candidate{c, keep}, 2
	p.Batteries = view.Batteries{Known: 20, Worn: 7, Soon: 3, At: 0.8, Every: 1}
	p.Worn = []view.WornRow{{Site: 1, Place: w.name, Product: 3, Category: equipment.Laptop, Maker: w.name, Model: w.name, Known: 20, Worn: 7, Soon: 3}}
	p.Bought = []view.BoughtYear{{Year: 2026, New: 80, Reconditioned: 20, NotRecorded: 3}, {Year: 2025, Donated: 4}}
	if p.SecondHandAsked, err = renewal.SecondHandAsked(factor.Default()); err != nil {
		return nil, err
	}
	asked, err := renewal.ReuseAsked(factor.Default(), 2026)
	p.Gone = []view.GoneYear{{Year: 2026, Left: view.Left{Recycling: 6, Reuse: 3, Lost: 1, NotRecorded: 5}, Asked: asked}, {Year: 2022}}
	p.References = factor.Default().Profiles[:1]
	if w.err != nil {
		err = w.err
	}
	return p, err
}

var k3wh = quantity.Interval[quantity.WattHours]{Low: 15_000, Value: 20_000, High: 40_000}
