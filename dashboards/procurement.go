package dashboards

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/renewal"
)

// procurementBody is the page of what to keep, repair, replace and buy.
type procurementBody struct {
	Next     *nextStep // when there is no device
	Form     policyForm
	Lead     string
	Rates    []picture
	Measures []measureText
	Notes    []string
	Plan     *picture
	Planned  table // by category, of the first year
	First    table // devices to replace first
	FirstSay string
	Kept     table
	Worn     table // batteries to change
	WornSay  string
	Tender   string // address of the appendix
	Ends     *picture
	EndTable table
	Ages     []picture
	Laws     []lawText
	Kinds    table
	Factors  []link
}

// policyForm is the policy as a form.
type policyForm struct {
	Fields []policyInput
	Errors []fieldError
}

type policyInput struct {
	Name, Label, Value, Least, Most, Step string
	Wrong                                 string
}

// measureText is one part of the policy, with what it saves alone.
type measureText struct {
	Text string
	Try  link
}

// Procurement answers GET /organisations/{id}/procurement.
func (p *Pages) Procurement(w http.ResponseWriter, r *http.Request) { p.answer(w, r, p.procurement) }

// planned reads the policy that an address asks for and plans by it. It fills in the
// frame; the plan is nil where the policy cannot be.
func (p *Pages) planned(r *http.Request, g *page, id int64) (*view.Procurement, policyForm, error) {
	q := r.URL.Query()
	policy, wrong := view.PolicyOf(q.Get)
	l := g.language
	form := l.policyForm(policy, wrong, q)
	if len(wrong) > 0 {
		g.status = http.StatusBadRequest
		policy, _ = view.PolicyOf(func(string) string { return "" })
	}
	v, err := p.Source.Procurement(r.Context(), id, policy)
	if err != nil {
		return nil, form, err
	}
	g.year = 0 // a plan is made today
	g.section(r, v.Scope, "procurement")
	g.Years = nil
	g.APIURL = fmt.Sprintf("/api/v1/organisations/%d/procurement?%s", id, policyQuery(policy))
	if len(wrong) > 0 {
		return nil, form, nil
	}
	return v, form, nil
}

// policyQuery is a policy in an address.
func policyQuery(policy renewal.Policy) string {
	q := url.Values{}
	for _, f := range view.PolicyFields {
		q.Set(f.Name, strconv.FormatFloat(f.Of(policy), 'f', -1, 64))
	}
	return q.Encode()
}

func (p *Pages) procurement(r *http.Request, g *page) error {
	id, err := numbered(r)
	if err != nil {
		return err
	}
	g.Template = "procurement.html"
	l := g.language
	g.Title, g.ScriptURL = l.say("procurement.title"), p.sliderURL
	v, form, err := p.planned(r, g, id)
	switch {
	case err != nil:
		return err
	case v == nil:
		g.Sentence, g.Body = l.say("procurement.wrong"), procurementBody{Form: form}
		return nil
	case v.Devices == 0:
		g.Sentence, g.Body = l.say("procurement.none"), procurementBody{Next: p.next(r, g, missingList, id, 0)}
		return nil
	}
	g.Sentence = l.procurementSentence(v)
	body := procurementBody{
		Form: form, Lead: l.rateSaid(v.Rate), Rates: l.ratePictures(v.Rate), Measures: l.measures(v), Plan: l.planPicture(v), Planned: l.plannedTable(v),
		Tender: fmt.Sprintf("/organisations/%d/procurement/tender?%s", id, policyQuery(v.Policy)), Ends: l.endsPicture(v.Ages), EndTable: l.endsTable(v.Ages),
		Ages: l.agePictures(v.Ages), Laws: []lawText{l.secondHandLaw(v), l.reuseLaw(v)}, Kinds: l.kindTable(v.Kinds), Factors: l.factorLinks(l.kindKeys(v.Kinds)),
	}
	if len(v.Unpriced) > 0 {
		body.Notes = append(body.Notes, l.say("procurement.unpriced", "categories", l.categoryList(v.Unpriced)))
	}
	body.First, body.Kept, body.FirstSay = l.candidateTables(v, g)
	body.Worn, body.WornSay = l.wornTable(v, g)
	g.Body = body
	return nil
}

