package usage

import (
	"encoding/binary"
	"time"
)

// What the kernel of macOS tells, as it lays it out; read here, apart from the
// questions, so that it can be tested everywhere.

// cpuLoad reads host_cpu_load_info: ticks of 10 ms in user, system, idle and nice
// time, of all processors together. False: it is too short.
func cpuLoad(b []byte) (busy, total time.Duration, ok bool) {
	if len(b) < 16 {
		return 0, 0, false
	}
	at := func(i int) time.Duration {
		return time.Duration(binary.LittleEndian.Uint32(b[4*i:])) * 10 * time.Millisecond
	}
	busy = at(0) + at(1) + at(3)
	return busy, busy + at(2), true
}

// memoryPages reads vm_statistics64: pages that programs and the kernel hold, as the
// Activity Monitor counts memory used - what files left in memory is not.
func memoryPages(b []byte) (pages uint64, ok bool) {
	if len(b) < 144 {
		return 0, false
	}
	at := func(i int) uint64 { return uint64(binary.LittleEndian.Uint32(b[i:])) }
	wired, purgeable, compressor, internal := at(12), at(88), at(128), at(140)
	return wired + compressor + internal - min(internal, purgeable), true
}

// interfaceBytes adds what the network interfaces of a routing table (NET_RT_IFLIST2:
// messages of if_msghdr2) received and sent. Those of Ethernet, as which Wi-Fi is one
// too, carry every byte; tunnels and bridges carry the same bytes again.
func interfaceBytes(table []byte) (received, sent uint64) {
	const (
		lengthAt, typeAt       = 0, 3
		information            = 0x12 // RTM_IFINFO2
		kindAt, ethernet       = 32, 6
		receivedAt, sentAt     = 96, 104
		shortest, longestKnown = 4, sentAt + 8
	)
	for len(table) >= shortest {
		n := int(binary.LittleEndian.Uint16(table[lengthAt:]))
		if n < shortest || n > len(table) {
			break
		}
		message := table[:n]
		if message[typeAt] == information && n >= longestKnown && message[kindAt] == ethernet {
			received += binary.LittleEndian.Uint64(message[receivedAt:])
			sent += binary.LittleEndian.Uint64(message[sentAt:])
		}
		table = table[n:]
	}
	return received, sent
}
