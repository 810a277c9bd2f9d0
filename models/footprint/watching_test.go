package footprint_test

import (
	"math"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
)

// An hour of one of four processors is a quarter of an hour at full load, and only what
// is above idle is the agent's.
func TestAgentTakesItsShareOfTheProcessors(t *testing.T) {
	m, err := footprint.New(factor.Default(), footprint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	class, err := m.Class(equipment.Spec{Category: equipment.Laptop})
	if err != nil {
		t.Fatal(err)
	}
	const hour = 3_600_000
	rise := float64(class.Curve().Active().Value - class.Curve().Idle().Value)
	four := footprint.Facts{MeteredMs: 10 * hour, CPUCapacityMs: 40 * hour, AgentCPUMs: hour}
	one := four
	one.CPUCapacityMs = 0
	for _, c := range []struct {
		facts footprint.Facts
		want  float64
	}{{four, rise / 4}, {one, rise}, {footprint.Facts{MeteredMs: hour}, 0}} {
		e := class.AgentEnergy(c.facts)
		if math.Abs(float64(e.Value)-c.want) > 1e-9 || e.Low > e.Value || e.High < e.Value {
			t.Errorf("%+v: %+v, want %v Wh", c.facts, e, c.want)
		}
	}
}

func TestServerAndNetworkAreInProportion(t *testing.T) {
	table := factor.Default()
	half, err := footprint.ServedEnergy(table, time.Hour, 4)
	if err != nil {
		t.Fatal(err)
	}
	all, err := footprint.ServedEnergy(table, 8*time.Hour, 4)
	if err != nil || math.Abs(float64(all.High-8*half.High)) > 1e-6 || half.Value <= 0 {
		t.Errorf("eight hours take %+v, one %+v: %v", all, half, err)
	}
	gigabyte, err := footprint.Carried(table, 1e9)
	if err != nil || gigabyte.Value != 60 {
		t.Errorf("a gigabyte takes %+v Wh: %v", gigabyte, err)
	}
}
