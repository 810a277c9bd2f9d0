package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/ecoparc/ecoparc/agent/durable"
	"github.com/ecoparc/ecoparc/models/report"
)

// DefaultLimitB is the disk space a spool may take: about a school year of windows.
const DefaultLimitB = 16 << 20

// largestSegmentB is more than a segment ever takes, at the largest limit that a
// configuration may set. A file that a damaged disk calls larger is not read into memory.
const largestSegmentB = 33 << 20

// ErrInUse says that another agent writes to the spool.
var ErrInUse = errors.New("another agent is running on this state folder")

// ErrReadOnly says that the spool was opened for reading.
var ErrReadOnly = errors.New("the spool is open for reading only")

// Cursor is a place between two records.
type Cursor struct {
	Segment int   `json:"segment"`
	Offset  int64 `json:"offset"`
}

// Spool is an open spool. It may be used by several goroutines.
type Spool struct {
	mu       sync.Mutex
	dir      string
	limitB   int64
	segmentB int64
	lock     *flock.Flock
	segments []segment // oldest first
	last     *os.File  // the segment that is appended to
	state    state
	lastEnd  time.Time
}

type segment struct {
	number int
	sizeB  int64
}

type state struct {
	Acked   Cursor    `json:"acked"`
	Dropped int64     `json:"dropped"`
	LastEnd time.Time `json:"last_end,omitzero"`
}

const stateName = "state"

// Open opens the spool in a folder for writing and makes it when it is missing.
func Open(dir string, limitB int64) (*Spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make spool: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "spool.lock"))
	if ok, err := lock.TryLock(); err != nil {
		return nil, fmt.Errorf("cannot lock spool: %w", err)
	} else if !ok {
		return nil, fmt.Errorf("cannot open spool %q: %w", dir, ErrInUse)
	}
	s := &Spool{dir: dir, limitB: limitB, segmentB: max(4096, limitB/32), lock: lock}
	if err := s.load(true); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// OpenRead opens a spool for reading beside the agent that writes it. A spool that
// does not exist is empty.
func OpenRead(dir string) (*Spool, error) {
	s := &Spool{dir: dir}
	if err := s.load(false); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return s, nil
}

func (s *Spool) path(number int) string { return filepath.Join(s.dir, fmt.Sprintf("%08d.seg", number)) }

// load finds the segments and, for a writer, cuts off what a power cut left torn.
func (s *Spool) load(write bool) error {
	if durable.ReadNote(filepath.Join(s.dir, stateName), &s.state) != nil {
		// The state only saves work: without it windows are sent again, and the
		// collector counts them once.
		s.state = state{}
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("cannot list spool: %w", err)
	}
	for _, e := range entries {
		if write && durable.Unfinished(e.Name()) {
			_ = os.Remove(filepath.Join(s.dir, e.Name())) // a crash came before its renaming
		}
		digits, isSegment := strings.CutSuffix(e.Name(), ".seg")
		number, err := strconv.Atoi(digits)
		if !isSegment || err != nil {
			continue
		}
		if number < s.state.Acked.Segment {
			if write {
				_ = os.Remove(s.path(number)) // acknowledged, and a crash came before its deletion
			}
			continue
		}
		sizeB, err := s.check(number, write)
		if !write && errors.Is(err, fs.ErrNotExist) {
			continue // the writer deleted it meanwhile
		}
		if write && err != nil && !errors.Is(err, fs.ErrPermission) && os.Rename(s.path(number), s.path(number)+".unreadable") == nil {
			continue // the disk has lost it: what comes after it must not be lost, too
		}
		if err != nil {
			return err
		}
		if write && number == s.state.Acked.Segment && sizeB < s.state.Acked.Offset {
			// Damage cut off what was acknowledged: what is appended in its place is not.
			s.state.Acked.Offset = sizeB
			s.lastEnd = s.state.LastEnd
			if err := s.saveState(); err != nil {
				return err
			}
		}
		s.segments = append(s.segments, segment{number, sizeB})
	}
	slices.SortFunc(s.segments, func(a, b segment) int { return a.number - b.number })
	return nil
}

// check reads a segment through, notes when its last window ended, and returns the
// size of its sound part. A writer cuts the rest off, and what the disk has damaged out.
func (s *Spool) check(number int, write bool) (sizeB int64, err error) {
	text, err := durable.ReadAtMost(s.path(number), largestSegmentB)
	if err != nil {
		return 0, fmt.Errorf("cannot read spool: %w", err)
	}
	var at, damaged, lost int
	acked, sound := int64(0), make([]byte, 0, len(text))
	for {
		w, skippedB, n, ok := find(text[at:])
		if !ok {
			break
		}
		at += skippedB
		if skippedB > 0 {
			damaged++
			if !s.acked(number, at) {
				lost++ // or more: nothing tells how many they were
			}
		}
		sound = append(sound, text[at:at+n]...)
		at += n
		if s.acked(number, at) {
			acked = int64(len(sound))
		}
		s.lastEnd = w.End()
	}
	switch {
	case !write:
		return int64(at), nil
	case damaged > 0:
		return int64(len(sound)), s.cutOut(number, sound, acked, lost)
	case at < len(text):
		if err := os.Truncate(s.path(number), int64(at)); err != nil {
			return 0, fmt.Errorf("cannot cut torn record off: %w", err)
		}
	}
	return int64(at), nil
}

// acked tells whether a segment is acknowledged up to a place.
func (s *Spool) acked(number, at int) bool {
	return number < s.state.Acked.Segment || number == s.state.Acked.Segment && int64(at) <= s.state.Acked.Offset
}

