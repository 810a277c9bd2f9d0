package footprint_test

import (
	"testing"

	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/report"
)

// A quarter of an hour at a load of a fifth.
func TestMeteredWindowIsAnObservationOfTheWholeDevice(t *testing.T) {
	const quarter = 900_000
	window := func(running int64, energy ...report.Reading) report.Window {
		return report.Window{SpanS: 900, LoadMs: report.Loads{0, running}, CPUBusyMs: 720_000, CPUCapacityMs: 3_600_000, Energy: energy}
	}
	reading := func(b report.Boundary, watts, ms int64) report.Reading {
		return report.Reading{Source: string(b), Boundary: b, EnergyUJ: watts * ms * 1000, CoveredMs: ms}
	}
	for name, test := range map[string]struct {
		w    report.Window
		want power.Observation // of no hours: none
	}{
		"on battery":                  {window(quarter, reading(report.Battery, 8, quarter)), power.Observation{Device: 7, Load: 0.2, Watts: 8, Hours: 0.25}},
		"on battery for two thirds":   {window(quarter, reading(report.Battery, 8, 600_000)), power.Observation{Device: 7, Load: 0.2, Watts: 8, Hours: 1. / 6}},
		"on battery for a third":      {window(quarter, reading(report.Battery, 8, 300_000)), power.Observation{}},
		"processor and memory":        {window(quarter, reading(report.Package, 3, quarter), reading(report.DRAM, 1, quarter)), power.Observation{Device: 7, Load: 0.2, Watts: 4 + 3.5, Hours: 0.25}},
		"battery rather than package": {window(quarter, reading(report.Package, 3, quarter), reading(report.Battery, 8, quarter)), power.Observation{Device: 7, Load: 0.2, Watts: 8, Hours: 0.25}},
		"not metered":                 {window(quarter), power.Observation{}},
		"a part of it":                {window(quarter, reading(report.Component, 3, quarter)), power.Observation{}},
		"of no known load":            {report.Window{SpanS: 900, LoadMs: report.Loads{quarter}, Energy: []report.Reading{reading(report.Battery, 8, quarter)}}, power.Observation{}},
	} {
		got, ok := footprint.Observe(&test.w, 7, 3.5)
		if ok != (test.want.Hours > 0) || got.Device != test.want.Device || !near(got.Load, test.want.Load) || !near(float64(got.Watts), float64(test.want.Watts)) || !near(got.Hours, test.want.Hours) {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, ok, test.want)
		}
	}
}
