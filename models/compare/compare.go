// Package compare sets schools beside each other without shaming a small one for its
// chance: a funnel plot. The fewer pupils a school has, the further its figure for one
// pupil may lie from the council's by chance, and only what lies outside of the funnel
// is called different.
//
// Source: D. J. Spiegelhalter, "Funnel plots for comparing institutional performance",
// Statistics in Medicine 24 (2005), 1185-1202: limits at 95 % and 99.8 % around the
// target, which is the mean of all, and a spread that is estimated from winsorised
// deviations (there section A.1), so that the schools that differ do not widen the funnel
// that is to find them.
package compare

import (
	"math"
	"slices"
)

// School is a figure of a school: any amount for one pupil, and of how many pupils it
// is the mean.
type School struct {
	PerPupil float64
	Pupils   float64
}

// Fewest is how many schools a funnel needs: of fewer the spread says nothing.
const Fewest = 8

// The limits of a funnel, in standard deviations of the normal distribution: 95 % and
// 99.8 % of schools that do not differ lie within.
const (
	Limit95  = 1.959964
	Limit998 = 3.090232
)

// winsorised is the share of deviations at either end that are drawn in, and shrunk how
// much of the variance of a normal distribution is left then (its integral of z² with the
// ends drawn in to 1.2816).
const (
	winsorised = 0.1
	shrunk     = 0.678652
)

// Funnel tells chance from difference.
type Funnel struct {
	Target float64 // amount for one pupil of all schools together
	// Spread is the standard deviation of the figure of a school with one pupil; that of a
	// school with n is Spread/sqrt(n).
	Spread float64
}

// New is the funnel of some schools. ok is false where there are fewer than Fewest with
// pupils.
func New(schools []School) (f Funnel, ok bool) {
	var sum, pupils float64
	known := make([]School, 0, len(schools))
	for _, s := range schools {
		if s.Pupils > 0 {
			known = append(known, s)
			sum += s.PerPupil * s.Pupils
			pupils += s.Pupils
		}
	}
	if len(known) < Fewest {
		return Funnel{}, false
	}
	f.Target = sum / pupils
	deviations := make([]float64, len(known))
	for i, s := range known {
		deviations[i] = (s.PerPupil - f.Target) * math.Sqrt(s.Pupils)
	}
	slices.Sort(deviations)
	ends := int(winsorised * float64(len(deviations)))
	low, high := deviations[ends], deviations[len(deviations)-1-ends]
	var squares float64
	for _, d := range deviations {
		d = min(max(d, low), high)
		squares += d * d
	}
	f.Spread = math.Sqrt(squares / float64(len(deviations)) / shrunk)
	return f, true
}

// Limits are how far a school with so many pupils may lie by chance; limit is Limit95 or
// Limit998. The lower one is not below zero.
func (f Funnel) Limits(pupils, limit float64) (low, high float64) {
	if !(pupils > 0) {
		return 0, math.Inf(1)
	}
	reach := limit * f.Spread / math.Sqrt(pupils)
	return max(0, f.Target-reach), f.Target + reach
}

// Place is where a school lies in a funnel.
type Place string

// The places. Of schools that do not differ, one in twenty lies outside of the inner
// limits and two in a thousand outside of the outer ones.
const (
	Within    Place = "within"     // nothing that chance does not explain
	Above     Place = "above"      // outside of 95 %
	FarAbove  Place = "far_above"  // outside of 99.8 %
	Below     Place = "below"      // outside of 95 %
	FarBelow  Place = "far_below"  // outside of 99.8 %
	NotPlaced Place = "not_placed" // no pupils are known, or there is no funnel
)

// Place says where a school lies.
func (f Funnel) Place(s School) Place {
	if !(s.Pupils > 0) || f == (Funnel{}) {
		return NotPlaced
	}
	low95, high95 := f.Limits(s.Pupils, Limit95)
	low998, high998 := f.Limits(s.Pupils, Limit998)
	switch {
	case s.PerPupil > high998:
		return FarAbove
	case s.PerPupil > high95:
		return Above
	case s.PerPupil < low998:
		return FarBelow
	case s.PerPupil < low95:
		return Below
	}
	return Within
}

// Quartiles are the median of some values with the quartiles around it.
type Quartiles struct {
	Low    float64 `json:"lower_quartile"`
	Median float64 `json:"median"`
	High   float64 `json:"upper_quartile"`
	Of     int     `json:"of"` // how many values
}

// QuartilesOf sorts a copy of the values and interpolates between neighbours. Of none it
// is the zero.
func QuartilesOf(values []float64) Quartiles {
	if len(values) == 0 {
		return Quartiles{}
	}
	sorted := slices.Sorted(slices.Values(values))
	at := func(share float64) float64 {
		place := share * float64(len(sorted)-1)
		below := int(place)
		if below+1 == len(sorted) {
			return sorted[below]
		}
		return sorted[below] + (place-float64(below))*(sorted[below+1]-sorted[below])
	}
	return Quartiles{at(0.25), at(0.5), at(0.75), len(sorted)}
}
