// Package figures answers the questions of the pages: it puts the registry, the
// ledger and the models together. It implements view.Source.
//
// Everything follows from one step: the facts of the devices of a category and
// population in a month, with the cohorts in service, give a footprint.Figure;
// figures add up to schools, years and councils.
package figures

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/power"
)

// Figures implements view.Source.
type Figures struct {
	registry    *registry.Registry
	ledger      *ledger.Ledger
	where       *time.Location
	clock       func() time.Time
	electricity *electricity
	market      *grid.MarketBased // nil: none is recorded
	// What real and simulated devices teach each other stays apart.
	real, simulated atomic.Pointer[footprint.Model]
}

// New returns the answers of a registry and a ledger. Days are those of where.
func New(r *registry.Registry, l *ledger.Ledger, m *footprint.Model, where *time.Location, clock func() time.Time) *Figures {
	f := &Figures{registry: r, ledger: l, where: where, clock: clock, electricity: &electricity{}}
	f.real.Store(m)
	f.simulated.Store(m)
	return f
}

// Calibrate computes from now on with the curves that metered devices taught, real
// ones for real devices and simulated ones for simulated devices.
func (f *Figures) Calibrate(ofReal, ofSimulated map[string]*power.Calibrated) error {
	for into, curves := range map[*atomic.Pointer[footprint.Model]]map[string]*power.Calibrated{&f.real: ofReal, &f.simulated: ofSimulated} {
		m, err := f.real.Load().With(func(o *footprint.Options) { o.Calibrated = curves })
		if err != nil {
			return err
		}
		into.Store(m)
	}
	return nil
}

// model is what an answer is computed with.
func (f *Figures) model(scope view.Scope) *footprint.Model {
	if scope.Organisation.Simulated {
		return f.simulated.Load()
	}
	return f.real.Load()
}

var _ view.Source = (*Figures)(nil)

// Factors is the table that every figure is computed with.
func (f *Figures) Factors() *factor.Table { return f.real.Load().Factors() }

// Organisations lists the organisations that are within reach as a whole.
func (f *Figures) Organisations(ctx context.Context) ([]view.Organisation, error) {
	all, err := f.organisations(ctx)
	if err != nil {
		return nil, err
	}
	within := reach.Of(ctx)
	return slices.DeleteFunc(all, func(o view.Organisation) bool { return !within.Contains(reach.Place{Organisation: o.ID}) }), nil
}

// organisations are all of them.
func (f *Figures) organisations(ctx context.Context) ([]view.Organisation, error) {
	all, sites, devices, err := f.registry.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]view.Organisation, 0, len(all))
	for _, o := range all {
		list = append(list, view.Organisation{ID: o.ID, Name: o.Name, Kind: o.Kind, Simulated: o.Simulated, Sites: sites[o.ID], Devices: devices[o.ID]})
	}
	return list, nil
}

// OwnSites lists the sites that are within reach one by one.
func (f *Figures) OwnSites(ctx context.Context) ([]view.OwnSite, error) {
	ids := reach.Of(ctx).Sites
	if len(ids) == 0 {
		return nil, nil
	}
	owners, err := f.organisations(ctx)
	if err != nil {
		return nil, err
	}
	var own []view.OwnSite
	for _, id := range ids {
		site, err := f.registry.Site(ctx, id)
		if err != nil {
			return nil, err
		}
		of := slices.IndexFunc(owners, func(o view.Organisation) bool { return o.ID == site.Organisation })
		own = append(own, view.OwnSite{ID: id, Name: site.Name, Simulated: owners[of].Simulated})
	}
	return own, nil
}

// Overview answers for a whole organisation.
func (f *Figures) Overview(ctx context.Context, organisation int64, schoolYear int) (*view.Overview, error) {
	scope, err := f.scope(ctx, organisation, schoolYear)
	if err != nil {
		return nil, err
	}
	sites, err := f.registry.Sites(ctx, organisation)
	if err != nil {
		return nil, err
	}
	groups, err := f.groups(ctx, scope, organisation, 0)
	if err != nil {
		return nil, err
	}
	seen, err := f.registry.SeenBySite(ctx, organisation, f.silence(scope))
	if err != nil {
		return nil, err
	}
	o := &view.Overview{}
	if o.Fleet, err = f.fleet(ctx, scope, groups, sites); err != nil {
		return nil, err
	}
	bySite := map[int64][]*group{}
	for _, g := range groups {
		bySite[g.site] = append(bySite[g.site], g)
	}
	for _, s := range sites {
		row, err := f.siteRow(scope, s, bySite[s.ID], seen[s.ID])
		if err != nil {
			return nil, err
		}
		o.Coverage = addCoverage(o.Coverage, row.Coverage)
		o.Sites = append(o.Sites, row)
	}
	return o, nil
}

