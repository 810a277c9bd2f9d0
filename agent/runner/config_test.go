package runner_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/runner"
)

func TestConfigurationMistakesNameTheLineAndWhatIsAllowed(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string // in the error, all of them
	}{
		{"", nil},
		{"state_dir: /srv/agent\nwindow: 5m\nsample_interval: 60s\nupload_interval: 24h\nspool_mib: 1024\n", nil},
		{"window: 5m\nstat_dir: /srv\n", []string{"line 2", `"stat_dir"`, "state_dir", "ca_file"}},
		{"\nwindow: 7m\n", []string{"line 2", "window", "7m0s", "1m, 5m and 15m"}},
		{"sample_interval: 1s", []string{"line 1", "5s to 60s"}},
		{"sample_interval: 61s", []string{"line 1", "5s to 60s"}},
		{"upload_interval: 30s", []string{"line 1", "1m to 24h"}},
		{"upload_daily_kib: 0", nil},
		{"upload_daily_kib: 9", []string{"line 1", "10 to 1048576", "0 for no bound"}},
		{"serial_key: 00112233445566778899aabbccddeeff\n", nil},
		{"serial_key: 0011", []string{"line 1", "device serial-key"}},
		{"serial_key: our secret", []string{"line 1", "hexadecimal"}},
		{"spool_mib: 0", []string{"line 1", "1 to 1024"}},
		{"spool_mib: -1", []string{"line 1", "1 to 1024"}},
		{"spool_mib: much", []string{"line 1", "a whole number"}},
		{"window: often", []string{"line 1", "a duration like"}},
		{"state_dir: ''", []string{"line 1", "a folder is expected"}},
		{"spool_mib: 0\nwindow: 2h\n", []string{"line 1", "line 2", "1 to 1024", "1m, 5m and 15m"}}, // both at once
		{"window: [", []string{"line 1"}},
		{"collector: https://ecoparc.example.fr\nlabel: PC-12\n", nil},
		{"window: 5m\ncollector: http://ecoparc.example.fr\n", []string{"line 2", "use https"}},
		{"collector: ecoparc\n", []string{"line 1", "not an address like https://"}},
		{"token: abc\n", []string{"line 1", "stands alone"}},
		{"collector: https://ecoparc.example.fr\ntoken: abc\n", []string{"can be read by others (mode 0644)", "holds a token"}},
		{"proxy: http://proxy.example.fr:3128\n", nil},
		{"proxy: http://agent:secret@proxy.example.fr:3128\n", []string{"can be read by others (mode 0644)", "holds the proxy's password"}},
		{"- window", []string{"line 1", "sample_interval"}},
	} {
		path := filepath.Join(t.TempDir(), "ecoparc-agent.yaml")
		agenttest.Write(t, path, c.text, false)
		_, err := runner.LoadConfig(path)
		if c.want == nil {
			if err != nil {
				t.Errorf("%q: %v; want no error", c.text, err)
			}
			continue
		}
		for _, want := range append(c.want, path) {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: error %v; want %q in it", c.text, err, want)
			}
		}
	}
	if _, err := runner.LoadConfig(filepath.Join(t.TempDir(), "missing.yaml")); err == nil || !strings.Contains(err.Error(), "there is no configuration file") {
		t.Errorf("a missing file: %v", err)
	}
}

func TestEnvironmentWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ecoparc-agent.yaml")
	agenttest.Write(t, path, "state_dir: /srv/file\nwindow: 5m\n", false)
	t.Setenv("ECOPARC_AGENT_STATE_DIR", "/srv/environment")
	t.Setenv("ECOPARC_AGENT_SPOOL_MIB", "3")
	for _, file := range []string{path, ""} {
		c, err := runner.LoadConfig(file)
		if err != nil {
			t.Fatal(err)
		}
		want := runner.DefaultConfig()
		want.StateDir, want.SpoolMiB = "/srv/environment", 3
		if want.Path = file; file != "" {
			want.Window = 5 * time.Minute
		}
		if c != want {
			t.Errorf("file %q: %+v; want %+v", file, c, want)
		}
	}
	t.Setenv("ECOPARC_AGENT_SAMPLE_INTERVAL", "1h")
	t.Setenv("ECOPARC_AGENT_WINDOW", "always")
	_, err := runner.LoadConfig(path)
	for _, want := range []string{"ECOPARC_AGENT_SAMPLE_INTERVAL", "5s to 60s", "ECOPARC_AGENT_WINDOW", "a duration like"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %q in it", err, want)
		}
	}
}

func TestDefaultsAreAllowed(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	if c, err := runner.LoadConfig(""); err != nil || c.StateDir == "" {
		t.Errorf("%+v, %v; want the defaults", c, err)
	}
}
