package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/collector/influxtest"
	"github.com/ecoparc/ecoparc/models/report"
	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// noon is the start of the windows of these tests.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// memory is an outbox that is not durable.
type memory struct {
	entries []Entry
	done    []int64 // in the order of the calls
	onDone  func()
}

func (m *memory) Next(_ context.Context, limit int) ([]Entry, error) {
	return slices.Clone(m.entries[:min(limit, len(m.entries))]), nil
}

func (m *memory) Done(_ context.Context, upTo int64) error {
	m.entries = slices.DeleteFunc(m.entries, func(e Entry) bool { return e.ID <= upTo })
	m.done = append(m.done, upTo)
	if m.onDone != nil {
		m.onDone()
	}
	return nil
}

// add adds a quarter hour of a device, with two meters.
func (m *memory) add(device string, start time.Time) *Entry {
	m.entries = append(m.entries, Entry{
		ID: int64(len(m.entries) + 1), Organisation: "Région", Site: "0750655E", Category: "laptop", Population: "pupils", Device: device,
		Window: report.Window{
			Start: start, SpanS: 900, OffMs: 1, SuspendedMs: 2, LoadMs: [report.LoadBins]int64{10, 11, 12, 13, 14},
			CPUBusyMs: 20, CPUCapacityMs: 21, MemUsedMiB: 22, NetRxB: 23, NetTxB: 24,
			DiskReadB: 25, DiskWriteB: 26, AgentCPUMs: 27, AgentTxB: 28, ScreenOnMs: 3, ScreenOffMs: 4,
			Energy: []report.Reading{
				{Source: "rapl package-0", Boundary: report.Package, EnergyUJ: 3_000_000, CoveredMs: 60},
				{Source: "battery BAT0", Boundary: report.Battery, EnergyUJ: 9_000_000, CoveredMs: 55},
			},
		},
	})
	return &m.entries[len(m.entries)-1]
}

