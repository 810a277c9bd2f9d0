// Package pack writes windows of one device as few bytes, and reads them back.
//
// The bytes hold columns, not rows: neighbours in a column differ little. What follows
// from other columns is not written (the time of which nothing is known tells the
// lowest load class, the running time tells what the processor could have done), and a
// column that is all zero or all the same takes a byte or none.
//
// A pack, in this order:
//
//	version   1 byte, 1
//	n         how many windows; no windows: nothing follows
//	modes     6 bytes: 2 bits for each column
//	cores     processor time per running time of the first window that ran
//	starts    of the first window in seconds since 1970, of others since the end of the one before
//	columns   of windows: see windowColumns
//	meters    how many; of each the source and the boundary
//	columns   of readings: meter, energy, uncovered time
//	columns   of windows, that came later: the screen lit, dark
//
// Numbers are varints of encoding/binary, zigzag where they may be negative.
// Arithmetic wraps around alike in writing and reading, so every int64 comes back.
package pack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/models/report"
)

// ErrFormat says that bytes are no pack: they were damaged, or are of a newer program.
var ErrFormat = errors.New("is not a sound pack of windows")

const version = 1

// usualSpanS is taken away from spans: most become zero.
const usualSpanS = int64(report.WindowLength / time.Second)

// The columns of a pack, in their order.
const (
	spanColumn = iota
	offColumn
	suspendedColumn
	load1Column                                // and the next classes; the lowest one follows from unknown
	unknownColumn = iota + report.LoadBins - 2 // as are all that follow
	capacityColumn
	busyColumn
	memoryColumn
	rxColumn
	txColumn
	readColumn
	writeColumn
	agentCPUColumn
	agentTxColumn
	readingsColumn // how many
	windowColumns

	meterColumn   = windowColumns
	energyColumn  = windowColumns + 1
	coveredColumn = windowColumns + 2

	// Columns that came later stand behind all others: a pack of before has none of
	// them, which reads as zeros.
	screenOnColumn   = windowColumns + 3
	screenRestColumn = windowColumns + 4
	columns          = windowColumns + 5
)

// The modes of a column.
const (
	zero     = iota // every number is zero
	constant        // every number is the one that is written
	plain           // each number
	deltas          // each number less the one before
)

const modesB = (2*columns + 7) / 8

// scratch is memory that packing needs for a moment.
type scratch struct {
	numbers []int64
	meters  []meter
	last    []int64 // energy of each meter in the window before
}