// Site answers for one school.
func (f *Figures) Site(ctx context.Context, id int64, schoolYear int) (*view.Site, error) {
	site, err := f.registry.Site(ctx, id)
	if errors.Is(err, registry.ErrNotFound) {
		return nil, view.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	scope, err := f.scope(ctx, site.Organisation, schoolYear)
	if err != nil {
		return nil, err
	}
	groups, err := f.groups(ctx, scope, site.Organisation, id)
	if err != nil {
		return nil, err
	}
	seen, err := f.registry.SeenBySite(ctx, site.Organisation, f.silence(scope))
	if err != nil {
		return nil, err
	}
	s := &view.Site{}
	if s.Fleet, err = f.fleet(ctx, scope, groups, []registry.Site{site}); err != nil {
		return nil, err
	}
	if s.Site, err = f.siteRow(scope, site, groups, seen[id]); err != nil {
		return nil, err
	}
	s.Coverage = s.Site.Coverage
	if !reach.Of(ctx).SumsOnly {
		s.Devices, err = f.deviceRows(ctx, scope, id)
	}
	return s, err
}

func (f *Figures) siteRow(scope view.Scope, s registry.Site, groups []*group, seen registry.Seen) (view.SiteRow, error) {
	headline, err := f.headline(scope, groups, []registry.Site{s})
	return view.SiteRow{
		ID: s.ID, Name: s.Name, Kind: s.Kind, UAI: s.UAI, Headline: headline.Headline,
		Coverage: view.Coverage{Devices: seen.Devices, Reporting: seen.Reporting, Silent: seen.Silent, Agentless: seen.Agentless, Virtual: seen.Virtual},
	}, err
}

func addCoverage(a, b view.Coverage) view.Coverage {
	return view.Coverage{
		Devices: a.Devices + b.Devices, Reporting: a.Reporting + b.Reporting, Silent: a.Silent + b.Silent,
		Agentless: a.Agentless + b.Agentless, Virtual: a.Virtual + b.Virtual,
	}
}

// scope finds what an answer is about: the school year that was asked for, up
// to now.
func (f *Figures) scope(ctx context.Context, organisation int64, schoolYear int) (view.Scope, error) {
	now := f.clock()
	today := calendar.DayOf(now, f.where)
	current := calendar.SchoolYearOf(today)
	organisations, err := f.organisations(ctx)
	if err != nil {
		return view.Scope{}, err
	}
	at := slices.IndexFunc(organisations, func(o view.Organisation) bool { return o.ID == organisation })
	if at < 0 {
		return view.Scope{}, view.ErrNotFound
	}
	first, any, err := f.ledger.FirstDay(ctx, organisation)
	if err != nil {
		return view.Scope{}, fmt.Errorf("cannot find the first day: %w", err)
	}
	owner := organisations[at]
	if !reach.Of(ctx).Contains(reach.Place{Organisation: organisation}) {
		owner.Sites, owner.Devices = 0, 0 // of its other sites nothing is told
	}
	scope := view.Scope{
		Organisation: owner, SchoolYear: cmp.Or(schoolYear, current), AsOf: now.In(f.where),
		ModelVersion: footprint.Version, FactorsVersion: f.Factors().Version,
		Method: f.real.Load().Method(), Territory: f.real.Load().Territory(),
	}
	oldest := current
	if any {
		oldest = min(current, calendar.SchoolYearOf(first))
	}
	for y := current; y >= oldest; y-- {
		scope.SchoolYears = append(scope.SchoolYears, y)
	}
	if !slices.Contains(scope.SchoolYears, scope.SchoolYear) {
		return view.Scope{}, view.ErrNotFound
	}
	p := calendar.SchoolYear(scope.SchoolYear)
	scope.From, scope.To = p.From, min(p.To, today+1)
	return scope, nil
}

// stretches are the months of the scope, the last one up to now, with the
// electricity of that very time where half hours are known.
func (f *Figures) stretches(ctx context.Context, scope view.Scope) ([]footprint.Stretch, error) {
	var all []footprint.Stretch
	for _, p := range (calendar.Period{From: scope.From, To: scope.To}).Months() {
		to := p.To.Start(f.where)
		if to.After(scope.AsOf) {
			to = scope.AsOf
		}
		s := footprint.Stretch{Days: p, From: p.From.Start(f.where), To: to}
		var err error
		if s.Electricity, err = f.electricity.mean(ctx, scope, s.From, s.To); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// silence tells since when a device must be unheard of to count as silent.
func (f *Figures) silence(scope view.Scope) registry.Silence {
	return registry.SilenceAt(calendar.Default(), f.where, scope.AsOf)
}

// asOf is the moment at which ages are taken: the end of the scope.
func (f *Figures) asOf(scope view.Scope) time.Time {
	if end := scope.To.Start(f.where); end.Before(scope.AsOf) {
		return end
	}
	return scope.AsOf
}

// group is what devices of one product and population of a site did.
type group struct {
	site       int64
	zone       string // of the site's school holidays
	class      *footprint.Class
	population equipment.Population
	cohorts    []footprint.Cohort
	devices    int64                            // in service at the end of the scope
	facts      map[calendar.Day]footprint.Facts // by month

	months []footprint.Figure // by stretch
	total  footprint.Figure
	saving saving
}

func (g *group) category() equipment.Category { return g.class.Spec.Category }

type groupKey struct {
	site       int64
	product    int64
	population equipment.Population
}

// categoryKey is what a fleet's table has a row for.
type categoryKey struct {
	category   equipment.Category
	population equipment.Population
}

// groups estimates every group of an organisation, or of one of its sites.
func (f *Figures) groups(ctx context.Context, scope view.Scope, organisation, site int64) ([]*group, error) {
	products, err := f.registry.Products(ctx)
	if err != nil {
		return nil, err
	}
	sites, err := f.registry.Sites(ctx, organisation)
	if err != nil {
		return nil, err
	}
	zones := map[int64]string{}
	for _, s := range sites {
		zones[s.ID] = s.Zone
	}
	model := f.model(scope)
	byKey := map[groupKey]*group{}
	at := func(k groupKey) (*group, error) {
		if byKey[k] == nil {
			class, err := model.Class(products[k.product])
			if err != nil {
				return nil, err
			}
			byKey[k] = &group{site: k.site, zone: zones[k.site], class: class, population: k.population, facts: map[calendar.Day]footprint.Facts{}}
		}
		return byKey[k], nil
	}
	asOf := f.asOf(scope)
	cohorts, err := f.registry.Cohorts(ctx, organisation, site)
	if err != nil {
		return nil, err
	}
	for _, c := range cohorts {
		g, err := at(groupKey{c.Site, c.Product, c.Population})
		if err != nil {
			return nil, err
		}
		g.cohorts = append(g.cohorts, footprint.Cohort{InService: c.InService, Retired: c.Retired, Count: c.Count, Acquisition: lifespan.Acquisition(c.Acquisition)})
		if c.InService.Before(asOf) && (c.Retired.IsZero() || c.Retired.After(asOf)) {
			g.devices += c.Count
		}
	}
	months, err := f.ledger.Months(ctx, organisation, site, calendar.Period{From: scope.From, To: scope.To})
	if err != nil {
		return nil, fmt.Errorf("cannot read months: %w", err)
	}
	for _, m := range months {
		g, err := at(groupKey{m.Site, m.Product, m.Population})
		if err != nil {
			return nil, err
		}
		g.facts[m.Month] = m.Facts
	}
	stretches, err := f.stretches(ctx, scope)
	if err != nil {
		return nil, err
	}
	groups := make([]*group, 0, len(byKey))
	for _, g := range byKey {
		if err := f.estimate(scope, stretches, g); err != nil {
			return nil, err
		}
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(b.total.Total().Value, a.total.Total().Value), cmp.Compare(a.category(), b.category()), cmp.Compare(a.population, b.population), cmp.Compare(a.site, b.site), cmp.Compare(a.class.Spec.Model, b.class.Spec.Model))
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
		saved, err := savingIn(model, g, s, figure, asOf)
		if err != nil {
			return err
		}
		g.months = append(g.months, figure)
		g.total = g.total.Plus(figure)
		g.saving = g.saving.plus(saved)
	}
	return nil
}

// fleet sums groups up.
func (f *Figures) fleet(ctx context.Context, scope view.Scope, groups []*group, sites []registry.Site) (view.Fleet, error) {
	fleet := view.Fleet{Scope: scope}
	site := int64(0) // all of the organisation's
	if len(sites) == 1 {
		site = sites[0].ID
	}
	revisions, err := f.ledger.Revisions(ctx, scope.Organisation.ID, site, calendar.Period{From: scope.From, To: scope.To})
	if err != nil {
		return view.Fleet{}, err
	}
	for i, p := range (calendar.Period{From: scope.From, To: scope.To}).Months() {
		month := p.From.Month()
		row := view.MonthRow{Month: month, Label: month.String()[:7], Revised: revisions[month].At}
		for _, g := range groups {
			row.Figure = row.Figure.Plus(g.months[i])
		}
		fleet.Months = append(fleet.Months, row)
	}
	var saved saving
	rows := map[categoryKey]*view.CategoryRow{}
	var order []categoryKey
	for _, g := range groups {
		fleet.Period = fleet.Period.Plus(g.total)
		saved = saved.plus(g.saving)
		k := categoryKey{g.category(), g.population}
		if rows[k] == nil {
			rows[k] = &view.CategoryRow{Category: k.category, Population: k.population}
			order = append(order, k)
		}
		row := rows[k]
		one, err := f.model(scope).Yearly(g.class, g.total, g.devices, scope.To-1)
		if err != nil {
			return view.Fleet{}, err
		}
		row.Devices += g.devices
		row.Period = row.Period.Plus(g.total)
		row.Yearly = row.Yearly.Plus(one.Times(float64(g.devices)))
	}
	for _, k := range order {
		if n := rows[k].Devices; n > 0 {
			rows[k].Yearly = rows[k].Yearly.Times(1 / float64(n))
		}
		fleet.Categories = append(fleet.Categories, *rows[k])
	}
	slices.SortStableFunc(fleet.Categories, func(a, b view.CategoryRow) int {
		return cmp.Compare(b.Period.Total().Value, a.Period.Total().Value)
	})
	fleet.Drivers = saved.drivers(lifespan.Years(f.asOf(scope).Sub(scope.From.Start(f.where))))
	return fleet, f.addDetail(ctx, &fleet, scope, groups, sites)
}
