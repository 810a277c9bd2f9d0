package dashboards

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/lifespan"
)

// adminPages are the addresses of the pages of administration.
var adminPages = []string{
	"/administration", "/administration/collector", "/administration/audit", "/administration/tokens", "/administration/sites", "/administration/sites/1", "/administration/sites/1/tokens",
	"/administration/sites/1/import/devices", "/administration/organisations", "/administration/organisations/1", "/administration/organisations/1/import/sites", "/administration/organisations/1/import/devices", "/administration/organisations/1/import/repairs", "/administration/sites/1/import/repairs",
	"/administration/devices", "/administration/devices?site=1&state=silent", "/administration/devices/d-1", "/administration/people", "/administration/people/zoe",
}

// officePages are the pages of administration as the gate serves them.
func officePages(p *Pages) map[string]http.HandlerFunc {
	all := map[string]http.HandlerFunc{}
	for path, page := range map[string]http.HandlerFunc{
		"": p.Duties, "/collector": p.CollectorHealth, "/audit": p.AuditLog, "/tokens": p.Tokens, "/tokens/{id}": p.Token, "/sites": p.AdminSites, "/sites/{id}": p.AdminSite, "/sites/{id}/tokens": p.SiteTokens,
		"/sites/{id}/import/devices": p.ImportSiteDevices, "/organisations": p.Owners, "/organisations/{id}": p.Owner, "/organisations/{id}/import/sites": p.ImportSites, "/organisations/{id}/import/devices": p.ImportDevices, "/organisations/{id}/import/repairs": p.ImportRepairs, "/sites/{id}/import/repairs": p.ImportSiteRepairs,
		"/devices": p.Machines, "/devices/{id}": p.Machine, "/people": p.People, "/people/{id}": p.Person,
	} {
		all["GET /administration"+path], all["POST /administration"+path] = page, page
	}
	return all
}

// bureau is an Administration over a world: one of everything.
type bureau struct{ *world }

// did notes an act, or refuses it.
func (b bureau) did(what string, about ...any) error {
	if b.refuse != nil {
		return b.refuse
	}
	b.acted = append(b.acted, strings.TrimSpace(what+" "+strings.Trim(fmt.Sprint(about...), "[]")))
	return b.err
}

func (b bureau) Duties(context.Context, int64) (*view.Duties, error) {
	quiet := []view.QuietSite{{ID: 1, Name: b.name, Devices: 10, Silent: 3, Agentless: 2}}
	return &view.Duties{
		Devices: 10, Reporting: 5, Silent: 3, Agentless: 2, Twins: 2, Sites: 2, Quiet: quiet, QuietSites: 1, Empty: []view.QuietSite{{ID: 2, Name: b.name}}, EmptySites: 1,
		Agents: []view.AgentCount{{Version: b.name, Devices: 5}, {Devices: 3}}, Ending: b.tokens(),
	}, b.err
}

func (b bureau) Collector(context.Context) (*view.Collector, error) {
	return &view.Collector{Reason: b.name, LatestReport: noon, DiskB: 100e9, DiskFreeB: 5e9, BackedUp: noon.AddDate(0, 0, -8), Checked: view.Check{State: "finished", Ended: noon, Devices: 5, Found: 1, Findings: []string{b.name}}}, b.err
}

func (b bureau) Verify(context.Context) error { return b.did("verify") }

func (b bureau) Owners(context.Context) ([]view.Owner, error) {
	if b.untouched {
		return nil, b.err
	}
	o, err := b.Owner(context.Background(), 1)
	return []view.Owner{o, {ID: 2, Name: "other"}}, err
}

func (b bureau) Owner(_ context.Context, id int64) (view.Owner, error) {
	return view.Owner{ID: id, Name: b.name, Kind: "region", Simulated: b.simulated}, b.err
}

func (b bureau) AddOwner(_ context.Context, name, kind string) (view.Owner, error) {
	return view.Owner{ID: 7}, b.did("add owner", name, kind)
}

func (b bureau) EditOwner(_ context.Context, id int64, name, kind string) error {
	return b.did("edit owner", id, name, kind)
}