func (l *language) policyForm(policy renewal.Policy, wrong []view.PolicyField, asked url.Values) policyForm {
	var form policyForm
	plain := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	for _, f := range view.PolicyFields {
		in := policyInput{Name: f.Name, Label: l.say("policy." + f.Name), Value: plain(f.Of(policy)), Least: plain(f.Least), Most: plain(f.Most), Step: plain(f.Step)}
		if slices.ContainsFunc(wrong, func(w view.PolicyField) bool { return w.Name == f.Name }) {
			in.Value = asked.Get(f.Name)
			in.Wrong = l.say("input.error.range", "least", l.number(f.Least, 0), "most", l.number(f.Most, 0))
			form.Errors = append(form.Errors, fieldError{in.Label + " : " + in.Wrong, "#policy-" + f.Name})
		}
		form.Fields = append(form.Fields, in)
	}
	return form
}

// procurementSentence says what the plan does in its first year.
func (l *language) procurementSentence(v *view.Procurement) string {
	y := v.After[0]
	replaced := y.New + y.Reconditioned
	key := "procurement.sentence"
	switch {
	case y.Due == 0:
		key = "procurement.sentence.nothing"
	case replaced == 0 && y.Repaired == 0:
		key = "procurement.sentence.wait"
	}
	return l.say(key, "devices", l.count(v.Devices), "due", l.count(int64(y.Due)), "keep", l.count(v.Devices-int64(replaced+y.Repaired)), "repaired", l.count(int64(y.Repaired)), "replaced", l.count(int64(replaced)),
		"reconditioned", l.count(int64(y.Reconditioned)), "money", l.euros(y.Money), "mass", l.mass(y.Carbon), "year", fmt.Sprint(y.BeginsIn+1))
}

// euros writes an amount without its interval.
func (l *language) euros(e renewal.Euros) string {
	return withUnit(quantity.Format(e, quantity.MoneyScales, l.code))
}

func (l *language) eurosBetween(e renewal.Euros) string {
	return between(quantity.Format(e, quantity.MoneyScales, l.code))
}

// rateSaid says what the policy saves a year in the long run.
func (l *language) rateSaid(r renewal.Rate) string {
	return l.say("procurement.rate", "mass", saved(l, r.Carbon.Saved, quantity.MassScales), "money", saved(l, r.Money.Saved, quantity.MoneyScales))
}

// saved says whether less is spent, more, or whether that cannot be told.
func saved[T quantity.Unit](l *language, s quantity.Interval[T], scales []quantity.Scale) string {
	switch {
	case s == quantity.Interval[T]{}:
		return l.say("saved.same")
	case s.Low > 0:
		return l.say("saved.less", "amount", between(quantity.Format(s, scales, l.code)))
	case s.High < 0:
		more := quantity.Interval[T]{Low: -s.High, Value: -s.Value, High: -s.Low}
		return l.say("saved.more", "amount", between(quantity.Format(more, scales, l.code)))
	}
	text := quantity.Format(s, scales, l.code)
	ends := strings.Split(text.Range, " ") // low, to, high
	amount := func(end string) string {
		return withUnit(quantity.Text{Value: strings.TrimPrefix(end, "−"), Unit: text.Unit})
	}
	return l.say("saved.unclear", "more", amount(ends[0]), "less", amount(ends[len(ends)-1]))
}

// ratePictures draw a year before and after, in kgCO2e and in euros.
func (l *language) ratePictures(r renewal.Rate) []picture {
	return []picture{
		changePicture(l, "rate-carbon", "axis.rate.carbon", r.Carbon, quantity.MassScales, 1e6),
		changePicture(l, "rate-money", "axis.rate.money", r.Money, quantity.MoneyScales, 1e3),
	}
}

