package dashboards

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/view"
)

// CollectorHealth answers GET and POST /administration/collector.
func (p *Pages) CollectorHealth(w http.ResponseWriter, r *http.Request) {
	p.office(w, r, "collector", map[string]act{"verify": func(r *http.Request, _ url.Values) error {
		return doneAt(p.Desk.Verify(r.Context()), r.URL.Path, "begun")
	}}, p.collectorHealth)
}

func (p *Pages) collectorHealth(r *http.Request, g *page, b *adminBody) error {
	c, err := p.Desk.Collector(r.Context())
	if err != nil {
		return err
	}
	l := g.language
	g.APIURL = "/api/v1/health"
	switch {
	case !c.Ready:
		g.Sentence = l.say("admin.collector.notready")
	case c.LatestReport.IsZero():
		g.Sentence = l.say("admin.collector.unheard")
	default:
		g.Sentence = l.say("admin.collector.ready", "when", l.moment(c.LatestReport))
	}
	add := func(key, text string) { b.Terms = append(b.Terms, term{Name: l.say(key), Text: text}) }
	if c.Reason != "" {
		add("admin.collector.reason", c.Reason)
	}
	add("admin.collector.outbox", l.say("admin.collector.windows", "n", l.count(c.OutboxWindows)))
	if c.DiskB > 0 {
		add("admin.collector.disk", l.say("admin.collector.free", "free", l.bytes(c.DiskFreeB), "all", l.bytes(c.DiskB), "share", l.percent(float64(c.DiskFreeB)/float64(c.DiskB))))
	} else {
		add("admin.collector.disk", l.say("admin.collector.elsewhere"))
	}
	backup := l.say("admin.collector.backup.never")
	if !c.BackedUp.IsZero() {
		backup = l.say("admin.collector.backup.made", "when", l.moment(c.BackedUp))
	}
	add("admin.collector.backup", backup+" "+l.say("admin.collector.backup.how"))
	add("admin.collector.check", l.checked(c.Checked))
	if len(c.Checked.Findings) > 0 {
		t := adminTable{ID: "findings", Title: l.say("admin.collector.findings"), Lead: l.say("admin.collector.findings.lead"), Caption: l.say("admin.collector.findings"), Head: []string{l.say("admin.finding")}}
		for _, f := range c.Checked.Findings {
			t.Rows = append(t.Rows, adminRow{Header: link{Text: f}})
		}
		b.Tables = append(b.Tables, t)
	}
	if c.Checked.State != "running" {
		b.ask(l, form{Act: "verify", Title: l.say("admin.collector.verify"), Lead: l.say("admin.collector.verify.lead"), Submit: l.say("admin.collector.verify.do")})
	}
	return nil
}

// checked says how the check of all sums went.
func (l *language) checked(c view.Check) string {
	text := l.say("admin.check." + c.State)
	if c.State == "finished" {
		text = l.say("admin.check.finished", "when", l.moment(c.Ended), "devices", l.count(c.Devices), "windows", l.count(c.Windows))
		if c.Found > 0 {
			return text + " " + l.say("admin.check.found", "n", l.count(c.Found))
		}
		return text + " " + l.say("admin.check.right")
	}
	return text
}

// actKinds are the kinds of act of the audit log, as they begin.
var actKinds = []string{"", "organisation", "site", "token", "device", "user"}

// AuditLog answers GET /administration/audit.
func (p *Pages) AuditLog(w http.ResponseWriter, r *http.Request) {
	p.office(w, r, "audit", nil, p.auditLog)
}

func (p *Pages) auditLog(r *http.Request, g *page, b *adminBody) error {
	l, q := g.language, r.URL.Query()
	f := view.ActFilter{Who: q.Get("who"), What: oneOf(q.Get("what"), actKinds), After: askedFor(r, "after"), Length: partLength(r)}
	since := q.Get("since")
	wrong := ""
	if since != "" {
		day, err := time.ParseInLocation(time.DateOnly, since, l.where)
		if err != nil {
			wrong = l.say("admin.wrong.day")
			b.Errors = []fieldError{{l.say("admin.field.since") + " : " + wrong, "#since"}}
			g.status = http.StatusBadRequest
		} else {
			f.Since = day
		}
	}
	acts, next, err := p.Desk.ActLog(r.Context(), f)
	if err != nil {
		return err
	}
	g.APIURL = "/api/v1/audit"
	b.Find = l.finding(
		field{Name: "what", Kind: "select", Options: l.choices("admin.acts.", actKinds, f.What)},
		field{Name: "who", Kind: "search", Value: f.Who},
		field{Name: "since", Kind: "date", Value: since, Error: wrong},
	)
	t := adminTable{ID: "acts", Caption: l.say("admin.audit.caption"), Empty: l.say("admin.audit.none"), Head: []string{l.say("admin.when"), l.say("admin.who"), l.say("admin.what"), l.say("admin.object"), l.say("admin.details")}}
	for _, a := range acts {
		t.Rows = append(t.Rows, adminRow{Header: link{Text: l.moment(a.At)}, Cells: []string{l.actor(a.Who), l.actName(a.What), l.actObject(a.Object), l.actDetails(a.What, a.Details)}})
	}
	t.turned(r, next)
	switch {
	case len(acts) == 0:
		g.Sentence = l.say("admin.audit.sentence.none")
	default:
		g.Sentence = l.say("admin.audit.sentence", "what", l.actName(acts[0].What), "who", l.actor(acts[0].Who), "when", l.moment(acts[0].At))
	}
	b.Lead, b.Tables = l.say("admin.audit.lead"), []adminTable{t}
	return nil
}

