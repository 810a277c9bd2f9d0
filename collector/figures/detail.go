package figures

import (
	"context"
	"maps"
	"slices"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// waterfall is what the difference to the reference comes from; nil where there is
// nothing to compare.
func (h *compared) waterfall() (*profile.Waterfall, error) {
	if h.Comparison.Verdict == profile.Unknown || h.fleet.Pupils == 0 {
		return nil, nil
	}
	w, err := profile.Explain(h.reference, h.fleet)
	if err != nil {
		return nil, err
	}
	return &w, nil
}

// criteria are the footprints of a period on each criterion. Embodied impacts on
// other criteria than the climate are by category: with makers' method there are none.
func (f *Figures) criteria(scope view.Scope, made lives, period footprint.Figure) []view.CriterionRow {
	var rows []view.CriterionRow
	for _, on := range impact.Criteria {
		row := view.CriterionRow{Criterion: on, Unit: on.Unit()}
		if on == impact.Climate {
			embodied, use := kilograms(period.Embodied), kilograms(period.Use)
			row.Embodied, row.Use = &embodied, &use
			rows = append(rows, row)
			continue
		}
		for _, category := range slices.Sorted(maps.Keys(made)) {
			factor, err := impact.Embodied(f.Factors(), category, on)
			if err != nil || scope.Method == impact.Maker {
				row.Without = append(row.Without, category)
				continue
			}
			sum := factor.Bounds().Times(made[category])
			if row.Embodied != nil {
				sum = sum.Plus(*row.Embodied)
			}
			row.Embodied = &sum
		}
		if factor, err := grid.Other(f.Factors(), on, scope.Territory, scope.To-1); err == nil {
			use := quantity.Product[float64](quantity.As[float64](period.Energy.Times(1.0/1000)), factor.Bounds())
			row.Use = &use
		}
		rows = append(rows, row)
	}
	return rows
}

func kilograms(m footprint.Mass) quantity.Interval[float64] {
	return quantity.As[float64](m.Times(1.0 / 1000))
}

// steps are the footprints of a period by step of the life cycle. Makers publish no
// steps that could be added up.
func (f *Figures) steps(made lives, period footprint.Figure) []view.StepRow {
	var rows []view.StepRow
	for _, step := range impact.Steps {
		row := view.StepRow{Step: step}
		if step == impact.Use {
			row.Mass = &period.Use
			rows = append(rows, row)
			continue
		}
		if step == impact.Manufacture && period.Parts.Value > 0 && f.real.Load().Method() != impact.Maker {
			row.Mass = &period.Parts // with their delivery, which no row tells apart
		}
		for _, category := range slices.Sorted(maps.Keys(made)) {
			factor, err := impact.OfStep(f.Factors(), category, step)
			if err != nil || f.real.Load().Method() == impact.Maker {
				row.Without = append(row.Without, category)
				continue
			}
			sum := impact.Grams(factor).Times(made[category])
			if row.Mass != nil {
				sum = sum.Plus(*row.Mass)
			}
			row.Mass = &sum
		}
		rows = append(rows, row)
	}
	return rows
}

// addToTally counts the devices of a site that pupils use by how they stand beside
// the site's reference.
func (f *Figures) addToTally(t *profile.Tally, scope view.Scope, site registry.Site, groups []*group) error {
	references, err := f.references(scope, profileOf(site.Kind))
	if err != nil {
		return err
	}
	asOf := f.asOf(scope)
	for _, g := range groups {
		if !g.class.Physical() || !g.population.ForPupils() {
			continue
		}
		for _, c := range g.cohorts {
			if c.InService.After(asOf) || !c.Retired.IsZero() && !c.Retired.After(asOf) {
				continue
			}
			t.Add(references[0].Conformity(profile.Device{Spec: g.class.Spec, Age: quantity.Years(lifespan.Years(asOf.Sub(c.InService)))}), c.Count)
		}
	}
	return nil
}

// electricityOf says what a kWh of a scope emitted, and what a contract says of it.
func (f *Figures) electricityOf(ctx context.Context, scope view.Scope, energy footprint.Energy) (view.Electricity, error) {
	e := view.Electricity{Territory: scope.Territory, Label: grid.Yearly, Energy: energy}
	row, err := grid.Intensity(f.Factors(), scope.Territory, scope.To-1)
	if err != nil {
		return e, err
	}
	intensity := row.Bounds()
	mean, err := f.electricity.mean(ctx, scope, scope.From.Start(f.where), f.asOf(scope))
	if err != nil {
		return e, err
	}
	if mean != nil {
		intensity, e.Label, e.Adjusted = mean.Intensity, mean.Label(), mean.Adjusted
	}
	e.Intensity = &intensity
	if f.market != nil {
		e.Contract = f.market.String()
		if of := f.market.Period(); of.Contains(scope.From) && of.Contains(scope.To-1) {
			grams := f.market.Beside(energy).Value
			e.ByOffer = &grams
		}
	}
	return e, nil
}

// RecordMarketBased shows what a contract says of a kWh beside the figures.
func (f *Figures) RecordMarketBased(m grid.MarketBased) { f.market = &m }