func (b bureau) Places(context.Context, view.PlaceFilter) ([]view.Place, int64, error) {
	if b.untouched {
		return nil, 0, b.err
	}
	s, err := b.Place(context.Background(), 1)
	other := s
	other.ID = 2
	return []view.Place{s, other}, 2, err
}

func (b bureau) Place(_ context.Context, id int64) (view.Place, error) {
	return view.Place{ID: id, Organisation: 1, Name: b.name, Kind: "college", UAI: "0750001U", Zone: "C", Pupils: 400, Position: view.Position{Latitude: 48.85, Longitude: 2.35}, Positioned: true}, b.err
}

func (b bureau) AddPlace(_ context.Context, organisation int64, p view.Place) (view.Place, error) {
	p.ID = 8
	return p, b.did("add site", organisation, p.Name, p.Pupils, p.Position.Latitude)
}

func (b bureau) EditPlace(_ context.Context, id int64, p view.Place) error {
	return b.did("edit site", id, p.Name, p.Positioned)
}

func (b bureau) ClosePlace(_ context.Context, id int64) error  { return b.did("close site", id) }
func (b bureau) ReopenPlace(_ context.Context, id int64) error { return b.did("reopen site", id) }

func (b bureau) tokens() []view.EnrolmentToken {
	t := view.EnrolmentToken{ID: 3, Site: 1, SiteName: b.name, Population: equipment.Shared, Created: noon, Expires: noon.AddDate(0, 0, 3), Uses: 1, MaxUses: 30, State: "valid"}
	used := t
	used.ID, used.State = 2, "used up"
	return []view.EnrolmentToken{t, used}
}

func (b bureau) Tokens(context.Context, int64, int64) ([]view.EnrolmentToken, int64, error) {
	if b.untouched {
		return nil, 0, b.err
	}
	return b.tokens(), 2, b.err
}

func (b bureau) AddToken(_ context.Context, site int64, t view.NewToken) (string, error) {
	return "ecoparc-secrettoken", b.did("add token", site, t.Population, t.MaxUses, t.ValidHours)
}

func (b bureau) RevokeToken(_ context.Context, id int64) error { return b.did("revoke token", id) }

func (b bureau) Machines(context.Context, view.MachineFilter) ([]view.Machine, int64, error) {
	if b.emptied || b.untouched {
		return nil, 0, b.err
	}
	m, err := b.Machine(context.Background(), "d-1")
	return []view.Machine{m}, 1, err
}

func (b bureau) Machine(_ context.Context, name string) (view.Machine, error) {
	return view.Machine{
		Name: name, Label: b.name, Site: 1, SiteName: b.name, Organisation: 1, Category: equipment.Laptop, Population: equipment.Shared, Maker: b.name, Model: b.name, State: "silent", Agent: b.name, HasAgent: true,
		InService: noon.AddDate(-3, 0, 0), LastSeen: noon.AddDate(0, -1, 0), PriceEUR: 540, Acquisition: "new", Twins: &view.Twins{First: noon.AddDate(0, 0, -3), Last: noon, Times: 4, LeftOut: 1200},
	}, b.err
}

func (b bureau) Retire(_ context.Context, name string, on calendar.Day, to string) error {
	return b.did("retire", name, on, to)
}

func (b bureau) Return(_ context.Context, name string) error { return b.did("return", name) }

func (b bureau) Transfer(_ context.Context, name, site string) error {
	return b.did("transfer", name, site)
}

func (b bureau) Merge(_ context.Context, name, old string) error { return b.did("merge", name, old) }

func (b bureau) RotateKey(_ context.Context, name string) (string, error) {
	return "newsecret", b.did("rotate", name)
}

func (b bureau) Apart(_ context.Context, name string) error { return b.did("apart", name) }

func (b bureau) Erase(_ context.Context, name string) error { return b.did("erase", name) }

func (b bureau) Repairs(context.Context, string) ([]view.RecordedRepair, error) {
	return []view.RecordedRepair{
		{On: calendar.Date(2025, 3, 4), Part: lifespan.Battery, Outcome: "repaired", DoneBy: "in_house", CostEUR: 79.9}, {On: calendar.Date(2026, 9, 30), Part: lifespan.Mainboard, Outcome: "not_repairable"},
	}, b.err
}

