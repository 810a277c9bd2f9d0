// Package profile holds the reference individual equipment of a pupil
// ("équipement individuel type", Numérique pour l'éducation 2023-2027) and
// compares a fleet with it.
//
// No official figures of the reference could be read. The shipped profiles are
// provisional and say so wherever they appear; a council replaces them with its
// own.
package profile

import (
	"fmt"
	"math"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// The keys of the shipped profiles.
const (
	Collegien = "collegien"
	Lyceen    = "lyceen"
)

// Reference is the yearly footprint of one pupil's reference equipment.
type Reference struct {
	Profile factor.Profile   `json:"profile"`
	Yearly  footprint.Figure `json:"yearly"`
	Factors []string         `json:"factors"`
}

// For computes the reference of a profile on a day in a territory: embodied
// impact over the expected life, and a typical year's use.
func For(t *factor.Table, key, region string, day calendar.Day) (Reference, error) {
	p, err := find(t, key, day)
	if err != nil {
		return Reference{}, err
	}
	rows := map[string]*factor.Row{}
	for _, k := range []string{p.Embodied, p.Lifetime, p.Use} {
		if rows[k], err = t.Find(k, "", day.UTC()); err != nil {
			return Reference{}, fmt.Errorf("profile %s: %w", key, err)
		}
	}
	intensity, err := grid.Intensity(t, region, day)
	if err != nil {
		return Reference{}, fmt.Errorf("profile %s: %w", key, err)
	}
	energy := quantity.As[quantity.WattHours](rows[p.Use].Bounds().Times(1000))
	figure := footprint.Figure{
		DeviceYears: 1,
		Energy:      energy,
		Use:         grid.Emissions(energy, intensity.Bounds()),
		Embodied:    impact.Grams(rows[p.Embodied]).Times(1 / rows[p.Lifetime].Value),
		EnergyFrom:  footprint.Provenance{Assumed: float64(energy.Value)},
	}
	figure.MassFrom = footprint.Provenance{Assumed: float64(figure.Total().Value)}
	return Reference{p, figure, []string{p.Embodied, p.Lifetime, p.Use, "electricity"}}, nil
}

// find is the latest profile with this key that holds on the day.
func find(t *factor.Table, key string, day calendar.Day) (factor.Profile, error) {
	var found factor.Profile
	for _, p := range t.Profiles {
		if p.Key == key && !p.From.After(day.UTC()) && !p.From.Before(found.From.Time) {
			found = p
		}
	}
	if found.Key == "" {
		return factor.Profile{}, fmt.Errorf("no reference profile %q on %s", key, day)
	}
	return found, nil
}

// Verdict is what a comparison shows.
type Verdict string

// The verdicts.
const (
	Above   Verdict = "above"
	Below   Verdict = "below"
	Same    Verdict = "same"    // no difference that the data can show
	Unknown Verdict = "unknown" // nothing to compare
)

// Comparison is how many times the reference a footprint is.
type Comparison struct {
	Ratio   quantity.Interval[Ratio] `json:"ratio"`
	Verdict Verdict                  `json:"verdict"`
}

// Ratio is a quotient of two footprints.
type Ratio float64

// notable is the smallest difference worth a word: below five per cent the
// simplifications of the method weigh more than what is compared.
const notable = 0.05

// Compare sets a footprint against the reference. Both rest on the same
// factors, so the low bounds belong together, and the high ones: what the two
// have in common does not blur the comparison.
func Compare(f, reference quantity.Interval[quantity.Grams]) Comparison {
	if f.Value <= 0 || reference.Low <= 0 {
		return Comparison{Verdict: Unknown}
	}
	low, value, high := Ratio(f.Low/reference.Low), Ratio(f.Value/reference.Value), Ratio(f.High/reference.High)
	ratio := quantity.Interval[Ratio]{
		Low:   min(low, value, high),
		Value: value,
		High:  max(low, value, high),
	}
	switch {
	case ratio.Low <= 1 && 1 <= ratio.High, math.Abs(float64(value)-1) < notable:
		return Comparison{ratio, Same}
	case value > 1:
		return Comparison{ratio, Above}
	}
	return Comparison{ratio, Below}
}
