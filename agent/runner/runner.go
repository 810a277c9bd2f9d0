// Package runner is the agent at work: it samples, builds windows, keeps them in
// the spool and uploads them. The program `agent` and the collector's quickstart
// run this same code.
package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"
	"github.com/jonboulle/clockwork"

	"github.com/ecoparc/ecoparc/agent/meter"
	"github.com/ecoparc/ecoparc/agent/quiet"
	"github.com/ecoparc/ecoparc/agent/spool"
	"github.com/ecoparc/ecoparc/agent/uplink"
	"github.com/ecoparc/ecoparc/agent/usage"
	"github.com/ecoparc/ecoparc/agent/window"
	"github.com/ecoparc/ecoparc/models/report"
)

// root is where the system's files are.
const root = "/"

// Runner is an agent that has not started or is running.
type Runner struct {
	config  Config
	version string
	log     *slog.Logger
	quick   bool

	machine Machine
	spool   *spool.Spool
	since   time.Time // when the device enrolled

	mu      sync.Mutex // guards sampling
	sampler Sampler
	meters  *meter.Found
	builder *window.Builder
	start   time.Time // of the machine, by the clock of the last sample
	before  time.Time // when the last window of before this run ended

	unkept    []report.Window // that the disk has not taken yet
	toldClock bool

	uploading sync.WaitGroup
	uploads   sync.Mutex // guards what follows
	uplink    *uplink.Uplink
	inventory report.Inventory
	takenAt   time.Time
	tidied    time.Time
}

// quickFirst is when a quick agent ends its first window and uploads it, for a
// first look.
const quickFirst = 15 * time.Second

// Run samples and uploads until ctx ends. Then the last window goes to the spool.
// A quick agent shows its first figures within half a minute. A device that is not
// enrolled enrols first, where its configuration has a token.
func Run(ctx context.Context, c Config, version string, quick bool, log *slog.Logger) error {
	r := &Runner{config: c, version: version, log: log, quick: quick, machine: c.machine()}
	if err := r.open(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // stopped while it waited
		}
		return err
	}
	defer r.close()
	clock := quiet.NewClock()
	defer clock.Close()
	scheduler, err := r.plan(ctx, clock)
	if err != nil {
		return err
	}
	r.log.Info("agent running", "version", version, "sample", c.SampleInterval, "window", c.Window, "upload", c.UploadInterval)
	scheduler.Start()
	<-ctx.Done()
	return scheduler.Shutdown()
}

func (r *Runner) open(ctx context.Context) error {
	id, err := r.identity(ctx)
	if err != nil {
		return err
	}
	client, err := r.client(id)
	if err != nil {
		return err
	}
	r.sampler = r.machine.Sampler()
	if r.spool, err = spool.Open(r.config.spoolDir(), r.config.SpoolMiB<<20); err != nil {
		return err
	}
	r.since, r.before = id.Since, r.spool.LastEnd()
	r.uplink = uplink.New(client, id, r.config.StateDir, r.version, r.log, r.machine.Clock)
	r.uplink.Every(r.config.UploadInterval, r.config.UploadDailyKiB<<10)
	r.builder = window.New(r.config.Window)
	r.takeInventory(ctx)
	r.sample(ctx)
	return nil
}

// plan sets the clockwork: one steady beat, on which samples are taken and uploads
// begin. One timer wakes the machine as seldom as can be, and an upload is due by the
// wall clock, whatever the machine slept.
func (r *Runner) plan(ctx context.Context, clock clockwork.Clock) (gocron.Scheduler, error) {
	s, err := gocron.NewScheduler(gocron.WithClock(clock), gocron.WithGlobalJobOptions(gocron.WithSingletonMode(gocron.LimitModeReschedule)))
	if err != nil {
		return nil, fmt.Errorf("cannot plan: %w", err)
	}
	if _, err = s.NewJob(gocron.DurationJob(r.config.SampleInterval), gocron.NewTask(func() { r.beat(ctx) })); err != nil {
		return nil, fmt.Errorf("cannot plan samples: %w", err)
	}
	if r.quick {
		first := gocron.OneTimeJob(gocron.OneTimeJobStartDateTime(time.Now().Add(quickFirst)))
		if _, err := s.NewJob(first, gocron.NewTask(func() { r.flushWindow(ctx); r.upload(ctx) })); err != nil {
			return nil, fmt.Errorf("cannot plan the first window: %w", err)
		}
	}
	return s, nil
}

