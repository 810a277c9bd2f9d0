package service

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/shirou/gopsutil/v3/disk"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/administration"
	"github.com/ecoparc/ecoparc/collector/api"
	"github.com/ecoparc/ecoparc/collector/fleet"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/intake"
	"github.com/ecoparc/ecoparc/collector/letters"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/signon"
	"github.com/ecoparc/ecoparc/dashboards"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
)

// routes is the gate with everything that the collector answers: there is no other
// way in.
func (s *Service) routes(pages *dashboards.Pages, answers view.Source, acts *administration.Acts, counters *api.Counters, clock func() time.Time) (*gate.Gate, error) {
	limits := intake.Limits{DeviceReports: s.config.DeviceReportsPerHour, SiteReports: s.config.SiteReportsPerHour, Enrolments: s.config.SiteEnrolmentsPerHour}
	taking := intake.New(s.Registry, s.Ledger, limits, clock, s.log, counters)
	answering := api.New(answers, clock, s.config.Location(), s.log)
	administering := &api.Administration{API: answering, Acts: acts}
	routes := slices.Concat(
		taking.Routes(),
		answering.Routes(),
		answering.ScenarioRoutes(pages.Scenarios),
		[]gate.Route{answering.DevicesRoute(acts.Devices, clock)},
		[]gate.Route{answering.MonitorRoute(s.monitor), answering.ModelChangesRoute(s.versions)},
		administering.Routes(),
		(&api.Letters{API: answering, Subscriptions: letters.Open(s.store, clock)}).Routes(),
		api.HealthRoutes(s.healthy, counters),
		pageRoutes(pages, s.config.SignIn.OIDC.Configured()),
	)
	document, err := api.DocumentRoute(routes)
	if err != nil {
		return nil, err
	}
	o := gate.Options{People: s.Access, Places: s.Registry, Clock: clock, API: answering.Refuse, Pages: pages.Refuse}
	return gate.New(o, append(routes, document)...), nil
}

// acts are what administrators do, on the pages and by the API.
func (s *Service) acts(clock func() time.Time) *administration.Acts {
	silence := func() registry.Silence { return registry.SilenceAt(calendar.Default(), s.config.Location(), clock()) }
	return &administration.Acts{
		Registry: s.Registry, Fleet: fleet.Open(s.store, s.config.Location(), clock, fleet.WithLog(s.log)), Access: s.Access, Store: s.store,
		Devices: func(ctx context.Context, f registry.Filter) ([]registry.Listed, error) {
			return s.Registry.List(ctx, f, silence())
		},
		Silence: silence, Verifier: s.verifier, Health: s.health, Clock: clock, Where: s.config.Location(),
	}
}

// health is how the collector does, for administrators.
func (s *Service) health(ctx context.Context) (h administration.Health, err error) {
	if notReady := s.healthy(ctx); notReady != nil {
		h.Reason = notReady.Error()
	}
	h.Ready = h.Reason == ""
	if h.LatestReport, err = s.Ledger.LatestReport(ctx); err != nil {
		return h, err
	}
	if h.LatestReport.Unix() <= 0 { // none came yet
		h.LatestReport = time.Time{}
	}
	if h.OutboxWindows, err = s.Ledger.Waiting(ctx); err != nil || s.store.Shared() {
		return h, err
	}
	if u, err := disk.UsageWithContext(ctx, s.config.DataDir); err == nil { // not every system tells
		h.DiskB, h.DiskFreeB = int64(u.Total), int64(u.Free)
	}
	return h, nil
}

