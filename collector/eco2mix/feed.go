package eco2mix

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/models/grid"
)

const (
	firstPause   = 5 * time.Minute
	longestPause = 6 * time.Hour
	gapsEvery    = 24 * time.Hour
	// onlyRealTime is how far back consolidated data cannot reach: they come months
	// late, while the real-time data hold the month before in any case.
	onlyRealTime = 28 * 24 * time.Hour
)

// Feed fetches half hours.
type Feed struct {
	half   *HalfHours
	client *client
	months int
	clock  func() time.Time
	log    *slog.Logger

	fetching  sync.Mutex // one Fetch at a time
	gapsAsked time.Time  // when all gaps were asked for

	mu     sync.Mutex // guards what follows
	pause  time.Duration
	status Status
}

// Status is what a feed did since it was made.
type Status struct {
	HalfHours   int64     // new ones that were kept
	LastSuccess time.Time // zero before the first one
	LastError   string    // of the latest attempt; empty when it succeeded
	RetryAt     time.Time // nothing is asked before; zero when nothing is wrong
}

// New returns a feed of a configuration that was validated. It asks for nothing
// before the first Fetch.
func New(c Config, half *HalfHours, clock func() time.Time, log *slog.Logger) (*Feed, error) {
	asking, err := newClient(c.URL)
	if err != nil {
		return nil, err
	}
	return &Feed{half: half, client: asking, months: c.BackfillMonths, clock: clock, log: log}, nil
}

// Status tells what the feed did so far.
func (f *Feed) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status
}

// Fetch asks for what is missing and returns how many half hours are new. After a
// failure it does nothing for a while, longer each time.
func (f *Feed) Fetch(ctx context.Context) (added int, err error) {
	f.fetching.Lock()
	defer f.fetching.Unlock()
	now := f.clock()
	if now.Before(f.Status().RetryAt) {
		return 0, nil
	}
	added, err = f.fetch(ctx, now)
	switch {
	case err == nil:
		f.succeeded(now)
	case ctx.Err() == nil: // the shutdown of the collector is no failure of éco2mix
		f.failed(now, err)
	}
	if added > 0 {
		f.log.Info("half hours of éco2mix kept", "half_hours", added)
	}
	return added, err
}

func (f *Feed) fetch(ctx context.Context, now time.Time) (added int, err error) {
	end := grid.HalfHourOf(now)
	y, m, _ := now.UTC().Date()
	oldest := grid.HalfHourOf(time.Date(y, m-time.Month(f.months), 1, 0, 0, 0, 0, time.UTC))
	gaps := now.Sub(f.gapsAsked) >= gapsEvery
	asks, err := f.half.missing(ctx, grid.MainlandFrance, oldest, end, gaps)
	if err != nil {
		return 0, err
	}
	var wrong []error
	for _, ask := range asks {
		n, err := f.fill(ctx, ask, now)
		added += n
		switch {
		case errors.Is(err, errWrong): // of one month: it must not hide the others
			wrong = append(wrong, err)
		case err != nil:
			return added, errors.Join(append(wrong, err)...)
		}
	}
	if gaps && len(wrong) == 0 {
		f.gapsAsked = now
	}
	return added, errors.Join(wrong...)
}

// fill asks for a stretch and keeps what is known of it.
func (f *Feed) fill(ctx context.Context, ask span, now time.Time) (added int, err error) {
	order := []dataset{consolidated, realTime}
	if now.Sub(ask.from.Start()) <= onlyRealTime {
		order = []dataset{realTime}
	}
	known := map[grid.HalfHour]bool{}
	var keep []grid.Direct
	for _, d := range order {
		all, err := f.client.ask(ctx, d, ask.from, ask.to)
		if err != nil {
			return 0, err
		}
		for _, h := range all {
			if !known[h.At] {
				known[h.At] = true
				keep = append(keep, h)
			}
		}
		if len(known) == int(ask.to-ask.from) {
			break
		}
	}
	if added, err = f.half.keep(ctx, grid.MainlandFrance, keep); err != nil {
		return 0, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status.HalfHours += int64(added)
	return added, nil
}

// failed plans the next attempt.
func (f *Feed) failed(now time.Time, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pause = min(max(firstPause, 2*f.pause), longestPause)
	wait := f.pause
	var r refusal
	if errors.As(err, &r) {
		wait = max(wait, r.wait)
	}
	f.status.RetryAt = now.Add(wait)
	f.status.LastError = err.Error()
}

func (f *Feed) succeeded(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pause, f.status.LastError, f.status.RetryAt = 0, "", time.Time{}
	f.status.LastSuccess = now
}
