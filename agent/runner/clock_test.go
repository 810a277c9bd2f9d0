package runner_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/meter"
	"github.com/ecoparc/ecoparc/agent/runner"
	"github.com/ecoparc/ecoparc/agent/spool"
	"github.com/ecoparc/ecoparc/agent/uplink"
	"github.com/ecoparc/ecoparc/agent/usage"
	"github.com/ecoparc/ecoparc/models/report"
)

// step is how much later each sample of a wound machine is than the one before.
const step = 15 * time.Second

// wound is a machine that lives as fast as it is sampled, and whose clock may be wrong.
// It takes ten watts.
type wound struct {
	mu       sync.Mutex
	truth    time.Time
	wrong    time.Duration // its clock less the truth
	awake    time.Duration // since it was started
	measured time.Duration // when its meter was read last
	samples  int
}

func (m *wound) now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.truth.Add(m.wrong)
}

func (m *wound) true() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.truth
}

func (m *wound) sampled() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.samples
}

// set sets the clock, as NTP does.
func (m *wound) set() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wrong = 0
	return m.truth
}

// startAnew is after it was off for so long.
func (m *wound) startAnew(off time.Duration) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.truth, m.awake, m.measured = m.truth.Add(off), 0, 0
	return m.truth
}

// Sampler is itself.
func (m *wound) Sampler() runner.Sampler { return counters{m} }

type counters struct{ *wound }

func (m counters) Read(context.Context) (usage.Counters, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.truth, m.awake, m.samples = m.truth.Add(step), m.awake+step, m.samples+1
	return usage.Counters{
		At: m.truth.Add(m.wrong), Awake: m.awake, SinceBoot: m.awake, CPUBusy: m.awake, CPUTotal: 4 * m.awake, MemUsedB: 1 << 30,
	}, nil
}

type tenWatts struct{ *wound }

func (m tenWatts) Read(now time.Duration) (meter.Increment, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	elapsed := now - m.measured
	m.measured = now
	return meter.Increment{Source: "rapl-package-0", Boundary: report.Package, EnergyUJ: 10 * elapsed.Microseconds(), Covered: elapsed}, nil
}

// agent is an agent of such a machine.
func (m *wound) agent(stateDir, ca string) runner.Config {
	return runner.Config{
		StateDir: stateDir, CAFile: ca, SampleInterval: 4 * time.Millisecond, Window: report.WindowLength, UploadInterval: time.Hour, SpoolMiB: 1,
		Machine: &runner.Machine{Clock: m.now, Sampler: m.Sampler, Meters: func() *meter.Found { return &meter.Found{Meters: []meter.Meter{tenWatts{m}}} }},
	}
}

// TestClockThatIsWrongAtTheStart follows a laptop that was off over a week-end and
// whose clock lost its battery: what it measured on Friday waits, its clock is wrong for
// a while, and then it is set.
func TestClockThatIsWrongAtTheStart(t *testing.T) {
	friday, monday := time.Date(2026, 11, 20, 17, 15, 0, 0, time.UTC), time.Date(2026, 11, 23, 7, 58, 3, 0, time.UTC)
	for _, c := range []struct {
		what     string
		starts   time.Time // by its clock
		enrolled time.Time
		trusted  bool // the collector's certificate is valid by that clock
	}{
		{"as without a battery", time.Unix(0, 0), friday.AddDate(0, -1, 0), false},
		{"as its firmware was made", time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{}, false},
		{"as newer firmware was made", time.Date(2022, 3, 1, 0, 0, 0, 0, time.UTC), friday.AddDate(0, -1, 0), false},
		{"ahead by years", time.Date(2040, 1, 1, 0, 7, 0, 0, time.UTC), friday.AddDate(0, -1, 0), false},
		{"ahead by two weeks", monday.AddDate(0, 0, 14), friday.AddDate(0, -1, 0), true},
		{"ahead by a night", monday.Add(10 * time.Hour), friday.AddDate(0, -1, 0), true},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			m := &wound{truth: monday, wrong: c.starts.Sub(monday)}
			collector, ca := agenttest.NewSecureCollector(t, m.true)
			config := m.agent(filepath.Join(t.TempDir(), "state"), ca)
			id := uplink.Identity{Collector: collector.URL, Device: agenttest.Device, Secret: agenttest.Secret, Since: c.enrolled}
			if err := id.Save(config.StateDir); err != nil {
				t.Fatal(err)
			}
			measuredOnFriday(t, config, friday)

			stop := start(t, config)
			eventually(t, "half an hour passes", func() bool { return m.sampled() > 120 })
			if !c.trusted {
				eventually(t, "it tries to upload", func() bool { return strings.Contains(uplink.LoadStatus(config.StateDir).LastError, "certificate") })
				if n := len(collector.Requests()); n > 0 {
					t.Errorf("%d requests although the certificate is not valid", n)
				}
			}
			if status, err := runner.ReadStatus(config); err != nil || status.ClockWrong != c.starts.Before(monday) {
				t.Errorf("status says that the clock is wrong by years: %t, %v", status.ClockWrong, err)
			}
			if c.trusted {
				eventually(t, "the status says how far it is ahead", func() bool {
					status, err := runner.ReadStatus(config)
					return err == nil && (status.ClockAhead-c.starts.Sub(monday)).Abs() < time.Minute
				})
			}
			set, before := m.set(), m.sampled()
			eventually(t, "it uploads what it measured since", func() bool {
				return slices.ContainsFunc(collector.Windows(), func(w report.Window) bool { return w.RunningMs() > 0 && w.Start.After(set) })
			})
			if waited := time.Duration(m.sampled()-before) * step; waited > 2*time.Hour {
				t.Errorf("that took %s", waited)
			}
			stop()
			if status, err := runner.ReadStatus(config); err != nil || status.ClockWrong || status.ClockAhead != 0 {
				t.Errorf("after the clock was set the status is %+v, %v", status, err)
			}
			ahead := c.starts.After(monday)
			mustBeRight(t, known(t, config, collector, m.true()), friday, monday, set, m.true())
			if _, err := os.Stat(filepath.Join(config.StateDir, "rejected.jsonl")); (err == nil) != ahead {
				t.Errorf("windows that are put aside: %v; want some: %t", err, ahead)
			}

			// What follows is as if nothing had been.
			off := m.true()
			on := m.startAnew(2 * time.Hour)
			stop = start(t, config)
			eventually(t, "it tells that it was off", func() bool {
				return slices.ContainsFunc(known(t, config, collector, m.true()), func(w report.Window) bool {
					return w.OffMs > 0 && w.Start.After(off.Add(-2*step)) && w.End().Sub(on).Abs() <= time.Second
				})
			})
			stop()
		})
	}
}

