package service

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/agent/packaging"
)

func TestUnitRunsThisProgramWithItsArguments(t *testing.T) {
	got := unit("/opt/eco parc/agent", []string{"--config", "/srv/100%/$x.yaml", "run", "--await-enrolment"})
	if want := "\nExecStart=\"/opt/eco parc/agent\" --config /srv/100%%/$$x.yaml run --await-enrolment\n"; !strings.Contains(got, want) || strings.Count(got, "ExecStart=") != 1 {
		t.Errorf("unit:\n%s\nwant %q", got, want)
	}
	if unit(packaging.Program, []string{"run", "--await-enrolment"}) != packaging.Unit {
		t.Error("the program of a package gets another unit than the package's")
	}
}

// TestUnitIsClosed asks systemd itself how much of the system the unit leaves open.
func TestUnitIsClosed(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("needs systemd-analyze")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "ecoparc-agent.service")
	text := strings.ReplaceAll(packaging.Unit, packaging.Program, "/bin/true") // which exists here
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", path).CombinedOutput(); err != nil || strings.Contains(string(out), "Unknown") {
		t.Errorf("systemd does not take the unit: %v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=yes", "--no-pager", path).CombinedOutput()
	level := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`).FindSubmatch(out)
	if level == nil {
		t.Skipf("this systemd-analyze cannot judge a file: %v\n%.200s", err, out)
	}
	if exposure, err := strconv.ParseFloat(string(level[1]), 64); err != nil || exposure > 2 {
		t.Errorf("exposure %s of 10; want 2 at most:\n%s", level[1], out)
	}
}

func TestWithoutSystemdTheAnswerSaysWhatToDo(t *testing.T) {
	if _, err := os.Stat("/run/systemd/system"); err == nil {
		t.Skip("systemd runs here")
	}
	for _, action := range []string{Install, Start, Stop, Status, Uninstall} {
		if _, err := Control(action, ""); err == nil || !strings.Contains(err.Error(), "ecoparc-agent run --await-enrolment") {
			t.Errorf("%s: %v; want what to do instead", action, err)
		}
	}
}
