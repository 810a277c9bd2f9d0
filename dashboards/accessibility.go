package dashboards

import (
	"net/http"
	"time"
)

// Accessibility is what whoever runs the collector declares of the pages. French law
// (décret 2019-768) asks for a statement, and for its conclusion on each page.
type Accessibility struct {
	Entity     string
	Contact    string // an address to write to, and where it leads
	ContactURL string
	SchemeURL  string // the plan over several years
	Audit      *Audit // nil: nobody has audited the pages
}

// Audit is an audit by the criteria of the RGAA.
type Audit struct {
	By      string
	On      time.Time
	Percent float64 // of the criteria that apply, those that are met
}

// auditYears is how long the result of an audit is valid.
const auditYears = 3

// conclusion is the key of what may be stated at an instant. Without a valid result of
// an audit the law knows only one word, whatever automatic rules say.
func (a Accessibility) conclusion(at time.Time) string {
	switch {
	case a.Audit == nil, at.After(a.Audit.On.AddDate(auditYears, 0, 0)), a.Audit.Percent < 50:
		return "none"
	case a.Audit.Percent < 100:
		return "partial"
	}
	return "full"
}

// statedOn is the day of the statement's text: what it says of the pages was true then.
var statedOn = time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)

// accessibilityBody is the statement.
type accessibilityBody struct {
	Commitment, Conclusion, Result  string
	Scheme, Contact                 link // without address: none is known
	Tests, Open, Technologies, With []string
	Written                         string
}

// AccessibilityStatement answers GET /accessibility.
func (p *Pages) AccessibilityStatement(w http.ResponseWriter, r *http.Request) {
	p.answer(w, r, p.accessibilityStatement)
}

func (p *Pages) accessibilityStatement(_ *http.Request, g *page) error {
	l, a := g.language, p.Accessibility
	conclusion := a.conclusion(p.Clock())
	g.Title, g.Template = l.say("access.title"), "accessibility.html"
	g.Crumbs = []link{{g.Title, ""}}
	g.Sentence = l.say("access.sentence." + conclusion)
	body := accessibilityBody{
		Conclusion: l.say("access.conclusion." + conclusion), Written: l.date(statedOn),
		Tests:        l.lines("access.tests.", "axe", "keyboard", "zoom", "script", "pictures"),
		Open:         l.lines("access.open.", "reader", "map", "tables", "english"),
		Technologies: []string{"HTML", "CSS", "SVG"}, With: []string{"Chromium", "axe-core"},
	}
	if a.Entity == "" {
		a.Entity = l.say("access.entity")
	}
	body.Commitment = l.say("access.commitment", "entity", a.Entity)
	switch {
	case a.Audit == nil:
		body.Result = l.say("access.result.none")
	default:
		body.Result = l.say("access.result", "by", a.Audit.By, "date", l.date(a.Audit.On), "percent", l.percent(a.Audit.Percent/100))
		if p.Clock().After(a.Audit.On.AddDate(auditYears, 0, 0)) {
			body.Result += " " + l.say("access.result.old", "years", l.count(auditYears))
		}
	}
	body.Scheme = link{l.say("access.scheme"), a.SchemeURL}
	body.Contact = link{a.Contact, a.ContactURL}
	g.Body = body
	return nil
}

// lines are texts whose keys begin alike.
func (l *language) lines(prefix string, keys ...string) []string {
	var all []string
	for _, key := range keys {
		all = append(all, l.say(prefix+key))
	}
	return all
}
