package spool_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/agent/spool"
	"github.com/ecoparc/ecoparc/models/report"
)

var monday = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// numbered is the n-th window of a device's life.
func numbered(n int) report.Window {
	w := report.Window{Start: monday.Add(time.Duration(n) * report.WindowLength), SpanS: 900, NetRxB: int64(n)}
	if n%2 == 1 {
		w.Energy = []report.Reading{{Source: "battery", Boundary: report.Battery, EnergyUJ: 7_000_000_000, CoveredMs: 900_000}}
	}
	return w
}

func numbersOf(windows []report.Window) []int {
	numbers := []int{}
	for _, w := range windows {
		numbers = append(numbers, int(w.NetRxB))
	}
	return numbers
}

// tb is a test or a check of rapid.
type tb interface {
	rapid.TB
	Cleanup(func())
}

func open(t tb, dir string, limitB int64) *spool.Spool {
	t.Helper()
	s, err := spool.Open(dir, limitB)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) // twice does no harm
	return s
}

func appendAll(t tb, s *spool.Spool, windows ...report.Window) {
	t.Helper()
	for _, w := range windows {
		if err := s.Append(w); err != nil {
			t.Fatal(err)
		}
	}
}

func peek(t tb, s *spool.Spool, limit int) ([]report.Window, spool.Cursor) {
	t.Helper()
	windows, upTo, err := s.Peek(limit)
	if err != nil {
		t.Fatal(err)
	}
	return windows, upTo
}

// segment is a spool's only segment with three windows, and where each record ends.
func segment(t testing.TB) (text []byte, ends []int) {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir, spool.DefaultLimitB)
	for n := range 3 {
		appendAll(t, s, numbered(n))
		ends = append(ends, int(s.SizeB()))
	}
	s.Close()
	text, err := os.ReadFile(filepath.Join(dir, "00000001.seg"))
	if err != nil || len(text) != ends[2] {
		t.Fatalf("segment of %d bytes, %v; want %d", len(text), err, ends[2])
	}
	return text, ends
}

// TestPowerCutAtAnyByte cuts a segment after each byte, and flips each byte of it: whole
// records are kept, nothing is invented, and the spool goes on.
func TestPowerCutAtAnyByte(t *testing.T) {
	t.Parallel()
	text, ends := segment(t)
	for at := range text {
		flipped := slices.Clone(text)
		flipped[at] ^= 0x55
		for what, damaged := range map[string][]byte{"cut": text[:at], "flipped": flipped} {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "00000001.seg"), damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			want, start := []int{}, 0
			for n, end := range ends {
				if end <= at || what == "flipped" && start > at {
					want = append(want, n)
				}
				start = end
			}
			reader, err := spool.OpenRead(dir)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := peek(t, reader, 10); !slices.Equal(numbersOf(got), want) {
				t.Fatalf("%s at byte %d: a reader sees %v; want %v", what, at, numbersOf(got), want)
			}
			s := open(t, dir, spool.DefaultLimitB)
			appendAll(t, s, numbered(7))
			s.Close()
			s = open(t, dir, spool.DefaultLimitB)
			got, _ := peek(t, s, 10)
			if !slices.Equal(numbersOf(got), append(want, 7)) {
				t.Fatalf("%s at byte %d: %v are kept; want %v and 7", what, at, numbersOf(got), want)
			}
			for _, w := range got {
				if !reflect.DeepEqual(w, numbered(int(w.NetRxB))) {
					t.Fatalf("%s at byte %d: %+v came back changed", what, at, w)
				}
			}
			s.Close()
		}
	}
}

