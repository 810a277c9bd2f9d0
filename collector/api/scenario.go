package api

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/report"
	"github.com/ecoparc/ecoparc/models/scenario"
)

// newScenario is a scenario to save.
type newScenario struct {
	Name     string            `json:"name"`
	Measures scenario.Measures `json:"measures"`
}

// savedList are the scenarios of a place.
type savedList struct {
	Scenarios []view.SavedScenario `json:"scenarios"`
}

// ofMeasures are the measures of a scenario, as the address of its page has them.
func ofMeasures() []openapi.Parameter {
	what := map[string]string{
		string(scenario.Fewer): "of the devices that are done without", string(scenario.Longer): "that devices are kept longer",
		string(scenario.Reconditioned): "of what is bought new today that is bought reconditioned", string(scenario.OffAtNight): "of the devices that are switched off when nobody is there",
	}
	var all []openapi.Parameter
	for _, f := range view.MeasureFields {
		all = append(all, openapi.Parameter{Name: f.Name, What: fmt.Sprintf("%s %s, 0 to %d; without any of the measures, those that the page suggests", f.Unit, what[f.Name], f.Most), Of: 0})
	}
	return all
}

// ScenarioRoutes are scenarios and those that were saved.
func (a *API) ScenarioRoutes(kept view.Scenarios) []gate.Route {
	var all []gate.Route
	for _, of := range []struct {
		folder string
		about  gate.Object
		name   string
		place  func(id int64) view.ScenarioPlace
		fleet  func(r *http.Request, id int64, year int) (view.Fleet, *view.OwnSite, error)
	}{
		{"organisations", gate.Organisation, "an organisation", func(id int64) view.ScenarioPlace { return view.ScenarioPlace{Organisation: id} }, func(r *http.Request, id int64, year int) (view.Fleet, *view.OwnSite, error) {
			o, err := a.source.Overview(r.Context(), id, year)
			if err != nil {
				return view.Fleet{}, nil, err
			}
			return o.Fleet, nil, nil
		}},
		{"sites", gate.Site, "a site", func(id int64) view.ScenarioPlace { return view.ScenarioPlace{Site: id} }, func(r *http.Request, id int64, year int) (view.Fleet, *view.OwnSite, error) {
			s, err := a.source.Site(r.Context(), id, year)
			if err != nil {
				return view.Fleet{}, nil, err
			}
			return s.Fleet, &view.OwnSite{ID: id, Name: s.Site.Name, Simulated: s.Scope.Organisation.Simulated}, nil
		}},
	} {
		path := "/api/v1/" + of.folder + "/{id}/"
		weigh := func(r *http.Request, year int) (any, error) {
			id, err := number(r, "id")
			if err != nil {
				return nil, err
			}
			m, wrong := view.AskedMeasures(r.URL.Query())
			if len(wrong) > 0 {
				return nil, &report.Problem{Field: wrong[0].Name, Reason: fmt.Sprintf("must be a whole number from 0 to %d", wrong[0].Most)}
			}
			fleet, site, err := of.fleet(r, id, year)
			if err != nil {
				return nil, err
			}
			s, err := view.WhatIf(fleet, a.source.Factors(), m)
			if err == nil {
				s.Site = site
			}
			return s, err
		}
		place := func(r *http.Request) (view.ScenarioPlace, error) {
			id, err := number(r, "id")
			return of.place(id), err
		}
		all = append(all,
			gate.Route{
				Pattern: "GET " + path + "scenario", Scope: access.ReadFigures, About: of.about,
				Doc:     openapi.Operation{Summary: "What measures would change in a year of " + of.name, Tag: "figures", Query: slices.Concat(ofMeasures(), ofYear), Answers: ok("The scenario", view.Scenario{})},
				Handler: func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, weigh) },
			},
			a.operation("GET "+path+"scenarios", access.ReadFigures, of.about,
				openapi.Operation{Summary: "List the saved scenarios of " + of.name, Tag: "figures", Answers: ok("The scenarios", savedList{})},
				func(r *http.Request) (answer, error) {
					at, err := place(r)
					if err != nil {
						return answer{}, err
					}
					list, err := kept.Scenarios(r.Context(), at)
					return found(savedList{list}, err)
				}),
			a.operation("POST "+path+"scenarios", access.SaveScenarios, of.about,
				openapi.Operation{Summary: "Save a scenario of " + of.name + " under a name; shares are kept in whole per cent", Tag: "figures", Body: newScenario{}, Answers: made("The scenario", view.SavedScenario{}), Refusals: acting},
				func(r *http.Request) (answer, error) {
					at, err := place(r)
					if err != nil {
						return answer{}, err
					}
					var body newScenario
					if err := read(r, &body); err != nil {
						return answer{}, err
					}
					if err := body.Measures.Check(); err != nil {
						return answer{}, &report.Problem{Field: "measures", Reason: err.Error()}
					}
					saved, err := kept.SaveScenario(r.Context(), at, body.Name, body.Measures)
					if err != nil {
						return answer{}, refusedScenario(err)
					}
					return created(fmt.Sprintf("/api/v1/%s/%s/scenarios/%d", of.folder, r.PathValue("id"), saved.ID), saved)
				}),
			a.operation("DELETE "+path+"scenarios/{scenario}", access.SaveScenarios, of.about,
				openapi.Operation{Summary: "Delete a saved scenario of " + of.name, Tag: "figures", Answers: done("Deleted")},
				func(r *http.Request) (answer, error) {
					at, err := place(r)
					if err != nil {
						return answer{}, err
					}
					id, err := strconv.ParseInt(r.PathValue("scenario"), 10, 64)
					if err != nil {
						return answer{}, view.ErrNotFound
					}
					return answer{}, kept.DeleteScenario(r.Context(), at, id)
				}))
	}
	return all
}

// refusedScenario says why a scenario is not saved.
func refusedScenario(err error) error {
	for why, status := range map[error]int{view.ErrScenarioName: http.StatusBadRequest, view.ErrScenarioTaken: http.StatusConflict, view.ErrScenariosFull: http.StatusConflict} {
		if errors.Is(err, why) {
			return &refusal{status, report.Problem{Field: "name", Reason: why.Error()}}
		}
	}
	return err
}
