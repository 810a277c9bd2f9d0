package meter_test

import (
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/meter"
)

// reading is one look at a meter: what its files hold at a moment, and what must
// come out of it.
type reading struct {
	at      time.Duration
	files   map[string]string
	uj      int64
	covered time.Duration
	fails   bool
}

// TestReadings follows one meter of a machine through readings, one after the other.
func TestReadings(t *testing.T) {
	const s = time.Second
	rapl := func(uj string) map[string]string { return map[string]string{"energy_uj": uj} }
	battery := func(status, uw string) map[string]string {
		return map[string]string{"status": status, "power_now": uw}
	}
	supply := func(online, status string) map[string]string {
		return map[string]string{"AC/online": online, "BAT0/status": status}
	}
	left := func(status, uwh string) map[string]string {
		return map[string]string{"status": status, "energy_now": uwh}
	}
	card := func(state, uw string) map[string]string {
		return map[string]string{"device/power/runtime_status": state, "power1_average": uw}
	}
	average := func(uw string) map[string]string { return map[string]string{"power1_average": uw} }
	for _, c := range []struct {
		what, machine, dir, source string
		readings                   []reading
	}{
		{"counter grows, wraps and restarts", "desktop-psys", "powercap/intel-rapl:0", "rapl-package-0", []reading{
			{0, rapl("262143328000"), 0, 0, false},
			{10 * s, rapl("262143328800"), 800, 10 * s, false},
			{20 * s, rapl("50"), 100, 10 * s, false}, // 262143328850 is its end
			{30 * s, rapl("60"), 10, 10 * s, false},
			{30 * s, rapl("70"), 0, 0, false}, // no time has passed
			{30*s + 121*s, rapl("999"), 0, 0, false},
			{160 * s, rapl("1000"), 1, 9 * s, false},
			{161 * s, rapl("20000001001"), 0, 0, true}, // 20 kW and 1 µW
			{162 * s, rapl("20000001002"), 1, s, false},
			{163 * s, rapl("-7"), 0, 0, true},
			{164 * s, rapl("20000001004"), 2, 2 * s, false}, // a counter forgets nothing
			{165 * s, rapl("262143328851"), 0, 0, true},
			{166 * s, rapl("5"), 0, 0, false}, // it was beyond its end: it did not wrap
		}},
		{"battery is asked once a minute", "laptop-discharging", "power_supply/BAT0", "battery", []reading{
			{0, battery("Discharging", "10000000"), 0, 0, false},
			{15 * s, battery("Discharging", "20000000"), 150_000_000, 15 * s, false}, // its first answer stands
			{59 * s, nil, 440_000_000, 44 * s, false},
			{60 * s, nil, 10_000_000, s, false},
			{75 * s, nil, 300_000_000, 15 * s, false}, // its second one
			{75 * s, nil, 0, 0, false},                // no time has passed
			{120 * s, battery("Discharging", "-8000000"), 900_000_000, 45 * s, false},
			{130 * s, nil, 80_000_000, 10 * s, false},
			{252 * s, nil, 0, 0, false}, // too long ago to say
			{253 * s, nil, 8_000_000, s, false},
			{312 * s, battery("Discharging", "20000000001"), 0, 0, true},
			{327 * s, battery("Discharging", "8000000"), 0, 0, false}, // unknown until it is asked again
			{372 * s, nil, 0, 0, false},
			{373 * s, nil, 8_000_000, s, false},
			{432 * s, battery("Charging", "90000000"), 0, 0, false},
			{447 * s, battery("Discharging", "8000000"), 0, 0, false},
		}},
		{"battery gives nothing from the moment on that the mains do", "laptop-discharging", "power_supply", "battery", []reading{
			{0, supply("0", "Discharging"), 0, 0, false},
			{15 * s, nil, 125_550_000, 15 * s, false},
			{30 * s, supply("1", "Charging"), 0, 0, false},
			{45 * s, supply("1", "Charging"), 0, 0, false},
			{60 * s, supply("0", "Discharging"), 0, 0, false}, // since when is not known
			{75 * s, nil, 125_550_000, 15 * s, false},
			{90 * s, supply("2", "Discharging"), 0, 0, false}, // on and programmable, as chargers by USB can be
		}},
		{"second battery comes and goes", "laptop-discharging", "power_supply", "battery", []reading{
			{0, map[string]string{"BAT0/power_now": "10000000"}, 0, 0, false},
			{60 * s, map[string]string{"BAT1/type": "Battery", "BAT1/present": "1", "BAT1/status": "Discharging", "BAT1/power_now": "5000000"}, 600_000_000, 60 * s, false},
			{61 * s, nil, 15_000_000, s, false},
			{120 * s, map[string]string{"BAT1/present": "0", "BAT1/status": "Unknown"}, 885_000_000, 59 * s, false},
			{121 * s, nil, 10_000_000, s, false},
			{180 * s, map[string]string{"BAT1/present": "1", "BAT1/status": "Discharging", "BAT9/type": "Battery", "BAT9/scope": "Device", "BAT9/status": "Discharging", "BAT9/power_now": "7"}, 590_000_000, 59 * s, false},
			{181 * s, nil, 15_000_000, s, false},
		}},
		{"battery that tells what is left in it", "laptop-energy-left", "power_supply/BAT0", "battery", []reading{
			{0, left("Discharging", "30000000"), 0, 0, false},
			{59 * s, left("Discharging", "29850000"), 0, 0, false},
			{60 * s, nil, 0, 0, false}, // 150 mWh in a minute were 9 W
			{75 * s, nil, 135_000_000, 15 * s, false},
			{120 * s, left("Discharging", "29750000"), 405_000_000, 45 * s, false},
			{130 * s, nil, 60_000_000, 10 * s, false}, // 100 mWh were 6 W
			{180 * s, left("Discharging", "29760000"), 0, 0, false},
			{195 * s, nil, 0, 0, false}, // more than before: it was charged
			{240 * s, left("Charging", "29860000"), 0, 0, false},
			{300 * s, left("Discharging", "29000000"), 0, 0, false},
			{360 * s, left("Discharging", "28900000"), 0, 0, false},
			{370 * s, nil, 60_000_000, 10 * s, false},
		}},
		{"power meter counts the mean over time", "server-two-sockets", "hwmon/hwmon2/device", "hwmon-power_meter-hwmon2-power1", []reading{
			{0, average("100000000"), 0, 0, false},
			{15 * s, average("200000000"), 2_250_000_000, 15 * s, false},
			{30 * s, average("-1"), 0, 0, true},
			{45 * s, average("200000000"), 0, 0, false},
			{46 * s, average("20000000001"), 0, 0, true},
			{47 * s, average("200000000"), 0, 0, false},
			{48 * s, average("200000000"), 200_000_000, s, false},
			{169 * s, average("200000000"), 0, 0, false},
		}},
		{"graphics card that sleeps is not woken", "laptop-two-graphics", "hwmon/hwmon2", "hwmon-amdgpu-hwmon2-power1", []reading{
			{0, nil, 0, 0, false},
			{15 * s, card("active", "20000000"), 0, 0, false},
			{30 * s, card("active", "30000000"), 375_000_000, 15 * s, false},
			{45 * s, card("suspending", "woken up"), 0, 0, false},
			{60 * s, card("active", "20000000"), 0, 0, false},
			{75 * s, card("active", "20000000"), 300_000_000, 15 * s, false},
			{90 * s, card("active", "4294967274"), 0, 0, true}, // -22 as a driver of some kernels writes it
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			root := agenttest.Machine(t, "testdata/sys/"+c.machine+".txt")
			found := meter.Discover(root)
			for i, r := range c.readings {
				for name, text := range r.files {
					agenttest.Write(t, filepath.Join(root, "sys/class", c.dir, name), text+"\n", false)
				}
				incs, err := found.ReadAll(time.Hour + r.at)
				var got meter.Increment
				for _, inc := range incs {
					if inc.Source == c.source {
						got = inc
					}
				}
				if got.EnergyUJ != r.uj || got.Covered != r.covered || (err != nil) != r.fails {
					t.Errorf("reading %d, %v: %d µJ in %s, error %v; want %d µJ in %s, error: %t", i, r.files, got.EnergyUJ, got.Covered, err, r.uj, r.covered, r.fails)
				}
			}
		})
	}
}

