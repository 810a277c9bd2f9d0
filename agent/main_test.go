//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/spool"
	"github.com/ecoparc/ecoparc/agent/uplink"
	"github.com/ecoparc/ecoparc/models/report"
)

// program is the agent as it is built for a release.
var program string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "ecoparc-agent-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "agent")
	build := exec.Command("go", "build", "-ldflags", "-X main.version=v1.2.3", "-o", program, ".")
	build.Stdout, build.Stderr = os.Stdout, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "cannot build the agent:", err)
		return 1
	}
	return m.Run()
}

// agent runs a command of the program on a state folder.
func agent(t testing.TB, stateDir string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, problems bytes.Buffer
	c := exec.CommandContext(t.Context(), program, append([]string{"--state-dir", stateDir}, args...)...)
	c.Stdout, c.Stderr = &out, &problems
	err := c.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), problems.String(), c.ProcessState.ExitCode()
}

// TestMistakeIsOneClearSentence: what goes wrong ends with status 1 and one line that
// says what and, where it can, what to do.
func TestMistakeIsOneClearSentence(t *testing.T) {
	collector := agenttest.NewCollector(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	agenttest.Write(t, file, "", false)
	config := filepath.Join(dir, "bad.yaml")
	agenttest.Write(t, config, "window: 7m\n", false)
	open := filepath.Join(dir, "open")
	agenttest.Write(t, filepath.Join(open, "identity.json"), "{}", false)
	fresh := filepath.Join(dir, "fresh")
	waiting := filepath.Join(dir, "waiting.yaml")
	agenttest.Write(t, waiting, "collector: https://ecoparc.example.fr\ntoken: t\n", false)
	spaced := filepath.Join(dir, "spaced.yaml")
	agenttest.Write(t, spaced, "collector: https://ecoparc.example.fr\ntoken: \"t\\0\"\n", false)
	if err := os.Chmod(waiting, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		stateDir string
		args     []string
		want     string
	}{
		{fresh, []string{"run"}, "this device is not enrolled: run `ecoparc-agent enrol --collector URL --token TOKEN`"},
		{fresh, []string{"status"}, "this device is not enrolled"},
		{fresh, []string{"--config", "", "status"}, "this device is not enrolled"},
		{fresh, []string{"--config", waiting, "status"}, "not enrolled yet: the service does that by itself at https://ecoparc.example.fr"},
		{fresh, []string{"enrol", "--insecure-http", "--collector", collector.URL, "--token", "used"}, "cannot enrol: the collector answers 403: token: has been used up; ask for a new one"},
		{fresh, []string{"enrol", "--insecure-http", "--collector", "http://127.0.0.1:1", "--token", "t"}, "cannot enrol: cannot reach the collector"},
		{fresh, []string{"enrol", "--collector", "http://example.fr", "--token", "t"}, "use https"},
		{fresh, []string{"enrol", "--insecure-http", "--collector", "http://example.fr", "--token", "t"}, "use https"},
		{fresh, []string{"enrol", "--collector", collector.URL, "--token", agenttest.Token}, "http is allowed with --insecure-http"},
		{fresh, []string{"--config", filepath.Join(dir, "new.yaml"), "configure", "--collector", collector.URL, "--token", "t"}, "http is allowed with --insecure-http"},
		{fresh, []string{"enrol", "--collector", "example.fr", "--token", "t"}, "not an address like https://"},
		{fresh, []string{"configure", "--collector", "https://example.fr", "--token", "-"}, "cannot read the token from standard input: it is empty"},
		{fresh, []string{"configure", "--collector", "https://example.fr", "--token", "eco parc"}, "the token holds what no token does"},
		{fresh, []string{"--config", spaced, "status"}, "line 2: token: holds what no token does"},
		{file, []string{"enrol", "--insecure-http", "--collector", collector.URL, "--token", agenttest.Token}, "not a directory"},
		{fresh, []string{"--config", config, "run"}, "bad.yaml: line 1: window: is 7m0s; allowed are 1m, 5m and 15m"},
		{fresh, []string{"--config", config + "x", "status"}, "there is no configuration file"},
		{open, []string{"show"}, "can be read by others (mode 0644)"},
		{open, []string{"status"}, "can be read by others (mode 0644)"},
	} {
		_, stderr, code := agent(t, c.stateDir, c.args...)
		if code != 1 || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "ecoparc-agent: ") || !strings.Contains(stderr, c.want) {
			t.Errorf("agent %s: status %d, %q; want status 1 and one line with %q", strings.Join(c.args, " "), code, stderr, c.want)
		}
	}
	for _, args := range [][]string{{}, {"enrol"}, {"dance"}, {"run", "--dance"}} {
		if _, stderr, code := agent(t, fresh, args...); code == 0 || !strings.Contains(stderr, "ecoparc-agent: error: ") {
			t.Errorf("agent %v: status %d, %q; want a failure that says why", args, code, stderr)
		}
	}
}

