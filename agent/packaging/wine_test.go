//go:build linux

package packaging_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
)

// TestInstallerOfWindows has Wine's installer install the .msi in silence, by the
// start-up script for group policies, and its service manager run the service; it
// upgrades and removes it. `make platforms` does it: it takes a minute.
//
// Wine knows no access lists of the installer, and keeps no list that inherits
// nothing: the folders get their rights beforehand.
func TestInstallerOfWindows(t *testing.T) {
	if os.Getenv("ECOPARC_PLATFORMS") == "" {
		t.Skip("NOT RUN: the installer of Windows under Wine: `make platforms`")
	}
	dir, newer := built(t), t.TempDir()
	build(t, newer, "v1.3.0", "windows/amd64")
	w := agenttest.NewWine(t)
	c := agenttest.StartProgram(t)
	folder := filepath.Join(w.Drive, "ProgramData", "Ecoparc")
	if err := os.MkdirAll(filepath.Join(folder, "agent"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(folder, "ecoparc-agent.yaml")
	agenttest.Write(t, config, "ca_file: '"+agenttest.Outside(c.CA)+"'\n", false)
	program := filepath.Join(w.Drive, "Program Files", "Ecoparc", "Agent", "ecoparc-agent.exe")

	windows := func(args ...string) string {
		t.Helper()
		c := w.Command(t, args...)
		c.WaitDelay = 10 * time.Second // a service that it started may keep what it writes to
		out, err := c.CombinedOutput()
		if err != nil && !errors.Is(err, exec.ErrWaitDelay) && !errors.As(err, new(*exec.ExitError)) {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(out), "\r", "")
	}
	// startUp runs the script as a computer does when it starts, from a share with both versions.
	share := t.TempDir()
	run(t, "cp", one(t, dir, ".msi"), one(t, newer, ".msi"), share)
	startUp := func(version string) {
		t.Helper()
		script, err := os.ReadFile("../../docs/deploy/start-up.cmd")
		if err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer("https://ecoparc.example.fr", c.URL, "ecoparc-...", c.Token, "VERSION=1.2.3", "VERSION="+version).Replace(string(script))
		agenttest.Write(t, filepath.Join(share, "start-up.cmd"), text, false)
		cmd := w.Command(t, "cmd", "/c", agenttest.Outside(filepath.Join(share, "start-up.cmd")))
		cmd.WaitDelay = 10 * time.Second
		if out, err := cmd.CombinedOutput(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
			t.Fatalf("the start-up script for version %s: %v\n%s", version, err, out)
		}
	}

	// Between two commands Wine would switch its machine off, and on again with the next.
	keepOn := w.Command(t, "cmd")
	_, err := keepOn.StdinPipe() // at which it waits for a command
	if err == nil {
		err = keepOn.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { keepOn.Process.Kill(); keepOn.Wait() }()

	runs := func() bool { return strings.Contains(windows("sc", "query", "ecoparc-agent"), "RUNNING") }
	within := func(limit time.Duration, what string, is func() bool) {
		t.Helper()
		for deadline := time.Now().Add(limit); !is(); time.Sleep(time.Second) {
			if time.Now().After(deadline) {
				t.Fatalf("not within %s: %s\n%s%s", limit, what, windows("sc", "query", "ecoparc-agent"), windows(program, "status"))
			}
		}
	}

	stop := func() {
		t.Helper()
		windows("sc", "stop", "ecoparc-agent")
		within(30*time.Second, "the service stops", func() bool { return !runs() })
	}

	startUp("1.2.3")
	within(30*time.Second, "the service runs", runs)
	within(30*time.Second, "the device enrols", func() bool { return len(c.Devices()) == 1 })
	text, err := os.ReadFile(config)
	if err != nil || !strings.Contains(string(text), "collector: "+c.URL) || !strings.Contains(string(text), "ca_file: ") {
		t.Errorf("configuration %s (%v); want the collector, and what was there", text, err)
	}
	before, err := os.Stat(program)
	if err != nil {
		t.Fatal(err)
	}
	startUp("1.2.3") // at the next start there is nothing to do
	if after, err := os.Stat(program); err != nil || !os.SameFile(before, after) || !runs() {
		t.Errorf("at its second start the computer installs again (%v)", err)
	}
	stop()
	windows("sc", "start", "ecoparc-agent")
	within(30*time.Second, "the service starts", runs)

	stop() // Wine's installer does not wait until a service has stopped, as that of Windows does
	startUp("1.3.0")
	if got := windows(program, "version"); got != "ecoparc-agent v1.3.0\n" {
		t.Errorf("after an upgrade it is %q", got)
	}
	within(30*time.Second, "the service runs after an upgrade", runs)
	if status := windows(program, "status"); !strings.Contains(status, c.Devices()[0]) || len(c.Devices()) != 1 {
		t.Errorf("after an upgrade there are the devices %v, and it is\n%s", c.Devices(), status)
	}

	stop()
	windows("msiexec", "/x", agenttest.Outside(one(t, newer, ".msi")), "/qn", "/norestart")
	if _, err := os.Stat(program); !os.IsNotExist(err) {
		t.Errorf("the program is left (%v)", err)
	}
	if query := windows("sc", "query", "ecoparc-agent"); strings.Contains(query, "STATE") {
		t.Errorf("the service is left: %s", query)
	}
	for _, left := range []string{config, filepath.Join(folder, "agent", "identity.json")} {
		if _, err := os.Stat(left); err != nil {
			t.Errorf("what the guide promises to leave is gone: %v", err)
		}
	}
}
