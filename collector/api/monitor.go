package api

import (
	"context"
	"net/http"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/dashboards/view"
)

// MonitorRoute is what watching costs.
func (a *API) MonitorRoute(monitor func(context.Context) (*view.Monitor, error)) gate.Route {
	return gate.Route{
		Pattern: "GET /api/v1/monitor", Scope: access.ReadFigures,
		Doc: openapi.Operation{Tag: "figures", Summary: "What watching costs: agents, network and the collector itself", Answers: ok("Energies and masses of a year", view.Monitor{})},
		Handler: func(w http.ResponseWriter, r *http.Request) {
			a.serve(w, r, func(r *http.Request, _ int) (any, error) { return monitor(r.Context()) })
		},
	}
}
