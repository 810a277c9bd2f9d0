package dashboards

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
)

func (p *Pages) site(r *http.Request, g *page) error {
	id, err := numbered(r)
	if err != nil {
		return err
	}
	if q := r.URL.Query(); q.Has("state") || q.Has("sort") || q.Has("page") || strings.HasPrefix(askedFile(r), "devices.") { // an older link to a part of the list
		return &elsewhere{url: devicesOf(id) + "?" + q.Encode()}
	}
	return p.fillSite(r, g, id)
}

// numbered is the {id} of an address.
func numbered(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, view.ErrNotFound
	}
	return id, nil
}

func (p *Pages) fillSite(r *http.Request, g *page, id int64) error {
	s, err := p.Source.Site(r.Context(), id, g.year)
	if err != nil {
		return err
	}
	l := g.language
	g.scope(s.Scope, fmt.Sprintf("/api/v1/sites/%d", id))
	g.Title, g.Template, g.Footer = s.Site.Name, "site.html", l.footer(s.Scope, s.Period)
	g.Crumbs = []link{l.organisationLink(s.Scope, g), {s.Site.Name, ""}}
	g.ways(s.Scope, view.UserOf(r.Context()), "")
	g.Sentence = l.sentence(s.Headline, s.Headline.Per)
	body := siteBody{fleetBody: l.fleetBody(s.Fleet)}
	if s.Coverage.Devices == 0 {
		body.Next = p.next(r, g, missingDevices, s.Scope.Organisation.ID, id)
	}
	w, err := p.Source.Week(r.Context(), id, g.year)
	if err != nil {
		return err
	}
	if s.Headline.Devices == 0 && s.Coverage.Virtual > 0 && s.Coverage.Devices == 0 {
		g.Sentence = l.say("headline.virtual")
		body.Who, body.Provisional, body.Months, body.Categories = "", "", nil, picture{}
	}
	if s.Headline.Devices > 0 {
		if first := l.mondaySentence(s, w); first != "" {
			g.Sentence, body.Lead = first, g.Sentence
		}
		body.Week, body.Like, body.LikeSaid = l.week(w, g), l.likePicture(s, w.Like), l.likeSaid(w.Like)
		g.leadOn(body.Drivers, s.Drivers, view.UserOf(r.Context()), fmt.Sprintf("/sites/%d/scenario", id))
		body.Seen = l.seen(s.Coverage)
	}
	if s.Devices != nil && view.UserOf(r.Context()).May(devicesOf(id)) {
		body.leadToDevices(l, g, id)
	}
	g.Body = body
	return nil
}

func (l *language) organisationLink(s view.Scope, g *page) link {
	return link{s.Organisation.Name, fmt.Sprintf("/organisations/%d%s", s.Organisation.ID, g.yearQuery())}
}

// pageLength is how many devices or sites a page lists.
const pageLength = 15

// orderTexts are the texts of the orders of lists.
var orderTexts = map[string]string{
	"yearly": "table.yearly", "name": "table.site", "devices": "table.devices", "silent": "table.silent",
	"chance": "table.place", "served": "table.verdict", "model": "table.model", "power": "power.title", "footprint": "table.yearly.device", "energy": "table.energy", "age": "table.age", "device": "table.device", "seen": "table.lastseen",
	"failures": "products.failures", "heard": "quality.seen", "known": "quality.known",
}

// listOf is the part of a list that a request asks for.
func listOf(r *http.Request) view.List {
	q := r.URL.Query()
	page, _ := strconv.Atoi(q.Get("page")) // none, or what is no number, is the first
	return view.List{Sort: q.Get("sort"), Find: q.Get("find"), Page: page, Whole: askedFile(r) != "", State: oneOf(q.Get("state"), view.DeviceStates), Kind: equipment.Category(oneOf(q.Get("category"), texts(equipment.Categories)))}
}

// listed is a part of a list with the ways to its other parts.
type listed struct {
	Table table
	Sorts []link
	Pager pager
}

// turns adds the ways to other orders and pages. at is the list's place on the page,
// and text the key of what says which part it is.
func (l *language) turns(b *listed, g *page, orders []string, list view.List, part view.Part, at, text string) {
	address := func(order string, number int) string {
		q := url.Values{"sort": {order}, "page": {fmt.Sprint(number)}}
		for name, kept := range g.keep {
			q[name] = kept
		}
		if list.Find != "" {
			q.Set("find", list.Find)
		}
		if g.year != 0 {
			q.Set("year", fmt.Sprint(g.year))
		}
		return "?" + q.Encode() + "#" + at
	}
	chosen := list.Sort
	if !slices.Contains(orders, chosen) {
		chosen = orders[0]
	}
	for _, order := range orders {
		to := link{l.say(orderTexts[order]), address(order, 1)}
		if order == chosen {
			to.URL = ""
		}
		b.Sorts = append(b.Sorts, to)
	}
	if part.Pages == 1 {
		return
	}
	from := (part.Page - 1) * pageLength
	b.Pager.Text = l.say(text, "from", l.count(int64(from+1)), "to", l.count(int64(min(part.Found, from+pageLength))), "all", l.count(int64(part.Found)))
	if part.Page > 1 {
		b.Pager.Previous = address(chosen, part.Page-1)
	}
	if part.Page < part.Pages {
		b.Pager.Next = address(chosen, part.Page+1)
	}
}

// deviceName is the label that the school gave, or the beginning of the identity.
func deviceName(d view.DeviceRow) string {
	if d.Label != "" {
		return d.Label
	}
	return d.ID[:min(len(d.ID), 10)]
}

func makerAndModel(maker, model string) string {
	if maker == "" && model == "" {
		return "–"
	}
	if maker == "" || model == "" {
		return maker + model
	}
	return maker + " " + model
}
