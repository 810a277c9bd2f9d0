package report_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/models/report"
)

// An agent sends what a device did in a quarter of an hour. The collector reads
// it back, or says which field is wrong.
func Example() {
	sent, _ := json.Marshal(report.Report{
		Schema: report.Schema, Device: "d7f3", Agent: "1.0.0",
		Windows: []report.Window{{
			Start: time.Date(2026, 11, 23, 8, 15, 0, 0, time.UTC), SpanS: 900,
			LoadMs: report.Loads{600_000, 250_000, 50_000}, // mostly idle
		}},
	})
	collectorsClock := time.Date(2026, 11, 23, 8, 31, 0, 0, time.UTC)
	r, err := report.Decode(sent, collectorsClock)
	fmt.Println(r.Windows[0].RunningMs()/1000, "s running,", err)

	_, err = report.Decode(sent, collectorsClock.Add(-time.Hour))
	fmt.Println(err)
	// Output:
	// 900 s running, <nil>
	// windows[0].start: the window ends at 2026-11-23T08:30:00Z, in the future; it is 2026-11-23T07:31:00Z here: the device's clock is wrong
}

// `ecoparc-agent show` tells the device's user what each field is for.
func ExampleFieldHelps() {
	for _, f := range report.FieldHelps() {
		if f.Path == "windows[].net_rx_b" {
			fmt.Println(f.Help)
		}
	}
	// Output: Bytes received over the network, from anywhere: a total, without addresses.
}
