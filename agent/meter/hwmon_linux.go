package meter

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/models/report"
)

// hwmon is a power or energy input of the kernel's hardware monitoring
// (Documentation/hwmon/sysfs-interface.rst): powerN_average or powerN_input in µW,
// energyN_input in µJ. An ACPI power meter (chip power_meter) sits at the wall of
// a server; any other chip sees one component, which is recorded and in no total.
type hwmon struct {
	path     string
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
		number := filepath.Base(dir)
		chip, err := readText(dir, "name")
		if errors.Is(err, ErrNone) {
			dir = filepath.Join(dir, "device") // drivers of the older manner, power_meter of most kernels among them
			chip, err = readText(dir, "name")
		}
		if err != nil {
			continue
		}
		for _, path := range hwmonInputs(dir) {
			base := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), "_average"), "_input")
			m := &hwmon{path: path, source: "hwmon-" + chip + "-" + number + "-" + base, boundary: report.Component, isEnergy: strings.HasPrefix(base, "energy")}
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
				_, err := readUint(m.path)
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

func (m *hwmon) Read(now time.Duration) (Increment, error) {
	value, err := readUint(m.path)
	if err != nil {
		m.primed = false
		return Increment{}, fmt.Errorf("%s: %w", m.source, err)
	}
	inc := Increment{Source: m.source, Boundary: m.boundary}
	if m.isEnergy {
		if inc.EnergyUJ, inc.Covered, err = m.counter.step(value, 0, now); err != nil {
			return Increment{}, fmt.Errorf("%s: %w", m.source, err)
		}
		return inc, nil
	}
	if value > maxWatts*1e6 {
		m.primed = false
		return Increment{}, fmt.Errorf("%s: %w: power is %d µW", m.source, ErrBroken, value)
	}
	if elapsed := now - m.lastAt; m.primed && elapsed > 0 && elapsed <= longest {
		inc.EnergyUJ, inc.Covered = int64(float64(m.lastUW+value)/2*elapsed.Seconds()), elapsed
	}
	m.lastUW, m.lastAt, m.primed = value, now, true
	return inc, nil
}
