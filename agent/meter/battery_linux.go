package meter

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/agent/quiet"
	"github.com/ecoparc/ecoparc/models/report"
)

// batteries are all batteries of the machine as one meter: while it discharges,
// they feed all of it (Documentation/ABI/testing/sysfs-class-power). Batteries of
// mice and keyboards (scope Device) are not the machine's. To read one is to ask the
// machine's embedded controller, on most laptops: it is asked once a minute.
type batteries struct {
	*slow
	dir   string // of all power supplies
	names []string
	now   time.Duration // of the reading that goes on
	all   []battery
	feed  []string // folders of what feeds the machine from the mains
}

// battery is one of them.
type battery struct {
	dir     string
	left    charge // when it was asked last; of one that does not tell its power
	leftAt  time.Duration
	hasLeft bool
}

func (f *Found) findBattery(root string) {
	m := &batteries{dir: filepath.Join(root, "sys/class/power_supply")}
	m.look()
	some := false
	for _, b := range m.all {
		if b.present() {
			some = true
			f.Battery.addHealth(b.dir)
		}
	}
	if !some {
		f.add(nil, "battery", report.Battery, ErrNone)
		return
	}
	m.slow = slowBattery(m.power, m.onMains)
	_, _, err := m.power()
	f.add(m, "battery", report.Battery, err)
}

// look finds the power supplies, where others have come or gone: a second battery can be
// taken out, and a tablet put on its keyboard.
func (m *batteries) look() {
	names, err := quiet.Names(m.dir)
	slices.Sort(names)
	if err != nil || slices.Equal(names, m.names) {
		return
	}
	before := m.all
	m.names, m.all, m.feed = names, nil, nil
	for _, name := range names {
		dir := filepath.Join(m.dir, name)
		kind, _ := readText(dir, "type")
		scope, _ := readText(dir, "scope")
		switch {
		case scope == "Device":
		case kind == "Mains" || kind == "USB":
			m.feed = append(m.feed, dir)
		case kind == "Battery":
			b := battery{dir: dir}
			if i := slices.IndexFunc(before, func(old battery) bool { return old.dir == dir }); i >= 0 {
				b = before[i]
			}
			m.all = append(m.all, b)
		}
	}
}

// present tells whether the battery is in its place.
func (b *battery) present() bool {
	present, err := readText(b.dir, "present")
	return err != nil || present != "0"
}

func (m *batteries) Read(now time.Duration) (Increment, error) {
	m.now = now
	return m.slow.Read(now)
}

// onMains tells whether something feeds the machine from the mains, by what the
// kernel says of power supplies, not of batteries.
func (m *batteries) onMains() bool {
	fed := slices.ContainsFunc(m.feed, func(dir string) bool {
		online, err := readText(dir, "online")
		return err == nil && online != "0"
	})
	for i := range m.all {
		m.all[i].hasLeft = m.all[i].hasLeft && !fed // it may be charged meanwhile
	}
	return fed
}

// power is what the batteries give, in µW, and whether they feed the machine: all of
// it, as far as that is known.
func (m *batteries) power() (uw uint64, whole bool, err error) {
	m.look()
	known := true
	for i := range m.all {
		status, err := readText(m.all[i].dir, "status")
		if err != nil && m.all[i].present() {
			return 0, false, err
		}
		if status != "Discharging" {
			m.all[i].hasLeft = false
			continue // Charging, Full, Not charging, taken out: it feeds nothing
		}
		one, told, err := m.all[i].power(m.now)
		if err != nil {
			return 0, false, err
		}
		if one > maxWatts*1e6 {
			return 0, false, fmt.Errorf("%w: power is %d µW", ErrBroken, one)
		}
		uw, whole, known = uw+one, true, known && told
	}
	return uw, whole && known, nil
}

// power is power_now, or voltage x current where there is none, or else what the
// battery lost since it was asked last: then it is not told the first time. Some
// drivers give a discharging current a minus sign.
func (b *battery) power(now time.Duration) (uw uint64, told bool, err error) {
	uw, err = readMagnitude(b.dir, "power_now")
	if !errors.Is(err, ErrNone) {
		return uw, err == nil, err
	}
	uv, err := readMagnitude(b.dir, "voltage_now")
	if err == nil {
		var ua uint64
		if ua, err = readMagnitude(b.dir, "current_now"); err == nil {
			return uint64(float64(uv) * float64(ua) / 1e6), true, nil
		}
	}
	if !errors.Is(err, ErrNone) {
		return 0, false, err
	}
	return b.lost(now)
}

// lost is the mean power since the battery was asked last, by what is left in it.
func (b *battery) lost(now time.Duration) (uw uint64, told bool, err error) {
	left, err := readCharge(b.dir, "now")
	if err != nil {
		return 0, false, err
	}
	before, elapsed, had := b.left, now-b.leftAt, b.hasLeft
	b.left, b.leftAt, b.hasLeft = left, now, true
	if !had || elapsed < askEvery || elapsed > 2*longest || before < left {
		return 0, false, nil
	}
	return uint64(float64(before-left) * 3600 / elapsed.Seconds()), true, nil
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
	uwh, err := readCharge(dir, what)
	if err != nil {
		return 0
	}
	return int64(uwh / 1000)
}

// charge is energy in a battery, in µWh.
type charge uint64

// readCharge reads energy_*, or charge_* times the design voltage.
func readCharge(dir, what string) (charge, error) {
	uwh, err := readUint(dir, "energy_"+what)
	if !errors.Is(err, ErrNone) {
		return charge(uwh), err
	}
	uah, err := readUint(dir, "charge_"+what)
	if err != nil {
		return 0, err
	}
	uv, err := readUint(dir, "voltage_min_design")
	if err != nil {
		return 0, err
	}
	return charge(float64(uah) * float64(uv) / 1e6), nil
}
