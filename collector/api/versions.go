package api

import (
	"net/http"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/dashboards/view"
)

// modelChanges are the changes of the model, the latest first.
type modelChanges struct {
	Changes []view.ModelChange `json:"changes"`
}

// ModelChangesRoute is GET /api/v1/model/changes: what figures were before the model
// changed, and after.
func (a *API) ModelChangesRoute(versions view.Versions) gate.Route {
	return gate.Route{
		Pattern: "GET /api/v1/model/changes", Scope: access.ReadFigures,
		Doc: openapi.Operation{Tag: "figures", Summary: "What each change of the formulas, factors or method did to the figures of each organisation", Answers: ok("The changes, the latest first", modelChanges{})},
		Handler: func(w http.ResponseWriter, r *http.Request) {
			a.serve(w, r, func(r *http.Request, _ int) (any, error) {
				all, err := versions.ModelChanges(r.Context())
				return modelChanges{append([]view.ModelChange{}, all...)}, err
			})
		},
	}
}
