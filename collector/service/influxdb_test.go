package service_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/config"
	"github.com/ecoparc/ecoparc/collector/influxtest"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/service"
	"github.com/ecoparc/ecoparc/collector/telemetry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// collector is a collector that runs in this process.
type collector struct {
	*service.Service
	url    string
	failed chan struct{} // receives when a job fails
	stop   func()
}

// failures tells a channel of each warning of a failed job.
type failures struct {
	slog.Handler
	to chan struct{}
}

func (f failures) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "job failed" {
		select {
		case f.to <- struct{}{}:
		default:
		}
	}
	return nil
}

func (f failures) Enabled(context.Context, slog.Level) bool { return true }

func start(t *testing.T, c config.Config) *collector {
	t.Helper()
	c, err := c.Check()
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan struct{}, 1)
	s, err := service.Open(t.Context(), c, slog.New(failures{slog.DiscardHandler, failed}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stopped := false
	stop := func() {
		if !stopped {
			stopped = true
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(stop)
	return &collector{s, "http://" + s.Address(), failed, stop}
}

// post sends JSON and reads the answer, which must have the status.
func (c *collector) post(t *testing.T, path, authorization string, body any, status int, answer any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", authorization)
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err = io.ReadAll(got.Body)
	if err != nil || got.StatusCode != status {
		t.Fatalf("%s: %s %s %v", path, got.Status, text, err)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		t.Fatal(err)
	}
}

// enrol makes a site and enrols a device with a real token.
func (c *collector) enrol(t *testing.T, site string) report.EnrolResponse {
	t.Helper()
	owner, err := c.Registry.AddOrganisation(t.Context(), "Région", false)
	if err != nil {
		t.Fatal(err)
	}
	sites, err := c.Registry.AddSites(t.Context(), owner.ID, []registry.Site{{Name: site, Kind: registry.Lycee}})
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := c.Registry.CreateToken(t.Context(), sites[0].ID, equipment.Individual, 1, time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var id report.EnrolResponse
	c.post(t, "/api/v1/enrol", "", report.EnrolRequest{Token: token, Inventory: report.Inventory{Category: "laptop", Meters: []report.Meter{}}}, http.StatusCreated, &id)
	return id
}

func (c *collector) report(t *testing.T, id report.EnrolResponse, windows []report.Window) {
	t.Helper()
	var ack report.Ack
	c.post(t, "/api/v1/reports", "Bearer "+id.Device+"."+id.Secret, report.Report{Schema: report.Schema, Device: id.Device, Agent: "test", Windows: windows}, http.StatusOK, &ack)
	if ack.New != len(windows) {
		t.Fatalf("of %d windows %d were new", len(windows), ack.New)
	}
}

// fed waits until nothing waits for InfluxDB any more.
func (c *collector) fed(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		answer, err := http.Get(c.url + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\necoparc_outbox_windows 0\n") || strings.HasPrefix(string(text), "ecoparc_outbox_windows 0\n") {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("after a minute windows still wait for InfluxDB:\n%.300s", text)
		}
	}
}

// windowsFrom makes different windows, one for each quarter of an hour.
func windowsFrom(start time.Time, n int64) []report.Window {
	var all []report.Window
	for i := range n {
		all = append(all, report.Window{
			Start: start.Add(time.Duration(i) * report.WindowLength), SpanS: 900,
			LoadMs: report.Loads{800_000 - i, 0, 0, 0, 50_000 + i}, SuspendedMs: 1000 + i, OffMs: 2000 + i,
			CPUBusyMs: 90_000 + i, CPUCapacityMs: 3_400_000, MemUsedMiB: 2000 + i, NetRxB: 100 * i, NetTxB: 200 * i,
			DiskReadB: 300 * i, DiskWriteB: 400 * i, AgentCPUMs: 30 + i, AgentTxB: 500 * i, ScreenOnMs: 600_000 + i, ScreenOffMs: 100 * i,
			Energy: []report.Reading{{Source: "rapl-package-0", Boundary: report.Package, EnergyUJ: 1_000_000_000 + i, CoveredMs: 850_000}},
		})
	}
	return all
}

// fields is a window as InfluxDB holds it.
func fields(w report.Window) map[string]int64 {
	all := map[string]int64{
		"span_s": w.SpanS, "off_ms": w.OffMs, "suspended_ms": w.SuspendedMs, "cpu_busy_ms": w.CPUBusyMs, "cpu_capacity_ms": w.CPUCapacityMs, "mem_used_mib": w.MemUsedMiB,
		"net_rx_b": w.NetRxB, "net_tx_b": w.NetTxB, "disk_read_b": w.DiskReadB, "disk_write_b": w.DiskWriteB, "agent_cpu_ms": w.AgentCPUMs, "agent_tx_b": w.AgentTxB,
		"screen_on_ms": w.ScreenOnMs, "screen_off_ms": w.ScreenOffMs,
	}
	for i, ms := range w.LoadMs {
		all[fmt.Sprintf("load%d_ms", i)] = ms
	}
	return all
}

// Windows that are reported while InfluxDB is there, while it is gone, and while the
// collector itself is started anew, are all in InfluxDB in the end, each number of
// them.
func TestEveryWindowReachesInfluxDBInTheEnd(t *testing.T) {
	influx := influxtest.Start(t)
	influx.CreateDatabase("park")
	c := config.Default()
	c.Listen, c.DataDir = "127.0.0.1:0", t.TempDir()
	c.Telemetry.InfluxDB = telemetry.Config{URL: influx.URL, Bucket: "park"}
	windows := windowsFrom(time.Now().Add(-48*time.Hour).UTC().Truncate(report.WindowLength), 150)

	running := start(t, c)
	id := running.enrol(t, "Lycée Jean Moulin")
	running.report(t, id, windows[:50])
	running.fed(t)

	influx.Stop()
	running.report(t, id, windows[50:100]) // acknowledged all the same
	<-running.failed                       // InfluxDB was tried, and was not there
	running.stop()
	running = start(t, c)
	running.report(t, id, windows[100:])
	influx.Start()
	running.fed(t)

	query := `from(bucket: "park/autogen") |> range(start: 2000-01-01T00:00:00Z, stop: 2100-01-01T00:00:00Z)
		|> filter(fn: (r) => r._measurement == %q) |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value") |> group() |> sort(columns: ["_time"])`
	got := influx.Query(fmt.Sprintf(query, "ecoparc_window"))
	energy := influx.Query(fmt.Sprintf(query, "ecoparc_energy"))
	if len(got) != len(windows) || len(energy) != len(windows) {
		t.Fatalf("InfluxDB holds %d windows and %d readings of %d", len(got), len(energy), len(windows))
	}
	for i, w := range windows {
		if at := got[i]["_time"]; at != w.Start {
			t.Fatalf("window %d is at %v, want %v", i, at, w.Start)
		}
		if got[i]["device"] != id.Device || got[i]["organisation"] != "Région" || got[i]["site"] != "Lycée Jean Moulin" || got[i]["category"] != "laptop" || got[i]["population"] != "individual" {
			t.Fatalf("window %d has the tags %v", i, got[i])
		}
		want := fields(w)
		for _, field := range slices.Sorted(maps.Keys(want)) {
			if got[i][field] != want[field] {
				t.Errorf("window %d: %s is %v, want %d", i, field, got[i][field], want[field])
			}
		}
		if e := energy[i]; e["energy_uj"] != w.Energy[0].EnergyUJ || e["covered_ms"] != w.Energy[0].CoveredMs || e["source"] != "rapl-package-0" || e["boundary"] != "package" {
			t.Errorf("reading %d is %v, want %v", i, e, w.Energy[0])
		}
	}
}

// A day that the ledger never had, or has forgotten, is read from InfluxDB; when that
// is gone, page and API say so, and answer all the same.
func TestDayOfLongAgoIsReadFromInfluxDB(t *testing.T) {
	influx := influxtest.Start(t)
	c := config.Default() // the collector makes the database itself
	c.Listen, c.DataDir = "127.0.0.1:0", t.TempDir()
	c.Telemetry.InfluxDB.URL, c.Telemetry.InfluxDB.Bucket, c.Telemetry.InfluxDB.Retention = influx.URL, "park/years", "800d"
	running := start(t, c)
	id := running.enrol(t, "Lycée Jean Moulin")
	running.report(t, id, windowsFrom(time.Now().Add(-3*time.Hour).UTC().Truncate(report.WindowLength), 4))
	running.fed(t)
	day := time.Now().AddDate(0, 0, -60).UTC().Truncate(24 * time.Hour).Add(10 * time.Hour)
	for i := range 4 { // as if they had been fed and purged
		influx.Write("park/years", fmt.Sprintf("ecoparc_window,device=%s span_s=900i,load0_ms=900000i,net_rx_b=%di %d", id.Device, 1000+i, day.Add(time.Duration(i)*report.WindowLength).Unix()))
	}
	if err := running.Access.AddUser(t.Context(), "zoe", access.Grant{Role: access.Auditor, Reach: reach.Reach{Everything: true}}, "twelve letters"); err != nil {
		t.Fatal(err)
	}
	page := func(path string) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, running.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("zoe", "twelve letters")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %.300s %v", path, answer.Status, body, err)
		}
		return string(body)
	}
	ask := func() (v view.Windows) {
		t.Helper()
		if err := json.Unmarshal([]byte(page("/api/v1/devices/"+id.Device+"/windows?from="+day.Format(time.RFC3339))), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	v := ask()
	if len(v.Rows) != 4 || v.Source != view.FromInfluxDB || v.History != view.HistoryRead || v.Rows[3].NetB != 1003 || v.Rows[3].Energy.Value <= 0 {
		t.Errorf("got %+v", v)
	}
	influx.Stop()
	if v := ask(); len(v.Rows) != 0 || v.History != view.HistoryUnavailable {
		t.Errorf("with InfluxDB stopped: %+v", v)
	}
}
