package window_test

import (
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // for machines without

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/agent/meter"
	"github.com/ecoparc/ecoparc/agent/usage"
	"github.com/ecoparc/ecoparc/agent/window"
	"github.com/ecoparc/ecoparc/models/report"
)

var monday = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// machine is a device of four processors that lives through a test's story.
type machine struct {
	usage.Counters
	hasBootClock bool
}

func newMachine(at time.Time, hasBootClock bool) *machine {
	m := &machine{usage.Counters{At: at, MemUsedB: 3 << 30}, hasBootClock}
	m.pass(time.Hour, 0, -time.Hour) // up since an hour
	return m
}

func (m *machine) pass(awake, suspended, step time.Duration) {
	m.At = m.At.Add(awake + suspended + step)
	m.Awake += awake
	m.CPUTotal += 4 * awake
	if m.SinceBoot += awake + suspended; !m.hasBootClock {
		m.SinceBoot = 0
	}
}

// work is pass with every counter growing.
func (m *machine) work(awake time.Duration, busy float64) {
	m.pass(awake, 0, 0)
	m.CPUBusy += time.Duration(busy * float64(4*awake))
	seconds := uint64(awake / time.Second)
	m.NetRxB, m.NetTxB = m.NetRxB+1000*seconds, m.NetTxB+100*seconds
	m.DiskReadB, m.DiskWriteB = m.DiskReadB+500*seconds, m.DiskWriteB+50*seconds
	m.AgentCPU += awake / 1000
}

func TestWorkingHourIsCutAtQuarterHours(t *testing.T) {
	m, b := newMachine(monday.Add(5*time.Minute), true), window.New(report.WindowLength)
	b.Add(m.Counters, nil)
	b.AgentSent(700)
	for range 3600 / 15 {
		m.work(15*time.Second, 0.5)
		b.Add(m.Counters, []meter.Increment{{Source: "rapl-package-0", Boundary: report.Package, EnergyUJ: 15e6, Covered: 15 * time.Second}})
	}
	b.Flush()
	got := b.Take()
	mustBeTaken(t, got)
	if len(got) != 5 {
		t.Fatalf("%d windows; want 5: 10 minutes, three quarters, 5 minutes", len(got))
	}
	want := report.Window{
		Start: monday.Add(15 * time.Minute), SpanS: 900, LoadMs: [report.LoadBins]int64{3: 900_000},
		CPUBusyMs: 1_800_000, CPUCapacityMs: 3_600_000, MemUsedMiB: 3072, NetRxB: 900_000, NetTxB: 90_000,
		DiskReadB: 450_000, DiskWriteB: 45_000, AgentCPUMs: 900,
		Energy: []report.Reading{{Source: "rapl-package-0", Boundary: report.Package, EnergyUJ: 900e6, CoveredMs: 900_000}},
	}
	if !equal(got[1], want) {
		t.Errorf("second window:\n%+v\nwant\n%+v", got[1], want)
	}
	if got[0].AgentTxB != 700 {
		t.Errorf("the first window has %d bytes of the agent; want the 700 sent before it began", got[0].AgentTxB)
	}
	if got[0].SpanS != 600 || got[4].SpanS != 300 || !got[4].End().Equal(m.At) {
		t.Errorf("first and last window are %d and %d s long, to %s; want 600 and 300, to %s", got[0].SpanS, got[4].SpanS, got[4].End(), m.At)
	}
}

func equal(a, b report.Window) bool {
	energy := slices.Equal(a.Energy, b.Energy)
	a.Energy, b.Energy = nil, nil
	return energy && a.Start.Equal(b.Start) && a.End().Equal(b.End()) && a.LoadMs == b.LoadMs &&
		[10]int64{a.OffMs, a.SuspendedMs, a.CPUBusyMs, a.CPUCapacityMs, a.MemUsedMiB, a.NetRxB, a.NetTxB, a.DiskReadB, a.DiskWriteB, a.AgentCPUMs} ==
			[10]int64{b.OffMs, b.SuspendedMs, b.CPUBusyMs, b.CPUCapacityMs, b.MemUsedMiB, b.NetRxB, b.NetTxB, b.DiskReadB, b.DiskWriteB, b.AgentCPUMs}
}

