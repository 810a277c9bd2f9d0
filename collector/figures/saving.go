package figures

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/report"
)

// saving is what drives a footprint and what acting on it would have saved.
type saving struct{ embodied, idle, standby lever }

// levers are their names.
var levers = []string{"embodied", "idle", "standby"}

type lever struct {
	mass   footprint.Mass   // what it causes
	saves  footprint.Mass   // what acting saves
	energy footprint.Energy // likewise
	cost   view.Money       // likewise
}

func (l lever) plus(o lever) lever {
	return lever{l.mass.Plus(o.mass), l.saves.Plus(o.saves), l.energy.Plus(o.energy), l.cost.Plus(o.cost)}
}

func (s saving) plus(o saving) saving {
	return saving{s.embodied.plus(o.embodied), s.idle.plus(o.idle), s.standby.plus(o.standby)}
}

// savingIn is what a stretch would have saved had devices been kept a year longer,
// been switched off for half of the time they ran unused, or had their supply
// been cut while off or asleep.
func (f *Figures) savingIn(m *footprint.Model, g *group, s footprint.Stretch, figure footprint.Figure, asOf time.Time) (saving, error) {
	if figure.DeviceYears == 0 {
		return saving{}, nil
	}
	unused := s.Facts.LoadMs[0]
	idle, _ := m.KnownEnergy(g.class, footprint.Facts{LoadMs: [report.LoadBins]int64{unused}})
	off, _ := m.KnownEnergy(g.class, footprint.Facts{OffMs: unused})
	standby, _ := m.KnownEnergy(g.class, footprint.Facts{OffMs: s.Facts.OffMs, SuspendedMs: s.Facts.SuspendedMs})
	halfOff := footprint.Energy{Low: max(0, idle.Low-off.High), Value: idle.Value - off.Value, High: idle.High - off.Low}.Times(0.5)

	var out saving
	out.embodied.cost = f.priceOf(g.category(), m.SparedByLongerLife(g.class, g.cohorts, s, asOf, 1))
	var errs [5]error
	out.embodied.mass, out.embodied.saves = figure.Embodied, m.SavedByLongerLife(g.class, g.cohorts, s, asOf, 1)
	out.idle.energy, out.standby.energy = halfOff, standby
	out.idle.mass, errs[0] = m.Emissions(idle, s)
	out.idle.saves, errs[1] = m.Emissions(halfOff, s)
	out.standby.mass, errs[2] = m.Emissions(standby, s)
	out.standby.saves = out.standby.mass
	out.idle.cost, errs[3] = f.costOf(halfOff)
	out.standby.cost, errs[4] = f.costOf(standby)
	return out, errors.Join(errs[:]...)
}

// priceOf is what devices of a category cost that need not be bought, by how they would
// be acquired; nothing where they have no price. One that was given cost nothing.
func (f *Figures) priceOf(c equipment.Category, devices map[lifespan.Acquisition]float64) (cost view.Money) {
	for how, n := range devices {
		key := "price." + string(c)
		switch how {
		case lifespan.Donated:
			continue
		case lifespan.Reconditioned:
			key = "price.reconditioned." + string(c)
		}
		if row, err := f.Factors().Find(key, "", time.Time{}); err == nil {
			cost = cost.Plus(quantity.As[quantity.Euros](row.Bounds().Times(n)))
		}
	}
	return cost
}

// of is a lever by its name among drivers.
func (s saving) of(kind string) lever {
	return map[string]lever{"embodied": s.embodied, "idle": s.idle, "standby": s.standby}[kind]
}

// mostAt is the site where a lever saves most.
type mostAt struct {
	site registry.Site
	lever
}

// drivers are the causes scaled to a year, the one that saves most first. Before
// four weeks only the embodied part has a yearly rate: use of so short a time
// does not stand for a year. most is where each saves most; nil for one site.
func (s saving) drivers(years float64, most map[string]mostAt) []view.Driver {
	if years <= 0 {
		return nil
	}
	if years < footprint.EnoughForAYear {
		s.idle, s.standby = lever{}, lever{}
	}
	perYear := 1 / years
	var all []view.Driver
	for _, kind := range levers {
		l := s.of(kind)
		if l.mass.Value <= 0 {
			continue
		}
		d := view.Driver{Kind: kind, Yearly: l.mass.Times(perYear), Saves: l.saves.Times(perYear), SavesEnergy: l.energy.Times(perYear), SavesCost: l.cost.Times(perYear)}
		if at, known := most[kind]; known {
			d.Most = &view.DriverSite{ID: at.site.ID, Name: at.site.Name, Saves: at.saves.Times(perYear), SavesCost: at.cost.Times(perYear)}
		}
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b view.Driver) int {
		return cmp.Or(cmp.Compare(b.Saves.Value, a.Saves.Value), cmp.Compare(a.Kind, b.Kind))
	})
	return all
}
