package dashboards

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// monthlyBody is the report of an organisation on a month, made to be printed.
type monthlyBody struct {
	Heading     string
	Wrong       string // what is wrong with the month that was asked for
	Months      []option
	PDF         string // address of the report as PDF; empty: there is none
	Note        string // of a month that has not ended
	Provisional string
	Compare     *picture
	Change      string
	Why         *picture
	Table       table
	Drivers     []driverText
	levers      []view.Driver // what the drivers are said of
	Next        *nextStep     // where there is no device
	empty       bool          // there is none
	Heavy       *table
	HeavyNone   string
	Silent      *table
	SilentNone  string
	Coverage    []countText
	Sources     []string
	Factors     []link
}

// Monthly answers GET /organisations/{id}/report.
func (p *Pages) Monthly(w http.ResponseWriter, r *http.Request) { p.answer(w, r, p.monthly) }

func (p *Pages) monthly(r *http.Request, g *page) error {
	id, err := numbered(r)
	if err != nil {
		return err
	}
	month, wrong := view.LastMonth(p.Clock(), p.Location), ""
	if asked := r.URL.Query().Get("month"); asked != "" {
		day, ok := view.ParseMonth(asked)
		if !ok {
			wrong, g.status = g.language.say("monthly.wrong", "example", month.UTC().Format("2006-01")), http.StatusBadRequest
		} else {
			month = day
		}
	}
	if err := p.fillMonthly(r.Context(), g, id, month); err != nil {
		return err
	}
	body := g.Body.(monthlyBody)
	body.Wrong = wrong
	if body.empty {
		body.Next = p.next(r, g, missingDevices, id, 0)
	}
	if p.Printer != nil && body.Table.Rows != nil {
		body.PDF = "?" + url.Values{"month": {month.UTC().Format("2006-01")}, "lang": {string(g.Lang)}}.Encode() + "&" + fileParameter + "=" + monthlyPDF
	}
	g.ways(view.Scope{Organisation: view.Organisation{ID: id}}, view.UserOf(r.Context()), "report")
	if askedFile(r) == "" { // paper leads nowhere
		g.leadOn(body.Drivers, body.levers, view.UserOf(r.Context()), "")
	}
	g.Body = body
	return nil
}

// monthlyPDF is the name of the file that is the whole report.
const monthlyPDF = "report.pdf"

// fillMonthly makes the report, for a screen, for paper and for a letter.
func (p *Pages) fillMonthly(ctx context.Context, g *page, id int64, month calendar.Day) error {
	l := g.language
	m, err := view.MonthlyOf(ctx, p.Source, id, month)
	if errors.Is(err, view.ErrNotFound) {
		return p.emptyMonthly(ctx, g, id, month)
	}
	if err != nil {
		return err
	}
	name := l.monthName(m.Month)
	g.Simulated = m.Scope.Organisation.Simulated
	g.YearText = l.schoolYear(m.Scope.SchoolYear)
	g.APIURL = fmt.Sprintf("/api/v1/organisations/%d/report?month=%s", id, m.Label)
	g.Title, g.Template = l.say("monthly.title", "month", name), "monthly.html"
	g.Crumbs = []link{{m.Scope.Organisation.Name, fmt.Sprintf("/organisations/%d", id)}, {g.Title, ""}}
	g.Sentence = l.sentence(m.Headline, m.Headline.Per)
	g.Footer = l.footer(m.Scope, m.This.Figure)
	g.keep = url.Values{"month": {m.Label}} // a link to a file stays what it is when the month ends
	b := monthlyBody{Heading: m.Scope.Organisation.Name + " · " + name, Months: p.monthOptions(l, m.Scope, m.Month), Coverage: l.coverage(m.Coverage), Drivers: l.drivers(m.Drivers), levers: m.Drivers, Provisional: l.referenceNote(m.Headline)}
	if m.Unfinished > 0 {
		b.Note = l.say("monthly.unfinished", "n", l.count(int64(m.Unfinished)))
	}
	b.Compare, _ = l.comparePicture(m.Headline, m.Headline.Per)
	b.Table = l.monthlyTable(m)
	b.Change = l.changeSince(m)
	b.Why = l.changePicture(m)
	b.Heavy, b.HeavyNone = l.heavyTable(m, g), l.say("monthly.heavy.none")
	b.Silent, b.SilentNone = l.silentTable(m, g), l.say("monthly.silent.none")
	b.Sources = []string{l.say("formula.total"), l.say("formula.embodied"), l.say("formula.use"), l.say("formula.interval")}
	b.Factors = l.factorLinks(m.Headline.FactorKeys)
	g.Body = b
	return nil
}