func TestClocksTellSuspendFromStep(t *testing.T) {
	const second, hour = time.Second, time.Hour
	for _, c := range []struct {
		what                           string
		bootClock                      bool
		awake, suspended, step         time.Duration
		wantRunningMs, wantSuspendedMs int64
	}{
		{"suspend with a clock that tells it", true, 15 * second, 8 * hour, 0, 15_000, 8 * 3600_000},
		{"suspend without one", false, 15 * second, 8 * hour, 0, 15_000, 8 * 3600_000},
		{"clock set forth is no suspend", true, 15 * second, 0, hour, 15_000, 0},
		{"clock set back", true, 15 * second, 0, -hour, 15_000, 0},
		{"clock set back without the other one", false, 15 * second, 0, -hour, 15_000, 0},
		{"suspend while the clock is set back", true, 15 * second, hour, -2 * hour, 15_000, 3600_000},
		{"a nap too short to tell", true, 15 * second, 4 * second, 0, 19_000, 0},
		{"clock slewed by a second", true, 15 * second, 0, second, 16_000, 0},
		{"clock slewed back over a short sample", true, second, 0, -2 * second, 1_000, 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			m, b := newMachine(monday.Add(890*second), c.bootClock), window.New(report.WindowLength)
			b.Add(m.Counters, nil)
			m.work(5*second, 0) // so that a window is open, and about to end
			b.Add(m.Counters, nil)
			m.pass(c.awake, c.suspended, c.step)
			b.Add(m.Counters, nil)
			for range 200 { // over the next quarter hour
				m.work(6*second, 0)
				b.Add(m.Counters, nil)
			}
			b.Flush()
			got := b.Take()
			mustBeTaken(t, got)
			var running, suspended int64
			for _, w := range got {
				running, suspended = running+w.RunningMs(), suspended+w.SuspendedMs
			}
			if running -= 5_000 + 20*60_000; running != c.wantRunningMs || suspended != c.wantSuspendedMs {
				t.Errorf("%d ms running, %d ms suspended; want %d, %d", running, suspended, c.wantRunningMs, c.wantSuspendedMs)
			}
		})
	}
}

// TestSampleTooShortToCountIsCountedLater: where all clocks together leave no whole
// second of running, nothing may be lost.
func TestSampleTooShortToCountIsCountedLater(t *testing.T) {
	m, b := newMachine(monday, true), window.New(report.WindowLength)
	b.Add(m.Counters, nil)
	for range 30 {
		m.work(time.Second, 1)
		m.At = m.At.Add(-time.Second)       // the wall clock slews behind...
		m.pass(0, 9800*time.Millisecond, 0) // ...and a suspend rounds up
		b.Add(m.Counters, []meter.Increment{{Source: "s", Boundary: report.Package, EnergyUJ: 1000, Covered: time.Second}})
	}
	m.work(time.Minute, 1)
	b.Add(m.Counters, nil)
	b.Flush()
	got := b.Take()
	mustBeTaken(t, got)
	if _, uj, busy := sums(got); uj["s"] != 30_000 || busy != 4*90_000 {
		t.Errorf("%d µJ and %d ms busy came out; 30000 and %d went in", uj["s"], busy, 4*90_000)
	}
}

