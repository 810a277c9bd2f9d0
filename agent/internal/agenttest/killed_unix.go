//go:build unix

package agenttest

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Killed runs this very test program with an environment that makes it an agent, and
// kills it with signal 9 some time after it has said so many lines. Each line that
// arrives whole is given to heard; one that the agent was killed within was not said.
func Killed(t *testing.T, lines int, after time.Duration, heard func(line string), environment ...string) {
	t.Helper()
	agent := exec.Command(os.Args[0])
	agent.Env = append(os.Environ(), environment...)
	agent.Stderr = os.Stderr
	out, err := agent.StdoutPipe()
	if err == nil {
		err = agent.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for said := bufio.NewReader(out); ; lines-- {
		if lines == 0 {
			time.Sleep(after)
			if err := agent.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		line, err := said.ReadString('\n')
		if err != nil {
			break
		}
		heard(strings.TrimSuffix(line, "\n"))
	}
	if err := agent.Wait(); agent.ProcessState.ExitCode() != -1 {
		t.Fatalf("the process was not killed, but ended: %v", err)
	}
}
