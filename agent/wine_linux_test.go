package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/models/report"
)

// wineMachine is a machine of Wine's with the agent.
type wineMachine struct {
	*agenttest.Wine
	agent string
}

// newWineMachine builds the agent for Windows and sets up a machine to start it on.
func newWineMachine(t *testing.T) *wineMachine {
	t.Helper()
	w := &wineMachine{agenttest.NewWine(t), filepath.Join(t.TempDir(), "agent.exe")}
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags", "-X main.version=v1.2.3", "-o", w.agent, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build the agent for Windows: %v\n%s", err, out)
	}
	return w
}

func (w *wineMachine) run(t *testing.T, config string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, problems bytes.Buffer
	c := w.Command(t, append([]string{w.agent, "--state-dir", `C:\state`, "--config", config}, args...)...)
	c.Stdout, c.Stderr = &out, &problems
	if err := c.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return strings.ReplaceAll(out.String(), "\r\n", "\n"), problems.String(), c.ProcessState.ExitCode()
}

// TestFirstDayOfADeviceWithWindows starts the program for Windows as it ships: it
// shows an example, enrols at a real collector, runs and tells its status. `make
// platforms` also waits until its windows have arrived. What Wine cannot tell, as the
// meters of real hardware, is not tested by that.
func TestFirstDayOfADeviceWithWindows(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	w := newWineMachine(t)
	collector := agenttest.StartProgram(t)
	config := filepath.Join(filepath.Dir(w.agent), "agent.yaml")
	agenttest.Write(t, config, "window: 1m\nupload_interval: 1m\nsample_interval: 5s\nca_file: '"+agenttest.Outside(collector.CA)+"'\n", false)
	config = agenttest.Outside(config)

	if stdout, stderr, code := w.run(t, config, "version"); code != 0 || stdout != "ecoparc-agent v1.2.3\n" {
		t.Fatalf("version: %q, %q, status %d", stdout, stderr, code)
	}
	raw, stderr, code := w.run(t, config, "show", "--raw")
	example, err := report.Decode([]byte(raw), time.Now())
	if code != 0 || err != nil {
		t.Fatalf("show: status %d, %v, %s\n%s", code, err, stderr, raw)
	}
	makesSense(t, example.Inventory, example.Windows)

	if stdout, stderr, code := w.run(t, config, "enrol", "--collector", collector.URL, "--token", collector.Token); code != 0 {
		t.Fatalf("enrol: %q, %q, status %d", stdout, stderr, code)
	}
	devices := collector.Devices()
	if len(devices) != 1 {
		t.Fatalf("devices %v; want one", devices)
	}
	agent := w.Command(t, w.agent, "--state-dir", `C:\state`, "--config", config, "run")
	var log bytes.Buffer
	agent.Stderr = &log
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- agent.Wait() }()
	var arrived []report.Window
	long := os.Getenv("ECOPARC_PLATFORMS") != ""
	for deadline := time.Now().Add(4 * time.Minute); ; {
		select {
		case err := <-ended:
			t.Fatalf("the agent ended by itself: %v\n%s", err, &log)
		case <-time.After(10 * time.Second):
		}
		if arrived = collector.Arrived(devices[0]); !long || len(arrived) > 0 || time.Now().After(deadline) {
			break
		}
	}
	if long {
		kept := collector.Kept(devices[0])
		makesSense(t, &kept.Device.Inventory, arrived)
	}
	agent.Process.Kill()
	<-ended
	if stdout, stderr, code := w.run(t, config, "status"); code != 0 || !strings.Contains(stdout, devices[0]+" at "+collector.URL) {
		t.Errorf("status: %q, %q, status %d\n%s", stdout, stderr, code, &log)
	}
	if !strings.Contains(log.String(), "agent running") {
		t.Errorf("the agent did not run:\n%s", &log)
	}
	t.Run("proxy", func(t *testing.T) { testProxy(t, w) })
}

// makesSense looks at what an agent measured on a machine of Wine's: there is
// something of everything, and no more than there can be.
func makesSense(t *testing.T, v *report.Inventory, windows []report.Window) {
	t.Helper()
	if v.OS != "windows" || v.OSVersion == "" || v.CPU == "" || v.StorageGB == 0 || v.MemoryMiB == 0 || v.LogicalCPUs == 0 || len(v.Meters) == 0 {
		t.Errorf("it does not know its machine: %+v", v)
	}
	for _, m := range v.Meters {
		if m.Status == report.MeterRead {
			t.Errorf("Wine has no meter; the agent reads %+v", m)
		}
	}
	if len(windows) == 0 {
		t.Error("no windows")
	}
	for _, w := range windows {
		running := w.RunningMs()
		if running <= 0 || running > w.SpanS*1000 || len(w.Energy) > 0 ||
			w.CPUBusyMs <= 0 || w.CPUBusyMs > w.CPUCapacityMs || w.CPUCapacityMs > running*int64(v.LogicalCPUs)*5/4 ||
			w.MemUsedMiB <= 0 || w.MemUsedMiB > int64(v.MemoryMiB) {
			t.Errorf("of a machine with %d processors and %d MiB: %+v", v.LogicalCPUs, v.MemoryMiB, w)
		}
	}
}
