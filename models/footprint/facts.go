package footprint

import (
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/report"
)

// Facts are sums of what devices reported: of one device on one day, or of a
// whole school in a year. They hold no estimate, only whole numbers, and so add
// up exactly in any order.
//
// The running time is in three parts that never overlap: metered as a whole
// (MeteredMs), metered at the processor (PartMs), and not metered, by load
// class (LoadMs).
type Facts struct {
	Windows       int64
	OffMs         int64
	SuspendedMs   int64
	MeteredMs     int64                // a meter saw the whole device
	Metered       quantity.Microjoules // and counted this
	PartMs        int64                // a meter saw the processor (and memory) only
	Part          quantity.Microjoules // and counted this
	LoadMs        [report.LoadBins]int64
	CPUBusyMs     int64
	CPUCapacityMs int64
	MemMiBS       int64 // memory in use x seconds running, in MiB·s
	NetRxB        int64
	NetTxB        int64
	DiskReadB     int64
	DiskWriteB    int64
	AgentCPUMs    int64
	AgentTxB      int64
}

// Add adds the facts of another device or day.
func (f *Facts) Add(o Facts) {
	for i, field := range f.fields() {
		*field += *o.fields()[i]
	}
}

// fields are the numbers of the facts, in the order of the struct.
func (f *Facts) fields() [21]*int64 {
	return [...]*int64{
		&f.Windows, &f.OffMs, &f.SuspendedMs, &f.MeteredMs, (*int64)(&f.Metered), &f.PartMs, (*int64)(&f.Part),
		&f.LoadMs[0], &f.LoadMs[1], &f.LoadMs[2], &f.LoadMs[3], &f.LoadMs[4],
		&f.CPUBusyMs, &f.CPUCapacityMs, &f.MemMiBS, &f.NetRxB, &f.NetTxB, &f.DiskReadB, &f.DiskWriteB,
		&f.AgentCPUMs, &f.AgentTxB,
	}
}

// RunningMs is the time the devices ran.
func (f Facts) RunningMs() int64 {
	ms := f.MeteredMs + f.PartMs
	for _, m := range f.LoadMs {
		ms += m
	}
	return ms
}

// KnownMs is the time of which something is known: running, suspended or off.
func (f Facts) KnownMs() int64 { return f.RunningMs() + f.SuspendedMs + f.OffMs }

// FromWindow reads the facts from a window and resolves which meter counts:
// those that see the whole device come first (at the wall, then the platform,
// then the battery), then processor and memory together. Meters that overlap
// are never added. A meter that covers part of the running time leaves the rest
// to the next one, in proportion.
func FromWindow(w *report.Window) Facts {
	f := Facts{
		Windows: 1, OffMs: w.OffMs, SuspendedMs: w.SuspendedMs,
		CPUBusyMs: w.CPUBusyMs, CPUCapacityMs: w.CPUCapacityMs,
		MemMiBS: w.MemUsedMiB * w.RunningMs() / 1000,
		NetRxB:  w.NetRxB, NetTxB: w.NetTxB, DiskReadB: w.DiskReadB, DiskWriteB: w.DiskWriteB,
		AgentCPUMs: w.AgentCPUMs, AgentTxB: w.AgentTxB,
	}
	running := w.RunningMs()
	if whole := widest(w.Energy); whole != nil {
		f.MeteredMs, f.Metered = min(whole.CoveredMs, running), quantity.Microjoules(whole.EnergyUJ)
	}
	left := running - f.MeteredMs
	if partUJ, partMs := processor(w.Energy); partMs > 0 && left > 0 {
		f.PartMs = mulDiv(partMs, left, running)
		f.Part = quantity.Microjoules(mulDiv(partUJ, left, running))
	}
	f.LoadMs = spread(w.LoadMs, left-f.PartMs)
	return f
}

// widest is the reading that sees the whole device, at the widest boundary.
func widest(readings []report.Reading) *report.Reading {
	for _, b := range []report.Boundary{report.Wall, report.Platform, report.Battery} {
		for i := range readings {
			if readings[i].Boundary == b && readings[i].CoveredMs > 0 {
				return &readings[i]
			}
		}
	}
	return nil
}

// processor adds the packages and the memory of all sockets: their boundaries
// do not overlap. They cover the time that the shortest of them covers.
func processor(readings []report.Reading) (energyUJ, coveredMs int64) {
	for _, r := range readings {
		if (r.Boundary == report.Package || r.Boundary == report.DRAM) && r.CoveredMs > 0 {
			if coveredMs == 0 || r.CoveredMs < coveredMs {
				coveredMs = r.CoveredMs
			}
			energyUJ += r.EnergyUJ
		}
	}
	return energyUJ, coveredMs
}

// spread scales load classes so that they add up to total.
func spread(load [report.LoadBins]int64, total int64) [report.LoadBins]int64 {
	var sum, before, given int64
	for _, ms := range load {
		sum += ms
	}
	var out [report.LoadBins]int64
	if sum == 0 {
		return out
	}
	for i, ms := range load {
		before += ms
		upTo := mulDiv(total, before, sum)
		out[i] = upTo - given
		given = upTo
	}
	return out
}

// mulDiv is a x b / c for b <= c, none of them negative, without overflow.
func mulDiv(a, b, c int64) int64 {
	return a/c*b + a%c*b/c
}

// DayFacts are the facts of one local day.
type DayFacts struct {
	Day   calendar.Day
	Facts Facts
}

// ByDay gives each local day its part of a window. Nearly every window lies in
// one day; an absence that spans several is cut at local midnights, in
// proportion to time, so that the parts add up to the whole exactly.
func ByDay(w *report.Window, where *time.Location) []DayFacts {
	facts := FromWindow(w)
	first, last := calendar.DayOf(w.Start, where), calendar.DayOf(w.End().Add(-time.Second), where)
	if first == last {
		return []DayFacts{{first, facts}}
	}
	var days []DayFacts
	var given Facts
	for d := first; d <= last; d++ {
		end := (d + 1).Start(where)
		if d == last {
			end = w.End()
		}
		elapsedS := int64(end.Sub(w.Start) / time.Second)
		part := DayFacts{Day: d}
		for i, whole := range facts.fields() {
			upTo := mulDiv(*whole, elapsedS, w.SpanS)
			*part.Facts.fields()[i] = upTo - *given.fields()[i]
			*given.fields()[i] = upTo
		}
		days = append(days, part)
	}
	return days
}
