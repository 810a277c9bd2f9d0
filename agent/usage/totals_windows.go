package usage

import (
	"context"
	"fmt"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/disk"
	"github.com/shirou/gopsutil/v3/mem"
	"github.com/shirou/gopsutil/v3/net"
)

// system needs to remember nothing.
type system struct{}

func newSystem(string) system { return system{} }

// processorTimes are those of all logical processors together since the start.
func (system) processorTimes(ctx context.Context) (busy, total time.Duration, err error) {
	times, err := cpu.TimesWithContext(ctx, false)
	if err != nil || len(times) == 0 {
		return 0, 0, fmt.Errorf("cannot read processor times: %w", err)
	}
	t := times[0]
	busy = seconds(t.User + t.System + t.Nice + t.Irq + t.Softirq + t.Steal)
	return busy, busy + seconds(t.Idle+t.Iowait), nil
}

func (system) memoryUsedB(ctx context.Context) uint64 {
	m, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return 0
	}
	return m.Used
}

func (system) networkB(ctx context.Context) (received, sent uint64) {
	all, err := net.IOCountersWithContext(ctx, true)
	if err != nil {
		return 0, 0
	}
	for _, n := range all {
		if physical(n.Name) {
			received += n.BytesRecv
			sent += n.BytesSent
		}
	}
	return received, sent
}

func (system) disksB(ctx context.Context) (read, written uint64) {
	all, err := disk.IOCountersWithContext(ctx)
	if err != nil {
		return 0, 0
	}
	for _, d := range all {
		read += d.ReadBytes
		written += d.WriteBytes
	}
	return read, written
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