// actName is an act in words; one that has none is called as in the log.
func (l *language) actName(what string) string {
	key := "admin.acted." + what
	if l.texts[key] == "" {
		return what
	}
	return l.say(key)
}

// actor is who did something: a person, or whoever typed a command on the server.
func (l *language) actor(who string) string {
	if name, typed := strings.CutPrefix(who, "operating system user "); typed {
		return l.say("admin.who.system", "name", name)
	}
	return who
}

// actObject is what an act is about, with its kind in words.
func (l *language) actObject(object string) string {
	kind, name, _ := strings.Cut(object, " ")
	if key := "admin.object." + kind; name != "" && l.texts[key] != "" {
		return l.say(key, "name", name)
	}
	return object
}

// Tokens answers GET /administration/tokens.
func (p *Pages) Tokens(w http.ResponseWriter, r *http.Request) {
	p.office(w, r, "tokens", nil, p.tokens)
}

// Token answers POST /administration/tokens/{id}.
func (p *Pages) Token(w http.ResponseWriter, r *http.Request) {
	p.office(w, r, "tokens", map[string]act{"revoke": ofNumber(func(r *http.Request, id int64, values url.Values) error {
		return doneAt(p.Desk.RevokeToken(r.Context(), id), localPath(values.Get("next")), "revoked")
	})}, p.tokens)
}

// longChoice is how many sites a page offers to choose from; others are searched for.
const longChoice = 20

// lookedPlaces is among how many sites those are looked for: closed and simulated ones are
// left out.
const lookedPlaces = 100

func (p *Pages) tokens(r *http.Request, g *page, b *adminBody) error {
	l, find := g.language, r.URL.Query().Get("find")
	tokens, next, err := p.Desk.Tokens(r.Context(), 0, askedFor(r, "after"))
	if err != nil {
		return err
	}
	g.APIURL, g.Here = "/api/v1/tokens", "/administration/tokens"
	places, _, err := p.Desk.Places(r.Context(), view.PlaceFilter{Find: find, Length: lookedPlaces})
	if err != nil {
		return err
	}
	b.Find = l.finding(field{Name: "find", Kind: "search", Value: find, Label: l.say("admin.token.site")})
	t := adminTable{ID: "choose", Title: l.say("admin.token.choose"), Caption: l.say("admin.token.choose"), Empty: l.say("admin.sites.none"), Head: []string{l.say("table.site"), l.say("admin.uai"), l.say("admin.act")}}
	for _, s := range places {
		if len(t.Rows) == longChoice {
			break
		}
		if s.Closed.IsZero() && !s.Simulated { // no real device enrols elsewhere
			t.Rows = append(t.Rows, adminRow{Header: link{s.Name, fmt.Sprintf("/administration/sites/%d/tokens", s.ID)}, Cells: []string{dash(s.UAI)}, Way: link{l.say("admin.token.make"), fmt.Sprintf("/administration/sites/%d/tokens", s.ID)}})
		}
	}
	if len(t.Rows) == longChoice {
		t.Lead = l.say("admin.token.more", "n", l.count(longChoice))
	}
	list := l.tokenTable(tokens, "/administration/tokens", true)
	list.turned(r, next)
	b.Tables = []adminTable{t, list}
	valid := int64(0)
	for _, one := range tokens {
		if one.State == "valid" {
			valid++
		}
	}
	switch {
	case len(places) == 0 && find == "":
		g.Sentence, b.Ways = l.say("admin.tokens.sentence.empty"), l.waysToBegin(r)
		b.Find, b.Tables = nil, []adminTable{list}
	case len(tokens) == 0:
		g.Sentence = l.say("admin.tokens.sentence.none")
	case next != 0:
		g.Sentence = l.say("admin.tokens.sentence.many", "n", l.count(valid), "all", l.count(int64(len(tokens))))
	default:
		g.Sentence = l.say("admin.tokens.sentence", "n", l.count(valid), "all", l.count(int64(len(tokens))))
	}
	b.Lead = l.say("admin.tokens.lead")
	return nil
}

// tokenTable lists tokens, each valid one with the way to revoke it.
func (l *language) tokenTable(tokens []view.EnrolmentToken, back string, sites bool) adminTable {
	t := adminTable{ID: "tokens", Title: l.say("admin.tokens.title"), Caption: l.say("admin.tokens.title"), Empty: l.say("admin.tokens.none")}
	if t.Head = []string{l.say("admin.token.number")}; sites {
		t.Head = append(t.Head, l.say("table.site"))
	}
	t.Head = append(t.Head, l.say("table.population"), l.say("admin.token.uses"), l.say("admin.expires"), l.say("table.state"), l.say("admin.act"))
	for _, one := range tokens {
		row := adminRow{Header: link{Text: l.say("admin.token.n", "id", fmt.Sprint(one.ID))}}
		if sites {
			row.Cells = []string{one.SiteName}
			row.Header.URL = fmt.Sprintf("/administration/sites/%d/tokens", one.Site)
		}
		row.Cells = append(row.Cells, l.say("population."+string(one.Population)), l.say("admin.token.used", "n", l.count(one.Uses), "all", l.count(one.MaxUses)), l.shortDate(one.Expires), l.say("admin.state."+one.State))
		if one.State == "valid" {
			row.Act = &rowAct{fmt.Sprintf("/administration/tokens/%d", one.ID), "revoke", back, l.say("admin.revoke"), l.say("admin.token.revoke.question"), l.say("admin.revoke.confirm")}
		} else {
			row.Cells = append(row.Cells, "–")
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
