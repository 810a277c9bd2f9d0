package jobs

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-co-op/gocron/v2"
	"github.com/jonboulle/clockwork"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/telemetry"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// nine is when the clock of these tests is started: 17 minutes before the hourly
// jobs.
var nine = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// clock is turned by the test. A timer that has fired and is set again is how the
// scheduler tells that it has dealt with a job's time.
type clock struct {
	*clockwork.FakeClock
	t    *testing.T
	jobs int
}

func newClock(t *testing.T, jobs int) *clock { return &clock{clockwork.NewFakeClockAt(nine), t, jobs} }

// planned waits until every job has its next time.
func (c *clock) planned() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	if err := c.BlockUntilContext(ctx, c.jobs); err != nil {
		c.t.Fatalf("not every job is planned: %v", err)
	}
}

// turn turns the clock and waits until the scheduler has dealt with it.
func (c *clock) turn(by time.Duration) {
	c.t.Helper()
	c.planned()
	c.Advance(by)
	c.planned()
}

// log keeps what is logged.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *log) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// next turns the clock until a job sends something. The scheduler passes over a
// time of a job whose last run it has not seen the end of yet.
func next[T any](c *clock, from <-chan T) (v T) {
	c.t.Helper()
	for range 1000 {
		c.turn(feedEvery)
		select {
		case v = <-from:
			return v
		case <-time.After(10 * time.Millisecond):
		}
	}
	c.t.Fatal("the job does not run again")
	return v
}

// receive takes what a job sends, or fails the test.
func receive[T any](t *testing.T, from <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(10 * time.Second):
		t.Fatalf("waited 10 s for %s", what)
	}
	return v
}

// one plans and starts a job of every ten seconds.
func one(t *testing.T, l *log, work func(context.Context) error) (*Jobs, *clock) {
	t.Helper()
	c := newClock(t, 1)
	j, err := newJobs(gocron.WithClock(c.FakeClock))
	if err == nil {
		err = j.plan("the job", gocron.DurationJob(feedEvery), l.logger(), work)
	}
	if err != nil {
		t.Fatal(err)
	}
	j.Start()
	return j, c
}

func TestFailedJobIsLoggedAndTriedAgain(t *testing.T) {
	ran, l, tries := make(chan int), new(log), 0
	j, c := one(t, l, func(context.Context) error {
		tries++
		ran <- tries
		if tries == 1 {
			return errors.New("the disk is away")
		}
		return nil
	})
	for want := 1; want <= 3; want++ {
		if got := next(c, ran); got != want {
			t.Errorf("run %d came as %d", want, got)
		}
	}
	if err := j.Stop(); err != nil {
		t.Error(err)
	}
	if text := l.String(); strings.Count(text, "job failed") != 1 || !strings.Contains(text, `job="the job"`) || !strings.Contains(text, "the disk is away") {
		t.Errorf("logged %q", text)
	}
}

func TestJobNeverRunsTwiceAtOnce(t *testing.T) {
	began, end := make(chan struct{}, 10), make(chan struct{})
	j, c := one(t, new(log), func(context.Context) error {
		began <- struct{}{}
		<-end
		return nil
	})
	next(c, began)
	for range 3 { // it takes longer than its interval, three times
		c.turn(feedEvery)
	}
	if len(began) != 0 {
		t.Errorf("%d more runs began while one ran", len(began))
	}
	end <- struct{}{}
	next(c, began)
	close(end)
	if err := j.Stop(); err != nil {
		t.Error(err)
	}
}

// A job that is stopped half-way is waited for, and its end is no failure.
func TestStopWaitsForJobThatRuns(t *testing.T) {
	began, told, end := make(chan struct{}), make(chan struct{}), make(chan struct{})
	l := new(log)
	j, c := one(t, l, func(ctx context.Context) error {
		close(began)
		<-ctx.Done()
		close(told)
		<-end
		return ctx.Err()
	})
	next(c, began)
	stopped := make(chan error, 1)
	go func() { stopped <- j.Stop() }()
	receive(t, told, "the job to be told to stop")
	select {
	case err := <-stopped:
		t.Fatalf("Stop returned %v while the job ran", err)
	default:
	}
	close(end)
	if err := receive(t, stopped, "Stop"); err != nil {
		t.Error(err)
	}
	if l.String() != "" {
		t.Errorf("logged %q", l)
	}
}

