package runner_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/runner"
)

const agentEnv = "ECOPARC_TEST_AGENT" // makes this program an agent on that state folder

func TestMain(m *testing.M) {
	if dir := os.Getenv(agentEnv); dir != "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		if err := runner.Run(ctx, hasty(dir), "test", false, slog.New(slog.DiscardHandler)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// TestAgentListensOnNothingAndStartsNoProcess watches an agent in a process of its
// own, from its start through uploads to its end, from the outside.
func TestAgentListensOnNothingAndStartsNoProcess(t *testing.T) {
	t.Parallel()
	collector := agenttest.NewCollector(t)
	config := enrolled(t, collector)
	agent := exec.Command(os.Args[0])
	agent.Env = append(os.Environ(), agentEnv+"="+config.StateDir)
	agent.Stderr = os.Stderr
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { agent.Process.Kill() })
	proc := filepath.Join("/proc", strconv.Itoa(agent.Process.Pid))
	eventually(t, "windows arrive", func() bool {
		if open := listening(t, proc); len(open) > 0 {
			t.Fatalf("the agent listens: %q", open)
		}
		return len(collector.Windows()) >= 2
	})
	if faults := childrensFaults(t, proc); faults != 0 {
		t.Errorf("page faults of ended children: %d; want none, as there were no children", faults)
	}
	if children, err := filepath.Glob(proc + "/task/*/children"); err != nil {
		t.Fatal(err)
	} else {
		for _, path := range children {
			if text, err := os.ReadFile(path); err == nil && len(text) > 0 {
				t.Errorf("the agent has children: %s", text)
			}
		}
	}
	if err := agent.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := agent.Wait(); err != nil {
		t.Errorf("the agent ended with %v", err)
	}
}

// listening are the lines of the kernel's socket tables (proc_net_tcp.rst) that are
// sockets of a process and wait for others: TCP in state LISTEN, any UDP, any Unix
// socket with a name.
func listening(t testing.TB, proc string) (open []string) {
	t.Helper()
	mine := map[string]bool{}
	links, err := filepath.Glob(proc + "/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && strings.HasPrefix(to, "socket:[") {
			mine[strings.Trim(strings.TrimPrefix(to, "socket:"), "[]")] = true
		}
	}
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6", "unix"} {
		text, err := os.ReadFile(proc + "/net/" + table)
		if err != nil && table != "tcp6" && table != "udp6" { // a kernel without IPv6
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			f := strings.Fields(line)
			switch {
			case table == "unix" && len(f) > 7 && mine[f[6]],
				strings.HasPrefix(table, "udp") && len(f) > 9 && mine[f[9]],
				strings.HasPrefix(table, "tcp") && len(f) > 9 && mine[f[9]] && f[3] == "0A":
				open = append(open, table+" "+line)
			}
		}
	}
	return open
}

// childrensFaults are the page faults of the children that a process waited for
// (cminflt in proc_pid_stat(5)): no process runs without some.
func childrensFaults(t testing.TB, proc string) int {
	t.Helper()
	text, err := os.ReadFile(proc + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(text), ") ")
	fields := strings.Fields(after) // from the third on
	if !ok || len(fields) < 9 {
		t.Fatalf("stat holds %q", text)
	}
	faults, err := strconv.Atoi(fields[11-3])
	if err != nil {
		t.Fatal(err)
	}
	return faults
}
