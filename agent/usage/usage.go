// Package usage samples how busy the machine is: counters of the processors, the
// network and the disks, memory in use, and the clocks. It sees totals only, never
// a process, an address or a file.
package usage

import (
	"context"
	"time"
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
	clocks func() (awake, sinceBoot time.Duration)
	screen func() Screen
	system
}

// NewSampler returns a sampler of this machine.
func NewSampler() *Sampler {
	return &Sampler{clocks: newClocks(), screen: watchScreen("/"), system: newSystem("/")}
}

// Read samples everything. Processor times are needed; what else cannot be read
// stays zero, as on a machine without disks.
func (s *Sampler) Read(ctx context.Context) (c Counters, err error) {
	c.At = time.Now()
	c.Awake, c.SinceBoot = s.clocks()
	if c.CPUBusy, c.CPUTotal, err = s.processorTimes(ctx); err != nil {
		return Counters{}, err
	}
	c.Screen = s.screen()
	c.MemUsedB = s.memoryUsedB(ctx)
	c.NetRxB, c.NetTxB = s.networkB(ctx)
	c.DiskReadB, c.DiskWriteB = s.disksB(ctx)
	c.AgentCPU = ownTime()
	return c, nil
}
