package inventory

import (
	"bytes"
	"encoding/binary"
	"strconv"
)

// parseSMBIOS reads the tables of the firmware (DMTF DSP0134) that say what the
// machine is: types 0 (BIOS), 1 (system) and 3 (chassis). What is damaged ends them.
func parseSMBIOS(tables []byte) (f firmware) {
	for len(tables) >= 4 {
		kind, length := tables[0], int(tables[1])
		if length < 4 || length > len(tables) {
			return f
		}
		fields := tables[:length]
		texts, rest, ok := bytes.Cut(tables[length:], []byte{0, 0}) // they end with two zeros
		if !ok {
			return f
		}
		text := func(at int) string {
			if at >= length || fields[at] == 0 {
				return ""
			}
			all := bytes.Split(texts, []byte{0})
			if n := int(fields[at]); n <= len(all) {
				return string(all[n-1])
			}
			return ""
		}
		switch kind {
		case 0:
			f.biosDate = text(8)
		case 1:
			f.maker, f.product, f.version, f.serial = text(4), text(5), text(6), text(7)
		case 3:
			if length > 5 && f.chassis == "" { // the first is the main one
				f.chassis = strconv.Itoa(int(fields[5] &^ 0x80)) // bit 7: it has a lock
			}
		case 127:
			return f
		}
		tables = rest
	}
	return f
}

// rawSMBIOS takes the tables out of RawSMBIOSData of Windows: four bytes of versions,
// the length, the tables.
func rawSMBIOS(b []byte) []byte {
	if len(b) < 8 {
		return nil
	}
	return b[8:][:min(uint64(binary.LittleEndian.Uint32(b[4:])), uint64(len(b)-8))]
}
