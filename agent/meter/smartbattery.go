package meter

import (
	"fmt"
	"math"

	"github.com/ecoparc/ecoparc/models/report"
)

// smartBattery asks a property of the battery of a Mac (AppleSmartBattery in the
// registry of devices): an int64 or a bool, nil where there is none. Numbers are mV,
// mA and mAh.
type smartBattery func(key string) any

func (b smartBattery) number(key string) (int64, bool) {
	n, ok := b(key).(int64)
	return n, ok
}

func (b smartBattery) is(key string) bool {
	yes, _ := b(key).(bool)
	return yes
}

// findSmartBattery opens the battery that find gives, nil for none.
func (f *Found) findSmartBattery(find func() smartBattery) {
	b := find()
	if b == nil || !b.is("BatteryInstalled") {
		f.add(nil, "battery", report.Battery, ErrNone)
		return
	}
	ask := func() (uw uint64, discharging bool, err error) {
		b := find()
		if b == nil {
			return 0, false, fmt.Errorf("it is gone: %w", ErrNone)
		}
		return b.power()
	}
	f.Battery = b.health()
	_, _, err := ask()
	onMains := func() bool { b := find(); return b == nil || b.is("ExternalConnected") }
	f.add(slowBattery(ask, onMains), "battery", report.Battery, err)
}

// power is what the battery gives, in µW. The current is negative while it
// discharges; it may supply a machine on a weak charger, too.
func (b smartBattery) power() (uw uint64, discharging bool, err error) {
	mv, hasVoltage := b.number("Voltage")
	ma, hasCurrent := b.number("InstantAmperage")
	if !hasCurrent {
		ma, hasCurrent = b.number("Amperage")
	}
	if !hasVoltage || !hasCurrent {
		return 0, false, fmt.Errorf("%w: it does not tell its power", ErrBroken)
	}
	if b.is("ExternalConnected") || ma >= 0 {
		return 0, false, nil
	}
	if mv <= 0 || mv > 100_000 || ma < -maxWatts*1000 || mv*-ma > maxWatts*1e6 {
		return 0, false, fmt.Errorf("%w: %d mV and %d mA", ErrBroken, mv, ma)
	}
	return uint64(mv * -ma), true, nil
}

// health is the battery's capacities at its nominal voltage. On Apple's own
// processors MaxCapacity is in per cent, AppleRawMaxCapacity in mAh.
func (b smartBattery) health() (h Battery) {
	if cycles, ok := b.number("CycleCount"); ok && cycles >= 0 && cycles <= 100_000 {
		h.Cycles = cycles
	}
	design, ok := b.number("DesignCapacity")
	full, hasFull := b.number("AppleRawMaxCapacity")
	if !hasFull {
		full, hasFull = b.number("MaxCapacity")
		hasFull = hasFull && full > 100
	}
	mv, hasVoltage := b.number("Voltage")
	const mostMAh, cellMV = 50_000, 3800
	if !ok || !hasFull || !hasVoltage || design <= 0 || full <= 0 || design > mostMAh || full > mostMAh {
		return h
	}
	// The voltage of a moment would make the capacity another one each day; the number
	// of cells in a row, of 3.8 V each, stays.
	cells := int64(math.Round(float64(mv) / cellMV))
	h.DesignMWh, h.FullMWh = design*cells*cellMV/1000, full*cells*cellMV/1000
	return h
}