// pageRoutes are the pages with what each asks for.
func pageRoutes(p *dashboards.Pages, signOn bool) []gate.Route {
	var atProvider []gate.Route
	if signOn {
		atProvider = []gate.Route{
			{Pattern: "GET /sign-in/provider", Scope: access.Public, Handler: p.BeginSignOn},
			{Pattern: "GET " + signon.CallbackPath, Scope: access.Public, Handler: p.FinishSignOn},
		}
	}
	return slices.Concat(atProvider, officeRoutes(p), []gate.Route{
		{Pattern: "GET /static/", Scope: access.Public, Handler: p.Static},
		{Pattern: "GET /sign-in", Scope: access.Public, Handler: p.SignInForm},
		{Pattern: "POST /sign-in", Scope: access.Public, Handler: p.SignIn},
		{Pattern: "POST /sign-out", Scope: access.Public, Handler: p.SignOut},
		{Pattern: "POST /language", Scope: access.Public, Handler: p.ChooseLanguage},
		{Pattern: "GET /{$}", Scope: access.ReadFigures, Handler: p.Home},
		{Pattern: "GET /organisations/{id}", Scope: access.ReadFigures, About: gate.Organisation, Handler: p.Organisation},
		{Pattern: "GET /organisations/{id}/schools", Scope: access.ReadFigures, About: gate.Organisation, Handler: p.Schools},
		{Pattern: "GET /organisations/{id}/report", Scope: access.ReadFigures, About: gate.Organisation, Handler: p.Monthly},
		{Pattern: "GET /organisations/{id}/models", Scope: access.ReadFigures, About: gate.Organisation, Handler: p.Products},
		{Pattern: "GET /organisations/{id}/models/{model}", Scope: access.ReadFigures, About: gate.Organisation, Handler: p.Product},
		{Pattern: "GET /organisations/{id}/procurement", Scope: access.ReadPurchases, About: gate.Organisation, Handler: p.Procurement},
		{Pattern: "GET /organisations/{id}/procurement/tender", Scope: access.ReadPurchases, About: gate.Organisation, Handler: p.Tender},
		{Pattern: "GET /organisations/{id}/scenario", Scope: access.ReadFigures, About: gate.Organisation, Handler: p.OrganisationScenario},
		{Pattern: "GET /organisations/{id}/scenarios", Scope: access.SaveScenarios, About: gate.Organisation, Handler: p.ToScenario},
		{Pattern: "POST /organisations/{id}/scenarios", Scope: access.SaveScenarios, About: gate.Organisation, Handler: p.SaveOrganisationScenario},
		{Pattern: "POST /organisations/{id}/scenarios/delete", Scope: access.SaveScenarios, About: gate.Organisation, Handler: p.DeleteOrganisationScenario},
		{Pattern: "GET /sites/{id}/scenario", Scope: access.ReadFigures, About: gate.Site, Handler: p.SiteScenario},
		{Pattern: "GET /sites/{id}/scenarios", Scope: access.SaveScenarios, About: gate.Site, Handler: p.ToScenario},
		{Pattern: "POST /sites/{id}/scenarios", Scope: access.SaveScenarios, About: gate.Site, Handler: p.SaveSiteScenario},
		{Pattern: "POST /sites/{id}/scenarios/delete", Scope: access.SaveScenarios, About: gate.Site, Handler: p.DeleteSiteScenario},
		{Pattern: "GET /organisations/{id}/quality", Scope: access.ReadFigures, About: gate.Organisation, Handler: p.Quality},
		{Pattern: "GET /sites/{id}", Scope: access.ReadFigures, About: gate.Site, Handler: p.Site},
		{Pattern: "GET /sites/{id}/devices", Scope: access.ReadDevices, About: gate.Site, Handler: p.SiteDevices},
		{Pattern: "GET /devices/{id}", Scope: access.ReadDevices, About: gate.Device, Handler: p.Device},
		{Pattern: "GET /accessibility", Scope: access.Public, Handler: p.AccessibilityStatement},
		{Pattern: "GET /monitor", Scope: access.ReadFigures, Handler: p.AboutMonitor},
		{Pattern: "GET /sources/", Scope: access.ReadFactors, Handler: p.FactorGroup},
		{Pattern: "GET /sources", Scope: access.ReadFactors, Handler: p.Sources},
		{Pattern: "/", Scope: access.SignedIn, Handler: p.NotFound},
	})
}

// officeRoutes are the pages of administration: a form is sent to the page that it
// stands on, so that who may see a page may do what it does.
func officeRoutes(p *dashboards.Pages) []gate.Route {
	var all []gate.Route
	page := func(path string, scope access.Scope, about gate.Object, handler http.HandlerFunc, methods ...string) {
		for _, method := range methods {
			all = append(all, gate.Route{Pattern: method + " /administration" + path, Scope: scope, About: about, Handler: handler})
		}
	}
	const see, do = http.MethodGet, http.MethodPost
	page("", access.ChangeDevices, gate.Nothing, p.Duties, see)
	page("/collector", access.ReadAudit, gate.Fleet, p.CollectorHealth, see, do)
	page("/audit", access.ReadAudit, gate.Fleet, p.AuditLog, see)
	page("/tokens", access.ManageTokens, gate.Nothing, p.Tokens, see)
	page("/tokens/{id}", access.ManageTokens, gate.Token, p.Token, do)
	page("/sites", access.ChangeSites, gate.Nothing, p.AdminSites, see)
	page("/sites/{id}", access.ChangeSites, gate.Site, p.AdminSite, see, do)
	page("/sites/{id}/tokens", access.ManageTokens, gate.Site, p.SiteTokens, see, do)
	page("/sites/{id}/import/devices", access.Import, gate.Site, p.ImportSiteDevices, see, do)
	page("/sites/{id}/import/repairs", access.Import, gate.Site, p.ImportSiteRepairs, see, do)
	page("/organisations", access.ChangeSites, gate.Fleet, p.Owners, see, do)
	page("/organisations/{id}", access.ChangeSites, gate.Organisation, p.Owner, see, do)
	page("/organisations/{id}/import/sites", access.Import, gate.Organisation, p.ImportSites, see, do)
	page("/organisations/{id}/import/devices", access.Import, gate.Organisation, p.ImportDevices, see, do)
	page("/organisations/{id}/import/repairs", access.Import, gate.Organisation, p.ImportRepairs, see, do)
	page("/devices", access.ChangeDevices, gate.Nothing, p.Machines, see)
	page("/devices/{id}", access.ChangeDevices, gate.Device, p.Machine, see, do)
	page("/people", access.ManageUsers, gate.Fleet, p.People, see, do)
	page("/people/{id}", access.ManageUsers, gate.Fleet, p.Person, see, do)
	return all
}
