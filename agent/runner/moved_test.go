package runner_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/runner"
)

// TestCollectorThatMoved is followed to where the configuration says, without a restart,
// and the device is who it was.
func TestCollectorThatMoved(t *testing.T) {
	t.Parallel()
	before, after := agenttest.NewCollector(t), agenttest.NewCollector(t)
	config, path := configured(t, before)
	if _, err := runner.Enrol(t.Context(), config, before.URL, agenttest.Token, ""); err != nil {
		t.Fatal(err)
	}
	before.Answer(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	if _, err := runner.Configure(path, after.URL, agenttest.Token, "", true); err != nil {
		t.Fatal(err)
	}
	stop := start(t, config)
	eventually(t, "windows arrive where it moved", func() bool { return len(after.Windows()) > 0 })
	stop()
	for _, r := range after.Requests() {
		if r.Path == "/api/v1/enrol" {
			t.Error("it enrolled anew")
		}
	}
	config.Collector = after.URL // as it is read at the next start
	if s, err := runner.ReadStatus(config); err != nil || s.Identity.Collector != after.URL {
		t.Errorf("status %+v, %v; want the new address", s, err)
	}
	elsewhere := hasty(filepath.Join(t.TempDir(), "state"))
	elsewhere.Collector = after.URL
	if _, err := runner.Enrol(t.Context(), elsewhere, before.URL, agenttest.Token, ""); err == nil || !strings.Contains(err.Error(), "the configuration says") {
		t.Errorf("enrolled elsewhere than the configuration says: %v", err)
	}
}

// TestBetterTokenIsTakenUpSoon: a service whose token was refused does not wait for its
// next try, which is an hour away, when an administrator has put in another one.
func TestBetterTokenIsTakenUpSoon(t *testing.T) {
	t.Parallel()
	collector := agenttest.NewCollector(t)
	config, path := configured(t, collector)
	if _, err := runner.Configure(path, collector.URL, "used-token", "", true); err != nil {
		t.Fatal(err)
	}
	config.Token = "used-token"
	stop := start(t, config)
	eventually(t, "it is refused", func() bool { return len(collector.Requests()) > 0 })
	if _, err := runner.Configure(path, collector.URL, agenttest.Token, "", true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "windows arrive", func() bool { return len(collector.Windows()) > 0 })
	stop()
	for _, r := range collector.Requests()[1:] {
		if strings.Contains(string(r.Body), "used-token") {
			t.Error("the refused token was tried again")
		}
	}
}
