package ledger_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/models/report"
)

// machine is an agent at work, as far as the ledger can tell: it cuts windows by its own
// clock, keeps them in the order in which they ended, and sends what waits.
type machine struct {
	at     time.Time     // the true time
	ahead  time.Duration // of its clock
	use    *rand.Rand    // what it counts: no two machines count the same
	open   time.Duration // how long the open window is
	spool  []report.Window
	last   time.Time // when the last window ended that was in the spool
	backup kept
}

// kept is what a backup has of a machine.
type kept struct {
	spool []report.Window
	last  time.Time
}

func newMachine(seed uint64) *machine {
	return &machine{at: now.Add(-20 * 24 * time.Hour).Truncate(time.Hour), use: rand.New(rand.NewPCG(seed, 7))}
}

func (m *machine) clock() time.Time { return m.at.Add(m.ahead) }

// run lets some time pass in which it runs.
func (m *machine) run(d time.Duration) {
	for d > 0 {
		left := m.clock().Truncate(report.WindowLength).Add(report.WindowLength).Sub(m.clock())
		step := min(d, left)
		m.at, m.open, d = m.at.Add(step), m.open+step, d-step
		if step == left {
			m.close()
		}
	}
}

// close ends the open window.
func (m *machine) close() {
	if m.open < time.Second {
		m.open = 0
		return
	}
	m.keep(m.window(m.clock().Add(-m.open), m.open))
	m.open = 0
}

func (m *machine) keep(w report.Window) { m.spool, m.last = append(m.spool, w), w.End() }

func (m *machine) window(start time.Time, span time.Duration) report.Window {
	ms := span.Milliseconds()
	busy := m.use.Int64N(ms)
	return report.Window{
		Start: start, SpanS: ms / 1000, LoadMs: report.Loads{ms}, CPUBusyMs: busy, CPUCapacityMs: 4 * ms, MemUsedMiB: m.use.Int64N(8000), NetRxB: m.use.Int64N(1 << 30),
		Energy: []report.Reading{{Source: "rapl", Boundary: report.Package, EnergyUJ: busy * 9000, CoveredMs: ms}},
	}
}

// off lets time pass in which it is off. What it was off is told from when its last
// window ended, as the spool has it.
func (m *machine) off(d time.Duration, crash bool) {
	if crash {
		m.open = 0
	}
	m.close()
	m.at = m.at.Add(d)
	if off := m.clock().Sub(m.last); !m.last.IsZero() && off >= time.Minute {
		m.keep(report.Window{Start: m.last, SpanS: int64(off / time.Second), OffMs: off.Milliseconds()})
	}
}

// merge puts windows together as a full spool does: not those that may have been sent.
func (m *machine) merge() {
	for i := report.MaxWindows; i+1 < len(m.spool); {
		merged, ok := report.Merge(m.spool[i], m.spool[i+1], time.Hour)
		if !ok {
			i++
			continue
		}
		m.spool = slices.Replace(m.spool, i, i+2, merged)
	}
}

// send uploads what waits. What the collector takes for the future is put aside. When
// the answer is lost, it is sent again with what comes then.
func (m *machine) send(t fatal, l *ledger.Ledger, d ledger.Device, answered bool) {
	t.Helper()
	if m.upload(t, l, d, len(m.spool)); answered {
		m.spool = nil
	}
}

// upload sends so many of the windows that wait.
func (m *machine) upload(t fatal, l *ledger.Ledger, d ledger.Device, most int) {
	t.Helper()
	at := m.at
	m.spool = slices.DeleteFunc(m.spool, func(w report.Window) bool { return w.End().After(at.Add(report.MaxAhead)) })
	for part := range slices.Chunk(m.spool[:min(most, len(m.spool))], report.MaxWindows) {
		if _, err := l.Record(context.Background(), d, of(part...), at); err != nil {
			t.Fatalf("%v", err)
		}
		at = at.Add(2 * time.Second)
	}
}

// twinsOf is what was seen of a device; nil: it is one.
func twinsOf(t fatal, s *store.Store, d ledger.Device) *registry.Twins {
	t.Helper()
	all, err := registry.TwinsOf(context.Background(), s.Read, d.ID)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return all[d.ID]
}

