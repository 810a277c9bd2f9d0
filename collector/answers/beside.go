package answers

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/view"
)

// What follows looks at overviews beside the page that is asked for: it takes what is
// kept, and leaves out what is not rather than wait for it.

// Week says at what times the devices of a school run, and how it stands among its like.
func (a *Answers) Week(ctx context.Context, site int64, schoolYear int) (*view.Week, error) {
	w, err := a.Computer.Week(ctx, site, schoolYear)
	if err != nil {
		return nil, err
	}
	o, err := a.beside(ctx, w.Scope.Organisation.ID, w.Scope.SchoolYear)
	if err != nil {
		return nil, err
	}
	if o != nil {
		w.Like = view.LikeSchools(o, site)
	}
	return w, nil
}

// Years are the school years of an organisation, the earliest first.
func (a *Answers) Years(ctx context.Context, organisation int64) ([]view.YearRow, error) {
	current, err := a.year(ctx, key{organisation, a.SchoolYear(0)})
	if err != nil || current == nil {
		return nil, err
	}
	var all []view.YearRow
	for _, year := range slices.Backward(current.known) {
		of, err := a.year(ctx, key{organisation, year})
		if err != nil {
			return nil, err
		}
		if of != nil {
			all = append(all, of.row)
		}
	}
	return all, nil
}

// oneYear is the headline of a school year.
type oneYear struct {
	rules, details string
	act            int64 // the last one that administration had done
	at             time.Time
	row            view.YearRow
	known          []int // school years that have data
}

// presentRemembered is for how long the present year of a small organisation is
// remembered: of one that is over it is as long as that of a large one is not looked at,
// unless somebody has corrected something.
const presentRemembered = time.Minute

// year is the headline of a school year; nil where it is not computed yet.
func (a *Answers) year(ctx context.Context, k key) (*oneYear, error) {
	devices, err := a.Size(ctx, k.organisation)
	if err != nil {
		return nil, err
	}
	if devices > Few { // it is kept
		o, err := a.beside(ctx, k.organisation, k.schoolYear)
		if err != nil || o == nil {
			return nil, err
		}
		return &oneYear{row: view.YearOf(o), known: o.Scope.SchoolYears}, nil
	}
	act, err := a.shelf.lastAct(ctx)
	if err != nil {
		return nil, err
	}
	now, fresh := a.clock(), presentRemembered
	if over(k, now) {
		fresh = pastLooked
	}
	rules, details := a.basis()
	a.mu.Lock()
	of, known := a.years[k]
	a.mu.Unlock()
	if known && of.rules == rules && of.details == details && of.act == act && now.Sub(of.at).Abs() < fresh {
		return of, nil
	}
	o, err := a.beside(ctx, k.organisation, k.schoolYear)
	if err != nil || o == nil {
		return nil, err
	}
	of = &oneYear{rules, details, act, now, view.YearOf(o), o.Scope.SchoolYears}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.years) >= mostYears {
		clear(a.years)
	}
	a.years[k] = of
	return of, nil
}

// mostYears bounds what is remembered of years.
const mostYears = 1000

// beside is an overview that is kept or soon computed; nil otherwise, and it is asked for.
func (a *Answers) beside(ctx context.Context, organisation int64, schoolYear int) (*view.Overview, error) {
	devices, err := a.Size(ctx, organisation)
	if err != nil {
		return nil, err
	}
	if devices <= Few {
		o, err := a.Computer.Overview(ctx, organisation, schoolYear)
		if errors.Is(err, view.ErrNotFound) {
			return nil, nil
		}
		return o, err
	}
	k := key{organisation, schoolYear}
	kept, err := a.shelf.find(ctx, k)
	if err != nil {
		return nil, err
	}
	if kept == nil || a.old(k, kept) {
		a.ask(k, false, false)
	}
	if kept == nil {
		return nil, nil
	}
	return kept.overview, nil
}
