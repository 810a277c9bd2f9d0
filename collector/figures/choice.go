package figures

import (
	"context"
	"strings"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// addDeviceDetail adds what is behind and beside the figures of a physical device.
func (f *Figures) addDeviceDetail(ctx context.Context, v *view.Device, scope view.Scope, d registry.Device, site registry.Site, g *group, h *compared) error {
	var err error
	if v.Waterfall, err = h.waterfall(); err != nil {
		return err
	}
	v.Made = made(g.class, d)
	carried := lives{}
	carried.add(g)
	v.Criteria, v.Steps = f.criteria(scope, carried, g.total), f.steps(carried, g.total)
	v.Power = f.power(scope, v, g)
	v.Amortised = lifespan.Amortised(v.Device.AgeYears, float64(g.class.Lifetime(g.cohorts[0].Acquisition)))
	references, err := f.references(scope, profileOf(site.Kind))
	if err != nil {
		return err
	}
	conformity := references[0].Conformity(profile.Device{Spec: g.class.Spec, Age: quantity.Years(v.Device.AgeYears)})
	v.Conformity = &conformity
	v.Choice, err = f.choice(ctx, scope, v, g)
	return err
}

// made is what making the device emitted, by each method.
func made(class *footprint.Class, d registry.Device) []view.MadeRow {
	var rows []view.MadeRow
	used := class.Made(d.InService.Year()).Method
	for _, method := range impact.Methods {
		m := class.MadeBy(method, d.InService.Year())
		row := view.MadeRow{Method: method, Used: method == used, Available: m.Available, Embodied: m.Embodied, Basis: "category"}
		if p := m.Prediction; p != nil {
			row.Basis = string(p.Basis)
			for _, n := range p.Nearest {
				row.Nearest = append(row.Nearest, view.NearestRow{
					Name: n.Product.Maker + " " + n.Product.Name, Source: n.Product.Source, Likeness: n.Likeness, Embodied: n.Product.Embodied,
				})
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// power is what the device is taken to draw, and what it uses in a year beside
// ENERGY STAR's typical use.
func (f *Figures) power(scope view.Scope, v *view.Device, g *group) *view.PowerRow {
	row := powerOf(g.class)
	if v.Facts.Windows > 0 && g.total.DeviceYears >= footprint.EnoughForAYear {
		real := v.Device.Yearly.Energy
		row.RealYear = &real
	}
	if weights, err := power.WeightsOf(f.Factors(), g.class.Spec); err == nil {
		typical := power.TypicalYear(g.class.Curve(), weights)
		row.TypicalYear = &typical
	}
	return row
}

// choice asks whether to keep the device, with what is known of it; nil for a
// category without prices.
func (f *Figures) choice(ctx context.Context, scope view.Scope, v *view.Device, g *group) (*view.Choice, error) {
	q, err := lifespan.Ask(f.Factors(), g.category(), quantity.Years(v.Device.AgeYears), scope.Territory, scope.To-1)
	if err != nil {
		return nil, nil // a price or a life has no row: then there is nothing to weigh
	}
	if real := v.Power.RealYear; real != nil {
		q.OldEnergy = lifespan.Input[quantity.WattHours]{Interval: *real, From: "measured"}
		if v.Period.EnergyFrom.Measured < v.Period.EnergyFrom.Modelled+v.Period.EnergyFrom.Calibrated {
			q.OldEnergy.From = "reported use"
		}
	}
	if method := f.model(scope).Method(); method == impact.Maker {
		if m := g.class.Made(0); m.Available {
			q.NewEmbodied = lifespan.Input[quantity.Grams]{Interval: m.Embodied, From: "a product like this, by its makers"}
		}
	}
	if life := v.Life; life != nil && life.Left != nil && strings.HasPrefix(life.Left.From, "lifetime.added.") {
		q.OldLife = *life.Left
	}
	prices, err := f.repairPricesOf(ctx, scope.Organisation)
	if err != nil {
		return nil, err
	}
	for i := range q.Repairs {
		prices.price(&q.Repairs[i], g.category())
	}
	answer, err := q.Answer()
	if err != nil {
		return nil, err
	}
	return &view.Choice{Question: q, Answer: answer}, nil
}
