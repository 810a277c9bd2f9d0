package runner_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/runner"
)

// TestFolderThatTakesNothingSpendsNoToken: the service tries again and again, and each
// try would make another device.
func TestFolderThatTakesNothingSpendsNoToken(t *testing.T) {
	collector := agenttest.NewCollector(t)
	config := hasty("/proc") // where nobody makes files, root neither
	_, err := runner.Enrol(t.Context(), config, collector.URL, agenttest.Token, "")
	if err == nil || !strings.Contains(err.Error(), "cannot write to the state folder") || len(collector.Requests()) != 0 {
		t.Errorf("error %v, %d requests; want an error before any request", err, len(collector.Requests()))
	}
}

// TestDiskThatTakesNothingForAWhile loses no window: they wait in memory.
func TestDiskThatTakesNothingForAWhile(t *testing.T) {
	t.Parallel()
	collector := agenttest.NewCollector(t)
	config := enrolled(t, collector)
	spool := filepath.Join(config.StateDir, "spool")
	stop := start(t, config)
	eventually(t, "it runs", func() bool { _, err := os.Stat(spool); return err == nil })
	segment := filepath.Join(spool, "00000001.seg") // a folder, where the first file is to be
	if err := os.Mkdir(segment, 0o700); err != nil {
		t.Fatal(err)
	}
	time.Sleep(8 * time.Second) // three windows end
	room := time.Now()
	if err := os.Remove(segment); err != nil {
		t.Fatal(err)
	}
	eventually(t, "windows arrive", func() bool { return len(collector.Windows()) >= 3 })
	stop()
	end := collector.Windows()[0].Start
	if end.After(room.Add(-2 * time.Second)) {
		t.Errorf("the first window is of %s; none is of the time before %s, when there was no room", end, room)
	}
	for _, w := range collector.Windows() {
		if !w.Start.Equal(end) {
			t.Errorf("a window begins at %s; the one before ended at %s", w.Start, end)
		}
		end = w.End()
	}
}
