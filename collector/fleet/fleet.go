// Package fleet is the administration of devices: purchases and repairs that are
// imported, devices that are retired, transferred, or merged with what they were before.
//
// Each act is one transaction: the devices, the sums of their past (collector/ledger)
// and the line in the audit log change together or not at all. Two things hold after
// every act:
//
//   - Sums are those of the devices that they are filed under (docs/ledger.md): what
//     waits in the journal of a device is posted before it is changed.
//   - What is known of a device lies within its time in service: it is never retired
//     before its last window ended, nor bought after its first one began. Sums rely on
//     it, because what is not known of a group is its time in service less its known
//     time (footprint.Model.Estimate).
package fleet

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
)

// Fleet administers the devices of a store.
type Fleet struct {
	store *store.Store
	where *time.Location
	clock func() time.Time
	log   *slog.Logger
}

// Option is how a fleet is administered.
type Option func(*Fleet)

// WithLog tells of devices that are no longer taken for two machines.
func WithLog(log *slog.Logger) Option { return func(f *Fleet) { f.log = log } }

// Open returns the administration of a store. Days are those of where.
func Open(s *store.Store, where *time.Location, clock func() time.Time, options ...Option) *Fleet {
	f := &Fleet{s, where, clock, slog.New(slog.DiscardHandler)}
	for _, set := range options {
		set(f)
	}
	return f
}

// Destinations are where a device may go when it leaves.
var Destinations = []string{"reuse", "recycling", "lost"}

// Retire takes devices out of service on a day, for reuse elsewhere, for recycling,
// or because they are lost; all or none. Names are those of devices, or labels that
// only one device in service has. A device that is retired already gets the new day.
func (f *Fleet) Retire(ctx context.Context, names []string, on calendar.Day, to string) ([]registry.Device, error) {
	if !slices.Contains(Destinations, to) {
		return nil, &registry.Refused{Field: "to", Reason: fmt.Sprintf("is %q; a device leaves to %s", to, strings.Join(Destinations, ", "))}
	}
	var retired []registry.Device
	err := f.act(ctx, "retire devices", func(tx *sql.Tx) error {
		retired = nil
		for _, name := range names {
			d, err := f.named(ctx, tx, name)
			if err != nil {
				return err
			}
			if d.Retired, err = f.endOfService(ctx, tx, d, on); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			d.Purchase.RetiredTo = to
			if err := registry.Update(ctx, tx, d); err != nil {
				return err
			}
			if err := audit.Write(ctx, tx, "device retire", d.Name, fmt.Sprintf("on %s, to %s", on, to)); err != nil {
				return err
			}
			retired = append(retired, d)
		}
		return nil
	})
	return retired, err
}

// Return takes back that devices were retired: they are in service again, and were
// all the time.
func (f *Fleet) Return(ctx context.Context, names []string) error {
	return f.act(ctx, "return devices", func(tx *sql.Tx) error {
		for _, name := range names {
			d, err := f.named(ctx, tx, name)
			if err != nil {
				return err
			}
			if d.Retired.IsZero() {
				return registry.Refuse("%s is in service", name)
			}
			d.Retired, d.Purchase.RetiredTo = time.Time{}, ""
			if err := registry.Update(ctx, tx, d); err != nil {
				return err
			}
			if err := audit.Write(ctx, tx, "device return", d.Name, ""); err != nil {
				return err
			}
		}
		return nil
	})
}

// endOfService is the moment at which a device that leaves on a day has left: the end
// of that day, today's being now.
func (f *Fleet) endOfService(ctx context.Context, tx *sql.Tx, d registry.Device, on calendar.Day) (time.Time, error) {
	now := f.clock()
	today := calendar.DayOf(now, f.where)
	if on > today {
		return time.Time{}, registry.Refuse("%s is in the future: retire it when it has left", on)
	}
	at := (on + 1).Start(f.where)
	if on == today {
		at = now
	}
	if at.Before(d.InService) {
		return time.Time{}, registry.Refuse("it is in service since %s, after %s", calendar.DayOf(d.InService, f.where), on)
	}
	_, last, reported, err := ledger.Extent(ctx, tx, d.ID, f.where)
	if err != nil {
		return time.Time{}, err
	}
	if reported && last.After(at) {
		if on < today {
			return time.Time{}, registry.Refuse("it has reported until %s, after %s: retire it on that day or later", calendar.DayOf(last.Add(-time.Second), f.where), on)
		}
		at = last // its clock is a few minutes ahead of ours
	}
	return at.Truncate(time.Second).UTC(), nil
}

