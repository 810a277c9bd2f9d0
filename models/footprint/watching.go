package footprint

import (
	"time"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// bytesPerGB is as networks count.
const bytesPerGB = 1e9

// AgentEnergy is what agents took of the devices that they run on: the power between
// idle and full load of the share of the processors that they kept busy. A device would
// be on without its agent, so nothing else is theirs. It is a part of the devices'
// energy, not added to it.
func (k *Class) AgentEnergy(f Facts) Energy {
	if f.AgentCPUMs == 0 {
		return Energy{}
	}
	processors := 1.0 // not told: as if one were all
	if running := f.RunningMs(); running > 0 && f.CPUCapacityMs > running {
		processors = float64(f.CPUCapacityMs) / float64(running)
	}
	idle, active := k.curve.Idle(), k.curve.Active()
	rise := quantity.Interval[quantity.Watts]{Low: max(active.Low-idle.Low, 0), Value: max(active.Value-idle.Value, 0), High: max(active.High-idle.High, 0)}
	rise.Low, rise.High = min(rise.Low, rise.Value, rise.High), max(rise.Low, rise.Value, rise.High)
	return power.Energy(rise, f.AgentCPUMs).Times(1 / processors)
}

// ServedEnergy is what a program took of a server: its share of the processors, of the
// server's power at full load, with what the room adds.
func ServedEnergy(t *factor.Table, busy time.Duration, processors int) (Energy, error) {
	curve, err := power.CurveFor(t, equipment.Server)
	if err != nil {
		return Energy{}, err
	}
	pue, err := grid.PUE(t, grid.ServerRoom)
	if err != nil {
		return Energy{}, err
	}
	all := power.Energy(curve.Active(), busy.Milliseconds()).Times(1 / float64(max(processors, 1)))
	return quantity.Product[quantity.WattHours](all, pue.Bounds()), nil
}

// RestingEnergy is what a server draws in a time in which it has nothing to do.
func RestingEnergy(t *factor.Table, over time.Duration) (Energy, error) {
	curve, err := power.CurveFor(t, equipment.Server)
	if err != nil {
		return Energy{}, err
	}
	return power.Energy(curve.Idle(), over.Milliseconds()), nil
}

// Carried is what the network draws for some bytes.
func Carried(t *factor.Table, sentB int64) (Energy, error) {
	row, err := t.Find("network.fixed_line", "", time.Time{})
	if err != nil {
		return Energy{}, err
	}
	return quantity.As[quantity.WattHours](row.Bounds().Times(1000 * float64(sentB) / bytesPerGB)), nil
}
