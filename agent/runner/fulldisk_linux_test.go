package runner_test

import (
	"strings"
	"testing"

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
