package pack_test

import (
	"encoding/json"
	"fmt"
	"log"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger/pack"
	"github.com/ecoparc/ecoparc/models/report"
)

// A school day of quarter hours is a few bytes each.
func Example() {
	var windows []report.Window
	eight := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for i := range int64(32) {
		windows = append(windows, report.Window{
			Start: eight.Add(time.Duration(i) * report.WindowLength), SpanS: 900, LoadMs: report.Loads{900_000},
			CPUBusyMs: 90_000 + 1000*i, CPUCapacityMs: 3_600_000, NetRxB: 5_000_000 + 7*i,
		})
	}
	text, err := json.Marshal(windows)
	if err != nil {
		log.Fatal(err)
	}
	blob := pack.Append(nil, windows)
	back, err := pack.Decode(nil, blob)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(back), "windows are", len(text), "bytes as JSON,", len(blob), "in a pack")
	fmt.Println(back[31].Start.UTC().Format(time.DateTime), back[31].CPUBusyMs, "ms busy")
	// Output:
	// 32 windows are 4439 bytes as JSON, 146 in a pack
	// 2026-11-23 15:45:00 121000 ms busy
}
