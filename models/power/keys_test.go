package power_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Each row is changed in turn: the curve must change with those that are named, and
// with no other.
func TestKeysNameEveryRowBehindACurve(t *testing.T) {
	const i5 = "11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz"
	type device struct {
		spec       equipment.Spec
		brightness float64
	}
	moves := map[string]bool{}
	named := map[string]bool{}
	var changed []struct {
		key   string
		table *factor.Table
	}
	for _, r := range factor.Default().Rows {
		family, _, _ := strings.Cut(r.Key, ".")
		if !slices.Contains([]string{"power", "curve", "typical", "memory", "screen"}, family) {
			continue
		}
		row := fmt.Sprintf("rows:\n  - {key: %s, value: %v, low: %v, high: %v, unit: %s, interval: test, source: ecoparc-provisional, page: test, verified: no}\n",
			r.Key, r.Value*1.07, r.Low*1.07, r.High*1.07, r.Unit)
		table, err := factor.Default().With("test.yaml", []byte(row))
		if err != nil {
			t.Fatal(err)
		}
		changed = append(changed, struct {
			key   string
			table *factor.Table
		}{r.Key, table})
	}
	for _, d := range []device{
		{spec: equipment.Spec{Category: equipment.Laptop}},
		{spec: equipment.Spec{Category: equipment.Laptop, CPU: i5, MemoryGiB: 16, ScreenIn: 15.6, WeightKg: 2}, brightness: 0.8},
		{spec: equipment.Spec{Category: equipment.Laptop, ScreenIn: 13}},
		{spec: equipment.Spec{Category: equipment.Desktop, WeightKg: 1.2, MemoryGiB: 16, CPU: i5}},
		{spec: equipment.Spec{Category: equipment.Desktop, WeightKg: 9}},
		{spec: equipment.Spec{Category: equipment.Desktop, CPU: i5}},
		{spec: equipment.Spec{Category: equipment.Tablet}, brightness: 0.2},
		{spec: equipment.Spec{Category: equipment.Monitor, ScreenIn: 27}},
		{spec: equipment.Spec{Category: equipment.Monitor, ScreenIn: 22}, brightness: 0.7},
		{spec: equipment.Spec{Category: equipment.Server, CPU: "Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz", MemoryGiB: 128}},
		{spec: equipment.Spec{Category: equipment.ThinClient}},
	} {
		keys := power.Keys(factor.Default(), power.DefaultCPUs(), d.spec, d.brightness)
		for _, k := range keys {
			named[k] = true
		}
		before, err := power.ForSpec(factor.Default(), power.DefaultCPUs(), d.spec, d.brightness)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changed {
			after, err := power.ForSpec(c.table, power.DefaultCPUs(), d.spec, d.brightness)
			if err != nil {
				t.Fatal(err)
			}
			if alike(before, after) {
				continue
			}
			moves[c.key] = true
			if !slices.Contains(keys, c.key) {
				t.Errorf("%+v: %s moves the curve and is not named", d, c.key)
			}
		}
	}
	for k := range named {
		if !moves[k] {
			t.Errorf("%s is named and moves no curve", k)
		}
	}
}

// alike is equality but for rounding: a shape without its scale is the same.
func alike(a, b power.Curve) bool {
	powers := func(k power.Curve) []power.Watts {
		return append([]power.Watts{k.Off, k.Sleep, k.Dark, k.Rest}, k.ByLoad[:]...)
	}
	near := func(x, y quantity.Watts) bool { return math.Abs(float64(x-y)) < 1e-9 }
	return slices.EqualFunc(powers(a), powers(b), func(x, y power.Watts) bool {
		return near(x.Low, y.Low) && near(x.Value, y.Value) && near(x.High, y.High)
	})
}
