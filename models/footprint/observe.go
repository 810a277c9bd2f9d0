package footprint

import (
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/report"
)

// Observe is what the meters of a window say of the power of the whole device at its
// load, for power.Calibrate. Where only the processor (and memory) is metered, rest
// is added for everything else. It is false for a window that was not metered for at
// least half of the time the device ran, or that tells no load: the mean load is that
// of the whole window.
func Observe(w *report.Window, device int, rest quantity.Watts) (power.Observation, bool) {
	const msPerHour = 3_600_000
	f := FromWindow(w)
	o := power.Observation{Device: device}
	running := w.RunningMs()
	metered, energy := f.MeteredMs, f.Metered
	if metered == 0 {
		metered, energy = f.PartMs, f.Part
		o.Watts = rest
	}
	if w.CPUCapacityMs == 0 || metered == 0 || 2*metered < running {
		return power.Observation{}, false
	}
	o.Load = float64(w.CPUBusyMs) / float64(w.CPUCapacityMs)
	o.Hours = float64(metered) / msPerHour
	o.Watts += quantity.Watts(float64(energy.WattHours()) / o.Hours)
	return o, true
}
