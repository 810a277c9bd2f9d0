package pack

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Starts is what is remembered of a device's windows of a month that are kept no
// longer: enough to know one of them when it comes again. Instants are seconds since
// 1970.
type Starts struct {
	Before int64   // whatever starts before it was counted, or is taken for it; 0: nothing
	End    int64   // the latest end of all these windows
	At     []int64 // when they started, in order
}

// Has tells whether a window of this start is one of them.
func (s *Starts) Has(start int64) bool {
	if start < s.Before {
		return true
	}
	_, there := slices.BinarySearch(s.At, start)
	return there
}

// Add adds a window. It tells whether it was not there.
func (s *Starts) Add(start, end int64) bool {
	s.End = max(s.End, end)
	if start < s.Before {
		return false
	}
	i, there := slices.BinarySearch(s.At, start)
	if !there {
		s.At = slices.Insert(s.At, i, start)
	}
	return !there
}

// Join adds what others remember.
func (s *Starts) Join(o Starts) {
	s.Before, s.End = max(s.Before, o.Before), max(s.End, o.End)
	s.At = slices.Compact(slices.Sorted(slices.Values(slices.Concat(s.At, o.At))))
}

// Append appends them to bytes: version, Before, End, and the steps from each start
// to the next, equal steps in a row once. An agent's windows have equal steps.
func (s *Starts) Append(to []byte) []byte {
	to = binary.AppendVarint(append(to, version), s.Before)
	to = binary.AppendVarint(to, s.End-s.Before)
	before := s.Before
	for i := 0; i < len(s.At); {
		step, run := s.At[i]-before, i+1
		for run < len(s.At) && s.At[run]-s.At[run-1] == step {
			run++
		}
		to = binary.AppendUvarint(binary.AppendUvarint(to, uint64(step)), uint64(run-i))
		before, i = s.At[run-1], run
	}
	return to
}

// mostStarts bounds what a few damaged bytes can make of themselves: every second of
// a month.
const mostStarts = 31 * 86_400

// DecodeStarts reads what Append wrote. Errors are ErrFormat.
func DecodeStarts(blob []byte) (Starts, error) {
	if len(blob) == 0 || blob[0] != version {
		return Starts{}, fmt.Errorf("starts have no version that this program knows: %w", ErrFormat)
	}
	r := reader{rest: blob[1:]}
	s := Starts{Before: r.varint()}
	s.End = s.Before + r.varint()
	at := s.Before
	for len(r.rest) > 0 {
		step, run := r.uvarint(), r.uvarint()
		if r.failed || step > 1<<40 || run > mostStarts || len(s.At)+int(run) > mostStarts {
			return Starts{}, fmt.Errorf("starts go on beyond a month: %w", ErrFormat)
		}
		for range run {
			at += int64(step)
			s.At = append(s.At, at)
		}
	}
	if r.failed {
		return Starts{}, fmt.Errorf("starts end too early: %w", ErrFormat)
	}
	return s, nil
}
