// Package usage samples how busy the machine is: counters of the processors, the
// network and the disks, memory in use, and the clocks. It sees totals only, never
// a process, an address or a file.
package usage

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/disk"
	"github.com/shirou/gopsutil/v3/host"
	"github.com/shirou/gopsutil/v3/mem"
	"github.com/shirou/gopsutil/v3/net"
	"github.com/shirou/gopsutil/v3/process"
)

// Counters are the totals since boot at one moment. They only grow, but for
// MemUsedB, unless the machine or a driver restarts.
type Counters struct {
	At time.Time // by the wall clock, which may be wrong or jump
	// Awake is a clock that stands still while the machine is suspended.
	Awake time.Duration
	// SinceBoot also runs while it is suspended; 0 where the system has no such clock.
	SinceBoot time.Duration

	CPUBusy  time.Duration // over all logical processors; waiting for a disk is not busy
	CPUTotal time.Duration // busy or not
	MemUsedB uint64

	NetRxB, NetTxB        uint64
	DiskReadB, DiskWriteB uint64

	AgentCPU time.Duration // used by this program itself

	Screen Screen // at this moment; it stands for the time since the last sample
}

// Screen tells whether a screen of this machine is lit. It says nothing about
// anybody before it.
type Screen int

// The states of the screens.
const (
	ScreenUnknown Screen = iota // there is none, or the system does not tell
	ScreenOff                   // all are dark
	ScreenOn
)

// Sampler reads counters.
type Sampler struct {
	self   *process.Process
	disks  func() []string // whole disks by name; nil: all that the system reports
	screen func() Screen
}

// NewSampler returns a sampler of this machine.
func NewSampler() (*Sampler, error) {
	self, err := process.NewProcess(int32(os.Getpid()))
	if err != nil {
		return nil, fmt.Errorf("cannot find this process: %w", err)
	}
	return &Sampler{self: self, disks: wholeDisks, screen: watchScreen("/")}, nil
}

// Read samples everything. Processor times are needed; what else cannot be read
// stays zero, as on a machine without disks.
func (s *Sampler) Read(ctx context.Context) (Counters, error) {
	c := Counters{At: time.Now()}
	c.Awake, c.SinceBoot = clocks()
	c.Screen = s.screen()
	times, err := cpu.TimesWithContext(ctx, false)
	if err != nil || len(times) == 0 {
		return Counters{}, fmt.Errorf("cannot read processor times: %w", err)
	}
	t := times[0]
	idle := t.Idle + t.Iowait
	busy := t.User + t.System + t.Nice + t.Irq + t.Softirq + t.Steal // guest time is inside user time
	c.CPUBusy, c.CPUTotal = seconds(busy), seconds(busy+idle)

	if m, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		c.MemUsedB = m.Used
	}
	if all, err := net.IOCountersWithContext(ctx, true); err == nil {
		for _, n := range all {
			if physical(n.Name) {
				c.NetRxB += n.BytesRecv
				c.NetTxB += n.BytesSent
			}
		}
	}
	if all, err := disk.IOCountersWithContext(ctx, s.disks()...); err == nil {
		for _, d := range all {
			c.DiskReadB += d.ReadBytes
			c.DiskWriteB += d.WriteBytes
		}
	}
	if t, err := s.self.TimesWithContext(ctx); err == nil {
		c.AgentCPU = seconds(t.User + t.System)
	}
	return c, nil
}

// BootTime is when the machine started, by the wall clock of now.
func BootTime(ctx context.Context) (time.Time, error) {
	s, err := host.BootTimeWithContext(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("cannot read the boot time: %w", err)
	}
	return time.Unix(int64(s), 0), nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// physical leaves out interfaces that carry the bytes of another one again.
func physical(name string) bool {
	for _, prefix := range []string{"lo", "veth", "docker", "br-", "virbr", "tun", "tap", "wg", "tailscale", "Loopback"} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	return true
}
