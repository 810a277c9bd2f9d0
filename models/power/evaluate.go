package power

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Comparison is how near each candidate curve comes to manufacturers' measured
// yearly consumption.
type Comparison struct {
	Classes []ClassComparison `json:"classes"`
	// Overall is each candidate's error as the mean over the categories that
	// have a processor, for those that have a curve for all of them.
	Overall map[string]float64 `json:"overall_error"`
	// HeldOut is the default's error in the same categories with each half of the
	// products predicted from the other.
	HeldOut float64 `json:"held_out_error"`
	Nearest string  `json:"nearest"`
	Default string  `json:"default"`
}

// ClassComparison is the comparison for a category (Class is empty) or a class
// of size in it. Consumption is in kWh a year, power in W.
type ClassComparison struct {
	Category equipment.Category `json:"category"`
	Class    string             `json:"class,omitempty"`
	N        int                `json:"n"`
	Q1       float64            `json:"q1_kwh"`
	Median   float64            `json:"median_kwh"`
	Q3       float64            `json:"q3_kwh"`
	// ImpliedWatts is the median of the power while idle with the screen on (of
	// a server: at its typical load) that the measured consumption implies, with
	// the category's rows for the other states.
	ImpliedWatts float64 `json:"implied_w"`
	// HeldOut is the default's error when its level is taken, for each half of the
	// products, from the other half alone: what the default owes to having been
	// derived from such a file does not flatter this one.
	HeldOut     float64      `json:"held_out_error"`
	Predictions []Prediction `json:"predictions"`
	Nearest     string       `json:"nearest"`
}

// Prediction is what one candidate says of a class.
type Prediction struct {
	Candidate string  `json:"candidate"`
	KWh       float64 `json:"kwh"`   // median over the products
	Ratio     float64 `json:"ratio"` // to the measured median
	// Error is the median over the products of |ln(predicted / measured)|: 0.1
	// is about 10 %.
	Error float64 `json:"error"`
}

// sizeClass is the class of size that a product belongs to, by the screen or,
// for desktops, by weight; empty if that is not known.
func sizeClass(s equipment.Spec) string {
	by := func(v float64, classes ...any) string {
		if v == 0 {
			return ""
		}
		for i := 0; i+1 < len(classes); i += 2 {
			if v <= classes[i].(float64) {
				return classes[i+1].(string)
			}
		}
		return classes[len(classes)-1].(string)
	}
	switch s.Category {
	case equipment.Laptop:
		return by(s.ScreenIn, 12.4, `up to 12.4"`, 13.8, `12.5 to 13.8"`, 14.8, `13.9 to 14.8"`, `from 14.9"`)
	case equipment.Monitor:
		return by(s.ScreenIn, 20.9, `up to 20.9"`, 23.4, `21 to 23.4"`, 24.9, `23.5 to 24.9"`, 27.9, `25 to 27.9"`, `from 28"`)
	case equipment.Desktop:
		return by(s.WeightKg, 2.0, "up to 2 kg", 8.0, "2 to 8 kg", "above 8 kg")
	}
	return ""
}

// Compare computes the typical yearly consumption of each measured product with
// each candidate curve. A candidate is told what a file knows of the product:
// its category, weight and screen; the rest is typical.
func Compare(t *factor.Table, measured []Measured) (Comparison, error) {
	candidates, err := candidatesOf(t)
	if err != nil {
		return Comparison{}, err
	}
	classes := map[[2]string][]Measured{}
	for _, m := range measured {
		c := string(m.Spec.Category)
		classes[[2]string{c}] = append(classes[[2]string{c}], m)
		if class := sizeClass(m.Spec); class != "" {
			classes[[2]string{c, class}] = append(classes[[2]string{c, class}], m)
		}
	}
	result := Comparison{Overall: map[string]float64{}, Default: candidates[0].name}
	keys := slices.SortedFunc(maps.Keys(classes), func(a, b [2]string) int {
		return slices.Compare(a[:], b[:])
	})
	categories, covered := 0, map[string]int{}
	for _, key := range keys {
		class, err := compareClass(t, candidates, classes[key])
		if err != nil {
			return Comparison{}, err
		}
		class.Category, class.Class = equipment.Category(key[0]), key[1]
		result.Classes = append(result.Classes, class)
		if class.Class != "" || class.Category == equipment.Monitor {
			continue
		}
		categories++
		result.HeldOut += class.HeldOut
		for _, p := range class.Predictions {
			covered[p.Candidate]++
			result.Overall[p.Candidate] += p.Error
		}
	}
	result.HeldOut /= float64(max(categories, 1))
	for name := range result.Overall {
		if covered[name] < categories {
			delete(result.Overall, name)
			continue
		}
		result.Overall[name] /= float64(categories)
	}
	for _, c := range candidates { // in their order, so that a tie is decided always alike
		if e, ok := result.Overall[c.name]; ok && (result.Nearest == "" || e < result.Overall[result.Nearest]) {
			result.Nearest = c.name
		}
	}
	return result, nil
}