type meter struct {
	source   string
	boundary report.Boundary
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// Append appends the pack of windows to bytes. A window has at most
// report.MaxEnergyReadings readings.
func Append(to []byte, windows []report.Window) []byte {
	to = binary.AppendUvarint(append(to, version), uint64(len(windows)))
	if len(windows) == 0 {
		return to
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	n, readings := len(windows), 0
	for i := range windows {
		readings += len(windows[i].Energy)
	}
	s.grow(windowColumns*n + 3*readings)
	cores := coresOf(windows)
	for i := range windows {
		s.setWindow(i, n, &windows[i], cores)
	}
	s.setReadings(windows, n, readings)

	modes := len(to)
	to = append(to, make([]byte, modesB)...)
	to = binary.AppendVarint(to, cores)
	end := int64(0)
	for i := range windows {
		start := windows[i].Start.Unix()
		to = binary.AppendVarint(to, start-end)
		end = start + windows[i].SpanS
	}
	for c := range windowColumns {
		to = appendColumn(to, modes, c, s.numbers[c*n:(c+1)*n])
	}
	to = binary.AppendUvarint(to, uint64(len(s.meters)))
	for _, m := range s.meters {
		to = appendText(to, m.source)
		to = appendBoundary(to, m.boundary)
	}
	for c := range 3 {
		at := windowColumns*n + c*readings
		to = appendColumn(to, modes, meterColumn+c, s.numbers[at:at+readings])
	}
	for i := range windows {
		s.numbers[i], s.numbers[n+i] = windows[i].ScreenOnMs, screenRest(&windows[i])
	}
	for c := range 2 {
		to = appendColumn(to, modes, screenOnColumn+c, s.numbers[c*n:(c+1)*n])
	}
	return to
}

// Count is how many windows a pack says that it holds.
func Count(blob []byte) (int, error) {
	if len(blob) == 0 || blob[0] != version {
		return 0, fmt.Errorf("it has no version that this program knows: %w", ErrFormat)
	}
	n, size := binary.Uvarint(blob[1:])
	if size <= 0 || n > uint64(len(blob)) { // each window takes a byte at least
		return 0, fmt.Errorf("it holds fewer windows than it says: %w", ErrFormat)
	}
	return int(n), nil
}

// Decode appends the windows of a pack to windows. Errors are ErrFormat; what was
// appended then is of no use. It needs at most some 2 KiB of memory for each byte.
func Decode(windows []report.Window, blob []byte) ([]report.Window, error) {
	n, err := Count(blob)
	if err != nil {
		return windows, err
	}
	r := reader{rest: blob[1:]}
	r.uvarint() // n
	if n == 0 {
		return windows, r.ended()
	}
	modes := r.take(modesB)
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.grow(windowColumns * n)
	cores := r.varint()
	starts := s.starts(n)
	for i := range starts {
		starts[i] = r.varint()
	}
	for c := range windowColumns {
		r.column(mode(modes, c), s.numbers[c*n:(c+1)*n])
	}
	if r.failed {
		return windows, fmt.Errorf("it ends too early: %w", ErrFormat)
	}
	first, end, readings := len(windows), int64(0), 0
	for i := range n {
		count := s.numbers[readingsColumn*n+i]
		if count < 0 || count > report.MaxEnergyReadings {
			return windows, fmt.Errorf("a window has %d meter readings: %w", count, ErrFormat)
		}
		readings += int(count)
		windows = append(windows, report.Window{})
		w := &windows[len(windows)-1]
		s.window(i, n, w, cores)
		start := end + starts[i]
		w.Start, end = time.Unix(start, 0).UTC(), start+w.SpanS
	}
	if err := r.readings(s, windows[first:], modes, readings); err != nil {
		return windows, err
	}
	s.grow(2 * n)
	for c := range 2 {
		r.column(mode(modes, screenOnColumn+c), s.numbers[c*n:(c+1)*n])
	}
	if r.failed {
		return windows, fmt.Errorf("it ends too early: %w", ErrFormat)
	}
	for i := range n {
		w := &windows[first+i]
		w.ScreenOnMs, w.ScreenOffMs = s.numbers[i], s.numbers[n+i]
		w.ScreenOffMs = screenRest(w)
	}
	return windows, r.ended()
}

// screenRest is what is written of the time the screen was dark, and undoes itself.
// Where the screen was lit, it is the running time of which neither is known: mostly
// none.
func screenRest(w *report.Window) int64 {
	if w.ScreenOnMs == 0 {
		return w.ScreenOffMs
	}
	return w.RunningMs() - w.ScreenOnMs - w.ScreenOffMs
}

func (s *scratch) grow(n int) {
	if cap(s.numbers) < n {
		s.numbers = make([]int64, n+n/2)
	}
	s.numbers = s.numbers[:n]
}

// starts is room for n numbers, besides the columns.
func (s *scratch) starts(n int) []int64 {
	if cap(s.last) < n {
		s.last = make([]int64, n)
	}
	return s.last[:n]
}

// coresOf is how much processor time a window could have used in a millisecond of
// running, by the first that ran.
func coresOf(windows []report.Window) int64 {
	for i := range windows {
		if running := windows[i].RunningMs(); running > 0 {
			return windows[i].CPUCapacityMs / running
		}
	}
	return 0
}
