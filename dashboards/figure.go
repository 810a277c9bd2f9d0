package dashboards

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// figure is a number on a page: it shows its interval and how it is known, and
// opens its formula and its sources.
type figure struct {
	Label   string
	Text    quantity.Text
	From    string   // how it is known, in words
	Formula []string // lines
	Factors []link
	// Way leads to its formula and its factors.
	Way string
}

// formulaParameter is the parameter of a page's address that asks for the formula and
// the factors of one of its figures, by its number on the page: most readers never open
// any, and each stands on a page of its own.
const formulaParameter = "formula"

// fold puts a way to its formula in place of the formula of each figure of a page.
func (g *page) fold(r *http.Request) {
	if g.Body == nil {
		return
	}
	body := g.changeable()
	q := r.URL.Query()
	n := 0
	each(body, func(f *figure) {
		n++
		q.Set(formulaParameter, fmt.Sprint(n))
		f.Way = "?" + q.Encode()
	})
	if n > 0 {
		g.Body = body.Interface()
	}
}

// formulaBody is the page of the formula of a figure.
type formulaBody struct {
	Back   string // address of the page that leads here
	Figure figure
}

// onlyFormula makes of a page that of the formula of one of its figures. It tells
// whether there is one of that number.
func (g *page) onlyFormula(r *http.Request, number string) bool {
	if g.Body == nil {
		return false
	}
	var found *figure
	n := 0
	each(g.changeable(), func(f *figure) {
		if n++; fmt.Sprint(n) == number {
			found = f
		}
	})
	if found == nil {
		return false
	}
	g.Template, g.Sentence = "formula.html", g.language.say("figure.formula.of", "figure", found.Label)
	g.Body = formulaBody{g.withinPage(r, formulaParameter, g.Sentence), *found}
	return true
}

// withinPage makes a page a part of another, which its parameters ask for: its crumbs
// lead back there. It gives the address of that other.
func (g *page) withinPage(r *http.Request, parameter, title string) string {
	q := r.URL.Query()
	q.Del(parameter)
	q.Del(partParameter)
	back := "?" + q.Encode()
	if n := len(g.Crumbs); n > 0 {
		g.Crumbs[n-1].URL = back
		g.Crumbs = append(g.Crumbs, link{title, ""})
	}
	g.ScriptURL = ""
	return back
}

// each visits the figures of a page's model, in their order.
func each(v reflect.Value, visit func(*figure)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			each(v.Elem(), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			each(v.Index(i), visit)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[figure]() {
			visit(v.Addr().Interface().(*figure))
			return
		}
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.Anonymous || field.IsExported() {
				each(v.Field(i), visit)
			}
		}
	}
}

// factorLinks lead to the rows of the sources page, and tell where an administrator's
// own value is used.
func (l *language) factorLinks(keys []string) []link {
	var all []link
	for i, key := range keys {
		if slices.Contains(keys[:i], key) {
			continue
		}
		text := l.factorName(key)
		if l.overridden[key] {
			text = l.say("factor.own", "key", text)
		}
		all = append(all, link{text, factorURL(key)})
	}
	return all
}

// mostly names the provenance with the largest share.
func (l *language) mostly(p footprint.Provenance) string {
	s := p.Shares()
	best, word := 0.0, ""
	for _, o := range []struct {
		share float64
		key   string
	}{{s.Measured, "provenance.measured"}, {s.Calibrated, "provenance.calibrated"}, {s.Modelled, "provenance.modelled"}, {s.Assumed, "provenance.assumed"}} {
		if o.share > best {
			best, word = o.share, l.say(o.key)
		}
	}
	switch {
	case word == "":
		return ""
	case best > 0.995:
		return word
	}
	return l.say("provenance.mostly", "word", word)
}

