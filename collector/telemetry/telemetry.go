package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	influxdb2 "github.com/influxdata/influxdb-client-go/v2"
	influxhttp "github.com/influxdata/influxdb-client-go/v2/api/http"
	"github.com/influxdata/influxdb-client-go/v2/api/write"

	"github.com/ecoparc/ecoparc/models/report"
)

// Entry is a window that waits in the outbox, with the tags of its device.
type Entry struct {
	ID           int64 // rises with the order in which windows arrived
	Organisation string
	Site         string
	Category     string
	Population   string
	Device       string
	Window       report.Window
}

// Outbox is the durable queue that the ledger keeps.
type Outbox interface {
	// Next are the oldest entries, at most limit, by rising ID.
	Next(ctx context.Context, limit int) ([]Entry, error)
	// Done deletes the entries up to an ID.
	Done(ctx context.Context, upTo int64) error
}

const (
	writeTimeout   = 30 * time.Second // for one batch
	firstPause     = 10 * time.Second
	longestPause   = 10 * time.Minute
	longestRespect = time.Hour // of a Retry-After
)

// Feeder empties an outbox into InfluxDB.
type Feeder struct {
	outbox Outbox
	batch  int
	log    *slog.Logger
	clock  func() time.Time
	write  func(context.Context, ...*write.Point) error
	bucket *bucket // nil when it is left as it is

	flushing     sync.Mutex // one Flush at a time, so that Done never overtakes a write
	prepared     bool       // the bucket is
	prepareAt    time.Time  // not before
	preparePause time.Duration

	mu     sync.Mutex // guards what follows
	pause  time.Duration
	status Status
}

// Status is what a feeder did since it was made.
type Status struct {
	Points      int64     // accepted by InfluxDB
	Refused     int64     // windows that InfluxDB will not take; they are in the ledger only
	LastSuccess time.Time // zero before the first one
	LastError   string    // of the latest attempt; empty when it succeeded
	RetryAt     time.Time // no attempt is made before; zero when nothing is wrong
}

// New returns a feeder of one bucket. It connects at the first Flush.
func New(c Config, outbox Outbox, log *slog.Logger) (*Feeder, error) {
	client := influxdb2.NewClientWithOptions(c.URL, c.Token, influxdb2.DefaultOptions().
		SetHTTPClient(newHTTPClient()).SetPrecision(time.Second).SetUseGZip(true).SetApplicationName("ecoparc"))
	f := &Feeder{
		outbox: outbox, batch: c.batch(), log: log, clock: time.Now,
		write: client.WriteAPIBlocking(c.org(), c.Bucket).WritePoint,
	}
	if c.Create {
		f.bucket = newBucket(c, log)
	}
	return f, nil
}

// newHTTPClient returns a client that never takes another server's "200 OK" for
// an acknowledgement: InfluxDB accepts with 204, and a redirect, which would
// turn the write into a GET, is not followed.
func newHTTPClient() *http.Client {
	return &http.Client{
		Timeout:       writeTimeout,
		Transport:     onlyNoContent{http.DefaultTransport.(*http.Transport).Clone()},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type onlyNoContent struct{ next http.RoundTripper }

// RoundTrip makes a success that is not 204 an error.
func (t onlyNoContent) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := t.next.RoundTrip(r)
	if err != nil || answer.StatusCode == http.StatusNoContent || answer.StatusCode >= 300 {
		return answer, err
	}
	answer.Body.Close()
	return nil, fmt.Errorf("answered %s where InfluxDB answers 204 No Content; is something else at this address?", answer.Status)
}

// Status tells what the feeder did so far.
func (f *Feeder) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status
}

