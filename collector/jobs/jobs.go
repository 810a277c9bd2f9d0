// Package jobs is what the collector does by the clock, whether or not anybody asks:
// it drops old windows and ended sessions, sends windows and reports on, fetches half
// hours, learns from meters, and reads what pages are made of before they are asked
// for. When, in UTC, stands in Plan.
//
// Of several collectors on one data base the one that leads does these jobs
// (store.Lead), but for what each has to know itself.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-co-op/gocron/v2"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/eco2mix"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/telemetry"
)

// Work is what the jobs work on. Feeder is nil without a time series data base,
// HalfHours unless the administrator turned éco2mix on.
type Work struct {
	Ledger *ledger.Ledger
	Access *access.Access
	Feeder *telemetry.Feeder

	HalfHours *eco2mix.Feed
	// Calibrate learns from metered devices anew. Each collector does for itself.
	Calibrate func(context.Context) error

	// Prepare reads what pages of large organisations are made of, every PrepareEvery. Each
	// collector does for itself; nil: nothing is prepared.
	Prepare      func(context.Context) error
	PrepareEvery time.Duration

	// Versions keeps figures by the model that they were computed with.
	Versions func(context.Context) error

	// Letters sends the monthly reports that are due; nil where no e-mail is sent.
	Letters func(context.Context) error

	// Shared is the data base that several collectors share; nil for a data folder.
	// Only one of them does the jobs.
	Shared *store.Store

	Clock func() time.Time
	Log   *slog.Logger
}

// Jobs are planned; they run between Start and Stop.
type Jobs struct{ scheduler gocron.Scheduler }

// feedEvery is how often windows are sent on to the time series data base.
const feedEvery = 10 * time.Second

// calibrateEvery is often enough for what two weeks of windows teach.
const calibrateEvery = 6 * time.Hour

// Partitions are made long before their first day.
const (
	partitionsEvery = 24 * time.Hour
	partitionsAhead = 62 * 24 * time.Hour
)

// Figures are kept by model once the first calibration after a start is done.
const (
	versionsEvery = time.Hour
	versionsAfter = 3 * time.Minute
)

// Plan plans the jobs. A job never runs twice at once; one that fails is logged
// and tried again at its next time. Options change the scheduler, as its clock in
// tests.
func Plan(w Work, options ...gocron.SchedulerOption) (*Jobs, error) {
	if w.Shared != nil {
		options = append(options, gocron.WithDistributedLocker(leader{w.Shared, w.Log}))
	}
	j, err := newJobs(options...)
	if err != nil {
		return nil, err
	}
	everywhere := gocron.WithDisabledDistributedJobLocker(true)
	hourly := gocron.CronJob("17 * * * *", false)
	err = j.plan("purge windows", hourly, w.Log, func(ctx context.Context) error {
		n, err := w.Ledger.Purge(ctx, w.Clock())
		if n > 0 {
			w.Log.Info("windows purged", "windows", n)
		}
		return err
	})
	if err == nil {
		err = j.plan("gather hours", gocron.CronJob("47 * * * *", false), w.Log, func(ctx context.Context) error {
			n, err := w.Ledger.Gather(ctx, w.Clock())
			if n > 0 {
				w.Log.Info("hours gathered", "device_days", n)
			}
			return err
		}, gocron.WithStartAt(gocron.WithStartImmediately()))
	}
	if err == nil {
		err = j.plan("close ended sessions", hourly, w.Log, w.Access.Purge)
	}
	if err == nil && w.Shared != nil {
		err = j.plan("make partitions", gocron.DurationJob(partitionsEvery), w.Log, func(ctx context.Context) error {
			return w.Shared.EnsurePartitions(ctx, w.Clock(), w.Clock().Add(partitionsAhead))
		}, gocron.WithStartAt(gocron.WithStartImmediately()))
	}
	if err == nil && w.Versions != nil {
		err = j.plan("keep figures by model", gocron.DurationJob(versionsEvery), w.Log, w.Versions, gocron.WithStartAt(gocron.WithStartDateTime(w.Clock().Add(versionsAfter))))
	}
	if err == nil && w.Feeder != nil {
		err = j.plan("feed InfluxDB", gocron.DurationJob(feedEvery), w.Log, func(ctx context.Context) error {
			_, err := w.Feeder.Flush(ctx)
			return err
		})
	}
	if err == nil && w.HalfHours != nil {
		// About hourly, as they are published; not all collectors of France at the same minute.
		when := gocron.DurationRandomJob(45*time.Minute, 75*time.Minute)
		err = j.plan("fetch éco2mix", when, w.Log, func(ctx context.Context) error {
			_, err := w.HalfHours.Fetch(ctx)
			return err
		}, gocron.WithStartAt(gocron.WithStartImmediately()))
	}
	if err == nil && w.Letters != nil {
		err = j.plan("send reports", gocron.CronJob("*/10 * * * *", false), w.Log, w.Letters)
	}
	if err == nil && w.Calibrate != nil {
		err = j.plan("calibrate", gocron.DurationJob(calibrateEvery), w.Log, w.Calibrate, everywhere, gocron.WithStartAt(gocron.WithStartImmediately()))
	}
	if err == nil && w.Prepare != nil {
		err = j.plan("prepare pages", gocron.DurationJob(w.PrepareEvery), w.Log, w.Prepare, everywhere, gocron.WithStartAt(gocron.WithStartImmediately()))
	}
	return j, err
}

func newJobs(options ...gocron.SchedulerOption) (*Jobs, error) {
	scheduler, err := gocron.NewScheduler(append([]gocron.SchedulerOption{
		gocron.WithLocation(time.UTC),
		gocron.WithStopTimeout(20 * time.Second),
		gocron.WithGlobalJobOptions(gocron.WithSingletonMode(gocron.LimitModeReschedule)),
	}, options...)...)
	if err != nil {
		return nil, fmt.Errorf("cannot plan jobs: %w", err)
	}
	return &Jobs{scheduler}, nil
}

func (j *Jobs) plan(name string, when gocron.JobDefinition, log *slog.Logger, work func(context.Context) error, options ...gocron.JobOption) error {
	task := func(ctx context.Context) {
		if err := work(ctx); err != nil && ctx.Err() == nil {
			log.Warn("job failed", "job", name, "error", err)
		}
	}
	if _, err := j.scheduler.NewJob(when, gocron.NewTask(task), append(options, gocron.WithName(name))...); err != nil {
		return fmt.Errorf("cannot plan %q: %w", name, err)
	}
	return nil
}

// leader lets jobs run in the collector that leads. The lead is held from one job to
// the next: a lock of each run would be free again when a collector whose clock is a
// little behind comes to the same time.
type leader struct {
	store *store.Store
	log   *slog.Logger
}

// Lock refuses a job that another collector does.
func (l leader) Lock(ctx context.Context, job string) (gocron.Lock, error) {
	err := l.store.Lead(ctx)
	if err != nil && !errors.Is(err, store.ErrNotLeading) && ctx.Err() == nil {
		l.log.Warn("job does not run: cannot tell whether this collector leads", "job", job, "error", store.Explain(err))
	}
	return l, err
}

// Unlock keeps the lead.
func (leader) Unlock(context.Context) error { return nil }

// Start starts the clock.
func (j *Jobs) Start() { j.scheduler.Start() }

// Stop waits for the jobs that run and stops the clock.
func (j *Jobs) Stop() error { return j.scheduler.Shutdown() }
