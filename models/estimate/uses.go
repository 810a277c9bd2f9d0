package estimate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/lifespan"
)

// Figure is a kind of figure that stands on factors.
type Figure string

// The kinds of figures.
const (
	Footprint   Figure = "footprint"   // of a fleet, a school, a device
	Estimated   Figure = "estimated"   // of a device that is only described
	Choice      Figure = "choice"      // keep, repair or replace
	Reference   Figure = "reference"   // the reference equipment
	Criteria    Figure = "criteria"    // besides climate change, and steps of the life cycle
	Calibration Figure = "calibration" // what metered devices teach others
	Batteries   Figure = "batteries"   // wear
	Comparison  Figure = "comparison"  // published curves beside ours
	Monitoring  Figure = "monitoring"  // what watching costs
	Scenario    Figure = "scenario"    // what a fleet would emit under measures
	Purchases   Figure = "purchases"   // what is bought, beside what the law asks
	Virtual     Figure = "virtual"     // virtual machines, in no total
)

// Figures lists the kinds of figures.
var Figures = []Figure{Footprint, Estimated, Choice, Reference, Criteria, Calibration, Batteries, Comparison, Monitoring, Scenario, Purchases, Virtual}

// Uses is what a factor is for.
type Uses struct {
	Figures    []Figure             `json:"figures"`
	Categories []equipment.Category `json:"categories,omitempty"` // whose footprint stands on it
}

func (u *Uses) add(f Figure) {
	if !slices.Contains(u.Figures, f) {
		u.Figures = append(u.Figures, f)
	}
}

// byFamily are the uses of factors that a calculation reads as a whole, and not for one
// device: they begin with a prefix, or end with a suffix.
var byFamily = []struct {
	prefix, suffix string
	of             Figure
}{
	{"calibration.", "", Calibration}, {"battery.", "", Batteries}, {"curve.", "", Comparison}, {"network.", "", Monitoring}, {"hours.open.", "", Scenario}, {"target.", "", Purchases},
	{"power.virtual.", "", Virtual}, {"memory.codecarbon", "", Comparison}, {"typical.", ".threads", Comparison}, {"typical.", ".modules", Comparison},
	{"", ".minerals", Criteria}, {"", ".acidification", Criteria}, {"", ".particulates", Criteria}, {"", ".ionising", Criteria}, {"", ".primary_energy", Criteria},
	{"embodied.", ".manufacture", Criteria}, {"embodied.", ".distribution", Criteria}, {"embodied.", ".end_of_life", Criteria},
}

// UsesOf finds what each factor of a table is for, by key: it asks the models for every
// category which rows their answers stand on.
func UsesOf(t *factor.Table, day calendar.Day) (map[string]*Uses, error) {
	all := map[string]*Uses{}
	for _, r := range t.Rows {
		all[r.Key] = &Uses{}
	}
	add := func(f Figure, keys ...string) {
		for _, key := range keys {
			if u := all[key]; u != nil {
				u.add(f)
			}
		}
	}
	classes, err := undescribed(t)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, class := range classes {
		c := class.Spec.Category
		add(Footprint, class.FactorKeys()...)
		for _, key := range class.FactorKeys() {
			if u := all[key]; u != nil && !slices.Contains(u.Categories, c) {
				u.Categories = append(u.Categories, c)
			}
		}
		errs = append(errs, usesIn(t, day, c, add))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("what factors are for: %w", err)
	}
	for _, p := range t.Profiles {
		add(Reference, p.Keys()...)
	}
	for key, u := range all {
		for _, f := range byFamily {
			if strings.HasPrefix(key, f.prefix) && strings.HasSuffix(key, f.suffix) && (f.of != Comparison || len(u.Figures) == 0) {
				u.add(f.of)
			}
		}
		slices.SortFunc(u.Figures, func(a, b Figure) int { return slices.Index(Figures, a) - slices.Index(Figures, b) })
	}
	return all, nil
}

// usesIn adds the rows that estimates of devices of a category stand on: new and
// second-hand, with parts, used for some hours, and asked whether to keep them.
func usesIn(t *factor.Table, day calendar.Day, c equipment.Category, add func(Figure, ...string)) error {
	bought := Date(day - 3*365)
	hours := Use{HoursPerDay: 4}
	descriptions := []Description{
		{Category: c, Bought: bought}, {Category: c, Bought: bought, Use: hours}, {Category: c, Bought: bought, Acquisition: lifespan.Reconditioned},
		{Category: c, Bought: bought, Use: hours, CPU: "Intel Core i5-1135G7", MemoryGiB: 32, StorageGB: 512, ScreenIn: 15.6, Brightness: 0.8},
		{Category: c, Bought: bought, Use: Use{AlwaysOn: true}, Room: grid.DataCentre},
		{Category: c, Bought: bought, Use: hours, WeightKg: 2}, {Category: c, Bought: bought, Use: hours, WeightKg: 12},
	}
	for _, part := range lifespan.Parts {
		descriptions = append(descriptions, Description{Category: c, Bought: bought, Parts: []Fitted{{Part: part, On: Date(day - 365)}}})
	}
	for _, keep := range []bool{false, true} {
		e, err := New(t, Options{Day: day, KeepOrReplace: keep})
		if err != nil {
			return err
		}
		before := map[string]bool{}
		for _, d := range descriptions {
			r, err := e.Estimate(d)
			var unfit Problem
			if errors.As(err, &unfit) {
				continue // such a device cannot be had, as a second-hand access point
			}
			if err != nil {
				return err
			}
			for _, key := range r.FactorKeys {
				before[key] = true
			}
		}
		figure := Estimated
		if keep {
			figure = Choice
		}
		for key := range before {
			add(figure, key)
		}
	}
	return nil
}
