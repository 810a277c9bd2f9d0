package footprint

import (
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/report"
)

// Facts are sums of what devices reported: of one device on one day, or of a
// whole school in a year. They hold no estimate, only whole numbers, and so add
// up exactly in any order. Units are at the end of the names: Ms is
// milliseconds, B bytes; meters count in microjoules.
//
// The running time is in three parts that never overlap: metered as a whole
// (MeteredMs), metered at the processor (PartMs), and not metered, by load
// class (LoadMs).
type Facts struct {
	Windows       int64                  `json:"windows"`
	OffMs         int64                  `json:"off_ms"`
	SuspendedMs   int64                  `json:"suspended_ms"`
	MeteredMs     int64                  `json:"metered_ms"` // a meter saw the whole device
	Metered       quantity.Microjoules   `json:"metered_uj"` // and counted this
	PartMs        int64                  `json:"part_ms"`    // a meter saw the processor (and memory) only
	Part          quantity.Microjoules   `json:"part_uj"`    // and counted this
	LoadMs        [report.LoadBins]int64 `json:"load_ms"`
	CPUBusyMs     int64                  `json:"cpu_busy_ms"`
	CPUCapacityMs int64                  `json:"cpu_capacity_ms"`
	MemMiBS       int64                  `json:"mem_mib_s"` // memory in use x seconds running, in MiB·s
	NetRxB        int64                  `json:"net_rx_b"`
	NetTxB        int64                  `json:"net_tx_b"`
	DiskReadB     int64                  `json:"disk_read_b"`
	DiskWriteB    int64                  `json:"disk_write_b"`
	AgentCPUMs    int64                  `json:"agent_cpu_ms"`
	AgentTxB      int64                  `json:"agent_tx_b"`
}

// FactNames name the numbers of Facts, in the order of Fields.
var FactNames = [FactCount]string{
	"windows", "off_ms", "suspended_ms", "metered_ms", "metered_uj", "part_ms", "part_uj",
	"load0_ms", "load1_ms", "load2_ms", "load3_ms", "load4_ms",
	"cpu_busy_ms", "cpu_capacity_ms", "mem_mib_s", "net_rx_b", "net_tx_b", "disk_read_b", "disk_write_b",
	"agent_cpu_ms", "agent_tx_b",
}

// FactCount is how many numbers Facts holds.
const FactCount = 21

// Add adds the facts of another device or day.
func (f *Facts) Add(o Facts) {
	from := o.Fields()
	for i, field := range f.Fields() {
		*field += *from[i]
	}
}

// Fields are the numbers of the facts in the order of FactNames, for a store to
// keep and to read back.
func (f *Facts) Fields() [FactCount]*int64 {
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
		partFields, givenFields := part.Facts.Fields(), given.Fields()
		for i, whole := range facts.Fields() {
			upTo := mulDiv(*whole, elapsedS, w.SpanS)
			*partFields[i] = upTo - *givenFields[i]
			*givenFields[i] = upTo
		}
		days = append(days, part)
	}
	return days
}
