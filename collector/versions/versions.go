// Package versions keeps what figures were before the model changed: the version of the
// formulas, the numbers of the factors or the method.
//
// Nothing estimated is stored, because a better model recomputes the past; so when the
// model changes, the old figure would be gone, and nobody could say by how much the change
// moved it. Here one figure of each organisation is kept by each model: the yearly
// footprint for one pupil (or device) of the last school year that is over. It is computed
// anew each day, so that the last one by the old model and the first one by the new are of
// nearly the same data, and what lies between them is the model's.
package versions

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Figures computes what is kept; answers.Answers does.
type Figures interface {
	view.Source
	// Basis says by which rules they are computed now.
	Basis() (rules, details string)
	// SchoolYear is the current school year for 0.
	SchoolYear(asked int) int
}

// Versions keeps figures by model in a store.
type Versions struct {
	store   *store.Store
	figures Figures
	options Options
	clock   func() time.Time
}

// Options say how figures are computed, as far as their basis does not.
type Options struct {
	Method    impact.Method
	Territory string // whose electricity
}

var _ view.Versions = (*Versions)(nil)

// Open returns the figures by model of a store.
func Open(s *store.Store, f Figures, o Options, clock func() time.Time) *Versions {
	return &Versions{s, f, o, clock}
}

// anew is after how long a figure is computed anew.
const anew = 24 * time.Hour

// Keep keeps the figures of all organisations by the model of now: those that were not
// computed by it within a day. Of an organisation whose overview is still that of another
// model none is kept yet; it is the next time.
func (v *Versions) Keep(ctx context.Context) error {
	model, err := v.model(ctx)
	if err != nil {
		return err
	}
	all, err := v.figures.Organisations(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, o := range all {
		err := v.keepOf(ctx, model, o.ID)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("cannot keep a figure of %s by its model: %w", o.Name, err))
		}
	}
	return errors.Join(failed...)
}

// model is the number of the model of now, which is noted when it is another one than
// the last.
func (v *Versions) model(ctx context.Context) (id int64, err error) {
	rules, _ := v.figures.Basis()
	err = store.InTx(ctx, v.store.Write, func(tx *sql.Tx) error {
		var last string
		err := tx.QueryRowContext(ctx, "SELECT id, rules FROM models ORDER BY id DESC LIMIT 1").Scan(&id, &last)
		if err != nil && !errors.Is(err, sql.ErrNoRows) || last == rules {
			return err
		}
		t := v.figures.Factors()
		numbers, err := pack(t)
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "INSERT INTO models (since, rules, version, factors, method, numbers) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
			v.clock().Unix(), rules, footprint.Version, t.Version, string(v.options.Method), numbers).Scan(&id)
	})
	if err != nil {
		return 0, store.Explain(fmt.Errorf("cannot note the model: %w", err))
	}
	return id, nil
}

// keepOf keeps the figures of an organisation that are due.
func (v *Versions) keepOf(ctx context.Context, model, organisation int64) error {
	years, fresh, err := v.due(ctx, model, organisation)
	if err != nil {
		return err
	}
	for _, year := range years {
		err := v.keep(ctx, model, organisation, year)
		if current := v.figures.SchoolYear(0); errors.Is(err, view.ErrNotFound) && !fresh[current] {
			err = v.keep(ctx, model, organisation, current) // there is no data of an earlier one
		}
		if err != nil && !errors.Is(err, view.ErrNotFound) { // it may be gone meanwhile
			return err
		}
	}
	return nil
}

// due are the school years of an organisation of which a figure by the model should be
// computed: the last one that is over, and after a change of the model the one that was
// kept before it. Those that are fresh were computed by it within a day.
func (v *Versions) due(ctx context.Context, model, organisation int64) (years []int, fresh map[int]bool, err error) {
	rows, err := v.store.Read.QueryContext(ctx, "SELECT model, school_year, last_at FROM model_figures WHERE organisation = ? ORDER BY model, school_year", organisation)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read figures by model: %w", err)
	}
	defer rows.Close()
	var before, keptBefore int64
	fresh = map[int]bool{}
	years = []int{v.figures.SchoolYear(0) - 1}
	for rows.Next() {
		var of, last int64
		var year int
		if err := rows.Scan(&of, &year, &last); err != nil {
			return nil, nil, fmt.Errorf("cannot read figures by model: %w", err)
		}
		switch {
		case of == model:
			fresh[year] = v.clock().Sub(time.Unix(last, 0)) < anew
		case of > before || last > keptBefore:
			before, keptBefore = of, last
			years = append(years[:1], year)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, nil, err
	}
	if len(years) == 2 {
		if _, compared := fresh[years[1]]; compared && years[1] != years[0] {
			years = years[:1] // what comes after the first figure by the new model tells nothing more
		}
	}
	slices.Sort(years)
	return slices.DeleteFunc(slices.Compact(years), func(year int) bool { return fresh[year] }), fresh, nil
}

