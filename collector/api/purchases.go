package api

import (
	"fmt"
	"net/http"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/renewal"
	"github.com/ecoparc/ecoparc/models/report"
)

// productsPage is a part of the models, and which part it is when there are others.
type productsPage struct {
	*view.Products
	Rows []*view.ProductRow `json:"products"`
	Part *view.Part         `json:"products_part,omitempty"`
}

// ofPolicy are the numbers of a plan.
var ofPolicy = func() (all []openapi.Parameter) {
	what := map[string]string{
		"longer": "how many years each device serves beyond its expected life", "reconditioned": "share of the devices bought that is reconditioned, in %",
		"repaired": "share of the devices at their end that is repaired once, in %", "budget": "the most that a school year may cost, in euros; 0: no limit",
	}
	for _, f := range view.PolicyFields {
		all = append(all, openapi.Parameter{Name: f.Name, What: fmt.Sprintf("%s: %g to %g; %g without it", what[f.Name], f.Least, f.Most, f.Usual), Of: 0.0})
	}
	return all
}()

// purchaseRoutes are what a buyer asks for. Lists of models are for whoever reads
// figures; prices are left out of them for whoever may not open the plan.
func (a *API) purchaseRoutes(route func(path string, scope access.Scope, about gate.Object, doc openapi.Operation, answer func(*http.Request, int) (any, error)) gate.Route) []gate.Route {
	return []gate.Route{
		route("organisations/{id}/models", access.ReadFigures, gate.Organisation, openapi.Operation{Summary: "The models of devices, and how long they serve", Answers: ok("The models", productsPage{}), Query: append(ofList(view.ProductOrders), ofYear...)}, a.products),
		route("organisations/{id}/models/{model}", access.ReadFigures, gate.Organisation, openapi.Operation{Summary: "A model of devices with its survival", Answers: ok("The model", view.Product{}), Query: ofYear}, a.product),
		route("organisations/{id}/procurement", access.ReadPurchases, gate.Organisation, openapi.Operation{Summary: "What to keep, repair, replace and buy", Answers: ok("The plan", view.Procurement{}), Query: ofPolicy}, func(r *http.Request, _ int) (any, error) {
			return a.procurement(r)
		}),
		route("organisations/{id}/procurement/tender", access.ReadPurchases, gate.Organisation, openapi.Operation{Summary: "The appendix of a call for tenders", Answers: ok("The appendix", view.Tender{}), Query: ofPolicy}, func(r *http.Request, _ int) (any, error) {
			p, err := a.procurement(r)
			if err != nil {
				return nil, err
			}
			return view.TenderOf(p), nil
		}),
	}
}

func (a *API) products(r *http.Request, year int) (any, error) {
	id, err := number(r, "id")
	if err != nil {
		return nil, err
	}
	list, err := listOf(r, view.ProductOrders, "served")
	if err != nil {
		return nil, err
	}
	all, err := a.source.Products(r.Context(), id, year)
	if err != nil {
		return nil, err
	}
	rows, found := view.ListProducts(all.Products, list, sitesListed)
	part, err := partOf(list, found)
	return productsPage{all, rows, part}, err
}

func (a *API) product(r *http.Request, year int) (any, error) {
	id, err := number(r, "id")
	if err != nil {
		return nil, err
	}
	model, err := number(r, "model")
	if err != nil {
		return nil, err
	}
	return a.source.Product(r.Context(), id, model, year)
}

func (a *API) procurement(r *http.Request) (*view.Procurement, error) {
	id, err := number(r, "id")
	if err != nil {
		return nil, err
	}
	policy, err := policyOf(r)
	if err != nil {
		return nil, err
	}
	return a.source.Procurement(r.Context(), id, policy)
}

// policyOf reads the numbers of a plan; the error is a *report.Problem.
func policyOf(r *http.Request) (renewal.Policy, error) {
	policy, wrong := view.PolicyOf(r.URL.Query().Get)
	if len(wrong) > 0 {
		f := wrong[0]
		return policy, &report.Problem{Field: f.Name, Reason: fmt.Sprintf("must be a number from %g to %g", f.Least, f.Most)}
	}
	return policy, nil
}