// TestWhoMayNotLookIsToldWhoMay: an administrator forgets sudo now and then.
func TestWhoMayNotLookIsToldWhoMay(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to be somebody else")
	}
	dir := filepath.Join(filepath.Dir(program), "state")
	agenttest.Write(t, filepath.Join(dir, "identity.json"), "{}", false)
	for path, mode := range map[string]os.FileMode{dir: 0o700, filepath.Dir(program): 0o755} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(dir, 1, 1); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := agent(t, dir, "run"); code != 1 || !strings.Contains(stderr, "which could not read what root makes in it: start the service") {
		t.Errorf("run as root beside a service: status %d, %q; want that it is not for root", code, stderr)
	}
	for _, command := range []string{"status", "show"} {
		c := exec.CommandContext(t.Context(), program, "--state-dir", dir, command)
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		if out, err := c.CombinedOutput(); err == nil || !strings.Contains(string(out), "permission denied; it takes an administrator: sudo") {
			t.Errorf("%s: %v, %q; want that it takes an administrator", command, err, out)
		}
	}
}

func TestVersion(t *testing.T) {
	if stdout, stderr, code := agent(t, t.TempDir(), "version"); code != 0 || stdout != "ecoparc-agent v1.2.3\n" || stderr != "" {
		t.Errorf("%q, %q, status %d", stdout, stderr, code)
	}
}

// TestTokenOnStandardInput: what a deployment tool hands over is in no list of processes,
// and it hears whether anything changed.
func TestTokenOnStandardInput(t *testing.T) {
	config := filepath.Join(t.TempDir(), "agent.yaml")
	for i, want := range []string{config + " says where to enrol.", "Nothing to change: " + config + " says so already."} {
		c := exec.CommandContext(t.Context(), program, "--config", config, "configure", "--collector", "https://ecoparc.example.fr", "--token", "-")
		c.Stdin = strings.NewReader([]string{"", "\ufeff"}[i] + "ecoparc-2ze7m6pk\r\n") // as some shells begin what they hand over
		if out, err := c.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), want) {
			t.Errorf("%v: %s; want %q", err, out, want)
		}
	}
	if text, err := os.ReadFile(config); err != nil || !strings.Contains(string(text), "token: ecoparc-2ze7m6pk\n") {
		t.Errorf("%v: %s", err, text)
	}
}

