package usage

import (
	"testing"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/disk"
	"github.com/shirou/gopsutil/v3/mem"
	"github.com/shirou/gopsutil/v3/net"
)

// TestTotalsAreThoseOfGopsutil asks both about the machine that runs the test. It
// works meanwhile: what gopsutil tells lies between two of ours.
func TestTotalsAreThoseOfGopsutil(t *testing.T) {
	ctx, s := t.Context(), newSystem("/")
	busyBefore, totalBefore, err := s.processorTimes(ctx)
	if err != nil {
		t.Fatal(err)
	}
	netBefore, _ := s.networkB(ctx)
	diskBefore, _ := s.disksB(ctx)
	times, err := cpu.TimesWithContext(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	memory, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		t.Fatal(err)
	}
	used := s.memoryUsedB(ctx)
	var received, read uint64
	interfaces, _ := net.IOCountersWithContext(ctx, true)
	for _, n := range interfaces {
		if physical(n.Name) {
			received += n.BytesRecv
		}
	}
	disks, _ := disk.IOCountersWithContext(ctx)
	for name := range wholeDisks("/") {
		read += disks[name].ReadBytes
	}
	busyAfter, totalAfter, _ := s.processorTimes(ctx)
	netAfter, _ := s.networkB(ctx)
	diskAfter, _ := s.disksB(ctx)

	one := times[0]
	busy := one.User + one.Nice + one.System + one.Irq + one.Softirq + one.Steal
	between := func(what string, before, its, after float64) {
		const rounding = 0.05 // s: eight numbers of hundredths
		if its < before-rounding || its > after+rounding {
			t.Errorf("%s: gopsutil tells %v, not between %v and %v", what, its, before, after)
		}
	}
	between("busy", busyBefore.Seconds(), busy, busyAfter.Seconds())
	between("in all", totalBefore.Seconds(), busy+one.Idle+one.Iowait, totalAfter.Seconds())
	between("received", float64(netBefore), float64(received), float64(netAfter))
	between("read", float64(diskBefore), float64(read), float64(diskAfter))
	if used == 0 || used > memory.Total || max(used, memory.Used)-min(used, memory.Used) > memory.Total/10 {
		t.Errorf("memory: gopsutil tells %d bytes, not about %d", memory.Used, used)
	}
}

// What the kernel writes, cut and bent at will, is either read as a sum of its numbers
// or not at all.
func FuzzProc(f *testing.F) {
	f.Add([]byte("cpu  1000 100 500 8000 300 20 30 50 400 40\ncpu0 1 2 3\n"))
	f.Add([]byte("cpu  9223372036854775807 1 1 1 1 1 1 1\n"))
	f.Add([]byte("MemTotal: 8000 kB\nMemFree: 1000 kB\nCached: 9000 kB\n"))
	f.Add([]byte(" face |bytes    packets\n  eth0: 1000 1 0 0 0 0 0 0  100 1 0 0 0 0 0 0\neth0:1: 1 1 0 0 0 0 0 0 1\n"))
	f.Add([]byte("   8 0 sda 1 0 10 1 1 0 20 1 0 1 1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if busy, total, err := parseStat(text); err == nil && (busy < 0 || busy > total) {
			t.Errorf("busy %s of %s", busy, total)
		}
		if used := parseMeminfo(text); used>>54 != 0 {
			t.Errorf("%d bytes of memory", used)
		}
		parseNetDev(text)
		parseDiskstats(text, map[string]bool{"sda": true})
	})
}
