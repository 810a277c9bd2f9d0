package meter

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/ecoparc/ecoparc/models/report"
)

// batteries are all batteries of the machine as one meter: while it discharges,
// they feed all of it (Documentation/ABI/testing/sysfs-class-power). Batteries of
// mice and keyboards (scope Device) are not the machine's.
type batteries struct {
	dirs       []string
	lastAt     time.Duration
	lastUW     uint64
	discharged bool // at the last reading
}

func (f *Found) findBattery(root string) {
	supplies, _ := filepath.Glob(filepath.Join(root, "sys/class/power_supply/*"))
	m := new(batteries)
	for _, dir := range supplies {
		kind, _ := readText(dir, "type")
		scope, _ := readText(dir, "scope")
		if kind != "Battery" || scope == "Device" {
			continue
		}
		if present, err := readText(dir, "present"); err == nil && present == "0" {
			continue
		}
		m.dirs = append(m.dirs, dir)
		f.Battery.addHealth(dir)
	}
	if len(m.dirs) == 0 {
		f.add(nil, "battery", report.Battery, ErrNone)
		return
	}
	_, _, err := m.power()
	f.add(m, "battery", report.Battery, err)
}

func (m *batteries) Read(now time.Duration) (Increment, error) {
	uw, discharging, err := m.power()
	if err != nil {
		m.discharged = false
		return Increment{}, fmt.Errorf("battery: %w", err)
	}
	inc := Increment{Source: "battery", Boundary: report.Battery}
	elapsed := now - m.lastAt
	if m.discharged && discharging && elapsed > 0 && elapsed <= longest {
		meanUW := float64(m.lastUW+uw) / 2
		inc.EnergyUJ, inc.Covered = int64(meanUW*elapsed.Seconds()), elapsed
	}
	m.lastAt, m.lastUW, m.discharged = now, uw, discharging
	return inc, nil
}

// power is what the batteries give, in µW, and whether they feed the machine.
func (m *batteries) power() (uw uint64, discharging bool, err error) {
	for _, dir := range m.dirs {
		status, err := readText(dir, "status")
		if err != nil {
			return 0, false, err
		}
		if status != "Discharging" {
			continue // Charging, Full, Not charging: the mains feed the machine
		}
		one, err := batteryPower(dir)
		if err != nil {
			return 0, false, err
		}
		if one > maxWatts*1e6 {
			return 0, false, fmt.Errorf("%w: power is %d µW", ErrBroken, one)
		}
		uw, discharging = uw+one, true
	}
	return uw, discharging, nil
}

// batteryPower is power_now, or voltage x current where there is none. Some
// drivers give a discharging current a minus sign.
func batteryPower(dir string) (uw uint64, err error) {
	uw, err = readMagnitude(dir, "power_now")
	if !errors.Is(err, ErrNone) {
		return uw, err
	}
	uv, err := readMagnitude(dir, "voltage_now")
	if err != nil {
		return 0, err
	}
	ua, err := readMagnitude(dir, "current_now")
	if err != nil {
		return 0, err
	}
	return uint64(float64(uv) * float64(ua) / 1e6), nil
}

// addHealth adds a battery's capacities, from energy_* or from charge_* times the
// design voltage.
func (b *Battery) addHealth(dir string) {
	design, full := energyMWh(dir, "full_design"), energyMWh(dir, "full")
	if design > 0 && full > 0 {
		b.DesignMWh += design
		b.FullMWh += full
	}
	if cycles, err := readUint(dir, "cycle_count"); err == nil && cycles <= 100_000 {
		b.Cycles = max(b.Cycles, int64(cycles))
	}
}

func energyMWh(dir, what string) int64 {
	if uwh, err := readUint(dir, "energy_"+what); err == nil {
		return int64(uwh / 1000)
	}
	uah, err := readUint(dir, "charge_"+what)
	if err != nil {
		return 0
	}
	uv, err := readUint(dir, "voltage_min_design")
	if err != nil {
		return 0
	}
	return int64(float64(uah) * float64(uv) / 1e9)
}
