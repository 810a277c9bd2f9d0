package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/collector/registry"
)

// organisationRecord is an organisation as administration sees it.
type organisationRecord struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	Kind      string `json:"kind"` // empty: not known
	Simulated bool   `json:"simulated"`
}

// newOrganisation is an organisation to add.
type newOrganisation struct {
	Name string `json:"name"`
	Kind string `json:"kind,omitempty"`
}

// siteRecord is a site as administration sees it.
type siteRecord struct {
	ID           int64     `json:"id"`
	Organisation int64     `json:"organisation"`
	Name         string    `json:"name"`
	Kind         string    `json:"kind"`
	UAI          string    `json:"uai"`  // empty: none
	Zone         string    `json:"zone"` // empty: not known
	Pupils       int64     `json:"pupils"`
	Latitude     *float64  `json:"latitude"` // degrees of WGS 84; null: not known
	Longitude    *float64  `json:"longitude"`
	Closed       time.Time `json:"closed,omitzero"`
}

func siteOf(s registry.Site) siteRecord {
	record := siteRecord{ID: s.ID, Organisation: s.Organisation, Name: s.Name, Kind: s.Kind, UAI: s.UAI, Zone: s.Zone, Pupils: s.Pupils, Closed: s.Closed}
	if s.Position.Known {
		record.Latitude, record.Longitude = &s.Position.Latitude, &s.Position.Longitude
	}
	return record
}

// newSite is a site to add.
type newSite struct {
	Name      string   `json:"name"`
	Kind      string   `json:"kind"`
	UAI       string   `json:"uai,omitempty"`
	Zone      string   `json:"zone,omitempty"`
	Pupils    int64    `json:"pupils,omitempty"`
	Latitude  *float64 `json:"latitude,omitempty"`
	Longitude *float64 `json:"longitude,omitempty"`
}

// siteRecords is a part of a list of sites.
type siteRecords struct {
	Sites []siteRecord `json:"sites"`
	Next  int64        `json:"next,omitempty"` // `after` of the next page; not there at the end
}

// placeRoutes administer organisations and sites.
func (a *Administration) placeRoutes() []gate.Route {
	const tag = "organisations and sites"
	organisations, site := "/api/v1/organisations", "/api/v1/sites/{id}"
	return []gate.Route{
		a.operation("POST "+organisations, access.ChangeSites, gate.Fleet,
			openapi.Operation{Summary: "Add an organisation", Tag: tag, Body: newOrganisation{}, Answers: made("The organisation", organisationRecord{}), Refusals: acting}, a.addOrganisation),
		a.operation("PATCH "+organisations+"/{id}", access.ChangeSites, gate.Organisation,
			openapi.Operation{Summary: "Give an organisation another name or kind", Tag: tag, Body: registry.OrganisationEdit{}, Answers: ok("The organisation", organisationRecord{}), Refusals: acting}, a.editOrganisation),
		a.operation("GET /api/v1/sites", access.ReadFigures, gate.Nothing,
			openapi.Operation{Summary: "List sites", Tag: tag, Query: paged(openapi.Parameter{Name: "organisation", What: "of this organisation only", Of: int64(0)}, openapi.Parameter{Name: "find", What: "part of the name or of the UAI"}), Answers: ok("A page of sites", siteRecords{})}, a.sites),
		a.operation("POST "+organisations+"/{id}/sites", access.ChangeSites, gate.Organisation,
			openapi.Operation{Summary: "Add a site", Tag: tag, Body: newSite{}, Answers: made("The site", siteRecord{}), Refusals: acting}, a.addSite),
		a.operation("GET "+site+"/record", access.ReadFigures, gate.Site,
			openapi.Operation{Summary: "What is known of a site", Tag: tag, Answers: ok("The site", siteRecord{})}, a.site),
		a.operation("PATCH "+site, access.ChangeSites, gate.Site,
			openapi.Operation{Summary: "Change what is known of a site", Tag: tag, Body: registry.SiteEdit{}, Answers: ok("The site", siteRecord{}), Refusals: acting}, a.editSite),
		a.operation("POST "+site+"/close", access.ChangeSites, gate.Site,
			openapi.Operation{Summary: "Close a site without devices in service; its past stays", Tag: tag, Answers: ok("The site", siteRecord{}), Refusals: []int{http.StatusConflict}}, a.closeSite),
		a.operation("POST "+site+"/reopen", access.ChangeSites, gate.Site,
			openapi.Operation{Summary: "Take the closing of a site back", Tag: tag, Answers: ok("The site", siteRecord{}), Refusals: []int{http.StatusConflict}}, a.reopenSite),
	}
}

