package view

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/scenario"
)

// Scenario is what some measures would change of a fleet.
type Scenario struct {
	Scope    Scope             `json:"scope"`
	Site     *OwnSite          `json:"site,omitempty"` // nil: the whole organisation
	Measures scenario.Measures `json:"measures"`
	// Query is the part of an address that asks for these measures.
	Query  string           `json:"query"`
	Answer *scenario.Answer `json:"answer"`
	Beside *ScenarioBeside  `json:"for_one,omitempty"` // nil: nothing to compare
	Parts  []scenario.Part  `json:"parts"`             // what the answer starts from
}

// ScenarioBeside sets a year of one pupil, or of one device, beside the reference,
// before and under the measures.
type ScenarioBeside struct {
	Per       string             `json:"per"` // "pupil" or "device"
	Today     footprint.Mass     `json:"today_gco2e"`
	After     footprint.Mass     `json:"after_gco2e"`
	Reference footprint.Mass     `json:"reference_gco2e"`
	Before    profile.Comparison `json:"today_compared"`
	Then      profile.Comparison `json:"after_compared"`
}

// WhatIf weighs measures for a fleet, by a table of factors.
func WhatIf(f Fleet, t *factor.Table, m scenario.Measures) (*Scenario, error) {
	answer, err := scenario.Weigh(t, f.Parts, m)
	if err != nil {
		return nil, fmt.Errorf("cannot weigh a scenario: %w", err)
	}
	s := &Scenario{Scope: f.Scope, Measures: m, Query: QueryOf(m).Encode(), Answer: answer, Parts: f.Parts}
	if s.Parts == nil {
		s.Parts = []scenario.Part{}
	}
	if f.Headline.Comparison.Verdict == profile.Unknown {
		return s, nil
	}
	one, count := answer, 0.0
	for _, p := range f.Parts {
		count += p.Devices()
	}
	before, after := count, count*(1-m.Fewer)
	if f.Headline.Per == "pupil" {
		pupils := slices.DeleteFunc(slices.Clone(f.Parts), func(p scenario.Part) bool { return !p.Pupils })
		if one, err = scenario.Weigh(t, pupils, m); err != nil {
			return nil, fmt.Errorf("cannot weigh a scenario: %w", err)
		}
		before, after = float64(f.Headline.Pupils), float64(f.Headline.Pupils)
	}
	if before == 0 {
		return s, nil
	}
	b := &ScenarioBeside{Per: f.Headline.Per, Today: one.Today.Carbon.Times(1 / before), After: one.After.Carbon.Times(1 / after), Reference: f.Headline.Reference.Total()}
	b.Before, b.Then = profile.Compare(b.Today, b.Reference), profile.Compare(b.After, b.Reference)
	s.Beside = b
	return s, nil
}

// MeasureField is a measure as an address has it, in whole numbers.
type MeasureField struct {
	Name string // of the parameter
	Most int
	Unit string // "percent" or "years"
}

// MeasureFields are the measures in the order in which they take effect.
var MeasureFields = []MeasureField{
	{string(scenario.Fewer), scenario.MostFewer * 100, "percent"},
	{string(scenario.Longer), scenario.Longest, "years"},
	{string(scenario.Reconditioned), 100, "percent"},
	{string(scenario.OffAtNight), 100, "percent"},
}

// Suggested are the measures of a scenario that nobody has chosen yet.
var Suggested = scenario.Measures{Longer: 1, Reconditioned: 0.5, OffAtNight: 1}

// numbers are the measures as whole numbers, in the order of MeasureFields.
func numbers(m scenario.Measures) []int {
	percent := func(share float64) int { return int(math.Round(100 * share)) }
	return []int{percent(m.Fewer), m.Longer, percent(m.Reconditioned), percent(m.OffAtNight)}
}

// QueryOf is the part of an address that asks for measures.
func QueryOf(m scenario.Measures) url.Values {
	q := url.Values{}
	for i, n := range numbers(m) {
		q.Set(MeasureFields[i].Name, strconv.Itoa(n))
	}
	return q
}

// AskedMeasures reads measures from the parameters of an address: what is not there is
// nothing, and where none is there the measures are Suggested. wrong are the fields that
// hold no whole number within their bounds; the measures are not to be used then.
func AskedMeasures(q url.Values) (m scenario.Measures, wrong []MeasureField) {
	values := make([]int, len(MeasureFields))
	asked := false
	for i, f := range MeasureFields {
		if !q.Has(f.Name) {
			continue
		}
		asked = true
		text := strings.TrimSpace(q.Get(f.Name))
		n, err := strconv.Atoi(text)
		if text == "" {
			n, err = 0, nil // a field that was emptied
		}
		if err != nil || n < 0 || n > f.Most {
			wrong = append(wrong, f)
			continue
		}
		values[i] = n
	}
	if !asked {
		return Suggested, nil
	}
	share := func(i int) float64 { return float64(values[i]) / 100 }
	return scenario.Measures{Fewer: share(0), Longer: values[1], Reconditioned: share(2), OffAtNight: share(3)}, wrong
}

// SavedScenario is a scenario that was given a name.
type SavedScenario struct {
	ID       int64             `json:"id"`
	Name     string            `json:"name"`
	Measures scenario.Measures `json:"measures"`
	Query    string            `json:"query"`
	Created  time.Time         `json:"created"`
}

// ScenarioPlace is an organisation, or one of its sites.
type ScenarioPlace struct {
	Organisation int64
	Site         int64 // 0: the organisation as a whole
}

// MostScenarios is how many scenarios a place keeps, and LongestScenarioName how many
// letters a name has.
const (
	MostScenarios       = 100
	LongestScenarioName = 80
)

// Why a scenario is not saved.
var (
	ErrScenarioName  = errors.New("a name of 1 to 80 letters is expected")
	ErrScenarioTaken = errors.New("a scenario of this name is saved already; choose another name, or delete it first")
	ErrScenariosFull = errors.New("100 scenarios are saved here already; delete one first")
)

// Scenarios keeps scenarios with names, of organisations and of sites.
type Scenarios interface {
	Scenarios(ctx context.Context, at ScenarioPlace) ([]SavedScenario, error) // in the order of their names
	SaveScenario(ctx context.Context, at ScenarioPlace, name string, m scenario.Measures) (SavedScenario, error)
	// DeleteScenario forgets a scenario of a place; ErrNotFound: it has none of this number.
	DeleteScenario(ctx context.Context, at ScenarioPlace, id int64) error
}
