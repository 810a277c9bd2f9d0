package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/report"
)

// schoolsPage is schools compared, with a part of the list, and which part it is when
// there are others.
type schoolsPage struct {
	*view.Schools
	Rows []*view.SchoolRow `json:"schools"`
	Part *view.Part        `json:"schools_part,omitempty"`
}

// ofAlike are which schools are compared.
var ofAlike = []openapi.Parameter{
	{Name: "kind", What: "only schools of a kind: " + strings.Join(registry.SiteKinds, ", ")},
	{Name: "size", What: "only schools of a size: " + strings.Join(view.Sizes, ", ")},
	{Name: "covered", What: "only schools of whose agents at most one in five is silent", Of: false},
}

// schools answers which schools of an organisation differ by more than chance explains.
func (a *API) schools(r *http.Request, year int) (any, error) {
	id, err := number(r, "id")
	if err != nil {
		return nil, err
	}
	list, err := listOf(r, view.SchoolOrders, "chance")
	if err != nil {
		return nil, err
	}
	q := r.URL.Query()
	alike := view.Alike{Kind: q.Get("kind"), Size: q.Get("size"), Covered: q.Get("covered") == "true"}
	for _, p := range []struct {
		field, value string
		allowed      []string
	}{{"kind", alike.Kind, registry.SiteKinds}, {"size", alike.Size, view.Sizes}, {"covered", q.Get("covered"), []string{"true", "false"}}} {
		if p.value != "" && !slices.Contains(p.allowed, p.value) {
			return nil, &report.Problem{Field: p.field, Reason: "must be one of " + strings.Join(p.allowed, ", ")}
		}
	}
	o, err := a.source.Overview(r.Context(), id, year)
	if err != nil {
		return nil, err
	}
	all := view.CompareSchools(o, alike)
	rows, found := view.ListSchools(all.Schools, list, sitesListed)
	part, err := partOf(list, found)
	return schoolsPage{all, rows, part}, err
}
