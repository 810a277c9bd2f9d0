package dashboards

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/scenario"
)

// scenarioBody is the page of a scenario: its measures, what they change, and those
// that were saved.
type scenarioBody struct {
	Empty   []string // commands to go on with, when there is no device
	Lead    string
	Form    scenarioForm
	Picture *picture
	Money   string
	Steps   []stepText
	Beside  *picture
	Compare string // what the comparison with the reference says
	Notes   []string
	Figure  *figure
	Link    string // the scenario's own address
	Saved   savedScenarios
}

// scenarioForm asks for measures.
type scenarioForm struct {
	Year    int
	Fields  []measureField
	Wrong   bool
	Presets []link
}

type measureField struct {
	Name, Label, Unit, Hint, Value string
	Most                           int
	Error                          string
}

// stepText is a measure with what it changes, and where to go on with it.
type stepText struct {
	Measure, Change, Act string
	More                 link
}

// savedScenarios are those with a name, and the form that gives this one a name.
type savedScenarios struct {
	Rows   []savedScenario
	Action string // where the form goes; empty: the person may not
	Query  map[string]string
	Year   int
	Name   string
	Error  string
}

type savedScenario struct {
	Name, URL string
	ID        int64
	Measures  string
	Current   bool
}

// OrganisationScenario answers GET /organisations/{id}/scenario.
func (p *Pages) OrganisationScenario(w http.ResponseWriter, r *http.Request) {
	p.answer(w, r, func(r *http.Request, g *page) error { return p.scenario(r, g, ofOrganisation, "", nil) })
}

// SiteScenario answers GET /sites/{id}/scenario.
func (p *Pages) SiteScenario(w http.ResponseWriter, r *http.Request) {
	p.answer(w, r, func(r *http.Request, g *page) error { return p.scenario(r, g, ofSite, "", nil) })
}

// SaveOrganisationScenario answers POST /organisations/{id}/scenarios, and
// SaveSiteScenario POST /sites/{id}/scenarios.
func (p *Pages) SaveOrganisationScenario(w http.ResponseWriter, r *http.Request) {
	p.saveScenario(w, r, ofOrganisation)
}

// SaveSiteScenario saves one of a site.
func (p *Pages) SaveSiteScenario(w http.ResponseWriter, r *http.Request) {
	p.saveScenario(w, r, ofSite)
}

// DeleteOrganisationScenario answers POST /organisations/{id}/scenarios/delete, and
// DeleteSiteScenario POST /sites/{id}/scenarios/delete.
func (p *Pages) DeleteOrganisationScenario(w http.ResponseWriter, r *http.Request) {
	p.deleteScenario(w, r, ofOrganisation)
}

// DeleteSiteScenario deletes one of a site.
func (p *Pages) DeleteSiteScenario(w http.ResponseWriter, r *http.Request) {
	p.deleteScenario(w, r, ofSite)
}

// ToScenario answers GET of the address that a form of scenarios is sent to: it leads
// back to the page.
func (p *Pages) ToScenario(w http.ResponseWriter, r *http.Request) {
	dressed(w, r, func(w http.ResponseWriter) { http.Redirect(w, r, "scenario", http.StatusSeeOther) })
}

// scenarioOf is whose scenarios a page is about.
type scenarioOf struct {
	folder string // of the addresses
	place  func(id int64) view.ScenarioPlace
}

var (
	ofOrganisation = scenarioOf{"organisations", func(id int64) view.ScenarioPlace { return view.ScenarioPlace{Organisation: id} }}
	ofSite         = scenarioOf{"sites", func(id int64) view.ScenarioPlace { return view.ScenarioPlace{Site: id} }}
)

// page is the address of the scenario page of a place.
func (o scenarioOf) page(id int64) string { return fmt.Sprintf("/%s/%d/scenario", o.folder, id) }

// fleet reads the fleet of a place and fills in the frame.
func (p *Pages) scenarioFleet(r *http.Request, g *page, of scenarioOf) (view.Fleet, *view.OwnSite, int64, error) {
	id, err := numbered(r)
	if err != nil {
		return view.Fleet{}, nil, 0, err
	}
	if of.folder == ofOrganisation.folder {
		o, err := p.overviewOf(r, g, "scenario")
		if err != nil {
			return view.Fleet{}, nil, 0, err
		}
		return o.Fleet, nil, id, nil
	}
	s, err := p.Source.Site(r.Context(), id, g.year)
	if err != nil {
		return view.Fleet{}, nil, 0, err
	}
	l := g.language
	g.scope(s.Scope, fmt.Sprintf("/api/v1/sites/%d/scenario", id))
	g.Crumbs = []link{l.organisationLink(s.Scope, g), {s.Site.Name, fmt.Sprintf("/sites/%d%s", id, g.yearQuery())}, {l.say("section.scenario"), ""}}
	g.ways(s.Scope, view.UserOf(r.Context()), "")
	return s.Fleet, &view.OwnSite{ID: id, Name: s.Site.Name, Simulated: s.Scope.Organisation.Simulated}, id, nil
}

