package api_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/collector/ledger/pack"
	"github.com/ecoparc/ecoparc/models/report"
)

// Whoever watches the collector needs no account, and learns nothing of the fleet.
func TestHealthNeedsNoSignIn(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if answer, body := s.get(path, nil); answer.StatusCode != http.StatusOK || string(body) != "ok\n" {
			t.Errorf("%s: %s %q", path, answer.Status, body)
		}
	}
}

// A collector that cannot work lives all the same: it is not to be restarted, but
// not to be sent work either.
func TestNotReadyIs503AndStillHealthy(t *testing.T) {
	s := start(t)
	s.ready = errors.New("the data folder is away")
	answer, body := s.get("/readyz", nil)
	if p := problemOf(t, body); answer.StatusCode != http.StatusServiceUnavailable || p.Reason != "the data folder is away" {
		t.Errorf("/readyz: %s %s", answer.Status, body)
	}
	if answer, _ := s.get("/healthz", nil); answer.StatusCode != http.StatusOK {
		t.Errorf("/healthz: %s", answer.Status)
	}
	s.ready = nil
	if answer, _ := s.get("/readyz", nil); answer.StatusCode != http.StatusOK {
		t.Errorf("ready again: %s", answer.Status)
	}
}

// line is a line of Prometheus text: a name with labels, and a number.
var line = regexp.MustCompile(`^([a-z_]+(?:\{[^}]*\})?) (\S+)$`)

func (s *server) metrics() (text string, values map[string]float64) {
	s.t.Helper()
	answer, body := s.get("/metrics", nil)
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/plain; version=0.0.4" {
		s.t.Fatalf("/metrics: %s, %s", answer.Status, answer.Header.Get("Content-Type"))
	}
	values = map[string]float64{}
	for l := range strings.Lines(string(body)) {
		m := line.FindStringSubmatch(strings.TrimSpace(l))
		if m == nil {
			s.t.Errorf("/metrics has the line %q", l)
			continue
		}
		v, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			s.t.Errorf("/metrics has the line %q", l)
		}
		values[m[1]] = v
	}
	return string(body), values
}

func TestMetricsCountWhatIntakeDid(t *testing.T) {
	s := start(t)
	twins, leftOut := int64(0), int64(0)
	s.counters.WatchTwins(func(context.Context) (int64, int64, error) { return twins, leftOut, nil })
	_, before := s.metrics()
	twins, leftOut = 2, 30
	s.counters.Windows(96, 0)
	s.counters.Windows(1, 95)
	s.counters.Rejected(http.StatusUnauthorized)
	s.counters.Rejected(http.StatusUnauthorized)
	s.counters.Rejected(http.StatusUnprocessableEntity)
	_, after := s.metrics()
	for name, want := range map[string]float64{
		`ecoparc_windows_total{kind="new"}`: 97, `ecoparc_windows_total{kind="repeat"}`: 95,
		`ecoparc_requests_rejected_total{status="401"}`: 2, `ecoparc_requests_rejected_total{status="422"}`: 1,
		`ecoparc_outbox_windows`: 0, `ecoparc_unposted_reports`: 0, `ecoparc_twin_devices`: 2, `ecoparc_twin_windows_left_out`: 30,
	} {
		if got, there := after[name]; !there || got != want || before[name] != 0 {
			t.Errorf("%s was %v, is %v, want %v", name, before[name], got, want)
		}
	}
	if after["process_resident_memory_bytes"] <= 0 {
		t.Error("the process's own memory is not told")
	}
	waits := pack.Append(nil, make([]report.Window, 1))
	// The outbox is counted when asked, and trouble is not told as an empty one.
	if _, err := s.store.Write.Exec("INSERT INTO outbox (device, windows, total_windows, total_b) VALUES (1, ?, 1, 9), (1, ?, 2, 18)", waits, waits); err != nil {
		t.Fatal(err)
	}
	if _, values := s.metrics(); values["ecoparc_outbox_windows"] != 2 {
		t.Errorf("the outbox is told to hold %v windows", values["ecoparc_outbox_windows"])
	}
	s.store.Read.Close()
	if _, values := s.metrics(); values["ecoparc_outbox_windows"] != -1 {
		t.Errorf("an outbox that cannot be read is told to hold %v windows", values["ecoparc_outbox_windows"])
	}
}

func TestMetricsSayNothingOfAnyDevice(t *testing.T) {
	s := start(t)
	if answer, _ := s.get("/api/v1/devices/"+s.device, zoe); answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status)
	}
	text, _ := s.metrics()
	for _, secret := range []string{s.device, "CDI-07", "Exemple", "Département", "0750001U", "Model 1", "zoe", "127.0.0.1", fmt.Sprintf("site=\"%d\"", s.site)} {
		if strings.Contains(text, secret) {
			t.Errorf("/metrics tells %q", secret)
		}
	}
}

// Whoever watches a collector finds each number explained, and none that is not there.
// The names are read from the source: some metrics are made only where InfluxDB is configured.
func TestEveryMetricIsDocumented(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	names := func(text string) map[string]bool {
		found := map[string]bool{}
		for _, m := range regexp.MustCompile("[\"`](ecoparc_[a-z_]+)").FindAllStringSubmatch(text, -1) {
			found[m[1]] = true
		}
		return found
	}
	_, health, _ := strings.Cut(read("../../docs/configuration.md"), "\n### Health\n")
	health, _, _ = strings.Cut(health, "\n## ")
	made, told := names(read("health.go")+read("agents.go")), names(health)
	if len(made) < 9 || !maps.Equal(made, told) {
		t.Errorf("there are the metrics %v, docs/configuration.md tells of %v", slices.Sorted(maps.Keys(made)), slices.Sorted(maps.Keys(told)))
	}
}
