package inventory

import (
	"encoding/binary"
	"testing"
	"time"
)

// someday is a clock of a collector's.
var someday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// table is a table of SMBIOS: its kind, what follows its head, its texts.
func table(kind byte, fields string, texts ...string) []byte {
	b := append([]byte{kind, byte(4 + len(fields)), 0, 0}, fields...)
	for _, text := range texts {
		b = append(append(b, text...), 0)
	}
	if len(texts) == 0 {
		b = append(b, 0)
	}
	return append(b, 0)
}

func join(tables ...[]byte) (all []byte) {
	for _, t := range tables {
		all = append(all, t...)
	}
	return all
}

func TestFirmwareTablesSayWhatTheMachineIs(t *testing.T) {
	bios := table(0, "\x01\x02\x00\xf0\x03", "LENOVO", "R0YET", "05/31/2024")
	system := table(1, "\x01\x02\x03\x04"+"0123456789abcdef"+"\x06\x00\x00", "LENOVO", "20NB0000FR", "ThinkPad E490", "PF1CANARY")
	chassis := table(3, "\x01\x8a\x00\x00\x00", "LENOVO")
	dock := table(3, "\x01\x0c\x00\x00\x00", "LENOVO")
	end := table(127, "")
	want := firmware{maker: "LENOVO", product: "20NB0000FR", version: "ThinkPad E490", chassis: "10", biosDate: "05/31/2024", serial: "PF1CANARY"}
	all := join(bios, table(2, "\x00"), system, chassis, dock, table(4, "\x00\x00"), end)
	if got := parseSMBIOS(append(all, system[:9]...)); got != want {
		t.Errorf("got %+v; want %+v", got, want)
	}
	raw := binary.LittleEndian.AppendUint32([]byte{0, 3, 2, 0}, uint32(len(all)))
	if got := parseSMBIOS(rawSMBIOS(append(append(raw, all...), "rest"...))); got != want {
		t.Errorf("of Windows: got %+v; want %+v", got, want)
	}
	for n := range all { // cut anywhere it is read as far as it is sound
		parseSMBIOS(all[:n])
	}
	if got := parseSMBIOS(table(1, "\x01\x09\x00", "ACME")); got != (firmware{maker: "ACME"}) {
		t.Errorf("of a table that names a text it has not: %+v", got)
	}
}

func FuzzFirmwareTables(f *testing.F) {
	f.Add(join(table(0, "\x01\x02\x00\xf0\x03", "LENOVO", "R0YET", "05/31/2024"), table(3, "\x01\x8a\x00"), table(127, "")))
	f.Fuzz(func(_ *testing.T, b []byte) { parseSMBIOS(b); parseSMBIOS(rawSMBIOS(b)) })
}
