package dashboards

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/scenario"
)

// scenarioSentence is the answer in one sentence.
func (l *language) scenarioSentence(s *view.Scenario) string {
	kinds, change, today := taken(s.Measures), s.Answer.Change.Carbon, s.Answer.Today.Carbon
	who := l.say("scenario.several", "n", l.count(int64(len(kinds))))
	number := "several"
	if len(kinds) == 1 {
		who, number = l.measure(kinds[0], s.Measures), "one"
	}
	verdict := scenario.VerdictOn(change)
	if len(kinds) == 0 {
		return l.say("scenario.sentence.nothing", "value", l.mass(today), "range", quantity.Format(today, quantity.MassScales, l.code).Range)
	}
	if sure := mostSure(s.Answer.Steps); verdict == scenario.Undecided && len(kinds) > 1 && sure != nil {
		saved := quantity.Format(negative(sure.Change.Carbon), quantity.MassScales, l.code)
		all := quantity.Format(change, quantity.MassScales, l.code)
		return l.say("scenario.sentence.partly", "who", l.measure(sure.Measure, s.Measures), "value", withUnit(saved), "range", saved.Range,
			"n", l.count(int64(len(kinds))), "all", all.Range, "unit", all.Unit)
	}
	if verdict == scenario.Saves {
		change = negative(change)
	}
	written := quantity.Format(change, quantity.MassScales, l.code)
	return l.say("scenario.sentence."+number+"."+string(verdict), "who", who, "value", withUnit(written), "range", written.Range, "unit", written.Unit,
		"share", l.smallPercent(float64(change.Value)/float64(today.Value)))
}

// mostSure is the step that saves most of those that save beyond doubt; nil: none does.
func mostSure(steps []scenario.Step) *scenario.Step {
	var most *scenario.Step
	for i := range steps {
		step := &steps[i]
		if scenario.VerdictOn(step.Change.Carbon) == scenario.Saves && (most == nil || step.Change.Carbon.Value < most.Change.Carbon.Value) {
			most = step
		}
	}
	return most
}

// smallPercent keeps a digit of what is less than one per cent.
func (l *language) smallPercent(share float64) string {
	if math.Abs(share) < 0.01 {
		return l.say("percent", "n", l.number(100*share, 1))
	}
	return l.percent(share)
}

// massScale is the unit of a picture of some mass, and the key of its axis, which is
// axis for kilograms.
func massScale(most footprint.Mass, axis string) (quantity.Scale, string) {
	if most.High >= 10e6 {
		return quantity.MassScales[2], axis + ".tonnes"
	}
	return quantity.MassScales[1], axis
}

// scenarioAnswer fills in what the measures change.
func (l *language) scenarioAnswer(b *scenarioBody, s *view.Scenario, g *page, f view.Fleet) {
	a := s.Answer
	kinds := taken(s.Measures)
	if len(kinds) > 0 {
		b.Picture = l.scenarioWaterfall(s)
		b.Money = l.scenarioMoney(a)
	}
	for _, step := range a.Steps {
		if !slices.Contains(kinds, step.Measure) {
			continue
		}
		text := stepText{Measure: l.measure(step.Measure, s.Measures), Change: l.stepChange(step.Change), Act: l.say("scenario.act." + string(step.Measure))}
		for _, section := range g.Sections { // where one acts, if there is such a page and it may be opened
			if section.key == actsAt[step.Measure] {
				text.More = section.link
			}
		}
		if s.Site != nil && step.Measure == scenario.OffAtNight { // a school's own page says what to switch off
			text.More = link{l.say("left.title"), fmt.Sprintf("/sites/%d%s#left", s.Site.ID, g.yearQuery())}
		}
		b.Steps = append(b.Steps, text)
	}
	if s.Beside != nil {
		b.Beside, b.Compare = l.scenarioBeside(s.Beside)
	}
	b.Notes = append(b.Notes, l.say("scenario.note.steady"), l.say("scenario.note.order"), l.say(nightNote(s.Parts)), l.say("scenario.note.repair"))
	if w := a.Worthwhile; s.Measures.Reconditioned > 0 && len(w) > 0 { // of the category with the most devices
		years := l.inYears(w[0].Years)
		b.Notes = append(b.Notes, l.say("scenario.note.worthwhile", "category", strings.ToLower(l.say("category."+string(w[0].Category))), "years", between(years), "expected", l.say("years", "n", l.number(float64(w[0].Expected), 0))))
	}
	for _, o := range []struct {
		key   string
		names []equipment.Category
	}{{"scenario.note.onlynew", onlyNew(s)}, {"scenario.note.unpriced", a.Unpriced}, {"notcounted", f.NotCounted}} {
		if len(o.names) > 0 {
			b.Notes = append(b.Notes, l.say(o.key, "categories", l.categoryList(o.names)))
		}
	}
	b.Figure = &figure{
		Label: l.say("scenario.after"), Text: quantity.Format(a.After.Carbon, quantity.MassScales, l.code),
		Formula: []string{l.say("scenario.formula.bought"), l.say("scenario.formula.embodied"), l.say("scenario.formula.use"), l.say("scenario.formula.money"), l.say("formula.interval")},
		Factors: l.factorLinks(slices.Concat(f.Headline.FactorKeys, a.FactorKeys)),
	}
}

