package dashboards

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/view"
)

// People answers GET and POST /administration/people.
func (p *Pages) People(w http.ResponseWriter, r *http.Request) {
	p.office(w, r, "people", map[string]act{"person": func(r *http.Request, values url.Values) error {
		name := strings.TrimSpace(values.Get("name"))
		password, err := p.Desk.AddAccount(r.Context(), name, grantFrom(values))
		if err != nil {
			return err
		}
		at := personAt(name)
		return &elsewhere{at, &once{pathOf(at), "password", password}}
	}}, p.people)
}

func personAt(name string) string { return "/administration/people/" + url.PathEscape(name) }

// pathOf is the path of an address as the server reads it.
func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Path
}

// grantFrom reads a role and a reach from a form.
func grantFrom(values url.Values) view.AccountGrant {
	return view.AccountGrant{Role: values.Get("role"), Everything: values.Get("everything") != "", Organisations: lines(values.Get("organisations")), Sites: lines(values.Get("sites"))}
}

// grantFields are a role and a reach, to be changed.
func (p *Pages) grantFields(l *language, a view.Account) []field {
	var roles []string
	for _, role := range p.Desk.Roles() {
		roles = append(roles, role.Name)
	}
	var organisations, sites []string
	for _, o := range a.Owners {
		organisations = append(organisations, o.Name)
	}
	for _, s := range a.Places {
		if s.UAI != "" {
			sites = append(sites, s.UAI)
		} else {
			sites = append(sites, fmt.Sprint(s.ID))
		}
	}
	everything := field{Name: "everything", Kind: "checkbox"}
	if a.Everything {
		everything.Value = "1"
	}
	return []field{
		{Name: "role", Kind: "select", Options: l.choices("admin.role.", roles, a.Role), Required: true},
		everything,
		{Name: "organisations", Kind: "textarea", Value: strings.Join(organisations, "\n")},
		{Name: "sites", Kind: "textarea", Value: strings.Join(sites, "\n")},
	}
}

func (p *Pages) people(r *http.Request, g *page, b *adminBody) error {
	l, find := g.language, strings.TrimSpace(r.URL.Query().Get("find"))
	after := askedFor(r, "after")
	accounts, next, err := p.Desk.Accounts(r.Context(), find, after)
	if err != nil {
		return err
	}
	g.APIURL = "/api/v1/users"
	b.Find = l.finding(field{Name: "find", Kind: "search", Value: find, Label: l.say("admin.people.find")})
	t := adminTable{ID: "people", Caption: l.say("admin.office.people"), Empty: l.say("admin.people.none"), Head: []string{l.say("admin.person"), l.say("admin.role"), l.say("admin.reach"), l.say("admin.signs")}}
	for _, a := range accounts {
		t.Rows = append(t.Rows, adminRow{Header: link{a.Name, personAt(a.Name)}, Cells: []string{l.say("admin.role." + a.Role), l.reachText(a), l.signsIn(a)}})
	}
	t.turned(r, next)
	b.Tables = []adminTable{t}
	key := "admin.people.sentence"
	if next != 0 || after != 0 || find != "" {
		key += ".part"
	}
	g.Sentence = l.say(key, "n", l.count(int64(len(accounts))))
	add := form{Act: "person", Title: l.say("admin.people.add"), Lead: l.say("admin.people.add.lead"), Submit: l.say("admin.add")}
	add.Fields = append([]field{{Name: "name", Kind: "text", Required: true, Label: l.say("admin.person.name"), Hint: l.say("admin.person.name.hint")}}, p.grantFields(l, view.Account{AccountGrant: view.AccountGrant{Role: "it_manager"}})...)
	b.ask(l, add)
	return nil
}

// reachText says in a word what a person reaches.
func (l *language) reachText(a view.Account) string {
	if a.Everything {
		return l.say("admin.reach.everything")
	}
	var all []string
	if n := len(a.Organisations); n > 0 {
		all = append(all, l.say("admin.reach.organisations", "n", l.count(int64(n))))
	}
	if n := len(a.Sites); n > 0 {
		all = append(all, l.say("admin.reach.sites", "n", l.count(int64(n))))
	}
	return strings.Join(all, ", ")
}

func (l *language) signsIn(a view.Account) string {
	if a.Provider == "" {
		return l.say("admin.signs.here")
	}
	return a.Provider
}

// keyDays are how long a key may work, in days, to choose from.
var keyDays = []string{"30", "90", "365", "730"}

