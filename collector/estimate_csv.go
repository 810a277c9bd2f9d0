package main

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/estimate"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// sheet is a row of the CSV output in the making, with the names of its columns.
type sheet struct{ names, cells []string }

func (s *sheet) text(name, cell string) {
	s.names, s.cells = append(s.names, name), append(s.cells, cell)
}

// interval adds three columns in a unit of which the interval's has per; they are
// empty for what is not available.
func interval[T quantity.Unit](s *sheet, name string, i *quantity.Interval[T], per float64) {
	for _, end := range []string{"", "_low", "_high"} {
		cell := ""
		if i != nil {
			v := i.Value
			switch end {
			case "_low":
				v = i.Low
			case "_high":
				v = i.High
			}
			cell = number(float64(v) / per)
		}
		s.text(name+end, cell)
	}
}

// writeEstimates writes a row for each kind of device and method: figures of one
// device, and how many there are. There is no row of totals, which a spreadsheet
// would add up a second time.
func writeEstimates(w io.Writer, results []estimate.Result) error {
	out := csv.NewWriter(w)
	for i := range results {
		for j := range results[i].Methods {
			var s sheet
			s.result(&results[i], &results[i].Methods[j])
			if i == 0 && j == 0 {
				_ = out.Write(s.names) // Error tells
			}
			_ = out.Write(s.cells)
		}
	}
	out.Flush()
	return out.Error()
}

const perKilo = 1000

func (s *sheet) result(r *estimate.Result, by *estimate.ByMethod) {
	d := &r.Device
	s.text("name", d.Name)
	s.text("category", string(d.Category))
	s.text("maker", d.Maker)
	s.text("model", d.Model)
	s.text("count", strconv.FormatInt(d.Count, 10))
	bought, age := "", ""
	if r.Age != nil {
		bought, age = calendar.Day(d.Bought).String(), number(float64(*r.Age))
	}
	s.text("bought", bought)
	s.text("age_years", age)
	s.text("day", calendar.Day(r.Day).String())
	s.text("territory", r.Territory)
	s.text("method", string(by.Method))
	s.text("unavailable", by.Unavailable)
	s.text("expected_life_years", number(float64(r.Life)))
	s.text("spread_over_years", number(float64(r.Span)))
	interval(s, "energy_kwh_year", &r.Energy.Year, perKilo)
	s.provenance("energy", &r.Energy.From)
	s.text("energy_how", r.Energy.How)
	interval(s, "energy_star_kwh_year", r.Energy.TypicalYear, perKilo)
	var year, life estimate.Emitted
	s.emitted("_year", by.Year, &year)
	s.provenance("total", &year.From)
	s.emitted("_life", by.Lifetime, &life)
	interval(s, "embodied_new_kgco2e", by.New, perKilo)
	interval(s, "embodied_carried_kgco2e", by.Carried, perKilo)
	s.steps(by)
	interval(s, "amortised_kgco2e", by.Amortised, perKilo)
	interval(s, "remaining_kgco2e", by.Remaining, perKilo)
	for _, c := range r.Criteria {
		name := string(c.Criterion)
		unit := strings.ToLower(strings.ReplaceAll(c.Unit, "+", ""))
		interval(s, name+"_embodied_"+unit+"_year", c.Embodied, 1)
		interval(s, name+"_use_"+unit+"_year", c.Use, 1)
	}
	s.beside(r, by)
	s.rests(r, by)
}

// emitted adds a footprint; one that is not available leaves its columns empty.
func (s *sheet) emitted(over string, e, into *estimate.Emitted) {
	var use, embodied, total *footprint.Mass
	if e != nil {
		*into = *e
		use, embodied, total = &e.Use, &e.Embodied, &e.Total
	}
	interval(s, "use_kgco2e"+over, use, perKilo)
	interval(s, "embodied_kgco2e"+over, embodied, perKilo)
	interval(s, "total_kgco2e"+over, total, perKilo)
}

func (s *sheet) provenance(of string, p *footprint.Provenance) {
	if *p == (footprint.Provenance{}) {
		for _, how := range []string{"measured", "modelled", "assumed"} {
			s.text(of+"_"+how+"_share", "")
		}
		return
	}
	s.text(of+"_measured_share", number(p.Measured))
	s.text(of+"_modelled_share", number(p.Modelled))
	s.text(of+"_assumed_share", number(p.Assumed))
}

// steps adds every step that a device may have, so that all rows have one shape.
func (s *sheet) steps(by *estimate.ByMethod) {
	for _, name := range append(append([]impact.Step{}, impact.Steps...), estimate.Reconditioning, estimate.PartsFitted) {
		var amount *footprint.Mass
		for _, step := range by.Steps {
			if step.Name == name {
				amount = step.Amount
			}
		}
		interval(s, "step_"+string(name)+"_kgco2e_life", amount, perKilo)
	}
}

func (s *sheet) beside(r *estimate.Result, by *estimate.ByMethod) {
	profile, per, verdict, ratio := "", "", "", (*quantity.Interval[float64])(nil)
	if c := by.Compared; c != nil {
		profile, per, verdict = c.Profile, c.Per, string(c.Verdict)
		plain := quantity.As[float64](c.Ratio)
		ratio = &plain
	}
	s.text("reference", profile)
	s.text("reference_per", per)
	interval(s, "reference_ratio", ratio, 1)
	s.text("reference_verdict", verdict)
	s.text("conformity", string(r.Conformity.Class))
	keep := ""
	if r.Keep != nil && r.Keep.Method == by.Method {
		keep = string(r.Keep.Answer.Verdict)
	}
	s.text("keep_or_replace", keep)
}

// rests adds what the row rests on.
func (s *sheet) rests(r *estimate.Result, by *estimate.ByMethod) {
	basis, nearest := "", []string{}
	if p := by.Prediction; p != nil {
		basis = string(p.Basis)
		for _, n := range p.Nearest {
			nearest = append(nearest, n.Product.Maker+" "+n.Product.Name)
		}
	}
	s.text("basis", basis)
	s.text("nearest_products", strings.Join(nearest, "; "))
	var keys, own, unverified []string
	for _, f := range r.Factors {
		keys = append(keys, f.Key)
		if f.Override {
			own = append(own, f.Key)
		}
		if !f.Verified {
			unverified = append(unverified, f.Key)
		}
	}
	s.text("factors", strings.Join(keys, " "))
	s.text("factors_own", strings.Join(own, " "))
	s.text("factors_unverified", strings.Join(unverified, " "))
	s.text("notes", strings.Join(r.Notes, " "))
}