// TestFirstDayOfADevice enrols a device, looks at what it would send, and at how it
// is doing.
func TestFirstDayOfADevice(t *testing.T) {
	collector := agenttest.NewCollector(t)
	dir := filepath.Join(t.TempDir(), "state")
	stdout, stderr, code := agent(t, dir, "enrol", "--insecure-http", "--collector", collector.URL, "--token", agenttest.Token, "--label", "PC-12")
	if code != 0 || !strings.Contains(stdout, "Enrolled as "+agenttest.Device) {
		t.Fatalf("enrol: %q, %q, status %d", stdout, stderr, code)
	}
	if body := collector.Requests()[0].Body; !bytes.Contains(body, []byte(`"label":"PC-12"`)) {
		t.Errorf("the label is not in the enrolment: %s", body)
	}
	s, err := spool.Open(filepath.Join(dir, "spool"), spool.DefaultLimitB)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2025, 11, 24, 8, 0, 0, 0, time.UTC)
	w := report.Window{
		Start: start, SpanS: 900, LoadMs: [report.LoadBins]int64{900_000}, CPUBusyMs: 1, CPUCapacityMs: 2, MemUsedMiB: 3, NetRxB: 4, NetTxB: 5,
		DiskReadB: 6, DiskWriteB: 7, AgentCPUMs: 8, AgentTxB: 9, Energy: []report.Reading{{Source: "battery", Boundary: report.Battery, EnergyUJ: 10, CoveredMs: 11}},
	}
	if err := errors.Join(s.Append(w), s.Close()); err != nil {
		t.Fatal(err)
	}

	raw, _, code := agent(t, dir, "show", "--raw")
	if _, err := report.Decode([]byte(raw), start.Add(time.Hour)); err != nil || code != 0 {
		t.Errorf("show --raw: status %d, %v:\n%s\nwant what a collector takes", code, err, raw)
	}
	shown, _, code := agent(t, dir, "show")
	body, explained, ok := strings.Cut(shown, "\n")
	if code != 0 || !ok || body != raw || !strings.Contains(explained, "byte for byte") {
		t.Errorf("show: status %d:\n%s\nwant the bytes of --raw:\n%s", code, shown, raw)
	}
	for _, field := range fieldsOf(body) {
		if !regexp.MustCompile(`(?m)^  \S*\b` + field + ` +[A-Z].{10,}\.$`).MatchString(explained) {
			t.Errorf("show does not say what %q is for:\n%s", field, explained)
		}
	}

	agenttest.Write(t, filepath.Join(dir, "rejected.jsonl"), "{}\n{}\n", false)
	stdout, stderr, code = agent(t, dir, "status")
	for _, want := range []string{agenttest.Device + " at " + collector.URL, "1 window waiting", "none yet", "2 windows that the collector did not take", "Meter ", ", which sees "} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("status %d, %q:\n%s\nwant %q", code, stderr, stdout, want)
		}
	}
	if strings.Contains(stdout+shown, agenttest.Secret) {
		t.Error("the device's secret is printed")
	}
}

// fieldsOf are the names of all fields in a JSON document.
func fieldsOf(body string) (names []string) {
	for _, m := range regexp.MustCompile(`"([a-z_]+)":`).FindAllStringSubmatch(body, -1) {
		names = append(names, m[1])
	}
	return names
}

func TestStatusOfARefusedDeviceSaysWhatHelps(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	refused := uplink.Refusal{Status: 401, Problem: report.Problem{Field: "Authorization", Reason: "this collector does not know this device and secret"}}
	err := errors.Join(
		uplink.Identity{Collector: "https://ecoparc.example.fr", Device: "d", Secret: "s"}.Save(dir),
		uplink.Status{LastError: refused.Error()}.Save(dir),
	)
	if err != nil {
		t.Fatal(err)
	}
	if stdout, stderr, code := agent(t, dir, "status"); code != 0 || !strings.Contains(stdout, "does not know this device") || !strings.Contains(stdout, "a new token of the site") {
		t.Errorf("status %d, %q:\n%s\nwant why, and what helps", code, stderr, stdout)
	}
}

func TestExampleSaysThatItIsOne(t *testing.T) {
	shown, stderr, code := agent(t, t.TempDir(), "show")
	if code != 0 || !strings.Contains(shown, "is an example, measured just now") || !strings.HasPrefix(shown, `{"schema":1,"device":"not-enrolled","agent":"v1.2.3"`) {
		t.Errorf("status %d, %q:\n%s\nwant an example of this version", code, stderr, shown)
	}
}
