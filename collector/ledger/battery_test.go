package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/report"
)

// now is a Monday.
func TestCapacityIsKeptOnceAWeekWhereItChanged(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	_, all := devices(t, s, "Région", false, 2)
	r := registry.Open(s)
	hears := func(at time.Time, fullMWh, designMWh, cycles int64) {
		t.Helper()
		sent := of(quarter(int(at.Sub(now).Hours()) + 4000))
		sent.Inventory = &report.Inventory{Category: "laptop", BatteryFullMWh: fullMWh, BatteryDesignMWh: designMWh, BatteryCycles: cycles}
		if _, err := l.Record(t.Context(), all[0], sent, at); err != nil {
			t.Fatal(err)
		}
	}
	const day = 24 * time.Hour
	hears(now, 45_000, 50_000, 10)
	hears(now.Add(2*day), 44_000, 50_000, 11)  // the same week: the last counts
	hears(now.Add(8*day), 44_000, 50_000, 30)  // as before: nothing to keep
	hears(now.Add(15*day), 0, 50_000, 0)       // firmware that does not say
	hears(now.Add(21*day), 43_000, 50_000, 60) // another
	hears(now.Add(27*day), 50_000, 50_000, 1)  // replaced on the Sunday
	got, err := r.Capacities(t.Context(), all[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	want := "2026-11-23 44000/50000 11, 2026-12-14 50000/50000 1, "
	text := ""
	for _, c := range got {
		text += fmt.Sprintf("%s %d/%d %d, ", c.On.Format(time.DateOnly), c.FullMWh, c.DesignMWh, c.Cycles)
	}
	if text != want {
		t.Errorf("kept are %s\nwant %s", text, want)
	}
	if none, err := r.Capacities(t.Context(), all[1].ID); err != nil || len(none) > 0 {
		t.Errorf("another device has %v, %v", none, err)
	}
}
