package api_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/ecoparc/ecoparc/collector/api"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/telemetry"
)

// exposed is what Prometheus itself reads of a collector that feeds InfluxDB, and
// that agents have told the worst of versions.
func exposed(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()
	s := start(t)
	l := ledger.Open(s.store, now.Location(), true)
	t.Cleanup(l.Close)
	feeder, err := telemetry.New(telemetry.Config{URL: "http://127.0.0.1:1", Bucket: "b"}, l, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	c := api.NewCounters(l, feeder)
	c.WatchAgents(func(context.Context) ([]registry.AgentVersion, error) {
		return []registry.AgentVersion{{Version: "a\"b\\c\nd é", Devices: 7}}, nil
	}, func() time.Time { return now })
	c.Rejected(http.StatusUnauthorized)
	answer := httptest.NewRecorder()
	for _, route := range api.HealthRoutes(func(context.Context) error { return nil }, c) {
		if strings.HasSuffix(route.Pattern, "/metrics") {
			route.Handler(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		}
	}
	if format := expfmt.ResponseFormat(answer.Result().Header); format.FormatType() != expfmt.TypeTextPlain {
		t.Errorf("Prometheus takes %q for %v", answer.Result().Header.Get("Content-Type"), format)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

func TestPrometheusReadsTheMetrics(t *testing.T) {
	families := exposed(t)
	version := families["ecoparc_agents"].GetMetric()[0]
	if version.GetLabel()[0].GetValue() != "a\"b\\c\nd é" || version.GetUntyped().GetValue() != 7 {
		t.Errorf("a version of agents is read as %v", version)
	}
	if n := len(families["ecoparc_windows_total"].GetMetric()); n != 2 {
		t.Errorf("windows are read as %d metrics, want new and repeat", n)
	}
}

// A dashboard that asks for a metric that does not exist is empty for ever.
func TestDashboardOfTheCollectorAsksForMetricsThatExist(t *testing.T) {
	families := exposed(t)
	text, err := os.ReadFile("../../dashboards/grafana/collector.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil || len(dashboard.Panels) == 0 {
		t.Fatal(err)
	}
	metric := regexp.MustCompile(`\b([a-z_]+)\{([^}]*)\}`)
	by := regexp.MustCompile(`by \(([a-z]+)\)`)
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			asked := metric.FindStringSubmatch(target.Expr)
			if asked == nil || families[asked[1]] == nil {
				t.Errorf("%s: %s asks for no metric of /metrics", p.Title, target.Expr)
				continue
			}
			if label := by.FindStringSubmatch(target.Expr); label != nil && families[asked[1]].GetMetric()[0].GetLabel()[0].GetName() != label[1] {
				t.Errorf("%s: %s groups by %q, which it does not have", p.Title, target.Expr, label[1])
			}
		}
	}
}