// scenario fills in the page. name and refused are of a scenario that could not be saved.
func (p *Pages) scenario(r *http.Request, g *page, of scenarioOf, name string, refused error) error {
	asked := r.URL.Query()
	if r.Method == http.MethodPost {
		asked = r.PostForm
	}
	fleet, site, id, err := p.scenarioFleet(r, g, of)
	if err != nil {
		return err
	}
	l := g.language
	g.Title, g.Template, g.ScriptURL, g.Footer = l.say("scenario.title"), "scenario.html", p.sliderURL, l.footer(fleet.Scope, fleet.Period)
	measures, wrong := view.AskedMeasures(asked)
	body := scenarioBody{Lead: l.say("scenario.lead"), Form: l.scenarioForm(g, asked, measures, wrong)}
	if len(fleet.Parts) == 0 {
		g.Sentence, g.Body = l.say("scenario.none"), scenarioBody{Empty: []string{"collector token create --site SITE", "agent enrol --collector URL --token TOKEN", "agent run"}}
		return nil
	}
	if body.Saved, err = p.savedScenarios(r, g, of, id, measures); err != nil {
		return err
	}
	if refused != nil {
		body.Saved.Name, body.Saved.Error, g.status = name, l.say(refusalOf(refused)), http.StatusBadRequest
	}
	if len(wrong) > 0 {
		g.status, g.Sentence = http.StatusBadRequest, l.say("scenario.wrong")
		body.Saved.Action = "" // there is nothing to save
		g.Body = body
		return nil
	}
	s, err := view.WhatIf(fleet, p.Source.Factors(), measures)
	if err != nil {
		return err
	}
	s.Site = site
	g.APIURL += "&" + s.Query
	g.Sentence = l.scenarioSentence(s)
	body.Link = of.page(id) + "?" + withYear(view.QueryOf(measures), g.year).Encode()
	l.scenarioAnswer(&body, s, g, fleet)
	g.Body = body
	return nil
}

// withYear adds a school year that was chosen to a query.
func withYear(q url.Values, year int) url.Values {
	if year != 0 {
		q.Set("year", strconv.Itoa(year))
	}
	return q
}

// measureNumbers are measures as they stand in addresses.
func measureNumbers(m scenario.Measures) map[string]string {
	all := map[string]string{}
	for name, values := range view.QueryOf(m) {
		all[name] = values[0]
	}
	return all
}

func (l *language) scenarioForm(g *page, asked url.Values, m scenario.Measures, wrong []view.MeasureField) scenarioForm {
	f := scenarioForm{Year: g.year, Wrong: len(wrong) > 0}
	typed := measureNumbers(m)
	for _, field := range view.MeasureFields {
		in := measureField{
			Name: field.Name, Label: l.say("scenario.field." + field.Name), Unit: l.say("scenario.unit." + field.Unit),
			Hint: l.say("scenario.hint." + field.Name), Most: field.Most, Value: typed[field.Name],
		}
		for _, w := range wrong {
			if w.Name == field.Name {
				in.Value = asked.Get(field.Name)
				in.Error = l.say("scenario.field.wrong", "most", l.count(int64(field.Most)))
			}
		}
		f.Fields = append(f.Fields, in)
	}
	for _, preset := range []struct {
		key string
		of  scenario.Measures
	}{
		{"longer", scenario.Measures{Longer: 1}}, {"night", scenario.Measures{OffAtNight: 1}}, {"reconditioned", scenario.Measures{Reconditioned: 0.5}}, {"all", view.Suggested},
	} {
		f.Presets = append(f.Presets, link{l.say("scenario.preset." + preset.key), "?" + withYear(view.QueryOf(preset.of), g.year).Encode()})
	}
	return f
}

// measure says in words what a measure is.
func (l *language) measure(kind scenario.Kind, m scenario.Measures) string {
	return l.say("scenario.measure."+string(kind), "n", measureNumbers(m)[string(kind)])
}

// taken are the measures that do something, in their order.
func taken(m scenario.Measures) []scenario.Kind {
	var all []scenario.Kind
	numbers := measureNumbers(m)
	for _, kind := range scenario.Kinds {
		if numbers[string(kind)] != "0" {
			all = append(all, kind)
		}
	}
	return all
}

// negative is a change seen from the other side: what is saved.
func negative[T quantity.Unit](i quantity.Interval[T]) quantity.Interval[T] {
	return quantity.Interval[T]{Low: -i.High, Value: -i.Value, High: -i.Low}
}

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
		b.Steps = append(b.Steps, text)
	}
	if s.Beside != nil {
		b.Beside, b.Compare = l.scenarioBeside(s.Beside)
	}
	b.Notes = append(b.Notes, l.say("scenario.note.steady"), l.say("scenario.note.order"), l.say(nightNote(s.Parts)), l.say("scenario.note.repair"))
	if w := a.Worthwhile; s.Measures.Reconditioned > 0 && len(w) > 0 { // of the category with the most devices
		years := quantity.Format(w[0].Years, []quantity.Scale{{Unit: l.say("unit.years"), Per: 1}}, l.code)
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