func TestDamageBelowTheAcknowledgedPlaceHidesNothingNew(t *testing.T) {
	text, ends := segment(t)
	dir := t.TempDir()
	s := open(t, dir, spool.DefaultLimitB)
	appendAll(t, s, numbered(0), numbered(1), numbered(2))
	_, upTo := peek(t, s, 10)
	if err := s.Ack(upTo); err != nil {
		t.Fatal(err)
	}
	s.Close()
	text[ends[0]+20] ^= 1 // in the second record, acknowledged long ago
	if err := os.WriteFile(filepath.Join(dir, "00000001.seg"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	for n := 3; n < 6; n++ { // opened anew each time, as after crashes
		s := open(t, dir, spool.DefaultLimitB)
		if want := numbered(n - 1).End(); !s.LastEnd().Equal(want) {
			t.Errorf("the last window ended %s; want %s, although that one is damaged", s.LastEnd(), want)
		}
		appendAll(t, s, numbered(n))
		s.Close()
	}
	s = open(t, dir, spool.DefaultLimitB)
	if got, _ := peek(t, s, 10); !slices.Equal(numbersOf(got), []int{3, 4, 5}) {
		t.Errorf("%v wait; want 3, 4, 5", numbersOf(got))
	}
	if n := s.Dropped(); n != 0 {
		t.Errorf("%d windows are dropped; the collector has the damaged one", n)
	}
}

// TestDamageIsCountedOnce: what the disk damaged is cut out, and told like what was
// dropped for want of room.
func TestDamageIsCountedOnce(t *testing.T) {
	text, ends := segment(t)
	dir := t.TempDir()
	text[ends[0]+20] ^= 1 // in the second record
	path := filepath.Join(dir, "00000001.seg")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s := open(t, dir, spool.DefaultLimitB)
		if got, _ := peek(t, s, 10); !slices.Equal(numbersOf(got), []int{0, 2}) || s.Dropped() != 1 {
			t.Errorf("%v wait, %d are dropped; want 0 and 2, and 1", numbersOf(got), s.Dropped())
		}
		s.Close()
	}
	if left, err := os.ReadFile(path); err != nil || len(left) != ends[0]+ends[2]-ends[1] {
		t.Errorf("%d bytes are left, %v", len(left), err)
	}
}

// TestLastEndIsOfTheWindowAppendedLast: a clock that was ahead by years leaves windows
// behind that end long after what follows them.
func TestLastEndIsOfTheWindowAppendedLast(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, spool.DefaultLimitB)
	for i, n := range []int{5, 1_000_000, 6} {
		appendAll(t, s, numbered(n))
		if i == 1 { // all before it is acknowledged
			_, upTo := peek(t, s, 10)
			if err := s.Ack(upTo); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // as it is, and opened anew
			if want := numbered(n).End(); !s.LastEnd().Equal(want) {
				t.Errorf("after window %d: %s; want %s", n, s.LastEnd(), want)
			}
			s.Close()
			s = open(t, dir, spool.DefaultLimitB)
		}
	}
}

func TestDamagedStateOnlySendsAgain(t *testing.T) {
	for _, text := range []string{"", "{", `{"acked":{"segment":"x"}}`, "null"} {
		dir := t.TempDir()
		s := open(t, dir, spool.DefaultLimitB)
		appendAll(t, s, numbered(0), numbered(1))
		_, upTo := peek(t, s, 1)
		if err := s.Ack(upTo); err != nil {
			t.Fatal(err)
		}
		s.Close()
		if err := os.WriteFile(filepath.Join(dir, "state"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, _ := peek(t, open(t, dir, spool.DefaultLimitB), 10); !slices.Equal(numbersOf(got), []int{0, 1}) {
			t.Errorf("state %q: %v wait; want both again", text, numbersOf(got))
		}
	}
}

func segmentsB(t tb, dir string) (sum int64) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		sum += info.Size()
	}
	return sum
}

func TestOneWritesAndAnyMayRead(t *testing.T) {
	dir := t.TempDir()
	if s, err := spool.OpenRead(filepath.Join(dir, "missing")); err != nil || s.SizeB() != 0 {
		t.Errorf("a spool that does not exist: %v; want an empty one", err)
	}
	s := open(t, dir, spool.DefaultLimitB)
	appendAll(t, s, numbered(0))
	if _, err := spool.Open(dir, spool.DefaultLimitB); !errors.Is(err, spool.ErrInUse) {
		t.Errorf("a second writer: %v; want %v", err, spool.ErrInUse)
	}
	reader, err := spool.OpenRead(dir)
	if err != nil {
		t.Fatal(err)
	}
	windows, upTo := peek(t, reader, 10)
	if waiting, err := reader.Waiting(); len(windows) != 1 || waiting != 1 || err != nil {
		t.Errorf("a reader beside the writer sees %d windows and counts %d, %v; want 1", len(windows), waiting, err)
	}
	if err := errors.Join(reader.Append(numbered(1)), reader.Ack(upTo)); !errors.Is(err, spool.ErrReadOnly) {
		t.Errorf("a reader that writes: %v; want %v", err, spool.ErrReadOnly)
	}
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "spool")
	s := open(t, dir, spool.DefaultLimitB)
	if err := os.WriteFile(filepath.Join(dir, ".new-123"), []byte("left by a crash"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = open(t, dir, spool.DefaultLimitB)
	appendAll(t, s, numbered(0))
	_, upTo := peek(t, s, 1)
	if err := s.Ack(upTo); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, e.Name())
		if e.Name() != "spool.lock" && info.Mode().Perm()&0o077 != 0 { // the lock is empty
			t.Errorf("%s has mode %04o; others may read it", e.Name(), info.Mode().Perm())
		}
	}
	if want := []string{"00000001.seg", "spool.lock", "state"}; !slices.Equal(names, want) {
		t.Errorf("the folder holds %v; want %v", names, want)
	}
}

