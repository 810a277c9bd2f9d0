package runner_test

import (
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/agent/hardware"
	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/runner"
	"github.com/ecoparc/ecoparc/agent/uplink"
	"github.com/ecoparc/ecoparc/models/report"
)

// configured is a device that enrolled with a token of its configuration file, and the
// file.
func configured(t *testing.T, c *agenttest.Collector) (config runner.Config, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "ecoparc-agent.yaml")
	if _, err := runner.Configure(path, c.URL, agenttest.Token, "", true); err != nil {
		t.Fatal(err)
	}
	config = hasty(filepath.Join(t.TempDir(), "state"))
	config.Path, config.Collector, config.Token = path, c.URL, agenttest.Token
	return config, path
}

// TestRefusedDeviceGetsBackInWithoutARestart: a new secret in the identity, as after a
// rotated key, is taken up by the running agent.
func TestRefusedDeviceGetsBackInWithoutARestart(t *testing.T) {
	t.Parallel()
	collector := agenttest.NewCollector(t)
	config := enrolled(t, collector)
	id, err := uplink.LoadIdentity(config.StateDir)
	if err != nil {
		t.Fatal(err)
	}
	old := id
	old.Secret = "old"
	if err := old.Save(config.StateDir); err != nil {
		t.Fatal(err)
	}
	refused := make(chan string, 100)
	collector.Answer(func(w http.ResponseWriter, r *http.Request) {
		if err := id.Save(config.StateDir); err != nil { // while the agent runs
			t.Error(err)
		}
		refused <- r.Header.Get("Authorization")
		agenttest.Say(w, http.StatusUnauthorized, report.Problem{Field: "Authorization", Reason: "this collector does not know this device and secret"})
	})
	fill(t, config)
	stop := start(t, config)
	if first := <-refused; !strings.HasSuffix(first, ".old") {
		t.Errorf("it began with %q; want the old secret", first)
	}
	collector.Answer(nil)
	eventually(t, "windows arrive under the new secret", func() bool { return len(collector.Windows()) > 0 })
	stop()
}

// TestRevokedDeviceEnrolsWithANewTokenOnly: the one it was made with is not tried
// again, so that who was retired stays so.
func TestRevokedDeviceEnrolsWithANewTokenOnly(t *testing.T) {
	t.Parallel()
	for _, fresh := range []bool{false, true} {
		collector := agenttest.NewCollector(t)
		config, path := configured(t, collector)
		if _, err := runner.Enrol(t.Context(), config, collector.URL, agenttest.Token, ""); err != nil {
			t.Fatal(err)
		}
		id, err := uplink.LoadIdentity(config.StateDir)
		if err != nil {
			t.Fatal(err)
		}
		id.Secret = "revoked"
		if fresh {
			id.Token = uplink.TokenHash("another token")
		}
		if err := id.Save(config.StateDir); err != nil {
			t.Fatal(err)
		}
		fill(t, config)
		before := len(collector.Requests())
		stop := start(t, config)
		if fresh {
			eventually(t, "it enrols anew", func() bool {
				id, err := uplink.LoadIdentity(config.StateDir)
				return err == nil && id.Secret == agenttest.Secret
			})
		} else {
			eventually(t, "it is refused", func() bool { return len(collector.Requests()) > before })
		}
		stop()
		enrolments := 0
		for _, r := range collector.Requests()[before:] {
			if r.Path == "/api/v1/enrol" {
				enrolments++
			}
		}
		if want := map[bool]int{false: 0, true: 1}[fresh]; enrolments != want {
			t.Errorf("with a new token %t: %d enrolments; want %d (%s)", fresh, enrolments, want, path)
		}
	}
}

// TestCopiedDiskDoesNotReportAsItsOrigin: without a token it stops and says why; with
// one it becomes a device of its own, and leaves the origin's windows to the origin.
func TestCopiedDiskDoesNotReportAsItsOrigin(t *testing.T) {
	t.Parallel()
	collector := agenttest.NewCollector(t)
	config, _ := configured(t, collector)
	cards := func(last byte) []net.HardwareAddr { return []net.HardwareAddr{{0xa0, 0x36, 0x9f, 0, 0, last}} }
	config.Machine = &runner.Machine{Cards: func() []net.HardwareAddr { return cards(2) }}
	origins := hardware.Take(cards(1))
	origin := uplink.Identity{Collector: collector.URL, Device: "d-origin", Secret: "origin", Hardware: &origins}
	if err := origin.Save(config.StateDir); err != nil {
		t.Fatal(err)
	}
	first := fill(t, config)
	if status, err := runner.ReadStatus(config); err != nil || !status.Copied {
		t.Errorf("status %+v, %v; want that it is a copy", status, err)
	}
	alone := config
	alone.Token = ""
	if err := runner.Run(t.Context(), alone, "test", false, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "copy") {
		t.Errorf("without a token: %v; want that it is a copy", err)
	}
	stop := start(t, config)
	eventually(t, "the copy reports", func() bool { return len(collector.Windows()) > 0 })
	stop()
	id, err := uplink.LoadIdentity(config.StateDir)
	if err != nil || id.Device == origin.Device || !id.Hardware.Same(cards(2)) || id.Hardware.Same(cards(1)) {
		t.Errorf("identity %+v, %v; want its own", id, err)
	}
	if status, err := runner.ReadStatus(config); err != nil || status.Copied {
		t.Errorf("status %+v, %v; want no copy any more", status, err)
	}
	for _, w := range collector.Windows() {
		if w.Start.Equal(first) {
			t.Error("it sent what its origin measured")
		}
	}
}