func feeder(t testing.TB, c Config, outbox Outbox) *Feeder {
	t.Helper()
	f, err := New(c, outbox, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func flush(t testing.TB, f *Feeder) int {
	t.Helper()
	points, err := f.Flush(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return points
}

// rows reads a measurement back, one row for each point, in a stable order.
func rows(s *influxtest.Server, database, measurement string) []string {
	var rows []string
	for _, r := range s.Query(fmt.Sprintf(`from(bucket: "%s/autogen") |> range(start: 2000-01-01T00:00:00Z, stop: 2100-01-01T00:00:00Z)
		|> filter(fn: (r) => r._measurement == %q)
		|> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")`, database, measurement)) {
		delete(r, "table")
		delete(r, "result")
		delete(r, "_start")
		delete(r, "_stop")
		rows = append(rows, fmt.Sprint(r)) // fmt prints maps in the order of their keys
	}
	slices.Sort(rows)
	return rows
}

func TestEveryNumberOfAWindowIsReadBack(t *testing.T) {
	influx := influxtest.Start(t)
	influx.CreateDatabase("park")
	outbox := new(memory)
	outbox.add("d-1", noon).Site = `Lycée "Zoë, 2=3" \` // the worst name an administrator can type
	f := feeder(t, Config{URL: influx.URL, Bucket: "park"}, outbox)

	if got := flush(t, f); got != 3 {
		t.Errorf("a window with two meters makes %d points, want 3", got)
	}
	const tags = `category:laptop device:d-1`
	const end = `organisation:Région population:pupils site:Lycée "Zoë, 2=3" /`
	want := []string{"map[_measurement:ecoparc_window _time:2026-11-23 12:00:00 +0000 UTC agent_cpu_ms:27 agent_tx_b:28 category:laptop " +
		"cpu_busy_ms:20 cpu_capacity_ms:21 device:d-1 disk_read_b:25 disk_write_b:26 load0_ms:10 load1_ms:11 load2_ms:12 load3_ms:13 load4_ms:14 " +
		"mem_used_mib:22 net_rx_b:23 net_tx_b:24 off_ms:1 " + `organisation:Région population:pupils screen_off_ms:4 screen_on_ms:3 site:Lycée "Zoë, 2=3" / span_s:900 suspended_ms:2]`}
	if got := rows(influx, "park", "ecoparc_window"); !slices.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want = []string{
		"map[_measurement:ecoparc_energy _time:2026-11-23 12:00:00 +0000 UTC boundary:battery " + tags[:15] + " covered_ms:55 device:d-1 energy_uj:9000000 " + end + " source:battery BAT0]",
		"map[_measurement:ecoparc_energy _time:2026-11-23 12:00:00 +0000 UTC boundary:package " + tags[:15] + " covered_ms:60 device:d-1 energy_uj:3000000 " + end + " source:rapl package-0]",
	}
	if got := rows(influx, "park", "ecoparc_energy"); !slices.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestInfluxDBStoppedWhileFeedingLosesNothing(t *testing.T) {
	influx := influxtest.Start(t)
	influx.CreateDatabase("park")
	outbox := new(memory)
	for i := range 100 {
		outbox.add(fmt.Sprintf("d-%d", i%7), noon.Add(time.Duration(i)*report.WindowLength))
	}
	f := feeder(t, Config{URL: influx.URL, Bucket: "park/autogen", Batch: 10}, outbox)
	now := noon
	f.clock = func() time.Time { return now }

	outbox.onDone = func() {
		if len(outbox.done) == 4 {
			influx.Stop()
		}
	}
	if points, err := f.Flush(t.Context()); err == nil || points != 4*10*3 {
		t.Fatalf("flushed %d points with error %v; InfluxDB was stopped after 120", points, err)
	}
	if len(outbox.entries) != 60 {
		t.Fatalf("%d windows are kept, want 60", len(outbox.entries))
	}
	influx.Start()
	if got := flush(t, f); got != 0 {
		t.Errorf("%d points were sent at once; the feeder should wait first", got)
	}
	now = f.Status().RetryAt
	if got := flush(t, f); got != 60*3 {
		t.Errorf("%d points were sent after the pause, want 180", got)
	}
	if got := rows(influx, "park", "ecoparc_window"); len(got) != 100 {
		t.Errorf("%d windows are in InfluxDB, want 100", len(got))
	}
	if got := rows(influx, "park", "ecoparc_energy"); len(got) != 200 {
		t.Errorf("%d readings are in InfluxDB, want 200", len(got))
	}
	if s := f.Status(); s.Points != 300 || s.LastError != "" || !s.RetryAt.IsZero() || !s.LastSuccess.Equal(now) {
		t.Errorf("status is %+v", s)
	}
}

func TestRefusedWindowDoesNotBlockTheOthers(t *testing.T) {
	influx := influxtest.Start(t)
	influx.CreateDatabase("park")
	// In the week of 2026-10-05, energy_uj is already a text: InfluxDB refuses it as a number.
	autumn := time.Date(2026, 10, 7, 8, 0, 0, 0, time.UTC)
	influx.Write("park", fmt.Sprintf(`ecoparc_energy,device=other energy_uj="much" %d`, autumn.Unix()))
	outbox := new(memory)
	for i := range 50 {
		outbox.add("d-1", noon.Add(time.Duration(i)*report.WindowLength))
	}
	outbox.entries[7].Window.Start = autumn
	outbox.entries[31].Window.Start = time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC) // before InfluxDB's time
	f := feeder(t, Config{URL: influx.URL, Bucket: "park"}, outbox)

	if got := flush(t, f); got != 48*3 {
		t.Errorf("InfluxDB accepted %d points, want 144", got)
	}
	if f.Status().Refused != 2 || len(outbox.entries) != 0 {
		t.Errorf("%d windows are refused and %d kept; want 2 and 0", f.Status().Refused, len(outbox.entries))
	}
	if !slices.IsSorted(outbox.done) {
		t.Errorf("entries left the outbox in the order %d", outbox.done)
	}
	if got := rows(influx, "park", "ecoparc_window"); len(got) != 49 { // 48, and the half of the autumn one that is right
		t.Errorf("%d windows are in InfluxDB, want 49", len(got))
	}
}

func TestWindowOlderThanTheBucketKeepsIsLeftToTheLedger(t *testing.T) {
	influx := influxtest.Start(t)
	influx.CreateDatabaseKeeping("park", time.Hour)
	outbox := new(memory)
	outbox.add("d-1", time.Now().Add(-3*time.Hour).Truncate(report.WindowLength))
	outbox.add("d-1", time.Now().Add(-20*time.Minute).Truncate(time.Second))
	f := feeder(t, Config{URL: influx.URL, Bucket: "park"}, outbox)
	if got := flush(t, f); got != 3 || f.Status().Refused != 1 {
		t.Errorf("%d points accepted, %d windows refused; want 3 and 1", got, f.Status().Refused)
	}
}

func TestBucketThatDoesNotExistKeepsEverything(t *testing.T) {
	influx := influxtest.Start(t)
	outbox := new(memory)
	outbox.add("d-1", noon)
	f := feeder(t, Config{URL: influx.URL, Bucket: "nowhere"}, outbox)
	_, err := f.Flush(t.Context())
	if err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("the error is %v; it should name the bucket", err)
	}
	if len(outbox.entries) != 1 || f.Status().LastError == "" {
		t.Errorf("%d windows are kept, want 1; status %+v", len(outbox.entries), f.Status())
	}
}

func TestResendingChangesNothing(t *testing.T) {
	influx := influxtest.Start(t)
	runs := 0
	tb := t
	rapid.Check(t, func(t *rapid.T) {
		runs++
		database := fmt.Sprintf("run%d", runs)
		influx.CreateDatabase(database)
		outbox := new(memory)
		for i := range rapid.IntRange(1, 20).Draw(t, "windows") {
			device := rapid.SampledFrom([]string{"d-1", "d-2", "d-3"}).Draw(t, "device")
			e := outbox.add(device, noon.Add(time.Duration(i)*report.WindowLength))
			e.Window.NetRxB = rapid.Int64Min(0).Draw(t, "net_rx_b")
		}
		all := slices.Clone(outbox.entries)
		f := feeder(tb, Config{URL: influx.URL, Bucket: database, Batch: rapid.IntRange(1, 8).Draw(t, "batch")}, outbox)
		send := func(entries []Entry) []string {
			outbox.entries = entries
			if _, err := f.Flush(context.Background()); err != nil {
				t.Fatal(err)
			}
			return slices.Concat(rows(influx, database, "ecoparc_window"), rows(influx, database, "ecoparc_energy"))
		}
		once := send(slices.Clone(all))
		if len(once) != 3*len(all) {
			t.Fatalf("%d points are in InfluxDB, want %d", len(once), 3*len(all))
		}
		again := send(slices.Clone(all[rapid.IntRange(0, len(all)-1).Draw(t, "from"):]))
		if !slices.Equal(once, again) {
			t.Fatalf("before %s\nafter  %s", once, again)
		}
	})
}

// answering is a server that counts requests and answers each the same.
func answering(t *testing.T, requests *int, answer http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests++
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestOnlyInfluxDBsOwnAcknowledgementCounts(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"a portal's page": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<h1>Please sign in</h1>") },
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			http.Redirect(w, r, "/elsewhere", http.StatusMovedPermanently)
		},
		"a wrong token":             func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
		"a bucket that refuses all": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) },
		"an overload":               func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
	} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			outbox := new(memory)
			outbox.add("d-1", noon)
			outbox.add("d-2", noon)
			f := feeder(t, Config{URL: answering(t, &requests, answer).URL, Bucket: "park"}, outbox)
			points, err := f.Flush(t.Context())
			if err == nil || points != 0 || len(outbox.entries) != 2 || f.Status().Refused != 0 {
				t.Errorf("%d points, error %v, %d windows kept, %+v", points, err, len(outbox.entries), f.Status())
			}
		})
	}
}

func TestPausesGrowAndRespectRetryAfter(t *testing.T) {
	requests, retryAfter := 0, ""
	server := answering(t, &requests, func(w http.ResponseWriter, _ *http.Request) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	outbox := new(memory)
	outbox.add("d-1", noon)
	f := feeder(t, Config{URL: server.URL, Bucket: "park"}, outbox)
	now := noon
	f.clock = func() time.Time { return now }
	var pauses []time.Duration
	for range 8 {
		if _, err := f.Flush(t.Context()); err == nil {
			t.Fatal("the write cannot succeed")
		}
		pauses = append(pauses, f.Status().RetryAt.Sub(now))
		now = f.Status().RetryAt.Add(-time.Second)
		flush(t, f) // too early: nothing happens
		now = f.Status().RetryAt
	}
	const s = time.Second
	if want := []time.Duration{10 * s, 20 * s, 40 * s, 80 * s, 160 * s, 320 * s, 600 * s, 600 * s}; !slices.Equal(pauses, want) {
		t.Errorf("pauses are %v, want %v", pauses, want)
	}
	if requests != 8 {
		t.Errorf("%d requests were made, want 8", requests)
	}
	retryAfter = "1800"
	if _, err := f.Flush(t.Context()); err == nil || f.Status().RetryAt.Sub(now) != 30*time.Minute {
		t.Errorf("asked to wait 1800 s, the feeder waits %s", f.Status().RetryAt.Sub(now))
	}
}

func TestShutdownIsNoFailureOfInfluxDB(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	requests := 0
	server := answering(t, &requests, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server see the client leave
		cancel()
		<-r.Context().Done()
	})
	outbox := new(memory)
	outbox.add("d-1", noon)
	f := feeder(t, Config{URL: server.URL, Bucket: "park"}, outbox)
	if _, err := f.Flush(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if s := f.Status(); s.LastError != "" || !s.RetryAt.IsZero() || len(outbox.entries) != 1 {
		t.Errorf("status is %+v, %d windows are kept", s, len(outbox.entries))
	}
}

func TestConfigurationMistakesAreAllTold(t *testing.T) {
	var c struct {
		InfluxDB Config `yaml:"influxdb"`
	}
	doc := strictyaml.Decode("ecoparc.yaml", []byte("influxdb:\n  url: http://admin:secret@influx:8086\n  batch: 100000\n"), &c, "", nil)
	c.InfluxDB.Validate(doc, "influxdb")
	err := doc.Err()
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Fatalf("the error is %v; it should be there and without the password", err)
	}
	for _, part := range []string{"line 2: influxdb.url", "influxdb.bucket", "line 3: influxdb.batch"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in %v", part, err)
		}
	}
	good := Config{URL: "https://influx.example.org/base/", Bucket: "park"}
	doc = strictyaml.Decode("ecoparc.yaml", nil, &struct{}{}, "", nil)
	if good.Validate(doc, "influxdb"); doc.Err() != nil {
		t.Error(doc.Err())
	}
}

// An outage: 30,000 windows wait, in the order that the outbox says.
// InfluxDB stops once more on the way; in the end each window is there.
func TestBacklogOfAnOutageIsFedWithoutAGap(t *testing.T) {
	const windows = 30_000
	influx := influxtest.Start(t)
	influx.CreateDatabase("park")
	outbox := &queue{left: windows}
	f := feeder(t, Config{URL: influx.URL, Bucket: "park", Batch: 5000}, outbox)
	now := noon
	f.clock = func() time.Time { return now }
	influx.Stop()
	if _, err := f.Flush(t.Context()); err == nil || outbox.left != windows {
		t.Fatalf("with InfluxDB stopped, %d windows wait, %v", outbox.left, err)
	}
	influx.Start()
	outbox.onDone = func() {
		if outbox.left == windows/2 {
			influx.Stop()
		}
	}
	now = f.Status().RetryAt
	if _, err := f.Flush(t.Context()); err == nil || outbox.left != windows/2 {
		t.Fatalf("stopped on the way, %d windows wait, %v", outbox.left, err)
	}
	influx.Start()
	now = f.Status().RetryAt
	began := time.Now()
	points := flush(t, f)
	t.Logf("%.0f points/s", float64(points)/time.Since(began).Seconds())
	if points != windows/2 || outbox.left != 0 || f.Status().Refused != 0 {
		t.Errorf("%d points were sent, %d windows wait, %+v", points, outbox.left, f.Status())
	}
	got := influx.Query(`from(bucket: "park") |> range(start: 2000-01-01T00:00:00Z, stop: 2100-01-01T00:00:00Z)
		|> filter(fn: (r) => r._measurement == "ecoparc_window" and r._field == "net_rx_b") |> group() |> reduce(identity: {n: 0, sum: 0}, fn: (r, accumulator) => ({n: accumulator.n + 1, sum: accumulator.sum + r._value}))`)
	if len(got) != 1 || got[0]["n"] != int64(windows) || got[0]["sum"] != int64(windows)*(windows+1)/2 {
		t.Errorf("InfluxDB holds %v", got)
	}
}

// queue is an outbox of windows that are made when they are asked for, the newest
// first. Each moves as many bytes as its number.
type queue struct {
	left   int
	onDone func()
}

func (q *queue) Next(_ context.Context, limit int) (entries []Entry, err error) {
	for number := q.left; number > max(0, q.left-limit); number-- {
		entries = append(entries, Entry{
			ID: int64(200_000 - number), Organisation: "Région", Site: "Lycée", Category: "laptop", Population: "pupils", Device: fmt.Sprint("d-", number%1000),
			Window: report.Window{Start: noon.Add(time.Duration(number/1000) * report.WindowLength), SpanS: 900, NetRxB: int64(number)},
		})
	}
	return entries, nil
}

func (q *queue) Done(_ context.Context, upTo int64) error {
	q.left = 200_000 - int(upTo) - 1
	if q.onDone != nil {
		q.onDone()
	}
	return nil
}
