package dashboards

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// ownerKinds are the kinds of organisation, and zones those of school holidays.
var (
	ownerKinds = []string{"", "region", "departement", "establishment", "other"}
	zones      = []string{"", "A", "B", "C"}
)

// AdminSites answers GET /administration/sites.
func (p *Pages) AdminSites(w http.ResponseWriter, r *http.Request) {
	p.office(w, r, "sites", nil, p.adminSites)
}

func (p *Pages) adminSites(r *http.Request, g *page, b *adminBody) error {
	l, q, u := g.language, r.URL.Query(), view.UserOf(r.Context())
	f := view.PlaceFilter{Organisation: askedFor(r, "organisation"), Find: q.Get("find"), After: askedFor(r, "after"), Length: partLength(r)}
	places, next, err := p.Desk.Places(r.Context(), f)
	if err != nil {
		return err
	}
	owners, err := p.Desk.Owners(r.Context())
	if err != nil {
		return err
	}
	g.APIURL = "/api/v1/sites"
	if f.Organisation != 0 {
		g.APIURL += fmt.Sprintf("?organisation=%d", f.Organisation)
	}
	find := []field{{Name: "find", Kind: "search", Value: f.Find, Label: l.say("admin.sites.find")}}
	names := map[int64]string{}
	for _, s := range places {
		if names[s.Organisation] != "" {
			continue
		}
		o, err := p.Desk.Owner(r.Context(), s.Organisation)
		if err != nil {
			return err
		}
		if names[o.ID] = o.Name; o.Simulated {
			names[o.ID] = l.say("simulated.mark") + " · " + o.Name
		}
		g.Simulated = f.Organisation == o.ID && o.Simulated
	}
	if len(owners) > 1 {
		find = append(find, field{Name: "organisation", Kind: "select", Options: l.ownerOptions(owners, f.Organisation)})
	}
	b.Find = l.finding(find...)
	if u.May("/administration/organisations") {
		b.Ways = append(b.Ways, link{l.say("admin.owners.title"), "/administration/organisations"})
	}
	for _, o := range owners {
		if f.Organisation == o.ID || f.Organisation == 0 && len(owners) == 1 {
			at := fmt.Sprintf("/administration/organisations/%d", o.ID)
			b.Ways = append(b.Ways, link{l.say("admin.sites.add"), at + "#site-name"}, link{l.say("admin.import.sites"), at + "/import/sites"})
			b.Ways = append(b.Ways, l.importWays(at)...)
		}
	}
	t := adminTable{ID: "sites", Caption: l.say("admin.sites.title"), Empty: l.say("admin.sites.none"), Head: []string{l.say("table.site"), l.say("admin.kind"), l.say("admin.uai"), l.say("admin.zone"), l.say("table.pupils"), l.say("admin.owner")}}
	for _, s := range places {
		name := s.Name
		if !s.Closed.IsZero() {
			name = l.say("admin.site.closed", "name", s.Name)
		}
		t.Rows = append(t.Rows, adminRow{Header: link{name, fmt.Sprintf("/administration/sites/%d", s.ID)}, Cells: []string{l.say("schools.kind." + s.Kind), dash(s.UAI), dash(s.Zone), l.pupils(s.Pupils), dash(names[s.Organisation])}})
	}
	t.turned(r, next)
	b.Tables = []adminTable{t}
	switch {
	case len(places) == 0 && len(owners) == 0 && f.Find == "":
		g.Sentence, b.Find, b.Tables, b.Ways = l.say("admin.sites.empty"), nil, nil, l.waysToBegin(r)
	case len(places) == 0:
		g.Sentence = l.say("admin.sites.sentence.none")
	case next != 0 || f.After != 0:
		g.Sentence = l.say("admin.sites.sentence.part", "n", l.count(int64(len(places))))
	default:
		g.Sentence = l.say("admin.sites.sentence", "n", l.count(int64(len(places))))
	}
	if len(owners) > 1 && f.Organisation == 0 {
		b.Lead = l.say("admin.sites.lead")
	}
	return nil
}

func dash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

// waysToBegin lead to where the first organisation is added.
func (l *language) waysToBegin(r *http.Request) []link {
	if start := "/administration/organisations"; view.UserOf(r.Context()).May(start) {
		return []link{{l.say("admin.owners.add"), start}}
	}
	return nil
}

// Owners answers GET and POST /administration/organisations.
func (p *Pages) Owners(w http.ResponseWriter, r *http.Request) {
	p.office(w, r, "sites", map[string]act{"owner": func(r *http.Request, values url.Values) error {
		o, err := p.Desk.AddOwner(r.Context(), strings.TrimSpace(values.Get("name")), values.Get("kind"))
		return doneAt(err, fmt.Sprintf("/administration/organisations/%d", o.ID), "added")
	}}, p.owners)
}

