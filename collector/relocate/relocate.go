// Package relocate carries all data of a collector from its data folder to a PostgreSQL
// data base, table by table in the order of their keys.
//
// It can be stopped at any moment and run again: with the rows of each chunk it notes
// in the target how far it is (table relocation), in one transaction, and goes on from
// there. When all is there it compares both, has the ledger of the target checked, and
// only then forgets how far it was.
package relocate

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
)

// chunkRows are copied in one transaction and statement: some megabytes at most, and
// less than the 65,535 values that PostgreSQL takes.
const chunkRows = 500

// Progress is told after each chunk: how many rows of a table are in the target, of how
// many.
type Progress func(table string, rows, of int64)

// Outcome is what was carried and what a comparison found.
type Outcome struct {
	Tables, Rows int64
	Differences  []string        // between source and target
	Ledger       *ledger.Verdict // of the target
}

// Right tells whether the target is as the source, and its sums are right.
func (o *Outcome) Right() bool { return len(o.Differences) == 0 && o.Ledger.Found == 0 }

// mostPartitions bounds how many months of the past get partitions of their own; what
// is older stays in the default one.
const mostPartitions = 60

// ToPostgres carries all data of a folder, which is open and so in use by no collector,
// to a data base that is empty or that an earlier run on the same folder has begun to
// fill. What waits in the folder's journal is posted before. Days are those of where.
func ToPostgres(ctx context.Context, from, to *store.Store, where *time.Location, tell Progress) (*Outcome, error) {
	if from.Shared() || !to.Shared() {
		return nil, errors.New("data is carried from a data folder to PostgreSQL; pg_dump and pg_restore carry it between two of those, collector backup and restore between two folders")
	}
	// Whoever leads does the jobs that would change the target meanwhile.
	if err := to.Lead(ctx); errors.Is(err, store.ErrNotLeading) {
		return nil, errors.New("a collector runs on the target, or another migration to it; stop it first")
	} else if err != nil {
		return nil, store.Explain(fmt.Errorf("cannot use the target: %w", err))
	}
	if err := post(ctx, from, where); err != nil {
		return nil, err
	}
	tables, err := tablesOf(ctx, from.Read)
	if err != nil {
		return nil, fmt.Errorf("cannot read the schema of the source: %w", err)
	}
	key, err := from.SerialKey()
	if err != nil {
		return nil, err
	}
	c := &copying{ctx: ctx, from: from, to: to, tell: tell}
	if err := c.begin(tables, key); err != nil {
		return nil, store.Explain(err)
	}
	if err := c.all(tables); err != nil {
		return nil, store.Explain(err)
	}
	if err := c.numberOn(tables); err != nil {
		return nil, store.Explain(err)
	}
	o := &Outcome{Tables: int64(len(tables)), Rows: c.rows}
	if o.Differences, err = compare(ctx, from.Read, to.Read, tables); err != nil {
		return nil, store.Explain(err)
	}
	if o.Ledger, err = ledger.Verify(ctx, to.Read, where); err != nil {
		return nil, store.Explain(err)
	}
	if o.Right() {
		_, err = to.Write.ExecContext(ctx, "DROP TABLE relocation")
	}
	return o, err
}

// post posts the journal of the source: the target keeps none.
func post(ctx context.Context, from *store.Store, where *time.Location) error {
	l := ledger.Open(from, where, false)
	err := l.Post(ctx)
	l.Close()
	if err != nil {
		return fmt.Errorf("cannot post the journal of the source: %w", err)
	}
	var left int64
	if err := from.Read.QueryRowContext(ctx, "SELECT count(*) FROM journal").Scan(&left); err != nil {
		return err
	}
	if left > 0 {
		return fmt.Errorf("%d reports in the journal of the source cannot be posted: collector verify tells what is wrong with it", left)
	}
	return nil
}

// copying is one run.
type copying struct {
	ctx      context.Context
	from, to *store.Store
	tell     Progress
	rows     int64
}