// emptyMonthly is the report on a month of which nothing is known.
func (p *Pages) emptyMonthly(ctx context.Context, g *page, id int64, month calendar.Day) error {
	o, err := p.Source.Overview(ctx, id, 0)
	if err != nil {
		return err
	}
	l := g.language
	g.Simulated = o.Scope.Organisation.Simulated
	g.Title, g.Template, g.Footer = l.say("monthly.title", "month", l.monthName(month)), "monthly.html", l.footer(o.Scope, footprint.Figure{})
	g.Crumbs = []link{{o.Scope.Organisation.Name, fmt.Sprintf("/organisations/%d", id)}, {g.Title, ""}}
	g.Sentence = l.say("monthly.none", "month", l.monthName(month))
	g.Body = monthlyBody{Heading: o.Scope.Organisation.Name, Months: p.monthOptions(l, o.Scope, month), empty: o.Coverage.Devices == 0}
	return nil
}

func (l *language) monthName(month calendar.Day) string {
	return l.month(month.UTC()) + " " + fmt.Sprint(month.Year())
}

// monthOptions are the months that can be chosen, the latest first: those of the school
// years that have data.
func (p *Pages) monthOptions(l *language, s view.Scope, chosen calendar.Day) (all []option) {
	now := calendar.DayOf(p.Clock(), p.Location).Month()
	for _, year := range s.SchoolYears {
		months := calendar.SchoolYear(year).Months()
		for i := len(months) - 1; i >= 0; i-- {
			if month := months[i].From; month <= now {
				all = append(all, option{month.UTC().Format("2006-01"), l.monthName(month), month == chosen})
			}
		}
	}
	return all
}

// monthlyTable sets the month beside the one before.
func (l *language) monthlyTable(m *view.Monthly) table {
	t := table{Caption: l.say("monthly.table"), Head: []string{l.say("table.month"), l.say("table.embodied"), l.say("table.use"), l.say("table.energy"), l.say("table.total")}}
	row := func(r view.MonthRow) {
		f := r.Figure
		t.Rows = append(t.Rows, tableRow{link{Text: l.monthName(r.Month)}, []string{l.massBetween(f.Embodied), l.massBetween(f.Use), l.energyBetween(f.Energy), l.massBetween(f.Total())}})
	}
	if m.Before != nil {
		row(*m.Before)
	}
	row(m.This)
	return t
}

// signedMass writes a change with its sign.
func (l *language) signedMass(g quantity.Grams) string {
	return withSign(l.mass(quantity.Exactly(g)))
}

// sameMonth is the change of a footprint below which a month is called the same: what
// counting devices by the day leaves open anyway.
const sameMonth = 0.005

// changeSince says what changed against the month before, and mainly why.
func (l *language) changeSince(m *view.Monthly) string {
	if m.Before == nil {
		return l.say("monthly.change.none")
	}
	before, now := m.Before.Figure.Total().Value, m.This.Figure.Total().Value
	by := now - before
	said := []string{"month", l.monthName(m.Before.Month), "value", l.mass(quantity.Exactly(max(by, -by))), "percent", l.percent(math.Abs(float64(by)) / math.Max(1, float64(before)))}
	switch {
	case math.Abs(float64(by)) < sameMonth*float64(before):
		return l.say("monthly.change.same", said...)
	case by > 0:
		return l.say("monthly.change.more", append(said, "cause", l.mainCause(m.Causes, by))...)
	}
	return l.say("monthly.change.less", append(said, "cause", l.mainCause(m.Causes, by))...)
}

