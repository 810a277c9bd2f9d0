package window_test

import (
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/agent/meter"
	"github.com/ecoparc/ecoparc/agent/usage"
	"github.com/ecoparc/ecoparc/agent/window"
	"github.com/ecoparc/ecoparc/models/report"
)

// From ten past eight to twenty past, on two processors of which one is busy, drawing
// 10 W: the quarter of an hour between cuts it in two windows, and nothing is lost.
func ExampleBuilder() {
	b := window.New(report.WindowLength)
	now := usage.Counters{At: time.Date(2026, 11, 23, 8, 10, 0, 0, time.UTC), Awake: time.Hour, SinceBoot: time.Hour}
	b.Add(now, nil) // where counting begins
	const step = 15 * time.Second
	for range 40 {
		now.At, now.Awake, now.SinceBoot = now.At.Add(step), now.Awake+step, now.SinceBoot+step
		now.CPUBusy, now.CPUTotal = now.CPUBusy+step, now.CPUTotal+2*step
		b.Add(now, []meter.Increment{{Source: "battery:BAT0", Boundary: report.Battery, EnergyUJ: 150_000_000, Covered: step}})
	}
	b.Flush()
	for _, w := range b.Take() {
		fmt.Printf("%s: %d s, %d of %d ms busy, %d µJ\n", w.Start.Format("15:04"), w.SpanS, w.CPUBusyMs, w.CPUCapacityMs, w.Energy[0].EnergyUJ)
	}
	// Output:
	// 08:10: 300 s, 300000 of 600000 ms busy, 3000000000 µJ
	// 08:15: 300 s, 300000 of 600000 ms busy, 3000000000 µJ
}

// A machine that was booted at eight, and had stopped at five the day before, was off.
func ExampleOff() {
	stopped := time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC)
	w, off := window.Off(stopped, stopped.Add(15*time.Hour))
	fmt.Println(off, w.Start.Format(time.DateTime), time.Duration(w.OffMs)*time.Millisecond)
	// Output:
	// true 2026-11-22 17:00:00 15h0m0s
}
