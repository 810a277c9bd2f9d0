package usage

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ecoparc/ecoparc/agent/internal/iokit"
)

// gopsutil has no processor times on macOS without cgo, and starts programs for much
// of the rest; the kernel is asked here.

func newClocks() func() (awake, sinceBoot time.Duration) {
	const uptimeRaw, monotonicRaw = 8, 4 // which stands still during sleep, and which does not
	return func() (awake, sinceBoot time.Duration) { return clock(uptimeRaw), clock(monotonicRaw) }
}

func clock(id int32) time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(id, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// system needs to remember nothing.
type system struct{}

func newSystem(string) system { return system{} }

func (system) processorTimes(context.Context) (busy, total time.Duration, err error) {
	b, err := iokit.Statistics(iokit.CPULoad)
	if err != nil {
		return 0, 0, fmt.Errorf("cannot read processor times: %w", err)
	}
	busy, total, ok := cpuLoad(b)
	if !ok {
		return 0, 0, fmt.Errorf("cannot read processor times: the kernel tells %d bytes", len(b))
	}
	return busy, total, nil
}

func (system) memoryUsedB(context.Context) uint64 {
	b, err := iokit.Statistics(iokit.Memory)
	if err != nil {
		return 0
	}
	pages, _ := memoryPages(b)
	return pages * uint64(unix.Getpagesize())
}

func (system) networkB(context.Context) (received, sent uint64) {
	//lint:ignore SA1019 golang.org/x/net/route, which is meant to stand in for it, leaves the counters out
	table, err := syscall.RouteRIB(syscall.NET_RT_IFLIST2, 0)
	if err != nil {
		return 0, 0
	}
	return interfaceBytes(table)
}

func (system) disksB(context.Context) (read, written uint64) {
	_ = iokit.Each("IOBlockStorageDriver", func(e iokit.Entry) bool {
		if n, ok := e.Property("Statistics", "Bytes (Read)").(int64); ok && n > 0 {
			read += uint64(n)
		}
		if n, ok := e.Property("Statistics", "Bytes (Write)").(int64); ok && n > 0 {
			written += uint64(n)
		}
		return true
	})
	return read, written
}

// watchScreen asks the power state of the displays of Macs with an Intel processor:
// 4 is lit. Those of Apple's own tell it to programs of a user's session only.
func watchScreen(string) func() Screen {
	return func() Screen {
		state := ScreenUnknown
		_ = iokit.Each("IODisplayWrangler", func(e iokit.Entry) bool {
			if n, ok := e.Property("IOPowerManagement", "CurrentPowerState").(int64); ok {
				state = ScreenOff
				if n >= 4 {
					state = ScreenOn
				}
			}
			return false
		})
		return state
	}
}
