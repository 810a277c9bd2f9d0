package figures

import (
	"cmp"
	"context"
	"slices"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/profile"
)

// whole sums up the groups of one site after the other. A group may be forgotten
// once it is added.
type whole struct {
	of       *Figures
	scope    view.Scope
	headline *comparing

	months     []footprint.Figure // by stretch
	period     footprint.Figure
	saved      saving
	most       map[string]mostAt // by lever
	rows       map[categoryKey]*view.CategoryRow
	made       lives
	other      byOther
	watching   view.Watching
	notCounted []equipment.Category
	tally      profile.Tally
	parts      parts
}

// categoryKey is what a fleet's table has a row for.
type categoryKey struct {
	category   equipment.Category
	population equipment.Population
}

// lives are how many whole embodied impacts fall to a period, by category.
type lives map[equipment.Category]float64

func (l lives) add(g *group) {
	if g.total.Lives != 0 {
		l[g.category()] += g.total.Lives
	}
}

// newWhole is nothing yet, of sites with so many pupils together.
func (f *Figures) newWhole(scope view.Scope, stretches int, pupils int64) *whole {
	return &whole{
		of: f, scope: scope, headline: f.newComparing(scope, pupils),
		months: make([]footprint.Figure, stretches), most: map[string]mostAt{}, rows: map[categoryKey]*view.CategoryRow{}, made: lives{}, other: newByOther(f.model(scope).Method()), parts: parts{},
	}
}

// add adds all groups of a site.
func (w *whole) add(site registry.Site, groups []*group) error {
	w.headline.add(site, groups)
	var saved saving
	for _, g := range groups {
		w.period = w.period.Plus(g.total)
		saved = saved.plus(g.saving)
		for i, m := range g.months {
			w.months[i] = w.months[i].Plus(m)
		}
		k := categoryKey{g.category(), g.population}
		row := w.rows[k]
		if row == nil {
			row = &view.CategoryRow{Category: k.category, Population: k.population}
			w.rows[k] = row
		}
		row.Devices += g.devices
		row.Period = row.Period.Plus(g.total)
		row.Yearly = row.Yearly.Plus(g.yearly.Times(float64(g.devices)))
		w.made.add(g)
		w.parts.add(g, site.Pupils > 0 && g.population.ForPupils(), w.of.asOf(w.scope))
		w.other.add(g)
		w.watching = w.watching.Plus(watchingOf(g))
		if c := g.category(); g.class.Physical() && !g.class.Counts() && !slices.Contains(w.notCounted, c) {
			w.notCounted = append(w.notCounted, c)
		}
	}
	w.saved = w.saved.plus(saved)
	for _, kind := range levers {
		if l := saved.of(kind); l.saves.Value > w.most[kind].saves.Value {
			w.most[kind] = mostAt{site, l}
		}
	}
	return w.of.addToTally(&w.tally, w.scope, site, groups)
}

// fleet is what was added up, of one site or, when site is 0, of its organisation.
func (w *whole) fleet(ctx context.Context, site int64) (view.Fleet, error) {
	f, scope := w.of, w.scope
	fleet := view.Fleet{Scope: scope, Period: w.period, Conformity: w.tally, Parts: w.parts.sorted()}
	period := calendar.Period{From: scope.From, To: scope.To}
	revisions, err := f.ledger.Revisions(ctx, scope.Organisation.ID, site, period)
	if err != nil {
		return view.Fleet{}, err
	}
	for i, p := range period.Months() {
		month := p.From.Month()
		fleet.Months = append(fleet.Months, view.MonthRow{Month: month, Label: month.String()[:7], Revised: revisions[month].At, Figure: w.months[i]})
	}
	for _, row := range w.rows {
		if n := row.Devices; n > 0 {
			row.Yearly = row.Yearly.Times(1 / float64(n))
		}
		fleet.Categories = append(fleet.Categories, *row)
	}
	slices.SortFunc(fleet.Categories, func(a, b view.CategoryRow) int {
		return cmp.Or(cmp.Compare(b.Period.Total().Value, a.Period.Total().Value), cmp.Compare(a.Category, b.Category), cmp.Compare(a.Population, b.Population))
	})
	slices.Sort(w.notCounted)
	fleet.NotCounted = w.notCounted
	most := w.most
	if site != 0 {
		most = nil
	}
	fleet.Drivers = w.saved.drivers(lifespan.Years(f.asOf(scope).Sub(scope.From.Start(f.where))), most)

	h, err := w.headline.done()
	if err != nil {
		return view.Fleet{}, err
	}
	fleet.Headline = h.Headline
	if fleet.Waterfall, err = h.waterfall(); err != nil {
		return view.Fleet{}, err
	}
	fleet.Criteria, fleet.Steps = f.criteria(scope, w.made, fleet.Period), f.steps(w.made, fleet.Period)
	fleet.Methods, fleet.Watching = w.methods(), w.watching
	fleet.Electricity, err = f.electricityOf(ctx, scope, fleet.Period.Energy)
	return fleet, err
}
