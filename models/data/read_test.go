package data_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/estimate"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/maker"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/renewal"
)

// A number that can be changed without any figure changing is of no use, or is not
// read where it should be.
func TestEveryShippedRowMovesAFigure(t *testing.T) {
	t.Parallel()
	table := factor.Default()
	before := figures(t, table)
	for _, r := range table.Rows {
		days := ""
		if !r.From.IsZero() {
			days += ", from: " + r.From.Format(time.DateOnly)
		}
		if !r.To.IsZero() {
			days += ", to: " + r.To.Format(time.DateOnly)
		}
		moves := func(by float64) bool {
			changed, err := table.With("changed.yaml", fmt.Appendf(nil,
				"rows: [{key: %s, region: %q, value: %v, low: %v, high: %v, unit: %s, interval: a test, source: %s, page: a test, verified: no%s}]",
				r.Key, r.Region, r.Value*by+1e-9, r.Low*by+1e-9, r.High*by+1e-9, r.Unit, r.SourceID, days))
			if err != nil {
				t.Fatal(err)
			}
			return figures(t, changed) != before
		}
		if !moves(1.07) && !moves(0.93) { // a bound may hold it from one side
			t.Errorf("no formula reads %s %s", r.Key, r.Region)
		}
	}
}

// figures is what the models make of a table, as one number: each formula once, with
// all of its branches that read a row.
func figures(t *testing.T, table *factor.Table) [sha256.Size]byte {
	t.Helper()
	var all []any
	take := func(v any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	where := func(v *factor.Row, err error) { // there need not be one
		if err == nil {
			all = append(all, v.Bounds())
		}
	}

	model, err := footprint.New(table, footprint.Options{Territory: grid.MainlandFrance, Terms: calendar.Default(), Where: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	week := calendar.Period{From: calendar.Date(2025, time.January, 6), To: calendar.Date(2025, time.January, 13)}
	stretch := footprint.Stretch{Days: week, Zone: "A", From: week.From.UTC(), To: week.To.UTC()}
	known := stretch
	known.Facts = footprint.Facts{OffMs: 1e9, SuspendedMs: 1e9, MeteredMs: 1e9, Metered: 1e12, PartMs: 1e9, LoadMs: [...]int64{1e9, 1e9, 1e9, 1e9, 1e9}}
	var published []maker.Published
	for _, c := range equipment.Categories {
		cohort := []footprint.Cohort{{InService: week.From.UTC(), Count: 1}}
		class, err := model.Class(equipment.Spec{Category: c})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []footprint.Stretch{stretch, known} {
			f, err := model.Estimate(class, cohort, s, s.To)
			take(f, err)
		}
		if !c.Physical() {
			continue
		}
		for _, kg := range []float64{1, 9} {
			curve, err := power.ForSpec(table, power.DefaultCPUs(), equipment.Spec{Category: c, WeightKg: kg}, 0)
			take(curve, err)
		}
		curve, err := power.ForSpec(table, power.DefaultCPUs(), equipment.Spec{Category: c, CPU: "Intel Core i7-9700", MemoryGiB: 48, ScreenIn: 17}, 0.9)
		take(curve, err)
		for _, of := range impact.Criteria {
			where(impact.Embodied(table, c, of))
		}
		for _, s := range impact.Steps {
			where(impact.OfStep(table, c, s))
		}
		question, err := lifespan.Ask(table, c, 3, grid.MainlandFrance, week.From)
		take(question, err)
		rules, err := lifespan.RulesFor(table, c)
		take(rules, err)
		for _, y := range []int{2020, 2022} { // before and after version 8 of ENERGY STAR
			published = append(published, maker.Published{Product: maker.Product{Category: c, Year: y, YearlyUse: quantity.WattHours(1000 * y)}})
		}
	}
	comparison, err := power.Compare(table, power.MeasuredOf(published))
	take(comparison, err)
	curves, err := power.PublishedCurves(table)
	take(curves, err)
	prior, err := power.PriorOf(table)
	take(prior, err)
	virtual, err := model.VirtualPower(2, 0.5)
	take(virtual, err)

	where(renewal.SecondHandAsked(table))
	for _, y := range []int{2023, 2024, 2026} {
		where(renewal.ReuseAsked(table, y))
	}
	for _, territory := range grid.Territories() {
		for y := 2015; y <= 2026; y++ {
			where(grid.Intensity(table, territory.Code, calendar.Date(y, time.July, 1)))
		}
	}
	for _, of := range impact.Criteria {
		where(grid.Other(table, of, grid.MainlandFrance, week.From))
	}
	for _, r := range []grid.Room{grid.ServerRoom, grid.DataCentre} {
		where(grid.PUE(table, r))
	}
	for _, p := range lifespan.Parts {
		part, err := lifespan.PartFactorsOf(table, p)
		take(part, err)
	}
	carried, err := footprint.Carried(table, 1e9)
	take(carried, err)
	worn, err := lifespan.WornAt(table)
	take(worn, err)
	for _, key := range []string{profile.Collegien, profile.Lyceen} {
		reference, err := profile.For(table, key, grid.MainlandFrance, week.From)
		take(reference, err)
	}

	estimator, err := estimate.New(table, estimate.Options{Day: week.From})
	if err != nil {
		t.Fatal(err)
	}
	described, err := estimator.Estimate(estimate.Description{Category: equipment.Laptop, Use: estimate.Use{HoursPerDay: 5, DaysPerYear: 150}})
	take(described.Energy, err)

	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(text)
}