// TestSpoolIsAQueue compares a spool with a plain count: windows head to next-1
// wait, whatever is appended, acknowledged late or twice, dropped and reopened.
func TestSpoolIsAQueue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		const limitB = 8 << 10
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		s := open(rt, dir, limitB)
		head, next := 0, 0
		type place struct {
			upTo   spool.Cursor
			before int
		}
		places := []place{{}}
		rt.Repeat(map[string]func(*rapid.T){
			"append": func(rt *rapid.T) {
				for range rapid.IntRange(1, 3).Draw(rt, "windows") {
					before := s.Dropped()
					w := numbered(next)
					w.Energy = []report.Reading{{Source: strings.Repeat("x", 1200)}} // so that few make it full
					appendAll(rt, s, w)
					next++
					head += int(s.Dropped() - before)
				}
			},
			"peek": func(rt *rapid.T) {
				windows, upTo := peek(rt, s, rapid.IntRange(1, 50).Draw(rt, "limit"))
				places = append(places, place{upTo, head + len(windows)})
			},
			"ack": func(rt *rapid.T) { // perhaps an old place, or one that has been dropped
				p := rapid.SampledFrom(places).Draw(rt, "place")
				if err := s.Ack(p.upTo); err != nil {
					rt.Fatal(err)
				}
				head = max(head, p.before)
			},
			"reopen": func(rt *rapid.T) {
				s.Close()
				s = open(rt, dir, limitB)
			},
			"": func(rt *rapid.T) {
				windows, _ := peek(rt, s, 1000)
				want := []int{}
				for n := head; n < next; n++ {
					want = append(want, n)
				}
				if got := numbersOf(windows); !slices.Equal(got, want) {
					rt.Fatalf("%v wait; want %v", got, want)
				}
				if waiting, err := s.Waiting(); err != nil || int(waiting) != len(want) {
					rt.Fatalf("%d are said to wait, %v; want %d", waiting, err, len(want))
				}
				if next > 0 && !s.LastEnd().Equal(numbered(next-1).End()) {
					rt.Fatalf("the last one ended %s; want %s", s.LastEnd(), numbered(next-1).End())
				}
				if onDisk := segmentsB(rt, dir); onDisk > limitB || onDisk != s.SizeB() {
					rt.Fatalf("%d bytes on the disk, %d said; at most %d are allowed", onDisk, s.SizeB(), limitB)
				}
			},
		})
	})
}

// FuzzSegment reads any bytes as a segment: what is read once is read again, the
// spool goes on behind it, and no window comes without its record.
func FuzzSegment(f *testing.F) {
	text, ends := segment(f)
	f.Add(text)
	f.Add(text[:ends[1]+5])
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0})
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "00000001.seg"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		reader, err := spool.OpenRead(dir)
		if err != nil {
			t.Fatal(err)
		}
		first, _ := peek(t, reader, len(text)+1)
		s := open(t, dir, spool.DefaultLimitB)
		if int64(len(text)) < s.SizeB() || len(first) > 0 && s.SizeB() == 0 {
			t.Fatalf("%d windows in %d sound bytes of %d", len(first), s.SizeB(), len(text))
		}
		appendAll(t, s, numbered(1))
		s.Close()
		again, _ := peek(t, open(t, dir, spool.DefaultLimitB), len(text)+2)
		if !sameJSON(t, again, append(first, numbered(1))) {
			t.Fatalf("read first:\n%+v\nread again:\n%+v", first, again)
		}
	})
}

func sameJSON(t testing.TB, a, b any) bool {
	t.Helper()
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	if err := errors.Join(errX, errY); err != nil {
		t.Fatal(err)
	}
	return slices.Equal(x, y)
}