// Whatever a lone device goes through, it is never called two: its clock is set back and
// forth, its spool comes back from a backup or is merged, its answers are lost, it stops
// within a quarter of an hour and loses what it had not kept.
func TestLoneDeviceIsNeverCalledTwo(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	runs := uint64(0)
	rapid.Check(t, func(t *rapid.T) {
		runs++
		_, keys := devices(t, s, fmt.Sprint("Région ", runs), false, 1)
		m := newMachine(runs)
		told := ""
		for range rapid.IntRange(10, 60).Draw(t, "steps") {
			step := rapid.SampledFrom([]string{"run", "run", "run", "send", "send", "send unanswered", "off", "crash", "set the clock", "back up", "restore", "merge"}).Draw(t, "step")
			told += step + "; "
			minutes := time.Duration(rapid.IntRange(1, 200).Draw(t, "minutes")) * time.Minute
			switch step {
			case "run":
				m.run(minutes)
			case "send":
				m.send(t, l, keys[0], true)
			case "send unanswered":
				m.send(t, l, keys[0], false)
			case "off":
				m.off(minutes*10, false)
			case "crash":
				m.off(minutes, true)
			case "set the clock":
				m.close()
				// Most are set right or to some time before; those that are ahead lose windows.
				m.ahead = rapid.SampledFrom([]time.Duration{0, 0, -minutes, -15 * time.Minute, -time.Hour, -2 * time.Hour, -24 * time.Hour, 9 * time.Minute, time.Hour}).Draw(t, "ahead")
			case "back up":
				m.backup = kept{slices.Clone(m.spool), m.last}
			case "restore":
				m.spool, m.last = slices.Clone(m.backup.spool), m.backup.last
				m.off(minutes, true)
			case "merge":
				m.merge()
			}
		}
		if n := suspected(t, s, keys[0]); n > 0 {
			t.Fatalf("%s: taken for two %d times", told, n)
		}
	})
}

// suspected is how often a device was taken for two.
func suspected(t fatal, s *store.Store, d ledger.Device) (times int) {
	t.Helper()
	if err := s.Read.QueryRow("SELECT coalesce(sum(times), 0) FROM twins WHERE device = ?", d.ID).Scan(&times); err != nil {
		t.Fatalf("%v", err)
	}
	return times
}

