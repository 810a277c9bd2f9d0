package view

import (
	"math"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/renewal"
)

// PolicyField is a number of a policy as a form and an address have it.
type PolicyField struct {
	Name        string
	Least, Most float64
	Step        float64
	Usual       float64 // where nothing is given: a plan to begin with
	Unit        string  // "years", "%" or "EUR"
	set         func(*renewal.Policy, float64)
	get         func(renewal.Policy) float64
}

// Of is the number that a policy has.
func (f PolicyField) Of(p renewal.Policy) float64 { return f.get(p) }

// PolicyFields are all of them, in the order of the form.
var PolicyFields = []PolicyField{
	{"longer", 0, renewal.MostLonger, 0.5, 1, "years", func(p *renewal.Policy, v float64) { p.LongerYears = v }, func(p renewal.Policy) float64 { return p.LongerYears }},
	{"reconditioned", 0, 100, 1, 20, "%", func(p *renewal.Policy, v float64) { p.Reconditioned = v / 100 }, func(p renewal.Policy) float64 { return 100 * p.Reconditioned }},
	{"repaired", 0, 100, 1, 20, "%", func(p *renewal.Policy, v float64) { p.Repaired = v / 100 }, func(p renewal.Policy) float64 { return 100 * p.Repaired }},
	{"budget", 0, 1e9, 1, 0, "EUR", func(p *renewal.Policy, v float64) { p.Budget = quantity.Euros(v) }, func(p renewal.Policy) float64 { return float64(p.Budget) }},
}

// PolicyOf reads a policy by the names of its fields, and tells which fields hold
// something else than a number within their bounds.
func PolicyOf(given func(name string) string) (p renewal.Policy, wrong []PolicyField) {
	for _, f := range PolicyFields {
		v, ok := f.Usual, true
		if text := given(f.Name); strings.TrimSpace(text) != "" {
			v, ok = NumberOf(text)
		}
		if !ok || v < f.Least || v > f.Most {
			wrong = append(wrong, f)
			continue
		}
		f.set(&p, v)
	}
	return p, wrong
}

// NumberOf reads a number as people type it in French or English.
func NumberOf(text string) (float64, bool) {
	text = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ",", ".", "−", "-").Replace(text)
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}