// mainCause names the largest cause that goes the way of the change.
func (l *language) mainCause(all []view.Cause, by quantity.Grams) string {
	for _, c := range all {
		if (c.Mass > 0) == (by > 0) && c.Mass != 0 {
			return l.say("monthly.cause."+c.Kind+".said", "mass", l.signedMass(c.Mass))
		}
	}
	return ""
}

// changePicture leads from the month before to this one; nil where there is none.
func (l *language) changePicture(m *view.Monthly) *picture {
	if m.Before == nil {
		return nil
	}
	before, now := m.Before.Figure.Total().Value, m.This.Figure.Total().Value
	t := table{Caption: l.say("monthly.why"), Head: []string{l.say("table.inwhat"), l.say("table.change")}}
	steps := []chart.Step{{Label: l.monthName(m.Before.Month), To: kg(before), Text: l.mass(quantity.Exactly(before)), Class: "reference"}}
	at := before
	for _, c := range m.Causes {
		name := l.say("monthly.cause." + c.Kind)
		t.Rows = append(t.Rows, tableRow{link{Text: name}, []string{l.signedMass(c.Mass)}})
		if math.Abs(float64(c.Mass)) < 0.001*float64(before) { // it would not show
			at += c.Mass
			continue
		}
		class := "above"
		if c.Mass < 0 {
			class = "below"
		}
		steps = append(steps, chart.Step{Label: name, From: kg(at), To: kg(at + c.Mass), Text: l.signedMass(c.Mass), Class: class})
		at += c.Mass
	}
	steps = append(steps, chart.Step{Label: l.monthName(m.This.Month), To: kg(now), Text: l.mass(quantity.Exactly(now)), Class: "this"})
	words := l.words(l.say("monthly.why"), l.say("monthly.why.desc", "before", l.mass(quantity.Exactly(before)), "now", l.mass(quantity.Exactly(now))), "axis.monthly")
	return &picture{words.Title, chart.Waterfall("monthly-why", words, steps), t}
}

func (l *language) heavyTable(m *view.Monthly, g *page) *table {
	if len(m.Heavy) == 0 {
		return nil
	}
	t := &table{Caption: l.say("monthly.heavy"), Head: []string{l.say("table.site"), l.say("table.pupils"), l.say("table.yearly"), l.say("table.excess")}}
	for _, s := range m.Heavy {
		t.Rows = append(t.Rows, tableRow{siteLink(s.SiteRow, g), []string{l.count(s.Headline.Pupils), l.massBetween(s.Headline.Yearly.Total()), l.mass(quantity.Exactly(*s.Excess))}})
	}
	return t
}

func (l *language) silentTable(m *view.Monthly, g *page) *table {
	if len(m.Silent) == 0 {
		return nil
	}
	t := &table{Caption: l.say("monthly.silent"), Head: []string{l.say("table.site"), l.say("table.devices"), l.say("table.silent")}}
	for _, s := range m.Silent {
		t.Rows = append(t.Rows, tableRow{siteLink(s, g), []string{l.count(s.Coverage.Devices), l.count(s.Coverage.Silent)}})
	}
	return t
}

// sendPDF answers with a report on paper.
func (p *Pages) sendPDF(w http.ResponseWriter, r *http.Request, g *page) {
	pdf, err := p.onPaper(r.Context(), g)
	if err != nil {
		p.Logger.Error("cannot print", "path", r.URL.Path, "error", err)
		l := g.language
		g.Template, g.Title, g.Sentence, g.Body = "error.html", l.say("monthly.pdf.failed"), l.say("monthly.pdf.failed"), errorPage{l.say("monthly.pdf.instead")}
		p.show(w, r, g, http.StatusServiceUnavailable)
		return
	}
	attach(w, g, "", "pdf", "application/pdf")
	w.Write(pdf)
}

// onPaper prints a page with the style sheet beside it: the printer asks no server.
func (p *Pages) onPaper(ctx context.Context, g *page) ([]byte, error) {
	if p.Printer == nil {
		return nil, errors.New("there is nothing to print with")
	}
	paper := *g
	paper.StyleURL = view.PrintedStyle
	var out bytes.Buffer
	if err := p.templates[g.Lang].ExecuteTemplate(&out, g.Template, &paper); err != nil {
		return nil, err
	}
	return p.Printer.PDF(ctx, ownLink.ReplaceAll(out.Bytes(), nil), p.styleSheet)
}

