package dashboards

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/scenario"
)

// savedScenarios lists the scenarios of a place, and gives the form to those who may
// save.
func (p *Pages) savedScenarios(r *http.Request, g *page, of scenarioOf, id int64, m scenario.Measures) (savedScenarios, error) {
	l := g.language
	saved := savedScenarios{Query: measureNumbers(m), Year: g.year}
	all, err := p.Scenarios.Scenarios(r.Context(), of.place(id))
	if err != nil {
		return saved, err
	}
	query := view.QueryOf(m).Encode()
	for _, s := range all {
		row := savedScenario{Name: s.Name, URL: of.page(id) + "?" + withYear(view.QueryOf(s.Measures), g.year).Encode(), ID: s.ID, Measures: l.say("scenario.no.measure"), Current: s.Query == query}
		var words []string
		for _, kind := range taken(s.Measures) {
			words = append(words, l.say("scenario.short."+string(kind))+" "+l.amountOf(kind, s.Measures))
		}
		if words != nil {
			row.Measures = strings.Join(words, " · ")
		}
		saved.Rows = append(saved.Rows, row)
	}
	if action := fmt.Sprintf("/%s/%d/scenarios", of.folder, id); view.UserOf(r.Context()).May(action) {
		saved.Action = action
	}
	return saved, nil
}

// amountOf is how much of a measure is taken, with its unit.
func (l *language) amountOf(kind scenario.Kind, m scenario.Measures) string {
	n := measureNumbers(m)[string(kind)]
	if kind == scenario.Longer {
		return l.say("years", "n", n)
	}
	return l.say("percent", "n", n)
}

// refusals of a scenario that is not saved.
func refusalOf(err error) string {
	switch {
	case errors.Is(err, view.ErrScenarioTaken):
		return "scenario.save.taken"
	case errors.Is(err, view.ErrScenariosFull):
		return "scenario.save.full"
	}
	return "scenario.save.name"
}

// saveScenario gives the measures of a form a name, and leads back to them.
func (p *Pages) saveScenario(w http.ResponseWriter, r *http.Request, of scenarioOf) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormB)
	name := r.PostFormValue("name") // reads the form
	id, err := numbered(r)
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	year, _ := strconv.Atoi(r.PostFormValue("year"))
	m, wrong := view.AskedMeasures(r.PostForm)
	if len(wrong) == 0 {
		_, err = p.Scenarios.SaveScenario(r.Context(), of.place(id), name, m)
		switch {
		case err == nil:
			dressed(w, r, func(w http.ResponseWriter) {
				http.Redirect(w, r, of.page(id)+"?"+withYear(view.QueryOf(m), year).Encode()+"#saved", http.StatusSeeOther)
			})
			return
		case !errors.Is(err, view.ErrScenarioName) && !errors.Is(err, view.ErrScenarioTaken) && !errors.Is(err, view.ErrScenariosFull):
			p.Refuse(w, r, err)
			return
		}
	}
	p.answer(w, r, func(r *http.Request, g *page) error {
		g.year = year
		return p.scenario(r, g, of, name, err)
	})
}

// deleteScenario forgets a scenario, and leads back to where it was deleted.
func (p *Pages) deleteScenario(w http.ResponseWriter, r *http.Request, of scenarioOf) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormB)
	number, err := strconv.ParseInt(r.PostFormValue("scenario"), 10, 64)
	if err != nil {
		p.Refuse(w, r, view.ErrNotFound)
		return
	}
	id, err := numbered(r)
	if err == nil {
		err = p.Scenarios.DeleteScenario(r.Context(), of.place(id), number)
	}
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	year, _ := strconv.Atoi(r.PostFormValue("year"))
	m, _ := view.AskedMeasures(r.PostForm)
	dressed(w, r, func(w http.ResponseWriter) {
		http.Redirect(w, r, of.page(id)+"?"+withYear(view.QueryOf(m), year).Encode()+"#saved", http.StatusSeeOther)
	})
}
