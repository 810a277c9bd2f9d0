package administration

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/report"
)

// Desk is the administration as the pages ask for it.
type Desk struct{ *Acts }

var _ view.Administration = Desk{}

// pageLength is how many rows a page lists: more would weigh too much.
const pageLength = 30

// soon is how long before its end a token is a duty.
const soon = 7 * 24 * time.Hour

// told is an error as the pages know it.
func told(err error) error {
	if refused := refusals(err); refused != nil {
		return refused
	}
	switch {
	case errors.Is(err, registry.ErrNotFound), errors.Is(err, access.ErrNoUser), errors.Is(err, access.ErrNoKey):
		return view.ErrNotFound
	}
	return err
}

// refusals are all that an error refuses, nil where it is another.
func refusals(err error) view.Refused {
	switch e := err.(type) {
	case *report.Problem:
		return view.Refused{{Field: e.Field, Reason: e.Reason}}
	case *registry.Refused:
		return view.Refused{{Field: e.Field, Reason: e.Reason}}
	case interface{ Unwrap() error }:
		return refusals(e.Unwrap())
	case interface{ Unwrap() []error }:
		var all view.Refused
		for _, one := range e.Unwrap() {
			all = append(all, refusals(one)...)
		}
		return all
	}
	return nil
}

// cut is a page of a list of which one more than its length was asked for, and where
// the list goes on, 0 at its end.
func cut[T, U any](all []T, length int, id func(T) int64, as func(T) U) (rows []U, next int64) {
	if len(all) > length {
		all = all[:length]
		next = id(all[length-1])
	}
	for _, one := range all {
		rows = append(rows, as(one))
	}
	return rows, next
}

// Duties is what there is to do.
func (d Desk) Duties(ctx context.Context, organisation int64) (*view.Duties, error) {
	sites, err := d.Registry.SitePage(ctx, registry.SiteFilter{Organisation: organisation})
	if err != nil {
		return nil, err
	}
	if organisation == 0 {
		if sites, err = d.real(ctx, sites); err != nil {
			return nil, err
		}
	}
	seen, err := d.Registry.SeenWithin(ctx, organisation, d.Silence())
	if err != nil {
		return nil, err
	}
	two, err := d.Registry.TwinsBySite(ctx, organisation)
	if err != nil {
		return nil, err
	}
	all := &view.Duties{Sites: len(sites), Quiet: []view.QuietSite{}, Empty: []view.QuietSite{}}
	for _, s := range sites {
		n := seen[s.ID]
		all.Twins += two[s.ID]
		all.Devices += n.Devices
		all.Reporting += n.Reporting
		all.Silent += n.Silent
		all.Agentless += n.Agentless
		all.Virtual += n.Virtual
		row := view.QuietSite{ID: s.ID, Name: s.Name, Devices: n.Devices, Silent: n.Silent, Agentless: n.Agentless}
		switch {
		case n.Silent+n.Agentless > 0:
			all.Quiet = append(all.Quiet, row)
		case n.Devices+n.Virtual == 0 && s.Closed.IsZero():
			all.Empty = append(all.Empty, row)
		}
	}
	slices.SortStableFunc(all.Quiet, func(a, b view.QuietSite) int {
		return cmp.Or(cmp.Compare(b.Silent, a.Silent), cmp.Compare(b.Agentless, a.Agentless), cmp.Compare(a.Name, b.Name))
	})
	all.QuietSites, all.EmptySites = len(all.Quiet), len(all.Empty)
	all.Quiet, all.Empty = all.Quiet[:min(view.MostQuiet, len(all.Quiet))], all.Empty[:min(view.MostQuiet, len(all.Empty))]
	if all.Ending, err = d.ending(ctx, sites); err != nil {
		return nil, err
	}
	if reach.Of(ctx).Everything && organisation == 0 {
		versions, err := d.Registry.AgentVersions(ctx)
		if err != nil {
			return nil, err
		}
		for _, v := range versions {
			all.Agents = append(all.Agents, view.AgentCount(v))
		}
	}
	return all, nil
}

// real are the sites that no demo made.
func (d Desk) real(ctx context.Context, sites []registry.Site) ([]registry.Site, error) {
	owners, err := d.Registry.Owners(ctx)
	simulated := map[int64]bool{}
	for _, o := range owners {
		simulated[o.ID] = o.Simulated
	}
	return slices.DeleteFunc(sites, func(s registry.Site) bool { return simulated[s.Organisation] }), err
}

