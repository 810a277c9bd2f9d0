package pack

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

	"github.com/ecoparc/ecoparc/models/report"
)

// setWindow writes the i-th of n windows into the columns.
func (s *scratch) setWindow(i, n int, w *report.Window, cores int64) {
	var known int64
	for bin, ms := range w.LoadMs {
		known += ms
		if bin > 0 {
			s.numbers[(load1Column+bin-1)*n+i] = ms
		}
	}
	for _, v := range [...]struct {
		column int
		value  int64
	}{
		{spanColumn, w.SpanS - usualSpanS}, {offColumn, w.OffMs}, {suspendedColumn, w.SuspendedMs},
		{unknownColumn, w.SpanS*1000 - w.OffMs - w.SuspendedMs - known}, {capacityColumn, w.CPUCapacityMs - cores*known},
		{busyColumn, w.CPUBusyMs}, {memoryColumn, w.MemUsedMiB}, {rxColumn, w.NetRxB}, {txColumn, w.NetTxB},
		{readColumn, w.DiskReadB}, {writeColumn, w.DiskWriteB}, {agentCPUColumn, w.AgentCPUMs}, {agentTxColumn, w.AgentTxB},
		{readingsColumn, int64(len(w.Energy))},
	} {
		s.numbers[v.column*n+i] = v.value
	}
}

// window reads the i-th of n windows from the columns, but for its start and readings.
func (s *scratch) window(i, n int, w *report.Window, cores int64) {
	at := func(column int) int64 { return s.numbers[column*n+i] }
	w.SpanS, w.OffMs, w.SuspendedMs = at(spanColumn)+usualSpanS, at(offColumn), at(suspendedColumn)
	running := w.SpanS*1000 - w.OffMs - w.SuspendedMs - at(unknownColumn)
	w.LoadMs[0] = running
	for bin := 1; bin < report.LoadBins; bin++ {
		w.LoadMs[bin] = at(load1Column + bin - 1)
		w.LoadMs[0] -= w.LoadMs[bin]
	}
	w.CPUCapacityMs, w.CPUBusyMs, w.MemUsedMiB = at(capacityColumn)+cores*running, at(busyColumn), at(memoryColumn)
	w.NetRxB, w.NetTxB, w.DiskReadB, w.DiskWriteB = at(rxColumn), at(txColumn), at(readColumn), at(writeColumn)
	w.AgentCPUMs, w.AgentTxB = at(agentCPUColumn), at(agentTxColumn)
}

// setReadings writes the readings of all windows into the columns after those of n
// windows, and gathers their meters.
func (s *scratch) setReadings(windows []report.Window, n, readings int) {
	s.meters, s.last = s.meters[:0], s.last[:0]
	all := s.numbers[windowColumns*n:]
	k := 0
	for i := range windows {
		running := windows[i].RunningMs()
		for _, e := range windows[i].Energy {
			m := slices.Index(s.meters, meter{e.Source, e.Boundary})
			if m < 0 {
				m = len(s.meters)
				s.meters, s.last = append(s.meters, meter{e.Source, e.Boundary}), append(s.last, 0)
			}
			all[k], all[readings+k], all[2*readings+k] = int64(m), e.EnergyUJ-s.last[m], running-e.CoveredMs
			s.last[m] = e.EnergyUJ
			k++
		}
	}
}

