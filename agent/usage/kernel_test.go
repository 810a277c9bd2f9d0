package usage

import (
	"encoding/binary"
	"testing"
	"time"
)

func words(numbers ...uint32) (b []byte) {
	for _, n := range numbers {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b
}

func TestProcessorTimesOfMacOS(t *testing.T) {
	busy, total, ok := cpuLoad(words(100, 50, 800, 50)) // user, system, idle, nice
	if !ok || busy != 2*time.Second || total != 10*time.Second {
		t.Errorf("busy %s of %s, %t; want 2 s of 10 s", busy, total, ok)
	}
	if _, _, ok := cpuLoad(words(1, 2, 3)); ok {
		t.Error("three numbers are read")
	}
}

func TestMemoryOfMacOS(t *testing.T) {
	b := make([]byte, 152)
	for at, pages := range map[int]uint32{0: 1000, 4: 9999, 8: 9999, 12: 300, 88: 10, 92: 77, 128: 40, 136: 5000, 140: 500} {
		binary.LittleEndian.PutUint32(b[at:], pages)
	}
	if pages, ok := memoryPages(b); !ok || pages != 300+40+490 {
		t.Errorf("%d pages, %t; want wired, compressed and programs' own less what may be dropped", pages, ok)
	}
	if _, ok := memoryPages(b[:143]); ok {
		t.Error("a short answer is read")
	}
}

// interfaceMessage is an if_msghdr2.
func interfaceMessage(message, kind byte, received, sent uint64) []byte {
	b := make([]byte, 160)
	binary.LittleEndian.PutUint16(b, uint16(len(b)))
	b[3], b[32] = message, kind
	binary.LittleEndian.PutUint64(b[96:], received)
	binary.LittleEndian.PutUint64(b[104:], sent)
	return b
}

func TestInterfacesOfMacOSCountNothingTwice(t *testing.T) {
	var table []byte
	for _, m := range [][]byte{
		interfaceMessage(0x12, 24, 5, 5),              // lo0
		interfaceMessage(0x12, 6, 1000, 100),          // en0
		interfaceMessage(0xc, 6, 7, 7),                // an address
		interfaceMessage(0x12, 1, 900, 90),            // utun0
		interfaceMessage(0x12, 0xd1, 1000, 100),       // bridge0
		interfaceMessage(0x12, 6, 1<<33, 1<<32)[:160], // en5
	} {
		table = append(table, m...)
	}
	if received, sent := interfaceBytes(append(table, 3, 0)); received != 1000+1<<33 || sent != 100+1<<32 {
		t.Errorf("%d received, %d sent", received, sent)
	}
}

func FuzzInterfacesOfMacOS(f *testing.F) {
	f.Add(interfaceMessage(0x12, 6, 1000, 100))
	f.Fuzz(func(t *testing.T, table []byte) { interfaceBytes(table) })
}
