package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger/pack"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// Verdict is what a check of a whole ledger found.
type Verdict struct {
	Devices   int64 // whose days were looked at
	Windows   int64 // that are kept, each counted anew
	DaysAnew  int64 // days of devices that were computed anew from their windows
	DaysOlder int64 // days of devices whose windows are not kept, which cannot be
	SiteDays  int64 // sums of sites that were computed anew from the days of devices
	SiteHours int64 // days of sites by the hour, compared with windows and days
	Months    int64 // sums by month, of devices, sites and organisations
	Unposted  int64 // reports in the journal, whose windows are in no sum yet

	Found    int64     // how much is wrong
	Findings []Finding // the first of it
}

// mostFindings bounds what a check of a ruined ledger remembers.
const mostFindings = 200

// Finding is one thing that is not as it has to be.
type Finding struct {
	Check   string // "file", "orphans", the name of a table, or "products"
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
// devices from the windows that are still kept, and every other sum from those below
// it; and that nothing is left of what is gone. Days are those of the territory where.
// It reads one snapshot, beside a collector that may be running.
func Verify(ctx context.Context, db *sql.DB, where *time.Location) (*Verdict, error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("cannot read the ledger: %w", err)
	}
	defer tx.Rollback()
	v := &Verdict{}
	shared := store.IsShared(db)
	for _, check := range []func() error{
		func() error { return v.file(ctx, tx, shared) },
		func() error { return v.orphans(ctx, tx, shared) },
		func() error { return v.sums(ctx, tx, where) },
		func() error { return v.waiting(ctx, tx) },
		func() error { return v.products(ctx, tx) },
	} {
		if err := check(); err != nil {
			return nil, fmt.Errorf("cannot check the ledger: %w", err)
		}
	}
	return v, nil
}

// file asks SQLite whether its file is sound. PostgreSQL has programs for that
// (pg_amcheck, pg_checksums), which need more rights than a collector has.
func (v *Verdict) file(ctx context.Context, tx *sql.Tx, shared bool) error {
	if shared {
		return nil
	}
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

// orphans looks for rows whose owner is gone, and for rows of a device that are filed
// at another site than it.
func (v *Verdict) orphans(ctx context.Context, tx *sql.Tx, shared bool) error {
	find := orphansOfKeys
	if shared {
		find = orphansOfDevices
	}
	found, err := find(ctx, tx)
	if err != nil {
		return err
	}
	for _, o := range found {
		v.add("orphans", o.table, "%d rows belong to %s that are not there", o.n, o.parent)
	}
	for _, t := range deviceTables {
		n, err := queryAll(ctx, tx, "SELECT count(*) FROM "+t.name+" x JOIN devices d ON d.id = x.device WHERE d.site <> x.site", nil, func(rows *sql.Rows) (n int64, err error) {
			return n, rows.Scan(&n)
		})
		if err != nil {
			return err
		}
		if n[0] > 0 {
			v.add("orphans", t.name, "%d rows are filed at another site than their device", n[0])
		}
	}
	return nil
}

// orphan are rows of a table whose owner is gone.
type orphan struct {
	table, parent string
	n             int64
}

// orphansOfKeys asks SQLite, which can be written to without its keys being checked.
func orphansOfKeys(ctx context.Context, tx *sql.Tx) ([]orphan, error) {
	return queryAll(ctx, tx, `SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2`, nil, func(rows *sql.Rows) (o orphan, err error) {
		return o, rows.Scan(&o.table, &o.parent, &o.n)
	})
}

// orphansOfDevices looks where PostgreSQL has no foreign key that would.
func orphansOfDevices(ctx context.Context, tx *sql.Tx) (all []orphan, err error) {
	named, err := namingDevices(ctx, tx, true)
	if err != nil {
		return nil, err
	}
	for _, n := range named {
		o := orphan{table: n.table, parent: "devices"}
		err := tx.QueryRowContext(ctx, fmt.Sprintf("SELECT count(*) FROM %q x WHERE %q IS NOT NULL AND NOT EXISTS (SELECT 1 FROM devices d WHERE d.id = x.%[2]q)", n.table, n.column)).Scan(&o.n)
		if err != nil {
			return nil, err
		}
		if o.n > 0 {
			all = append(all, o)
		}
	}
	return all, nil
}

// waiting checks what waits: reports in the journal to be posted, windows and days to
// be sent on.
func (v *Verdict) waiting(ctx context.Context, tx *sql.Tx) error {
	for _, table := range []string{"journal", "outbox"} {
		rows, err := tx.QueryContext(ctx, "SELECT id, windows FROM "+table+" ORDER BY id")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id int64
			var blob []byte
			if err := rows.Scan(&id, &blob); err != nil {
				return err
			}
			if _, err := pack.Decode(nil, blob); err != nil {
				v.add(table, fmt.Sprint("row ", id), "%v", err)
			}
			if table == "journal" {
				v.Unposted++
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	n, err := queryAll(ctx, tx, "SELECT count(*) FROM journal WHERE device NOT IN (SELECT id FROM devices)", nil, func(rows *sql.Rows) (n int64, err error) { return n, rows.Scan(&n) })
	if err != nil {
		return err
	}
	if n[0] > 0 {
		v.add("journal", "devices", "%d reports are of devices that are gone", n[0])
	}
	n, err = queryAll(ctx, tx, `SELECT count(*) FROM unsent_days u WHERE NOT EXISTS (SELECT 1 FROM device_windows w WHERE w.day = u.day AND w.site = u.site AND w.device = u.device)`,
		nil, func(rows *sql.Rows) (n int64, err error) { return n, rows.Scan(&n) })
	if err == nil && n[0] > 0 {
		v.add("unsent_days", "time series", "%d days wait to be sent on whose windows are not kept", n[0])
	}
	return err
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
