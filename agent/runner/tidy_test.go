package runner_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/runner"
)

// What was done for a report is tidied after it, and what samples leave each hour: of
// itself the program does it when there is much.
func TestMemoryIsTidiedAfterEachReportAndEachHour(t *testing.T) {
	collector := agenttest.NewCollector(t)
	config := enrolled(t, collector)
	var ahead, tidied atomic.Int64
	config.Machine = &runner.Machine{
		Clock: func() time.Time { return time.Now().Round(0).Add(time.Duration(ahead.Load())) },
		Tidy:  func() { tidied.Add(1) },
	}
	stop := start(t, config)
	eventually(t, "after a report", func() bool { return len(collector.Requests()) > 1 && tidied.Load() > 1 })
	stop()

	config.UploadInterval = 20 * time.Hour
	ahead.Store(int64(2 * time.Second)) // past the next report
	stop = start(t, config)
	eventually(t, "the last of them", func() bool { return tidied.Load() > 2 })
	before := tidied.Load()
	for hour := range int64(3) {
		ahead.Add(int64(time.Hour))
		eventually(t, "an hour later", func() bool { return tidied.Load() > before+hour })
	}
	stop()
	if n := tidied.Load() - before; n > 5 {
		t.Errorf("tidied %d times in three hours", n)
	}
}