// TestNoZoneAndNoSeasonReachesAWindow: hours that a school's clocks show twice or never
// are hours like any other, and a leap second is a second at most.
func TestNoZoneAndNoSeasonReachesAWindow(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	reunion := time.FixedZone("+04", 4*3600)
	for _, c := range []struct {
		what string
		from time.Time
		at   func(time.Time) time.Time // how the clock shows it
		leap time.Duration
	}{
		{"summer time begins", time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC), func(t time.Time) time.Time { return t.In(paris) }, 0},
		{"summer time ends", time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC), func(t time.Time) time.Time { return t.In(paris) }, 0},
		{"the zone is changed", monday, func(at time.Time) time.Time {
			if at.Before(monday.Add(time.Hour)) {
				return at.In(paris)
			}
			return at.In(reunion)
		}, 0},
		{"a second comes twice", monday, func(t time.Time) time.Time { return t }, -time.Second},
		{"a second is left out", monday, func(t time.Time) time.Time { return t }, time.Second},
	} {
		m, b := newMachine(c.from, true), window.New(report.WindowLength)
		sample := func() {
			shown := m.Counters
			shown.At = c.at(m.At)
			b.Add(shown, []meter.Increment{{Source: "s", Boundary: report.Package, EnergyUJ: 15, Covered: 15 * time.Second}})
		}
		sample()
		for i := range 3 * 240 {
			m.work(15*time.Second, 0.5)
			if i == 300 {
				m.pass(0, 0, c.leap)
			}
			sample()
		}
		b.Flush()
		got := b.Take()
		mustBeTaken(t, got)
		if knownMs, uj, _ := sums(got); knownMs != (3*time.Hour+c.leap).Milliseconds() || uj["s"] != 3*240*15 || len(got) > 13 {
			t.Errorf("%s: %d windows of %d ms with %d µJ", c.what, len(got), knownMs, uj["s"])
		}
		for i, w := range got {
			if w.Start.Location() != time.UTC || i > 0 && !w.Start.Equal(got[i-1].End()) {
				t.Errorf("%s: window %d begins at %s; the one before ends at %s", c.what, i, w.Start, got[max(i-1, 0)].End())
			}
		}
	}
}

func sums(windows []report.Window) (knownMs int64, uj map[string]int64, busyMs int64) {
	uj = map[string]int64{}
	for _, w := range windows {
		knownMs += w.RunningMs() + w.SuspendedMs + w.OffMs
		busyMs += w.CPUBusyMs
		for _, e := range w.Energy {
			uj[e.Source] += e.EnergyUJ
		}
	}
	return knownMs, uj, busyMs
}

// mustBeTaken makes sure that the collector takes the windows, each where it
// belongs.
func mustBeTaken(t rapid.TB, windows []report.Window) {
	t.Helper()
	for i, w := range windows {
		r := report.Report{Schema: report.Schema, Device: "d", Agent: "test", Windows: []report.Window{w}}
		if err := r.Validate(w.End()); err != nil {
			t.Errorf("the collector refuses window %d: %v\n%+v", i, err, w)
		}
		if known := w.RunningMs() + w.SuspendedMs + w.OffMs; known != w.SpanS*1000 {
			t.Errorf("window %d spans %d s and knows of %d ms", i, w.SpanS, known)
		}
		if first, last := w.Start.Truncate(report.WindowLength), w.End().Add(-1).Truncate(report.WindowLength); w.RunningMs() > 0 && !first.Equal(last) {
			t.Errorf("window %d crosses a quarter hour: %s to %s", i, w.Start, w.End())
		}
	}
}

