package meter

import (
	"encoding/binary"
	"fmt"
)

// The power reading of a server's board controller (Data Center Manageability
// Interface 1.5, 6.6.1): what its power supplies take from the mains, in whole watts.
const (
	dcmiNetFn        = 0x2c
	dcmiPowerReading = 0x02
	dcmiGroup        = 0xdc
	dcmiReadingB     = 19 // of an answer, with its completion code
	dcmiMeasures     = 1 << 6
)

// parseDCMI reads the answer to the question for the statistics of system power.
func parseDCMI(b []byte) (uw uint64, err error) {
	switch {
	case len(b) == 0:
		return 0, fmt.Errorf("%w: its controller's answer is empty", ErrBroken)
	case b[0] == 0xc1 || b[0] == 0xc9 || b[0] == 0xcb || b[0] == 0xd6: // not such a command, parameter, sensor or function
		return 0, fmt.Errorf("%w: its controller does not measure power", ErrNone)
	case b[0] != 0:
		return 0, fmt.Errorf("%w: its controller answers %#x", ErrBroken, b[0])
	case len(b) < dcmiReadingB || b[1] != dcmiGroup:
		return 0, fmt.Errorf("%w: its controller's answer has %d bytes", ErrBroken, len(b))
	case b[18]&dcmiMeasures == 0:
		return 0, fmt.Errorf("%w: its controller does not measure now", ErrNone)
	}
	watts := binary.LittleEndian.Uint16(b[2:])
	if watts == 0 || watts > maxWatts {
		return 0, fmt.Errorf("%w: its power is %d W", ErrBroken, watts)
	}
	return uint64(watts) * 1e6, nil
}
