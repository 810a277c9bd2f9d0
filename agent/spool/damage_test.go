package spool_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ecoparc/ecoparc/agent/spool"
)

// TestSegmentThatTheDiskHasLostHidesNothingElse: of a bad sector the agent would end at
// each start, for good.
func TestSegmentThatTheDiskHasLostHidesNothingElse(t *testing.T) {
	const smallB = 64 << 10 // segments of 4 KiB
	dir := t.TempDir()
	s := open(t, dir, smallB)
	n := 0
	for ; len(segments(t, dir)) < 4; n++ {
		appendAll(t, s, numbered(n))
	}
	s.Close()
	lost := segments(t, dir)[1]
	if err := os.Remove(lost); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(lost, 0o700); err != nil { // cannot be read, by root neither
		t.Fatal(err)
	}
	s = open(t, dir, smallB)
	appendAll(t, s, numbered(n))
	got, upTo := peek(t, s, 1000)
	numbers := numbersOf(got)
	if first, last := numbers[0], numbers[len(numbers)-1]; first != 0 || last != n || len(numbers) < n/2 || len(numbers) > n {
		t.Errorf("%v wait; want those of three segments out of four, and the new one", numbers)
	}
	if err := s.Ack(upTo); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(lost + ".unreadable"); err != nil {
		t.Errorf("it is not put aside: %v", err)
	}
}

// TestSegmentOfAnAbsurdSize is of a damaged file system: it is not read into memory.
func TestSegmentOfAnAbsurdSize(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, spool.DefaultLimitB)
	appendAll(t, s, numbered(0), numbered(1))
	s.Close()
	path := segments(t, dir)[0]
	soundB := segmentsB(t, dir)
	if err := os.Truncate(path, 1<<42); err != nil {
		t.Skipf("no file may be so large here: %v", err)
	}
	s = open(t, dir, spool.DefaultLimitB)
	appendAll(t, s, numbered(2))
	if got, _ := peek(t, s, 10); !slices.Equal(numbersOf(got), []int{0, 1, 2}) {
		t.Errorf("%v wait; want 0, 1, 2", numbersOf(got))
	}
	if sizeB := segmentsB(t, dir); sizeB < soundB || sizeB > 2*soundB {
		t.Errorf("it takes %d bytes; want little more than %d", sizeB, soundB)
	}
}

func segments(t testing.TB, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}
