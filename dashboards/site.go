package dashboards

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/ecoparc/ecoparc/dashboards/view"
)

func (p *Pages) site(r *http.Request, g *page) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return view.ErrNotFound
	}
	return p.fillSite(r, g, id)
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
	g.Sentence = l.sentence(s.Headline, s.Headline.Per)
	body := siteBody{fleetBody: l.fleetBody(s.Fleet)}
	if s.Headline.Devices == 0 && s.Coverage.Virtual > 0 && s.Coverage.Devices == 0 {
		g.Sentence = l.say("headline.virtual")
		body.Who, body.Provisional, body.Months, body.Categories = "", "", nil, table{}
	}
	body.Devices, body.Sorts, body.Pager = l.deviceTable(s.Devices, g, r.URL.Query().Get("sort"), r.URL.Query().Get("page"))
	g.Body = body
	return nil
}

func (l *language) organisationLink(s view.Scope, g *page) link {
	return link{s.Organisation.Name, fmt.Sprintf("/organisations/%d%s", s.Organisation.ID, g.yearQuery())}
}

// pageLength is how many devices a page lists.
const pageLength = 100

// deviceOrders are the orders that devices can be listed in.
var deviceOrders = []struct {
	name, key string
	less      func(a, b view.DeviceRow) int
}{
	{"footprint", "table.yearly.device", func(a, b view.DeviceRow) int {
		return cmp.Compare(b.Yearly.Total().Value, a.Yearly.Total().Value)
	}},
	{"age", "table.age", func(a, b view.DeviceRow) int { return cmp.Compare(b.AgeYears, a.AgeYears) }},
	{"device", "table.device", func(a, b view.DeviceRow) int {
		return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.ID, b.ID))
	}},
	{"seen", "table.lastseen", func(a, b view.DeviceRow) int { return a.LastSeen.Compare(b.LastSeen) }},
}

func (l *language) deviceTable(devices []view.DeviceRow, g *page, order, pageText string) (table, []link, pager) {
	devices = slices.Clone(devices)
	address := func(order string, page int) string {
		at := fmt.Sprintf("?sort=%s&page=%d", order, page)
		if g.year != 0 {
			at += fmt.Sprintf("&year=%d", g.year)
		}
		return at + "#devices"
	}
	var sorts []link
	chosen := deviceOrders[0]
	for _, o := range deviceOrders {
		if o.name == order {
			chosen = o
		}
	}
	for _, o := range deviceOrders {
		to := link{l.say(o.key), address(o.name, 1)}
		if o.name == chosen.name {
			to.URL = ""
		}
		sorts = append(sorts, to)
	}
	slices.SortStableFunc(devices, chosen.less)

	number, err := strconv.Atoi(pageText)
	if err != nil || number < 1 || (number-1)*pageLength >= len(devices) {
		number = 1
	}
	from := (number - 1) * pageLength
	to := min(len(devices), from+pageLength)
	var turn pager
	if len(devices) > pageLength {
		turn.Text = l.say("devices.page", "from", l.count(int64(from+1)), "to", l.count(int64(to)), "all", l.count(int64(len(devices))))
		if from > 0 {
			turn.Previous = address(chosen.name, number-1)
		}
		if to < len(devices) {
			turn.Next = address(chosen.name, number+1)
		}
	}
	t := table{Caption: l.say("devices.title"), Head: []string{l.say("table.device"), l.say("table.category"), l.say("table.population"), l.say("table.model"), l.say("table.age"), l.say("table.state"), l.say("table.lastseen"), l.say("table.yearly.device")}}
	for _, d := range devices[from:to] {
		t.Rows = append(t.Rows, l.deviceRow(d, g))
	}
	return t, sorts, turn
}

func (l *language) deviceRow(d view.DeviceRow, g *page) tableRow {
	seen, yearly, age := "–", "–", l.say("years", "n", l.number(d.AgeYears, 1))
	if !d.LastSeen.IsZero() {
		seen = l.shortDate(d.LastSeen)
	}
	if d.Category.Physical() {
		yearly = l.massBetween(d.Yearly.Total())
	} else {
		age = "–"
	}
	return tableRow{link{deviceName(d), fmt.Sprintf("/devices/%s%s", d.ID, g.yearQuery())}, []string{
		l.say("category." + string(d.Category)), l.say("population." + string(d.Population)), makerAndModel(d.Maker, d.Model),
		age, l.say("state." + d.State), seen, yearly,
	}}
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
