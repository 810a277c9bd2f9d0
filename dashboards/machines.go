package dashboards

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/lifespan"
)

// machineStates are the states by which devices are listed; those in service first.
var machineStates = []string{"", "reporting", "silent", "twins", "agentless", "retired", "all"}

// destinations are where a device may go when it leaves.
var destinations = []string{"reuse", "recycling", "lost"}

// texts are values as plain texts.
func texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}

// Machines answers GET /administration/devices.
func (p *Pages) Machines(w http.ResponseWriter, r *http.Request) {
	p.office(w, r, "devices", nil, p.machines)
}

func (p *Pages) machines(r *http.Request, g *page, b *adminBody) error {
	l, q := g.language, r.URL.Query()
	f := view.MachineFilter{
		Organisation: askedFor(r, "organisation"), Site: askedFor(r, "site"), Find: strings.TrimSpace(q.Get("find")), State: oneOf(q.Get("state"), machineStates), After: askedFor(r, "after"), Length: partLength(r),
		Category: equipment.Category(oneOf(q.Get("category"), texts(equipment.Categories))), Population: equipment.Population(oneOf(q.Get("population"), texts(equipment.Populations))),
	}
	machines, next, err := p.Desk.Machines(r.Context(), f)
	if err != nil {
		return err
	}
	owners, err := p.Desk.Owners(r.Context())
	if err != nil {
		return err
	}
	api := url.Values{}
	for name, value := range map[string]string{"organisation": q.Get("organisation"), "site": q.Get("site"), "category": string(f.Category), "population": string(f.Population), "state": f.State, "find": f.Find} {
		if value != "" {
			api.Set(name, value)
		}
	}
	g.APIURL = "/api/v1/devices?" + api.Encode()
	find := []field{
		{Name: "find", Kind: "search", Value: f.Find, Label: l.say("admin.devices.find")},
		{Name: "state", Kind: "select", Options: l.choices("admin.devices.state.", machineStates, f.State)},
		{Name: "category", Kind: "select", Options: append([]option{{"", l.say("admin.all"), f.Category == ""}}, l.choices("category.", texts(equipment.Categories), string(f.Category))...)},
		{Name: "population", Kind: "select", Options: append([]option{{"", l.say("admin.all"), f.Population == ""}}, l.choices("population.", texts(equipment.Populations), string(f.Population))...)},
	}
	if len(owners) > 1 && f.Site == 0 {
		find = append(find, field{Name: "organisation", Kind: "select", Options: l.ownerOptions(owners, f.Organisation)})
	}
	where := l.say("admin.devices.everywhere")
	if i := slices.IndexFunc(owners, func(o view.Owner) bool { return o.ID == f.Organisation }); i >= 0 {
		where, g.Simulated = owners[i].Name, owners[i].Simulated
	}
	switch {
	case f.Site != 0:
		s, err := p.siteAsked(r, f.Site)
		if err != nil {
			return err
		}
		if err := p.within(r, g, s.Organisation); err != nil {
			return err
		}
		where = s.Name
		find = append(find, field{Name: "site", Kind: "hidden", Value: fmt.Sprint(f.Site)})
		b.Ways = append([]link{{l.say("admin.devices.all"), "/administration/devices"}}, l.importWays(fmt.Sprintf("/administration/sites/%d", f.Site))...)
	case len(owners) == 1:
		b.Ways = l.importWays(fmt.Sprintf("/administration/organisations/%d", owners[0].ID))
	case f.Organisation != 0:
		b.Ways = l.importWays(fmt.Sprintf("/administration/organisations/%d", f.Organisation))
	}
	b.Find = l.finding(find...)
	t := adminTable{ID: "devices", Caption: l.say("admin.office.devices"), Empty: l.say("admin.devices.none"),
		Head: []string{l.say("table.device"), l.say("table.site"), l.say("table.category"), l.say("table.model"), l.say("table.state"), l.say("table.lastseen"), l.say("admin.inservice")}}
	for _, m := range machines {
		seen := "–"
		if !m.LastSeen.IsZero() {
			seen = l.shortDate(m.LastSeen)
		}
		t.Rows = append(t.Rows, adminRow{Header: link{cmp.Or(m.Label, m.Name), "/administration/devices/" + url.PathEscape(m.Name)},
			Cells: []string{m.SiteName, l.say("category." + string(m.Category)), makerAndModel(m.Maker, m.Model), l.stateOf(m.State, m.Twins), seen, l.shortDate(m.InService)}})
	}
	t.turned(r, next)
	b.Tables = []adminTable{t}
	key := "admin.devices.sentence"
	switch {
	case len(machines) == 0 && len(owners) == 0 && f.Find == "":
		g.Sentence, b.Find, b.Tables, b.Ways = l.say("admin.sites.empty"), nil, nil, l.waysToBegin(r)
		return nil
	case len(machines) == 0 && !narrowed(f):
		key += ".empty"
		b.Tables[0].Empty = ""
		b.Ways = append([]link{{l.say("admin.token.make"), "/administration/tokens"}}, b.Ways...)
	case len(machines) == 0:
		key += ".none"
	case next != 0 || f.After != 0:
		key += ".part"
	}
	g.Sentence = l.say(key, "n", l.count(int64(len(machines))), "where", where)
	return nil
}