// nightNote is the key of how it is known what is drawn while nobody is there.
func nightNote(parts []scenario.Part) string {
	if slices.ContainsFunc(parts, func(p scenario.Part) bool { return !p.ByHour }) {
		return "scenario.note.night"
	}
	return "scenario.note.hours"
}

// actsAt is the section of the organisation's pages where a measure is acted upon.
var actsAt = map[scenario.Kind]string{
	scenario.Longer: "procurement", scenario.Reconditioned: "procurement", scenario.Fewer: "procurement", scenario.OffAtNight: "schools",
}

// onlyNew are the categories that cannot be bought reconditioned, where that matters.
func onlyNew(s *view.Scenario) []equipment.Category {
	if s.Measures.Reconditioned == 0 {
		return nil
	}
	return s.Answer.OnlyNew
}

// stepChange says what a measure changes, for the climate and the budget.
func (l *language) stepChange(c scenario.Amounts) string {
	key, carbon := string(scenario.VerdictOn(c.Carbon)), c.Carbon
	if key == string(scenario.Saves) {
		carbon = negative(carbon)
	}
	said := l.say("scenario.step."+key, "value", l.massBetween(carbon))
	money, verdict := c.Money, scenario.VerdictOn(c.Money)
	if verdict == scenario.Saves {
		money = negative(money)
	}
	return said + l.say("scenario.budget."+string(verdict), "value", between(quantity.Format(money, quantity.MoneyScales, l.code)))
}

// scenarioMoney says what a year of purchases and electricity costs, before and after.
func (l *language) scenarioMoney(a *scenario.Answer) string {
	money := func(m quantity.Interval[quantity.Euros]) string {
		return between(quantity.Format(m, quantity.MoneyScales, l.code))
	}
	verdict, change := scenario.VerdictOn(a.Change.Money), a.Change.Money
	if verdict == scenario.Saves {
		change = negative(change)
	}
	return l.say("scenario.money."+string(verdict), "change", money(change), "today", money(a.Today.Money), "after", money(a.After.Money))
}

