package report_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/report"
)

// TestMergedWindowsAddUp: whatever is put together, the seconds, the energy and the
// counts stay the same, and the collector takes it.
func TestMergedWindowsAddUp(t *testing.T) {
	midnight := time.Date(2025, 11, 24, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		step := rapid.SampledFrom([]time.Duration{time.Hour, 24 * time.Hour}).Draw(t, "step")
		var all []report.Window
		var merged []report.Window
		for q := range 96 {
			if rapid.IntRange(0, 9).Draw(t, "missing") == 0 {
				continue
			}
			w := report.Window{Start: midnight.Add(time.Duration(q) * report.WindowLength), SpanS: 900, MemUsedMiB: rapid.Int64Range(0, 1000).Draw(t, "memory"), CPUCapacityMs: 900, CPUBusyMs: 9}
			if rapid.Bool().Draw(t, "off") {
				w = report.Window{Start: w.Start, SpanS: 900, OffMs: 900_000}
			} else {
				w.LoadMs[rapid.IntRange(0, 4).Draw(t, "load")] = 900_000
				for _, source := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"battery", "rapl", "wall"}), 0, 3, rapid.ID).Draw(t, "meters") {
					w.Energy = append(w.Energy, report.Reading{Source: source, Boundary: report.Battery, EnergyUJ: rapid.Int64Range(0, 1e10).Draw(t, "energy"), CoveredMs: 900_000})
				}
			}
			all = append(all, w)
			if n := len(merged); n > 0 {
				if m, ok := report.Merge(merged[n-1], w, step); ok {
					merged[n-1] = m
					continue
				}
			}
			merged = append(merged, w)
		}
		r := report.Report{Schema: report.Schema, Device: "d", Agent: "a", Windows: merged}
		if len(merged) > 0 {
			if err := r.Validate(midnight.Add(48 * time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if most := int(24 * time.Hour / step); len(merged) > most {
			t.Fatalf("%d windows of %s in a day", len(merged), step)
		}
		if before, after := sums(all), sums(merged); before != after {
			t.Fatalf("before %v, after %v", before, after)
		}
	})
}

func sums(windows []report.Window) (s struct{ n, offMs, runningMs, energyUJ, coveredMs, busyMs int64 }) {
	for _, w := range windows {
		s.n += max(1, w.Merged)
		s.offMs += w.OffMs
		s.runningMs += w.RunningMs()
		s.busyMs += w.CPUBusyMs
		for _, e := range w.Energy {
			s.energyUJ += e.EnergyUJ
			s.coveredMs += e.CoveredMs
		}
	}
	return s
}

func TestWhatDoesNotFollowIsNotMerged(t *testing.T) {
	at := func(clock string, spanS int64) report.Window {
		start, err := time.Parse(time.RFC3339, "2025-11-24T"+clock+":00Z")
		if err != nil {
			t.Fatal(err)
		}
		return report.Window{Start: start, SpanS: spanS, OffMs: spanS * 1000}
	}
	wall, battery := at("08:00", 900), at("08:15", 900)
	wall.Energy = []report.Reading{{Source: "x", Boundary: report.Wall}}
	battery.Energy = []report.Reading{{Source: "x", Boundary: report.Battery}}
	for what, c := range map[string]struct {
		a, b report.Window
		step time.Duration
	}{
		"overlapping":            {at("08:00", 900), at("08:10", 900), time.Hour},
		"backwards":              {at("08:15", 900), at("08:00", 900), time.Hour},
		"the next hour":          {at("08:45", 900), at("09:00", 900), time.Hour},
		"over the hour's end":    {at("08:30", 900), at("08:45", 901), time.Hour},
		"the next day":           {at("23:45", 900), report.Window{Start: at("23:45", 900).End(), SpanS: 900}, 24 * time.Hour},
		"longer than a day":      {at("08:00", 900), at("08:15", 900), 25 * time.Hour},
		"one meter, two meaning": {wall, battery, time.Hour},
	} {
		if m, ok := report.Merge(c.a, c.b, c.step); ok {
			t.Errorf("%s: %+v", what, m)
		}
	}
}
