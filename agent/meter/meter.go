// Package meter reads the energy meters that a machine has. A meter says what
// it sees (its boundary) and counts only what it can see; where there is no meter,
// that is said, and no joule is invented.
//
// One file for each kind of meter. On Linux they are files below /sys:
//
//	powercap  RAPL: processor package, memory, platform (psys); root only on most systems
//	battery   the whole machine, while it discharges; asked once a minute
//	hwmon     power sensors of boards and servers
//	ipmi      the mains side of a server, by its board's controller; root only
//	nvml      graphics cards of NVIDIA; with the build tag nvml only
//
// On Windows they are devices that answer questions:
//
//	emi       Energy Meter Interface: processor package; no right is needed
//	battery   as above
//
// On macOS the battery is in the registry of devices.
package meter

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/models/report"
)

// The ordinary outcomes of looking for a meter.
var (
	ErrNone       = errors.New("this machine has no such meter")
	ErrPermission = errors.New("the agent may not read it")
	ErrBroken     = errors.New("its values make no sense")
)

// errCountsNothing is of a counter that stands at zero, as those of some virtual
// machines do: nothing would be counted as no energy at all.
var errCountsNothing = fmt.Errorf("%w: it has counted nothing since the machine started", ErrBroken)

// Increment is the energy that a meter counted since the last reading, and for
// how much of that time it could count.
type Increment struct {
	Source   string
	Boundary report.Boundary
	EnergyUJ int64
	Covered  time.Duration
}

// Meter is one meter of this machine.
type Meter interface {
	// Read returns what was counted since the last Read; the first one counts
	// nothing. now is a clock that stands still during suspend. Covered is zero
	// when the interval is too long or the meter restarted: then it is unknown.
	Read(now time.Duration) (Increment, error)
}

// longest is the longest interval between two readings that still counts: over a
// longer one a counter may have wrapped twice, and power may have been anything.
const longest = 2 * time.Minute

// maxWatts is more than any school device draws.
const maxWatts = 20_000

// Found are the meters of a machine: those that can be read, and all that were
// looked for, with the outcome.
type Found struct {
	Meters  []Meter
	Looked  []report.Meter
	Battery Battery

	platform doubt // whether the platform's meter may be believed
}

// add notes the outcome of opening a meter. A report has room for so many: what
// is found last is left out, and the collector takes the rest.
func (f *Found) add(m Meter, source string, b report.Boundary, err error) {
	if len(f.Looked) == report.MaxMeters || err == nil && len(f.Meters) == report.MaxEnergyReadings {
		return
	}
	entry := report.Meter{Source: source, Boundary: b, Status: report.MeterRead}
	switch {
	case err == nil:
		f.Meters = append(f.Meters, m)
	case errors.Is(err, ErrNone):
		entry.Status, entry.Reason = report.MeterNone, err.Error()
	case errors.Is(err, ErrPermission):
		entry.Status, entry.Reason = report.MeterDenied, err.Error()
	default:
		entry.Status, entry.Reason = report.MeterBroken, err.Error()
	}
	if len(entry.Reason) > 128 {
		entry.Reason = strings.ToValidUTF8(entry.Reason[:128], "")
	}
	f.Looked = append(f.Looked, entry)
}

// ReadAll reads every meter. What fails is left out and returned as an error;
// the others still count.
func (f *Found) ReadAll(now time.Duration) ([]Increment, error) {
	var all []Increment
	var errs []error
	for _, m := range f.Meters {
		inc, err := m.Read(now)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if inc.Covered > 0 {
			all = append(all, inc)
		}
	}
	f.platform.weigh(all)
	return all, errors.Join(errs...)
}

// Doubt goes on doubting what was doubted of the meters that these take the place of.
func (f *Found) Doubt(before *Found) { f.platform = before.platform }

// Battery is the state of health of the machine's batteries together; zero where
// there is none.
type Battery struct {
	DesignMWh, FullMWh int64
	Cycles             int64 // of the most used one
}

// counter turns readings of a cumulative counter into increments.
type counter struct {
	last   uint64
	lastAt time.Duration
	primed bool
}

// step is the increase since the last reading. A counter that wraps does so at
// wrapsAt, 0 when it is not known to wrap.
func (c *counter) step(value, wrapsAt uint64, now time.Duration) (uj int64, covered time.Duration, err error) {
	last, elapsed := c.last, now-c.lastAt
	primed := c.primed
	c.last, c.lastAt, c.primed = value, now, true
	if !primed || elapsed <= 0 || elapsed > longest {
		return 0, 0, nil
	}
	increase := value - last
	if value < last {
		if wrapsAt == 0 || last > wrapsAt {
			return 0, 0, nil // it restarted: what it counted before is not known
		}
		increase = wrapsAt - last + value
	}
	if increase > uint64(maxWatts*elapsed.Microseconds()) { // in whole numbers: exactly so much is still plausible
		return 0, 0, fmt.Errorf("%w: %d µJ in %s", ErrBroken, increase, elapsed)
	}
	return int64(increase), elapsed, nil
}
