package api

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// How many sites and devices one answer lists; the parameter page asks for the others.
const (
	sitesListed   = 100
	devicesListed = 200
)

// overviewPage is an overview with a part of its sites, and which part it is when
// there are others.
type overviewPage struct {
	*view.Overview
	Sites []*view.SiteRow `json:"sites"`
	Part  *view.Part      `json:"sites_part,omitempty"`
}

// sitePage is a site with a part of its devices, likewise.
type sitePage struct {
	*view.Site
	Devices []*view.DeviceRow `json:"devices"`
	Part    *view.Part        `json:"devices_part,omitempty"`
}

// listOf reads the parameters sort (by default the given one), find and page.
func listOf(r *http.Request, orders []string, sort string) (view.List, error) {
	q := r.URL.Query()
	l := view.List{Sort: cmp.Or(q.Get("sort"), sort), Find: q.Get("find"), Page: 1}
	if !slices.Contains(orders, l.Sort) {
		return l, &report.Problem{Field: "sort", Reason: "must be one of " + strings.Join(orders, ", ")}
	}
	if text := q.Get("page"); text != "" {
		var err error
		if l.Page, err = strconv.Atoi(text); err != nil || l.Page < 1 {
			return l, &report.Problem{Field: "page", Reason: "must be a whole number from 1"}
		}
	}
	return l, nil
}

// partOf is which part of a list an answer has, nil for all of it.
func partOf(l view.List, part view.Part) (*view.Part, error) {
	switch {
	case l.Page > part.Pages:
		return nil, &report.Problem{Field: "page", Reason: fmt.Sprintf("must be at most %d, the last one", part.Pages)}
	case part.Pages == 1:
		return nil, nil
	}
	return &part, nil
}

func listedOverview(o *view.Overview, l view.List) (any, error) {
	rows, found := view.ListSites(o.Sites, l, sitesListed)
	part, err := partOf(l, found)
	return overviewPage{o, rows, part}, err
}

// ofDevices are which devices of a site are listed.
var ofDevices = append([]openapi.Parameter{
	{Name: "state", What: "only devices in a state: " + strings.Join(view.DeviceStates, ", ")}, {Name: "category", What: "only devices of a category, as laptop, monitor"},
}, ofList(view.DeviceOrders)...)

func listedSite(r *http.Request, s *view.Site, l view.List) (any, error) {
	l.State = r.URL.Query().Get("state")
	if l.State != "" && !slices.Contains(view.DeviceStates, l.State) {
		return nil, &report.Problem{Field: "state", Reason: "must be one of " + strings.Join(view.DeviceStates, ", ")}
	}
	l.Kind = equipment.Category(r.URL.Query().Get("category"))
	if l.Kind != "" && !slices.Contains(equipment.Categories, l.Kind) {
		return nil, &report.Problem{Field: "category", Reason: "must be the name of a category, as laptop or monitor"}
	}
	rows, found := view.ListDevices(s.Devices, l, devicesListed)
	part, err := partOf(l, found)
	return sitePage{s, rows, part}, err
}
