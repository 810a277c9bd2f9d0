package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// Verdict is what a check of a whole ledger found.
type Verdict struct {
	Devices   int64 // whose days were looked at
	Windows   int64 // that are kept, each counted anew
	DaysAnew  int64 // days of devices that were computed anew from their windows
	DaysOlder int64 // days of devices whose windows are not kept, which cannot be
	SiteDays  int64 // sums of sites that were computed anew from the days of devices

	Found    int64     // how much is wrong
	Findings []Finding // the first of it
}

// mostFindings bounds what a check of a ruined ledger remembers.
const mostFindings = 200

// Finding is one thing that is not as it has to be.
type Finding struct {
	Check   string // "file", "orphans", "device_days", "site_days", "outbox", "products" or "purge"
	Subject string // what it is about
	Detail  string // what differs, with numbers
}

// String is the finding as one line.
func (f Finding) String() string { return fmt.Sprintf("%s: %s: %s", f.Check, f.Subject, f.Detail) }

func (v *Verdict) add(check, subject, detail string, args ...any) {
	v.Found++
	if len(v.Findings) < mostFindings {
		v.Findings = append(v.Findings, Finding{check, subject, fmt.Sprintf(detail, args...)})
	}
}

// Verify computes all sums of a ledger anew and tells what differs: the days of
// devices from the windows that are still kept, the days of sites from those of
// devices; and that nothing is left of what is gone. Days are those of the
// territory where. It reads one snapshot, beside a collector that may be running.
func Verify(ctx context.Context, db *sql.DB, where *time.Location) (*Verdict, error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("cannot read the ledger: %w", err)
	}
	defer tx.Rollback()
	v := &Verdict{}
	for _, check := range []func() error{
		func() error { return v.file(ctx, tx) },
		func() error { return v.orphans(ctx, tx) },
		func() error { return v.deviceDays(ctx, tx, where) },
		func() error { return v.siteDays(ctx, tx) },
		func() error { return v.outbox(ctx, tx) },
		func() error { return v.products(ctx, tx) },
	} {
		if err := check(); err != nil {
			return nil, fmt.Errorf("cannot check the ledger: %w", err)
		}
	}
	return v, nil
}

// file asks SQLite whether its file is sound.
func (v *Verdict) file(ctx context.Context, tx *sql.Tx) error {
	lines, err := queryAll(ctx, tx, "PRAGMA integrity_check(20)", nil, func(rows *sql.Rows) (line string, err error) {
		return line, rows.Scan(&line)
	})
	for _, line := range lines {
		if line != "ok" {
			v.add("file", "SQLite", "%s", line)
		}
	}
	return err
}

