package dashboards

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/view"
)

// Duties answers GET /administration.
func (p *Pages) Duties(w http.ResponseWriter, r *http.Request) {
	p.office(w, r, "duties", nil, p.duties)
}

func (p *Pages) duties(r *http.Request, g *page, b *adminBody) error {
	l, organisation := g.language, askedFor(r, "organisation")
	d, err := p.Desk.Duties(r.Context(), organisation)
	if err != nil {
		return err
	}
	owners, err := p.Desk.Owners(r.Context())
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(owners, func(o view.Owner) bool { return o.ID == organisation }); i >= 0 {
		g.Simulated = owners[i].Simulated
	}
	g.APIURL = "/api/v1/duties"
	if organisation != 0 {
		g.APIURL += fmt.Sprintf("?organisation=%d", organisation)
	}
	b.Todo = l.todos(d, organisation)
	if view.UserOf(r.Context()).May("/administration/collector") {
		c, err := p.Desk.Collector(r.Context())
		if err != nil {
			return err
		}
		b.Todo = append(l.collectorTodos(c, p.Clock()), b.Todo...)
	}
	switch {
	case d.Sites == 0:
		g.Sentence = l.say("admin.duties.nothing")
		b.Ways = l.waysToBegin(r)
	case len(b.Todo) == 0 && d.Devices == 0:
		g.Sentence = l.say("admin.duties.virtual", "n", l.count(d.Virtual))
	case len(b.Todo) == 0:
		g.Sentence = l.say("admin.duties.none", "n", l.count(d.Reporting), "all", l.count(d.Devices))
	case d.Devices == 0:
		g.Sentence = l.say("admin.duties.todo", "n", l.count(int64(len(b.Todo))))
	default:
		g.Sentence = l.say("admin.duties.sentence", "n", l.count(int64(len(b.Todo))), "reporting", l.count(d.Reporting), "all", l.count(d.Devices))
	}
	if len(owners) > 1 {
		find := l.formed(form{Submit: l.say("admin.show"), Fields: []field{{Name: "organisation", Kind: "select", Options: l.ownerOptions(owners, organisation)}}}, nil)
		b.Find = &find
	}
	if len(d.Quiet) > 0 {
		t := adminTable{ID: "quiet", Title: l.say("admin.quiet.title"), Lead: l.say("admin.quiet.lead"), Caption: l.say("admin.quiet.title"),
			Head: []string{l.say("table.site"), l.say("table.devices"), l.say("table.silent"), l.say("admin.agentless")}}
		if d.QuietSites > len(d.Quiet) {
			t.Lead += " " + l.say("admin.quiet.more", "n", l.count(int64(len(d.Quiet))), "all", l.count(int64(d.QuietSites)))
		}
		for _, s := range d.Quiet {
			t.Rows = append(t.Rows, adminRow{Header: link{s.Name, fmt.Sprintf("/administration/devices?site=%d&state=silent", s.ID)}, Cells: []string{l.count(s.Devices), l.count(s.Silent), l.count(s.Agentless)}})
		}
		b.Tables = append(b.Tables, t)
	}
	if len(d.Empty) > 0 {
		t := adminTable{ID: "empty", Title: l.say("admin.empty.title"), Lead: l.say("admin.empty.lead"), Caption: l.say("admin.empty.title"), Head: []string{l.say("table.site"), l.say("admin.act")}}
		for _, s := range d.Empty {
			t.Rows = append(t.Rows, adminRow{Header: link{s.Name, fmt.Sprintf("/administration/sites/%d", s.ID)}, Way: link{l.say("admin.token.make"), fmt.Sprintf("/administration/sites/%d/tokens", s.ID)}})
		}
		b.Tables = append(b.Tables, t)
	}
	if len(d.Agents) > 0 {
		t := adminTable{ID: "agents", Title: l.say("admin.agents.title"), Caption: l.say("admin.agents.title"), Head: []string{l.say("admin.version"), l.say("table.devices")}}
		for _, a := range d.Agents {
			name := a.Version
			if name == "" {
				name = l.say("admin.agents.none")
			}
			t.Rows = append(t.Rows, adminRow{Header: link{Text: name}, Cells: []string{l.count(a.Devices)}})
		}
		b.Tables = append(b.Tables, t)
	}
	return nil
}

// todos are the duties that the fleet makes.
func (l *language) todos(d *view.Duties, organisation int64) []todo {
	var all []todo
	of := url.Values{}
	if organisation != 0 {
		of.Set("organisation", fmt.Sprint(organisation))
	}
	to := func(state string) string {
		of.Set("state", state)
		return "/administration/devices?" + of.Encode()
	}
	if d.Twins > 0 {
		all = append(all, todo{l.say("admin.todo.twins", "n", l.count(d.Twins)), link{l.say("admin.todo.twins.do"), to("twins")}})
	}
	if d.Silent > 0 {
		all = append(all, todo{l.say("admin.todo.silent", "n", l.count(d.Silent)), link{l.say("admin.todo.silent.do"), to("silent")}})
	}
	if d.Agentless > 0 {
		all = append(all, todo{l.say("admin.todo.agentless", "n", l.count(d.Agentless)), link{l.say("admin.todo.agentless.do"), to("agentless")}})
	}
	if d.EmptySites > 0 {
		all = append(all, todo{l.say("admin.todo.empty", "n", l.count(int64(d.EmptySites))), link{l.say("admin.todo.empty.do"), "#empty"}})
	}
	if len(d.Ending) > 0 {
		all = append(all, todo{l.say("admin.todo.ending", "n", l.count(int64(len(d.Ending)))), link{l.say("admin.todo.ending.do"), "/administration/tokens"}})
	}
	return all
}

// lowDisk is the share of a disk below which it is a duty, and oldBackup how old the
// latest backup of those that are known may be. One that is made by other means is not
// known: none at all is no duty.
const (
	lowDisk   = 0.1
	oldBackup = 7 * 24 * time.Hour
)

// collectorTodos are the duties that the collector itself makes.
func (l *language) collectorTodos(c *view.Collector, now time.Time) []todo {
	var all []todo
	look := link{l.say("admin.todo.collector.do"), "/administration/collector"}
	if !c.BackedUp.IsZero() && now.Sub(c.BackedUp) > oldBackup {
		all = append(all, todo{l.say("admin.todo.backup", "when", l.date(c.BackedUp.In(l.where))), look})
	}
	if !c.Ready {
		all = append(all, todo{l.say("admin.todo.notready"), look})
	}
	if c.DiskB > 0 && float64(c.DiskFreeB) < lowDisk*float64(c.DiskB) {
		all = append(all, todo{l.say("admin.todo.disk", "free", l.bytes(c.DiskFreeB)), look})
	}
	if c.Checked.Found > 0 {
		all = append(all, todo{l.say("admin.todo.check", "n", l.count(c.Checked.Found)), look})
	}
	return all
}
