package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/load"
	"github.com/shirou/gopsutil/v3/process"
)

// Machine is where it was measured.
type Machine struct {
	CPU        string
	Processors int
	Load1      float64 // how many programs wanted a processor before the run began
}

func describe(ctx context.Context) Machine {
	m := Machine{CPU: runtime.GOARCH, Processors: runtime.NumCPU()}
	if all, err := cpu.InfoWithContext(ctx); err == nil && len(all) > 0 && all[0].ModelName != "" {
		m.CPU = all[0].ModelName
	}
	if average, err := load.AvgWithContext(ctx); err == nil {
		m.Load1 = average.Load1
	}
	return m
}

func ownCPUSeconds() float64 { return cpuSecondsOf(os.Getpid()) }

// cpuSecondsOf is the processor time of a process; 0 where it cannot be known.
func cpuSecondsOf(pid int) float64 {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return 0
	}
	times, err := p.Times()
	if err != nil {
		return 0
	}
	return times.User + times.System
}

// machineCPUSeconds is the processor time of all programs together; 0 where it cannot
// be known.
func machineCPUSeconds() float64 {
	all, err := cpu.Times(false)
	if err != nil || len(all) != 1 {
		return 0
	}
	t := all[0]
	return t.User + t.System + t.Nice + t.Irq + t.Softirq + t.Steal
}

// peakMiBOf is the most memory a process held resident; where the system keeps no
// peak, what it holds now; 0 where it cannot be known.
func peakMiBOf(pid int) float64 {
	if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)); err == nil {
		_, after, _ := strings.Cut(string(text), "VmHWM:")
		line, _, _ := strings.Cut(after, "kB")
		if kB, err := strconv.ParseFloat(strings.TrimSpace(line), 64); err == nil {
			return kB / 1024
		}
	}
	return residentMiBOf(pid)
}

// fsyncMs is the median wait until a small append is on the disk.
func fsyncMs(dir string) (float64, error) {
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var waits []float64
	page := make([]byte, 4096)
	for range 50 {
		if _, err := f.Write(page); err != nil {
			return 0, fmt.Errorf("cannot write to the disk that is measured: %w", err)
		}
		begin := time.Now()
		if err := f.Sync(); err != nil {
			return 0, fmt.Errorf("cannot wait for the disk that is measured: %w", err)
		}
		waits = append(waits, time.Since(begin).Seconds()*1000)
	}
	return median(waits), nil
}

// residentMiBOf is the memory a process holds resident now; 0 where it cannot be known.
func residentMiBOf(pid int) float64 {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return 0
	}
	memory, err := p.MemoryInfo()
	if err != nil {
		return 0
	}
	return float64(memory.RSS) / (1 << 20)
}
