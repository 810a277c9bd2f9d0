package pack_test

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/collector/ledger/pack"
	"github.com/ecoparc/ecoparc/models/report"
)

// drawWindow is any window at all, of numbers that make sense or not.
func drawWindow(t *rapid.T) report.Window {
	number := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 2_000_000), rapid.Int64())
	w := report.Window{
		Start: time.Unix(rapid.Int64Range(-1<<40, 1<<40).Draw(t, "start"), 0).UTC(), SpanS: number.Draw(t, "span"),
		OffMs: number.Draw(t, "off"), SuspendedMs: number.Draw(t, "suspended"), CPUBusyMs: number.Draw(t, "busy"), CPUCapacityMs: number.Draw(t, "capacity"),
		MemUsedMiB: number.Draw(t, "memory"), NetRxB: number.Draw(t, "rx"), NetTxB: number.Draw(t, "tx"), DiskReadB: number.Draw(t, "read"),
		DiskWriteB: number.Draw(t, "write"), AgentCPUMs: number.Draw(t, "agent cpu"), AgentTxB: number.Draw(t, "agent tx"),
		ScreenOnMs: number.Draw(t, "screen on"), ScreenOffMs: number.Draw(t, "screen off"),
	}
	for i := range w.LoadMs {
		w.LoadMs[i] = number.Draw(t, "load")
	}
	for range rapid.IntRange(0, 3).Draw(t, "readings") {
		w.Energy = append(w.Energy, report.Reading{
			Source: rapid.SampledFrom([]string{"", "battery:BAT0", "rapl:package-0", "prise"}).Draw(t, "source"), Boundary: rapid.SampledFrom([]report.Boundary{"", report.Wall, report.Battery, report.Component, "elsewhere"}).Draw(t, "boundary"),
			EnergyUJ: number.Draw(t, "energy"), CoveredMs: number.Draw(t, "covered"),
		})
	}
	return w
}

func TestWindowsComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		windows := rapid.SliceOfN(rapid.Custom(drawWindow), 0, 12).Draw(t, "windows")
		blob := pack.Append([]byte("before"), windows)
		blob = bytes.TrimPrefix(blob, []byte("before"))
		if n, err := pack.Count(blob); err != nil || n != len(windows) {
			t.Fatalf("it says to hold %d windows, %v; want %d", n, err, len(windows))
		}
		first := []report.Window{{SpanS: 7}}
		got, err := pack.Decode(first, blob)
		if err != nil || !reflect.DeepEqual(got, append(first, windows...)) {
			t.Fatalf("back came %+v, %v; want %+v", got, err, windows)
		}
		cut := rapid.IntRange(0, len(blob)-1).Draw(t, "cut")
		if _, err := pack.Decode(nil, blob[:cut]); !errors.Is(err, pack.ErrFormat) {
			t.Fatalf("cut to %d of %d bytes it is read: %v", cut, len(blob), err)
		}
		if _, err := pack.Decode(nil, append(blob, 0)); !errors.Is(err, pack.ErrFormat) {
			t.Fatalf("with a byte too many it is read: %v", err)
		}
	})
}

// A day of a laptop in use takes less than 30 bytes a window, an hour of it in the
// journal little more.
func TestUsualWindowsTakeFewBytes(t *testing.T) {
	start := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	var windows []report.Window
	for i := range int64(32) {
		v := i * 7919 % 1000
		w := report.Window{
			Start: start.Add(time.Duration(i) * report.WindowLength), SpanS: 900, LoadMs: report.Loads{700_000 + 31*v, 200_000 - 31*v},
			CPUBusyMs: 60_000 + 40*v, CPUCapacityMs: 7_200_000, MemUsedMiB: 3000 + v, NetRxB: 27_000 * v, NetTxB: 3600 * v, DiskReadB: 54_000 * v, DiskWriteB: 36_000 * v,
			AgentCPUMs: 90, AgentTxB: 112, ScreenOnMs: 700_000 - 200*v, ScreenOffMs: 200_000 + 200*v, Energy: []report.Reading{{Source: "battery", Boundary: report.Battery, EnergyUJ: 9_000_000_000 + 1000*v, CoveredMs: 600_000 + 100*v}},
		}
		windows = append(windows, w)
	}
	const dayB, hourB = 30 * 32, 150
	if n := len(pack.Append(nil, windows)); n > dayB {
		t.Errorf("a day takes %d bytes, want at most %d", n, dayB)
	}
	if n := len(pack.Append(nil, windows[:4])); n > hourB {
		t.Errorf("an hour takes %d bytes, want at most %d", n, hourB)
	}
}

func TestStartsAreRememberedInFewBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		begin := rapid.Int64Range(0, 1<<33).Draw(t, "begin")
		s, known := pack.Starts{}, map[int64]bool{}
		if rapid.Bool().Draw(t, "before") {
			s.Before = begin + 1000
		}
		for _, at := range rapid.SliceOfN(rapid.Int64Range(0, 3000), 0, 40).Draw(t, "starts") {
			start := begin + at*900
			if isNew := s.Add(start, start+900); isNew != (!known[start] && start >= s.Before) {
				t.Fatalf("%d is new: %t", start, isNew)
			}
			known[start] = true
		}
		got, err := pack.DecodeStarts(s.Append(nil))
		if err != nil || got.Before != s.Before || got.End != s.End || !slices.Equal(got.At, s.At) {
			t.Fatalf("back came %+v, %v; want %+v", got, err, s)
		}
		for start := range known {
			if !got.Has(start) || got.Has(start+450) != (start+450 < s.Before) {
				t.Fatalf("what it knows of %d is wrong", start)
			}
		}
		other := pack.Starts{Before: s.Before, At: []int64{s.Before + 1}}
		other.Join(got)
		if !other.Has(s.Before+1) || slices.ContainsFunc(got.At, func(at int64) bool { return !other.Has(at) }) {
			t.Fatalf("joined they are %+v", other)
		}
	})
	var day pack.Starts
	for i := range int64(32) {
		day.Add(1_800_000_000+i*900, 0)
	}
	if n := len(day.Append(nil)); n > 20 {
		t.Errorf("a day of starts takes %d bytes", n)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(pack.Append(nil, nil))
	f.Add(pack.Append(nil, []report.Window{{Start: time.Unix(1_800_000_000, 0), SpanS: 900, OffMs: 5}}))
	f.Add(pack.Append(nil, []report.Window{
		{Start: time.Unix(1_800_000_000, 0), SpanS: 900, LoadMs: report.Loads{1, 2, 3, 4, 5}, Energy: []report.Reading{{Source: "battery", Boundary: report.Battery, EnergyUJ: math.MaxInt64}, {Source: "x", Boundary: "y"}}},
		{Start: time.Unix(1_800_000_900, 0), SpanS: 900, NetRxB: math.MinInt64, Energy: []report.Reading{{Source: "battery", Boundary: report.Battery}}},
	}))
	f.Fuzz(func(t *testing.T, blob []byte) {
		windows, err := pack.Decode(nil, blob)
		if err != nil {
			if !errors.Is(err, pack.ErrFormat) {
				t.Errorf("the error is %v", err)
			}
			return
		}
		again, err := pack.Decode(nil, pack.Append(nil, windows))
		if err != nil || !reflect.DeepEqual(again, windows) {
			t.Errorf("written again it is %+v, %v; was %+v", again, err, windows)
		}
	})
}

func FuzzDecodeStarts(f *testing.F) {
	for _, s := range []pack.Starts{{}, {Before: 5, End: 9}, {End: 1_800_002_700, At: []int64{1_800_000_000, 1_800_000_900, 1_800_001_800}}} {
		f.Add(s.Append(nil))
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		s, err := pack.DecodeStarts(blob)
		if err != nil && !errors.Is(err, pack.ErrFormat) {
			t.Errorf("the error is %v", err)
		}
		if err != nil {
			return
		}
		if again, err := pack.DecodeStarts(s.Append(nil)); err != nil || !reflect.DeepEqual(again, s) {
			t.Errorf("written again it is %+v, %v; was %+v", again, err, s)
		}
	})
}

func BenchmarkAppendAndDecodeDay(b *testing.B) {
	var windows []report.Window
	for i := range int64(32) {
		windows = append(windows, report.Window{
			Start: time.Unix(1_800_000_000+i*900, 0), SpanS: 900, LoadMs: report.Loads{700_000 + 31*i, 200_000 - 31*i}, CPUBusyMs: 60_000 + 40*i, CPUCapacityMs: 7_200_000,
			MemUsedMiB: 3000 + i, NetRxB: 27_000 * i, NetTxB: 3600 * i, DiskReadB: 54_000 * i, DiskWriteB: 36_000 * i, AgentCPUMs: 90, AgentTxB: 112,
			Energy: []report.Reading{{Source: "battery", Boundary: report.Battery, EnergyUJ: 9_000_000_000 + 1000*i, CoveredMs: 600_000}},
		})
	}
	var blob []byte
	var back []report.Window
	for b.Loop() {
		blob = pack.Append(blob[:0], windows)
		var err error
		if back, err = pack.Decode(back[:0], blob); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(blob)), "B")
}
