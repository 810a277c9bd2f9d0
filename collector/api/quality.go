package api

import (
	"net/http"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/estimate"
	"github.com/ecoparc/ecoparc/models/footprint"
)

// qualityPage is how well figures are known, with a part of the schools.
type qualityPage struct {
	*view.Quality
	Rows []*view.QualityRow `json:"schools"`
	Part *view.Part         `json:"schools_part,omitempty"`
}

// quality answers how well the figures of an organisation are known.
func (a *API) quality(r *http.Request, year int) (any, error) {
	id, err := number(r, "id")
	if err != nil {
		return nil, err
	}
	list, err := listOf(r, view.QualityOrders, view.QualityOrders[0])
	if err != nil {
		return nil, err
	}
	o, err := a.source.Overview(r.Context(), id, year)
	if err != nil {
		return nil, err
	}
	q := view.QualityOf(o)
	rows, found := view.ListQuality(q.Schools, list, sitesListed)
	part, err := partOf(list, found)
	return qualityPage{q, rows, part}, err
}

// modelPage is the model behind the figures.
type modelPage struct {
	Version int                     `json:"version"`
	Factors string                  `json:"factors_version"`
	Changes []footprint.Change      `json:"changes"` // the latest first
	Methods []estimate.CategoryMade `json:"embodied_by_method"`
}

// model answers what changed with each version of the formulas, and sets the methods
// of embodied impacts side by side.
func (a *API) model(*http.Request, int) (any, error) {
	t := a.source.Factors()
	changes, err := footprint.Changes()
	if err != nil {
		return nil, err
	}
	methods, err := estimate.MethodsOf(t)
	return modelPage{footprint.Version, t.Version, changes, methods}, err
}
