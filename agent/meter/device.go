package meter

import (
	"encoding/binary"
	"fmt"
)

// device is a device of Windows that answers questions, as of an energy meter or
// of a battery. What the answers mean is in files that are tested everywhere.
type device interface {
	// ask opens the device, asks it one thing (an I/O control code) and closes it
	// again. The answer may be shorter than the room for it.
	ask(code uint32, question []byte, roomB int) (answer []byte, err error)
}

// controlCode is CTL_CODE(kind, number, METHOD_BUFFERED, FILE_READ_ACCESS) of
// winioctl.h.
func controlCode(kind, number uint32) uint32 { return kind<<16 | 1<<14 | number<<2 }

// fields reads numbers of an answer, which are little-endian on every Windows.
type fields []byte

func (f fields) uint16(at int) uint16 { return binary.LittleEndian.Uint16(f[at:]) }
func (f fields) uint32(at int) uint32 { return binary.LittleEndian.Uint32(f[at:]) }
func (f fields) uint64(at int) uint64 { return binary.LittleEndian.Uint64(f[at:]) }

// answered asks a device, and wants so many bytes at least.
func answered(d device, code uint32, question []byte, leastB, roomB int) (fields, error) {
	answer, err := d.ask(code, question, roomB)
	if err != nil {
		return nil, err
	}
	if len(answer) < leastB {
		return nil, fmt.Errorf("%w: %d bytes answer question %#x; at least %d are expected", ErrBroken, len(answer), code, leastB)
	}
	return answer, nil
}
