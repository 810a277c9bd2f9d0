package meter

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/agent/quiet"
	"github.com/ecoparc/ecoparc/models/report"
)

// rapl is a zone of the kernel's powercap interface
// (Documentation/power/powercap/powercap.rst): a counter in µJ that wraps at
// max_energy_range_uj. Since 2020 (CVE-2020-8694) only root may read it.
type rapl struct {
	dir      string
	source   string
	boundary report.Boundary
	wrapsAt  uint64
	counter  counter
}

// findRAPL opens the zones of processor packages, memory and the platform. The
// zones core and uncore are inside their package. intel-rapl-mmio is the same
// energy as intel-rapl again: it stands in where the other is missing.
func (f *Found) findRAPL(root string) {
	if !f.addZones(filepath.Join(root, "sys/class/powercap/intel-rapl:*")) &&
		!f.addZones(filepath.Join(root, "sys/class/powercap/intel-rapl-mmio:*")) {
		f.add(nil, "rapl", report.Package, ErrNone)
	}
}

// addZones adds the zones of one interface, and tells whether there are any.
func (f *Found) addZones(pattern string) (found bool) {
	zones, _ := filepath.Glob(pattern)
	for _, dir := range zones {
		name, err := readText(dir, "name")
		if err != nil {
			continue
		}
		m := &rapl{dir: dir}
		switch {
		case strings.HasPrefix(name, "package"):
			m.source, m.boundary = "rapl-"+name, report.Package
		case name == "dram":
			m.source, m.boundary = "rapl-dram-"+socket(dir), report.DRAM
		case name == "psys":
			m.source, m.boundary = "rapl-psys", report.Platform
		default:
			continue
		}
		found = true
		f.add(m, m.source, m.boundary, m.open())
	}
	return found
}

// socket is the number of the package that a zone like intel-rapl:1:0 is in.
func socket(dir string) string {
	_, numbers, _ := strings.Cut(filepath.Base(dir), ":")
	first, _, _ := strings.Cut(numbers, ":")
	return first
}

func (m *rapl) open() error {
	var err error
	if m.wrapsAt, err = readUint(m.dir, "max_energy_range_uj"); err != nil {
		return err
	}
	uj, err := readUint(m.dir, "energy_uj")
	if err == nil && uj == 0 {
		return errCountsNothing
	}
	if errors.Is(err, ErrPermission) {
		return fmt.Errorf("%w; only root may read energy_uj, unless its group is given that right", ErrPermission)
	}
	return err
}

func (m *rapl) Read(now time.Duration) (Increment, error) {
	value, err := uintOf(quiet.ReadFile, []string{m.dir, "energy_uj"}) // a register of the processor: no device is asked
	if err != nil {
		return Increment{}, fmt.Errorf("%s: %w", m.source, err)
	}
	uj, covered, err := m.counter.step(value, m.wrapsAt, now)
	if err != nil {
		return Increment{}, fmt.Errorf("%s: %w", m.source, err)
	}
	return Increment{m.source, m.boundary, uj, covered}, nil
}
