package power

import (
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
)

// Keys are the keys of the rows that the curve of [ForSpec] stands on, for the same
// arguments: a figure can name every number behind it.
func Keys(t *factor.Table, cpus *CPUTable, spec equipment.Spec, brightness float64) []string {
	f := finder{t: t, category: string(spec.Category)}
	p, typical := "power."+f.category+".", "typical."+f.category+"."
	keys := []string{
		p + "off", p + "sleep", p + "idle", p + "rest",
		"curve.codecarbon.exponent", "curve.teads.load0", "curve.teads.load10", "curve.teads.load50", "curve.teads.load100",
	}
	add := func(more ...string) { keys = append(keys, more...) }
	if f.has(p + "dark") {
		add(p + "dark")
	}
	size := p + "idle_large"
	if spec.WeightKg <= smallKg {
		size = p + "idle_small"
	}
	sized := spec.WeightKg > 0 && f.has(size)
	if sized {
		add(size)
	}
	if _, known := cpus.TDP(spec.CPU); known && f.has(typical+"tdp") {
		add("curve.rise_per_tdp")
		if !sized {
			add("curve.idle_per_tdp", typical+"tdp")
		}
		if f.has(typical + "sockets") {
			add(typical + "sockets")
		}
	} else {
		add(p + "active")
	}
	if spec.MemoryGiB > 0 && f.has(typical+"memory") {
		add(typical+"memory", "memory.client")
		if spec.Category == equipment.Server {
			add("memory.boaviztapi", "memory.ccf")
		}
	}
	if (spec.ScreenIn > 0 || brightness > 0) && f.has(typical+"screen") {
		if spec.ScreenIn > 0 {
			add(typical + "screen")
		}
		if brightness > 0 {
			add("screen.fixed", "screen.brightness")
		}
		if spec.Category == equipment.Monitor {
			if spec.ScreenIn > 0 {
				add("screen.monitor_per_dm2")
			}
		} else {
			add("screen." + f.category)
		}
	}
	return keys
}
