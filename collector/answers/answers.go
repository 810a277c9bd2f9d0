// Package answers keeps the overviews of large organisations. To compute one reads
// every site; to show one must not: so it is kept, in memory and in the store, shown
// at once, and computed anew in the background when it is old. A page says as of when
// it is. Everything else, and the overviews of small organisations, is computed when
// it is asked for.
//
// An answer is old after Rest times as long as it took to compute, so that computing
// uses one twentieth of a processor at most. A school year that is over changes
// rarely: it is computed anew when a closed month was revised, and once a day for the
// sake of purchases and devices that were entered late. What changes a figure that nobody
// expects to change, as a repair of an earlier year does, has it computed anew at once
// (Outdate). When the factors, the model or
// the method change, every kept answer is computed anew, and until then the old one
// is shown and marked (view.Renewal).
package answers

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
)

// Few is how many devices an organisation may have whose answers are computed when
// they are asked for.
const Few = 2000

// Rest is how many times as long as computing an answer takes it is shown before it is
// computed anew.
const Rest = 20

// quick is how long an answer may take that is rather waited for than shown old.
const quick = 50 * time.Millisecond

// Of the past, revisions are looked for each hour, and everything is computed anew
// each day.
const (
	pastLooked = time.Hour
	pastAnew   = 24 * time.Hour
)

// Computer computes answers; figures.Figures is one.
type Computer interface {
	view.Source
	// Compute is Overview that tells how many sites are done.
	Compute(ctx context.Context, organisation int64, schoolYear int, tell func(done, all int)) (*view.Overview, error)
	// Basis says by which rules, and with which details, it computes now.
	Basis() (rules, details string)
	// SchoolYear is the school year that is asked for, the current one for 0.
	SchoolYear(asked int) int
	// Size is how many devices an organisation has.
	Size(ctx context.Context, organisation int64) (int64, error)
	// Remember takes the number of an organisation's sites and devices for fresh.
	Remember(o view.Organisation)
	// Revised is when a closed month of a school year changed for the last time.
	Revised(ctx context.Context, organisation int64, schoolYear int) (time.Time, error)
}

// Answers is a view.Source that keeps what takes long.
type Answers struct {
	Computer
	shelf shelf
	clock func() time.Time
	log   *slog.Logger

	mu      sync.Mutex
	waiting []*job // the first is computed
	jobs    map[key]*job
	done    int               // of the jobs since there was none
	looked  map[key]time.Time // when the past was last looked at
	years   map[key]*oneYear  // that were asked for beside a page
	wake    chan struct{}
	stopped bool
}

var _ view.Source = (*Answers)(nil)

// key is which answer.
type key struct {
	organisation int64
	schoolYear   int
}

// New returns the answers of a computer, those kept in a store first. What is old is
// computed anew while Run runs.
func New(ctx context.Context, c Computer, s *store.Store, clock func() time.Time, log *slog.Logger) (*Answers, error) {
	a := &Answers{Computer: c, shelf: shelf{store: s}, clock: clock, log: log, jobs: map[key]*job{}, looked: map[key]time.Time{}, years: map[key]*oneYear{}, wake: make(chan struct{}, 1)}
	counts, err := a.shelf.counts(ctx, a.SchoolYear(0))
	for _, o := range counts { // the first page after a start need not count a million devices
		c.Remember(o)
	}
	return a, err
}

// Overview answers for a whole organisation.
func (a *Answers) Overview(ctx context.Context, organisation int64, schoolYear int) (*view.Overview, error) {
	devices, err := a.Size(ctx, organisation)
	if err != nil {
		return nil, err
	}
	if devices <= Few {
		return a.Computer.Overview(ctx, organisation, schoolYear)
	}
	k := key{organisation, a.SchoolYear(schoolYear)}
	kept, err := a.shelf.find(ctx, k)
	if err != nil {
		return nil, err
	}
	if kept != nil && !a.old(k, kept) {
		return kept.overview, nil
	}
	urgent := kept == nil || kept.took <= quick
	j := a.ask(k, urgent, false)
	if !urgent {
		return a.marked(kept, j), nil
	}
	select {
	case <-j.done:
		if j.err != nil && kept != nil && ctx.Err() == nil && !errors.Is(j.err, view.ErrNotFound) {
			return kept.overview, nil
		}
		return j.overview, j.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// old says that an answer should be computed anew, or, of the past, looked at. Of
// several collectors each learns from metered devices for itself, so details may
// differ without end: they count when they change here (Renew) and when it is time.
func (a *Answers) old(k key, kept *kept) bool {
	if rules, _ := a.basis(); kept.rules != rules || kept.outdated() {
		return true
	}
	since, rest := kept.asOf, Rest*kept.took
	if over(k, kept.asOf) {
		rest = pastLooked
		a.mu.Lock()
		if looked := a.looked[k]; looked.After(since) {
			since = looked
		}
		a.mu.Unlock()
	}
	return a.clock().Sub(since).Abs() > rest
}

// over says that a school year was over at an instant, wherever the territory is.
func over(k key, at time.Time) bool {
	return at.After(calendar.SchoolYear(k.schoolYear).To.UTC().Add(24 * time.Hour))
}

// basis is what answers are computed with now, and how they are kept.
func (a *Answers) basis() (rules, details string) {
	rules, details = a.Basis()
	return rules, details + " " + layout
}

// marked says that an answer is by other rules, when it is.
func (a *Answers) marked(kept *kept, j *job) *view.Overview {
	if rules, _ := a.basis(); kept.rules == rules {
		return kept.overview
	}
	o := *kept.overview
	o.Renewal = &view.Renewal{Done: j.share()}
	return &o
}