// cutOut leaves the sound records of a segment, and counts what was lost. A crash before
// the file is replaced leaves a place that is too low in it: some is sent again.
func (s *Spool) cutOut(number int, sound []byte, acked int64, lost int) error {
	s.state.Dropped += int64(lost)
	if number == s.state.Acked.Segment {
		s.state.Acked.Offset = acked
	}
	if err := s.saveState(); err != nil {
		return err
	}
	if err := durable.Replace(s.path(number), sound); err != nil {
		return fmt.Errorf("cannot cut damage out of spool: %w", err)
	}
	return nil
}

// Append puts a window on the disk. When the spool is full, old windows are merged,
// or else dropped (compact.go).
func (s *Spool) Append(w report.Window) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock == nil {
		return ErrReadOnly
	}
	record, err := encode(w)
	if err != nil {
		return err
	}
	if err := s.makeRoom(int64(len(record))); err != nil {
		return err
	}
	if err := s.openLast(int64(len(record))); err != nil {
		return err
	}
	last := &s.segments[len(s.segments)-1]
	if err := durable.WriteAt(s.last, record, last.sizeB); err != nil {
		return fmt.Errorf("cannot append to spool: %w", err) // the next record overwrites the rest of this one
	}
	last.sizeB += int64(len(record))
	s.lastEnd = w.End()
	return nil
}

// openLast makes sure that there is a segment with room to append to.
func (s *Spool) openLast(recordB int64) error {
	if n := len(s.segments); n > 0 && s.segments[n-1].sizeB+recordB <= s.segmentB {
		if s.last != nil {
			return nil
		}
		f, err := os.OpenFile(s.path(s.segments[n-1].number), os.O_WRONLY, 0o600)
		s.last = f
		return err
	}
	number := s.state.Acked.Segment + 1
	if n := len(s.segments); n > 0 {
		number = s.segments[n-1].number + 1
	}
	f, err := os.OpenFile(s.path(number), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("cannot make spool segment: %w", err)
	}
	if s.last != nil {
		s.last.Close()
	}
	s.last = f
	s.segments = append(s.segments, segment{number: number})
	return durable.SyncDir(s.dir)
}

// count is how many windows of a segment are not acknowledged.
func (s *Spool) count(number int) (n int64, err error) {
	err = s.each(number, func(report.Window, int64) bool { n++; return true })
	return n, err
}

// each calls yield with each window of a segment that is not acknowledged, and
// the offset after it, until it returns false.
func (s *Spool) each(number int, yield func(w report.Window, after int64) bool) error {
	if number < s.state.Acked.Segment {
		return nil // its deletion failed
	}
	text, err := durable.ReadAtMost(s.path(number), largestSegmentB)
	if err != nil {
		return fmt.Errorf("cannot read spool: %w", err)
	}
	at := int64(0)
	if number == s.state.Acked.Segment {
		at = min(s.state.Acked.Offset, int64(len(text)))
	}
	for {
		w, skippedB, n, ok := find(text[at:])
		if !ok {
			return nil
		}
		at += int64(skippedB + n)
		if !yield(w, at) {
			return nil
		}
	}
}

// Peek reads the oldest windows that are not acknowledged, at most limit, and the
// place after them.
func (s *Spool) Peek(limit int) ([]report.Window, Cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var windows []report.Window
	upTo := s.state.Acked
	for _, seg := range s.segments {
		if len(windows) == limit {
			break
		}
		err := s.each(seg.number, func(w report.Window, after int64) bool {
			windows, upTo = append(windows, w), Cursor{seg.number, after}
			return len(windows) < limit
		})
		if err != nil {
			return nil, Cursor{}, err
		}
	}
	return windows, upTo, nil
}

// Ack says that the collector has everything up to a place that Peek returned.
func (s *Spool) Ack(upTo Cursor) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock == nil {
		return ErrReadOnly
	}
	if acked := s.state.Acked; upTo.Segment < acked.Segment || upTo.Segment == acked.Segment && upTo.Offset < acked.Offset {
		return nil // acknowledged already, or dropped meanwhile
	}
	s.state.Acked = upTo
	s.state.LastEnd = s.lastEnd
	if err := s.saveState(); err != nil {
		return err
	}
	for len(s.segments) > 1 && s.segments[0].number < upTo.Segment {
		if err := os.Remove(s.path(s.segments[0].number)); err != nil {
			return fmt.Errorf("cannot delete acknowledged spool segment: %w", err)
		}
		s.segments = s.segments[1:]
	}
	return nil
}

func (s *Spool) saveState() error {
	if err := durable.WriteNote(filepath.Join(s.dir, stateName), s.state); err != nil {
		return fmt.Errorf("cannot save spool state: %w", err)
	}
	return nil
}

// Dropped is how many windows had to be dropped since the spool was made.
func (s *Spool) Dropped() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Dropped
}

// LastEnd is when the window that was appended last ended; zero when none was. One of
// before it may have ended later, by a clock that was wrong.
func (s *Spool) LastEnd() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lastEnd.IsZero() {
		return s.state.LastEnd
	}
	return s.lastEnd
}

// SizeB is how many bytes the segments take.
func (s *Spool) SizeB() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sizeB()
}

func (s *Spool) sizeB() (sum int64) {
	for _, seg := range s.segments {
		sum += seg.sizeB
	}
	return sum
}

// Waiting is how many windows are not acknowledged.
func (s *Spool) Waiting() (n int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, seg := range s.segments {
		c, err := s.count(seg.number)
		if err != nil {
			return 0, err
		}
		n += c
	}
	return n, nil
}

// Close gives the spool free.
func (s *Spool) Close() error {
	var errs []error
	if s.last != nil {
		errs = append(errs, s.last.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Unlock())
	}
	return errors.Join(errs...)
}