// TestWhatGoesInComesOut tells any story of a machine - work, idleness, suspend,
// clocks set forth and back, the agent started anew, the machine off - and adds up
// time, energy, processor time and bytes.
func TestWhatGoesInComesOut(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := newMachine(monday.Add(seconds(rt, "start", 0, 1800)), rapid.Bool().Draw(rt, "boot clock"))
		length := rapid.SampledFrom([]time.Duration{time.Minute, 5 * time.Minute, report.WindowLength}).Draw(rt, "length")
		b := window.New(length)
		b.Add(m.Counters, nil)
		sampled, stepped := m.Awake, false
		began, uj := m.At, map[string]int64{}
		var offMs int64
		var got []report.Window
		rt.Repeat(map[string]func(*rapid.T){
			"work": func(rt *rapid.T) {
				m.work(200*time.Millisecond+milliseconds(rt, "ms", 200_000), rapid.Float64Range(0, 1).Draw(rt, "busy"))
			},
			"suspend": func(rt *rapid.T) {
				m.pass(0, milliseconds(rt, "ms", 90_000_000), 0)
			},
			"step": func(rt *rapid.T) {
				stepped = true
				m.pass(0, 0, seconds(rt, "step", -100_000, 100_000))
			},
			"send": func(rt *rapid.T) { b.AgentSent(10) },
			"sample": func(rt *rapid.T) {
				var energy []meter.Increment
				for _, source := range []string{"battery", "rapl-package-0"} {
					if awake := m.Awake - sampled; awake > 0 && rapid.Bool().Draw(rt, source) {
						e := meter.Increment{Source: source, Boundary: report.Component, Covered: awake}
						e.EnergyUJ = rapid.Int64Range(0, 20_000*awake.Milliseconds()).Draw(rt, "µJ")
						energy, uj[source] = append(energy, e), uj[source]+e.EnergyUJ
					}
				}
				sampled = m.Awake
				b.Add(m.Counters, energy)
			},
			"off": func(rt *rapid.T) {
				settle(m, b)
				b.Flush()
				got = append(got, b.Take()...)
				m.pass(0, 0, seconds(rt, "off", 60, 1_000_000)) // no clock of the machine runs
				m.Awake, m.SinceBoot, m.CPUBusy, m.CPUTotal, m.NetRxB, m.NetTxB = 0, 0, 0, 0, 0, 0
				m.DiskReadB, m.DiskWriteB, m.AgentCPU = 0, 0, 0
				if len(got) == 0 {
					began = m.At
				} else if w, ok := window.Off(got[len(got)-1].End(), m.At); ok {
					got, offMs = append(got, w), offMs+w.OffMs
				}
				b = window.New(length)
				b.Add(m.Counters, nil)
				sampled = m.Awake
			},
		})
		settle(m, b)
		b.Flush()
		got = append(got, b.Take()...)
		mustBeTaken(rt, got)
		knownMs, outUJ, _ := sums(got)
		for source, want := range uj {
			if outUJ[source] != want {
				rt.Errorf("%s: %d µJ in, %d out", source, want, outUJ[source])
			}
		}
		passed := m.At.Truncate(time.Second).Sub(began.Truncate(time.Second)).Milliseconds()
		if !stepped && knownMs != passed {
			rt.Errorf("%d ms passed, %d are in the windows (%d of them off)", passed, knownMs, offMs)
		}
		for i := 1; i < len(got) && !stepped; i++ {
			if !got[i].Start.Equal(got[i-1].End()) {
				rt.Errorf("window %d starts at %s; the one before ends at %s", i, got[i].Start, got[i-1].End())
			}
		}
	})
}

// settle ends a story with samples long enough to hold what earlier ones, too
// short to count, have left.
func settle(m *machine, b *window.Builder) {
	for range 2 { // the first may be at the very second of the last, on a clock that was set back
		m.work(10*time.Second, 0.3)
		b.Add(m.Counters, nil)
	}
}

func milliseconds(t *rapid.T, label string, most int64) time.Duration {
	return time.Duration(rapid.Int64Range(0, most).Draw(t, label)) * time.Millisecond
}

func seconds(t *rapid.T, label string, from, to int64) time.Duration {
	return time.Duration(rapid.Int64Range(from, to).Draw(t, label)) * time.Second
}

