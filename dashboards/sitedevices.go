package dashboards

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// devicesBody is the page of a school's devices, one by one.
type devicesBody struct {
	Lead    string    // how many of them are seen
	Next    *nextStep // when there is no device
	States  []link    // to the devices in a state
	Find    deviceSearch
	Nobody  string // said where none is
	Devices listed
}

// deviceSearch is the form that finds devices.
type deviceSearch struct {
	Find, Sort, State string
	Year              int
	Kinds             []option
}

// SiteDevices answers GET /sites/{id}/devices.
func (p *Pages) SiteDevices(w http.ResponseWriter, r *http.Request) { p.answer(w, r, p.siteDevices) }

// devicesOf is the address of the page of a site's devices.
func devicesOf(site int64) string { return fmt.Sprintf("/sites/%d/devices", site) }

func (p *Pages) siteDevices(r *http.Request, g *page) error {
	id, err := numbered(r)
	if err != nil {
		return err
	}
	s, err := p.Source.Site(r.Context(), id, g.year)
	if err != nil {
		return err
	}
	l := g.language
	g.scope(s.Scope, fmt.Sprintf("/api/v1/sites/%d", id))
	g.Title, g.Template, g.Footer = l.say("devices.title"), "sitedevices.html", l.footer(s.Scope, s.Period)
	g.Crumbs = []link{l.organisationLink(s.Scope, g), {s.Site.Name, fmt.Sprintf("/sites/%d%s", id, g.yearQuery())}, {g.Title, ""}}
	g.ways(s.Scope, view.UserOf(r.Context()), "")
	g.Sentence = l.devicesSentence(s)
	if len(s.Devices) == 0 {
		g.Body = devicesBody{Next: p.next(r, g, missingDevices, s.Scope.Organisation.ID, id)}
		return nil
	}
	list := listOf(r)
	body := devicesBody{Lead: l.seen(s.Coverage), States: l.stateLinks(s, g, list)}
	body.Find = deviceSearch{list.Find, list.Sort, list.State, g.year, l.kindsOf(s.Devices, list.Kind)}
	g.keep = url.Values{}
	for name, value := range map[string]string{"state": list.State, "category": string(list.Kind)} {
		if value != "" {
			g.keep.Set(name, value)
		}
	}
	if body.Devices = l.deviceList(s.Devices, g, list); len(body.Devices.Table.Rows) == 0 {
		body.Nobody = l.say("devices.none")
	}
	g.Body = body
	return nil
}

// devicesSentence says how many devices there are, and how many of them are silent.
func (l *language) devicesSentence(s *view.Site) string {
	c := s.Coverage
	switch {
	case len(s.Devices) == 0:
		return l.say("devices.sentence.nobody")
	case c.Devices == 0:
		return l.say("devices.sentence.virtual")
	case c.Silent > 0:
		return l.say("devices.sentence.silent", "n", l.count(c.Silent), "all", l.count(c.Devices))
	}
	return l.say("devices.sentence", "n", l.count(c.Devices))
}

// kindsOf are the categories that there are, to choose one.
func (l *language) kindsOf(devices []view.DeviceRow, chosen equipment.Category) []option {
	there := map[equipment.Category]bool{}
	for i := range devices {
		there[devices[i].Category] = true
	}
	kinds := slices.DeleteFunc(slices.Clone(equipment.Categories), func(c equipment.Category) bool { return !there[c] })
	return append([]option{{"", l.say("devices.every"), chosen == ""}}, l.choices("category.", texts(kinds), string(chosen))...)
}

// leadToDevices makes of what is counted on a school's page ways to the devices.
func (b *siteBody) leadToDevices(l *language, g *page, site int64) {
	for i, c := range b.Coverage {
		if c.State != "" {
			b.Coverage[i].URL = devicesOf(site) + "?" + g.asked(url.Values{"state": {c.State}}).Encode()
		}
	}
	b.Devices = []link{{l.say("devices.open"), devicesOf(site) + g.yearQuery()}, {l.say("devices.oldest"), devicesOf(site) + "?" + g.asked(url.Values{"sort": {"age"}}).Encode()}}
}

// asked adds the school year that was chosen to a query.
func (g *page) asked(q url.Values) url.Values {
	if g.year != 0 {
		q.Set("year", fmt.Sprint(g.year))
	}
	return q
}

func (l *language) deviceList(devices []view.DeviceRow, g *page, list view.List) listed {
	rows, part := view.ListDevices(devices, list, pageLength)
	var b listed
	l.turns(&b, g, view.DeviceOrders, list, part, "devices", "devices.page")
	b.Table = table{Caption: l.say("devices.title"), Head: []string{l.say("table.device"), l.say("table.state"), l.say("table.yearly.device"), l.say("table.category"), l.say("table.model"), l.say("table.age"), l.say("table.lastseen"), l.say("table.population")}}
	for _, d := range rows {
		b.Table.Rows = append(b.Table.Rows, l.deviceRow(*d, g))
	}
	return b
}

// stateLinks lead to the devices in a state, those that are none left out, and to the
// oldest ones.
func (l *language) stateLinks(s *view.Site, g *page, list view.List) []link {
	count := map[string]int64{}
	for i := range s.Devices {
		for _, state := range view.DeviceStates {
			if s.Devices[i].Is(state) {
				count[state]++
			}
		}
	}
	all := []link{{l.say("devices.all", "n", l.count(int64(len(s.Devices)))), ""}}
	for _, state := range view.DeviceStates {
		if n := count[state]; n > 0 {
			to := link{l.say("devices."+state, "n", l.count(n)), "?" + g.asked(url.Values{"state": {state}}).Encode()}
			if list.State == state {
				to.URL = ""
			}
			all = append(all, to)
		}
	}
	if list.State != "" || list.Kind != "" || list.Find != "" {
		all[0].URL = devicesOf(s.Site.ID) + g.yearQuery()
	}
	return all
}

// deviceRow begins with what a phone shows: how the device is, and what it weighs.
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
		l.stateOf(d.State, d.Twins), yearly, l.say("category." + string(d.Category)), makerAndModel(d.Maker, d.Model),
		age, seen, l.say("population." + string(d.Population)),
	}}
}