func (b bureau) RecordRepair(_ context.Context, name string, r view.RecordedRepair) error {
	return b.did("repair", name, r.On, string(r.Part), r.Outcome, r.DoneBy, r.CostEUR)
}

func (b bureau) ForgetRepair(_ context.Context, name string, on calendar.Day, part lifespan.Part) error {
	return b.did("unrepair", name, on, string(part))
}

// Import finds a mistake on each line that says so.
func (b bureau) Import(_ context.Context, l view.ImportList) (*view.Imported, error) {
	if b.refuse != nil {
		return &view.Imported{}, b.refuse
	}
	v := &view.Imported{Read: []view.ImportColumn{{Title: b.name, Field: "label"}}, Ignored: []string{"Usager"}}
	for i, line := range strings.Split(strings.TrimSpace(string(l.Text)), "\n") {
		switch {
		case line == "wrong":
			v.Mistakes = append(v.Mistakes, view.ImportMistake{Line: i + 1, Reason: "a day is in the future"})
			v.MistakesFound++
			v.Unknown = []string{"PC élève"}
		case i > 0:
			v.Changes = append(v.Changes, view.ImportChange{Line: i + 1, Added: true, Name: line, What: []string{b.name}})
			v.Added++
		}
	}
	if !l.DryRun && v.MistakesFound == 0 {
		return v, b.did("import", l.Kind, l.Source, v.Added, l.Mapped["Usager"], l.Category, l.Part, l.Words)
	}
	return v, b.err
}

func (bureau) ImportFields(string) []string { return []string{"label", "site"} }

func (b bureau) Accounts(context.Context, string, int64) ([]view.Account, int64, error) {
	a, err := b.Account(context.Background(), "zoe")
	a.Provider = b.name
	return []view.Account{a}, 1, err
}

func (b bureau) Account(_ context.Context, name string) (view.Account, error) {
	return view.Account{
		ID: 1, Name: name, AccountGrant: view.AccountGrant{Role: "it_manager", Organisations: []string{"1"}, Sites: []string{"1"}}, Owners: []view.Owner{{ID: 1, Name: b.name}}, Places: []view.Place{{ID: 1, Name: b.name}},
	}, b.err
}

func (b bureau) AddAccount(_ context.Context, name string, g view.AccountGrant) (string, error) {
	return "new-password", b.did("add person", name, g.Role, g.Everything, g.Organisations, g.Sites)
}

func (b bureau) GrantAccount(_ context.Context, name string, g view.AccountGrant) error {
	return b.did("grant", name, g.Role, g.Sites)
}

func (b bureau) NewPassword(_ context.Context, name string) (string, error) {
	return "new-password", b.did("password", name)
}

func (b bureau) RemoveAccount(_ context.Context, name string) error { return b.did("remove", name) }

func (bureau) Roles() []view.AccountRole {
	return []view.AccountRole{{Name: "administrator", Scopes: []string{"read_figures", "manage_users"}}, {Name: "it_manager", Scopes: []string{"read_devices", "import"}}}
}

func (b bureau) Keys(context.Context, string, int64) ([]view.APIKey, int64, error) {
	k := view.APIKey{ID: 4, Name: "grafana", Scopes: []string{"read_devices"}, Created: noon, Expires: noon.AddDate(1, 0, 0), State: "valid"}
	old := k
	old.State = "expired"
	return []view.APIKey{k, old}, 4, b.err
}

func (b bureau) AddKey(_ context.Context, person, name string, scopes []string, validDays int64) (string, error) {
	return "ecoparc_secretkey", b.did("add key", person, name, slices.Sorted(slices.Values(scopes)), validDays)
}

func (b bureau) RevokeKey(_ context.Context, person string, id int64) error {
	return b.did("revoke key", person, id)
}

func (b bureau) ActLog(context.Context, view.ActFilter) ([]view.Act, int64, error) {
	return []view.Act{{ID: 9, At: noon, Who: b.name, What: "device retire", Object: b.name, Details: b.name}, {ID: 8, At: noon, Who: b.name, What: "of a later version"}}, 8, b.err
}