func TestCountersAddUpAcrossCuts(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m, b := newMachine(monday.Add(seconds(rt, "start", 0, 60)), true), window.New(time.Minute)
		first := m.Counters
		b.Add(m.Counters, nil)
		for _, s := range rapid.SliceOfN(rapid.Int64Range(1, 1000), 1, 10).Draw(rt, "seconds") {
			m.work(time.Duration(s)*time.Second, 0)
			busy := time.Duration(4*s)*time.Second - milliseconds(rt, "less capacity", 9)
			m.CPUTotal = m.CPUTotal - time.Duration(4*s)*time.Second + busy
			// Rounding must not make a full machine fuller than full.
			m.CPUBusy += busy - rapid.SampledFrom([]time.Duration{milliseconds(rt, "idle", 3), busy / 2, busy}).Draw(rt, "idle")
			m.NetRxB += rapid.Uint64Range(0, 1<<30).Draw(rt, "bytes")
			b.Add(m.Counters, nil)
		}
		b.Flush()
		got := b.Take()
		mustBeTaken(rt, got)
		var sum report.Window
		for _, w := range got {
			sum.CPUBusyMs, sum.CPUCapacityMs, sum.NetRxB = sum.CPUBusyMs+w.CPUBusyMs, sum.CPUCapacityMs+w.CPUCapacityMs, sum.NetRxB+w.NetRxB
			sum.NetTxB, sum.DiskReadB, sum.DiskWriteB = sum.NetTxB+w.NetTxB, sum.DiskReadB+w.DiskReadB, sum.DiskWriteB+w.DiskWriteB
			sum.AgentCPUMs += w.AgentCPUMs
		}
		want := report.Window{
			CPUBusyMs: (m.CPUBusy - first.CPUBusy).Milliseconds(), CPUCapacityMs: (m.CPUTotal - first.CPUTotal).Milliseconds(),
			NetRxB: int64(m.NetRxB), NetTxB: int64(m.NetTxB), DiskReadB: int64(m.DiskReadB), DiskWriteB: int64(m.DiskWriteB), AgentCPUMs: m.AgentCPU.Milliseconds(),
		}
		if !equal(sum, want) {
			rt.Errorf("%+v came out, %+v went in", sum, want)
		}
	})
}

func TestMachineThatWasOff(t *testing.T) {
	for _, c := range []struct {
		what    string
		lastEnd time.Time
		boot    time.Time
		wantS   int64 // 0: no window
	}{
		{"over a night", monday, monday.Add(14 * time.Hour), 14 * 3600},
		{"over a summer", monday, monday.AddDate(0, 2, 0), 61 * 86400},
		{"only the agent was stopped", monday, monday.Add(-time.Hour), 0},
		{"for a moment", monday, monday.Add(59 * time.Second), 0},
		{"before the first window", time.Time{}, monday, 0},
		{"longer than any window tells", monday, monday.AddDate(2, 0, 0), 0},
	} {
		w, ok := window.Off(c.lastEnd.In(time.FixedZone("", 3600)), c.boot.Add(300*time.Millisecond))
		if ok != (c.wantS > 0) || w.SpanS != c.wantS || w.OffMs != c.wantS*1000 {
			t.Errorf("%s: %+v, %t; want %d s", c.what, w, ok, c.wantS)
		}
		if ok {
			mustBeTaken(t, []report.Window{w})
		}
	}
}

// TestWindowSaysWhichSourceFilledItAndForHowLong: each source keeps its own energy and
// time, and one that stops being believed is in no total of the window it falls in.
func TestWindowSaysWhichSourceFilledItAndForHowLong(t *testing.T) {
	m, b := newMachine(monday, true), window.New(report.WindowLength)
	b.Add(m.Counters, nil)
	const step = 15 * time.Second
	for i := range 60 {
		m.Screen = []usage.Screen{usage.ScreenOn, usage.ScreenOff, usage.ScreenUnknown}[i/20]
		m.work(step, 0.5)
		psys := meter.Increment{Source: "rapl-psys", Boundary: report.Platform, EnergyUJ: 2e6, Covered: step}
		if i >= 30 {
			psys.Boundary = report.Component
		}
		energy := []meter.Increment{psys}
		if i < 20 {
			energy = append(energy, meter.Increment{Source: "battery", Boundary: report.Battery, EnergyUJ: 1e6, Covered: step})
		}
		b.Add(m.Counters, energy)
	}
	got := b.Take()
	mustBeTaken(t, got)
	want := []report.Reading{
		{Source: "battery", Boundary: report.Battery, EnergyUJ: 20e6, CoveredMs: 300_000},
		{Source: "rapl-psys", Boundary: report.Component, EnergyUJ: 120e6, CoveredMs: 900_000},
	}
	if len(got) != 1 || !slices.Equal(got[0].Energy, want) || got[0].ScreenOnMs != 300_000 || got[0].ScreenOffMs != 300_000 {
		t.Errorf("got %+v; want %+v", got, want)
	}
}
