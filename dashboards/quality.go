package dashboards

import (
	"fmt"
	"html/template"
	"net/http"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/footprint"
)

// qualityBody is how well the figures of an organisation are known.
type qualityBody struct {
	Next    *nextStep // when there is no device
	Bars    []provenanceBar
	Gains   []gain
	Methods table
	NoValue []string // what a method leaves out
	List    *siteList
}

// gain is what would make figures better known.
type gain struct {
	Cause string
	Act   link
}

// Quality answers GET /organisations/{id}/quality.
func (p *Pages) Quality(w http.ResponseWriter, r *http.Request) { p.answer(w, r, p.quality) }

func (p *Pages) quality(r *http.Request, g *page) error {
	o, err := p.overviewOf(r, g, "quality")
	if err != nil {
		return err
	}
	l, q := g.language, view.QualityOf(o)
	g.Title, g.Template, g.Footer = l.say("quality.title"), "quality.html", l.footer(o.Scope, o.Period)
	if q.Coverage.Devices == 0 {
		g.Sentence, g.Body = l.say("quality.none"), qualityBody{Next: p.next(r, g, missingDevices, o.Scope.Organisation.ID, 0)}
		return nil
	}
	g.Sentence = l.say("quality.sentence", "metered", l.percent(view.Metered(q.Energy)), "seen", l.count(q.Coverage.Reporting), "all", l.count(q.Coverage.Devices))
	body := qualityBody{Gains: l.gains(q, g)}
	for _, b := range []struct {
		key  string
		from footprint.Provenance
	}{{"provenance.energy", q.Energy}, {"provenance.mass", q.Mass}} {
		if b.from != (footprint.Provenance{}) {
			body.Bars = append(body.Bars, l.provenanceBar(l.say(b.key), b.from))
		}
	}
	body.Methods, body.NoValue = l.fleetMethods(q.Methods)
	body.List = l.qualityList(q, g, listOf(r))
	g.Body = body
	return nil
}

// gains are the three things that would make the figures better known, each with how
// many devices it is about.
func (l *language) gains(q *view.Quality, g *page) []gain {
	var all []gain
	add := func(key string, n int64, act link) {
		if n > 0 {
			all = append(all, gain{l.say("quality.gain."+key, "n", l.count(n)), act})
		}
	}
	here := func(sort string) string { return "?sort=" + sort + "#sites" }
	add("silent", q.Coverage.Silent, link{l.say("quality.act.silent"), here("silent")})
	add("agentless", q.Coverage.Agentless, link{l.say("quality.act.agentless"), here("heard")})
	if shares := q.Energy.Shares(); shares.Modelled+shares.Assumed > 0.5 {
		all = append(all, gain{l.say("quality.gain.meters", "percent", l.percent(shares.Modelled+shares.Assumed)), link{l.say("quality.act.meters"), here("known")}})
	}
	return all
}

// fleetMethods set the fleet's embodied impact by both methods side by side.
func (l *language) fleetMethods(rows []view.MethodRow) (table, []string) {
	b := table{Caption: l.say("quality.methods"), Head: []string{l.say("table.method"), l.say("quality.embodied"), l.say("table.counts")}}
	var notes []string
	for _, r := range rows {
		counts := l.say("made.notcounted")
		if r.Used {
			counts = l.say("sources.yes")
		}
		name := l.say("method." + string(r.Method))
		b.Rows = append(b.Rows, tableRow{link{Text: name}, []string{l.massBetween(r.Embodied), counts}})
		if len(r.Without) > 0 {
			notes = append(notes, l.say("quality.without", "method", name, "categories", l.categoryList(r.Without)))
		}
	}
	return b, notes
}

// qualityList is a part of the schools, each with its four shares.
func (l *language) qualityList(q *view.Quality, g *page, list view.List) *siteList {
	b := &siteList{}
	if len(q.Schools) > searchSites {
		b.Search = &siteSearch{list.Find, list.Sort, g.year}
	}
	rows, part := view.ListQuality(q.Schools, list, pageLength)
	if part.Found == 0 {
		b.Nobody = l.say("sites.none", "find", list.Find)
		return b
	}
	l.turns(&b.listed, g, view.QualityOrders, list, part, "sites", "sites.page")
	b.Table = table{Caption: l.say("quality.schools"), Head: []string{l.say("table.site"), l.say("table.devices"), l.say("quality.seen"), l.say("table.silent"),
		l.say("legend.measured"), l.say("legend.calibrated"), l.say("legend.modelled"), l.say("legend.assumed"), l.say("quality.shares")}}
	for _, s := range rows {
		bar := l.provenanceBar(s.Name, s.Energy)
		cells := []string{l.count(s.Coverage.Devices), l.percent(s.Seen), l.count(s.Coverage.Silent)}
		var strip template.HTML
		for _, part := range bar.Parts {
			text := part.Percent
			if s.Energy == (footprint.Provenance{}) {
				text = "–"
			} else {
				strip += template.HTML(fmt.Sprintf(`<rect x="%s" y="0" width="%s" height="4" class="%s"/>`, part.X, part.Width, part.Class)) // numbers and classes of ours
			}
			cells = append(cells, text)
		}
		if strip != "" {
			strip = `<svg class="strip" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">` + strip + `</svg>`
		}
		b.Table.Rows = append(b.Table.Rows, tableRow{link{s.Name, fmt.Sprintf("/sites/%d%s", s.ID, g.yearQuery())}, cells})
		b.Table.Strips = append(b.Table.Strips, strip)
	}
	return b
}

// qualityLinks lead to how well the figures of each organisation are known.
func (p *Pages) qualityLinks(r *http.Request) ([]link, error) {
	all, err := p.Source.Organisations(r.Context())
	if err != nil {
		return nil, err
	}
	var links []link
	for _, o := range all {
		if address := fmt.Sprintf("/organisations/%d/quality", o.ID); view.UserOf(r.Context()).May(address) {
			links = append(links, link{o.Name, address})
		}
	}
	return links, nil
}