// A lone device may have a strange past every day, at the same time every day.
func TestLoneDeviceWithAStrangePastIsNotCalledTwo(t *testing.T) {
	const hour, quarter = time.Hour, 15 * time.Minute
	storetest.OnlySQLite(t, "many reports, and the rule is no SQL")
	var ledgers [2]*ledger.Ledger
	var stores [2]*store.Store
	for i, journal := range []ledger.Mode{ledger.JournalNever, ledger.JournalAlways} {
		ledgers[i], stores[i] = open(t, t.TempDir(), false, ledger.WithJournal(journal))
	}
	for name, day := range map[string]func(m *machine, send func(answered bool), sendPart func()){
		"its clock is set back by an hour": func(m *machine, send func(bool), _ func()) {
			for range 3 {
				m.run(2 * hour)
				send(true)
				m.close()
				m.ahead -= hour
			}
			m.run(2 * hour)
			send(true)
			m.close()
			m.ahead = 0
		},
		"its clock is set back as far as it ran since": func(m *machine, send func(bool), _ func()) {
			for range 6 {
				m.run(hour + 10*time.Minute)
				send(true)
				m.close()
				m.ahead -= hour
			}
			m.ahead = 0
		},
		"its clock is set back, and answers are lost": func(m *machine, send func(bool), _ func()) {
			m.run(3 * hour)
			m.close()
			m.ahead = -3 * hour
			m.run(2 * hour)
			for range 4 {
				send(false)
				m.run(quarter + time.Minute)
			}
			send(true)
			m.close()
			m.ahead = 0
		},
		"answers are lost, and its clock is set back": func(m *machine, send func(bool), _ func()) {
			m.run(3 * hour)
			send(false)
			m.close()
			m.ahead = -hour
			m.run(hour)
			send(true)
			m.close()
			m.ahead = 0
		},
		"it sends just before a window ends, with its clock set back": func(m *machine, send func(bool), _ func()) {
			m.run(4 * hour)
			send(true)
			m.close()
			m.ahead = -4 * hour
			m.run(2*hour + 14*time.Minute)
			send(true)
			m.run(17 * time.Minute)
			send(true)
			m.close()
			m.ahead = 0
		},
		"its backlog comes in parts, hours apart, with its clock set back": func(m *machine, _ func(bool), sendPart func()) {
			m.run(9 * hour)
			m.close()
			m.ahead = -8 * hour
			m.run(8 * hour)
			m.close()
			m.ahead = 0
			for range 3 {
				if len(m.spool) > 4*report.MaxWindows {
					sendPart()
				}
				m.off(70*time.Minute, false)
			}
		},
		"its clock starts an hour behind": func(m *machine, send func(bool), _ func()) {
			m.run(3 * hour)
			send(true)
			m.off(time.Minute, true)
			m.ahead = -hour
			m.run(hour)
			m.close()
			m.ahead = 0
			m.run(3 * hour)
			send(true)
		},
		"its clock starts an hour ahead": func(m *machine, send func(bool), _ func()) {
			m.ahead = hour
			m.run(hour)
			m.close()
			m.ahead = 0
			m.run(3 * hour)
			send(true)
		},
		"its disk comes back from a copy at each start": func(m *machine, send func(bool), _ func()) {
			if m.backup.last.IsZero() {
				m.run(2 * hour)
				m.backup = kept{slices.Clone(m.spool), m.last}
			}
			m.spool, m.last = slices.Clone(m.backup.spool), m.backup.last
			m.off(quarter, true)
			for range 4 {
				m.run(hour)
				send(true)
			}
		},
		"it goes back to a snapshot, with its clock": func(m *machine, send func(bool), _ func()) {
			at, lost := m.clock(), m.open
			for range 4 {
				m.ahead, m.open = at.Sub(m.at), lost
				m.run(2 * hour)
				send(true)
			}
			m.close()
			m.ahead = 0
		},
		"it starts again within a quarter of an hour": func(m *machine, send func(bool), _ func()) {
			for i := range 20 {
				m.run(4 * time.Minute)
				m.off(time.Minute, i%2 == 0)
			}
			send(true)
		},
		"answers are lost": func(m *machine, send func(bool), _ func()) {
			for range 8 {
				m.run(hour)
				send(false)
			}
		},
		"it comes late, with its clock set back": func(m *machine, send func(bool), _ func()) {
			m.run(10 * hour)
			m.close()
			m.ahead -= 2 * hour
			m.run(4 * hour)
			m.close()
			m.ahead = 0
			if m.at.Sub(m.spool[0].Start) > 6*24*hour {
				send(true)
			}
		},
		"its full spool was merged": func(m *machine, send func(bool), _ func()) {
			m.run(20 * hour)
			if m.at.Sub(m.spool[0].Start) > 6*24*hour {
				before := slices.Clone(m.spool)
				m.merge()
				send(true)
				m.spool = before // from a backup
				m.off(10*time.Minute, true)
				send(true)
			}
		},
	} {
		for i, l := range ledgers {
			t.Run(fmt.Sprint(name, i), func(t *testing.T) {
				_, keys := devices(t, stores[i], name, false, 1)
				m := newMachine(1)
				for range 14 {
					morning := m.at.Truncate(24 * time.Hour).Add(32 * time.Hour)
					m.off(morning.Sub(m.at), false)
					day(m, func(answered bool) { m.send(t, l, keys[0], answered) }, func() {
						m.upload(t, l, keys[0], report.MaxWindows)
						m.spool = m.spool[min(report.MaxWindows, len(m.spool)):]
					})
				}
				m.send(t, l, keys[0], true)
				if err := l.Post(t.Context()); err != nil {
					t.Fatal(err)
				}
				if n := suspected(t, stores[i], keys[0]); n > 0 {
					t.Errorf("taken for two %d times", n)
				}
				var leftOut int
				if err := stores[i].Read.QueryRow("SELECT coalesce(sum(left_out), 0) FROM twins WHERE device = ?", keys[0].ID).Scan(&leftOut); err != nil || leftOut > 0 != strings.Contains(name, "clock") {
					t.Errorf("%d windows are left out, %v", leftOut, err)
				}
			})
		}
	}
}

// together lets two machines with one identity live through some days: each runs from
// and for some hours of a day, and uploads about every interval.
func together(t fatal, l *ledger.Ledger, d ledger.Device, days int, from, hours [2]float64, every time.Duration) (sent int) {
	t.Helper()
	machines := [2]*machine{newMachine(1), newMachine(2)}
	random := rand.New(rand.NewPCG(3, 4))
	var next [2]time.Time
	for day := range days {
		morning := machines[0].at.Truncate(24 * time.Hour).Add(24 * time.Hour)
		if day == 0 {
			morning = machines[0].at.Truncate(24 * time.Hour)
		}
		var ends [2]time.Time
		for i, m := range machines {
			m.off(morning.Add(time.Duration(from[i]*float64(time.Hour))).Sub(m.at), false)
			ends[i] = m.at.Add(time.Duration(hours[i] * float64(time.Hour)))
			if next[i].Before(m.at) { // it should have, while it was off
				next[i] = m.at.Add(time.Duration(random.Int64N(int64(min(every, 30*time.Minute)))))
			}
		}
		for { // a minute of the one that is behind
			i := 0
			if !machines[0].at.Before(ends[0]) || machines[1].at.Before(ends[1]) && machines[1].at.Before(machines[0].at) {
				i = 1
			}
			m := machines[i]
			if !m.at.Before(ends[i]) {
				break
			}
			m.run(time.Minute)
			if !m.at.Before(next[i]) {
				sent += len(m.spool)
				m.send(t, l, d, true)
				next[i] = m.at.Add(every/2 + time.Duration(random.Int64N(int64(every))))
			}
		}
	}
	return sent
}

