// Package scenarios keeps scenarios with names, of organisations and of sites, in the
// registry's store: the measures alone, which are weighed anew whenever they are shown.
// Who saves and deletes is in the audit log; a scenario itself names nobody.
package scenarios

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/scenario"
)

// Scenarios implements view.Scenarios.
type Scenarios struct {
	store *store.Store
	clock func() time.Time
}

var _ view.Scenarios = (*Scenarios)(nil)

// Open returns the scenarios of a store.
func Open(s *store.Store, clock func() time.Time) *Scenarios { return &Scenarios{s, clock} }

// of is a place as a condition on the table, with its number; name is its kind.
func of(at view.ScenarioPlace) (where string, id int64, name string) {
	if at.Site != 0 {
		return "site = ?", at.Site, "site"
	}
	return "organisation = ?", at.Organisation, "organisation"
}

// Scenarios lists those of a place in the order of their names.
func (s *Scenarios) Scenarios(ctx context.Context, at view.ScenarioPlace) ([]view.SavedScenario, error) {
	where, id, _ := of(at)
	all := []view.SavedScenario{}
	err := store.Each(ctx, s.store.Read, "list scenarios", "SELECT id, name, fewer, longer_years, reconditioned, off_at_night, created FROM scenarios WHERE "+where+" ORDER BY name", []any{id}, func(scan store.Scan) error {
		var c view.SavedScenario
		var fewer, longer, reconditioned, night, created int64
		err := scan(&c.ID, &c.Name, &fewer, &longer, &reconditioned, &night, &created)
		c.Measures = scenario.Measures{Fewer: share(fewer), Longer: int(longer), Reconditioned: share(reconditioned), OffAtNight: share(night)}
		c.Query, c.Created = view.QueryOf(c.Measures).Encode(), time.Unix(created, 0).UTC()
		all = append(all, c)
		return err
	})
	return all, err
}

// SaveScenario gives measures a name at a place.
func (s *Scenarios) SaveScenario(ctx context.Context, at view.ScenarioPlace, name string, m scenario.Measures) (view.SavedScenario, error) {
	name = strings.Join(strings.Fields(name), " ")
	if n := utf8.RuneCountInString(name); n < 1 || n > view.LongestScenarioName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return view.SavedScenario{}, view.ErrScenarioName
	}
	if err := m.Check(); err != nil {
		return view.SavedScenario{}, fmt.Errorf("cannot save a scenario: %w", err)
	}
	saved := view.SavedScenario{Name: name, Measures: m, Query: view.QueryOf(m).Encode(), Created: s.clock().UTC().Truncate(time.Second)}
	where, id, kind := of(at)
	err := store.InTx(ctx, s.store.Write, func(tx *sql.Tx) error {
		var places, count int64
		if err := tx.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM "+kind+"s WHERE id = ?), (SELECT count(*) FROM scenarios WHERE "+where+")", id, id).Scan(&places, &count); err != nil {
			return err
		}
		switch {
		case places == 0:
			return view.ErrNotFound
		case count >= view.MostScenarios:
			return view.ErrScenariosFull
		}
		err := tx.QueryRowContext(ctx, "INSERT INTO scenarios ("+kind+", name, fewer, longer_years, reconditioned, off_at_night, created) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
			id, name, percent(m.Fewer), m.Longer, percent(m.Reconditioned), percent(m.OffAtNight), saved.Created.Unix()).Scan(&saved.ID)
		switch {
		case store.IsTaken(err):
			return view.ErrScenarioTaken
		case err != nil:
			return err
		}
		return audit.Write(ctx, tx, "scenario save", fmt.Sprintf("%s %d", kind, id), name+": "+saved.Query)
	})
	if err != nil {
		return view.SavedScenario{}, store.Explain(fmt.Errorf("cannot save a scenario: %w", err))
	}
	return saved, nil
}

// DeleteScenario forgets a scenario of a place.
func (s *Scenarios) DeleteScenario(ctx context.Context, at view.ScenarioPlace, number int64) error {
	where, id, kind := of(at)
	err := store.InTx(ctx, s.store.Write, func(tx *sql.Tx) error {
		var name string
		err := tx.QueryRowContext(ctx, "DELETE FROM scenarios WHERE "+where+" AND id = ? RETURNING name", id, number).Scan(&name)
		if err == sql.ErrNoRows {
			return view.ErrNotFound
		}
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, "scenario delete", fmt.Sprintf("%s %d", kind, id), name)
	})
	if err != nil {
		return store.Explain(fmt.Errorf("cannot delete a scenario: %w", err))
	}
	return nil
}

func percent(share float64) int64 { return int64(math.Round(100 * share)) }

func share(percent int64) float64 { return float64(percent) / 100 }
