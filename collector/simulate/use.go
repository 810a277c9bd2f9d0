package simulate

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/report"
)

// use is one day of a device: it runs from on to off, and is away otherwise.
type use struct {
	device     *device
	start, end time.Time // the local day
	on, off    time.Time // equal: it does not run
	load       float64
}

// use invents a day.
func (d *device) use(random *rand.Rand, day calendar.Day, where *time.Location) use {
	u := use{device: d, start: day.Start(where), end: (day + 1).Start(where)}
	u.on, u.off = u.start, u.start
	u.load = math.Min(0.95, d.habit.meanLoad*(0.4+1.2*random.Float64()))
	switch {
	case d.everyDay:
		u.off = u.end
	case !calendar.Default().SchoolDay(d.zone, day):
	case random.Float64() < d.habit.leftOn:
		u.off = u.end
	case random.Float64() < d.habit.chance:
		u.on = u.start.Add(time.Duration(30+random.IntN(10)) * 15 * time.Minute) // from half past seven
		quarters := math.Max(1, math.Round(4*d.habit.hours*(0.4+1.2*random.Float64())))
		u.off = u.on.Add(time.Duration(quarters) * 15 * time.Minute)
		if u.off.After(u.end) {
			u.off = u.end
		}
	}
	return u
}

// windows cuts the day as an agent does: an absence, quarters of an hour while it
// runs, an absence.
func (u use) windows(random *rand.Rand) []report.Window {
	var all []report.Window
	if u.on.After(u.start) {
		all = append(all, u.window(random, u.start, u.on))
	}
	for at := u.on; at.Before(u.off); at = at.Add(report.WindowLength) {
		all = append(all, u.window(random, at, at.Add(report.WindowLength)))
	}
	if u.off.Before(u.end) {
		all = append(all, u.window(random, u.off, u.end))
	}
	return all
}

// parts cuts the window of a whole day where the device was switched on and off: what
// it holds is in the hours when it happened.
func (u use) parts(whole report.Window) []report.Window {
	var all []report.Window
	for _, away := range [][2]time.Time{{u.start, u.on}, {u.off, u.end}} {
		if w := (report.Window{Start: away[0].UTC(), SpanS: int64(away[1].Sub(away[0]) / time.Second)}); w.SpanS > 0 {
			if u.device.habit.sleeps {
				w.SuspendedMs = w.SpanS * 1000
			} else {
				w.OffMs = w.SpanS * 1000
			}
			all = append(all, w)
		}
	}
	if u.off.After(u.on) {
		run := whole
		run.Start, run.SpanS, run.OffMs, run.SuspendedMs = u.on.UTC(), int64(u.off.Sub(u.on)/time.Second), 0, 0
		all = append(all, run)
	}
	return all
}

// window is what happened between two instants of the day.
func (u use) window(random *rand.Rand, from, to time.Time) report.Window {
	running := max(0, earlier(to, u.off).Sub(later(from, u.on))).Milliseconds()
	away := to.Sub(from).Milliseconds() - running
	w := report.Window{Start: from.UTC(), SpanS: int64(to.Sub(from) / time.Second)}
	if u.device.habit.sleeps {
		w.SuspendedMs = away
	} else {
		w.OffMs = away
	}
	if running == 0 {
		return w
	}
	load := math.Min(0.98, u.load*(0.6+0.8*random.Float64()))
	w.LoadMs = spreadLoad(running, load)
	cpus := max(1, u.device.Inventory.LogicalCPUs)
	w.CPUCapacityMs = running * cpus
	w.CPUBusyMs = int64(float64(w.CPUCapacityMs) * load)
	w.MemUsedMiB = int64(float64(u.device.habit.memoryMiB) * (0.85 + 0.3*random.Float64()))
	seconds := float64(running) / 1000
	w.NetRxB, w.NetTxB = int64(seconds*30e3*random.Float64()), int64(seconds*4e3*random.Float64())
	w.DiskReadB, w.DiskWriteB = int64(seconds*60e3*random.Float64()), int64(seconds*40e3*random.Float64())
	w.AgentCPUMs, w.AgentTxB = running/10_000, running/1000/8
	if u.device.metered {
		covered := int64(float64(running) * (0.5 + 0.4*random.Float64())) // the rest is spent plugged in
		watts := quantity.Watts(u.device.habit.batteryW * (0.85 + 0.3*random.Float64()))
		w.Energy = []report.Reading{{Source: "battery", Boundary: report.Battery, CoveredMs: covered, EnergyUJ: int64(float64(watts) * float64(covered) * 1000)}}
	}
	return w
}

// spreadLoad spreads a running time over the load classes around a mean: most of
// it unused, the rest busy.
func spreadLoad(runningMs int64, mean float64) (bins [report.LoadBins]int64) {
	shares := [report.LoadBins]float64{1 - mean, 0.5 * mean, 0.3 * mean, 0.15 * mean, 0.05 * mean}
	left := runningMs
	for i := len(bins) - 1; i > 0; i-- {
		bins[i] = int64(float64(runningMs) * shares[i])
		left -= bins[i]
	}
	bins[0] = left
	return bins
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Running are the windows of a simulated laptop that runs for some quarters of an hour
// from an instant on, on its battery for most of it when it is metered.
func Running(random *rand.Rand, from time.Time, quarters int, metered bool) []report.Window {
	k := laptopOf(equipment.Individual)
	d := device{NewDevice: registry.NewDevice{Inventory: report.Inventory{LogicalCPUs: k.products[1].cpus}}, habit: k.habit, metered: metered}
	d.habit.memoryMiB = k.products[1].memoryMiB * 55 / 100
	end := from.Add(time.Duration(quarters) * report.WindowLength)
	u := use{device: &d, start: from, end: end, on: from, off: end, load: k.habit.meanLoad * (0.4 + 1.2*random.Float64())}
	return u.windows(random)
}
