package runner_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/runner"
	"github.com/ecoparc/ecoparc/agent/spool"
	"github.com/ecoparc/ecoparc/agent/uplink"
	"github.com/ecoparc/ecoparc/models/report"
)

// hasty is a configuration that no file may ask for: windows of two seconds.
func hasty(stateDir string) runner.Config {
	return runner.Config{
		StateDir: stateDir, SampleInterval: 200 * time.Millisecond, Window: 2 * time.Second, UploadInterval: time.Second, SpoolMiB: 1, InsecureHTTP: true,
	}
}

func enrolled(t testing.TB, c *agenttest.Collector) runner.Config {
	t.Helper()
	config := hasty(filepath.Join(t.TempDir(), "state"))
	if _, err := runner.Enrol(t.Context(), config, c.URL, agenttest.Token, ""); err != nil {
		t.Fatal(err)
	}
	return config
}

// start runs an agent; stop is Ctrl-C, and fails the test when it does not end well.
func start(t testing.TB, config runner.Config) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx, config, "test", false, slog.New(slog.DiscardHandler)) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the agent ended with %v", err)
		}
	}
}

// eventually polls until something holds, for a while.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func waiting(t testing.TB, config runner.Config) []report.Window {
	t.Helper()
	s, err := spool.OpenRead(filepath.Join(config.StateDir, "spool"))
	if err != nil {
		t.Fatal(err)
	}
	windows, _, err := s.Peek(10_000)
	if err != nil {
		t.Fatal(err)
	}
	return windows
}

// TestAgentStoppedAndStartedLosesNothing goes from enrolment through three runs: what
// the collector has and what still waits are, together, all of each run without a
// gap. The last run is stopped in the midst of a quarter hour.
func TestAgentStoppedAndStartedLosesNothing(t *testing.T) {
	t.Parallel()
	collector := agenttest.NewCollector(t)
	config := enrolled(t, collector)
	for range 2 {
		before := len(collector.Windows())
		stop := start(t, config)
		eventually(t, "windows arrive", func() bool { return len(collector.Windows()) >= before+2 })
		stop()
	}
	config.Window = report.WindowLength
	began, stop := time.Now(), start(t, config)
	eventually(t, "there is something to lose", func() bool { return time.Since(began) > 2500*time.Millisecond })
	stop()
	rest := waiting(t, config)
	if len(rest) == 0 || rest[len(rest)-1].End().Before(began.Add(time.Second)) {
		t.Errorf("the window that was open at Ctrl-C is not in the spool: %+v", rest)
	}
	all := append(collector.Windows(), rest...)
	slices.SortFunc(all, func(a, b report.Window) int { return cmp.Compare(a.Start.Unix(), b.Start.Unix()) })
	gaps := 0
	for i, w := range all {
		if w.CPUCapacityMs == 0 || w.RunningMs() != w.SpanS*1000 || w.MemUsedMiB == 0 {
			t.Errorf("window %d measures nothing: %+v", i, w)
		}
		if i > 0 && !w.Start.Equal(all[i-1].End()) {
			gaps++
		}
	}
	if gaps > 2 {
		t.Errorf("%d gaps in 3 runs; want one between two runs at most: %+v", gaps, all)
	}
	for _, r := range collector.Requests()[1:] {
		if _, err := report.Decode(r.Body, time.Now()); err != nil {
			t.Errorf("the collector refuses a report: %v\n%s", err, r.Body)
		}
	}
}

func TestEnrolmentKeepsTheIdentityForTheOwnerAlone(t *testing.T) {
	collector := agenttest.NewCollector(t)
	config := hasty(filepath.Join(t.TempDir(), "var", "state"))
	_, err := runner.Enrol(t.Context(), config, collector.URL, "used-token", "")
	if err == nil || !strings.Contains(err.Error(), "token: has been used up") {
		t.Errorf("a used token: %v", err)
	}
	if _, err := uplink.LoadIdentity(config.StateDir); !errors.Is(err, uplink.ErrNotEnrolled) {
		t.Errorf("after a failed enrolment: %v; want %v", err, uplink.ErrNotEnrolled)
	}
	device, err := runner.Enrol(t.Context(), config, collector.URL, agenttest.Token, "PC-12")
	if err != nil || device != agenttest.Device {
		t.Fatalf("device %q, %v; want %q", device, err, agenttest.Device)
	}
	info, err := os.Stat(filepath.Join(config.StateDir, "identity.json"))
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("identity: %v, %v; want mode 0600", info, err)
	}
	if _, err := runner.Enrol(t.Context(), config, collector.URL, agenttest.Token, ""); err == nil || !strings.Contains(err.Error(), "enrolled already") {
		t.Errorf("enrolled twice: %v", err)
	}
	if n := len(collector.Requests()); n != 2 {
		t.Errorf("%d requests; want 2: an enrolled device spends no token", n)
	}
}

