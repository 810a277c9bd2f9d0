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
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/scenario"
)

// addUnattended adds what a group drew in a stretch while nobody was there. Devices that
// go home, or on which others rely at any hour, are left out.
func (f *Figures) addUnattended(g *group, m *footprint.Model, s footprint.Stretch, deviceYears float64) error {
	if c := g.category(); runsOnPurpose(c) || goesHome(c, g.population) || deviceYears == 0 {
		return nil
	}
	energy := m.SwitchedOff(g.class, g.away[s.Days.From.Month()])
	if g.away == nil {
		energy = g.class.Unattended(s.Facts, deviceYears/lifespan.Years(s.To.Sub(s.From))*f.openHours(s))
	}
	use, err := m.Emissions(energy, s)
	g.alone.energy, g.alone.use = g.alone.energy.Plus(energy), g.alone.use.Plus(use)
	return err
}

// openHours is for how long a school is open in a stretch; all of it where its terms are
// not known.
func (f *Figures) openHours(s footprint.Stretch) float64 {
	if s.Zone == "" {
		return s.To.Sub(s.From).Hours()
	}
	return float64(calendar.Default().DaysWith(calendar.Open, s.Zone, s.Days) * f.opening.Hours())
}

// away is what the groups of a site did while nobody was there, by month.
type away map[groupKey]map[calendar.Day]footprint.Facts

// of is that of one group: not nil, for one that did nothing.
func (a away) of(k groupKey) map[calendar.Day]footprint.Facts {
	if a[k] == nil {
		return map[calendar.Day]footprint.Facts{}
	}
	return a[k]
}

// wholeHours is the share of the running time of a site's months that its hours must
// hold to stand for them: hours are kept since a later version than days.
const wholeHours = 0.95

// awayAt reads what the groups of a site did while nobody was there; nil where its
// calendar is not known, or its hours are not kept for all of the scope.
func (f *Figures) awayAt(ctx context.Context, scope view.Scope, site registry.Site) (away, error) {
	if site.Zone == "" {
		return nil, nil
	}
	period, terms := calendar.Period{From: scope.From, To: scope.To}, calendar.Default()
	hours, err := f.ledger.Hours(ctx, site.ID, period)
	if err != nil {
		return nil, err
	}
	months, err := f.ledger.Months(ctx, site.Organisation, site.ID, period)
	if err != nil {
		return nil, err
	}
	var known, kept int64
	for _, m := range months {
		known += m.Facts.RunningMs()
	}
	all := away{}
	for _, day := range hours {
		month := day.Day.Month()
		for g, facts := range day.Hours {
			k := groupKey{g.Product, g.Population}
			if all[k] == nil {
				all[k] = map[calendar.Day]footprint.Facts{}
			}
			sum := all[k][month]
			for hour := range facts {
				kept += facts[hour].RunningMs()
				if terms.MomentOf(site.Zone, day.Day, hour, f.opening) != calendar.Open {
					sum.Add(facts[hour])
				}
			}
			all[k][month] = sum
		}
	}
	if float64(kept) < wholeHours*float64(known) {
		return nil, nil
	}
	return all, nil
}

// parts are what scenarios need to know of a fleet, by category and whether the
// devices are of pupils whose number is known.
type parts map[partKey]*scenario.Part

type partKey struct {
	category equipment.Category
	pupils   bool
}

// add adds the devices of a group that are in service at an instant.
func (p parts) add(g *group, pupils bool, asOf time.Time) {
	if g.devices == 0 || !g.class.Counts() {
		return
	}
	k := partKey{g.category(), pupils}
	if p[k] == nil {
		p[k] = &scenario.Part{Category: k.category, Pupils: pupils, ByHour: g.away != nil}
	}
	part := scenario.Part{ByHour: g.away != nil, Repaired: g.yearly.Parts.Times(float64(g.devices)), Energy: g.yearly.Energy.Times(float64(g.devices)), Use: g.yearly.Use.Times(float64(g.devices))}
	for _, c := range g.cohorts {
		into := &part.New
		if c.Acquisition.SecondHand() {
			into = &part.SecondHand
		}
		for years := range into {
			into[years] = into[years].Plus(g.class.Renewal(c, asOf, float64(years)))
		}
	}
	// As their use: before four weeks, what devices did does not stand for a year.
	if years := g.total.DeviceYears; years/float64(g.devices) >= footprint.EnoughForAYear {
		part.Unattended, part.UnattendedUse = g.alone.energy.Times(float64(g.devices)/years), g.alone.use.Times(float64(g.devices)/years)
	}
	sum := p[k].Plus(part)
	p[k] = &sum
}

// sorted are the parts in an order that does not change.
func (p parts) sorted() []scenario.Part {
	var all []scenario.Part
	for _, part := range p {
		all = append(all, *part)
	}
	slices.SortFunc(all, func(a, b scenario.Part) int {
		if c := cmp.Compare(a.Category, b.Category); c != 0 || a.Pupils == b.Pupils {
			return c
		}
		if a.Pupils {
			return -1
		}
		return 1
	})
	return all
}
