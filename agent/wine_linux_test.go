package main

import (
	"bytes"
	"encoding/binary"
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

// wineMachine is a machine of Wine's, in a folder of its own.
type wineMachine struct {
	wine, agent string
	env         []string
}

// newWineMachine builds the agent for Windows and sets up a machine to start it on. Where
// there is no Wine, the test is skipped.
func newWineMachine(t *testing.T) *wineMachine {
	t.Helper()
	wine, err := exec.LookPath("wine64")
	if err != nil {
		if wine = "/usr/lib/wine/wine64"; !isFile(wine) { // where Debian puts it
			t.Skip("NOT RUN: the Windows build under Wine; install it: apt-get install wine64")
		}
	}
	dir := t.TempDir()
	w := &wineMachine{wine: wine, agent: filepath.Join(dir, "agent.exe")}
	w.env = append(os.Environ(), "HOME="+dir, "WINEPREFIX="+filepath.Join(dir, "prefix"), "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=")
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags", "-X main.version=v1.2.3", "-o", w.agent, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build the agent for Windows: %v\n%s", err, out)
	}
	boot := w.command(t, wine, "wineboot", "--init")
	if out, err := boot.CombinedOutput(); err != nil {
		t.Skipf("NOT RUN: the Windows build under Wine, which does not start here: %v\n%s", err, out)
	}
	t.Cleanup(func() { // the processes of that machine alone
		server := filepath.Join(filepath.Dir(wine), "wineserver")
		if isFile(server) {
			kill := exec.Command(server, "-k")
			kill.Env = w.env
			kill.Run()
		}
	})
	system := filepath.Join(dir, "prefix", "drive_c", "windows", "system32")
	if random := filepath.Join(system, "bcryptprimitives.dll"); !isFile(random) {
		if err := os.WriteFile(random, forwarder("bcryptprimitives.dll", "ProcessPrng", "advapi32.SystemFunction036"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func (w *wineMachine) command(t *testing.T, args ...string) *exec.Cmd {
	c := exec.CommandContext(t.Context(), args[0], args[1:]...)
	c.Env = w.env
	return c
}

func (w *wineMachine) run(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, problems bytes.Buffer
	c := w.command(t, append([]string{w.wine, w.agent, "--state-dir", `C:\state`}, args...)...)
	c.Stdout, c.Stderr = &out, &problems
	if err := c.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return strings.ReplaceAll(out.String(), "\r\n", "\n"), problems.String(), c.ProcessState.ExitCode()
}

// TestFirstDayOfADeviceWithWindows starts the program for Windows as it ships: it
// shows an example, enrols, runs and tells its status. That its windows arrive is not
// tested by that, nor what Wine cannot tell, as the meters of real hardware.
func TestFirstDayOfADeviceWithWindows(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	w := newWineMachine(t)
	if stdout, stderr, code := w.run(t, "version"); code != 0 || stdout != "ecoparc-agent v1.2.3\n" {
		t.Fatalf("version: %q, %q, status %d", stdout, stderr, code)
	}
	raw, stderr, code := w.run(t, "show", "--raw")
	example, err := report.Decode([]byte(raw), time.Now())
	if code != 0 || err != nil {
		t.Fatalf("show: status %d, %v, %s\n%s", code, err, stderr, raw)
	}
	v, first := example.Inventory, example.Windows[0]
	if v.OS != "windows" || v.OSVersion == "" || v.CPU == "" || v.StorageGB == 0 || v.MemoryMiB == 0 || len(v.Meters) == 0 || first.CPUCapacityMs == 0 || first.MemUsedMiB == 0 || first.RunningMs() == 0 {
		t.Errorf("it measures nothing: %s", raw)
	}
	for _, m := range v.Meters {
		if m.Status == report.MeterRead {
			t.Errorf("Wine has no meter; the agent reads %+v", m)
		}
	}

	collector := agenttest.NewCollector(t)
	if stdout, stderr, code := w.run(t, "enrol", "--insecure-http", "--collector", collector.URL, "--token", agenttest.Token); code != 0 {
		t.Fatalf("enrol: %q, %q, status %d", stdout, stderr, code)
	}
	config := filepath.Join(filepath.Dir(w.agent), "agent.yaml")
	agenttest.Write(t, config, "window: 1m\nupload_interval: 1m\nsample_interval: 5s\n", false)
	agent := w.command(t, w.wine, w.agent, "--state-dir", `C:\state`, "--config", `Z:`+strings.ReplaceAll(config, "/", `\`), "run")
	var log bytes.Buffer
	agent.Stderr = &log
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- agent.Wait() }()
	select {
	case err := <-ended:
		t.Fatalf("the agent ended by itself: %v\n%s", err, &log)
	case <-time.After(12 * time.Second):
	}
	agent.Process.Kill()
	<-ended
	if stdout, stderr, code := w.run(t, "status"); code != 0 || !strings.Contains(stdout, agenttest.Device+" at "+collector.URL) {
		t.Errorf("status: %q, %q, status %d\n%s", stdout, stderr, code, &log)
	}
	if !strings.Contains(log.String(), "agent running") {
		t.Errorf("the agent did not run:\n%s", &log)
	}
}

// forwarder is a library of Windows (a PE32+ file) with a single function, which is
// that of another library: Go's programs ask for random numbers where older versions
// of Wine have none.
func forwarder(name, function, to string) []byte {
	const headersB, address, sectionB = 0x200, 0x1000, 0x200
	le := binary.LittleEndian
	// The table of exports: its head, one address, one name, one ordinal, the texts.
	texts := name + "\x00" + function + "\x00" + to + "\x00"
	const addressAt, nameAt, ordinalAt, textsAt = 40, 44, 48, 50
	text := func(s string) uint32 { return uint32(address + textsAt + strings.Index(texts, s+"\x00")) }
	exports := make([]byte, sectionB)
	le.PutUint32(exports[12:], text(name))
	for at, v := range map[int]uint32{16: 1, 20: 1, 24: 1, 28: address + addressAt, 32: address + nameAt, 36: address + ordinalAt, addressAt: text(to), nameAt: text(function)} {
		le.PutUint32(exports[at:], v)
	}
	copy(exports[textsAt:], texts)

	file := make([]byte, headersB)
	copy(file, "MZ")
	le.PutUint32(file[60:], 64)
	pe := file[64:]
	copy(pe, "PE\x00\x00")
	le.PutUint16(pe[4:], 0x8664)  // AMD64
	le.PutUint16(pe[6:], 1)       // sections
	le.PutUint16(pe[20:], 240)    // bytes of the optional header
	le.PutUint16(pe[22:], 0x2022) // a library that can be run, for large addresses
	optional := pe[24:]
	le.PutUint16(optional, 0x20b)              // PE32+
	le.PutUint64(optional[24:], 0x180_000_000) // wanted address
	for at, v := range map[int]uint32{32: 0x1000, 36: 0x200, 56: 0x2000, 60: headersB, 108: 16, 112: address, 116: uint32(textsAt + len(texts))} {
		le.PutUint32(optional[at:], v) // alignments, sizes, number of tables, the table of exports
	}
	for at, v := range map[int]uint16{40: 6, 48: 6, 68: 3} { // versions of Windows, of a program with a console
		le.PutUint16(optional[at:], v)
	}
	section := optional[240:]
	copy(section, ".edata")
	for at, v := range map[int]uint32{8: sectionB, 12: address, 16: sectionB, 20: headersB, 36: 0x40000040} {
		le.PutUint32(section[at:], v)
	}
	return append(file, exports...)
}
