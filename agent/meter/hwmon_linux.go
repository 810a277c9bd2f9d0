package meter

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/agent/quiet"
	"github.com/ecoparc/ecoparc/models/report"
)

// hwmon is a power or energy input of the kernel's hardware monitoring
// (Documentation/hwmon/sysfs-interface.rst): powerN_average or powerN_input in µW,
// energyN_input in µJ. An ACPI power meter (chip power_meter) sits at the wall of
// a server; any other chip sees one component, which is recorded and in no total. One
// that sleeps is not asked: drivers of graphics cards wake theirs to answer.
type hwmon struct {
	path     string
	device   string // folder of the device that it is a part of
	source   string
	boundary report.Boundary
	isEnergy bool
	counter  counter
	lastUW   uint64
	lastAt   time.Duration
	primed   bool
}

func (f *Found) findHwmon(root string) {
	dirs, _ := filepath.Glob(filepath.Join(root, "sys/class/hwmon/hwmon*"))
	var all []*hwmon
	for _, dir := range dirs {
		number, device := filepath.Base(dir), filepath.Join(dir, "device")
		if kind, _ := readText(device, "type"); slices.Contains([]string{"Battery", "UPS", "Mains", "USB", "Wireless"}, kind) {
			continue // a power supply in another guise: a battery, which has a meter of its own, or a mouse's
		}
		chip, err := readText(dir, "name")
		if errors.Is(err, ErrNone) {
			dir = device // drivers of the older manner, power_meter of most kernels among them
			chip, err = readText(dir, "name")
		}
		if err != nil {
			continue
		}
		for _, path := range hwmonInputs(dir) {
			base := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), "_average"), "_input")
			m := &hwmon{path: path, device: device, source: "hwmon-" + chip + "-" + number + "-" + base, boundary: report.Component, isEnergy: strings.HasPrefix(base, "energy")}
			if chip == "power_meter" {
				m.boundary = report.Wall
			}
			all = append(all, m)
		}
	}
	// The wall first: there may be more components than a report has room for.
	for _, boundary := range []report.Boundary{report.Wall, report.Component} {
		for _, m := range all {
			if m.boundary == boundary {
				var err error
				if !m.sleeps() {
					_, err = readUint(m.path)
				}
				f.add(m, m.source, m.boundary, err)
			}
		}
	}
	if len(all) == 0 {
		f.add(nil, "hwmon", report.Component, ErrNone)
	}
}

// hwmonInputs are the inputs of a chip, one for each sensor: its average where it
// has one.
func hwmonInputs(dir string) []string {
	averages, _ := filepath.Glob(filepath.Join(dir, "power*_average"))
	inputs, _ := filepath.Glob(filepath.Join(dir, "power*_input"))
	energies, _ := filepath.Glob(filepath.Join(dir, "energy*_input"))
	all := averages
	for _, path := range inputs {
		if _, err := readText(strings.TrimSuffix(path, "_input") + "_average"); errors.Is(err, ErrNone) {
			all = append(all, path)
		}
	}
	return append(all, energies...)
}

// sleeps tells by the kernel's own books (Documentation/power/runtime_pm.rst) whether
// the device is switched off for the time being.
func (m *hwmon) sleeps() bool {
	state, err := textOf(quiet.ReadFile, []string{m.device, "power/runtime_status"})
	return err == nil && (state == "suspended" || state == "suspending")
}

func (m *hwmon) Read(now time.Duration) (Increment, error) {
	inc := Increment{Source: m.source, Boundary: m.boundary}
	if m.sleeps() {
		m.primed, m.counter.primed = false, false
		return inc, nil
	}
	value, err := readUint(m.path)
	if err != nil {
		m.primed = false
		return Increment{}, fmt.Errorf("%s: %w", m.source, err)
	}
	if m.isEnergy {
		if inc.EnergyUJ, inc.Covered, err = m.counter.step(value, 0, now); err != nil {
			return Increment{}, fmt.Errorf("%s: %w", m.source, err)
		}
		return inc, nil
	}
	if value > maxWatts*1e6 || value>>12 == 1<<20-1 { // or an error's negative number of 32 bits, as amdgpu's driver wrote it for a while
		m.primed = false
		return Increment{}, fmt.Errorf("%s: %w: power is %d µW", m.source, ErrBroken, value)
	}
	if elapsed := now - m.lastAt; m.primed && elapsed > 0 && elapsed <= longest {
		inc.EnergyUJ, inc.Covered = int64(float64(m.lastUW+value)/2*elapsed.Seconds()), elapsed
	}
	m.lastUW, m.lastAt, m.primed = value, now, true
	return inc, nil
}