// changePicture draws a yearly amount before and after, of whose axis a unit has per.
func changePicture[T quantity.Unit](l *language, id, axis string, c renewal.Change[T], scales []quantity.Scale, per float64) picture {
	var rows []chart.Interval
	title := l.say("procurement." + id)
	t := table{Caption: title, Head: []string{"", l.say("procurement.yearly")}}
	for _, o := range []struct {
		key, class string
		of         quantity.Interval[T]
	}{{"procurement.before", "other", c.Before}, {"procurement.after", "this", c.After}} {
		rows = append(rows, chart.Interval{Label: l.say(o.key), Low: float64(o.of.Low) / per, Value: float64(o.of.Value) / per, High: float64(o.of.High) / per, Class: o.class, Text: withUnit(quantity.Format(o.of, scales, l.code))})
		t.Rows = append(t.Rows, tableRow{link{Text: l.say(o.key)}, []string{between(quantity.Format(o.of, scales, l.code))}})
	}
	t.Rows = append(t.Rows, tableRow{link{Text: l.say("procurement.saved")}, []string{between(quantity.Format(c.Saved, scales, l.code))}})
	words := l.words(title, saved(l, c.Saved, scales), axis)
	return picture{title, chart.Intervals(id, words, rows, 0), t}
}

// measures are the parts of the policy, with what each saves alone and a way to try it.
func (l *language) measures(v *view.Procurement) []measureText {
	var all []measureText
	for _, m := range v.Measures {
		p := v.Policy
		amount := ""
		switch m.Kind {
		case "longer":
			p.LongerYears = m.Policy.LongerYears
			amount = l.say("years", "n", l.tick(p.LongerYears))
		case "reconditioned":
			p.Reconditioned = m.Policy.Reconditioned
			amount = l.percent(p.Reconditioned)
		case "repaired":
			p.Repaired = m.Policy.Repaired
			amount = l.percent(p.Repaired)
		}
		t := measureText{Text: l.say("measure."+m.Kind, "amount", amount, "mass", saved(l, m.Rate.Carbon.Saved, quantity.MassScales), "money", saved(l, m.Rate.Money.Saved, quantity.MoneyScales))}
		if p != v.Policy {
			t.Try = link{l.say("measure.try"), "?" + policyQuery(p)}
		}
		all = append(all, t)
	}
	return all
}

// planPicture draws what is bought in each school year.
func (l *language) planPicture(v *view.Procurement) *picture {
	legend := []chart.Part{{Class: "is-new"}, {Class: "is-second"}, {Class: "is-repair"}}
	names := []string{l.say("plan.new"), l.say("plan.reconditioned"), l.say("plan.repaired")}
	var bars []chart.Bar
	t := table{Caption: l.say("plan.title"), Head: []string{l.say("plan.year"), l.say("plan.due"), names[0], names[1], names[2], l.say("plan.waiting"), l.say("plan.money"), l.say("plan.carbon"), l.say("plan.money.before"), l.say("plan.carbon.before")}}
	for i, y := range v.After {
		year := l.rentree(y.BeginsIn)
		bars = append(bars, chart.Bar{Label: fmt.Sprint(y.BeginsIn + 1), Parts: []chart.Part{
			{Value: float64(y.New), Class: "is-new"}, {Value: float64(y.Reconditioned), Class: "is-second"}, {Value: float64(y.Repaired), Class: "is-repair"},
		}})
		before := v.Before[i]
		t.Rows = append(t.Rows, tableRow{link{Text: year}, []string{
			l.count(int64(y.Due)), l.count(int64(y.New)), l.count(int64(y.Reconditioned)), l.count(int64(y.Repaired)), l.count(int64(y.Waiting)),
			l.eurosBetween(y.Money), l.massBetween(y.Carbon), l.eurosBetween(before.Money), l.massBetween(before.Carbon),
		}})
	}
	y := v.After[0]
	words := l.words(l.say("plan.title"), l.say("plan.desc", "year", fmt.Sprint(y.BeginsIn+1), "due", l.count(int64(y.Due)), "waiting", l.count(int64(y.Waiting))), "axis.devices")
	return &picture{words.Title, chart.Bars("plan", words, bars, legend, names), t}
}

// rentree names the beginning of the school year for which things are bought in the one
// that begins in a calendar year.
func (l *language) rentree(begins int) string {
	return l.say("plan.for", "year", fmt.Sprint(begins+1))
}

// plannedTable is what is bought for the next school year, by category.
func (l *language) plannedTable(v *view.Procurement) table {
	t := table{Caption: l.say("plan.first", "year", fmt.Sprint(v.After[0].BeginsIn+1)), Head: []string{l.say("table.category"), l.say("plan.new"), l.say("plan.reconditioned"), l.say("plan.repaired")}}
	for _, b := range v.After[0].Bought {
		t.Rows = append(t.Rows, tableRow{link{Text: l.say("category." + string(b.Category))}, []string{l.count(int64(b.New)), l.count(int64(b.Reconditioned)), l.count(int64(b.Repaired))}})
	}
	return t
}

