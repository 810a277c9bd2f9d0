package meter

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"testing"
)

func TestPowerReadingOfABoardController(t *testing.T) {
	// Completion code, group, watts now, least, most, mean, time, period, state.
	good := "00dc" + "7800" + "5a00" + "2c01" + "7d00" + "00000000" + "e8030000" + "40"
	for _, c := range []struct {
		what, answer string
		uw           uint64
		want         error
	}{
		{"120 W", good, 120e6, nil},
		{"no such command", "c1", 0, ErrNone},
		{"no permission of the controller's", "d4", 0, ErrBroken},
		{"it does not measure now", good[:36] + "00", 0, ErrNone},
		{"0 W", "00dc0000" + good[8:], 0, ErrBroken},
		{"65 kW", "00dcffff" + good[8:], 0, ErrBroken},
		{"cut", good[:20], 0, ErrBroken},
		{"of another group", "00dd" + good[4:], 0, ErrBroken},
		{"nothing", "", 0, ErrBroken},
	} {
		b, err := hex.DecodeString(c.answer)
		if err != nil {
			t.Fatal(err)
		}
		if uw, err := parseDCMI(b); uw != c.uw || !errors.Is(err, c.want) {
			t.Errorf("%s: %d µW, %v; want %d, %v", c.what, uw, err, c.uw, c.want)
		}
	}
}

func FuzzPowerReadingOfABoardController(f *testing.F) {
	f.Add(binary.LittleEndian.AppendUint64([]byte{0, 0xdc, 120, 0, 90}, 1<<40))
	f.Fuzz(func(t *testing.T, b []byte) {
		if uw, err := parseDCMI(b); err == nil && (uw == 0 || uw > maxWatts*1e6) {
			t.Errorf("%d µW", uw)
		}
	})
}
