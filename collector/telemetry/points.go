package telemetry

import (
	"fmt"
	"strings"
	"time"

	"github.com/influxdata/influxdb-client-go/v2/api/write"
)

// points are the points of one window.
func (e *Entry) points() []*write.Point {
	w := &e.Window
	points := []*write.Point{e.point("ecoparc_window", nil, map[string]any{
		"span_s": w.SpanS, "off_ms": w.OffMs, "suspended_ms": w.SuspendedMs,
		"cpu_busy_ms": w.CPUBusyMs, "cpu_capacity_ms": w.CPUCapacityMs, "mem_used_mib": w.MemUsedMiB,
		"net_rx_b": w.NetRxB, "net_tx_b": w.NetTxB, "disk_read_b": w.DiskReadB, "disk_write_b": w.DiskWriteB,
		"agent_cpu_ms": w.AgentCPUMs, "agent_tx_b": w.AgentTxB,
	})}
	for class, ms := range w.LoadMs {
		points[0].AddField(fmt.Sprintf("load%d_ms", class), ms)
	}
	for _, r := range w.Energy {
		points = append(points, e.point("ecoparc_energy",
			map[string]string{"source": tag(r.Source), "boundary": string(r.Boundary)},
			map[string]any{"energy_uj": r.EnergyUJ, "covered_ms": r.CoveredMs}))
	}
	return points
}

func (e *Entry) point(measurement string, tags map[string]string, fields map[string]any) *write.Point {
	p := write.NewPoint(measurement, tags, fields, e.Window.Start)
	p.AddTag("device", tag(e.Device)).AddTag("site", tag(e.Site))
	p.AddTag("category", tag(e.Category)).AddTag("population", tag(e.Population))
	return p.SortTags()
}

// tag is a text as a tag value. The client escapes spaces, commas and equal
// signs, but not a backslash: one at the end would swallow the next tag.
func tag(text string) string { return strings.ReplaceAll(text, `\`, "/") }

// probe is a point that a bucket takes unless the bucket itself is at fault.
func probe(refusedWindows int64, now time.Time) *write.Point {
	return write.NewPoint("ecoparc_feeder", nil, map[string]any{"refused_windows": refusedWindows}, now)
}
