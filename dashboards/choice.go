package dashboards

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// choiceText is whether to keep, repair or replace a device: the verdict, what each
// choice costs, and every input.
type choiceText struct {
	Verdict  string
	Why      []string // by each criterion
	Pictures []picture
	Table    table
	Form     choiceForm
}

// choiceBody is the page of a choice with every number that it rests on, to be changed.
type choiceBody struct {
	Back   string // address of the device's page
	Choice *choiceText
}

// weigh answers whether to keep a device, with the changes to its inputs that a query
// asks for. With a change that cannot be, it gives the form with its errors and no
// answer. Nil where there is no question.
func (l *language) weigh(d *view.Device, g *page, asked url.Values) *choiceText {
	if d.Choice == nil || d.Virtual != nil {
		return nil
	}
	q := d.Choice.Question // its inputs are set below: they must be this page's own
	if q.Reconditioned != nil {
		own := *q.Reconditioned
		q.Reconditioned = &own
	}
	q.Repairs = slices.Clone(q.Repairs)
	form := l.choiceForm(&q, asked)
	address := "/devices/" + url.PathEscape(d.Device.ID)
	form.Year, form.Reset = g.year, address+"?"+withYear(url.Values{"inputs": {"shown"}}, g.year).Encode()
	form.Open = form.Changed || len(form.Errors) > 0 || asked.Has("inputs")
	form.Way = address + "?" + withYear(url.Values{"inputs": {"shown"}}, g.year).Encode()
	answer := d.Choice.Answer
	if form.Changed && len(form.Errors) == 0 {
		var err error
		if answer, err = q.Answer(); err != nil {
			form.Errors = append(form.Errors, fieldError{l.say("choice.error.together"), "#inputs"})
		}
	}
	if len(form.Errors) > 0 {
		return &choiceText{Form: form, Verdict: l.say("choice.error.waits")}
	}
	return l.choice(answer, form)
}

// choice puts an answer into words. of is the form with its inputs.
func (l *language) choice(a lifespan.Answer, of choiceForm) *choiceText {
	b := &choiceText{Form: of, Verdict: l.say("choice.verdict." + string(a.Verdict))}
	if a.Verdict == lifespan.Undecided && contradict(a.Carbon.Verdict, a.Money.Verdict) {
		b.Verdict = l.say("choice.verdict.contradict")
	} else if a.Verdict == lifespan.Undecided && (beyondDoubt(a.Carbon) || beyondDoubt(a.Money)) {
		b.Verdict = l.say("choice.verdict.several")
	}
	b.Why = []string{by(l, "carbon", a.Carbon), by(l, "money", a.Money)}
	b.Pictures = []picture{
		differences(l, "choice-carbon", "axis.difference.carbon", a.Carbon.Choices, kgOnly, 1./1000),
		differences(l, "choice-money", "axis.difference.money", a.Money.Choices, eurosOnly, 1),
	}
	b.Table = table{Caption: l.say("choice.table"), Head: []string{
		l.say("table.choice"), l.say("choice.carbon"), l.say("choice.carbon.even"), l.say("choice.money"), l.say("choice.money.even"),
	}}
	for i, c := range a.Carbon.Choices {
		m := a.Money.Choices[i]
		row := tableRow{link{Text: l.say("choice." + c.Name)}, []string{l.say("choice.baseline"), "–", l.say("choice.baseline"), "–"}}
		if i > 0 {
			row.Cells = []string{difference(l, c.Total, kgOnly), l.even(c.BreakEven), difference(l, m.Total, eurosOnly), l.even(m.BreakEven)}
		}
		b.Table.Rows = append(b.Table.Rows, row)
	}
	return b
}

// beyondDoubt tells that a choice is worse or better than keeping whatever the inputs
// are within their bounds.
func beyondDoubt[T quantity.Unit](w lifespan.Weighing[T]) bool {
	return slices.ContainsFunc(w.Choices[1:], func(c lifespan.Weighed[T]) bool { return c.Total.Low > 0 || c.Total.High < 0 })
}

// contradict tells that one criterion says the opposite of the other.
func contradict(a, b lifespan.Verdict) bool {
	return a != lifespan.Undecided && b != lifespan.Undecided && a != b
}

// by says what one criterion shows, and which choices are beyond doubt worse or
// better than keeping: an undecided verdict may still rule one out.
func by[T quantity.Unit](l *language, criterion string, w lifespan.Weighing[T]) string {
	var asGood, worse, better []string
	name := func(choice string) string { return l.say("choice." + choice + ".name") }
	for i, c := range w.Choices {
		switch {
		case i > 0 && c.Total.Low > 0:
			worse = append(worse, name(c.Name))
			continue // whatever the best is, this is not as good as keeping
		case i > 0 && c.Total.High < 0:
			better = append(better, name(c.Name))
		}
		if slices.Contains(w.AsGood, c.Name) {
			asGood = append(asGood, name(c.Name))
		}
	}
	key := "choice.by." + criterion
	if len(better) > 0 { // so keeping is not as good as the best
		asGood = slices.DeleteFunc(asGood, func(known string) bool { return known == name("keep") })
	}
	if w.Verdict == lifespan.Undecided {
		key += ".undecided"
	}
	said := []string{l.say(key, "best", name(w.Best))}
	for _, o := range []struct {
		key   string
		names []string
	}{{"choice.asgood", asGood}, {"choice.better", better}, {"choice.worse", worse}} {
		if o.names != nil {
			said = append(said, l.say(o.key, "names", list(o.names)))
		}
	}
	return strings.Join(said, " ")
}

// even says when a choice has paid back against keeping.
func (l *language) even(e lifespan.BreakEven) string {
	if e.Earliest == 0 && e.Year == 0 {
		return l.say("even.never")
	}
	year := func(n int, late string) string {
		if n == 0 {
			return late
		}
		return fmt.Sprint(n)
	}
	after := l.say("even.after")
	text := l.say("even.year", "n", year(e.Year, after))
	if e.Year == 0 {
		text = l.say("even.notlikely")
	}
	if e.Earliest == e.Latest {
		return text
	}
	return l.say("even.range", "text", text, "low", year(e.Earliest, after), "high", year(e.Latest, after))
}

var eurosOnly = []quantity.Scale{{Unit: "€", Per: 1}}

// difference writes what a choice costs more than keeping, with its sign.
func difference[T quantity.Unit](l *language, d quantity.Interval[T], scales []quantity.Scale) string {
	return withSign(between(quantity.Format(d, scales, l.code)))
}

// differences draws what each choice costs more than keeping, once both have come to
// the same point.
func differences[T quantity.Unit](l *language, id, axis string, choices []lifespan.Weighed[T], scales []quantity.Scale, per float64) picture {
	var rows []chart.Interval
	for _, c := range choices[1:] {
		text := withSign(withUnit(quantity.Format(c.Total, scales, l.code)))
		class := "other"
		switch {
		case c.Total.Low > 0:
			class = "above"
		case c.Total.High < 0:
			class = "below"
		}
		rows = append(rows, chart.Interval{
			Label: l.say("choice." + c.Name), Low: float64(c.Total.Low) * per, Value: float64(c.Total.Value) * per, High: float64(c.Total.High) * per,
			Text: text, Class: class,
		})
	}
	var said []string
	for _, r := range rows {
		said = append(said, r.Label+" "+r.Text)
	}
	words := l.words(l.say(strings.ReplaceAll(id, "-", ".")+".title"), list(said), axis)
	return picture{Title: words.Title, SVG: chart.Differences(id, words, rows)}
}
