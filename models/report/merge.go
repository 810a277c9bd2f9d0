package report

import (
	"slices"
	"time"
)

// Merge puts a window together with the one that follows it, when both lie inside one
// step of UTC, an hour or a day, and neither overlaps the other. Seconds, energy and
// counts are sums; the time between the two is time about which nothing is known, as
// it was before. Memory in use is the mean over the running time.
func Merge(a, b Window, step time.Duration) (Window, bool) {
	if end := a.Start.Truncate(step).Add(step); step > day || b.Start.Before(a.End()) || b.End().After(end) {
		return Window{}, false
	}
	m := a
	m.Merged = max(1, a.Merged) + max(1, b.Merged)
	m.SpanS = int64(b.End().Sub(a.Start) / time.Second)
	m.OffMs += b.OffMs
	m.SuspendedMs += b.SuspendedMs
	for i := range m.LoadMs {
		m.LoadMs[i] += b.LoadMs[i]
	}
	m.ScreenOnMs += b.ScreenOnMs
	m.ScreenOffMs += b.ScreenOffMs
	m.CPUBusyMs += b.CPUBusyMs
	m.CPUCapacityMs += b.CPUCapacityMs
	if running := m.RunningMs(); running > 0 {
		m.MemUsedMiB = (a.MemUsedMiB*a.RunningMs() + b.MemUsedMiB*b.RunningMs()) / running
	}
	m.NetRxB += b.NetRxB
	m.NetTxB += b.NetTxB
	m.DiskReadB += b.DiskReadB
	m.DiskWriteB += b.DiskWriteB
	m.AgentCPUMs += b.AgentCPUMs
	m.AgentTxB += b.AgentTxB
	m.Energy = slices.Clone(a.Energy)
	for _, e := range b.Energy {
		i := slices.IndexFunc(m.Energy, func(o Reading) bool { return o.Source == e.Source })
		switch {
		case i < 0:
			m.Energy = append(m.Energy, e)
		case m.Energy[i].Boundary != e.Boundary:
			return Window{}, false
		default:
			m.Energy[i].EnergyUJ += e.EnergyUJ
			m.Energy[i].CoveredMs += e.CoveredMs
		}
	}
	return m, len(m.Energy) <= MaxEnergyReadings && m.Merged <= MaxMerged
}