// figures are the numbers of a period, each with its formula.
func (l *language) figures(f footprint.Figure, keys []string) []figure {
	embodied := footprint.Provenance{Assumed: 1}
	made := []string{l.say("embodied.explained"), l.say("formula.embodied"), l.say("formula.embodied.here", "years", l.number(f.DeviceYears, 1))}
	if f.Parts.Value > 0 {
		made = append(made, l.say("formula.embodied.parts", "mass", l.massBetween(f.Parts)))
	}
	return []figure{
		{
			Label: l.say("figure.total"), Text: quantity.Format(f.Total(), quantity.MassScales, l.code), From: l.mostly(f.MassFrom), // its factors stand under the figures that it adds up
			Formula: []string{l.say("formula.total"), l.say("formula.total.here", "use", l.mass(f.Use), "embodied", l.mass(f.Embodied)), l.say("formula.interval")},
		},
		{
			Label: l.say("figure.embodied"), Text: quantity.Format(f.Embodied, quantity.MassScales, l.code), From: l.mostly(embodied), Factors: l.factorLinks(only(keys, "embodied.", "lifetime.", "part.")),
			Formula: made,
		},
		{
			Label: l.say("figure.use"), Text: quantity.Format(f.Use, quantity.MassScales, l.code), From: l.mostly(f.EnergyFrom), Factors: l.factorLinks(only(keys, "electricity")),
			Formula: []string{l.say("formula.use"), l.say("formula.use.here", "energy", l.energy(f.Energy))},
		},
		{
			Label: l.say("figure.energy"), Text: quantity.Format(f.Energy, quantity.EnergyScales, l.code), From: l.mostly(f.EnergyFrom), Factors: l.factorLinks(only(keys, energyFamilies...)),
			Formula: []string{l.say("formula.energy"), l.say("formula.energy.here", "measured", l.exactEnergy(f.EnergyFrom.Measured), "calibrated", l.exactEnergy(f.EnergyFrom.Calibrated), "modelled", l.exactEnergy(f.EnergyFrom.Modelled), "assumed", l.exactEnergy(f.EnergyFrom.Assumed))},
		},
	}
}

// energyFamilies are the factors behind an energy.
var energyFamilies = []string{"power.", "use.", "hours.", "pue.", "curve.", "typical.", "memory.", "screen."}

// only keeps the keys with one of the prefixes.
func only(keys []string, prefixes ...string) []string {
	var kept []string
	for _, key := range keys {
		for _, prefix := range prefixes {
			if len(key) >= len(prefix) && key[:len(prefix)] == prefix {
				kept = append(kept, key)
				break
			}
		}
	}
	return kept
}

// headlineFigure is the number of the headline.
func (l *language) headlineFigure(h view.Headline) figure {
	return figure{
		Label: l.say("compare.this." + h.Per), Text: quantity.Format(h.Yearly.Total(), quantity.MassScales, l.code), From: l.mostly(h.Yearly.MassFrom),
		Formula: []string{l.say("formula.yearly"), l.say("formula.total"), l.say("formula.total.here", "use", l.mass(h.Yearly.Use), "embodied", l.mass(h.Yearly.Embodied)), l.say("formula.embodied"), l.say("formula.interval")},
		Factors: l.factorLinks(h.FactorKeys),
	}
}

// footer says how the figures of a page are known.
type footer struct {
	Bars   []provenanceBar
	Note   string
	Method string // where embodied impacts come from
}

type provenanceBar struct {
	Label string
	Parts []provenancePart
}

type provenancePart struct {
	Class, Label, Percent string
	X, Width              string // of a bar of 100
}

func (l *language) footer(s view.Scope, f footprint.Figure) *footer {
	n := &footer{Method: l.methodNote(s.Method), Note: l.say("footer.model", "model", fmt.Sprint(s.ModelVersion), "factors", s.FactorsVersion, "asof", l.moment(s.AsOf))}
	if own := len(l.overridden); own > 0 {
		n.Note += ", " + l.say("footer.own", "n", l.count(int64(own)))
	}
	for _, b := range []struct {
		key  string
		from footprint.Provenance
	}{{"provenance.mass", f.MassFrom}, {"provenance.energy", f.EnergyFrom}} {
		if b.from.Shares() != (footprint.Provenance{}) {
			n.Bars = append(n.Bars, l.provenanceBar(l.say(b.key), b.from))
		}
	}
	return n
}

func (l *language) provenanceBar(label string, p footprint.Provenance) provenanceBar {
	s := p.Shares()
	bar := provenanceBar{Label: label}
	x := 0.0
	for _, part := range []struct {
		class string
		share float64
	}{{"measured", s.Measured}, {"calibrated", s.Calibrated}, {"modelled", s.Modelled}, {"assumed", s.Assumed}} {
		percent := l.percent(part.share)
		if part.share > 0 && part.share < 0.005 {
			percent = "< " + l.percent(0.01)
		}
		bar.Parts = append(bar.Parts, provenancePart{
			Class: part.class, Label: l.say("provenance." + part.class), Percent: percent,
			X: fmt.Sprintf("%.2f", x), Width: fmt.Sprintf("%.2f", 100*part.share),
		})
		x += 100 * part.share
	}
	return bar
}