// RotateKey replaces the secret of a device's agent and returns the new one, which is
// shown this once. Until the agent has it, its reports are refused and wait in its
// spool.
func (f *Fleet) RotateKey(ctx context.Context, name string) (d registry.Device, secret string, err error) {
	err = f.act(ctx, "rotate the key", func(tx *sql.Tx) error {
		if d, err = f.named(ctx, tx, name); err != nil {
			return err
		}
		if !d.HasAgent {
			return registry.Refuse("%s carries no agent: it has no key", name)
		}
		if secret, err = registry.NewSecret(ctx, tx, d.ID); err != nil {
			return err
		}
		return audit.Write(ctx, tx, "device rotate-key", d.Name, "")
	})
	return d, secret, err
}

// Apart takes an administrator's word that the two machines that reported as one device
// are apart now: one of them was enrolled anew.
func (f *Fleet) Apart(ctx context.Context, name string) error {
	return f.act(ctx, "take two machines for apart", func(tx *sql.Tx) error {
		d, err := f.named(ctx, tx, name)
		if err != nil {
			return err
		}
		two, err := registry.TwinsOf(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		if two[d.ID] == nil {
			return registry.Refuse("%s is not known to be two machines", name)
		}
		if err := registry.Apart(ctx, tx, d.ID); err != nil {
			return err
		}
		return audit.Write(ctx, tx, "device apart", d.Name, fmt.Sprintf("seen as two %d times", two[d.ID].Times))
	})
}

// act does an act in one transaction, and tells the log what it changed of which devices
// are two: acts that end that are several, and what waited of a device may tell of it.
func (f *Fleet) act(ctx context.Context, what string, work func(*sql.Tx) error) error {
	var before, after map[string]registry.Twins
	err := store.InTx(ctx, f.store.Write, func(tx *sql.Tx) (err error) {
		if before, err = registry.TwinsInStore(ctx, tx); err != nil {
			return err
		}
		if err = work(tx); err != nil {
			return err
		}
		after, err = registry.TwinsInStore(ctx, tx)
		return err
	})
	if err != nil {
		return store.Explain(fmt.Errorf("cannot %s: %w", what, err))
	}
	for name := range before {
		if _, still := after[name]; !still {
			f.log.Info("a device is no longer taken for two machines", "device", name, "act", what)
		}
	}
	for name, two := range after {
		if _, known := before[name]; !known {
			two.Log(f.log, name)
		}
	}
	return nil
}

// named finds a device, with all that it reported posted, and says in words when it
// cannot.
func (f *Fleet) named(ctx context.Context, tx *sql.Tx, name string) (registry.Device, error) {
	d, err := registry.Named(ctx, tx, name)
	if err == nil {
		d, err = f.settled(ctx, tx, d)
	}
	switch {
	case errors.Is(err, registry.ErrNotFound):
		return d, registry.NoDevice(name)
	case err != nil:
		return d, fmt.Errorf("%s: %w", name, err)
	}
	organisation, _, err := organisationOf(ctx, tx, d.Site)
	if err == nil && !reach.Of(ctx).Contains(reach.Place{Organisation: organisation, Site: d.Site}) {
		err = registry.NoDevice(name)
	}
	return d, err
}

// settled posts what waits in the journal of a device, which may change the device.
func (f *Fleet) settled(ctx context.Context, tx *sql.Tx, d registry.Device) (registry.Device, error) {
	if err := ledger.Settle(ctx, tx, f.where, d.ID); err != nil {
		return d, err
	}
	return registry.Named(ctx, tx, d.Name)
}

// organisationOf is whose a site is, and whether it is simulated.
func organisationOf(ctx context.Context, tx *sql.Tx, site int64) (id int64, simulated bool, err error) {
	err = tx.QueryRowContext(ctx, "SELECT o.id, o.simulated FROM organisations o JOIN sites s ON s.organisation = o.id WHERE s.id = ?", site).Scan(&id, &simulated)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, registry.NoSite(site)
	}
	return id, simulated, err
}
