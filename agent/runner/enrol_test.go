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
		if err := runner.Configure(path, url, "t-1", ""); err != nil {
			t.Fatal(err)
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

func TestConfigureChangesNothingThatIsWrong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ecoparc-agent.yaml")
	for _, c := range []struct{ old, collector, want string }{
		{"window: 5m\n", "http://ecoparc.example.fr", "use https"},
		{"window: 5m\n", "ecoparc", "not an address"},
		{"windows: 5m\n", "https://ecoparc.example.fr", `unknown key "windows"`},
		{"- list\n", "https://ecoparc.example.fr", "keys with values are expected"},
		{"window: [\n", "https://ecoparc.example.fr", "line 1"},
	} {
		agenttest.Write(t, path, c.old, false)
		err := runner.Configure(path, c.collector, "t", "")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v; want %q", c.old, err, c.want)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != c.old {
			t.Errorf("%q became %q (%v)", c.old, text, err)
		}
	}
}