// scenarioWaterfall draws what leads from today to the year under the measures.
func (l *language) scenarioWaterfall(s *view.Scenario) *picture {
	a := s.Answer
	scale, axis := massScale(a.Today.Carbon, "axis.yearly")
	only := []quantity.Scale{scale}
	unit := func(g quantity.Grams) float64 { return float64(g) / scale.Per }
	total := func(label, class string, m footprint.Mass) chart.Step {
		return chart.Step{Label: label, To: unit(m.Value), Low: unit(m.Low), High: unit(m.High), Text: withUnit(quantity.Format(m, only, l.code)), Class: class}
	}
	row := func(label string, c scenario.Amounts, sign bool) tableRow {
		mark := func(t quantity.Text) string {
			if sign {
				return withSign(between(t))
			}
			return between(t)
		}
		bought := l.number(c.Bought, 0)
		if sign {
			bought = withSign(bought)
		}
		return tableRow{link{Text: label}, []string{
			mark(quantity.Format(c.Carbon, only, l.code)), mark(quantity.Format(c.Energy, quantity.EnergyScales, l.code)),
			bought, mark(quantity.Format(c.Money, quantity.MoneyScales, l.code)),
		}}
	}
	today, after := l.say("scenario.today"), l.say("scenario.after")
	bars := []chart.Step{total(today, "reference", a.Today.Carbon)}
	t := table{Caption: l.say("scenario.waterfall"), Head: []string{"", l.say("scenario.carbon"), l.say("table.energy"), l.say("scenario.bought"), l.say("scenario.budget")}}
	t.Rows = append(t.Rows, row(today, a.Today, false))
	kinds := taken(s.Measures)
	for _, step := range a.Steps {
		if !slices.Contains(kinds, step.Measure) {
			continue
		}
		class := "below"
		if step.Change.Carbon.Value > 0 {
			class = "above"
		}
		label := l.say("scenario.short." + string(step.Measure))
		bars = append(bars, chart.Step{
			Label: label, From: unit(step.From), To: unit(step.To), Low: unit(step.From + step.Change.Carbon.Low), High: unit(step.From + step.Change.Carbon.High),
			Text: withSign(withUnit(quantity.Format(step.Change.Carbon, quantity.MassScales, l.code))), Class: class,
		})
		t.Rows = append(t.Rows, row(label, step.Change, true))
	}
	bars = append(bars, total(after, "this", a.After.Carbon))
	t.Rows = append(t.Rows, row(l.say("scenario.change"), a.Change, true), row(after, a.After, false))
	words := l.words(t.Caption, l.scenarioSentence(s)+" "+l.say("scenario.waterfall.desc", "today", l.massBetween(a.Today.Carbon), "after", l.massBetween(a.After.Carbon)), axis)
	return &picture{Title: words.Title, SVG: chart.Waterfall("scenario", words, bars), Table: t}
}

// scenarioBeside sets one pupil or device beside the reference, before and after.
func (l *language) scenarioBeside(b *view.ScenarioBeside) (*picture, string) {
	if b.Then.Verdict == profile.Unknown {
		return nil, ""
	}
	t := table{Caption: l.say("scenario.beside." + b.Per), Head: []string{"", l.say("table.total"), l.say("table.ratio")}}
	var rows []chart.Interval
	for _, o := range []struct {
		label, class string
		m            footprint.Mass
		ratio        string
	}{
		{l.say("scenario.today"), "other", b.Today, l.ratio(b.Before)}, {l.say("scenario.after"), "this", b.After, l.ratio(b.Then)},
		{l.say("compare.reference"), "reference", b.Reference, "–"},
	} {
		rows = append(rows, chart.Interval{Label: o.label, Low: kg(o.m.Low), Value: kg(o.m.Value), High: kg(o.m.High), Text: l.mass(o.m), Class: o.class})
		t.Rows = append(t.Rows, tableRow{link{Text: o.label}, []string{l.massBetween(o.m), o.ratio}})
	}
	said := l.say("scenario.compare."+string(b.Then.Verdict), "after", l.mass(b.After), "ratio", l.ratio(b.Then), "today", l.mass(b.Today))
	words := l.words(t.Caption, said, "axis.yearly")
	return &picture{Title: words.Title, SVG: chart.Intervals("scenario-beside", words, rows, kg(b.Reference.Value)), Table: t}, said
}

// negative is a change seen from the other side: what is saved.
func negative[T quantity.Unit](i quantity.Interval[T]) quantity.Interval[T] {
	return quantity.Interval[T]{Low: -i.High, Value: -i.Value, High: -i.Low}
}
