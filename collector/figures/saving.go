package figures

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// saving is what drives a footprint and what acting on it would have saved.
type saving struct{ embodied, idle, standby lever }

type lever struct {
	mass   footprint.Mass   // what it causes
	saves  footprint.Mass   // what acting saves
	energy footprint.Energy // likewise
}

func (l lever) plus(o lever) lever {
	return lever{l.mass.Plus(o.mass), l.saves.Plus(o.saves), l.energy.Plus(o.energy)}
}

func (s saving) plus(o saving) saving {
	return saving{s.embodied.plus(o.embodied), s.idle.plus(o.idle), s.standby.plus(o.standby)}
}

// savingIn is what a stretch would have saved had devices been kept a year longer,
// been switched off for half of the time they ran unused, or had their supply
// been cut while off or asleep.
func savingIn(m *footprint.Model, g *group, s footprint.Stretch, figure footprint.Figure, asOf time.Time) (saving, error) {
	if figure.DeviceYears == 0 {
		return saving{}, nil
	}
	unused := s.Facts.LoadMs[0]
	idle, _ := m.KnownEnergy(g.class, footprint.Facts{LoadMs: [report.LoadBins]int64{unused}})
	off, _ := m.KnownEnergy(g.class, footprint.Facts{OffMs: unused})
	standby, _ := m.KnownEnergy(g.class, footprint.Facts{OffMs: s.Facts.OffMs, SuspendedMs: s.Facts.SuspendedMs})
	halfOff := footprint.Energy{Low: max(0, idle.Low-off.High), Value: idle.Value - off.Value, High: idle.High - off.Low}.Times(0.5)

	var out saving
	var errs [3]error
	out.embodied.mass, out.embodied.saves = figure.Embodied, m.SavedByLongerLife(g.class, g.cohorts, s, asOf, 1)
	out.idle.energy, out.standby.energy = halfOff, standby
	out.idle.mass, errs[0] = m.Emissions(idle, s)
	out.idle.saves, errs[1] = m.Emissions(halfOff, s)
	out.standby.mass, errs[2] = m.Emissions(standby, s)
	out.standby.saves = out.standby.mass
	return out, errors.Join(errs[:]...)
}

// drivers are the causes scaled to a year, the one that saves most first. Before
// four weeks only the embodied part has a yearly rate: use of so short a time
// does not stand for a year.
func (s saving) drivers(years float64) []view.Driver {
	if years <= 0 {
		return nil
	}
	if years < footprint.EnoughForAYear {
		s.idle, s.standby = lever{}, lever{}
	}
	perYear := 1 / years
	var all []view.Driver
	for kind, l := range map[string]lever{"embodied": s.embodied, "idle": s.idle, "standby": s.standby} {
		if l.mass.Value > 0 {
			all = append(all, view.Driver{Kind: kind, Yearly: l.mass.Times(perYear), Saves: l.saves.Times(perYear), SavesEnergy: l.energy.Times(perYear)})
		}
	}
	slices.SortFunc(all, func(a, b view.Driver) int {
		return cmp.Or(cmp.Compare(b.Saves.Value, a.Saves.Value), cmp.Compare(a.Kind, b.Kind))
	})
	return all
}