// readings reads the meters and the readings of windows.
func (r *reader) readings(s *scratch, windows []report.Window, modes []byte, readings int) error {
	// How many readings each window has must outlive the columns of windows.
	n := len(windows)
	counts := s.starts(n)
	copy(counts, s.numbers[readingsColumn*n:(readingsColumn+1)*n])
	count := r.uvarint()
	if r.failed || count > uint64(len(r.rest)) { // each takes a byte at least
		return fmt.Errorf("it has fewer meters than it says: %w", ErrFormat)
	}
	meters := make([]meter, count)
	for i := range meters {
		meters[i] = meter{r.text(), r.boundary()}
	}
	s.grow(3 * readings)
	for c := range 3 {
		r.column(mode(modes, meterColumn+c), s.numbers[c*readings:(c+1)*readings])
	}
	if r.failed {
		return fmt.Errorf("it ends too early: %w", ErrFormat)
	}
	last := make([]int64, count)
	all := make([]report.Reading, readings)
	k := 0
	for i := range windows {
		running, first := windows[i].RunningMs(), k
		for range counts[i] {
			m := s.numbers[k]
			if m < 0 || m >= int64(count) {
				return fmt.Errorf("a reading is of meter %d of %d: %w", m, count, ErrFormat)
			}
			last[m] += s.numbers[readings+k]
			all[k] = report.Reading{Source: meters[m].source, Boundary: meters[m].boundary, EnergyUJ: last[m], CoveredMs: running - s.numbers[2*readings+k]}
			k++
		}
		if k > first {
			windows[i].Energy = all[first:k:k]
		}
	}
	return nil
}

// appendColumn appends numbers in the mode that takes least room, and notes the mode.
func appendColumn(to []byte, modes, column int, numbers []int64) []byte {
	m := zero
	switch {
	case !slices.ContainsFunc(numbers, func(n int64) bool { return n != 0 }):
		return to
	case !slices.ContainsFunc(numbers, func(n int64) bool { return n != numbers[0] }):
		m = constant
		to = binary.AppendVarint(to, numbers[0])
	default:
		var plainB, deltasB int
		before := int64(0)
		for _, n := range numbers {
			plainB, deltasB = plainB+sizeOf(n), deltasB+sizeOf(n-before)
			before = n
		}
		m, before = plain, 0
		if deltasB < plainB {
			m = deltas
		}
		for _, n := range numbers {
			to = binary.AppendVarint(to, n-before)
			if m == deltas {
				before = n
			}
		}
	}
	to[modes+column/4] |= byte(m << (column % 4 * 2))
	return to
}

func mode(modes []byte, column int) int {
	if len(modes) < modesB {
		return zero
	}
	return int(modes[column/4] >> (column % 4 * 2) & 3)
}

// sizeOf is how many bytes a number takes.
func sizeOf(n int64) int {
	zigzag := uint64(n)<<1 ^ uint64(n>>63)
	return max(1, (bits.Len64(zigzag)+6)/7)
}

// known are the boundaries that take one byte, in an order that stays.
var known = [...]report.Boundary{report.Wall, report.Platform, report.Battery, report.Package, report.DRAM, report.Component}

func appendBoundary(to []byte, b report.Boundary) []byte {
	if i := slices.Index(known[:], b); i >= 0 {
		return append(to, byte(i+1))
	}
	return appendText(append(to, 0), string(b))
}

func appendText(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

// reader reads a pack from its beginning on. After a failure everything is zero.
type reader struct {
	rest   []byte
	failed bool
}

// ended is an error if anything is left.
func (r *reader) ended() error {
	if len(r.rest) > 0 {
		return fmt.Errorf("%d bytes follow it: %w", len(r.rest), ErrFormat)
	}
	return nil
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.rest, r.failed = nil, true
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) uvarint() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.rest, r.failed = nil, true
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *reader) varint() int64 {
	n := r.uvarint()
	return int64(n>>1) ^ -int64(n&1)
}

func (r *reader) column(m int, numbers []int64) {
	switch m {
	case zero:
		clear(numbers)
	case constant:
		n := r.varint()
		for i := range numbers {
			numbers[i] = n
		}
	default:
		before := int64(0)
		for i := range numbers {
			numbers[i] = r.varint() + before
			if m == deltas {
				before = numbers[i]
			}
		}
	}
}

func (r *reader) text() string {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.rest, r.failed = nil, true
		return ""
	}
	return string(r.take(int(n)))
}

func (r *reader) boundary() report.Boundary {
	code := r.take(1)
	switch {
	case r.failed || int(code[0]) > len(known):
		r.failed = true
		return ""
	case code[0] == 0:
		return report.Boundary(r.text())
	}
	return known[code[0]-1]
}
