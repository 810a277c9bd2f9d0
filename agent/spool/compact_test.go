package spool_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/agent/spool"
	"github.com/ecoparc/ecoparc/models/report"
)

// memoryDir is a folder in memory, where there is one: thousands of records need not
// wait for a disk to show how they are merged.
func memoryDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "spool-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// fill appends as many windows as told and looks at the disk after each.
func fill(t testing.TB, s *spool.Spool, dir string, limitB int64, windows int, nth func(int) report.Window) {
	t.Helper()
	for n := range windows {
		appendAll(t, s, nth(n))
		if onDisk := segmentsB(t, dir); onDisk > limitB || onDisk != s.SizeB() {
			t.Fatalf("after %d windows: %d bytes on the disk, %d said; at most %d are allowed", n+1, onDisk, s.SizeB(), limitB)
		}
	}
}

// TestFullSpoolKnowsEverySecondOfAQuarter: a collector that is away for a quarter of a year
// costs resolution alone, in a spool of a thirty-second of the usual size.
func TestFullSpoolKnowsEverySecondOfAQuarter(t *testing.T) {
	const limitB, days = 512 << 10, 90
	dir := memoryDir(t)
	s := open(t, dir, limitB)
	var energyUJ, seconds int64
	for n := range days * 96 {
		w := numbered(n)
		w.LoadMs[n%5] = 900_000
		seconds += 900
		for _, e := range w.Energy {
			energyUJ += e.EnergyUJ
		}
		appendAll(t, s, w)
	}
	if s.SizeB() > limitB || s.Dropped() != 0 {
		t.Errorf("%d bytes, %d dropped; want at most %d, and none", s.SizeB(), s.Dropped(), limitB)
	}
	all, _ := peek(t, s, 1_000_000)
	merged := 0
	for i, w := range all {
		seconds -= w.SpanS
		for _, e := range w.Energy {
			energyUJ -= e.EnergyUJ
		}
		if w.Merged > 1 {
			merged++
		}
		if i < report.MaxWindows && w.Merged > 1 {
			t.Errorf("window %d may have been sent, and is merged: %+v", i, w)
		}
		if i > 0 && !w.Start.Equal(all[i-1].End()) {
			t.Errorf("window %d begins %s; the one before ended %s", i, w.Start, all[i-1].End())
		}
	}
	if seconds != 0 || energyUJ != 0 || merged == 0 {
		t.Errorf("%d s and %d uJ are missing, %d windows are merged; want nothing missing", seconds, energyUJ, merged)
	}
	if err := (&report.Report{Schema: report.Schema, Device: "d", Agent: "a", Windows: all[96:192]}).Validate(all[len(all)-1].End()); err != nil {
		t.Errorf("the collector would refuse merged windows: %v", err)
	}
	if last := all[len(all)-1]; last.Merged > 1 {
		t.Error("the newest window is merged")
	}
}

func TestSpoolFullOfDaysDropsTheOldestAndCountsThem(t *testing.T) {
	const limitB, all = 32 << 10, 600
	dir := memoryDir(t)
	s := open(t, dir, limitB)
	fill(t, s, dir, limitB, all, func(n int) report.Window { // nothing can be merged
		w := numbered(n)
		w.Start = monday.Add(time.Duration(n) * 24 * time.Hour)
		return w
	})
	got, _ := peek(t, s, all)
	numbers := numbersOf(got)
	if s.Dropped() == 0 || int(s.Dropped())+len(numbers) != all || numbers[0] != int(s.Dropped()) || numbers[len(numbers)-1] != all-1 {
		t.Errorf("%d dropped, %d wait, from %d to %d; want the newest of %d to wait, and each of the others counted", s.Dropped(), len(numbers), numbers[0], numbers[len(numbers)-1], all)
	}
	s.Close()
	if again := open(t, dir, limitB); again.Dropped() != s.Dropped() {
		t.Errorf("%d dropped after a restart; want %d", again.Dropped(), s.Dropped())
	}
}

// TestLostAnswersCountNothingTwice: a collector knows a window by its start. However
// often the answer to a report is lost, and the spool merges and is opened again
// meanwhile, what it counts in the end is what was measured.
func TestLostAnswersCountNothingTwice(t *testing.T) {
	t.Parallel()
	parent, tries := memoryDir(t), 0
	rapid.Check(t, func(rt *rapid.T) {
		const limitB = 32 << 10
		tries++
		dir := filepath.Join(parent, strconv.Itoa(tries))
		s := open(rt, dir, limitB)
		known := map[time.Time]bool{}
		var counted, measured int64
		send := func(acked bool) int {
			windows, upTo := peek(rt, s, report.MaxWindows)
			for _, w := range windows {
				if !known[w.Start] {
					known[w.Start] = true
					counted += w.NetRxB
				}
			}
			if acked {
				if err := s.Ack(upTo); err != nil {
					rt.Fatal(err)
				}
			}
			return len(windows)
		}
		next := 0
		for range rapid.IntRange(1, 6).Draw(rt, "months") {
			for range rapid.IntRange(1, 150).Draw(rt, "windows") {
				appendAll(rt, s, numbered(next))
				measured += int64(next)
				next++
			}
			for range rapid.IntRange(0, 3).Draw(rt, "reports") {
				send(rapid.Bool().Draw(rt, "answered"))
			}
			if rapid.Bool().Draw(rt, "restart") {
				s.Close()
				s = open(rt, dir, limitB)
			}
		}
		for send(true) > 0 {
		}
		if s.Dropped() == 0 && counted != measured {
			rt.Fatalf("counted %d; measured %d", counted, measured)
		}
	})
}
