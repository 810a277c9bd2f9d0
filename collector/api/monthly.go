package api

import (
	"net/http"

	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/report"
)

// ofMonth is the month that a report is on.
var ofMonth = []openapi.Parameter{{Name: "month", What: "the month, as in 2026-10; the last that has ended without it"}}

// monthly answers the report of an organisation on a month.
func (a *API) monthly(r *http.Request, _ int) (any, error) {
	id, err := number(r, "id")
	if err != nil {
		return nil, err
	}
	month := view.LastMonth(a.clock(), a.where)
	if text := r.URL.Query().Get("month"); text != "" {
		var ok bool
		if month, ok = view.ParseMonth(text); !ok {
			return nil, &report.Problem{Field: "month", Reason: "must be a year and a month, as in 2026-10"}
		}
	}
	return view.MonthlyOf(r.Context(), a.source, id, month)
}
