package runner_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
)

// TestAnswerCommandsNothing: whatever a collector, or who pretends to be one, puts into
// an answer beside the acknowledgement, neither the configuration nor anything else in
// the agent's folder changes, and the reports go where they went.
func TestAnswerCommandsNothing(t *testing.T) {
	t.Parallel()
	collector := agenttest.NewCollector(t)
	config, path := configured(t, collector)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, config)
	asked := make(chan struct{}, 1000)
	stop := start(t, config)
	eventually(t, "it enrols", func() bool { return len(collector.Requests()) > 0 })
	collector.Answer(func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		w.Header().Set("X-Command", "run")
		agenttest.Say(w, http.StatusOK, map[string]any{
			"new": 0, "repeat": 96, "collector": "https://elsewhere.example.fr", "sample_interval": "1ms", "upload_interval": "1s",
			"command": "touch " + filepath.Join(config.StateDir, "commanded"), "exec": []string{"sh", "-c", "true"}, "update": "https://elsewhere.example.fr/agent",
		})
	})
	<-asked
	<-asked
	stop()
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the configuration became %q (%v)", after, err)
	}
	known := map[string]bool{"identity.json": true, "uplink": true, "spool": true, "rejected.jsonl": true}
	entries, err := os.ReadDir(config.StateDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !known[e.Name()] {
			t.Errorf("%s appeared in the agent's folder", e.Name())
		}
	}
}