func (a *Administration) addOrganisation(r *http.Request) (answer, error) {
	var body newOrganisation
	if err := read(r, &body); err != nil {
		return answer{}, err
	}
	o, err := a.Registry.CreateOrganisation(r.Context(), body.Name, body.Kind)
	if err != nil {
		return answer{}, err
	}
	return created(fmt.Sprint("/api/v1/organisations/", o.ID), organisationRecord(o))
}

func (a *Administration) editOrganisation(r *http.Request) (answer, error) {
	id, err := number(r, "id")
	if err != nil {
		return answer{}, err
	}
	var body registry.OrganisationEdit
	if err := read(r, &body); err != nil {
		return answer{}, err
	}
	o, err := a.Registry.EditOrganisation(r.Context(), id, body)
	return found(organisationRecord(o), err)
}

func (a *Administration) sites(r *http.Request) (answer, error) {
	organisation, err := whole(r, "organisation", 0)
	if err != nil {
		return answer{}, err
	}
	after, limit, err := page(r)
	if err != nil {
		return answer{}, err
	}
	all, err := a.Registry.SitePage(r.Context(), registry.SiteFilter{Organisation: organisation, Find: r.URL.Query().Get("find"), After: after, Limit: limit + 1})
	if err != nil {
		return answer{}, err
	}
	all, next := cut(all, limit, func(s *registry.Site) int64 { return s.ID })
	body := siteRecords{Sites: []siteRecord{}, Next: next}
	for _, s := range all {
		body.Sites = append(body.Sites, siteOf(s))
	}
	return found(body, nil)
}

func (a *Administration) addSite(r *http.Request) (answer, error) {
	organisation, err := number(r, "id")
	if err != nil {
		return answer{}, err
	}
	var body newSite
	if err := read(r, &body); err != nil {
		return answer{}, err
	}
	s := registry.Site{Organisation: organisation, Name: body.Name, Kind: body.Kind, UAI: body.UAI, Zone: body.Zone, Pupils: body.Pupils}
	if (body.Latitude == nil) != (body.Longitude == nil) {
		return answer{}, &registry.Refused{Field: "latitude", Reason: "and longitude belong together"}
	}
	if body.Latitude != nil {
		s.Position = registry.Position{Latitude: *body.Latitude, Longitude: *body.Longitude, Known: true}
	}
	if s, err = a.Registry.CreateSite(r.Context(), s); err != nil {
		return answer{}, err
	}
	return created(fmt.Sprintf("/api/v1/sites/%d/record", s.ID), siteOf(s))
}

func (a *Administration) site(r *http.Request) (answer, error) {
	return a.onSite(r, func(id int64) (registry.Site, error) { return a.Registry.Site(r.Context(), id) })
}

func (a *Administration) editSite(r *http.Request) (answer, error) {
	var body registry.SiteEdit
	if err := read(r, &body); err != nil {
		return answer{}, err
	}
	return a.onSite(r, func(id int64) (registry.Site, error) { return a.Registry.EditSite(r.Context(), id, body) })
}

func (a *Administration) closeSite(r *http.Request) (answer, error) {
	return a.onSite(r, func(id int64) (registry.Site, error) { return a.Registry.CloseSite(r.Context(), id, a.Clock()) })
}

func (a *Administration) reopenSite(r *http.Request) (answer, error) {
	return a.onSite(r, func(id int64) (registry.Site, error) { return a.Registry.ReopenSite(r.Context(), id) })
}

// onSite does something to the site that is named in the path, and answers with it.
func (a *Administration) onSite(r *http.Request, do func(id int64) (registry.Site, error)) (answer, error) {
	id, err := number(r, "id")
	if err != nil {
		return answer{}, err
	}
	s, err := do(id)
	return found(siteOf(s), err)
}