func TestTwoMachinesWithOneIdentityAreCalledTwo(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	for name, c := range map[string]struct {
		days        int
		from, hours [2]float64
		every       time.Duration
		want        bool
	}{
		"a computer room, all day":                         {1, [2]float64{8, 8.1}, [2]float64{10, 10}, time.Hour, true},
		"virtual machines that never stop":                 {1, [2]float64{0, 0}, [2]float64{24, 24}, time.Hour, true},
		"a trolley, two lessons a day":                     {5, [2]float64{8, 8.05}, [2]float64{2, 2}, time.Hour, true},
		"the one all day, the other for a lesson":          {5, [2]float64{8, 14}, [2]float64{10, 1}, time.Hour, true},
		"an upload a day":                                  {6, [2]float64{8, 9}, [2]float64{8, 6}, 24 * time.Hour, true},
		"an upload every half hour":                        {3, [2]float64{8, 8.3}, [2]float64{9, 9}, 30 * time.Minute, true},
		"an upload every quarter of an hour":               {3, [2]float64{8, 8.3}, [2]float64{9, 9}, 15 * time.Minute, true},
		"an upload every ten minutes":                      {3, [2]float64{8, 8.3}, [2]float64{9, 9}, 10 * time.Minute, false}, // a limit
		"the one in the morning, the other in the evening": {5, [2]float64{8, 14}, [2]float64{4, 4}, time.Hour, false},         // a limit
	} {
		t.Run(name, func(t *testing.T) {
			_, keys := devices(t, s, name, false, 1)
			sent := together(t, l, keys[0], c.days, c.from, c.hours, c.every)
			two := twinsOf(t, s, keys[0])
			if (two != nil) != c.want {
				t.Fatalf("called two: %+v", two)
			}
			days, err := l.Days(t.Context(), keys[0].ID, always)
			if err != nil {
				t.Fatal(err)
			}
			var counted int64
			for _, d := range days {
				counted += d.Facts.Windows
			}
			if two == nil {
				two = new(registry.Twins)
			}
			t.Logf("%d windows sent, %d counted, seen as two: %+v", sent, counted, *two)
			if c.want && (two.Times < registry.TwinsAfter || two.LeftOut < two.Times || two.LeftOut > int64(sent)-counted || two.Last.Sub(two.First) < time.Duration(two.Times-1)*time.Hour) {
				t.Errorf("%d windows sent, %d counted, and %+v", sent, counted, two)
			}
			conserved(t, s)
		})
	}
}

// lines is a log that keeps its lines.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, string(line))
	return len(line), nil
}

// of are the lines about a device.
func (l *lines) of(device string) (all []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.all {
		if strings.Contains(line, device) {
			all = append(all, line)
		}
	}
	return all
}

// Whoever reads the log hears once of a device that is two, however often it is seen, and
// whether its reports waited in the journal or not.
func TestDeviceThatIsTwoIsLoggedOnce(t *testing.T) {
	for name, mode := range map[string]ledger.Mode{"posted at once": ledger.JournalNever, "posted later": ledger.JournalAlways} {
		t.Run(name, func(t *testing.T) {
			log := &lines{}
			l, s := open(t, t.TempDir(), false, ledger.WithJournal(mode), ledger.WithLog(slog.New(slog.NewTextHandler(log, nil))))
			_, keys := devices(t, s, name, false, 2)
			together(t, l, keys[0], 2, [2]float64{8, 8.1}, [2]float64{10, 10}, time.Hour)
			together(t, l, keys[1], 1, [2]float64{8, 14}, [2]float64{4, 4}, time.Hour) // one after the other: not seen
			if err := l.Post(t.Context()); err != nil {
				t.Fatal(err)
			}
			two := twinsOf(t, s, keys[0])
			if two == nil || two.Times <= registry.TwinsAfter || twinsOf(t, s, keys[1]) != nil {
				t.Fatalf("seen are %+v and %+v", two, twinsOf(t, s, keys[1]))
			}
			got := log.of(nameOf(t, s, keys[0]))
			if len(got) != 1 || !strings.Contains(got[0], "level=WARN") || !strings.Contains(got[0], "two machines report as one device") || !strings.Contains(got[0], "seen=3") {
				t.Errorf("logged is %q", got)
			}
			if other := log.of(nameOf(t, s, keys[1])); other != nil {
				t.Errorf("of a device that is one it is logged %q", other)
			}
		})
	}
}
