package eco2mix

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
)

// HalfHours are the half hours that were fetched, in the collector's data folder.
type HalfHours struct {
	store   *store.Store
	factors *factor.Table
}

// Open gives the half hours of a data folder, to be adjusted with factors.
func Open(s *store.Store, t *factor.Table) *HalfHours { return &HalfHours{s, t} }

// Load is the series of a territory that answers for any time between two
// instants: what is known of the calendar years around, for the reference years.
// Where nothing is known, as with the feed off, it answers with the yearly factor.
func (h *HalfHours) Load(ctx context.Context, territory string, from, to time.Time) (*grid.Series, error) {
	first := time.Date(from.UTC().Year()-1, 1, 1, 0, 0, 0, 0, time.UTC)
	end := time.Date(to.UTC().Year()+1, 1, 1, 0, 0, 0, 0, time.UTC)
	points, err := h.between(ctx, territory, first, end)
	if err != nil {
		return nil, err
	}
	series, err := grid.NewSeries(h.factors, territory, points)
	if err != nil {
		return nil, fmt.Errorf("cannot use the half hours of %s: %w", territory, err)
	}
	return series, nil
}

func (h *HalfHours) between(ctx context.Context, territory string, from, to time.Time) ([]grid.Direct, error) {
	return store.All(ctx, h.store.Read, "read half hours", "SELECT start, g_per_kwh_direct FROM grid_half_hours WHERE territory = ? AND start >= ? AND start < ? ORDER BY start",
		[]any{territory, from.Unix(), to.Unix()}, func(scan store.Scan, d *grid.Direct) error {
			var start int64
			err := scan(&start, &d.GPerKWh)
			d.At = grid.HalfHourOf(time.Unix(start, 0))
			return err
		})
}

// keep adds half hours in one transaction and returns how many are new. One that
// is there already stays as it is.
func (h *HalfHours) keep(ctx context.Context, territory string, all []grid.Direct) (added int, err error) {
	err = store.InTx(ctx, h.store.Write, func(tx *sql.Tx) error {
		added = 0
		insert, err := tx.PrepareContext(ctx, "INSERT INTO grid_half_hours (territory, start, g_per_kwh_direct) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
		if err != nil {
			return err
		}
		defer insert.Close()
		for _, d := range all {
			result, err := insert.ExecContext(ctx, territory, d.At.Start().Unix(), d.GPerKWh)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			if err != nil {
				return err
			}
			added += int(n)
		}
		return nil
	})
	if err != nil {
		return 0, store.Explain(fmt.Errorf("cannot keep half hours: %w", err))
	}
	return added, nil
}

// span is half hours from one up to another, which is not in it.
type span struct{ from, to grid.HalfHour }

// mostAtOnce is how many half hours are asked for at once: a month.
const mostAtOnce = 31 * 48

// missing are the stretches to ask for, oldest first, each at most a month long
// and beginning and ending with a gap: gaps near each other are asked for together.
// Without gaps, only what comes after the last half hour that is known.
func (h *HalfHours) missing(ctx context.Context, territory string, from, to grid.HalfHour, gaps bool) ([]span, error) {
	known, err := h.between(ctx, territory, from.Start(), to.Start())
	if err != nil {
		return nil, err
	}
	if last := len(known) - 1; !gaps && last >= 0 {
		from, known = known[last].At+1, nil
	}
	var asks []span
	gap := func(from, to grid.HalfHour) {
		for from < to {
			if last := len(asks) - 1; last >= 0 && from-asks[last].from < mostAtOnce {
				asks[last].to = min(to, asks[last].from+mostAtOnce)
				from = asks[last].to
			} else {
				asks = append(asks, span{from, from})
			}
		}
	}
	next := from
	for _, k := range known {
		gap(next, k.At)
		next = k.At + 1
	}
	gap(next, to)
	return asks, nil
}
