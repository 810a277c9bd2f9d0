package answers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/view"
)

// job is an answer that is to be computed.
type job struct {
	key
	past     bool         // have the past computed anew, too, where details differ
	sites    atomic.Int64 // that are done
	allSites atomic.Int64

	// After done is closed:
	overview *view.Overview
	err      error
	done     chan struct{}
}

// share is how much of the job is done, 0 to 1.
func (j *job) share() float64 {
	if all := j.allSites.Load(); all > 0 {
		return float64(j.sites.Load()) / float64(all)
	}
	return 0
}

var errStopped = errors.New("the collector is stopping")

// ask has an answer computed, before all others when somebody waits for it. There is
// one job for each answer, so what waits is bounded by what there is. With past, other
// school years of the organisation follow that were computed with other details.
func (a *Answers) ask(k key, urgent, past bool) *job {
	a.mu.Lock()
	defer a.mu.Unlock()
	j := a.jobs[k]
	if j == nil {
		j = &job{key: k, past: past, done: make(chan struct{})}
		if a.stopped {
			j.err = errStopped
			close(j.done)
			return j
		}
		a.jobs[k] = j
		a.waiting = append(a.waiting, j)
	}
	if at := slices.Index(a.waiting, j); urgent && at > 1 {
		a.waiting = slices.Insert(slices.Delete(a.waiting, at, at+1), 1, j)
	}
	select {
	case a.wake <- struct{}{}:
	default:
	}
	return j
}

// Run computes what is asked for, one answer at a time, until ctx ends.
func (a *Answers) Run(ctx context.Context) {
	defer a.stop()
	for {
		j := a.next()
		if j == nil {
			select {
			case <-ctx.Done():
				return
			case <-a.wake:
			}
			continue
		}
		j.overview, j.err = a.renew(ctx, j)
		switch {
		case ctx.Err() != nil:
			return
		case j.err == nil:
			a.askForPast(ctx, j)
		case !errors.Is(j.err, view.ErrNotFound):
			a.log.Warn("cannot compute an answer anew", "organisation", j.organisation, "school_year", j.schoolYear, "error", j.err)
		}
		a.finish(j)
	}
}

func (a *Answers) next() *job {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.waiting) == 0 {
		return nil
	}
	return a.waiting[0]
}

func (a *Answers) finish(j *job) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.jobs, j.key)
	a.waiting = a.waiting[1:]
	if a.done++; len(a.waiting) == 0 {
		a.done = 0
	}
	close(j.done)
}

// stop answers those who wait.
func (a *Answers) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopped = true
	for _, j := range a.waiting {
		j.err = errStopped
		close(j.done)
	}
	a.waiting, a.jobs = nil, map[key]*job{}
}

// renew computes an answer anew, unless it need not: somebody else has, or the past
// has not changed.
func (a *Answers) renew(ctx context.Context, j *job) (*view.Overview, error) {
	kept, err := a.shelf.find(ctx, j.key)
	if err != nil {
		return nil, err
	}
	if kept != nil {
		current, err := a.current(ctx, j.key, kept)
		if err != nil {
			return nil, err
		}
		if current {
			return kept.overview, nil
		}
	}
	return a.compute(ctx, j.key, func(done, all int) {
		j.sites.Store(int64(done))
		j.allSites.Store(int64(all))
	})
}

// current says that an answer need not be computed anew, of the past after a look at
// what was revised.
func (a *Answers) current(ctx context.Context, k key, kept *kept) (bool, error) {
	rules, details := a.basis()
	if kept.rules != rules || kept.details != details {
		return false, nil
	}
	if !a.old(k, kept) {
		return true, nil
	}
	now := a.clock()
	if !over(k, kept.asOf) || now.Sub(kept.asOf).Abs() > pastAnew {
		return false, nil
	}
	revised, err := a.Revised(ctx, k.organisation, k.schoolYear)
	if err != nil || !revised.Before(kept.asOf.Truncate(time.Second)) {
		return false, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.looked[k] = now
	return true, nil
}

// compute computes an answer and keeps it.
func (a *Answers) compute(ctx context.Context, k key, tell func(done, all int)) (*view.Overview, error) {
	rules, details := a.basis() // before: what changes meanwhile makes the answer old
	_, before, err := a.shelf.basis(ctx, k)
	if err != nil {
		return nil, err
	}
	begin := a.clock()
	o, err := a.Compute(ctx, k.organisation, k.schoolYear, tell)
	if err != nil {
		return nil, err
	}
	made := &kept{rules: rules, details: details, asOf: begin, took: a.clock().Sub(begin), overview: o}
	if err := a.shelf.put(ctx, k, made, before); err != nil {
		return nil, fmt.Errorf("cannot keep an answer: %w", err)
	}
	return o, nil
}

// askForPast asks for the other school years of an organisation that are not kept, or
// were computed otherwise: somebody may look back.
func (a *Answers) askForPast(ctx context.Context, j *job) {
	rules, details := a.basis()
	for _, year := range j.overview.Scope.SchoolYears {
		k := key{j.organisation, year}
		if year == j.schoolYear {
			continue
		}
		if r, d, err := a.shelf.basis(ctx, k); err == nil && (r != rules || j.past && d != details) {
			a.ask(k, false, false)
		}
	}
}

// Renew asks for every answer that is not kept or that was computed otherwise than
// now: after a start, and when what is computed with changes.
func (a *Answers) Renew(ctx context.Context) error {
	all, err := a.Organisations(ctx)
	if err != nil {
		return err
	}
	rules, details := a.basis()
	for _, o := range all {
		if o.Devices <= Few {
			continue
		}
		k := key{o.ID, a.SchoolYear(0)}
		r, d, err := a.shelf.basis(ctx, k)
		if err != nil {
			return err
		}
		if r != rules || d != details {
			a.ask(k, false, true)
		}
	}
	return nil
}

// Step is how far Recompute is.
type Step struct {
	Organisation string
	Devices      int64
	SchoolYear   int
	Sites        int // of AllSites that are done
	AllSites     int
}

// Recompute computes the overviews of all large organisations and keeps them, whether
// they are old or not, and returns how many. It needs no Run.
func (a *Answers) Recompute(ctx context.Context, tell func(Step)) (computed int, err error) {
	all, err := a.Organisations(ctx)
	if err != nil {
		return 0, err
	}
	for _, o := range all {
		if o.Devices <= Few {
			continue
		}
		years := []int{a.SchoolYear(0)}
		for i := 0; i < len(years); i++ { // the first answer tells the others
			made, err := a.compute(ctx, key{o.ID, years[i]}, func(done, all int) { tell(Step{o.Name, o.Devices, years[i], done, all}) })
			if err != nil {
				return computed, fmt.Errorf("%s, school year from %d: %w", o.Name, years[i], err)
			}
			if computed++; i == 0 {
				years = slices.DeleteFunc(slices.Clone(made.Scope.SchoolYears), func(y int) bool { return y == years[0] })
				years = slices.Insert(years, 0, made.Scope.SchoolYear)
			}
		}
	}
	return computed, nil
}

// Progress is how much of what had to be computed anew is done, 0 to 1, and how many
// answers are left.
func (a *Answers) Progress() (share float64, left int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if left = len(a.waiting); left == 0 {
		return 1, 0
	}
	return (float64(a.done) + a.waiting[0].share()) / float64(a.done+left), left
}
