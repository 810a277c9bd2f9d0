package uplink_test

import (
	"fmt"
	"log"
	"os"
	"time"

	"github.com/ecoparc/ecoparc/agent/spool"
	"github.com/ecoparc/ecoparc/agent/uplink"
	"github.com/ecoparc/ecoparc/models/report"
)

// What is sent can be read before, byte for byte. The first report of a laptop tells
// what it is, and of a quarter of an hour on battery, with units in the names.
func ExampleNext() {
	dir, err := os.MkdirTemp("", "ecoparc-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := spool.Open(dir, spool.DefaultLimitB)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	if err := s.Append(report.Window{
		Start: time.Date(2026, 11, 23, 8, 15, 0, 0, time.UTC), SpanS: 900, LoadMs: report.Loads{900_000},
		Energy: []report.Reading{{Source: "battery:BAT0", Boundary: report.Battery, EnergyUJ: 7_200_000_000, CoveredMs: 900_000}},
	}); err != nil {
		log.Fatal(err)
	}

	body, _, windows, err := uplink.Next("dev-1", "1.0.0", uplink.Status{}, report.Inventory{
		Category: "laptop", Meters: []report.Meter{{Source: "battery:BAT0", Boundary: report.Battery, Status: report.MeterRead}},
	}, s, report.MaxWindows)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(windows, "window:")
	fmt.Println(string(body))
	// Output:
	// 1 window:
	// {"schema":1,"device":"dev-1","agent":"1.0.0","inventory":{"category":"laptop","meters":[{"source":"battery:BAT0","boundary":"battery","status":"read"}]},"windows":[{"start":"2026-11-23T08:15:00Z","span_s":900,"load_ms":[900000,0,0,0,0],"energy":[{"source":"battery:BAT0","boundary":"battery","energy_uj":7200000000,"covered_ms":900000}]}]}
}

// A secret travels by https only.
func ExampleCheckAddress() {
	fmt.Println(uplink.CheckAddress("https://ecoparc.example.fr", false))
	fmt.Println(uplink.CheckAddress("http://ecoparc.example.fr", false))
	// Output:
	// <nil>
	// collector "http://ecoparc.example.fr": use https; http is for this very machine only, as http://127.0.0.1:8080, with --insecure-http
}

// 4 KiB a day: what was sent beyond half a day's is saved before the next report.
func ExampleBudget() {
	eight := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	budget := uplink.NewBudget(4096, eight)
	for _, bytes := range []int64{1024, 3072} {
		budget.Spend(eight, bytes)
		fmt.Println(bytes, "B sent, the next after", budget.Free().Sub(eight))
	}
	// Output:
	// 1024 B sent, the next after 0s
	// 3072 B sent, the next after 12h0m0s
}
