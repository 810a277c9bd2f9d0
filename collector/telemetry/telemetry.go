// Package telemetry sends windows on to InfluxDB, from the durable outbox that
// the ledger fills in the same transaction as the windows themselves.
//
// Delivery is at least once: an entry leaves the outbox only after InfluxDB has
// accepted its points. It is idempotent, because a point is identified by its
// measurement, tags and timestamp: the same window sent again overwrites itself.
//
//	ecoparc_window,device,site,category,population   span_s, off_ms, ... (the numbers of the window)
//	ecoparc_energy,...,source,boundary               energy_uj, covered_ms
//
// The timestamp is the window's start. Only blocking writes are used: the
// client's own retry buffer lives in memory and is not durable.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	influxdb2 "github.com/influxdata/influxdb-client-go/v2"
	"github.com/influxdata/influxdb-client-go/v2/api"
	influxhttp "github.com/influxdata/influxdb-client-go/v2/api/http"
	"github.com/influxdata/influxdb-client-go/v2/api/write"

	"github.com/ecoparc/ecoparc/models/report"
	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// Entry is a window that waits in the outbox, with the tags of its device.
type Entry struct {
	ID         int64
	Site       string
	Category   string
	Population string
	Device     string
	Window     report.Window
}

// Outbox is the durable queue that the ledger keeps.
type Outbox interface {
	// Next are the oldest entries, at most limit, by rising ID.
	Next(ctx context.Context, limit int) ([]Entry, error)
	// Done deletes the entries up to an ID.
	Done(ctx context.Context, upTo int64) error
}

// Config says which InfluxDB. Version 1.8 has no organisation, its bucket is
// DATABASE/RETENTION_POLICY and its token USER:PASSWORD or empty.
type Config struct {
	URL    string `yaml:"url"`
	Token  string `yaml:"token"`
	Org    string `yaml:"org"`
	Bucket string `yaml:"bucket"`
}

// Validate records what is wrong with the section called key.
func (c *Config) Validate(doc *strictyaml.Document, key string) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		doc.Problem(key+".url", "%q is not an address like http://127.0.0.1:8086", c.URL)
	}
	if c.Bucket == "" {
		doc.Problem(key+".bucket", "is empty; a bucket, or database/retention_policy for InfluxDB 1.8, is expected")
	}
}

const (
	batchSize    = 1000             // windows
	writeTimeout = 30 * time.Second // for one batch
	firstPause   = 10 * time.Second
	longestPause = 10 * time.Minute
)

// Feeder empties an outbox into InfluxDB.
type Feeder struct {
	outbox Outbox
	log    *slog.Logger
	clock  func() time.Time
	write  func(context.Context, ...*write.Point) error

	mu     sync.Mutex
	pause  time.Duration // after failures
	resume time.Time
	status Status
}

// Status is what a feeder did so far.
type Status struct {
	Points      int64 // accepted by InfluxDB
	Refused     int64 // windows that InfluxDB refuses whatever we do
	LastSuccess time.Time
	LastError   string
}

// New returns a feeder. It connects at the first Flush.
func New(c Config, outbox Outbox, log *slog.Logger) (*Feeder, error) {
	org := c.Org
	if org == "" {
		org = "-"
	}
	client := influxdb2.NewClientWithOptions(c.URL, c.Token, influxdb2.DefaultOptions().
		SetHTTPClient(&http.Client{Timeout: writeTimeout}).SetPrecision(time.Second).SetUseGZip(true).SetLogLevel(0))
	var blocking api.WriteAPIBlocking = client.WriteAPIBlocking(org, c.Bucket)
	return &Feeder{outbox: outbox, log: log, clock: time.Now, write: blocking.WritePoint}, nil
}

// Status tells what the feeder did so far.
func (f *Feeder) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status
}

// Flush sends everything that waits and returns how many windows it sent. After
// a failure it does nothing for a while, longer each time up to ten minutes, so
// that a data base that is down is not hammered.
func (f *Feeder) Flush(ctx context.Context) (windows int, err error) {
	if f.clock().Before(f.paused()) {
		return 0, nil
	}
	for {
		entries, err := f.outbox.Next(ctx, batchSize)
		if err != nil || len(entries) == 0 {
			return windows, err
		}
		if err := f.send(ctx, entries); err != nil {
			f.failed(err)
			return windows, fmt.Errorf("cannot write %d windows to InfluxDB: %w", len(entries), err)
		}
		if err := f.outbox.Done(ctx, entries[len(entries)-1].ID); err != nil {
			return windows, err
		}
		windows += len(entries)
	}
}

// send writes entries. InfluxDB refuses a batch for one bad point: then halves
// are tried, down to the bad window, which is logged and given up.
func (f *Feeder) send(ctx context.Context, entries []Entry) error {
	var points []*write.Point
	for i := range entries {
		points = append(points, entries[i].points()...)
	}
	err := f.write(ctx, points...)
	switch {
	case err == nil:
		f.succeeded(len(points))
		return nil
	case !refused(err):
		return err
	case len(entries) == 1:
		f.log.Error("InfluxDB refuses a window; it is in the ledger only", "device", entries[0].Device, "window", entries[0].Window.Start, "error", err)
		f.mu.Lock()
		f.status.Refused++
		f.mu.Unlock()
		return nil
	}
	half := len(entries) / 2
	if err := f.send(ctx, entries[:half]); err != nil {
		return err
	}
	return f.send(ctx, entries[half:])
}

// refused tells that the data itself is not acceptable: sending it again is of
// no use.
func refused(err error) bool {
	var e *influxhttp.Error
	return errors.As(err, &e) && (e.StatusCode == http.StatusBadRequest || e.StatusCode == http.StatusUnprocessableEntity)
}

func (f *Feeder) paused() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.resume
}

func (f *Feeder) failed(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pause = min(max(firstPause, 2*f.pause), longestPause)
	f.resume = f.clock().Add(f.pause)
	f.status.LastError = err.Error()
}

func (f *Feeder) succeeded(points int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pause, f.status.LastError = 0, ""
	f.status.Points += int64(points)
	f.status.LastSuccess = f.clock()
}

// points are the points of one window.
func (e *Entry) points() []*write.Point {
	w := &e.Window
	tags := map[string]string{"device": e.Device, "site": e.Site, "category": e.Category, "population": e.Population}
	points := []*write.Point{write.NewPoint("ecoparc_window", tags, map[string]any{
		"span_s": w.SpanS, "off_ms": w.OffMs, "suspended_ms": w.SuspendedMs,
		"load0_ms": w.LoadMs[0], "load1_ms": w.LoadMs[1], "load2_ms": w.LoadMs[2], "load3_ms": w.LoadMs[3], "load4_ms": w.LoadMs[4],
		"cpu_busy_ms": w.CPUBusyMs, "cpu_capacity_ms": w.CPUCapacityMs, "mem_used_mib": w.MemUsedMiB,
		"net_rx_b": w.NetRxB, "net_tx_b": w.NetTxB, "disk_read_b": w.DiskReadB, "disk_write_b": w.DiskWriteB,
		"agent_cpu_ms": w.AgentCPUMs, "agent_tx_b": w.AgentTxB,
	}, w.Start)}
	for _, r := range w.Energy {
		points = append(points, write.NewPoint("ecoparc_energy", map[string]string{
			"device": e.Device, "site": e.Site, "category": e.Category, "population": e.Population,
			"source": r.Source, "boundary": string(r.Boundary),
		}, map[string]any{"energy_uj": r.EnergyUJ, "covered_ms": r.CoveredMs}, w.Start))
	}
	return points
}