// beat takes a sample, and begins an upload when one is due. Samples go on meanwhile.
func (r *Runner) beat(ctx context.Context) {
	r.sample(ctx)
	if !r.uploads.TryLock() {
		return // one is on its way
	}
	due := r.uplink.Due()
	if !due && r.machine.Clock().Sub(r.tidied).Abs() >= tidyEvery {
		r.tidy()
	}
	r.uploads.Unlock()
	if due && ctx.Err() == nil {
		r.uploading.Go(func() { r.upload(ctx) })
	}
}

// sample takes one sample and puts the windows that ended into the spool.
func (r *Runner) sample(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, ok := r.takeSample(ctx)
	r.keepWindows()
	if ok {
		r.noteOff(c)
	}
}

func (r *Runner) takeSample(ctx context.Context) (c usage.Counters, ok bool) {
	c, err := r.sampler.Read(ctx)
	if err != nil {
		if ctx.Err() == nil {
			r.log.Warn("cannot sample", "error", err)
		}
		return c, false
	}
	if !window.Plausible(c.At, r.since) {
		r.waitForClock()
		return c, false
	}
	energy, err := r.meters.ReadAll(c.Awake)
	if err != nil {
		r.log.Debug("a meter cannot be read", "error", err)
	}
	r.builder.Add(c, energy)
	return c, true
}

// clockSet is by how much more than that a clock is set, not slewed.
const clockSet = time.Minute

// noteOff puts the time that the machine was off into the spool: from the last window
// to its start. That is told by the clock, and so once more when the clock is set, as
// it is soon after the start of a machine whose own clock has no battery.
func (r *Runner) noteOff(c usage.Counters) {
	start := c.At.Round(0).Add(-c.SinceBoot)
	if c.SinceBoot == 0 || start.Sub(r.start).Abs() < clockSet {
		return
	}
	r.start = start
	from := r.lastEnd()
	if from.After(c.At) { // what this run has measured so far was of a clock that was ahead
		from = r.before
	}
	if w, ok := window.Off(from, start); ok {
		r.keep(w)
	}
}

// waitForClock says once that the time is not known yet.
func (r *Runner) waitForClock() {
	if !r.toldClock {
		r.toldClock = true
		r.log.Warn("the clock is wrong by years: nothing is measured until it is set")
	}
}

// flushWindow ends the open window now.
func (r *Runner) flushWindow(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.takeSample(ctx)
	r.builder.Flush()
	r.keepWindows()
}

// inventoryEvery is how often the inventory is taken again.
const inventoryEvery = 24 * time.Hour

func (r *Runner) takeInventory(ctx context.Context) {
	now := r.machine.Clock()
	if now.Sub(r.takenAt).Abs() >= inventoryEvery { // or the clock was set
		found := r.machine.Meters()
		r.inventory, r.takenAt = r.config.inventory(ctx, found), now
		r.useMeters(found)
	}
}

// useMeters goes on with the meters that there are now, where others can be read than
// before.
func (r *Runner) useMeters(found *meter.Found) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.meters != nil && slices.Equal(r.meters.Looked, found.Looked) {
		return
	}
	if r.meters != nil {
		found.Doubt(r.meters)
	}
	r.meters = found
	for _, m := range found.Looked {
		r.log.Info("energy meter", "source", m.Source, "status", m.Status, "reason", m.Reason)
	}
}

// upload sends what waits. Samples go on meanwhile; two uploads take turns.
func (r *Runner) upload(ctx context.Context) {
	r.uploads.Lock()
	defer r.uploads.Unlock()
	defer r.tidy()
	r.takeInventory(ctx)
	sentB, err := r.uplink.Flush(ctx, r.spool, r.inventory)
	r.mu.Lock()
	r.builder.AgentSent(sentB)
	r.mu.Unlock()
	if refusal := (*uplink.Refusal)(nil); errors.As(err, &refusal) && refusal.Status == http.StatusUnauthorized {
		err = r.readmit(ctx, r.uplink.Identity())
	} else if err != nil && ctx.Err() == nil {
		err = errors.Join(err, r.follow())
	}
	if err != nil && ctx.Err() == nil {
		r.log.Warn("upload", "error", err)
	}
}

// tidyEvery is how often memory is tidied where no report is due.
const tidyEvery = time.Hour

func (r *Runner) tidy() {
	r.tidied = r.machine.Clock()
	r.machine.Tidy()
}

// close keeps the last window.
func (r *Runner) close() {
	r.uploading.Wait()
	r.flushWindow(context.Background())
	if n := len(r.unkept); n > 0 {
		r.log.Error("windows are lost that the disk did not take", "windows", n)
	}
	if err := r.spool.Close(); err != nil {
		r.log.Error("cannot close spool", "error", err)
	}
}