// ending are the latest tokens of some sites that let devices in, and soon no more.
func (d Desk) ending(ctx context.Context, sites []registry.Site) ([]view.EnrolmentToken, error) {
	const looked = 1000
	tokens, err := d.Registry.Tokens(ctx, 0, 0, looked)
	if err != nil {
		return nil, err
	}
	of := map[int64]bool{}
	for _, s := range sites {
		of[s.ID] = true
	}
	all := []view.EnrolmentToken{}
	for _, t := range tokens {
		if of[t.Site] && t.State(d.Clock()) == "valid" && t.Expires.Sub(d.Clock()) < soon {
			all = append(all, d.token(t))
		}
	}
	return all, nil
}

// Collector is how the collector does.
func (d Desk) Collector(ctx context.Context) (*view.Collector, error) {
	h, err := d.Health(ctx)
	if err != nil {
		return nil, err
	}
	v := d.Verifier.State()
	backups, err := audit.Acts(ctx, d.Store.Read, audit.Filter{What: audit.Backup, Limit: 1})
	if err != nil {
		return nil, err
	}
	var backedUp time.Time
	for _, b := range backups {
		backedUp = b.At
	}
	return &view.Collector{
		BackedUp: backedUp,
		Ready:    h.Ready, Reason: h.Reason, LatestReport: h.LatestReport, OutboxWindows: h.OutboxWindows, DiskB: h.DiskB, DiskFreeB: h.DiskFreeB,
		Checked: view.Check{State: v.State, Ended: v.Ended, Devices: v.Devices, Windows: v.Windows, Found: v.Found, Findings: v.Findings},
	}, nil
}

// Verify begins a check of all sums.
func (d Desk) Verify(context.Context) error { return told(d.Verifier.Begin()) }

func (d Desk) token(t registry.Token) view.EnrolmentToken {
	return view.EnrolmentToken{
		ID: t.ID, Site: t.Site, SiteName: t.SiteName, Population: t.Population, Created: t.Created, Expires: t.Expires, Uses: t.Uses, MaxUses: t.MaxUses, State: t.State(d.Clock()),
	}
}

// Tokens lists enrolment tokens.
func (d Desk) Tokens(ctx context.Context, site, after int64) (tokens []view.EnrolmentToken, next int64, err error) {
	all, err := d.Registry.Tokens(ctx, site, after, pageLength+1)
	tokens, next = cut(all, pageLength, func(t registry.Token) int64 { return t.ID }, d.token)
	return tokens, next, err
}

// AddToken makes an enrolment token.
func (d Desk) AddToken(ctx context.Context, site int64, t view.NewToken) (string, error) {
	text, _, err := d.Acts.AddToken(ctx, site, NewToken(t))
	return text, told(err)
}

// RevokeToken makes a token useless.
func (d Desk) RevokeToken(ctx context.Context, id int64) error {
	return told(d.Registry.RevokeToken(ctx, id, d.Clock()))
}

// Machines lists devices.
func (d Desk) Machines(ctx context.Context, f view.MachineFilter) (machines []view.Machine, next int64, err error) {
	length := cmp.Or(f.Length, pageLength)
	all, err := d.Devices(ctx, registry.Filter{
		Organisation: f.Organisation, Site: f.Site, Category: f.Category, Population: f.Population, State: f.State, Find: f.Find, After: f.After, Limit: length + 1,
	})
	machines, next = cut(all, length, func(l registry.Listed) int64 { return l.ID }, machineOf)
	return machines, next, err
}

func machineOf(l registry.Listed) view.Machine {
	return view.Machine{
		Name: l.Name, Label: l.Label, Site: l.Site, SiteName: l.SiteName, Category: l.Category, Population: l.Population, Maker: l.Inventory.Maker, Model: l.Inventory.Model,
		State: l.State, Agent: l.Agent, HasAgent: l.HasAgent, InService: l.InService, LastSeen: l.LastSeen, Retired: l.Retired, RetiredTo: l.Purchase.RetiredTo,
		PriceEUR: float64(l.Purchase.PriceCents) / 100, Acquisition: l.Purchase.Acquisition, Twins: (*view.Twins)(l.Twins),
	}
}

