package footprint

import (
	"math"
	"time"

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

// SwitchedOff is what devices of a class drew more, while they ran, than they would have
// drawn switched off.
func (m *Model) SwitchedOff(k *Class, f Facts) Energy {
	ran := f
	ran.OffMs, ran.SuspendedMs = 0, 0
	on, _ := m.KnownEnergy(k, ran)
	off, _ := m.KnownEnergy(k, Facts{OffMs: f.RunningMs()})
	return Energy{Low: max(0, on.Low-off.High), Value: max(0, on.Value-off.Value), High: max(0, on.High-off.Low)}
}
