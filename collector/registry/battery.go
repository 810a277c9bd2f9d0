package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/report"
)

const dayS = 24 * 60 * 60

// weekOf is the Monday (UTC) of an instant's week, in days since 1970, which began on
// a Thursday.
func weekOf(at time.Time) int64 {
	day := at.Unix() / dayS
	return day - (day+3)%7
}

// KeepCapacity keeps what an inventory that arrived at an instant says of a battery:
// one row for a week, and none where the capacity is what it was.
func KeepCapacity(ctx context.Context, tx *sql.Tx, device int64, v *report.Inventory, at time.Time) error {
	if v.BatteryFullMWh <= 0 || v.BatteryDesignMWh <= 0 {
		return nil // no battery, or firmware that does not say
	}
	week := weekOf(at)
	var full, design int64
	err := tx.QueryRowContext(ctx, "SELECT full_mwh, design_mwh FROM battery_weeks WHERE device = ? AND week <= ? ORDER BY week DESC LIMIT 1", device, week).Scan(&full, &design)
	switch {
	case err == nil && full == v.BatteryFullMWh && design == v.BatteryDesignMWh:
		return nil
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("cannot look up the capacity of a battery: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO battery_weeks (device, week, full_mwh, design_mwh, cycles) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (device, week) DO UPDATE SET full_mwh = excluded.full_mwh, design_mwh = excluded.design_mwh, cycles = excluded.cycles`,
		device, week, v.BatteryFullMWh, v.BatteryDesignMWh, v.BatteryCycles)
	if err != nil {
		return fmt.Errorf("cannot keep the capacity of a battery: %w", err)
	}
	return nil
}

// AdoptCapacities gives what is kept of a battery to the device that goes on; of a week
// that both have, its own stays.
func AdoptCapacities(ctx context.Context, tx *sql.Tx, old, heir int64) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO battery_weeks (device, week, full_mwh, design_mwh, cycles)
		SELECT ?, week, full_mwh, design_mwh, cycles FROM battery_weeks WHERE device = ? ON CONFLICT DO NOTHING`, heir, old)
	if err == nil {
		_, err = tx.ExecContext(ctx, "DELETE FROM battery_weeks WHERE device = ?", old)
	}
	if err != nil {
		return fmt.Errorf("cannot move the capacities of a battery: %w", err)
	}
	return nil
}

// insertCapacities keeps the past of the batteries of simulated devices.
func insertCapacities(ctx context.Context, tx *sql.Tx, of []NewDevice, added []Device) error {
	const row = "(?, ?, ?, ?, ?)"
	for i := range of {
		if len(of[i].Capacities) == 0 {
			continue
		}
		var values []any
		for _, c := range of[i].Capacities {
			values = append(values, added[i].ID, weekOf(c.On), c.FullMWh, c.DesignMWh, c.Cycles)
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO battery_weeks (device, week, full_mwh, design_mwh, cycles) VALUES "+row+
			strings.Repeat(", "+row, len(of[i].Capacities)-1)+" ON CONFLICT DO NOTHING", values...)
		if err != nil {
			return err
		}
	}
	return nil
}

// Battery is what is known of the battery of a device.
type Battery struct {
	Device    int64
	Site      int64
	Product   int64
	InService time.Time
	LastSeen  time.Time // until when its last capacity held at least; zero: never heard
	// Capacities are by week, oldest first: one where it was another than before.
	Capacities []lifespan.Capacity
}

// Capacities are what is kept of the battery of a device, oldest first.
func (r *Registry) Capacities(ctx context.Context, device int64) ([]lifespan.Capacity, error) {
	var all []lifespan.Capacity
	err := r.batteries(ctx, "d.id = ?", []any{device}, func(b Battery) { all = b.Capacities })
	return all, err
}

// Batteries tells what is kept of the batteries of an organisation's devices in service,
// one after the other. Of the devices, one in every is looked at; of all with 1.
func (r *Registry) Batteries(ctx context.Context, organisation, every int64, tell func(Battery)) error {
	return r.batteries(ctx, "d.retired IS NULL AND d.site IN (SELECT id FROM sites WHERE organisation = ?) AND d.id % ? = 0", []any{organisation, every}, tell)
}

func (r *Registry) batteries(ctx context.Context, condition string, args []any, tell func(Battery)) error {
	var of Battery
	err := store.Each(ctx, r.store.Read, "read the capacities of batteries", `SELECT d.id, d.site, d.product, d.in_service, d.last_seen, b.week, b.full_mwh, b.design_mwh, b.cycles
		FROM battery_weeks b JOIN devices d ON d.id = b.device WHERE `+condition+" ORDER BY b.device, b.week",
		args, func(scan store.Scan) error {
			var b Battery
			var c lifespan.Capacity
			var inService, week int64
			var lastSeen sql.NullInt64
			if err := scan(&b.Device, &b.Site, &b.Product, &inService, &lastSeen, &week, &c.FullMWh, &c.DesignMWh, &c.Cycles); err != nil {
				return err
			}
			c.On = time.Unix(week*dayS, 0).UTC()
			if b.Device != of.Device {
				if of.Device != 0 {
					tell(of)
				}
				b.InService, b.LastSeen = time.Unix(inService, 0).UTC(), instant(lastSeen)
				of = b
			}
			of.Capacities = append(of.Capacities, c)
			return nil
		})
	if err == nil && of.Device != 0 {
		tell(of)
	}
	return err
}
