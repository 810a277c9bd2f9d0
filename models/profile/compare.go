package profile

import (
	"math"

	"github.com/ecoparc/ecoparc/models/quantity"
)

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