func (l *language) ownerForm(act string, o view.Owner) form {
	return form{Act: act, Fields: []field{
		{Name: "name", Kind: "text", Value: o.Name, Required: true},
		{Name: "kind", Kind: "select", Options: l.choices("admin.ownerkind.", ownerKinds, o.Kind)},
	}}
}

func (p *Pages) owners(r *http.Request, g *page, b *adminBody) error {
	owners, err := p.Desk.Owners(r.Context())
	if err != nil {
		return err
	}
	l := g.language
	g.inside("/administration/sites", l.say("admin.owners.title"))
	g.Sentence = l.say("admin.owners.sentence", "n", l.count(int64(len(owners))))
	g.APIURL = "/api/v1/organisations"
	t := adminTable{Caption: l.say("admin.owners.title"), Empty: l.say("admin.owners.none"), Head: []string{l.say("admin.owner"), l.say("admin.kind"), l.say("admin.act")}}
	for _, o := range owners {
		name := o.Name
		if o.Simulated {
			name = l.say("simulated.mark") + " · " + name
		}
		t.Rows = append(t.Rows, adminRow{Header: link{name, fmt.Sprintf("/administration/organisations/%d", o.ID)}, Cells: []string{l.say("admin.ownerkind." + o.Kind)}, Way: link{l.say("admin.owner.sites"), fmt.Sprintf("/administration/sites?organisation=%d", o.ID)}})
	}
	b.Tables = []adminTable{t}
	add := l.ownerForm("owner", view.Owner{})
	add.Title, add.Submit = l.say("admin.owners.add"), l.say("admin.add")
	b.ask(l, add)
	return nil
}

// Owner answers GET and POST /administration/organisations/{id}.
func (p *Pages) Owner(w http.ResponseWriter, r *http.Request) {
	p.office(w, r, "sites", map[string]act{
		"owner": ofNumber(func(r *http.Request, id int64, values url.Values) error {
			return doneAt(p.Desk.EditOwner(r.Context(), id, strings.TrimSpace(values.Get("name")), values.Get("kind")), r.URL.Path, "edited")
		}),
		"site": ofNumber(func(r *http.Request, id int64, values url.Values) error {
			s, err := placeFrom(values)
			if err != nil {
				return err
			}
			s, err = p.Desk.AddPlace(r.Context(), id, s)
			return doneAt(err, fmt.Sprintf("/administration/sites/%d", s.ID), "added")
		}),
	}, p.owner)
}

func (p *Pages) owner(r *http.Request, g *page, b *adminBody) error {
	id, err := numbered(r)
	if err != nil {
		return err
	}
	o, err := p.Desk.Owner(r.Context(), id)
	if err != nil {
		return err
	}
	l := g.language
	g.inside("/administration/sites", o.Name)
	g.Simulated = o.Simulated
	g.Sentence = l.say("admin.owner.sentence", "name", o.Name)
	at := fmt.Sprintf("/administration/organisations/%d", id)
	b.Ways = []link{{l.say("admin.owner.sites"), fmt.Sprintf("/administration/sites?organisation=%d", id)}, {l.say("admin.import.sites"), at + "/import/sites"}}
	if !g.Simulated { // where nothing real comes in
		b.Ways = append(b.Ways, l.importWays(at)...)
	}
	b.Ways = append(b.Ways, link{l.say("admin.owner.figures"), fmt.Sprintf("/organisations/%d", id)})
	edit, add := l.ownerForm("owner", o), l.placeForm("site", view.Place{Kind: "college"})
	edit.Title, edit.Submit = l.say("admin.owner.edit"), l.say("admin.save")
	add.Title, add.Lead, add.Submit = l.say("admin.sites.add"), l.say("admin.sites.add.lead"), l.say("admin.add")
	b.ask(l, add)
	b.ask(l, edit)
	return nil
}

// placeForm is what is known of a site, to be changed.
func (l *language) placeForm(act string, s view.Place) form {
	pupils, latitude, longitude := "", "", ""
	if s.Pupils > 0 {
		pupils = strconv.FormatInt(s.Pupils, 10)
	}
	if s.Positioned {
		latitude, longitude = l.degrees(s.Position.Latitude), l.degrees(s.Position.Longitude)
	}
	return form{Act: act, Fields: []field{
		{Name: "name", Kind: "text", Value: s.Name, Required: true},
		{Name: "kind", Kind: "select", Options: l.choices("schools.kind.", siteKinds, s.Kind), Required: true},
		{Name: "uai", Kind: "text", Value: s.UAI},
		{Name: "zone", Kind: "select", Options: l.choices("admin.zone.", zones, s.Zone)},
		{Name: "pupils", Kind: "number", Value: pupils, Least: "0", Most: "10000"},
		{Name: "latitude", Kind: "decimal", Value: latitude},
		{Name: "longitude", Kind: "decimal", Value: longitude},
	}}
}

