package runner_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/meter"
	"github.com/ecoparc/ecoparc/agent/runner"
	"github.com/ecoparc/ecoparc/models/report"
)

// TestMeterThatCanBeReadLater is read within a day, without a restart: laptops sleep for
// weeks and seldom start anew.
func TestMeterThatCanBeReadLater(t *testing.T) {
	t.Parallel()
	m := &wound{truth: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	collector := agenttest.NewCollector(t)
	collector.Clock(m.now)
	config := m.agent(t.TempDir(), "")
	config.InsecureHTTP = true
	var allowed atomic.Bool
	config.Machine.Meters = func() *meter.Found {
		entry := report.Meter{Source: "rapl-package-0", Boundary: report.Package, Status: report.MeterDenied, Reason: "the agent may not read it"}
		if !allowed.Load() {
			return &meter.Found{Looked: []report.Meter{entry}}
		}
		entry.Status, entry.Reason = report.MeterRead, ""
		return &meter.Found{Meters: []meter.Meter{tenWatts{m}}, Looked: []report.Meter{entry}}
	}
	if _, err := runner.Enrol(t.Context(), config, collector.URL, agenttest.Token, ""); err != nil {
		t.Fatal(err)
	}
	stop := start(t, config)
	metered := func() bool {
		all := collector.Windows()
		return len(all) > 0 && len(all[len(all)-1].Energy) > 0
	}
	eventually(t, "windows arrive", func() bool { return len(collector.Windows()) > 0 })
	if metered() {
		t.Error("there is energy of a meter that may not be read")
	}
	allowed.Store(true)
	m.startAnew(25 * time.Hour)
	eventually(t, "energy arrives", metered)
	stop()
}