// Person answers GET and POST /administration/people/{id}.
func (p *Pages) Person(w http.ResponseWriter, r *http.Request) {
	p.office(w, r, "people", map[string]act{
		"grant": func(r *http.Request, values url.Values) error {
			return doneAt(p.Desk.GrantAccount(r.Context(), r.PathValue("id"), grantFrom(values)), personAt(r.PathValue("id")), "granted")
		},
		"password": meant(func(r *http.Request, _ url.Values) error {
			password, err := p.Desk.NewPassword(r.Context(), r.PathValue("id"))
			if err != nil {
				return err
			}
			return &elsewhere{personAt(r.PathValue("id")), &once{r.URL.Path, "password", password}}
		}),
		"remove": meant(func(r *http.Request, _ url.Values) error {
			return doneAt(p.Desk.RemoveAccount(r.Context(), r.PathValue("id")), "/administration/people", "removed")
		}),
		"key": func(r *http.Request, values url.Values) error {
			days, err := wholeOf(values, "valid_days")
			if err != nil {
				return err
			}
			text, err := p.Desk.AddKey(r.Context(), r.PathValue("id"), strings.TrimSpace(values.Get("name")), values["scopes"], days)
			if err != nil {
				return err
			}
			return &elsewhere{personAt(r.PathValue("id")), &once{r.URL.Path, "key", text}}
		},
		"revoke": func(r *http.Request, values url.Values) error {
			id, err := strconv.ParseInt(values.Get("next"), 10, 64)
			if err != nil {
				return view.ErrNotFound
			}
			return doneAt(p.Desk.RevokeKey(r.Context(), r.PathValue("id"), id), personAt(r.PathValue("id")), "revoked")
		},
	}, p.person)
}

func (p *Pages) person(r *http.Request, g *page, b *adminBody) error {
	name := r.PathValue("id")
	a, err := p.Desk.Account(r.Context(), name)
	if err != nil {
		return err
	}
	keys, next, err := p.Desk.Keys(r.Context(), name, askedFor(r, "after"))
	if err != nil {
		return err
	}
	l, self := g.language, view.UserOf(r.Context()).Name == name
	g.inside("/administration/people", name)
	g.APIURL = "/api/v1/users/" + url.PathEscape(name) + "/keys"
	g.Sentence = l.say("admin.person.sentence", "name", name, "role", l.say("admin.role."+a.Role), "reach", l.reachText(a))
	b.Terms = []term{{Name: l.say("admin.role"), Text: l.say("admin.role." + a.Role)}, {Name: l.say("admin.reach"), Text: l.reachText(a)}, {Name: l.say("admin.signs"), Text: l.signsIn(a)}}
	t := adminTable{ID: "keys", Title: l.say("admin.keys.title"), Lead: l.say("admin.keys.lead"), Caption: l.say("admin.keys.title"), Empty: l.say("admin.keys.none"), Head: []string{l.say("admin.key"), l.say("admin.scopes"), l.say("admin.expires"), l.say("table.state"), l.say("admin.act")}}
	for _, k := range keys {
		var scopes []string
		for _, s := range k.Scopes {
			scopes = append(scopes, l.say("admin.scope."+s))
		}
		row := adminRow{Header: link{Text: k.Name}, Cells: []string{strings.Join(scopes, ", "), l.shortDate(k.Expires), l.say("admin.state." + k.State)}}
		if k.State == "valid" {
			row.Act = &rowAct{Action: personAt(name), Act: "revoke", Next: fmt.Sprint(k.ID), Label: l.say("admin.revoke"), Question: l.say("admin.key.revoke.question"), Confirm: l.say("admin.revoke.confirm")}
		} else {
			row.Cells = append(row.Cells, "–")
		}
		t.Rows = append(t.Rows, row)
	}
	t.turned(r, next)
	b.Tables = []adminTable{t}
	var scopes []string
	for _, role := range p.Desk.Roles() {
		if role.Name == a.Role {
			scopes = role.Scopes
		}
	}
	var reading []string
	for _, s := range scopes {
		if strings.HasPrefix(s, "read_") {
			reading = append(reading, s)
		}
	}
	b.ask(l, form{Act: "key", Folded: true, Title: l.say("admin.key.add"), Lead: l.say("admin.key.add.lead"), Submit: l.say("admin.key.make"), Fields: []field{
		{Name: "name", Kind: "text", Required: true, Label: l.say("admin.key.name"), Hint: l.say("admin.key.name.hint")},
		{Name: "scopes", Kind: "checkboxes", Options: l.choices("admin.scope.", scopes, reading...)},
		{Name: "valid_days", Kind: "select", Options: l.choices("admin.days.", keyDays, "365"), Required: true},
	}})
	switch {
	case a.Provider != "":
		b.Lead = l.say("admin.person.provider", "provider", a.Provider)
	case self:
		b.Lead = l.say("admin.person.self")
	default:
		b.ask(l, form{Act: "grant", Folded: true, Title: l.say("admin.person.grant"), Lead: l.say("admin.person.grant.lead"), Submit: l.say("admin.save"), Fields: p.grantFields(l, a)})
	}
	if a.Provider == "" {
		b.ask(l, form{Act: "password", Folded: true, Title: l.say("admin.person.password"), Lead: l.say("admin.person.password.lead"), Submit: l.say("admin.person.password"), Fields: []field{confirming()}})
	}
	if !self {
		b.ask(l, form{Act: "remove", Folded: true, Title: l.say("admin.person.remove"), Lead: l.say("admin.person.remove.lead"), Submit: l.say("admin.person.remove"), Fields: []field{confirming()}})
	}
	return nil
}
