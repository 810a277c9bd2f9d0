package api

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/administration"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// deviceRecord is a device as administration sees it.
type deviceRecord struct {
	ID            string               `json:"id"`
	Label         string               `json:"label,omitempty"`
	Site          int64                `json:"site"`
	SiteName      string               `json:"site_name"`
	Category      equipment.Category   `json:"category"`
	Population    equipment.Population `json:"population"`
	Maker         string               `json:"maker,omitempty"`
	Model         string               `json:"model,omitempty"`
	State         string               `json:"state"` // "reporting", "silent", "agentless", "retired"
	InService     time.Time            `json:"in_service"`
	InServiceFrom string               `json:"in_service_from"` // "purchase", "firmware", "enrolment"
	Retired       time.Time            `json:"retired,omitzero"`
	RetiredTo     string               `json:"retired_to,omitempty"` // "reuse", "recycling", "lost"
	LastSeen      time.Time            `json:"last_seen,omitzero"`
	Agent         string               `json:"agent,omitempty"`
	ScreenIn      float64              `json:"screen_in,omitempty"`
	WeightKg      float64              `json:"weight_kg,omitempty"`
	PriceEUR      float64              `json:"price_eur,omitempty"`
	Acquisition   string               `json:"acquisition,omitempty"` // "new", "reconditioned", "donated", "leased"
	Twins         *view.Twins          `json:"twins,omitempty"`       // two machines report as this device
}

// devicePage is a part of a list of devices.
type devicePage struct {
	Devices []deviceRecord `json:"devices"`
	// Next is the value of `after` with which the list goes on; 0 at its end.
	Next int64 `json:"next,omitempty"`
}

// deviceList is the list for the document.
var deviceList = openapi.Operation{
	Summary: "List devices of a kind or state: silent ones, those without an agent, old ones", Tag: "devices", Answers: ok("A page of devices", devicePage{}),
	Query: paged(
		openapi.Parameter{Name: "organisation", What: "of this organisation only", Of: int64(0)}, openapi.Parameter{Name: "site", What: "of this site only", Of: int64(0)},
		openapi.Parameter{Name: "category", What: "as laptop, monitor"}, openapi.Parameter{Name: "population", What: "as individual, shared"},
		openapi.Parameter{Name: "state", What: "reporting, silent, agentless, twins (two machines report as one device), retired or all; those in service without it"},
		openapi.Parameter{Name: "model", What: "part of the maker's and model's names"},
		openapi.Parameter{Name: "find", What: "part of the label, of the device's name, or of the maker's and model's names"},
		openapi.Parameter{Name: "older_than", What: "in service for more than this many years", Of: float64(0)}),
}

// DevicesRoute is GET /api/v1/devices, a list by organisation, site, category,
// population, state, model and older_than (years), a page at a time by limit and
// after. Simulated devices are listed of an organisation or site that is asked for.
func (a *API) DevicesRoute(list administration.Devices, clock func() time.Time) gate.Route {
	return gate.Route{Pattern: "GET /api/v1/devices", Scope: access.ReadDevices, Doc: deviceList, Handler: func(w http.ResponseWriter, r *http.Request) {
		f, problem := filter(r.URL.Query(), clock())
		a.serve(w, r, func(r *http.Request, _ int) (any, error) {
			if problem != nil {
				return nil, problem
			}
			limit := f.Limit
			f.Limit++ // one more tells whether there are more
			found, err := list(r.Context(), f)
			if err != nil {
				return nil, err
			}
			found, next := cut(found, limit, func(d *registry.Listed) int64 { return d.ID })
			page := devicePage{Devices: []deviceRecord{}, Next: next}
			for i := range found {
				page.Devices = append(page.Devices, rowOf(&found[i]))
			}
			return page, nil
		})
	}}
}

func rowOf(d *registry.Listed) deviceRecord {
	return deviceRecord{
		ID: d.Name, Label: d.Label, Site: d.Site, SiteName: d.SiteName, Category: d.Category, Population: d.Population,
		Maker: d.Inventory.Maker, Model: d.Inventory.Model, State: d.State, InService: d.InService, InServiceFrom: d.InServiceFrom,
		Retired: d.Retired, RetiredTo: d.Purchase.RetiredTo, LastSeen: d.LastSeen, Agent: d.Agent,
		ScreenIn: d.Purchase.ScreenIn, WeightKg: d.Purchase.WeightKg, PriceEUR: float64(d.Purchase.PriceCents) / 100, Acquisition: d.Purchase.Acquisition, Twins: (*view.Twins)(d.Twins),
	}
}

// filter reads the query of a list of devices.
func filter(q url.Values, now time.Time) (registry.Filter, *report.Problem) {
	f := registry.Filter{
		Category: equipment.Category(q.Get("category")), Population: equipment.Population(q.Get("population")),
		State: q.Get("state"), Model: q.Get("model"), Find: q.Get("find"), Limit: usualPage,
	}
	limit := int64(usualPage)
	for name, into := range map[string]*int64{"organisation": &f.Organisation, "site": &f.Site, "after": &f.After, "limit": &limit} {
		text := q.Get(name)
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 {
			return f, &report.Problem{Field: name, Reason: "must be a whole number above 0"}
		}
		*into = n
	}
	f.Limit = int(min(limit, mostPage))
	if text := q.Get("older_than"); text != "" {
		years, err := strconv.ParseFloat(text, 64)
		if err != nil || !(years > 0 && years < 100) {
			return f, &report.Problem{Field: "older_than", Reason: "must be a number of years between 0 and 100"}
		}
		f.BoughtBefore = now.Add(-time.Duration(years * 365.2425 * 24 * float64(time.Hour)))
	}
	if refused := (*registry.Refused)(nil); errors.As(f.Check(), &refused) {
		return f, &report.Problem{Field: refused.Field, Reason: refused.Reason}
	}
	return f, nil
}