// shownCandidates is how many devices to replace the page shows.
const shownCandidates = 10

// perEuro is what is avoided for a euro, with no more digits than what is avoided has.
func (l *language) perEuro(c view.Candidate) string {
	of := quantity.Exactly(c.PerEuro)
	if price := quantity.Grams(c.Price.Value); price > 0 {
		of.Low, of.High = c.Avoided.Low/price, c.Avoided.High/price
	}
	return withUnit(quantity.Format(of, []quantity.Scale{{Unit: "gCO2e", Per: 1}}, l.code))
}

// candidateTables are the devices to replace first, and those that are better kept.
func (l *language) candidateTables(v *view.Procurement, g *page) (first, kept table, said string) {
	head := []string{l.say("table.model"), l.say("table.site"), l.say("table.devices"), l.say("table.age"), l.say("candidate.by"), l.say("candidate.avoided"), l.say("candidate.price"), l.say("candidate.pereuro"), l.say("table.verdict")}
	first, kept = table{Caption: l.say("candidate.first"), Head: head}, table{Caption: l.say("candidate.kept"), Head: head}
	for _, c := range v.Candidates {
		into := &first
		if c.Keep() {
			into = &kept
		}
		if len(into.Rows) == shownCandidates {
			continue
		}
		name := view.ProductRow{ID: c.Product, Category: c.Category, Maker: c.Maker, Model: c.Model}
		per := "–"
		if !c.Keep() {
			per = l.perEuro(c)
		}
		into.Rows = append(into.Rows, tableRow{l.productLink(v.Scope.Organisation.ID, &name, g), []string{
			c.Place, l.count(int64(c.Devices)), l.say("years", "n", l.number(c.AgeYears, 1)), l.say("candidate.by." + c.By),
			withSign(between(quantity.Format(c.Avoided, kgOnly, l.code))), l.eurosBetween(c.Price), per, l.say("candidate.verdict." + string(c.Verdict)),
		}})
	}
	switch {
	case v.Found == 0:
		said = l.say("candidate.none")
	case len(first.Rows) == 0:
		said = l.say("candidate.keepall", "n", l.count(int64(v.Found)))
	default:
		said = l.say("candidate.said", "shown", l.count(int64(len(first.Rows))), "n", l.count(int64(v.Found)))
		if !slices.ContainsFunc(v.Candidates, func(c view.Candidate) bool { return c.Avoided.Low > 0 }) {
			said += " " + l.say("candidate.unsure")
		}
	}
	return first, kept, said
}

// wornTable are the batteries to change, and what that costs.
func (l *language) wornTable(v *view.Procurement, g *page) (t table, said string) {
	b := v.Batteries
	if b.Known == 0 {
		return t, l.say("worn.none")
	}
	said = l.say("worn.said", "worn", l.count(int64(b.Worn)), "n", l.count(int64(b.Known)), "level", l.percent(b.At), "soon", l.count(int64(b.Soon)), "year", fmt.Sprint(v.After[0].BeginsIn+1))
	for _, k := range v.Kinds {
		if k.Repair != nil && k.Repair.Part == lifespan.Battery && b.Worn > 0 {
			said += " " + l.say("worn.price", "price", l.eurosBetween(k.Repair.Price.Interval), "life", l.yearsBetween(k.Repair.Extends.Interval), "mass", l.massBetween(k.Repair.Embodied.Interval))
			break
		}
	}
	if b.Every > 1 {
		said += " " + l.say("worn.sample", "every", l.count(b.Every))
	}
	t = table{Caption: l.say("worn.title"), Head: []string{l.say("table.model"), l.say("table.site"), l.say("worn.now"), l.say("worn.soon"), l.say("worn.known")}}
	for _, row := range v.Worn[:min(len(v.Worn), shownCandidates)] {
		name := view.ProductRow{ID: row.Product, Category: row.Category, Maker: row.Maker, Model: row.Model}
		t.Rows = append(t.Rows, tableRow{l.productLink(v.Scope.Organisation.ID, &name, g), []string{row.Place, l.count(int64(row.Worn)), l.count(int64(row.Soon)), l.count(int64(row.Known))}})
	}
	return t, said
}