// Flush sends everything that waits and returns how many points InfluxDB
// accepted. After a failure it does nothing for a while, longer each time, so
// that an InfluxDB that is away is not hammered.
func (f *Feeder) Flush(ctx context.Context) (points int, err error) {
	f.flushing.Lock()
	defer f.flushing.Unlock()
	if f.clock().Before(f.Status().RetryAt) {
		return 0, nil
	}
	f.prepare(ctx)
	for {
		entries, err := f.outbox.Next(ctx, f.batch)
		if err == nil && len(entries) > 0 {
			var accepted int
			accepted, err = f.send(ctx, entries)
			points += accepted
		}
		if err != nil && ctx.Err() == nil { // the shutdown of the collector is no failure of InfluxDB
			f.failed(err)
		}
		if err != nil || len(entries) == 0 {
			return points, err
		}
	}
}

// prepare makes the bucket, unless that was done. Trouble is logged, and is no reason
// not to write: who may write need not be allowed to make buckets.
func (f *Feeder) prepare(ctx context.Context) {
	if f.bucket == nil || f.prepared || f.clock().Before(f.prepareAt) {
		return
	}
	err := f.bucket.prepare(ctx)
	if f.prepared = err == nil; f.prepared || ctx.Err() != nil {
		f.preparePause = 0
		return
	}
	f.preparePause = min(max(firstPause, 2*f.preparePause), longestPause)
	f.prepareAt = f.clock().Add(f.preparePause)
	f.log.Warn("InfluxDB's bucket cannot be prepared; it is tried again", "error", err)
}

// send writes entries and takes them out of the outbox, in order. A batch that
// is refused is sent as two halves, down to the window at fault.
func (f *Feeder) send(ctx context.Context, entries []Entry) (points int, err error) {
	var batch []*write.Point
	for i := range entries {
		batch = append(batch, entries[i].points()...)
	}
	err = f.write(ctx, batch...)
	switch {
	case err == nil:
		points = len(batch)
		f.succeeded(points)
	case !refused(err):
		f.prepared = f.prepared && !isMissing(err)
		return 0, fmt.Errorf("cannot write %d windows to InfluxDB: %w", len(entries), err)
	case len(entries) > 1:
		half := len(entries) / 2
		first, err := f.send(ctx, entries[:half])
		if err != nil {
			return first, err
		}
		second, err := f.send(ctx, entries[half:])
		return first + second, err
	default:
		if err := f.giveUp(ctx, &entries[0], err); err != nil {
			return 0, err
		}
	}
	return points, f.outbox.Done(ctx, entries[len(entries)-1].ID)
}

// giveUp leaves a window to the ledger, if the bucket takes other points.
func (f *Feeder) giveUp(ctx context.Context, e *Entry, why error) error {
	if err := f.write(ctx, probe(f.Status().Refused+1, f.clock())); err != nil {
		return fmt.Errorf("InfluxDB refuses every point, so all are kept: %w", why)
	}
	f.log.Error("InfluxDB refuses a window; it stays in the ledger only",
		"device", e.Device, "site", e.Site, "window", e.Window.Start, "error", why)
	f.succeeded(0)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status.Refused++
	return nil
}

// refused tells that InfluxDB, or the client's encoder, does not accept the
// data itself, or not so much of it: sending the same again is of no use.
func refused(err error) bool {
	var answer *influxhttp.Error
	if !errors.As(err, &answer) {
		return true // the client's encoder; what fails on the way is an influxhttp.Error
	}
	switch answer.StatusCode {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge:
		return true
	}
	return false
}

// isMissing tells that there is no bucket; it was deleted.
func isMissing(err error) bool {
	var answer *influxhttp.Error
	return errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound
}

// failed plans the next attempt.
func (f *Feeder) failed(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pause = min(max(firstPause, 2*f.pause), longestPause)
	wait := f.pause
	var answer *influxhttp.Error
	if errors.As(err, &answer) {
		wait = max(wait, min(time.Duration(answer.RetryAfter)*time.Second, longestRespect))
	}
	f.status.RetryAt = f.clock().Add(wait)
	f.status.LastError = err.Error()
}

func (f *Feeder) succeeded(points int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pause, f.status.LastError, f.status.RetryAt = 0, "", time.Time{}
	f.status.Points += int64(points)
	f.status.LastSuccess = f.clock()
}
