package calibrate_test

import (
	"math"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/calibrate"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/report"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

type books struct {
	registry *registry.Registry
	ledger   *ledger.Ledger
}

func open(t *testing.T) *books {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b := &books{registry.Open(s), ledger.Open(s, time.UTC, false)}
	t.Cleanup(func() { b.ledger.Close(); s.Close() })
	return b
}

// laptops adds laptops of a model, each metered by its battery at some watts for
// some hours, at a load that goes up and down.
func (b *books) laptops(t *testing.T, simulated bool, model string, hours int, watts ...float64) {
	t.Helper()
	owner, err := b.registry.AddOrganisation(t.Context(), map[bool]string{false: "Département", true: "Démonstration"}[simulated], simulated)
	if err != nil {
		t.Fatal(err)
	}
	sites, err := b.registry.AddSites(t.Context(), owner.ID, []registry.Site{{Name: "Collège", Kind: registry.College}})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range watts {
		keys, err := b.registry.AddDevices(t.Context(), []registry.NewDevice{{
			Site: sites[0].ID, Category: equipment.Laptop, Population: equipment.Shared, Inventory: report.Inventory{Category: "laptop", Maker: "Alpha", Model: model},
		}})
		if err != nil {
			t.Fatal(err)
		}
		r := &report.Report{Schema: report.Schema}
		for i := range 4 * hours {
			start := now.Add(-time.Duration(i+1) * report.WindowLength)
			window := report.Window{Start: start, SpanS: 900, LoadMs: report.Loads{900_000}, CPUBusyMs: 90_000 * int64(i%4), CPUCapacityMs: 3_600_000}
			load := float64(window.CPUBusyMs) / float64(window.CPUCapacityMs)
			window.Energy = []report.Reading{{Source: "battery", Boundary: report.Battery, CoveredMs: 900_000, EnergyUJ: int64((w + 10*load) * 900e6)}}
			r.Windows = append(r.Windows, window)
		}
		if _, err := b.ledger.Record(t.Context(), ledger.Device(keys[0]), r, now); err != nil {
			t.Fatal(err)
		}
	}
}

func (b *books) learn(t *testing.T, simulated bool, at time.Time) map[string]*power.Calibrated {
	t.Helper()
	learned, err := calibrate.Learn(t.Context(), b.registry, b.ledger, factor.Default(), simulated, at)
	if err != nil {
		t.Fatal(err)
	}
	return learned
}

func TestMeteredLaptopsTeachTheirModelAndTheirCategory(t *testing.T) {
	b := open(t)
	b.laptops(t, false, "Cahier 14", 20, 9, 10, 11)
	learned := b.learn(t, false, now)
	for _, class := range []string{"laptop: alpha cahier 14", "laptop"} {
		c := learned[class]
		if c == nil || c.Devices != 3 || math.Abs(c.Hours-60) > 0.01 {
			t.Fatalf("%s has learned %+v", class, c)
		}
		if at := c.Curve.At(0.05); math.Abs(float64(at.Value)-10.5) > 0.6 || at.Low >= at.Value || at.High <= at.Value {
			t.Errorf("%s draws %+v at a load of 5 %%, the meters say 10.5 W", class, at)
		}
	}
	if len(learned) != 2 {
		t.Errorf("learned are %v", learned)
	}
}

func TestTooLittleOrTooOldTeachesNobody(t *testing.T) {
	b := open(t)
	b.laptops(t, false, "Cahier 14", 3, 9, 10) // six hours
	if learned := b.learn(t, false, now); len(learned) > 0 {
		t.Errorf("six hours have taught %v", learned)
	}
	b.laptops(t, false, "Cahier 14", 20, 9, 10)
	if learned := b.learn(t, false, now.AddDate(0, 0, 20)); len(learned) > 0 {
		t.Errorf("windows of three weeks ago have taught %v", learned)
	}
}

func TestSimulatedAndRealDevicesNeverTeachEachOther(t *testing.T) {
	b := open(t)
	b.laptops(t, true, "Cahier 14", 20, 40, 41, 42)
	if learned := b.learn(t, false, now); len(learned) > 0 {
		t.Errorf("simulated devices have taught real ones %v", learned)
	}
	b.laptops(t, false, "Cahier 14", 20, 9, 10, 11)
	of := func(simulated bool) float64 {
		return float64(b.learn(t, simulated, now)["laptop: alpha cahier 14"].Curve.At(0.05).Value)
	}
	if real, simulated := of(false), of(true); real > 15 || simulated < 30 {
		t.Errorf("real laptops draw %v W, simulated ones %v W", real, simulated)
	}
}