// orphans looks for rows whose owner is gone.
func (v *Verdict) orphans(ctx context.Context, tx *sql.Tx) error {
	const foreign = `SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2`
	const energy = `SELECT 'window_energy', 'windows', count(*) FROM window_energy e
		WHERE NOT EXISTS (SELECT 1 FROM windows w WHERE w.device = e.device AND w.start = e.start) HAVING count(*) > 0`
	for _, query := range []string{foreign, energy} {
		rows, err := tx.QueryContext(ctx, query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var table, parent string
			var n int64
			if err := rows.Scan(&table, &parent, &n); err != nil {
				return err
			}
			v.add("orphans", table, "%d rows belong to %s that are not there", n, parent)
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}

// checkedDevice is what must be known of a device to count its days anew.
type checkedDevice struct {
	id          int64
	name        string
	purgedUntil int64
	simulated   bool
}

func (v *Verdict) deviceDays(ctx context.Context, tx *sql.Tx, where *time.Location) error {
	devices, err := queryAll(ctx, tx, `SELECT d.id, d.name, d.purged_until, o.simulated FROM devices d
		JOIN sites s ON s.id = d.site JOIN organisations o ON o.id = s.organisation ORDER BY d.id`, nil, func(rows *sql.Rows) (d checkedDevice, err error) {
		return d, rows.Scan(&d.id, &d.name, &d.purgedUntil, &d.simulated)
	})
	if err != nil {
		return err
	}
	for _, d := range devices {
		if err := v.device(ctx, tx, d, where); err != nil {
			return fmt.Errorf("device %s: %w", d.name, err)
		}
	}
	return nil
}

// endOfTime is later than any window.
var endOfTime = time.Unix(1<<40, 0)

func (v *Verdict) device(ctx context.Context, tx *sql.Tx, d checkedDevice, where *time.Location) error {
	windows, err := readWindows(ctx, tx, d.id, time.Unix(0, 0), endOfTime)
	if err != nil {
		return err
	}
	v.Devices++
	v.Windows += int64(len(windows))
	anew := map[calendar.Day]footprint.Facts{}
	for i := range windows {
		for _, part := range footprint.ByDay(&windows[i], where) {
			sum := anew[part.Day]
			sum.Add(part.Facts)
			anew[part.Day] = sum
		}
	}
	// Days of before both can neither be computed anew nor be compared with anything.
	whole := firstWhole(d, windows, where)
	first := whole
	for day := range anew {
		first = min(first, day)
	}
	var older int64
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM device_days WHERE device = ? AND day < ?", d.id, int64(first)).Scan(&older); err != nil {
		return err
	}
	v.DaysOlder += older
	stored, err := queryDays(ctx, tx, "SELECT day, "+factColumns+" FROM device_days WHERE device = ? AND day >= ? ORDER BY day", d.id, int64(first))
	if err != nil {
		return err
	}
	for _, day := range stored {
		sum := anew[day.Day]
		delete(anew, day.Day)
		if day.Day >= whole {
			v.DaysAnew++
			v.compare("device_days", subject(d, day.Day), "its windows add up to", day.Facts, sum)
			continue
		}
		v.DaysOlder++
		isFields := day.Facts.Fields()
		for i, least := range sum.Fields() {
			if is := *isFields[i]; is < *least {
				v.add("device_days", subject(d, day.Day), "%s is %d, and the windows that are left of it alone add up to %d", footprint.FactNames[i], is, *least)
			}
		}
	}
	for day, sum := range anew {
		v.compare("device_days", subject(d, day), "its windows add up to", footprint.Facts{}, sum)
	}
	return v.gaps(ctx, tx, d)
}

func subject(d checkedDevice, day calendar.Day) string {
	return fmt.Sprintf("device %s, %s", d.name, day)
}

// compare tells each number that is not what it should be.
func (v *Verdict) compare(check, subject, reason string, is, should footprint.Facts) {
	shouldFields := should.Fields()
	for i, n := range is.Fields() {
		if *n != *shouldFields[i] {
			v.add(check, subject, "%s is %d, and %s %d", footprint.FactNames[i], *n, reason, *shouldFields[i])
		}
	}
}

// firstWhole is the first day of a device of which no window can have been purged.
// Of a simulated device the older days never had windows.
func firstWhole(d checkedDevice, windows []report.Window, where *time.Location) calendar.Day {
	if d.purgedUntil == 0 && !d.simulated {
		return 0
	}
	// A version before holes were kept noted the start of the last purged window, not
	// its end; the first that is kept begins after it.
	from := time.Unix(d.purgedUntil+1, 0)
	switch {
	case len(windows) == 0:
		from = from.Add(report.MaxAway)
	case windows[0].Start.After(from):
		from = windows[0].Start
	}
	if d.simulated && len(windows) == 0 {
		from = endOfTime
	}
	day := calendar.DayOf(from, where)
	if day.Start(where).Before(from) {
		day++
	}
	return day
}

// gaps checks that the holes among purged windows lie before the last and apart.
func (v *Verdict) gaps(ctx context.Context, tx *sql.Tx, d checkedDevice) error {
	gaps, err := queryStretches(ctx, tx, "SELECT start, until FROM purge_gaps WHERE device = ? ORDER BY start", d.id)
	var end int64
	for _, gap := range gaps {
		if gap.start < end || gap.end > d.purgedUntil+1 {
			v.add("purge", "device "+d.name, "a hole from %d to %d overlaps another or ends after %d", gap.start, gap.end, d.purgedUntil)
		}
		end = gap.end
	}
	return err
}

// outbox checks that what waits is there to be sent, once.
func (v *Verdict) outbox(ctx context.Context, tx *sql.Tx) error {
	for query, detail := range map[string]string{
		`SELECT count(*) FROM outbox o WHERE NOT EXISTS (SELECT 1 FROM windows w WHERE w.device = o.device AND w.start = o.start)`: "%d windows wait to be sent on that are not kept",
		"SELECT count(*) - count(DISTINCT device || ' ' || start) FROM outbox":                                                     "%d windows wait twice",
	} {
		var n int64
		if err := tx.QueryRowContext(ctx, query).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			v.add("outbox", "time series", detail, n)
		}
	}
	return nil
}

// products checks that each device is filed as the product that its inventory and its purchase tell.
func (v *Verdict) products(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT d.name, d.category, d.inventory, d.product, d.screen_in, d.weight_kg,
		p.category, p.maker, p.model, p.cpu, p.memory_gib, p.storage_gb, p.screen_in, p.weight_kg
		FROM devices d LEFT JOIN products p ON p.id = d.product`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, inventory string
		var category equipment.Category
		var product sql.NullInt64
		var filed [4]sql.NullString
		var memory, storage, screen, weight sql.NullFloat64
		var sizes equipment.Spec // that a purchase list told
		if err := rows.Scan(&name, &category, &inventory, &product, &sizes.ScreenIn, &sizes.WeightKg, &filed[0], &filed[1], &filed[2], &filed[3], &memory, &storage, &screen, &weight); err != nil {
			return err
		}
		var told report.Inventory
		if err := json.Unmarshal([]byte(inventory), &told); err != nil {
			v.add("products", "device "+name, "its inventory cannot be read: %v", err)
			continue
		}
		want := told.Spec()
		want.Category, want.ScreenIn, want.WeightKg = category, sizes.ScreenIn, sizes.WeightKg
		is := equipment.Spec{
			Category: equipment.Category(filed[0].String), Maker: filed[1].String, Model: filed[2].String, CPU: filed[3].String,
			MemoryGiB: memory.Float64, StorageGB: storage.Float64, ScreenIn: screen.Float64, WeightKg: weight.Float64,
		}
		if is != want {
			v.add("products", "device "+name, "it is filed as product %d, %+v; its inventory tells %+v", product.Int64, is, want)
		}
	}
	return rows.Err()
}
