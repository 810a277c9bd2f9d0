package figures

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/lifespan"
)

// group is what devices of one product and population of a site did.
type group struct {
	zone       string // of the site's school holidays
	class      *footprint.Class
	population equipment.Population
	cohorts    []footprint.Cohort
	devices    int64                            // in service at the end of the scope
	facts      map[calendar.Day]footprint.Facts // by month

	months []footprint.Figure // by stretch
	total  footprint.Figure
	yearly footprint.Figure // of one device
	saving saving
	away   map[calendar.Day]footprint.Facts // by month; nil: only bounds are known
	alone  unattended
}

// unattended is what a group drew over the scope while nobody was there, and what that
// emitted.
type unattended struct {
	energy footprint.Energy
	use    footprint.Mass
}

func (g *group) category() equipment.Category { return g.class.Spec.Category }

type groupKey struct {
	product    int64
	population equipment.Population
}

// groups estimates every group of a site, the heaviest first. away is what they did
// while nobody was there; nil where it was not looked at.
func (f *Figures) groups(ctx context.Context, scope view.Scope, stretches []footprint.Stretch, site registry.Site, away away) ([]*group, error) {
	model := f.model(scope)
	byKey := map[groupKey]*group{}
	at := func(k groupKey) (*group, error) {
		if byKey[k] == nil {
			spec, err := f.product(ctx, k.product)
			if err != nil {
				return nil, err
			}
			class, err := model.Class(spec)
			if err != nil {
				return nil, err
			}
			byKey[k] = &group{zone: site.Zone, class: class, population: k.population, facts: map[calendar.Day]footprint.Facts{}}
		}
		return byKey[k], nil
	}
	asOf := f.asOf(scope)
	cohorts, err := f.registry.Cohorts(ctx, site.Organisation, site.ID)
	if err != nil {
		return nil, err
	}
	fitted, err := f.fitted(ctx, site)
	if err != nil {
		return nil, err
	}
	for _, c := range cohorts {
		g, err := at(groupKey{c.Product, c.Population})
		if err != nil {
			return nil, err
		}
		g.cohorts = append(g.cohorts, footprint.Cohort{InService: c.InService, Retired: c.Retired, Count: c.Count, Acquisition: lifespan.Acquisition(c.Acquisition), Fitted: fitted[cohortOf(c)]})
		if c.InService.Before(asOf) && (c.Retired.IsZero() || c.Retired.After(asOf)) {
			g.devices += c.Count
		}
	}
	months, err := f.ledger.Months(ctx, site.Organisation, site.ID, calendar.Period{From: scope.From, To: scope.To})
	if err != nil {
		return nil, fmt.Errorf("cannot read months: %w", err)
	}
	for _, m := range months {
		g, err := at(groupKey{m.Product, m.Population})
		if err != nil {
			return nil, err
		}
		g.facts[m.Month] = m.Facts
	}
	groups := make([]*group, 0, len(byKey))
	for k, g := range byKey {
		if away != nil {
			g.away = away.of(k)
		}
		if err := f.estimate(scope, stretches, g); err != nil {
			return nil, err
		}
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(b.total.Total().Value, a.total.Total().Value), cmp.Compare(a.category(), b.category()), cmp.Compare(a.population, b.population), cmp.Compare(a.class.Spec.Model, b.class.Spec.Model))
	})
	return groups, nil
}

// estimate fills in the group's figures and what could be saved.
func (f *Figures) estimate(scope view.Scope, stretches []footprint.Stretch, g *group) error {
	asOf, model := f.asOf(scope), f.model(scope)
	for _, s := range stretches {
		s.Facts, s.Zone = g.facts[s.Days.From.Month()], g.zone
		figure, err := model.Estimate(g.class, g.cohorts, s, asOf)
		if err != nil {
			return err
		}
		saved, err := f.savingIn(model, g, s, figure, asOf)
		if err != nil {
			return err
		}
		if err := f.addUnattended(g, model, s, figure.DeviceYears); err != nil {
			return err
		}
		g.months = append(g.months, figure)
		g.total = g.total.Plus(figure)
		g.saving = g.saving.plus(saved)
	}
	var err error
	g.yearly, err = model.Yearly(g.class, g.total, g.devices, scope.To-1)
	return err
}