// degrees writes an angle as it is typed, to a tenth of a metre.
func (l *language) degrees(v float64) string {
	text := strconv.FormatFloat(math.Round(v*1e6)/1e6, 'f', -1, 64)
	if l.code == quantity.French {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// placeFrom reads a site from a form.
func placeFrom(values url.Values) (view.Place, error) {
	s := view.Place{Name: strings.TrimSpace(values.Get("name")), Kind: values.Get("kind"), UAI: strings.ToUpper(strings.TrimSpace(values.Get("uai"))), Zone: values.Get("zone")}
	var err error
	if s.Pupils, err = wholeOf(values, "pupils"); err != nil {
		return s, err
	}
	latitude, longitude := strings.TrimSpace(values.Get("latitude")), strings.TrimSpace(values.Get("longitude"))
	if latitude == "" && longitude == "" {
		return s, nil
	}
	s.Positioned = true
	for name, into := range map[string]*float64{"latitude": &s.Position.Latitude, "longitude": &s.Position.Longitude} {
		v, ok := view.NumberOf(values.Get(name))
		if !ok {
			return s, view.Refuse(name, "is "+strconv.Quote(values.Get(name))+"; degrees as 48.8566 are expected")
		}
		*into = v
	}
	return s, nil
}

// AdminSite answers GET and POST /administration/sites/{id}.
func (p *Pages) AdminSite(w http.ResponseWriter, r *http.Request) {
	about := func(do func(r *http.Request, id int64) error, done string) act {
		return meant(ofNumber(func(r *http.Request, id int64, _ url.Values) error { return doneAt(do(r, id), r.URL.Path, done) }))
	}
	p.office(w, r, "sites", map[string]act{
		"edit": ofNumber(func(r *http.Request, id int64, values url.Values) error {
			s, err := placeFrom(values)
			if err != nil {
				return err
			}
			return doneAt(p.Desk.EditPlace(r.Context(), id, s), r.URL.Path, "edited")
		}),
		"close":  about(func(r *http.Request, id int64) error { return p.Desk.ClosePlace(r.Context(), id) }, "closed"),
		"reopen": about(func(r *http.Request, id int64) error { return p.Desk.ReopenPlace(r.Context(), id) }, "reopened"),
	}, p.adminSite)
}

func (p *Pages) adminSite(r *http.Request, g *page, b *adminBody) error {
	id, err := numbered(r)
	if err != nil {
		return err
	}
	s, err := p.placeOf(r, g, id)
	if err != nil {
		return err
	}
	l := g.language
	g.inside("/administration/sites", s.Name)
	g.APIURL = fmt.Sprintf("/api/v1/sites/%d/record", id)
	b.Terms = []term{{Name: l.say("admin.site.number"), Text: fmt.Sprint(s.ID)}}
	edit := l.placeForm("edit", s)
	edit.Title, edit.Submit = l.say("admin.site.edit"), l.say("admin.save")
	b.ask(l, edit)
	b.Ways = []link{{l.say("admin.site.devices"), fmt.Sprintf("/administration/devices?site=%d", id)}}
	if s.Closed.IsZero() {
		g.Sentence = l.say("admin.site.sentence", "name", s.Name)
		if !g.Simulated { // where nothing real comes in
			b.Ways = append(b.Ways, link{l.say("admin.token.make"), fmt.Sprintf("/administration/sites/%d/tokens", id)})
			b.Ways = append(b.Ways, l.importWays(fmt.Sprintf("/administration/sites/%d", id))...)
		}
		b.ask(l, form{Act: "close", Folded: true, Title: l.say("admin.site.close"), Lead: l.say("admin.site.close.lead"), Submit: l.say("admin.site.close"), Fields: []field{confirming()}})
	} else {
		g.Sentence = l.say("admin.site.sentence.closed", "name", s.Name, "date", l.date(s.Closed.In(l.where)))
		b.ask(l, form{Act: "reopen", Folded: true, Title: l.say("admin.site.reopen"), Lead: l.say("admin.site.reopen.lead"), Submit: l.say("admin.site.reopen"), Fields: []field{confirming()}})
	}
	b.Ways = append(b.Ways, link{l.say("admin.site.figures"), fmt.Sprintf("/sites/%d", id)})
	return nil
}
