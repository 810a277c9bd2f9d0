package dashboards

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/scenario"
)

// scenarioBody is the page of a scenario: its measures, what they change, and those
// that were saved.
type scenarioBody struct {
	Next    *nextStep // when there is no device
	Lead    string
	Form    scenarioForm
	Picture *picture
	Money   string
	Steps   []stepText
	Beside  *picture
	Compare string // what the comparison with the reference says
	Notes   []string
	Figure  *figure
	Link    string // the scenario's own address
	Saved   savedScenarios
}

// scenarioForm asks for measures.
type scenarioForm struct {
	Year    int
	Fields  []measureField
	Wrong   bool
	Presets []link
}

type measureField struct {
	Name, Label, Unit, Hint, Value string
	Most                           int
	Error                          string
}

// stepText is a measure with what it changes, and where to go on with it.
type stepText struct {
	Measure, Change, Act string
	More                 link
}

// savedScenarios are those with a name, and the form that gives this one a name.
type savedScenarios struct {
	Rows   []savedScenario
	Action string // where the form goes; empty: the person may not
	Query  map[string]string
	Year   int
	Name   string
	Error  string
}

type savedScenario struct {
	Name, URL string
	ID        int64
	Measures  string
	Current   bool
}

// OrganisationScenario answers GET /organisations/{id}/scenario.
func (p *Pages) OrganisationScenario(w http.ResponseWriter, r *http.Request) {
	p.answer(w, r, func(r *http.Request, g *page) error { return p.scenario(r, g, ofOrganisation, "", nil) })
}

// SiteScenario answers GET /sites/{id}/scenario.
func (p *Pages) SiteScenario(w http.ResponseWriter, r *http.Request) {
	p.answer(w, r, func(r *http.Request, g *page) error { return p.scenario(r, g, ofSite, "", nil) })
}

// SaveOrganisationScenario answers POST /organisations/{id}/scenarios, and
// SaveSiteScenario POST /sites/{id}/scenarios.
func (p *Pages) SaveOrganisationScenario(w http.ResponseWriter, r *http.Request) {
	p.saveScenario(w, r, ofOrganisation)
}

// SaveSiteScenario saves one of a site.
func (p *Pages) SaveSiteScenario(w http.ResponseWriter, r *http.Request) {
	p.saveScenario(w, r, ofSite)
}

// DeleteOrganisationScenario answers POST /organisations/{id}/scenarios/delete, and
// DeleteSiteScenario POST /sites/{id}/scenarios/delete.
func (p *Pages) DeleteOrganisationScenario(w http.ResponseWriter, r *http.Request) {
	p.deleteScenario(w, r, ofOrganisation)
}

// DeleteSiteScenario deletes one of a site.
func (p *Pages) DeleteSiteScenario(w http.ResponseWriter, r *http.Request) {
	p.deleteScenario(w, r, ofSite)
}

// ToScenario answers GET of the address that a form of scenarios is sent to: it leads
// back to the page.
func (p *Pages) ToScenario(w http.ResponseWriter, r *http.Request) {
	dressed(w, r, func(w http.ResponseWriter) { http.Redirect(w, r, "scenario", http.StatusSeeOther) })
}

// scenarioOf is whose scenarios a page is about.
type scenarioOf struct {
	folder string // of the addresses
	place  func(id int64) view.ScenarioPlace
}

var (
	ofOrganisation = scenarioOf{"organisations", func(id int64) view.ScenarioPlace { return view.ScenarioPlace{Organisation: id} }}
	ofSite         = scenarioOf{"sites", func(id int64) view.ScenarioPlace { return view.ScenarioPlace{Site: id} }}
)

// page is the address of the scenario page of a place.
func (o scenarioOf) page(id int64) string { return fmt.Sprintf("/%s/%d/scenario", o.folder, id) }

// fleet reads the fleet of a place and fills in the frame.
func (p *Pages) scenarioFleet(r *http.Request, g *page, of scenarioOf) (view.Fleet, *view.OwnSite, int64, error) {
	id, err := numbered(r)
	if err != nil {
		return view.Fleet{}, nil, 0, err
	}
	if of.folder == ofOrganisation.folder {
		o, err := p.overviewOf(r, g, "scenario")
		if err != nil {
			return view.Fleet{}, nil, 0, err
		}
		return o.Fleet, nil, id, nil
	}
	s, err := p.Source.Site(r.Context(), id, g.year)
	if err != nil {
		return view.Fleet{}, nil, 0, err
	}
	l := g.language
	g.scope(s.Scope, fmt.Sprintf("/api/v1/sites/%d/scenario", id))
	g.Crumbs = []link{l.organisationLink(s.Scope, g), {s.Site.Name, fmt.Sprintf("/sites/%d%s", id, g.yearQuery())}, {l.say("section.scenario"), ""}}
	g.ways(s.Scope, view.UserOf(r.Context()), "")
	return s.Fleet, &view.OwnSite{ID: id, Name: s.Site.Name, Simulated: s.Scope.Organisation.Simulated}, id, nil
}

