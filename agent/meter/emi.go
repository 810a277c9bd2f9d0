package meter

import (
	"fmt"
	"math/bits"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/ecoparc/ecoparc/models/report"
)

// The Energy Meter Interface of Windows (emi.h): devices whose channels count
// picowatt-hours. Windows 11 has one for the processor's own counters (RAPL), which
// everybody may read; most machines with Windows 10 and virtual ones have none.
const fileDeviceUnknown = 0x22

var (
	emiVersion      = controlCode(fileDeviceUnknown, 0)
	emiMetadataSize = controlCode(fileDeviceUnknown, 1)
	emiMetadata     = controlCode(fileDeviceUnknown, 2)
	emiMeasurement  = controlCode(fileDeviceUnknown, 3)
)

const (
	emiNames       = 2 * 2 * 16           // the names of maker and model, 16 characters of UTF-16 each
	emiHeaderV1    = 4 + emiNames + 2 + 2 // EMI_METADATA_V1 before its name: unit, names, revision, length of the name
	emiHeaderV2    = emiNames + 2 + 2     // EMI_METADATA_V2 before its channels: names, revision, number of channels
	emiChannel     = 4 + 2                // EMI_CHANNEL_V2 before its name: unit, length of the name
	emiReadingB    = 8 + 8                // energy, and the time since the machine started
	emiMostB       = 64 << 10
	picowattHours  = 0
	mirrorPerMille = 1
)

// emi is a channel of a device of the Energy Meter Interface.
type emi struct {
	device  device
	source  string
	channel int // of so many, which are read together
	of      int
	counter counter
}

// findEMI opens the channels of processor packages. Cores, graphics and memory
// controllers are inside their package. Some processors of several dies tell the
// same counter once for each die: the mirrored ones are left out.
func (f *Found) findEMI(devices []device) {
	var kept []uint64 // what each package has counted so far, pWh
	channels, packages := 0, 0
	for _, d := range devices {
		names, err := emiChannels(d)
		if err != nil {
			f.add(nil, "emi", report.Package, err)
			continue
		}
		channels += len(names)
		for i, name := range names {
			if !isPackage(name) {
				continue
			}
			m := &emi{device: d, source: "emi-" + name, channel: i, of: len(names)}
			pwh, err := m.count()
			if err == nil && pwh == 0 {
				err = errCountsNothing
			}
			if err == nil {
				if mirrors(kept, pwh) {
					continue
				}
				kept = append(kept, pwh)
			}
			packages++
			f.add(m, m.source, report.Package, err)
		}
	}
	switch {
	case packages > 0:
	case channels > 0:
		f.add(nil, "emi", report.Package, fmt.Errorf("%w: those that it has see no whole processor", ErrNone))
	case len(devices) == 0:
		f.add(nil, "emi", report.Package, fmt.Errorf("%w: Windows 10 and virtual machines seldom do", ErrNone))
	}
}

// isPackage tells a channel like RAPL_Package0_PKG.
func isPackage(name string) bool {
	number, ok := strings.CutPrefix(name, "RAPL_Package")
	if !ok {
		return false
	}
	number, ok = strings.CutSuffix(number, "_PKG")
	return ok && number != "" && strings.Trim(number, "0123456789") == ""
}

// mirrors tells whether a counter is another one again. It is read a moment later,
// so that it may have gone on a little; that two packages have used the same to a
// thousandth does not happen.
func mirrors(kept []uint64, pwh uint64) bool {
	for _, k := range kept {
		if most := max(k, pwh); most-min(k, pwh) <= most/1000*mirrorPerMille {
			return true
		}
	}
	return false
}

// emiChannels are the names of a device's channels, in their order.
func emiChannels(d device) ([]string, error) {
	version, err := answered(d, emiVersion, nil, 2, 2)
	if err != nil {
		return nil, err
	}
	size, err := answered(d, emiMetadataSize, nil, 4, 4)
	if err != nil {
		return nil, err
	}
	roomB := int(min(size.uint32(0), emiMostB))
	metadata, err := answered(d, emiMetadata, nil, 0, roomB)
	if err != nil {
		return nil, err
	}
	return parseEMIMetadata(version.uint16(0), metadata)
}

// parseEMIMetadata reads EMI_METADATA_V1 or EMI_METADATA_V2.
func parseEMIMetadata(version uint16, b fields) ([]string, error) {
	switch version {
	case 1:
		if len(b) < emiHeaderV1 {
			return nil, fmt.Errorf("%w: its description has %d bytes", ErrBroken, len(b))
		}
		name, _, err := emiName(b.uint32(0), int(b.uint16(emiHeaderV1-2)), b[emiHeaderV1:])
		return []string{name}, err
	case 2:
		if len(b) < emiHeaderV2 {
			return nil, fmt.Errorf("%w: its description has %d bytes", ErrBroken, len(b))
		}
		var names []string
		rest := b[emiHeaderV2:]
		for range b.uint16(emiHeaderV2 - 2) {
			if len(rest) < emiChannel {
				return nil, fmt.Errorf("%w: its description ends within channel %d", ErrBroken, len(names))
			}
			name, after, err := emiName(rest.uint32(0), int(rest.uint16(4)), rest[emiChannel:])
			if err != nil {
				return nil, err
			}
			names, rest = append(names, name), after
		}
		return names, nil
	}
	return nil, fmt.Errorf("%w: it speaks version %d of its interface", ErrBroken, version)
}

// emiName reads a channel's name, which ends with a zero, and gives what follows it.
func emiName(unit uint32, nameB int, b fields) (name string, rest fields, err error) {
	if unit != picowattHours {
		return "", nil, fmt.Errorf("%w: it counts in unit %d", ErrBroken, unit)
	}
	if nameB > len(b) {
		return "", nil, fmt.Errorf("%w: its description ends within a name", ErrBroken)
	}
	var text []uint16
	for at := 0; at+1 < nameB && b.uint16(at) != 0; at += 2 {
		text = append(text, b.uint16(at))
	}
	return string(utf16.Decode(text)), b[nameB:], nil
}

// count is what the channel has counted, in pWh.
func (m *emi) count() (uint64, error) {
	b, err := answered(m.device, emiMeasurement, nil, m.of*emiReadingB, m.of*emiReadingB)
	if err != nil {
		return 0, err
	}
	return b.uint64(m.channel * emiReadingB), nil
}

func (m *emi) Read(now time.Duration) (Increment, error) {
	pwh, err := m.count()
	if err != nil {
		return Increment{}, fmt.Errorf("%s: %w", m.source, err)
	}
	uj, covered, err := m.counter.step(microjoules(pwh), 0, now)
	if err != nil {
		return Increment{}, fmt.Errorf("%s: %w", m.source, err)
	}
	return Increment{m.source, report.Package, uj, covered}, nil
}

// microjoules of picowatt-hours: 1 pWh is 3600 pJ. What is rounded off is in the
// next reading's.
func microjoules(pwh uint64) uint64 {
	high, low := bits.Mul64(pwh, 36)
	uj, _ := bits.Div64(high, low, 10_000)
	return uj
}
