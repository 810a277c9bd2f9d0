// Package points is how windows look in InfluxDB: the measurements and fields in
// which they are sent on to it, read back from it, and taken in as line protocol
// from whoever speaks that instead of reports (Telegraf, InfluxDB's own clients).
//
//	ecoparc_window   span_s off_ms suspended_ms load0_ms ... load4_ms cpu_busy_ms
//	                 cpu_capacity_ms mem_used_mib net_rx_b net_tx_b disk_read_b
//	                 disk_write_b agent_cpu_ms agent_tx_b screen_on_ms screen_off_ms
//	ecoparc_energy   energy_uj covered_ms, by the tags source and boundary
//
// Fields are whole numbers with the units of the report in their names: _s seconds,
// _ms milliseconds, _uj microjoules, _b bytes, _mib mebibytes. The timestamp of a
// point is the start of its window. A field that is not there is 0.
package points

import (
	"strconv"

	"github.com/ecoparc/ecoparc/models/report"
)

// The measurements.
const (
	Window = "ecoparc_window"
	Energy = "ecoparc_energy"
)

// The tags that a point cannot do without.
const (
	Device   = "device"
	Source   = "source"
	Boundary = "boundary"
)

// Field is a number of a window or reading under its name as a field.
type Field struct {
	Name  string
	Value *int64
}

// OfWindow are the fields of a window, to be read or set.
func OfWindow(w *report.Window) []Field {
	fields := []Field{
		{"span_s", &w.SpanS}, {"off_ms", &w.OffMs}, {"suspended_ms", &w.SuspendedMs},
		{"cpu_busy_ms", &w.CPUBusyMs}, {"cpu_capacity_ms", &w.CPUCapacityMs}, {"mem_used_mib", &w.MemUsedMiB},
		{"net_rx_b", &w.NetRxB}, {"net_tx_b", &w.NetTxB}, {"disk_read_b", &w.DiskReadB}, {"disk_write_b", &w.DiskWriteB},
		{"agent_cpu_ms", &w.AgentCPUMs}, {"agent_tx_b", &w.AgentTxB}, {"screen_on_ms", &w.ScreenOnMs}, {"screen_off_ms", &w.ScreenOffMs},
	}
	for class := range w.LoadMs {
		fields = append(fields, Field{"load" + strconv.Itoa(class) + "_ms", &w.LoadMs[class]})
	}
	return fields
}

// OfReading are the fields of a meter's reading, to be read or set.
func OfReading(r *report.Reading) []Field {
	return []Field{{"energy_uj", &r.EnergyUJ}, {"covered_ms", &r.CoveredMs}}
}
