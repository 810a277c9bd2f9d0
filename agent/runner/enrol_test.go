package runner_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/runner"
	"github.com/ecoparc/ecoparc/agent/uplink"
)

// TestServiceEnrolsByItself: an agent that finds where to enrol does so, and goes on to
// report.
func TestServiceEnrolsByItself(t *testing.T) {
	t.Parallel()
	collector := agenttest.NewCollector(t)
	config := hasty(filepath.Join(t.TempDir(), "state"))
	config.Collector, config.Token, config.Label = collector.URL, agenttest.Token, "PC-12"
	stop := start(t, config)
	eventually(t, "windows arrive", func() bool { return len(collector.Windows()) > 0 })
	stop()
	if id, err := uplink.LoadIdentity(config.StateDir); err != nil || id.Device != agenttest.Device {
		t.Errorf("identity %+v, %v", id, err)
	}
}

// TestDamagedIdentityIsEnrolledAnew, by hand and by the service, which would give up
// every minute else.
func TestDamagedIdentityIsEnrolledAnew(t *testing.T) {
	t.Parallel()
	collector := agenttest.NewCollector(t)
	spoil := func(dir string) {
		path := filepath.Join(dir, "identity.json")
		agenttest.Write(t, path, `{"collector":"`, false)
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	byHand := hasty(t.TempDir())
	spoil(byHand.StateDir)
	if s, err := runner.ReadStatus(byHand); err != nil || s.Enrolled {
		t.Errorf("status %+v, %v; want a device that is not enrolled", s, err)
	}
	if device, err := runner.Enrol(t.Context(), byHand, collector.URL, agenttest.Token, ""); err != nil || device != agenttest.Device {
		t.Errorf("by hand: %q, %v", device, err)
	}
	config := hasty(t.TempDir())
	config.Collector, config.Token = collector.URL, agenttest.Token
	spoil(config.StateDir)
	stop := start(t, config)
	eventually(t, "windows arrive", func() bool { return len(collector.Windows()) > 0 })
	stop()
}

// TestStatusTellsWhyADeviceIsNotEnrolledYet, until it is.
func TestStatusTellsWhyADeviceIsNotEnrolledYet(t *testing.T) {
	t.Parallel()
	collector := agenttest.NewCollector(t)
	config := hasty(filepath.Join(t.TempDir(), "state"))
	config.Collector, config.Token = collector.URL, "used-token"
	lastError := func() string {
		s, err := runner.ReadStatus(config)
		if err != nil {
			t.Fatal(err)
		}
		return s.LastError
	}
	stop := start(t, config)
	eventually(t, "the reason shows", func() bool { return strings.Contains(lastError(), "token: has been used up") })
	stop()
	if _, err := runner.Enrol(t.Context(), config, collector.URL, agenttest.Token, ""); err != nil || lastError() != "" {
		t.Errorf("%v; last error of a device that has enrolled: %q", err, lastError())
	}
}

// TestServiceWaitsForAnEnrolment: it does not give up, and stops when it is told to.
func TestServiceWaitsForAnEnrolment(t *testing.T) {
	t.Parallel()
	config := hasty(t.TempDir())
	config.AwaitEnrolment = true
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	told := make(chan struct{}, 16)
	go func() {
		ended <- runner.Run(ctx, config, "test", false, slog.New(slog.NewTextHandler(notify(told), nil)))
	}()
	select {
	case <-told:
	case err := <-ended:
		t.Fatalf("it ended with %v", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("stopped while it waited: %v", err)
	}
}

// notify is a writer that tells of each line.
type notify chan struct{}

func (n notify) Write(text []byte) (int, error) {
	n <- struct{}{}
	return len(text), nil
}

func TestConfigureKeepsWhatElseIsConfigured(t *testing.T) {
	const url = "https://ecoparc.example.fr"
	for _, c := range []struct{ old, want string }{
		{"", "collector: " + url + "\ntoken: t-1\n"},
		{"# only comments\n#token: \"\"\n", "# only comments\n#token: \"\"\n\ncollector: " + url + "\ntoken: t-1\n"},
		{"# mine\nwindow: 5m # short\ntoken: old\ncollector: https://old.example.fr\n", "# mine\nwindow: 5m # short\ntoken: t-1\ncollector: " + url + "\n"},
	} {
		path := filepath.Join(t.TempDir(), "etc", "ecoparc-agent.yaml")
		if c.old != "" {
			agenttest.Write(t, path, c.old, false)
		}
		if changed, err := runner.Configure(path, url, "t-1", "", false); err != nil || !changed {
			t.Fatalf("changed %t, %v", changed, err)
		}
		text, err := os.ReadFile(path)
		if err != nil || string(text) != c.want {
			t.Errorf("from %q: %q, %v; want %q", c.old, text, err, c.want)
		}
		got, err := runner.LoadConfig(path) // which refuses a token that everybody may read
		if err != nil || got.Collector != url || got.Token != "t-1" {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

// TestConfiguredAgainIsNoChange: what deploys an agent runs again and again.
func TestConfiguredAgainIsNoChange(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ecoparc-agent.yaml")
	const url = "https://ecoparc.example.fr"
	const mine = "collector:   " + url + "\n\n\ntoken: 't-1'  # as I wrote it\nlabel: PC-12\n"
	agenttest.Write(t, path, mine, false)
	for _, c := range []struct {
		collector, token, label string
		changed                 bool
	}{
		{url, "t-1", "", false},
		{url, "t-1", "PC-12", false},
		{url, "t-1", "PC-13", true},
		{url, "t-1", "PC-13", false},
		{url, "t-2", "", true},
		{url + "/in", "t-2", "", true},
		{url + "/in", "t-2", "PC-13", false},
	} {
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed, err := runner.Configure(path, c.collector, c.token, c.label, false)
		if after, _ := os.ReadFile(path); err != nil || changed != c.changed || (string(before) != string(after)) != c.changed {
			t.Errorf("%+v: changed %t, %v, from\n%sto\n%s", c, changed, err, before, after)
		}
		if got, err := runner.LoadConfig(path); err != nil || got.Token != c.token { // closed in any case
			t.Errorf("%+v: %+v, %v", c, got, err)
		}
	}
}

func TestConfigureChangesNothingThatIsWrong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ecoparc-agent.yaml")
	for _, c := range []struct{ old, collector, want string }{
		{"window: 5m\n", "http://ecoparc.example.fr", "use https"},
		{"window: 5m\n", "http://127.0.0.1:8080", "http is allowed with --insecure-http"},
		{"insecure_http: true\n", "http://127.0.0.1:8080", "http is allowed with --insecure-http"}, // each time it is asked for
		{"window: 5m\n", "ecoparc", "not an address"},
		{"windows: 5m\n", "https://ecoparc.example.fr", `unknown key "windows"`},
		{"- list\n", "https://ecoparc.example.fr", "keys with values are expected"},
		{"window: [\n", "https://ecoparc.example.fr", "line 1"},
	} {
		agenttest.Write(t, path, c.old, false)
		changed, err := runner.Configure(path, c.collector, "t", "", false)
		if changed || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v; want %q", c.old, err, c.want)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != c.old {
			t.Errorf("%q became %q (%v)", c.old, text, err)
		}
	}
}

// TestPlainHTTPIsAskedForAtEnrolmentOnly: no device enrols by it unless told to, and one
// that did goes on, also one of an agent that did not have to be told.
func TestPlainHTTPIsAskedForAtEnrolmentOnly(t *testing.T) {
	t.Parallel()
	collector := agenttest.NewCollector(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "ecoparc-agent.yaml")
	if changed, err := runner.Configure(path, collector.URL, agenttest.Token, "", true); err != nil || !changed {
		t.Fatalf("changed %t, %v", changed, err)
	}
	if changed, err := runner.Configure(path, collector.URL, agenttest.Token, "", true); err != nil || changed {
		t.Errorf("the same again: changed %t, %v", changed, err)
	}
	told, err := runner.LoadConfig(path)
	if err != nil || !told.InsecureHTTP {
		t.Fatalf("%+v, %v", told, err)
	}
	config := hasty(filepath.Join(dir, "state"))
	config.InsecureHTTP = false
	if _, err := runner.Enrol(t.Context(), config, collector.URL, agenttest.Token, ""); err == nil || !strings.Contains(err.Error(), "insecure_http") || len(collector.Requests()) > 0 {
		t.Errorf("%v, %d requests; want a refusal before any", err, len(collector.Requests()))
	}
	old := uplink.Identity{Collector: collector.URL, Device: agenttest.Device, Secret: agenttest.Secret}
	if err := old.Save(config.StateDir); err != nil {
		t.Fatal(err)
	}
	stop := start(t, config)
	eventually(t, "windows arrive", func() bool { return len(collector.Windows()) > 0 })
	stop()
	for _, bad := range []string{"http://ecoparc.example.fr", "http://192.168.1.2:8080"} {
		if _, err := runner.Enrol(t.Context(), hasty(t.TempDir()), bad, agenttest.Token, ""); err == nil || !strings.Contains(err.Error(), "use https") {
			t.Errorf("%s with --insecure-http: %v", bad, err)
		}
		old.Collector = bad
		if err := old.Save(config.StateDir); err != nil {
			t.Fatal(err)
		}
		if err := runner.Run(t.Context(), config, "test", false, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "use https") {
			t.Errorf("an identity of %s: %v", bad, err)
		}
	}
}
