package telemetry

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/influxdata/influxdb-client-go/v2/api/write"
	"github.com/influxdata/line-protocol/v2/lineprotocol"
	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/collector/points"
	"github.com/ecoparc/ecoparc/models/report"
)

// What is sent on to InfluxDB is what is taken in as line protocol: a collector can
// be fed from the other's InfluxDB.
func TestPointsOfAWindowAreTakenInAsTheSameWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := noon.Add(-time.Duration(rapid.IntRange(1, 1000).Draw(t, "quarters")) * report.WindowLength)
		w := report.Window{Start: start, SpanS: rapid.Int64Range(1, 900).Draw(t, "span_s")}
		left := w.SpanS * 1000
		for _, ms := range []*int64{&w.OffMs, &w.SuspendedMs, &w.LoadMs[0], &w.LoadMs[1], &w.LoadMs[2], &w.LoadMs[3], &w.LoadMs[4]} {
			*ms = rapid.Int64Range(0, left).Draw(t, "ms")
			left -= *ms
		}
		w.CPUCapacityMs = rapid.Int64Range(0, w.SpanS*64_000).Draw(t, "capacity")
		w.CPUBusyMs = rapid.Int64Range(0, w.CPUCapacityMs).Draw(t, "busy")
		for _, b := range []*int64{&w.MemUsedMiB, &w.NetRxB, &w.NetTxB, &w.DiskReadB, &w.DiskWriteB, &w.AgentTxB} {
			*b = rapid.Int64Range(0, 1<<20).Draw(t, "amount")
		}
		for i := range rapid.IntRange(0, 3).Draw(t, "meters") {
			source := rapid.StringMatching(`[\p{L} ,="'-]{0,20}[\p{L}]`).Draw(t, "source")
			covered := rapid.Int64Range(0, w.RunningMs()).Draw(t, "covered")
			w.Energy = append(w.Energy, report.Reading{Source: fmt.Sprint(i, source), Boundary: report.Package, CoveredMs: covered, EnergyUJ: rapid.Int64Range(0, covered*20_000_000).Draw(t, "energy")})
		}
		e := Entry{Organisation: "Région = 1", Site: `Lycée "Zoë, 2=3" \`, Category: "laptop", Population: "pupils", Device: "d-1", Window: w}
		var text strings.Builder
		for _, p := range e.points() {
			text.WriteString(write.PointToLineProtocol(p, time.Second))
		}
		got, err := points.Decode([]byte(text.String()), lineprotocol.Second, "d-1", noon)
		if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], w) {
			t.Fatalf("sent %+v as\n%s\nit is taken in as %+v, %v", w, &text, got, err)
		}
	})
}