// narrowed tells whether a filter leaves devices of a place out.
func narrowed(f view.MachineFilter) bool {
	return f.Find != "" || f.State != "" || f.Category != "" || f.Population != "" || f.After != 0
}

// siteAsked is a site that an address asks for, which the gate has not looked at.
func (p *Pages) siteAsked(r *http.Request, id int64) (view.Place, error) {
	if !view.UserOf(r.Context()).May(fmt.Sprintf("/administration/sites/%d", id)) {
		return view.Place{}, view.ErrNotFound
	}
	return p.Desk.Place(r.Context(), id)
}

// Machine answers GET and POST /administration/devices/{id}.
func (p *Pages) Machine(w http.ResponseWriter, r *http.Request) {
	about := func(do func(r *http.Request, name string, values url.Values) error, done string) act {
		return meant(func(r *http.Request, values url.Values) error {
			return doneAt(do(r, r.PathValue("id"), values), r.URL.Path, done)
		})
	}
	p.office(w, r, "devices", map[string]act{
		"retire": about(func(r *http.Request, name string, values url.Values) error {
			on, err := calendar.ParseDay(values.Get("on"))
			if err != nil {
				return view.Refuse("on", "must be a day")
			}
			return p.Desk.Retire(r.Context(), name, on, values.Get("to"))
		}, "retired"),
		"return": about(func(r *http.Request, name string, _ url.Values) error { return p.Desk.Return(r.Context(), name) }, "returned"),
		"repair": func(r *http.Request, values url.Values) error {
			repair, err := repairFrom(values)
			if err != nil {
				return err
			}
			return doneAt(p.Desk.RecordRepair(r.Context(), r.PathValue("id"), repair), r.URL.Path, "repaired")
		},
		"unrepair": func(r *http.Request, values url.Values) error {
			day, part, _ := strings.Cut(values.Get("next"), " ")
			on, err := calendar.ParseDay(day)
			if err != nil {
				return view.Refuse("on", "must be a day")
			}
			return doneAt(p.Desk.ForgetRepair(r.Context(), r.PathValue("id"), on, lifespan.Part(part)), r.URL.Path, "unrepaired")
		},
		"transfer": about(func(r *http.Request, name string, values url.Values) error {
			return p.Desk.Transfer(r.Context(), name, strings.TrimSpace(values.Get("site")))
		}, "transferred"),
		"merge": about(func(r *http.Request, name string, values url.Values) error {
			return p.Desk.Merge(r.Context(), name, strings.TrimSpace(values.Get("old")))
		}, "merged"),
		"apart": about(func(r *http.Request, name string, _ url.Values) error { return p.Desk.Apart(r.Context(), name) }, "apart"),
		"rotate": meant(func(r *http.Request, _ url.Values) error {
			secret, err := p.Desk.RotateKey(r.Context(), r.PathValue("id"))
			if err != nil {
				return err
			}
			return &elsewhere{r.URL.Path, &once{r.URL.Path, "secret", secret}}
		}),
		"erase": meant(func(r *http.Request, _ url.Values) error {
			return doneAt(p.Desk.Erase(r.Context(), r.PathValue("id")), "/administration/devices", "erased")
		}),
	}, p.machine)
}

