package registry

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/store"
)

// Twins is what was seen of two machines that report as one device. How they are told
// from a lone device with a strange past is in the ledger, which notes them.
type Twins struct {
	First, Last time.Time
	Times       int64
	LeftOut     int64 // windows of the one that are not counted: those of the other are
}

// TwinsAfter is how often two machines must have been seen, within days of each other,
// before a device is said to be two: a lone one may be mistaken for two once, by a clock
// that was set back while a backlog was on its way.
const TwinsAfter = 3

// are is SQL for: two machines report as this device.
const are = "id IN (SELECT device FROM twins WHERE times >= 3)"

// Apart forgets that two machines report as a device. When they still do, it is seen
// again within hours.
func Apart(ctx context.Context, tx *sql.Tx, device int64) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM twins WHERE device = ?", device); err != nil {
		return fmt.Errorf("cannot forget that two machines report as a device: %w", err)
	}
	return nil
}

// forgetRetiredTwins takes care that nothing is asked of who administers devices that
// have left.
func forgetRetiredTwins(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM twins WHERE EXISTS (SELECT 1 FROM devices d WHERE d.id = twins.device AND d.retired IS NOT NULL)")
	return err
}

// TwinsOf are those of some devices that are two, by their numbers.
func TwinsOf(ctx context.Context, db store.Querier, devices ...int64) (map[int64]*Twins, error) {
	all := map[int64]*Twins{}
	for group := range slices.Chunk(devices, perLookUp) {
		values := []any{int64(TwinsAfter)}
		for _, id := range group {
			values = append(values, id)
		}
		err := store.Each(ctx, db, "look whether devices are two", "SELECT device, first, last, times, left_out FROM twins WHERE times >= ? AND device IN (?"+strings.Repeat(", ?", len(group)-1)+")",
			values, func(scan store.Scan) error {
				var device, first, last int64
				t := new(Twins)
				err := scan(&device, &first, &last, &t.Times, &t.LeftOut)
				t.First, t.Last = time.Unix(first, 0).UTC(), time.Unix(last, 0).UTC()
				all[device] = t
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Twins are those of some devices that are two, by their numbers.
func (r *Registry) Twins(ctx context.Context, devices ...int64) (map[int64]*Twins, error) {
	return TwinsOf(ctx, r.store.Read, devices...)
}

// TwinsInStore are the devices that are two, by their names.
func TwinsInStore(ctx context.Context, db store.Querier) (map[string]Twins, error) {
	all := map[string]Twins{}
	err := store.Each(ctx, db, "list devices that are two", "SELECT d.name, t.first, t.last, t.times, t.left_out FROM twins t JOIN devices d ON d.id = t.device WHERE t.times >= ?",
		[]any{int64(TwinsAfter)}, func(scan store.Scan) error {
			var name string
			var first, last int64
			var t Twins
			err := scan(&name, &first, &last, &t.Times, &t.LeftOut)
			t.First, t.Last = time.Unix(first, 0).UTC(), time.Unix(last, 0).UTC()
			all[name] = t
			return err
		})
	return all, err
}

// Log tells the log, once for a device, that it is found to be two.
func (t Twins) Log(log *slog.Logger, device string) {
	log.Warn("two machines report as one device: enrol one of them anew", "device", device, "since", t.First, "seen", t.Times, "windows_left_out", t.LeftOut)
}

// TwinsBySite counts the devices of each site within reach that are two: of an
// organisation, or of all where that is 0.
func (r *Registry) TwinsBySite(ctx context.Context, organisation int64) (map[int64]int64, error) {
	within, values := reach.Of(ctx).Condition("site")
	if organisation != 0 {
		within, values = within+" AND site IN (SELECT id FROM sites WHERE organisation = ?)", append(values, organisation)
	}
	all := map[int64]int64{}
	err := store.Each(ctx, r.store.Read, "count devices that are two", "SELECT site, count(*) FROM devices WHERE "+are+" AND retired IS NULL AND "+within+" GROUP BY site", values, func(scan store.Scan) error {
		var site, n int64
		err := scan(&site, &n)
		all[site] = n
		return err
	})
	return all, err
}

// CountTwins counts the devices that are two, and the windows of theirs that are left
// out.
func (r *Registry) CountTwins(ctx context.Context) (devices, leftOut int64, err error) {
	err = r.store.Read.QueryRowContext(ctx, "SELECT count(*), CAST(coalesce(sum(left_out), 0) AS bigint) FROM twins WHERE times >= ?", int64(TwinsAfter)).Scan(&devices, &leftOut)
	if err != nil {
		return 0, 0, fmt.Errorf("cannot count devices that are two: %w", err)
	}
	return devices, leftOut, nil
}