func TestStateFolderThatCannotBeMadeSpendsNoToken(t *testing.T) {
	collector := agenttest.NewCollector(t)
	file := filepath.Join(t.TempDir(), "file")
	agenttest.Write(t, file, "", false)
	_, err := runner.Enrol(t.Context(), hasty(filepath.Join(file, "state")), collector.URL, agenttest.Token, "")
	if err == nil || len(collector.Requests()) != 0 {
		t.Errorf("error %v, %d requests; want an error before any request", err, len(collector.Requests()))
	}
}

func TestRunNeedsAnIdentityAndTheSpoolForItself(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	if err := runner.Run(t.Context(), hasty(t.TempDir()), "test", false, log); !errors.Is(err, uplink.ErrNotEnrolled) {
		t.Errorf("a device that is not enrolled: %v; want %v", err, uplink.ErrNotEnrolled)
	}
	config := enrolled(t, agenttest.NewCollector(t))
	s, err := spool.Open(filepath.Join(config.StateDir, "spool"), spool.DefaultLimitB)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := runner.Run(t.Context(), config, "test", false, log); !errors.Is(err, spool.ErrInUse) {
		t.Errorf("a second agent: %v; want %v", err, spool.ErrInUse)
	}
}

// fill puts windows into the spool, one more than a report holds.
func fill(t testing.TB, config runner.Config) (first time.Time) {
	t.Helper()
	s, err := spool.Open(filepath.Join(config.StateDir, "spool"), spool.DefaultLimitB)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	first = time.Date(2025, 11, 24, 8, 0, 0, 0, time.UTC)
	for n := range report.MaxWindows + 1 {
		w := report.Window{Start: first.Add(time.Duration(n) * report.WindowLength), SpanS: 900, LoadMs: [report.LoadBins]int64{900_000}}
		if err := s.Append(w); err != nil {
			t.Fatal(err)
		}
	}
	return first
}

func TestShownReportIsTheOneSentNext(t *testing.T) {
	t.Parallel()
	collector := agenttest.NewCollector(t)
	config := enrolled(t, collector)
	fill(t, config)
	shown, example, err := runner.NextReport(t.Context(), config, "test")
	if err != nil || example {
		t.Fatalf("example: %t, %v; want the next report", example, err)
	}
	stop := start(t, config)
	eventually(t, "a report arrives", func() bool { return len(collector.Requests()) > 1 })
	stop()
	if sent := collector.Requests()[1].Body; !bytes.Equal(sent, shown) {
		t.Errorf("sent:\n%s\nshown:\n%s", sent, shown)
	}
}

func TestExampleIsShownWhereNothingWaits(t *testing.T) {
	t.Parallel()
	config := hasty(t.TempDir())
	body, example, err := runner.NextReport(t.Context(), config, "test")
	if err != nil || !example {
		t.Fatalf("example: %t, %v; want one", example, err)
	}
	r, err := report.Decode(body, time.Now())
	if err != nil {
		t.Fatalf("the collector would refuse it: %v\n%s", err, body)
	}
	if r.Device != runner.NotEnrolled || len(r.Windows) == 0 || r.Inventory == nil {
		t.Errorf("%s\nwant a measured window and the inventory of a device that is not enrolled", body)
	}
	if _, err := os.Stat(filepath.Join(config.StateDir, "spool")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("looking left a spool behind: %v", err)
	}
}

func TestStatusTellsHowTheAgentIsDoing(t *testing.T) {
	t.Parallel()
	collector := agenttest.NewCollector(t)
	status := func(config runner.Config) runner.Status {
		t.Helper()
		s, err := runner.ReadStatus(config)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if s := status(hasty(t.TempDir())); s.Enrolled || s.Waiting != 0 || len(s.Meters) == 0 {
		t.Errorf("before enrolment: %+v", s)
	}
	config := enrolled(t, collector)
	first := fill(t, config)
	s := status(config)
	if !s.Enrolled || s.Identity.Device != agenttest.Device || s.Identity.Collector != collector.URL || s.Identity.Secret != "" {
		t.Errorf("identity %+v; want the device and its collector, and no secret", s.Identity)
	}
	if s.Waiting != report.MaxWindows+1 || !s.Oldest.Equal(first) || s.SpoolB == 0 || !s.LastSuccess.IsZero() {
		t.Errorf("before the first upload: %+v", s)
	}

	collector.Answer(func(w http.ResponseWriter, r *http.Request) {
		agenttest.Say(w, http.StatusUnauthorized, report.Problem{Reason: "this device is revoked"})
	})
	stop := start(t, config)
	eventually(t, "the refusal shows", func() bool { return strings.Contains(status(config).LastError, "this device is revoked") })
	stop()
	if s := status(config); s.Waiting < report.MaxWindows+1 || !s.LastSuccess.IsZero() {
		t.Errorf("after a refusal: %+v; want nothing lost", s)
	}

	collector.Answer(nil)
	stop = start(t, config)
	eventually(t, "the success shows", func() bool { s := status(config); return s.LastError == "" && !s.LastSuccess.IsZero() })
	stop()
}
