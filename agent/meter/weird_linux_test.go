package meter_test

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/meter"
	"github.com/ecoparc/ecoparc/agent/usage"
	"github.com/ecoparc/ecoparc/agent/window"
	"github.com/ecoparc/ecoparc/models/report"
)

// TestWhateverTheKernelTellsIsAReport: files of any machine hold anything, from one
// reading to the next, or are gone; what is measured is what a collector takes.
func TestWhateverTheKernelTellsIsAReport(t *testing.T) {
	value := rapid.SampledFrom([]string{"", "0", "-1", "1", "nan", "12000000", "-8000000", "19999999999", "20000000000", "262143328849", "4294967274", "9223372036854775807", "18446744073709551615", "18446744073709551616", "0x10", "Battery", "Device", "Discharging", "Charging", "package-0", "package-0", "dram", "psys", "power_meter", "suspended", "GONE"})
	files := []string{
		"powercap/intel-rapl:0/name", "powercap/intel-rapl:0/energy_uj", "powercap/intel-rapl:0/max_energy_range_uj",
		"powercap/intel-rapl:0:0/name", "powercap/intel-rapl:0:0/energy_uj", "powercap/intel-rapl:0:0/max_energy_range_uj",
		"powercap/intel-rapl:1/name", "powercap/intel-rapl:1/energy_uj", "powercap/intel-rapl:1/max_energy_range_uj",
		"powercap/intel-rapl-mmio:0/name", "powercap/intel-rapl-mmio:0/energy_uj", "powercap/intel-rapl-mmio:0/max_energy_range_uj",
		"power_supply/BAT0/type", "power_supply/BAT0/scope", "power_supply/BAT0/status", "power_supply/BAT0/power_now", "power_supply/BAT0/voltage_now",
		"power_supply/BAT0/current_now", "power_supply/BAT0/energy_full", "power_supply/BAT0/energy_full_design", "power_supply/BAT0/energy_now", "power_supply/BAT0/cycle_count",
		"power_supply/BAT1/type", "power_supply/BAT1/status", "power_supply/BAT1/charge_now", "power_supply/BAT1/charge_full", "power_supply/BAT1/charge_full_design", "power_supply/BAT1/voltage_min_design",
		"power_supply/AC/type", "power_supply/AC/online",
		"hwmon/hwmon0/name", "hwmon/hwmon0/power1_average", "hwmon/hwmon0/power1_input", "hwmon/hwmon0/device/power/runtime_status",
		"hwmon/hwmon1/name", "hwmon/hwmon1/energy1_input", "hwmon/hwmon1/energy2_input",
	}
	likely := map[string]string{"type": "Battery", "status": "Discharging", "name": "package-0"}
	rapid.Check(t, func(rt *rapid.T) {
		root := t.TempDir()
		for _, f := range files {
			text := value.Draw(rt, f)
			if l, ok := likely[filepath.Base(f)]; ok && rapid.Bool().Draw(rt, "likely") {
				text = l
			}
			if text != "GONE" {
				agenttest.Write(t, filepath.Join(root, "sys/class", f), text+"\n", false)
			}
		}
		found := meter.Discover(root)
		b := window.New(report.WindowLength)
		at, awake := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), time.Hour
		for range rapid.IntRange(2, 12).Draw(rt, "readings") {
			for _, f := range rapid.SliceOfN(rapid.SampledFrom(files), 0, 5).Draw(rt, "changed") {
				if text := value.Draw(rt, f); text != "GONE" {
					agenttest.Write(t, filepath.Join(root, "sys/class", f), text+"\n", false)
				}
			}
			step := rapid.SampledFrom([]time.Duration{time.Second, 15 * time.Second, time.Minute, 10 * time.Minute}).Draw(rt, "step")
			at, awake = at.Add(step), awake+step
			energy, _ := found.ReadAll(awake)
			b.Add(usage.Counters{At: at, Awake: awake, SinceBoot: awake, CPUTotal: awake}, energy)
		}
		b.Flush()
		inventory := report.Inventory{Category: "laptop", Meters: found.Looked, BatteryDesignMWh: found.Battery.DesignMWh, BatteryFullMWh: found.Battery.FullMWh, BatteryCycles: found.Battery.Cycles}
		inventory.DropImpossible()
		body, err := json.Marshal(report.Report{Schema: report.Schema, Device: "d", Agent: "v", Inventory: &inventory, Windows: b.Take()})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := report.Decode(body, at.Add(time.Hour)); err != nil {
			rt.Fatalf("%v\n%s", err, body)
		}
	})
}
