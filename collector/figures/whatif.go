package figures

import (
	"cmp"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/scenario"
)

// addUnattended adds what the group drew in a stretch while nobody was there. Servers
// and access points are left out: others rely on them at any hour.
func (g *group) addUnattended(m *footprint.Model, s footprint.Stretch, deviceYears float64) error {
	if c := g.category(); c == equipment.Server || c == equipment.AccessPoint || deviceYears == 0 {
		return nil
	}
	devices := deviceYears / lifespan.Years(s.To.Sub(s.From))
	energy := g.class.Unattended(s.Facts, devices*m.OpenHours(s))
	use, err := m.Emissions(energy, s)
	g.alone.energy, g.alone.use = g.alone.energy.Plus(energy), g.alone.use.Plus(use)
	return err
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
		p[k] = &scenario.Part{Category: k.category, Pupils: pupils}
	}
	part := scenario.Part{Energy: g.yearly.Energy.Times(float64(g.devices)), Use: g.yearly.Use.Times(float64(g.devices))}
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
