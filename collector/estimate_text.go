package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/estimate"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/maker"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// showEstimates writes the answer for people: each kind of device, the totals, and
// the rows that they rest on.
func showEstimates(w io.Writer, a *answer) error {
	for i := range a.Results {
		s := sight{columns{tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)}}
		s.device(&a.Results[i])
		if err := s.t.Flush(); err != nil {
			return err
		}
	}
	var devices int64
	for i := range a.Results {
		devices += a.Results[i].Device.Devices()
	}
	if devices > 1 {
		for _, t := range a.Totals {
			showTotal(w, t)
		}
		fmt.Fprintln(w)
	}
	return showSources(w, a)
}

func showTotal(w io.Writer, t estimate.Total) {
	fmt.Fprintf(w, "Total of %d devices by method %s, a year: %s.\n  Use %s, embodied %s, electricity %s; %s.\n",
		t.Devices, t.Method, mass(t.Total), mass(t.Use), mass(t.Embodied), energy(t.Energy), known(t.From))
	if t.LeftOut > 0 {
		fmt.Fprintf(w, "  Not in it: %d devices for which method %s has no value.\n", t.LeftOut, t.Method)
	}
}

// sight is a result in two columns: what, and how much with its range.
type sight struct{ t columns }

func (s sight) line(what string, amount ...any) {
	s.t.row(append([]any{"  " + what}, amount...)...)
}

func (s sight) device(r *estimate.Result) {
	d := &r.Device
	title := strings.TrimSpace(d.Maker + " " + d.Model)
	if d.Name != "" {
		title = strings.TrimSpace(d.Name + ": " + title)
	}
	title = strings.TrimPrefix(strings.TrimSuffix(title, ":")+", ", ", ") + string(d.Category)
	if r.Age != nil {
		title += fmt.Sprintf(", bought %s (%.1f years)", calendar.Day(d.Bought), float64(*r.Age))
	}
	if d.Count > 1 {
		title += fmt.Sprintf("; there are %d, each:", d.Count)
	}
	fmt.Fprintln(s.t, title)
	s.line("electricity a year", energy(r.Energy.Year)+"; "+known(r.Energy.From))
	s.line("", r.Energy.How)
	typical := notAvailable
	switch y := r.Energy.TypicalYear; {
	case y == nil:
	case d.Category == equipment.Server:
		typical = energy(*y) + "; always on at the usual load, without its room"
	default:
		typical = energy(*y) + "; by ENERGY STAR, in an office"
	}
	s.line("  a typical year", typical)
	for i := range r.Methods {
		s.method(r, &r.Methods[i])
	}
	s.line("other impacts of a year")
	for _, c := range r.Criteria {
		s.line("  "+strings.ReplaceAll(string(c.Criterion), "_", " "), "embodied "+other(c, c.Embodied)+", use "+other(c, c.Use))
	}
	s.line("beside the specification", conformity(&r.Conformity))
	if r.Keep != nil {
		s.keep(r.Keep)
	}
	if p := r.Processor; p != nil && p.TDP != nil {
		source := ""
		if p.Source != nil {
			source = fmt.Sprintf(", by %s (%s)", p.Source.Publisher, p.Source.Licence)
		}
		s.line("processor", fmt.Sprintf("%g W%s", float64(*p.TDP), source))
	}
	for _, n := range r.Notes {
		s.line("note", n)
	}
	fmt.Fprintln(s.t)
}

func (s sight) method(r *estimate.Result, by *estimate.ByMethod) {
	if by.Year == nil {
		s.line("method "+string(by.Method), notAvailable+": "+by.Unavailable)
		return
	}
	s.line("method "+string(by.Method)+", a year", mass(by.Year.Total)+"; "+known(by.Year.From))
	s.line("  use", mass(by.Year.Use))
	s.line("  embodied", mass(by.Year.Embodied))
	s.line("  making a new one", mass(*by.New))
	if *by.Carried != *by.New {
		s.line("  of it and its parts, this owner's", mass(*by.Carried))
	}
	s.line(fmt.Sprintf("  over %.1f years", float64(r.Span)), mass(by.Lifetime.Total))
	for _, step := range by.Steps {
		amount := notAvailable
		if step.Amount != nil {
			amount = mass(*step.Amount)
		}
		s.line("    "+strings.ReplaceAll(string(step.Name), "_", " "), amount)
	}
	if by.Amortised != nil {
		s.line("  embodied, amortised by "+calendar.Day(r.Day).String(), mass(*by.Amortised)+"; remaining "+mass(*by.Remaining))
	}
	if by.Compared != nil {
		s.line("  beside the reference "+by.Compared.Profile, compared(by.Compared))
	}
	if by.Prediction != nil {
		s.prediction(by.Prediction, by.Source)
	}
}

// mostNearest is how many products of a prediction are shown.
const mostNearest = 3

