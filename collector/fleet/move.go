package fleet

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/calendar"
)

// Transfer moves a device to another site of its organisation, with its whole past:
// a site's figures are those of the devices that it has now.
func (f *Fleet) Transfer(ctx context.Context, name string, site int64) (d registry.Device, err error) {
	err = f.act(ctx, "transfer the device", func(tx *sql.Tx) error {
		if d, err = f.named(ctx, tx, name); err != nil {
			return err
		}
		from, _, err := organisationOf(ctx, tx, d.Site)
		if err != nil {
			return err
		}
		to, _, err := organisationOf(ctx, tx, site)
		if err != nil {
			return err
		}
		if !reach.Of(ctx).Contains(reach.Place{Organisation: to, Site: site}) {
			return registry.NoSite(site)
		}
		if from != to {
			return registry.Refuse("site %d belongs to another organisation, whose figures would change: retire %s (--to reuse) and enrol it there", site, name)
		}
		if err := registry.SiteIsOpen(ctx, tx, site); err != nil {
			return err
		}
		before := d.Site
		moved := d
		moved.Site = site
		if err := f.refile(ctx, tx, d, &moved); err != nil {
			return err
		}
		d = moved
		return audit.Write(ctx, tx, "device transfer", d.Name, fmt.Sprintf("from site %d to site %d", before, site))
	})
	return d, err
}

// refile writes a changed device and moves its past to the sums that it now belongs to.
func (f *Fleet) refile(ctx context.Context, tx *sql.Tx, before registry.Device, after *registry.Device) error {
	if err := f.movePast(ctx, tx, before, after); err != nil {
		return err
	}
	return registry.Update(ctx, tx, *after)
}

// movePast moves the past of a device to the sums of what it has become.
func (f *Fleet) movePast(ctx context.Context, tx *sql.Tx, before registry.Device, after *registry.Device) error {
	if after.Spec() != before.Spec() {
		var err error
		if after.Product, err = registry.ProductID(ctx, tx, after.Spec()); err != nil {
			return err
		}
	}
	return ledger.Move(ctx, tx, f.where, ledger.Device(before.Key()), ledger.Device(after.Key()))
}

// Merge makes two devices one: a machine that was set up anew and enrolled again goes
// on as heir, with the windows, days, purchase and repairs of old. The identity old is gone
// after it. The two may not have reported at the same time: then they are two machines.
func (f *Fleet) Merge(ctx context.Context, old, heir string) (merged registry.Device, err error) {
	err = f.act(ctx, "merge the devices", func(tx *sql.Tx) error {
		before, err := f.named(ctx, tx, old)
		if err != nil {
			return err
		}
		after, err := f.named(ctx, tx, heir)
		if err != nil {
			return err
		}
		if err := f.mergeable(ctx, tx, before, after); err != nil {
			return err
		}
		merged = inherit(before, after)
		if err := f.refile(ctx, tx, after, &merged); err != nil {
			return err
		}
		// The past of old goes to the sums of its heir, and then to its heir.
		key := ledger.Device(merged.Key())
		key.ID = before.ID
		if err := ledger.Move(ctx, tx, f.where, ledger.Device(before.Key()), key); err != nil {
			return err
		}
		if err := ledger.Adopt(ctx, tx, before.ID, merged.ID); err != nil {
			return err
		}
		if err := registry.AdoptCapacities(ctx, tx, before.ID, merged.ID); err != nil {
			return err
		}
		if err := registry.AdoptRepairs(ctx, tx, before.ID, merged.ID); err != nil {
			return err
		}
		if err := f.keepInService(ctx, tx, &merged); err != nil {
			return err
		}
		if err := registry.Update(ctx, tx, merged); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM devices WHERE id = ?", before.ID); err != nil {
			return err
		}
		return audit.Write(ctx, tx, "device merge", merged.Name, "goes on from "+before.Name)
	})
	return merged, err
}

// mergeable says why two devices cannot be one.
func (f *Fleet) mergeable(ctx context.Context, tx *sql.Tx, old, heir registry.Device) error {
	switch {
	case old.ID == heir.ID:
		return registry.Refuse("it is one device already")
	case !heir.Retired.IsZero():
		return registry.Refuse("%s is retired: the device that goes on comes second", heir.Name)
	case old.HasAgent && !heir.HasAgent:
		return registry.Refuse("%s carries no agent and %s does: the device that goes on comes second", heir.Name, old.Name)
	case old.Category != heir.Category:
		return registry.Refuse("one is a %s, the other a %s", old.Category, heir.Category)
	}
	organisation, _, err := organisationOf(ctx, tx, old.Site)
	if err != nil {
		return err
	}
	if other, _, err := organisationOf(ctx, tx, heir.Site); err != nil || other != organisation {
		return cmp.Or(err, registry.Refuse("they belong to two organisations, whose figures would change"))
	}
	_, end, oldReported, err := ledger.Extent(ctx, tx, old.ID, f.where)
	if err != nil {
		return err
	}
	begin, _, heirReported, err := ledger.Extent(ctx, tx, heir.ID, f.where)
	if err != nil {
		return err
	}
	if oldReported && heirReported && begin.Before(end) {
		return registry.Refuse("%s has reported until %s and %s since %s: they are two machines, or stand in the wrong order",
			old.Name, end.In(f.where).Format(time.DateTime), heir.Name, begin.In(f.where).Format(time.DateTime))
	}
	return nil
}

// inherit is the device that goes on: what its agent says is newer, what its
// purchase says is taken from either, and the better known date of service counts.
func inherit(old, heir registry.Device) registry.Device {
	p, from := &heir.Purchase, old.Purchase
	if p.ScreenIn == 0 {
		p.ScreenIn = from.ScreenIn
	}
	if p.WeightKg == 0 {
		p.WeightKg = from.WeightKg
	}
	if p.PriceCents == 0 {
		p.PriceCents = from.PriceCents
	}
	if p.Acquisition == "" {
		p.Acquisition = from.Acquisition
	}
	if p.Serial == nil {
		p.Serial = from.Serial
	}
	if heir.Label == "" {
		heir.Label = old.Label
	}
	bought, was := heir.InServiceFrom == registry.FromPurchase, old.InServiceFrom == registry.FromPurchase
	if was && !bought || was == bought && old.InService.Before(heir.InService) {
		heir.InService, heir.InServiceFrom = old.InService, old.InServiceFrom
	}
	return heir
}

// keepInService holds what is known of a device inside its time in service. A date
// from a purchase list is not bent: the error says that the list is wrong.
func (f *Fleet) keepInService(ctx context.Context, tx *sql.Tx, d *registry.Device) error {
	first, _, reported, err := ledger.Extent(ctx, tx, d.ID, f.where)
	if err != nil || !reported || !d.InService.After(first) {
		return err
	}
	if d.InServiceFrom == registry.FromPurchase {
		return registry.Refuse("it was bought on %s and has reported since %s: correct the purchase first", calendar.DayOf(d.InService, f.where), calendar.DayOf(first, f.where))
	}
	d.InService = first
	return nil
}