func compareClass(t *factor.Table, candidates []candidate, products []Measured) (ClassComparison, error) {
	var kwh, implied []float64
	for _, m := range products {
		kwh = append(kwh, m.KWh)
		w, err := impliedWatts(t, m)
		if err != nil {
			return ClassComparison{}, err
		}
		implied = append(implied, w)
	}
	c := ClassComparison{N: len(products), Q1: quantile(kwh, 0.25), Median: quantile(kwh, 0.5), Q3: quantile(kwh, 0.75), ImpliedWatts: quantile(implied, 0.5)}
	best := math.Inf(1)
	for _, candidate := range candidates {
		if !candidate.covers(products[0].Spec.Category) {
			continue
		}
		var predicted, errs []float64
		for _, m := range products {
			curve, err := candidate.curve(m.Spec)
			if err != nil {
				return ClassComparison{}, fmt.Errorf("%s: %w", candidate.name, err)
			}
			w, err := WeightsOf(t, m.Spec)
			if err != nil {
				return ClassComparison{}, err
			}
			year := float64(TypicalYear(&curve, w).Value) / 1000
			predicted, errs = append(predicted, year), append(errs, math.Abs(math.Log(year/m.KWh)))
		}
		p := Prediction{Candidate: candidate.name, KWh: quantile(predicted, 0.5), Error: quantile(errs, 0.5)}
		p.Ratio = p.KWh / c.Median
		c.Predictions = append(c.Predictions, p)
		if p.Error < best {
			best, c.Nearest = p.Error, candidate.name
		}
	}
	c.HeldOut = c.Predictions[0].Error // of a single product
	if len(products) > 1 {
		var err error
		if c.HeldOut, err = heldOut(t, candidates[0], products, implied); err != nil {
			return ClassComparison{}, err
		}
	}
	return c, nil
}

// heldOut takes every second product, in the order of the file, for one half.
func heldOut(t *factor.Table, shipped candidate, products []Measured, implied []float64) (float64, error) {
	curves, weights := make([]Curve, len(products)), make([]Weights, len(products))
	var ratios [2][]float64 // of the implied power to the shipped one
	for i, m := range products {
		var err error
		if curves[i], err = shipped.curve(m.Spec); err != nil {
			return 0, err
		}
		if weights[i], err = WeightsOf(t, m.Spec); err != nil {
			return 0, err
		}
		ratios[i%2] = append(ratios[i%2], implied[i]/float64(curves[i].At(weights[i].Load).Value))
	}
	var errs []float64
	for i, m := range products {
		c, w := &curves[i], weights[i]
		on := c.At(w.Load).Value
		more := on * quantity.Watts(quantile(ratios[1-i%2], 0.5)-1)
		mean := float64(c.Off.Value)*w.Off + float64(c.Sleep.Value)*w.Sleep + float64(c.Dark.Value+more)*w.LongIdle + float64(on+more)*w.ShortIdle
		errs = append(errs, math.Abs(math.Log(mean*hoursPerYear/1000/m.KWh)))
	}
	return quantile(errs, 0.5), nil
}

// impliedWatts solves the typical year for the power with the screen on. The
// screen's own power stays as the rows have it.
func impliedWatts(t *factor.Table, m Measured) (float64, error) {
	s, err := statesOf(t, m.Spec.Category)
	if err != nil {
		return 0, err
	}
	w, err := WeightsOf(t, m.Spec)
	if err != nil {
		return 0, err
	}
	mean := quantity.Watts(m.KWh * 1000 / hoursPerYear)
	screen := s.idle.Value - s.dark.Value
	known := s.off.Value*quantity.Watts(w.Off) + s.sleep.Value*quantity.Watts(w.Sleep) - screen*quantity.Watts(w.LongIdle)
	return float64(mean-known) / (w.LongIdle + w.ShortIdle), nil
}

// quantile is the value below which a share of the values lies, linear between
// neighbours (the usual definition of spreadsheets).
func quantile(values []float64, share float64) float64 {
	v := slices.Sorted(slices.Values(values))
	at := share * float64(len(v)-1)
	i := int(at)
	if i+1 >= len(v) {
		return v[len(v)-1]
	}
	return v[i] + (at-float64(i))*(v[i+1]-v[i])
}