func (s sight) prediction(p *maker.Prediction, source *factor.Source) {
	how := string(p.Basis)
	if source != nil && p.Basis == maker.LookedUp {
		how += " in "
	} else if source != nil {
		how += " from "
	}
	if source != nil {
		how += source.Title + " (" + source.Publisher + ", " + source.Licence + ")"
	}
	s.line("  makers' footprints", how)
	for _, n := range p.Nearest[:min(mostNearest, len(p.Nearest))] {
		s.line("", fmt.Sprintf("%s %s: %s, likeness %.2f, %s", n.Product.Maker, n.Product.Name, mass(quantity.Exactly(n.Product.Embodied)), n.Likeness, n.Product.Source))
	}
}

func (s sight) keep(k *estimate.Keep) {
	s.line("keep or replace, method "+string(k.Method), verdict(k.Answer.Verdict))
	s.line("  for the climate", verdict(k.Answer.Carbon.Verdict)+choices(k.Answer.Carbon, mass))
	s.line("  in euros", verdict(k.Answer.Money.Verdict)+choices(k.Answer.Money, money))
}

func verdict(v lifespan.Verdict) string {
	if v == lifespan.Undecided {
		return "no difference that the data can show"
	}
	return string(v)
}

// choices are what each choice costs more than keeping, by the year.
func choices[T quantity.Unit](w lifespan.Weighing[T], write func(quantity.Interval[T]) string) string {
	var all []string
	for _, c := range w.Choices[1:] {
		all = append(all, c.Name+" "+write(c.PerYear))
	}
	return "; a year beside keeping: " + strings.Join(all, ", ")
}

const notAvailable = "not available"

func mass(m footprint.Mass) string {
	return written(quantity.Format(m, quantity.MassScales, quantity.English))
}

func energy(e footprint.Energy) string {
	return written(quantity.Format(e, quantity.EnergyScales, quantity.English))
}

func money(m quantity.Interval[quantity.Euros]) string {
	return written(quantity.Format(m, quantity.MoneyScales, quantity.English))
}

func written(t quantity.Text) string {
	text := strings.TrimSpace(t.Value + " " + t.Unit)
	if t.Range != "" {
		text += " (" + t.Range + ")"
	}
	return text
}

// scales of the other criteria, down to what a device uses in a year.
var scales = map[impact.Criterion][]quantity.Scale{
	impact.Minerals:      {{Unit: "mgSbe", Per: 1e-6}, {Unit: "gSbe", Per: 1e-3}, {Unit: "kgSbe", Per: 1}},
	impact.Acidification: {{Unit: "mmolH+e", Per: 1e-3}, {Unit: "molH+e", Per: 1}},
	impact.Particulates:  {{Unit: "10⁻⁹ cases of disease", Per: 1e-9}, {Unit: "10⁻⁶ cases of disease", Per: 1e-6}},
	impact.Ionising:      {{Unit: "kBqU235e", Per: 1}},
	impact.PrimaryEnergy: {{Unit: "MJ", Per: 1}, {Unit: "GJ", Per: 1000}},
}

func other(c estimate.Criterion, a *estimate.Amount) string {
	if a == nil {
		return notAvailable
	}
	return written(quantity.Format(*a, scales[c.Criterion], quantity.English))
}

// known says how an amount is known: "assumed 97 %, measured 3 %".
func known(p footprint.Provenance) string {
	var parts []string
	for _, part := range []struct {
		how   string
		share float64
	}{{"measured", p.Measured}, {"calibrated", p.Calibrated}, {"modelled", p.Modelled}, {"assumed", p.Assumed}} {
		if part.share > 0 {
			parts = append(parts, fmt.Sprintf("%s %.0f %%", part.how, part.share*100))
		}
	}
	return strings.Join(parts, ", ")
}

func compared(c *estimate.Compared) string {
	provisional := ""
	if c.Provisional {
		provisional = ", which is provisional"
	}
	words := map[profile.Verdict]string{
		profile.Above: "above", profile.Below: "below", profile.Same: "no difference that the data can show", profile.Unknown: "nothing to compare",
	}
	return fmt.Sprintf("%s times, by %s: %s%s", written(quantity.Format(c.Ratio, quantity.PlainScale, quantity.English)), c.Per, words[c.Verdict], provisional)
}

func conformity(c *profile.Conformity) string {
	text := strings.ReplaceAll(string(c.Class), "_", " ")
	for _, f := range c.Findings {
		if f.Class == c.Class || f.Class == profile.ClassUnknown {
			text += fmt.Sprintf("; %s %s", f.Aspect, strings.ReplaceAll(string(f.Class), "_", " "))
		}
	}
	return text
}

// showSources lists each row once, however many devices rest on it.
func showSources(w io.Writer, a *answer) error {
	fmt.Fprintf(w, "Computed on %s with model %d and factors %s. Rows that the figures rest on:\n\n", calendar.Day(a.Results[0].Day), a.ModelVersion, a.FactorsVersion)
	t := columns{tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)}
	t.row("FACTOR", "REGION", "VALUE", "LOW", "HIGH", "UNIT", "VERIFIED", "OWN", "LICENCE", "SOURCE")
	for _, f := range a.Factors {
		t.row(f.Key, f.Region, f.Value, f.Low, f.High, f.Unit, yes(bool(f.Verified)), yes(f.Override), f.Source.Licence, fmt.Sprintf("%s %d, %s", f.Source.Publisher, f.Source.Year, f.Page))
	}
	return t.Flush()
}
