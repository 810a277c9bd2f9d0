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
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/power"
)

// Figures implements view.Source.
type Figures struct {
	registry    *registry.Registry
	ledger      *ledger.Ledger
	where       *time.Location
	clock       func() time.Time
	opening     calendar.Opening
	electricity *electricity
	market      *grid.MarketBased // nil: none is recorded
	history     history
	// What real and simulated devices teach each other stays apart.
	real, simulated atomic.Pointer[footprint.Model]
	counts          counts
	products        products
	fleets          large[*fleetRead]
	batteries       large[[]registry.Battery]
	repairCosts     large[map[registry.RepairKind][]int64]
	failures        large[failures]
}

// New returns the answers of a registry and a ledger. Days are those of where.
func New(r *registry.Registry, l *ledger.Ledger, m *footprint.Model, where *time.Location, clock func() time.Time) *Figures {
	f := &Figures{registry: r, ledger: l, where: where, clock: clock, opening: calendar.UsualOpening, electricity: &electricity{}}
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
	owners, err := f.registry.Owners(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]view.Organisation, 0, len(owners))
	for _, o := range owners {
		counted, err := f.counted(ctx, o)
		if err != nil {
			return nil, err
		}
		list = append(list, counted)
	}
	return list, nil
}

// OwnSites lists the sites that are within reach one by one.
func (f *Figures) OwnSites(ctx context.Context) ([]view.OwnSite, error) {
	ids := reach.Of(ctx).Sites
	if len(ids) == 0 {
		return nil, nil
	}
	owners, err := f.registry.Owners(ctx)
	if err != nil {
		return nil, err
	}
	var own []view.OwnSite
	for _, id := range ids {
		site, err := f.registry.Site(ctx, id)
		if err != nil {
			return nil, err
		}
		of := slices.IndexFunc(owners, func(o registry.Organisation) bool { return o.ID == site.Organisation })
		own = append(own, view.OwnSite{ID: id, Name: site.Name, Simulated: owners[of].Simulated})
	}
	return own, nil
}

// Overview answers for a whole organisation.
func (f *Figures) Overview(ctx context.Context, organisation int64, schoolYear int) (*view.Overview, error) {
	return f.Compute(ctx, organisation, schoolYear, func(int, int) {})
}

// Compute is Overview that tells how many of its sites are done. One site after the
// other is read and summed up, so that a large organisation needs no more memory than
// its largest site and its answer.
func (f *Figures) Compute(ctx context.Context, organisation int64, schoolYear int, tell func(done, all int)) (*view.Overview, error) {
	scope, err := f.scope(ctx, organisation, schoolYear)
	if err != nil {
		return nil, err
	}
	stretches, err := f.stretches(ctx, scope)
	if err != nil {
		return nil, err
	}
	sites, err := f.registry.Sites(ctx, organisation)
	if err != nil {
		return nil, err
	}
	seen, err := f.registry.SeenBySite(ctx, organisation, f.silence(scope))
	if err != nil {
		return nil, err
	}
	var pupils int64
	for _, s := range sites {
		pupils += s.Pupils
	}
	whole, o := f.newWhole(scope, len(stretches), pupils), &view.Overview{Sites: make([]view.SiteRow, len(sites))}
	for done, i := range asStored(sites) {
		tell(done, len(sites))
		groups, err := f.groups(ctx, scope, stretches, sites[i], nil) // to read all hours would take as long again
		if err != nil {
			return nil, err
		}
		if err := whole.add(sites[i], groups); err != nil {
			return nil, err
		}
		if o.Sites[i], err = f.siteRow(scope, sites[i], groups, seen[sites[i].ID]); err != nil {
			return nil, err
		}
	}
	if o.Fleet, err = whole.fleet(ctx, 0); err != nil {
		return nil, err
	}
	for _, row := range o.Sites {
		o.Coverage = addCoverage(o.Coverage, row.Coverage)
	}
	tell(len(sites), len(sites))
	return o, nil
}

// asStored are the places of sites in the order of their numbers: what was stored
// together is read together.
func asStored(sites []registry.Site) []int {
	order := make([]int, len(sites))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(sites[a].ID, sites[b].ID) })
	return order
}

// school is a site with the scope of a school year and its stretches of one electricity.
func (f *Figures) school(ctx context.Context, id int64, schoolYear int) (site registry.Site, scope view.Scope, stretches []footprint.Stretch, err error) {
	if site, err = f.registry.Site(ctx, id); errors.Is(err, registry.ErrNotFound) {
		err = view.ErrNotFound
	}
	if err == nil {
		scope, err = f.scope(ctx, site.Organisation, schoolYear)
	}
	if err == nil {
		stretches, err = f.stretches(ctx, scope)
	}
	return site, scope, stretches, err
}

// Site answers for one school.
func (f *Figures) Site(ctx context.Context, id int64, schoolYear int) (*view.Site, error) {
	site, scope, stretches, err := f.school(ctx, id, schoolYear)
	if err != nil {
		return nil, err
	}
	away, err := f.awayAt(ctx, scope, site)
	if err != nil {
		return nil, err
	}
	groups, err := f.groups(ctx, scope, stretches, site, away)
	if err != nil {
		return nil, err
	}
	seen, err := f.registry.Seen(ctx, id, f.silence(scope))
	if err != nil {
		return nil, err
	}
	whole, s := f.newWhole(scope, len(stretches), site.Pupils), &view.Site{}
	if err := whole.add(site, groups); err != nil {
		return nil, err
	}
	if s.Fleet, err = whole.fleet(ctx, id); err != nil {
		return nil, err
	}
	if s.Site, err = f.siteRow(scope, site, groups, seen); err != nil {
		return nil, err
	}
	s.Coverage = s.Site.Coverage
	if !reach.Of(ctx).SumsOnly {
		s.Devices, err = f.deviceRows(ctx, scope, stretches, site)
	}
	return s, err
}

func (f *Figures) siteRow(scope view.Scope, s registry.Site, groups []*group, seen registry.Seen) (view.SiteRow, error) {
	headline, err := f.headline(scope, groups, s)
	return view.SiteRow{
		ID: s.ID, Name: s.Name, Kind: s.Kind, UAI: s.UAI, Headline: headline.Headline,
		Position: view.Position{Latitude: s.Position.Latitude, Longitude: s.Position.Longitude},
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
	owner, err := f.registry.Organisation(ctx, organisation)
	if errors.Is(err, registry.ErrNotFound) {
		return view.Scope{}, view.ErrNotFound
	}
	if err != nil {
		return view.Scope{}, err
	}
	counted, err := f.counted(ctx, owner)
	if err != nil {
		return view.Scope{}, err
	}
	first, any, err := f.ledger.FirstMonth(ctx, organisation)
	if err != nil {
		return view.Scope{}, fmt.Errorf("cannot find the first month: %w", err)
	}
	if !reach.Of(ctx).Contains(reach.Place{Organisation: organisation}) {
		counted.Sites, counted.Devices = 0, 0 // of its other sites nothing is told
	}
	scope := view.Scope{
		Organisation: counted, SchoolYear: cmp.Or(schoolYear, current), AsOf: now.In(f.where),
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