// ownLink is where a link of a page leads on this server, which paper cannot.
var ownLink = regexp.MustCompile(` href="[/?#][^"]*"`)

// Letter is a report as it is sent.
type Letter struct {
	Subject, Text, HTML string
	PDF                 []byte // nil: there is nothing to print with, or it failed
	File                string // its name
}

// letterBody is what the letter's template lays out.
type letterBody struct {
	*page
	Monthly monthlyBody
	URL     string // of the report on this collector; empty: not known
}

// Letter is the report of an organisation on a month as a letter. base is the address of
// this collector for those who read it.
func (p *Pages) Letter(ctx context.Context, organisation int64, month calendar.Day, lang quantity.Language, base string) (*Letter, error) {
	l := p.languages[lang]
	if l == nil {
		return nil, fmt.Errorf("there is no language %q", lang)
	}
	g := &page{Lang: lang, StyleURL: p.styleURL, Here: "/", language: l, status: http.StatusOK}
	if err := p.fillMonthly(ctx, g, organisation, month); err != nil {
		return nil, err
	}
	body := g.Body.(monthlyBody)
	if body.Table.Rows == nil {
		return nil, view.ErrNotFound
	}
	b := letterBody{page: g, Monthly: body}
	if base != "" {
		b.URL = fmt.Sprintf("%s/organisations/%d/report?month=%s", base, organisation, month.UTC().Format("2006-01"))
	}
	var out bytes.Buffer
	if err := p.templates[lang].ExecuteTemplate(&out, "letter.html", b); err != nil {
		return nil, fmt.Errorf("letter: %w", err)
	}
	letter := &Letter{Subject: body.Heading, HTML: out.String(), Text: l.letterText(b), File: joined("-", "ecoparc", slug(body.Heading)) + ".pdf"}
	if g.Simulated {
		letter.Subject = l.say("simulated.mark") + " · " + letter.Subject
		letter.File = slug(l.say("simulated.mark")) + "-" + letter.File
	}
	if p.Printer != nil {
		pdf, err := p.onPaper(ctx, g)
		if err != nil { // a letter without it says the same
			p.Logger.Warn("cannot print a report; it is sent without", "organisation", organisation, "error", err)
		}
		letter.PDF = pdf
	}
	return letter, nil
}

// letterText is the letter for those who read no HTML.
func (l *language) letterText(b letterBody) string {
	m := b.Monthly
	var lines []string
	say := func(text ...string) { lines = append(lines, text...) }
	if b.Simulated {
		say(l.say("simulated.band"), "")
	}
	say(m.Heading, "", b.Sentence, "", m.Change)
	if m.Note != "" {
		say(m.Note)
	}
	if len(m.Drivers) > 0 {
		say("", l.say("drivers.title"))
		for _, d := range m.Drivers {
			say("- " + d.Cause + " " + d.Act)
		}
	}
	for _, t := range []*table{m.Heavy, m.Silent} {
		if t != nil {
			say("", t.Caption)
			for _, row := range t.Rows {
				say(l.say("letter.line", "name", row.Header.Text, "what", t.Head[len(t.Head)-1], "value", row.Cells[len(row.Cells)-1]))
			}
		}
	}
	if b.URL != "" {
		say("", b.URL)
	}
	if b.Footer != nil {
		say("", b.Footer.Note, b.Footer.Method)
	}
	say("", l.say("letter.why"))
	return strings.Join(lines, "\n") + "\n"
}

// letterStyle is the look of a letter: mail programs read no style sheets of others.
func letterStyle() template.CSS {
	return "body{font:16px/1.5 sans-serif;color:#1b1f23;max-width:40em;margin:1em auto;padding:0 1em}table{border-collapse:collapse}th,td{text-align:left;padding:.3em .8em .3em 0;border-bottom:1px solid #d9d6cc}.soft{color:#59616a;font-size:.9em}"
}