func (p *Pages) machine(r *http.Request, g *page, b *adminBody) error {
	name := r.PathValue("id")
	m, err := p.Desk.Machine(r.Context(), name)
	if err != nil {
		return err
	}
	if err := p.within(r, g, m.Organisation); err != nil {
		return err
	}
	l := g.language
	called := cmp.Or(m.Label, m.Name)
	g.inside("/administration/devices", called)
	g.APIURL = "/api/v1/devices/" + url.PathEscape(name) + "/record"
	g.Sentence = l.say("admin.device.sentence."+m.State, "name", called, "site", m.SiteName, "date", l.date(m.Retired.In(l.where)))
	b.Ways = []link{{l.say("admin.device.figures"), "/devices/" + url.PathEscape(name)}, {l.say("admin.device.site"), fmt.Sprintf("/administration/devices?site=%d", m.Site)}, {l.say("admin.device.export"), "/api/v1/devices/" + url.PathEscape(name) + "/export"}}
	b.Terms = l.machineTerms(m)
	b.Twins = l.twins(m.Twins, m.Name, m.Site, view.UserOf(r.Context()))
	if err := p.repairsOf(r, b, l, name); err != nil {
		return err
	}
	act := func(key string, fields ...field) {
		b.ask(l, form{Act: key, Folded: key != "apart", Title: l.say("admin.device." + key), Lead: l.say("admin.device." + key + ".lead"), Submit: l.say("admin.device." + key), Fields: append(fields, confirming())})
	}
	if m.Twins != nil {
		act("apart")
	}
	if m.State == "retired" {
		act("return")
	} else {
		today := calendar.DayOf(p.Clock(), l.where).String()
		places, _, err := p.Desk.Places(r.Context(), view.PlaceFilter{Organisation: m.Organisation, Length: longChoice + 1})
		if err != nil {
			return err
		}
		site := field{Name: "site", Kind: "text", Required: true, Label: l.say("admin.device.transfer.site"), Hint: l.say("admin.device.transfer.hint")}
		if len(places) <= longChoice {
			site.Kind, site.Hint = "select", ""
			for _, s := range places {
				if s.ID != m.Site && s.Closed.IsZero() {
					site.Options = append(site.Options, option{Value: fmt.Sprint(s.ID), Text: s.Name})
				}
			}
		}
		act("retire", field{Name: "on", Kind: "date", Value: today, Most: today, Required: true}, field{Name: "to", Kind: "select", Options: l.choices("admin.to.", destinations), Required: true})
		if site.Kind == "text" || len(site.Options) > 0 {
			act("transfer", site)
		}
		act("merge", field{Name: "old", Kind: "text", Required: true})
		if m.HasAgent {
			act("rotate")
		}
	}
	act("erase")
	return nil
}

// machineTerms are what is known of a device.
func (l *language) machineTerms(m view.Machine) []term {
	terms := []term{
		{Name: l.say("admin.device.name"), Text: m.Name}, {Name: l.say("table.site"), Text: m.SiteName}, {Name: l.say("table.category"), Text: l.say("category." + string(m.Category))},
		{Name: l.say("table.population"), Text: l.say("population." + string(m.Population))}, {Name: l.say("table.state"), Text: l.stateOf(m.State, m.Twins)},
		{Name: l.say("admin.inservice"), Text: l.date(m.InService.In(l.where))},
	}
	add := func(key, text string) {
		if text != "" {
			terms = append(terms, term{Name: l.say(key), Text: text})
		}
	}
	add("table.model", makerAndModel(m.Maker, m.Model))
	if !m.LastSeen.IsZero() {
		add("table.lastseen", l.moment(m.LastSeen))
	}
	add("admin.device.agent", m.Agent)
	if m.RetiredTo != "" {
		add("admin.device.to", l.say("admin.to."+m.RetiredTo))
	}
	if m.Acquisition != "" {
		add("device.acquisition", l.say("acquisition."+m.Acquisition))
	}
	if m.PriceEUR > 0 {
		add("admin.device.price", l.say("admin.device.euros", "n", l.number(m.PriceEUR, 2)))
	}
	return terms
}
