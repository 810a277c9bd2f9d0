package administration

import (
	"cmp"
	"context"
	"errors"
	"strconv"

	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/repair"
	"github.com/ecoparc/ecoparc/collector/spreadsheet"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// Owners lists the organisations of which all is within reach.
func (d Desk) Owners(ctx context.Context) ([]view.Owner, error) {
	all, err := d.Registry.Owners(ctx)
	var owners []view.Owner
	for _, o := range all {
		if reach.Of(ctx).Contains(reach.Place{Organisation: o.ID}) {
			owners = append(owners, view.Owner(o))
		}
	}
	return owners, err
}

// Owner is an organisation.
func (d Desk) Owner(ctx context.Context, id int64) (view.Owner, error) {
	o, err := d.Registry.Organisation(ctx, id)
	return view.Owner(o), told(err)
}

// AddOwner adds an organisation.
func (d Desk) AddOwner(ctx context.Context, name, kind string) (view.Owner, error) {
	o, err := d.Registry.CreateOrganisation(ctx, name, kind)
	return view.Owner(o), told(err)
}

// EditOwner gives an organisation another name and kind.
func (d Desk) EditOwner(ctx context.Context, id int64, name, kind string) error {
	_, err := d.Registry.EditOrganisation(ctx, id, registry.OrganisationEdit{Name: &name, Kind: &kind})
	return told(err)
}

func placeOf(s registry.Site) view.Place {
	return view.Place{
		ID: s.ID, Organisation: s.Organisation, Name: s.Name, Kind: s.Kind, UAI: s.UAI, Zone: s.Zone, Pupils: s.Pupils,
		Position: view.Position{Latitude: s.Position.Latitude, Longitude: s.Position.Longitude}, Positioned: s.Position.Known, Closed: s.Closed,
	}
}

// Places lists sites.
func (d Desk) Places(ctx context.Context, f view.PlaceFilter) (places []view.Place, next int64, err error) {
	length := cmp.Or(f.Length, pageLength)
	all, err := d.Registry.SitePage(ctx, registry.SiteFilter{Organisation: f.Organisation, Find: f.Find, After: f.After, Limit: length + 1})
	if err != nil {
		return nil, 0, err
	}
	owners, err := d.Registry.Owners(ctx)
	simulated := map[int64]bool{}
	for _, o := range owners {
		simulated[o.ID] = o.Simulated
	}
	places, next = cut(all, length, func(s registry.Site) int64 { return s.ID }, func(s registry.Site) view.Place {
		p := placeOf(s)
		p.Simulated = simulated[s.Organisation]
		return p
	})
	return places, next, err
}

// Place is a site.
func (d Desk) Place(ctx context.Context, id int64) (view.Place, error) {
	s, err := d.Registry.Site(ctx, id)
	return placeOf(s), told(err)
}

// AddPlace adds a site.
func (d Desk) AddPlace(ctx context.Context, organisation int64, p view.Place) (view.Place, error) {
	s, err := d.Registry.CreateSite(ctx, registry.Site{
		Organisation: organisation, Name: p.Name, Kind: p.Kind, UAI: p.UAI, Zone: p.Zone, Pupils: p.Pupils,
		Position: registry.Position{Latitude: p.Position.Latitude, Longitude: p.Position.Longitude, Known: p.Positioned},
	})
	return placeOf(s), told(err)
}

// EditPlace changes what is known of a site. A position that is not given stays.
func (d Desk) EditPlace(ctx context.Context, id int64, p view.Place) error {
	edit := registry.SiteEdit{Name: &p.Name, Kind: &p.Kind, UAI: &p.UAI, Zone: &p.Zone, Pupils: &p.Pupils}
	if p.Positioned {
		edit.Latitude, edit.Longitude = &p.Position.Latitude, &p.Position.Longitude
	}
	_, err := d.Registry.EditSite(ctx, id, edit)
	return told(err)
}

// ClosePlace closes a site.
func (d Desk) ClosePlace(ctx context.Context, id int64) error {
	_, err := d.Registry.CloseSite(ctx, id, d.Clock())
	return told(err)
}

// ReopenPlace takes the closing of a site back.
func (d Desk) ReopenPlace(ctx context.Context, id int64) error {
	_, err := d.Registry.ReopenSite(ctx, id)
	return told(err)
}

// mistakesTold is how many mistakes of a list are told.
const mistakesTold = 200

// Import brings a list in.
func (d Desk) Import(ctx context.Context, l view.ImportList) (*view.Imported, error) {
	given := List{Text: l.Text, Mapped: l.Mapped, DryRun: l.DryRun, Source: l.Source}
	var done *Imported
	var err error
	switch l.Kind {
	case view.SiteLists:
		done, err = d.ImportSites(ctx, l.Organisation, given)
	case view.RepairLists:
		done, err = d.ImportRepairs(ctx, RepairList{List: given, Organisation: l.Organisation, Site: l.Site, Words: l.Words, Part: l.Part})
	default:
		types := map[string]equipment.Category{}
		for word, category := range l.Words {
			types[word] = equipment.Category(category)
		}
		done, err = d.ImportDevices(ctx, DeviceList{
			List: given, Organisation: l.Organisation, Site: l.Site, Types: types, Category: l.Category, Population: l.Population, Purchased: l.Purchased,
		})
	}
	v := &view.Imported{Ignored: done.Columns.Ignored, Unknown: done.Unknown, Added: done.Added, Changed: done.Changed, Unchanged: done.Unchanged}
	for _, c := range done.Columns.Read {
		v.Read = append(v.Read, view.ImportColumn(c))
	}
	places := map[int64]string{}
	for _, c := range done.Changes {
		if _, known := places[c.Site]; c.Site != 0 && l.Kind != view.SiteLists && !known {
			s, err := d.Registry.Site(ctx, c.Site)
			if err != nil {
				return nil, err
			}
			places[c.Site] = s.Name
		}
		name := c.Label
		if name == "" {
			name = c.Device
		}
		v.Changes = append(v.Changes, view.ImportChange{Line: c.Line, Added: c.Outcome == registry.Added, Name: name, Place: places[c.Site], Category: c.category, Maker: c.maker, Model: c.model, What: c.What})
	}
	var mistakes spreadsheet.Mistakes
	if !errors.As(err, &mistakes) {
		return v, told(err)
	}
	v.MistakesFound = len(mistakes)
	for _, m := range mistakes[:min(mistakesTold, len(mistakes))] {
		v.Mistakes = append(v.Mistakes, view.ImportMistake(m))
	}
	return v, nil
}

// ImportFields are the fields that a column of a list can hold.
func (d Desk) ImportFields(kind string) []string {
	switch kind {
	case view.SiteLists:
		return registry.SiteFields()
	case view.RepairLists:
		return repair.Fields()
	}
	return purchase.Fields()
}

// named are numbers as people type them.
func named(ids []int64) []string {
	var all []string
	for _, id := range ids {
		all = append(all, strconv.FormatInt(id, 10))
	}
	return all
}