// keep computes a figure and keeps it.
func (v *Versions) keep(ctx context.Context, model, organisation int64, schoolYear int) error {
	o, err := v.figures.Overview(ctx, organisation, schoolYear)
	if err != nil {
		return err
	}
	total := o.Headline.Yearly.Total()
	if o.Renewal != nil || o.Headline.Devices == 0 {
		return nil
	}
	now := v.clock().Unix()
	_, err = v.store.Write.ExecContext(ctx, `INSERT INTO model_figures (model, organisation, school_year, per, keys, first_at, first_low, first_value, first_high, last_at, last_low, last_value, last_high)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (organisation, school_year, model) DO UPDATE SET per = excluded.per, keys = excluded.keys, last_at = excluded.last_at, last_low = excluded.last_low, last_value = excluded.last_value, last_high = excluded.last_high`,
		model, organisation, o.Scope.SchoolYear, o.Headline.Per, strings.Join(o.Headline.FactorKeys, " "),
		now, float64(total.Low), float64(total.Value), float64(total.High), now, float64(total.Low), float64(total.Value), float64(total.High))
	if err != nil {
		return store.Explain(err)
	}
	return nil
}

// met is a model that figures were computed with.
type met struct {
	id    int64
	since time.Time
	view.ModelOf
	numbers map[rowKey]number
}

// ModelChanges are the changes of the model, the latest first.
func (v *Versions) ModelChanges(ctx context.Context) ([]view.ModelChange, error) {
	models, err := v.models(ctx)
	if err != nil || len(models) < 2 {
		return nil, err
	}
	organisations, err := v.figures.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	kept, err := v.kept(ctx)
	if err != nil {
		return nil, err
	}
	var all []view.ModelChange
	for i := len(models) - 1; i > 0; i-- {
		was, now := models[i-1], models[i]
		change := view.ModelChange{Since: now.since, From: was.ModelOf, To: now.ModelOf, Factors: differences(was.numbers, now.numbers), Figures: []view.FigureChange{}}
		for _, o := range organisations {
			if f := compare(kept[figureKey{o.ID, was.id}], kept[figureKey{o.ID, now.id}]); f != nil {
				f.Organisation, f.Name, f.Simulated = o.ID, o.Name, o.Simulated
				f.Keys = slices.DeleteFunc(f.Keys, func(key string) bool {
					return !slices.ContainsFunc(change.Factors, func(c view.FactorChange) bool {
						return c.Key == key && (c.Region == "" || c.Region == v.options.Territory)
					})
				})
				change.Figures = append(change.Figures, *f)
			}
		}
		all = append(all, change)
	}
	return all, nil
}

// models are those that were met, in their order.
func (v *Versions) models(ctx context.Context) ([]met, error) {
	return store.All(ctx, v.store.Read, "read the models", "SELECT id, since, version, factors, method, numbers FROM models ORDER BY id", nil, func(scan store.Scan, m *met) error {
		var since int64
		var numbers []byte
		err := scan(&m.id, &since, &m.Version, &m.Factors, &m.Method, &numbers)
		if err != nil {
			return err
		}
		m.since = time.Unix(since, 0).UTC()
		if m.numbers, err = unpack(numbers); err != nil {
			return fmt.Errorf("model %d: %w", m.id, err)
		}
		return nil
	})
}

// figureKey is whose figures by which model.
type figureKey struct{ organisation, model int64 }

// keptFigure is a figure of a school year by a model.
type keptFigure struct {
	schoolYear      int
	per             string
	keys            []string
	first, last     footprint.Mass
	firstAt, lastAt time.Time
}

// kept are all figures that are kept.
func (v *Versions) kept(ctx context.Context) (map[figureKey][]keptFigure, error) {
	all := map[figureKey][]keptFigure{}
	err := store.Each(ctx, v.store.Read, "read figures by model", `SELECT organisation, model, school_year, per, keys, first_at, first_low, first_value, first_high, last_at, last_low, last_value, last_high
		FROM model_figures ORDER BY organisation, model, school_year`,
		nil, func(scan store.Scan) error {
			var k figureKey
			var f keptFigure
			var keys string
			var first, last int64
			var a, b [3]float64
			err := scan(&k.organisation, &k.model, &f.schoolYear, &f.per, &keys, &first, &a[0], &a[1], &a[2], &last, &b[0], &b[1], &b[2])
			f.keys, f.first, f.last = strings.Fields(keys), mass(a), mass(b)
			f.firstAt, f.lastAt = time.Unix(first, 0).UTC(), time.Unix(last, 0).UTC()
			all[k] = append(all[k], f)
			return err
		})
	return all, err
}

func mass(v [3]float64) footprint.Mass {
	return footprint.Mass{Low: quantity.Grams(v[0]), Value: quantity.Grams(v[1]), High: quantity.Grams(v[2])}
}

// compare sets the last figure by a model beside the first one by the next, of the latest
// school year that both have; nil where there is none, or where one is for one pupil and
// the other for one device.
func compare(before, after []keptFigure) *view.FigureChange {
	for _, was := range slices.Backward(before) {
		for _, now := range after {
			if now.schoolYear == was.schoolYear && now.per == was.per {
				return &view.FigureChange{SchoolYear: was.schoolYear, Per: was.per, Was: was.last, WasAt: was.lastAt, Now: now.first, NowAt: now.firstAt, Keys: union(was.keys, now.keys)}
			}
		}
	}
	return nil
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
