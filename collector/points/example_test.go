package points_test

import (
	"fmt"
	"log"
	"time"

	"github.com/influxdata/line-protocol/v2/lineprotocol"

	"github.com/ecoparc/ecoparc/collector/points"
)

// A quarter of an hour of a device that reports with Telegraf, in line protocol.
func ExampleDecode() {
	text := `ecoparc_window,device=d-1 span_s=900i,load0_ms=900000i 1795421700
ecoparc_energy,device=d-1,source=plug,boundary=wall energy_uj=9000000000i,covered_ms=900000i 1795421700
`
	windows, err := points.Decode([]byte(text), lineprotocol.Second, "d-1", time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	if err != nil {
		log.Fatal(err)
	}
	for _, w := range windows {
		fmt.Println(w.Start.UTC().Format(time.DateTime), w.SpanS, "s,", w.Energy[0].EnergyUJ, "µJ of", w.Energy[0].Source)
	}

	_, err = points.Decode([]byte("cpu,cpu=cpu-total usage_idle=97 1795421700"), lineprotocol.Second, "d-1", time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	fmt.Println(err)
	// Output:
	// 2026-11-23 08:15:00 900 s, 9000000000 µJ of plug
	// line 1: the measurement "cpu" is not known; ecoparc_window and ecoparc_energy are
}