// Machine is a device with its organisation.
func (d Desk) Machine(ctx context.Context, name string) (view.Machine, error) {
	l, err := d.Record(ctx, name)
	if err != nil {
		return view.Machine{}, told(err)
	}
	s, err := d.Registry.Site(ctx, l.Site)
	m := machineOf(l)
	m.Organisation = s.Organisation
	return m, told(err)
}

// Retire takes a device out of service.
func (d Desk) Retire(ctx context.Context, name string, on calendar.Day, to string) error {
	return told(d.Acts.Retire(ctx, name, &on, to))
}

// Return takes a retirement back.
func (d Desk) Return(ctx context.Context, name string) error {
	return told(d.Fleet.Return(ctx, []string{name}))
}

// Repairs are what is recorded of a device.
func (d Desk) Repairs(ctx context.Context, name string) ([]view.RecordedRepair, error) {
	device, err := d.Registry.Device(ctx, name)
	if err != nil {
		return nil, told(err)
	}
	repairs, err := d.Registry.Repairs(ctx, device.ID)
	var all []view.RecordedRepair
	for _, r := range repairs {
		all = append(all, view.RecordedRepair{On: r.On, Part: r.Part, Outcome: string(r.Outcome), DoneBy: r.DoneBy, CostEUR: float64(r.CostCents) / 100})
	}
	return all, err
}

// RecordRepair records a repair of a device.
func (d Desk) RecordRepair(ctx context.Context, name string, r view.RecordedRepair) error {
	return told(d.Acts.Repair(ctx, name, registry.Repair{On: r.On, Part: r.Part, Outcome: registry.Outcome(r.Outcome), DoneBy: r.DoneBy}, r.CostEUR))
}

// ForgetRepair takes a repair back.
func (d Desk) ForgetRepair(ctx context.Context, name string, on calendar.Day, part lifespan.Part) error {
	return told(d.Fleet.ForgetRepair(ctx, name, on, part))
}

// Transfer moves a device to another site of its organisation.
func (d Desk) Transfer(ctx context.Context, name, site string) error {
	m, err := d.Machine(ctx, name)
	if err != nil {
		return err
	}
	id, err := d.siteNamed(ctx, m.Organisation, site)
	if err == nil {
		_, err = d.Fleet.Transfer(ctx, name, id)
	}
	if errors.Is(err, registry.ErrNotFound) {
		return view.Refuse("site", "is not known")
	}
	return told(err)
}

// siteNamed finds a site of an organisation by its UAI or number, or by its name.
func (d Desk) siteNamed(ctx context.Context, organisation int64, given string) (int64, error) {
	found, err := d.Registry.SitePage(ctx, registry.SiteFilter{Organisation: organisation, Find: given})
	if err != nil {
		return 0, err
	}
	if i := slices.IndexFunc(found, func(s registry.Site) bool { return s.Name == given }); given != "" && i >= 0 {
		return found[i].ID, nil
	}
	within, err := d.Registry.Reach(ctx, nil, []string{given})
	if err != nil {
		return 0, err
	}
	return within.Sites[0], nil
}

// Merge lets a device go on from what it was.
func (d Desk) Merge(ctx context.Context, name, old string) error {
	_, err := d.Fleet.Merge(ctx, old, name)
	if errors.Is(err, registry.ErrNotFound) {
		return view.Refuse("old", "is not known")
	}
	return told(err)
}

// RotateKey replaces the secret of a device's agent.
func (d Desk) RotateKey(ctx context.Context, name string) (string, error) {
	_, secret, err := d.Fleet.RotateKey(ctx, name)
	return secret, told(err)
}

// Apart says that two machines that reported as one device are apart now.
func (d Desk) Apart(ctx context.Context, name string) error {
	return told(d.Fleet.Apart(ctx, name))
}

// Erase forgets a device for good.
func (d Desk) Erase(ctx context.Context, name string) error {
	_, err := ledger.Erase(ctx, d.Store, d.Where, name, d.Clock())
	return told(err)
}

// ActLog lists who did what.
func (d Desk) ActLog(ctx context.Context, f view.ActFilter) ([]view.Act, int64, error) {
	length := cmp.Or(f.Length, pageLength)
	all, err := audit.Acts(ctx, d.Store.Read, audit.Filter{Since: f.Since, Who: f.Who, What: f.What, Before: f.After, Limit: length + 1})
	acts, next := cut(all, length, func(a audit.Act) int64 { return a.ID }, func(a audit.Act) view.Act { return view.Act(a) })
	return acts, next, err
}
