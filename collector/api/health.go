package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/telemetry"
	"github.com/ecoparc/ecoparc/models/report"
)

// Counters are the collector's own metrics.
type Counters struct {
	set            *metrics.Set
	newWindows     *metrics.Counter
	repeatWindows  *metrics.Counter
	rejectedByCode func(status int) *metrics.Counter
	agents         agentVersions
}

// NewCounters makes the metrics of a ledger and, where there is one, a feeder.
func NewCounters(l *ledger.Ledger, feeder *telemetry.Feeder) *Counters {
	set := metrics.NewSet()
	c := &Counters{
		set:           set,
		newWindows:    set.NewCounter(`ecoparc_windows_total{kind="new"}`),
		repeatWindows: set.NewCounter(`ecoparc_windows_total{kind="repeat"}`),
		rejectedByCode: func(status int) *metrics.Counter {
			return set.GetOrCreateCounter(fmt.Sprintf(`ecoparc_requests_rejected_total{status="%d"}`, status))
		},
	}
	set.NewGauge("ecoparc_outbox_windows", func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		n, err := l.Waiting(ctx)
		if err != nil {
			return -1
		}
		return float64(n)
	})
	set.NewGauge("ecoparc_unposted_reports", func() float64 {
		reports, _ := l.Unposted()
		return float64(reports)
	})
	if feeder != nil {
		set.NewGauge("ecoparc_influxdb_points_written", func() float64 { return float64(feeder.Status().Points) })
	}
	return c
}

// WatchTwins shows how many devices are two machines, and how many windows of theirs are
// left out.
func (c *Counters) WatchTwins(count func(context.Context) (devices, leftOut int64, err error)) {
	gauge := func(name string, of func(devices, leftOut int64) int64) {
		c.set.NewGauge(name, func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			devices, leftOut, err := count(ctx)
			if err != nil {
				return -1
			}
			return float64(of(devices, leftOut))
		})
	}
	gauge("ecoparc_twin_devices", func(devices, _ int64) int64 { return devices })
	gauge("ecoparc_twin_windows_left_out", func(_, leftOut int64) int64 { return leftOut })
}

// WatchAnswers shows how far kept answers are that are computed anew.
func (c *Counters) WatchAnswers(progress func() (share float64, left int)) {
	c.set.NewGauge("ecoparc_recompute_progress_ratio", func() float64 { share, _ := progress(); return share })
	c.set.NewGauge("ecoparc_recompute_answers_left", func() float64 { _, left := progress(); return float64(left) })
}

// Windows counts windows that were filed.
func (c *Counters) Windows(isNew, repeat int) {
	c.newWindows.Add(isNew)
	c.repeatWindows.Add(repeat)
}

// Rejected counts requests that were answered with a problem.
func (c *Counters) Rejected(status int) { c.rejectedByCode(status).Inc() }

// HealthRoutes are /healthz (the process lives), /readyz (it can work) and /metrics
// (Prometheus text). They need no sign-in and say nothing of any device.
func HealthRoutes(ready func(context.Context) error, c *Counters) []gate.Route {
	public := func(path string, handler http.HandlerFunc) gate.Route {
		return gate.Route{Pattern: "GET " + path, Scope: access.Public, Handler: handler}
	}
	return []gate.Route{
		public("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }),
		public("/readyz", func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
			defer cancel()
			if err := ready(ctx); err != nil {
				write(w, http.StatusServiceUnavailable, report.Problem{Reason: err.Error()})
				return
			}
			fmt.Fprintln(w, "ok")
		}),
		public("/metrics", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain; version=0.0.4")
			c.set.WritePrometheus(w)
			c.agents.write(r.Context(), w)
			metrics.WriteProcessMetrics(w)
		}),
	}
}
