package figures

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/grid"
)

// HalfHours loads the half-hourly electricity of a territory between two instants.
type HalfHours func(ctx context.Context, territory string, from, to time.Time) (*grid.Series, error)

// FollowElectricity computes with half hours where they are known.
func (f *Figures) FollowElectricity(load HalfHours) { f.electricity = &electricity{load: load} }

// freshFor is how long the mean of a stretch is taken from memory: half hours come
// in once an hour.
const freshFor = 30 * time.Minute

// electricity keeps the means of the stretches that pages ask for again and again.
type electricity struct {
	load HalfHours // nil: the factors of the years

	mu    sync.Mutex
	means map[stretchKey]keptMean
}

type stretchKey struct {
	from int64
	to   int64 // in half hours: the last stretch ends now
}

type keptMean struct {
	mean *grid.Mean
	at   time.Time
}

// mean is the intensity of a stretch of time; nil without half hours.
func (e *electricity) mean(ctx context.Context, scope view.Scope, from, to time.Time) (*grid.Mean, error) {
	if e.load == nil || !to.After(from) {
		return nil, nil
	}
	key := stretchKey{from.Unix(), to.Unix() / 1800}
	e.mu.Lock()
	defer e.mu.Unlock()
	if kept, ok := e.means[key]; ok && scope.AsOf.Sub(kept.at).Abs() < freshFor {
		return kept.mean, nil
	}
	series, err := e.load(ctx, scope.Territory, from, to)
	if err != nil {
		return nil, fmt.Errorf("cannot load half hours: %w", err)
	}
	mean, err := series.Mean(from, to)
	if err != nil {
		return nil, fmt.Errorf("cannot average half hours: %w", err)
	}
	if len(e.means) > 1000 || e.means == nil {
		e.means = map[stretchKey]keptMean{}
	}
	e.means[key] = keptMean{&mean, scope.AsOf}
	return &mean, nil
}