// measuredOnFriday puts an hour of windows into the spool, up to then.
func measuredOnFriday(t *testing.T, config runner.Config, until time.Time) {
	t.Helper()
	s, err := spool.Open(filepath.Join(config.StateDir, "spool"), spool.DefaultLimitB)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for n := range 4 {
		w := report.Window{Start: until.Add(time.Duration(n-4) * report.WindowLength), SpanS: 900, LoadMs: report.Loads{900_000}}
		if err := s.Append(w); err != nil {
			t.Fatal(err)
		}
	}
}

// known are the windows that a collector has, and those that wait for it, but for what it
// has already, and what it will refuse because it lies ahead.
func known(t *testing.T, config runner.Config, c *agenttest.Collector, now time.Time) []report.Window {
	t.Helper()
	rest := waiting(t, config) // before what it has: what moves in between is in both
	has := c.Windows()
	for _, w := range rest {
		if !w.End().After(now) && !slices.ContainsFunc(has, func(h report.Window) bool { return h.Start.Equal(w.Start) }) {
			has = append(has, w)
		}
	}
	return has
}

// mustBeRight looks at all windows of a machine that was off from Friday to its start on
// Monday, and whose clock was set some time later.
func mustBeRight(t *testing.T, windows []report.Window, friday, started, set, now time.Time) {
	t.Helper()
	slices.SortFunc(windows, func(a, b report.Window) int { return a.Start.Compare(b.Start) })
	var offMs, ranMs, coveredMs, uj int64
	var last time.Time
	for _, w := range windows {
		if w.Start.Before(friday.Add(-time.Hour)) || w.End().After(now) {
			t.Errorf("a window of %s to %s: %+v", w.Start, w.End(), w)
		}
		if offMs += w.OffMs; w.OffMs > 0 && (!w.Start.Equal(friday) || w.End().Sub(started).Abs() > time.Second) {
			t.Errorf("off from %s to %s; want from %s to %s", w.Start, w.End(), friday, started)
		}
		if w.Start.Before(started) || w.OffMs > 0 {
			continue
		}
		if w.Start.Before(set.Add(-time.Second)) || !last.IsZero() && !w.Start.Equal(last) {
			t.Errorf("a window begins at %s; the clock was set at %s, the window before ended at %s", w.Start, set, last)
		}
		last, ranMs = w.End(), ranMs+w.RunningMs()
		for _, e := range w.Energy {
			coveredMs, uj = coveredMs+e.CoveredMs, uj+e.EnergyUJ
		}
	}
	if weekend := started.Sub(friday).Milliseconds(); offMs != weekend {
		t.Errorf("off for %d ms; want %d", offMs, weekend)
	}
	if since := now.Sub(set).Milliseconds(); ranMs > since || ranMs < since-2*step.Milliseconds() || coveredMs != ranMs || uj != 10_000*ranMs {
		t.Errorf("%d ms ran, %d of them metered with %d µJ; %d ms have passed, at ten watts", ranMs, coveredMs, uj, since)
	}
}

// TestEnrolmentIsWhenTheCollectorSaysItIs, and not years later by a clock that is ahead:
// until then nothing would be measured once it is set.
func TestEnrolmentIsWhenTheCollectorSaysItIs(t *testing.T) {
	truth := time.Date(2026, 11, 23, 7, 58, 3, 0, time.UTC)
	for _, c := range []struct{ wrong, want time.Duration }{
		{0, 0}, {10 * 24 * time.Hour, 0}, {-time.Hour, -time.Hour},
	} {
		m := &wound{truth: truth, wrong: c.wrong}
		collector, ca := agenttest.NewSecureCollector(t, m.true)
		config := m.agent(filepath.Join(t.TempDir(), "state"), ca)
		if _, err := runner.Enrol(t.Context(), config, collector.URL, agenttest.Token, ""); err != nil {
			t.Fatal(err)
		}
		if id, err := uplink.LoadIdentity(config.StateDir); err != nil || !id.Since.Equal(truth.Add(c.want)) {
			t.Errorf("a clock that is wrong by %s: enrolled %s, %v; want %s", c.wrong, id.Since, err, truth.Add(c.want))
		}
		if text, err := os.ReadFile(filepath.Join(config.StateDir, "identity.json")); err != nil || !bytes.Contains(text, []byte(`"since"`)) {
			t.Errorf("%s, %v", text, err)
		}
	}
}
