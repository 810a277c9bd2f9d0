// Package profile holds the reference individual equipment of a pupil
// ("équipement individuel type", Numérique pour l'éducation 2023-2027) and
// compares a fleet with it: how many times the reference it weighs ([Compare]),
// what the difference comes from ([Explain]), and which devices are what the
// reference asks for ([Reference.Conformity]).
//
// No official figures of the reference could be read. The shipped profiles are
// provisional and say so wherever they appear; a council sets its own beside
// them, and is compared with each.
package profile

import (
	"fmt"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// The keys of the shipped profiles.
const (
	Collegien = "collegien"
	Lyceen    = "lyceen"
)

// Reference is the yearly footprint of one pupil's reference equipment.
type Reference struct {
	Profile factor.Profile `json:"profile"`
	// Yearly is one device over one year: the embodied impact over the value of
	// the expected life, and a typical year's use.
	Yearly footprint.Figure `json:"yearly"`
	// Embodied is what making one device emits; Life is how long it is expected
	// to serve.
	Embodied footprint.Mass                    `json:"embodied_gco2e"`
	Life     quantity.Interval[quantity.Years] `json:"life_years"`
	// ByHours is the yearly energy of one device by the hours of use that the
	// profile states. It stands beside Yearly.Energy and is in no total; nil where
	// the profile states no hours.
	ByHours *footprint.Energy `json:"by_hours_wh,omitempty"`
	// Factors are the keys of the rows that Yearly stands on.
	Factors []string `json:"factors"`
}

// For is the reference of a profile on a day in a territory: the council's own
// where there is one, otherwise the shipped one. The error says that no profile
// with this key holds on the day, or that a factor is missing.
func For(t *factor.Table, key, region string, day calendar.Day) (Reference, error) {
	all, err := All(t, key, region, day)
	if err != nil {
		return Reference{}, err
	}
	return all[0], nil
}

// All are the references with one key on a day in a territory, each the latest of
// its kind: the council's own, if there is one, then the shipped one. There is at
// least one; the errors are those of For.
func All(t *factor.Table, key, region string, day calendar.Day) ([]Reference, error) {
	var all []Reference
	for _, own := range []bool{true, false} {
		p, ok := latest(t, key, own, day)
		if !ok {
			continue
		}
		r, err := reference(t, p, region, day)
		if err != nil {
			return nil, fmt.Errorf("profile %s: %w", key, err)
		}
		all = append(all, r)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no reference profile %q on %s", key, day)
	}
	return all, nil
}

// latest is the last profile with this key to begin by the day.
func latest(t *factor.Table, key string, own bool, day calendar.Day) (factor.Profile, bool) {
	var found factor.Profile
	for _, p := range t.Profiles {
		if p.Key == key && p.Override == own && !p.From.After(day.UTC()) && (found.Key == "" || p.From.After(found.From.Time)) {
			found = p
		}
	}
	return found, found.Key != ""
}

func reference(t *factor.Table, p factor.Profile, region string, day calendar.Day) (Reference, error) {
	embodied, err := t.Find(p.Embodied, "", day.UTC())
	if err != nil {
		return Reference{}, err
	}
	use, err := t.Find(p.Use, "", day.UTC())
	if err != nil {
		return Reference{}, err
	}
	life, err := lifeOf(t, p, day)
	if err != nil {
		return Reference{}, err
	}
	intensity, err := grid.Intensity(t, region, day)
	if err != nil {
		return Reference{}, err
	}
	r := Reference{Profile: p, Embodied: impact.Grams(embodied), Life: life, Factors: append(p.Keys(), "electricity")}
	energy := quantity.As[quantity.WattHours](use.Bounds().Times(1000))
	r.Yearly = footprint.Figure{
		DeviceYears: 1,
		Energy:      energy,
		Use:         grid.Emissions(energy, intensity.Bounds()),
		Embodied:    r.Embodied.Times(1 / float64(life.Value)),
		EnergyFrom:  footprint.Provenance{Assumed: float64(energy.Value)},
	}
	r.Yearly.MassFrom = footprint.Provenance{Assumed: float64(r.Yearly.Total().Value)}
	if r.ByHours, err = byHours(t, p.DailyUse, day); err != nil {
		return Reference{}, err
	}
	return r, nil
}

// Made is the reference with another embodied impact of its device, such as the one
// that the method of the compared fleet gives: methods are never compared with one
// another.
func (r Reference) Made(embodied footprint.Mass) Reference {
	r.Embodied = embodied
	r.Yearly.Embodied = embodied.Times(1 / float64(r.Life.Value))
	r.Yearly.MassFrom = footprint.Provenance{Assumed: float64(r.Yearly.Total().Value)}
	return r
}

// lifeOf is the expected life of the profile: its own, or that of the row it names.
func lifeOf(t *factor.Table, p factor.Profile, day calendar.Day) (quantity.Interval[quantity.Years], error) {
	if p.ExpectedLifeYears != nil {
		return quantity.As[quantity.Years](p.ExpectedLifeYears.Bounds()), nil
	}
	row, err := t.Find(p.Lifetime, "", day.UTC())
	if err != nil {
		return quantity.Interval[quantity.Years]{}, err
	}
	return quantity.As[quantity.Years](row.Bounds()), nil
}

// byHours is hours of a school day x school days x power in use, and the rest of
// the year at rest.
func byHours(t *factor.Table, u *factor.DailyUse, day calendar.Day) (*footprint.Energy, error) {
	if u == nil {
		return nil, nil
	}
	inUse, err := t.Find(u.PowerInUse, "", day.UTC())
	if err != nil {
		return nil, err
	}
	atRest, err := t.Find(u.PowerAtRest, "", day.UTC())
	if err != nil {
		return nil, err
	}
	year := lifespan.Year.Hours()
	energy := func(hours, days, inUse, atRest float64) quantity.WattHours {
		on := min(hours*days, year)
		return quantity.WattHours(on*inUse + (year-on)*atRest)
	}
	h, d := u.HoursBySchoolDay, u.SchoolDaysInYear
	// Where a device draws more at rest than in use, more hours mean less energy.
	low, value, high := energy(h.Low, d.Low, inUse.Low, atRest.Low), energy(h.Value, d.Value, inUse.Value, atRest.Value), energy(h.High, d.High, inUse.High, atRest.High)
	return &footprint.Energy{Low: min(low, value, high), Value: value, High: max(low, value, high)}, nil
}

// HoursDisagree tells that the energy by hours of use and the one the reference
// computes with share no value: the profile then contradicts itself, and a page
// says so.
func (r Reference) HoursDisagree() bool {
	return r.ByHours != nil && !r.ByHours.Overlaps(r.Yearly.Energy)
}
