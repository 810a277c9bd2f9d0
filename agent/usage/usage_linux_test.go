package usage

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
)

// TestTotalsCountNothingTwice reads a handwritten /proc (after proc(5)) in which the
// same time and the same bytes appear in several places.
func TestTotalsCountNothingTwice(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		// user (guest is inside), nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice; hundredths of a second
		"stat":    "cpu  1000 100 500 8000 300 20 30 50 400 40\ncpu0 1000 100 500 8000 300 20 30 50 400 40\n",
		"meminfo": "MemTotal: 8000 kB\nMemFree: 1000 kB\nMemAvailable: 5000 kB\nBuffers: 500 kB\nCached: 2500 kB\nSReclaimable: 0 kB\n",
		"net/dev": "Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes\n" +
			"    lo: 9999 1 0 0 0 0 0 0 9999 1 0 0 0 0 0 0\n" +
			"  eth0: 1000 1 0 0 0 0 0 0  100 1 0 0 0 0 0 0\n" +
			" wlan0: 2000 1 0 0 0 0 0 0  200 1 0 0 0 0 0 0\n" +
			"docker0: 5000 1 0 0 0 0 0 0 500 1 0 0 0 0 0 0\n" +
			"vethab: 5000 1 0 0 0 0 0 0  500 1 0 0 0 0 0 0\n" +
			"   wg0: 5000 1 0 0 0 0 0 0  500 1 0 0 0 0 0 0\n",
		// sectors of 512 bytes read and written are the 3rd and the 7th number
		"diskstats": "   8 0 sda 1 0 10 1 1 0 20 1 0 1 1\n   8 1 sda1 1 0 10 1 1 0 20 1 0 1 1\n 253 0 dm-0 1 0 10 1 1 0 20 1 0 1 1\n 259 0 nvme0n1 1 0 100 1 1 0 200 1 0 1 1\n",
	} {
		agenttest.Write(t, filepath.Join(root, "proc", name), text, false)
	}
	for _, disk := range []string{"sda", "nvme0n1"} {
		agenttest.Write(t, filepath.Join(root, "sys/block", disk, "device/model"), "disk", false)
	}
	s := NewSampler()
	s.system = newSystem(root)
	got, err := s.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := Counters{
		CPUBusy: 17 * time.Second, CPUTotal: 100 * time.Second, MemUsedB: 4000 << 10,
		NetRxB: 3000, NetTxB: 300, DiskReadB: 110 * 512, DiskWriteB: 220 * 512,
	}
	want.At, want.Awake, want.SinceBoot, want.AgentCPU = got.At, got.Awake, got.SinceBoot, got.AgentCPU
	want.Screen = got.Screen // this machine's
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestWithoutProcessorTimesThereIsNoSample(t *testing.T) {
	s := NewSampler()
	s.system = newSystem(t.TempDir())
	if got, err := s.Read(t.Context()); err == nil {
		t.Errorf("%+v; want an error", got)
	}
}

// TestThisMachinesCountersOnlyGrow samples the machine that runs the test.
func TestThisMachinesCountersOnlyGrow(t *testing.T) {
	s := NewSampler()
	var last Counters
	for i := range 3 {
		got, err := s.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got.Awake <= last.Awake || got.SinceBoot <= last.SinceBoot || got.SinceBoot < got.Awake || got.CPUBusy < last.CPUBusy ||
			got.CPUBusy > got.CPUTotal || got.AgentCPU < last.AgentCPU || got.MemUsedB == 0 {
			t.Errorf("sample %d: %+v after %+v", i, got, last)
		}
		last = got
	}
}

func TestDisksThatStandOnOthersAreLeftOut(t *testing.T) {
	for name, want := range map[string]bool{
		"sda": true, "nvme0n1": true, "vda": true, "mmcblk0": true, "xvda": true,
		"loop0": false, "dm-3": false, "zram0": false, "md127": false, "sr0": false, "nbd0": false, "ram1": false,
	} {
		if got := physicalDisk(name); got != want {
			t.Errorf("%s: %t; want %t", name, got, want)
		}
	}
}