// TestCounterLosesNothingHoweverOftenItWraps: what a zone counted is what the
// increments add up to.
func TestCounterLosesNothingHoweverOftenItWraps(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "sys/class/powercap/intel-rapl:0")
	rapid.Check(t, func(rt *rapid.T) {
		wrapsAt := rapid.Uint64Range(1_000_000, 1<<40).Draw(rt, "wrapsAt")
		value := rapid.Uint64Range(1, wrapsAt-1).Draw(rt, "first")
		set := func(name string, n uint64) {
			agenttest.Write(t, filepath.Join(dir, name), strconv.FormatUint(n, 10), false)
		}
		agenttest.Write(t, filepath.Join(dir, "name"), "package-0", false)
		set("max_energy_range_uj", wrapsAt)
		set("energy_uj", value)
		found := meter.Discover(root)
		var now, covered time.Duration
		var in uint64
		var out int64
		for i, step := range rapid.SliceOfN(rapid.Int64Range(1, 120_000), 1, 20).Draw(rt, "milliseconds") {
			step := time.Duration(step) * time.Millisecond
			if i > 0 {
				most := min(uint64(20_000*step.Microseconds()), wrapsAt-1)
				grew := rapid.Uint64Range(0, most).Draw(rt, "grew")
				in, value = in+grew, (value+grew)%wrapsAt
				set("energy_uj", value)
				now += step
			}
			incs, err := found.ReadAll(now)
			if err != nil {
				rt.Fatal(err)
			}
			for _, inc := range incs {
				out, covered = out+inc.EnergyUJ, covered+inc.Covered
			}
		}
		if uint64(out) != in || covered != now {
			rt.Fatalf("%d µJ in %s counted; %d µJ in %s were used", out, covered, in, now)
		}
	})
}