// scenario fills in the page. name and refused are of a scenario that could not be saved.
func (p *Pages) scenario(r *http.Request, g *page, of scenarioOf, name string, refused error) error {
	asked := r.URL.Query()
	if r.Method == http.MethodPost {
		asked = r.PostForm
	}
	fleet, site, id, err := p.scenarioFleet(r, g, of)
	if err != nil {
		return err
	}
	l := g.language
	g.Title, g.Template, g.ScriptURL, g.Footer = l.say("scenario.title"), "scenario.html", p.sliderURL, l.footer(fleet.Scope, fleet.Period)
	measures, wrong := view.AskedMeasures(asked)
	body := scenarioBody{Lead: l.say("scenario.lead"), Form: l.scenarioForm(g, asked, measures, wrong)}
	if len(fleet.Parts) == 0 {
		at := int64(0)
		if site != nil {
			at = site.ID
		}
		g.Sentence, g.Body = l.say("scenario.none"), scenarioBody{Next: p.next(r, g, missingDevices, fleet.Scope.Organisation.ID, at)}
		return nil
	}
	if body.Saved, err = p.savedScenarios(r, g, of, id, measures); err != nil {
		return err
	}
	if refused != nil {
		body.Saved.Name, body.Saved.Error, g.status = name, l.say(refusalOf(refused)), http.StatusBadRequest
	}
	if len(wrong) > 0 {
		g.status, g.Sentence = http.StatusBadRequest, l.say("scenario.wrong")
		body.Saved.Action = "" // there is nothing to save
		g.Body = body
		return nil
	}
	s, err := view.WhatIf(fleet, p.Source.Factors(), measures)
	if err != nil {
		return err
	}
	s.Site = site
	g.APIURL += "&" + s.Query
	g.Sentence = l.scenarioSentence(s)
	body.Link = of.page(id) + "?" + withYear(view.QueryOf(measures), g.year).Encode()
	l.scenarioAnswer(&body, s, g, fleet)
	g.Body = body
	return nil
}

// withYear adds a school year that was chosen to a query.
func withYear(q url.Values, year int) url.Values {
	if year != 0 {
		q.Set("year", strconv.Itoa(year))
	}
	return q
}

// measureNumbers are measures as they stand in addresses.
func measureNumbers(m scenario.Measures) map[string]string {
	all := map[string]string{}
	for name, values := range view.QueryOf(m) {
		all[name] = values[0]
	}
	return all
}

func (l *language) scenarioForm(g *page, asked url.Values, m scenario.Measures, wrong []view.MeasureField) scenarioForm {
	f := scenarioForm{Year: g.year, Wrong: len(wrong) > 0}
	typed := measureNumbers(m)
	for _, field := range view.MeasureFields {
		in := measureField{
			Name: field.Name, Label: l.say("scenario.field." + field.Name), Unit: l.say("scenario.unit." + field.Unit),
			Hint: l.say("scenario.hint." + field.Name), Most: field.Most, Value: typed[field.Name],
		}
		for _, w := range wrong {
			if w.Name == field.Name {
				in.Value = asked.Get(field.Name)
				in.Error = l.say("scenario.field.wrong", "most", l.count(int64(field.Most)))
			}
		}
		f.Fields = append(f.Fields, in)
	}
	for _, preset := range []struct {
		key string
		of  scenario.Measures
	}{
		{"longer", scenario.Measures{Longer: 1}}, {"night", scenario.Measures{OffAtNight: 1}}, {"reconditioned", scenario.Measures{Reconditioned: 0.5}}, {"all", view.Suggested},
	} {
		f.Presets = append(f.Presets, link{l.say("scenario.preset." + preset.key), "?" + withYear(view.QueryOf(preset.of), g.year).Encode()})
	}
	return f
}

// measure says in words what a measure is.
func (l *language) measure(kind scenario.Kind, m scenario.Measures) string {
	return l.say("scenario.measure."+string(kind), "n", measureNumbers(m)[string(kind)])
}

// taken are the measures that do something, in their order.
func taken(m scenario.Measures) []scenario.Kind {
	var all []scenario.Kind
	numbers := measureNumbers(m)
	for _, kind := range scenario.Kinds {
		if numbers[string(kind)] != "0" {
			all = append(all, kind)
		}
	}
	return all
}