// begin refuses a target that holds anything else than what an earlier run copied from
// this source as it still is, and makes what comes first.
func (c *copying) begin(tables []table, key []byte) error {
	source, err := c.fingerprint(key)
	if err != nil {
		return fmt.Errorf("cannot read the source: %w", err)
	}
	err = store.InTx(c.ctx, c.to.Write, func(tx *sql.Tx) error {
		var begun bool
		if err := tx.QueryRowContext(c.ctx, "SELECT to_regclass('relocation') IS NOT NULL").Scan(&begun); err != nil {
			return err
		}
		if begun {
			return c.sameSource(tx, source)
		}
		for _, t := range append([]table{{name: "keys"}}, tables...) {
			var some bool
			if err := tx.QueryRowContext(c.ctx, fmt.Sprintf("SELECT EXISTS (SELECT 1 FROM %q)", t.name)).Scan(&some); err != nil {
				return err
			}
			if some {
				return fmt.Errorf("the target holds data already (in its table %s): give an empty data base", t.name)
			}
		}
		if _, err := tx.ExecContext(c.ctx, "CREATE TABLE relocation (name text PRIMARY KEY, last_key text NOT NULL, rows bigint NOT NULL, done bigint NOT NULL)"); err != nil {
			return err
		}
		_, err := tx.ExecContext(c.ctx, "INSERT INTO relocation (name, last_key, rows, done) VALUES ('', ?, 0, 0)", source)
		return err
	})
	if err != nil {
		return err
	}
	if err := c.to.AdoptSerialKey(c.ctx, key); err != nil {
		return err
	}
	return c.partitions()
}

func (c *copying) sameSource(tx *sql.Tx, source string) error {
	var begunWith string
	if err := tx.QueryRowContext(c.ctx, "SELECT last_key FROM relocation WHERE name = ''").Scan(&begunWith); err != nil {
		return err
	}
	if begunWith != source {
		return errors.New("the target was begun to be filled from another data folder, or the folder has changed since: make the data base anew, and begin again")
	}
	return nil
}

// fingerprint tells one folder from another, and from what it was before a collector
// ran on it.
func (c *copying) fingerprint(key []byte) (string, error) {
	var parts []string
	for _, query := range []string{
		"SELECT coalesce(max(id), 0) FROM audit", "SELECT coalesce(max(at), 0) FROM latest_report", "SELECT coalesce(max(last_seen), 0) FROM devices",
		"SELECT count(*) FROM devices", "SELECT coalesce(sum(windows), 0) FROM organisation_months", "SELECT coalesce(max(id), 0) FROM outbox", "SELECT coalesce(min(day), 0) FROM device_windows",
	} {
		var n int64
		if err := c.from.Read.QueryRowContext(c.ctx, query).Scan(&n); err != nil {
			return "", err
		}
		parts = append(parts, fmt.Sprint(n))
	}
	return fmt.Sprintf("%x %s", sha256.Sum256(key), strings.Join(parts, " ")), nil
}

// partitions makes those of all months that the source knows.
func (c *copying) partitions() error {
	var first, last sql.NullInt64
	if err := c.from.Read.QueryRowContext(c.ctx, "SELECT min(month), max(month) FROM device_months").Scan(&first, &last); err != nil {
		return err
	}
	if !first.Valid {
		return nil
	}
	end := calendar.Day(last.Int64).Start(time.UTC)
	begin := calendar.Day(first.Int64).Start(time.UTC)
	if earliest := end.AddDate(0, -mostPartitions, 0); begin.Before(earliest) {
		begin = earliest
	}
	return c.to.EnsurePartitions(c.ctx, begin, end)
}

// Finished refuses a PostgreSQL data base into which data were carried and not all are
// there yet: a collector that ran on it would add to a half.
func Finished(ctx context.Context, s *store.Store) error {
	if !s.Shared() {
		return nil
	}
	var begun bool
	if err := s.Read.QueryRowContext(ctx, "SELECT to_regclass('relocation') IS NOT NULL").Scan(&begun); err != nil {
		return store.Explain(fmt.Errorf("cannot tell whether the data base is whole: %w", err))
	}
	if begun {
		return errors.New("not all data have been carried to this data base: run `collector migrate` again until it says that both agree")
	}
	return nil
}
