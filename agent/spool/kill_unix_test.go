//go:build unix

package spool_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/spool"
	"github.com/ecoparc/ecoparc/models/report"
)

const (
	killedDir = "ECOPARC_TEST_SPOOL"       // makes this program the one that is killed
	killsEnv  = "ECOPARC_TEST_SPOOL_KILLS" // how often
	killedB   = 128 << 10                  // segments of some 20 windows, so that they change often
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(killedDir); dir != "" {
		workUntilKilled(dir)
	}
	os.Exit(m.Run())
}

// workUntilKilled appends windows and sends them to its standard output, which is
// the collector here, before it acknowledges.
func workUntilKilled(dir string) {
	must := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	s, err := spool.Open(dir, killedB)
	must(err)
	for {
		next := 0
		if end := s.LastEnd(); !end.IsZero() {
			next = int(end.Sub(monday) / report.WindowLength)
		}
		for n := range rand.IntN(6) {
			must(s.Append(numbered(next + n)))
			fmt.Println("kept", next+n)
		}
		windows, upTo, err := s.Peek(1 + rand.IntN(8))
		must(err)
		for _, n := range numbersOf(windows) {
			fmt.Println("sent", n)
		}
		must(s.Ack(upTo))
		for _, n := range numbersOf(windows) {
			fmt.Println("acked", n)
		}
	}
}

// TestKilledAgentLosesNothingAndRepeatsNothingAcknowledged kills the process with
// signal 9, again and again, in the midst of appending and acknowledging.
func TestKilledAgentLosesNothingAndRepeatsNothingAcknowledged(t *testing.T) {
	t.Parallel()
	kills := 20
	if text := os.Getenv(killsEnv); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatalf("%s: %v", killsEnv, err)
		}
	}
	dir := t.TempDir()
	kept, acked := -1, -1
	received := map[int]bool{}
	for range kills {
		agenttest.Killed(t, 1+rand.IntN(300), 0, func(line string) {
			var what string
			var n int
			if _, err := fmt.Sscan(line, &what, &n); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			switch what {
			case "kept":
				kept = max(kept, n)
			case "sent":
				if n <= acked {
					t.Errorf("window %d is sent although all up to %d are acknowledged", n, acked)
				}
				received[n] = true
			case "acked":
				acked = max(acked, n)
			}
		}, killedDir+"="+dir)
	}
	s := open(t, dir, killedB)
	rest, _ := peek(t, s, 1_000_000)
	for _, n := range numbersOf(rest) {
		if n <= acked {
			t.Errorf("window %d waits although all up to %d are acknowledged", n, acked)
		}
		received[n] = true
	}
	for n := range kept + 1 {
		if !received[n] {
			t.Errorf("window %d is lost; %d were kept", n, kept+1)
		}
	}
	if most := slices.Max(append(numbersOf(rest), kept)); most > kept+kills || s.Dropped() != 0 {
		t.Errorf("window %d appeared, %d were kept, %d dropped", most, kept+1, s.Dropped())
	}
	t.Logf("%d windows, %d acknowledged, %d kills", kept+1, acked+1, kills)
}
