package footprint

import (
	"math"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/report"
)

// Renewal is what a year of keeping devices in service takes: how many are bought in
// the place of those that reach their end, and what making these emits.
type Renewal struct {
	Devices  float64 `json:"devices"` // in service
	Bought   float64 `json:"bought_per_year"`
	Embodied Mass    `json:"embodied_gco2e_per_year"`
}

// Plus adds the renewal of other devices.
func (r Renewal) Plus(o Renewal) Renewal {
	return Renewal{r.Devices + o.Devices, r.Bought + o.Bought, r.Embodied.Plus(o.Embodied)}
}

// Renewal is that of a cohort, were its devices kept some years longer than they are
// expected to serve,
//
//	bought   = devices / (max(expected life, age) + longer)
//	embodied = bought x embodied impact that each brings to its owner
//
// which without the years is the rate of [Model.Estimate]. It is zero for devices that
// are not in service, or in no total.
func (k *Class) Renewal(c Cohort, asOf time.Time, longer float64) Renewal {
	if !k.Counts() || !c.InService.Before(asOf) || !c.Retired.IsZero() && !c.Retired.After(asOf) {
		return Renewal{}
	}
	life := math.Max(k.originOf(c.Acquisition).lifeYears, lifespan.Years(c.ageAt(asOf))) + longer
	r := Renewal{Devices: float64(c.Count), Bought: float64(c.Count) / life}
	r.Embodied = k.Carried(c).Times(r.Bought)
	return r
}

// OpenHours is for how long somebody may have been at the school in a stretch, at most;
// all of it where its calendar is not known.
func (m *Model) OpenHours(s Stretch) float64 {
	all := max(0, s.To.Sub(s.From)).Hours()
	row, err := m.factors.Find("hours.open.school_day", "", time.Time{})
	if err != nil || m.options.Terms == nil || s.Zone == "" {
		return all
	}
	open := 0.0
	for d := s.Days.From; d < s.Days.To; d++ {
		if m.options.Terms.SchoolDay(s.Zone, d) {
			open += row.High
		}
	}
	return min(all, open)
}

// Unattended is what devices of the class drew while they ran and nobody was there, beyond what
// they would have drawn switched off. Facts do not say at which hours devices ran, so
// that it lies between two bounds:
//
//	at least  the running time that does not fit into the hours the school was open
//	at most   the running time in which the processor had nearly nothing to do
//
// The least is by the mean of the devices: some may run at night while others do not
// run in lessons. The value is half of the most, and never below the least. Where
// meters counted, no class of load is kept: there all that the processor was not busy
// with counts as at most unattended. openHours are those of all devices together.
func (k *Class) Unattended(f Facts, openHours float64) Energy {
	hours := func(ms int64) float64 { return float64(ms) / float64(time.Hour/time.Millisecond) }
	running := hours(f.RunningMs())
	if !k.Counts() || running == 0 {
		return Energy{}
	}
	most := hours(f.LoadMs[0])
	if f.CPUCapacityMs > 0 {
		most += hours(f.MeteredMs+f.PartMs) * (1 - min(1, float64(f.CPUBusyMs)/float64(f.CPUCapacityMs)))
	}
	most = min(most, running)
	least := min(most, math.Max(0, running-openHours))
	value := math.Max(least, most/2)

	idle, off := k.atLoad[report.LoadBin(0)], k.curve.Off
	saved := power.Watts{Low: max(0, idle.Low-off.High), Value: max(0, idle.Value-off.Value), High: max(0, idle.High-off.Low)}
	return quantity.Product[quantity.WattHours](saved, quantity.Interval[float64]{Low: least, Value: value, High: most})
}

// Away are the facts of the hours in which nobody is at school: at least, usually and at
// most, by the longest, the usual and the shortest time that it is open.
type Away struct{ AtLeast, Usually, AtMost Facts }

// middayHour is the middle of the hours that a school is open.
const middayHour = 13

// Hour adds the facts of an hour of a day, as far as nobody is at a school of a zone
// then. It tells whether the school's calendar is known.
func (a *Away) Hour(m *Model, zone string, d calendar.Day, hour int, f Facts) bool {
	row, err := m.factors.Find("hours.open.school_day", "", time.Time{})
	if err != nil || m.options.Terms == nil || zone == "" {
		return false
	}
	school := m.options.Terms.SchoolDay(zone, d)
	for _, o := range []struct {
		open float64
		into *Facts
	}{{row.High, &a.AtLeast}, {row.Value, &a.Usually}, {row.Low, &a.AtMost}} {
		if !school || math.Abs(float64(hour)+0.5-middayHour) > o.open/2 {
			o.into.Add(f)
		}
	}
	return true
}

// SwitchedOff is what devices of a class drew more, while they ran and nobody was there,
// than they would have drawn switched off.
func (m *Model) SwitchedOff(k *Class, a Away) Energy {
	if !k.Counts() {
		return Energy{}
	}
	saved := func(f Facts) Energy {
		f.OffMs, f.SuspendedMs = 0, 0
		on, _ := m.energy(k, &Stretch{Facts: f}, 0)
		off := power.Energy(k.curve.Off, f.RunningMs())
		return Energy{Low: max(0, on.Low-off.High), Value: max(0, on.Value-off.Value), High: max(0, on.High-off.Low)}
	}
	return Energy{Low: saved(a.AtLeast).Low, Value: saved(a.Usually).Value, High: saved(a.AtMost).High}
}