// What the collector does by the clock: every hour windows beyond their retention
// and ended sessions go, every ten seconds what waits is sent on, and every ten minutes
// reports that are due.
func TestPlan(t *testing.T) {
	s, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, l := newClock(t, 5), new(log)
	books := ledger.Open(s, time.UTC, true)
	defer books.Close()
	people := access.Open(s, c.Now)
	count := func(table string) (n int) {
		t.Helper()
		if err := s.Read.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	written := make(chan string, 10)
	influxDB := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		written <- r.URL.Path
		w.WriteHeader(http.StatusNoContent)
	}))
	defer influxDB.Close()
	feeder, err := telemetry.New(telemetry.Config{URL: influxDB.URL, Bucket: "ecoparc", Org: "ecoparc", Token: "x"}, books, l.logger())
	if err != nil {
		t.Fatal(err)
	}
	fill(t, s, books)
	letters := make(chan struct{}, 10)
	send := func(context.Context) error { letters <- struct{}{}; return nil }
	prepared := make(chan struct{}, 10)
	prepare := func(context.Context) error { prepared <- struct{}{}; return nil }
	j, err := Plan(Work{Ledger: books, Access: people, Feeder: feeder, Letters: send, Prepare: prepare, PrepareEvery: time.Hour, Clock: c.Now, Log: l.logger()}, gocron.WithClock(c.FakeClock))
	if err != nil {
		t.Fatal(err)
	}
	j.Start()
	receive(t, prepared, "pages to be prepared after a start")

	c.turn(feedEvery)
	if path := receive(t, written, "InfluxDB to be fed"); path != "/api/v2/write" {
		t.Errorf("written to %s", path)
	}
	until(t, "an empty outbox", func() bool { return count("outbox") == 0 })
	c.turn(16 * time.Minute)
	receive(t, letters, "the reports to be sent")
	if count("device_windows") != 2 || count("sessions") != 2 {
		t.Errorf("before its time %d windows and %d sessions are left", count("device_windows"), count("sessions"))
	}
	c.turn(time.Minute)
	until(t, "the old window and the ended session to go", func() bool { return count("device_windows") == 1 && count("sessions") == 1 })
	if err := j.Stop(); err != nil {
		t.Error(err)
	}
	if text := l.String(); !strings.Contains(text, `"windows purged" windows=1`) || strings.Contains(text, "job failed") {
		t.Errorf("logged %q", text)
	}
	if len(written) != 0 {
		t.Errorf("InfluxDB was written to %d more times though nothing waited", len(written))
	}
}

// fill files a window beyond its retention and a fresh one, an ended session and
// an open one.
func fill(t *testing.T, s *store.Store, books *ledger.Ledger) {
	t.Helper()
	r := registry.Open(s)
	owner, err := r.AddOrganisation(t.Context(), "Département", false)
	if err != nil {
		t.Fatal(err)
	}
	sites, err := r.AddSites(t.Context(), owner.ID, []registry.Site{{Name: "Collège", Kind: registry.College}})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := r.AddDevices(t.Context(), []registry.NewDevice{{Site: sites[0].ID, Category: equipment.Laptop, Population: equipment.Shared, InService: nine.AddDate(-1, 0, 0)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Time{nine.Add(-ledger.WindowRetention - 24*time.Hour), nine.Add(-time.Hour)} {
		w := report.Window{Start: at, SpanS: 900, LoadMs: report.Loads{900_000}}
		if _, err := books.Record(t.Context(), ledger.Device(keys[0]), &report.Report{Windows: []report.Window{w}}, at.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	for _, statement := range []string{
		"INSERT INTO users (id, name, role, password) VALUES (1, 'zoe', 'auditor', '')",
		"INSERT INTO sessions VALUES (x'01', 1, unixepoch('2026-11-23 09:16:00')), (x'02', 1, unixepoch('2026-11-23 09:18:00'))",
	} {
		if _, err := s.Write.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
}

func until(t *testing.T, what string, there func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !there(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited 10 s for %s", what)
		}
	}
}
