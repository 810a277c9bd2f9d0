package meter

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/ecoparc/ecoparc/models/report"
)

// Batteries of Windows (poclass.h): devices that tell their state in mW and mWh.
const fileDeviceBattery = 0x29

var (
	batteryTag         = controlCode(fileDeviceBattery, 0x10)
	batteryInformation = controlCode(fileDeviceBattery, 0x11)
	batteryStatus      = controlCode(fileDeviceBattery, 0x13)
)

const (
	batteryInformationB = 36 // BATTERY_INFORMATION
	batteryStatusB      = 16 // BATTERY_STATUS

	systemBattery    = 0x80000000 // feeds the machine; those of mice and keyboards do not
	relativeCapacity = 0x40000000 // tells per cent instead of mWh
	shortTerm        = 0x20000000 // an uninterruptible power supply
	powerDischarging = 0x2
	unknownRate      = 0x80000000
	unknownCapacity  = 0xffffffff
)

// classBattery is one battery of the machine.
type classBattery struct {
	device    device
	tag       uint32 // names the battery that is in the slot
	relative  bool
	designMWh int64
	fullMWh   int64
	cycles    int64
}

// findClassBatteries opens all batteries of the machine as one meter.
func (f *Found) findClassBatteries(devices []device, onMains func() bool) {
	var all []*classBattery
	for _, d := range devices {
		b, err := openClassBattery(d)
		if errors.Is(err, ErrNone) {
			continue
		}
		if err != nil {
			f.add(nil, "battery", report.Battery, err)
			return
		}
		all = append(all, b)
		if b.designMWh > 0 && b.fullMWh > 0 {
			f.Battery.DesignMWh += b.designMWh
			f.Battery.FullMWh += b.fullMWh
		}
		f.Battery.Cycles = max(f.Battery.Cycles, b.cycles)
	}
	if len(all) == 0 {
		f.add(nil, "battery", report.Battery, ErrNone)
		return
	}
	ask := func() (uw uint64, discharging bool, err error) {
		for _, b := range all {
			one, feeds, err := b.power()
			if err != nil {
				return 0, false, err
			}
			if feeds {
				uw, discharging = uw+one, true
			}
		}
		return uw, discharging, nil
	}
	_, _, err := ask()
	f.add(slowBattery(ask, onMains), "battery", report.Battery, err)
}

// openClassBattery reads what a battery is; ErrNone: an empty slot, or not a battery
// of the machine.
func openClassBattery(d device) (*classBattery, error) {
	b := &classBattery{device: d}
	if err := b.readTag(); err != nil {
		return nil, err
	}
	question := binary.LittleEndian.AppendUint32(nil, b.tag)
	question = binary.LittleEndian.AppendUint32(question, 0) // BatteryInformation
	question = binary.LittleEndian.AppendUint32(question, 0) // only of another question
	info, err := answered(d, batteryInformation, question, batteryInformationB, batteryInformationB)
	if err != nil {
		return nil, err
	}
	capabilities := info.uint32(0)
	if capabilities&systemBattery == 0 || capabilities&shortTerm != 0 {
		return nil, ErrNone
	}
	b.relative = capabilities&relativeCapacity != 0
	if !b.relative {
		b.designMWh, b.fullMWh = capacity(info.uint32(12)), capacity(info.uint32(16))
	}
	if cycles := info.uint32(32); cycles <= 100_000 {
		b.cycles = int64(cycles)
	}
	return b, nil
}

func capacity(mwh uint32) int64 {
	if mwh == unknownCapacity || mwh > 1_000_000 {
		return 0
	}
	return int64(mwh)
}

func (b *classBattery) readTag() error {
	wait := make([]byte, 4) // not at all
	tag, err := answered(b.device, batteryTag, wait, 4, 4)
	if err != nil {
		return err
	}
	if b.tag = tag.uint32(0); b.tag == 0 {
		return ErrNone
	}
	return nil
}

// power is what the battery gives, in µW, and whether it feeds the machine.
func (b *classBattery) power() (uw uint64, discharging bool, err error) {
	status, err := b.status()
	if errors.Is(err, ErrNone) { // another battery is in the slot, or this one was taken out and put back
		if err = b.readTag(); err == nil {
			status, err = b.status()
		} else if errors.Is(err, ErrNone) {
			return 0, false, nil // it is empty
		}
	}
	if err != nil {
		return 0, false, err
	}
	if status.uint32(0)&powerDischarging == 0 {
		return 0, false, nil
	}
	rate := status.uint32(12)
	if rate == unknownRate || b.relative {
		return 0, false, fmt.Errorf("%w: it does not tell its power", ErrBroken)
	}
	mw := int64(int32(rate)) // negative while it discharges, but not of every maker
	if mw = max(mw, -mw); mw > maxWatts*1000 {
		return 0, false, fmt.Errorf("%w: power is %d mW", ErrBroken, mw)
	}
	return uint64(mw) * 1000, true, nil
}

// status asks for BATTERY_STATUS without waiting for a change.
func (b *classBattery) status() (fields, error) {
	question := make([]byte, 20) // BATTERY_WAIT_STATUS: tag, time to wait, and what to wait for
	binary.LittleEndian.PutUint32(question, b.tag)
	return answered(b.device, batteryStatus, question, batteryStatusB, batteryStatusB)
}
