package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// partitioned are the tables that PostgreSQL cuts by range of days, with the column.
var partitioned = []struct{ table, column string }{
	{"device_windows", "day"}, {"device_days", "day"}, {"device_months", "month"}, {"device_starts", "month"},
}

// EnsurePartitions makes the partitions of the months from one moment to another that
// are not there yet. Rows that came before their partition move to it. SQLite has none,
// and nothing is done.
func (s *Store) EnsurePartitions(ctx context.Context, from, to time.Time) error {
	if s.post == nil {
		return nil
	}
	for month := firstOfMonth(from); !month.After(to); month = month.AddDate(0, 1, 0) {
		for _, p := range partitioned {
			if err := s.ensurePartition(ctx, p.table, p.column, month); err != nil {
				return Explain(fmt.Errorf("cannot make the partition of %s for %s: %w", p.table, month.Format("2006-01"), err))
			}
		}
	}
	return nil
}

func firstOfMonth(t time.Time) time.Time {
	return time.Date(t.UTC().Year(), t.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
}

// dayNumber counts days since 1970-01-01, as the tables do.
func dayNumber(t time.Time) int64 { return t.Unix() / int64(24*time.Hour/time.Second) }

func (s *Store) ensurePartition(ctx context.Context, table, column string, month time.Time) error {
	name := table + "_" + month.Format("2006_01")
	if there, err := isTable(ctx, s.Read, name); err != nil || there {
		return err
	}
	from, to := dayNumber(month), dayNumber(month.AddDate(0, 1, 0))
	return InTx(ctx, s.Write, func(tx *sql.Tx) error {
		if there, err := isTable(ctx, tx, name); err != nil || there { // another collector's
			return err
		}
		// Reports wait meanwhile: a row must not come to the default while it is emptied.
		_, err := tx.ExecContext(ctx, fmt.Sprintf(`LOCK TABLE %[1]s IN ACCESS EXCLUSIVE MODE;
			CREATE TABLE %[2]s (LIKE %[1]s INCLUDING ALL);
			WITH early AS (DELETE FROM %[1]s_default WHERE %[3]s >= %[4]d AND %[3]s < %[5]d RETURNING *) INSERT INTO %[2]s SELECT * FROM early;
			ALTER TABLE %[1]s ATTACH PARTITION %[2]s FOR VALUES FROM (%[4]d) TO (%[5]d)`, table, name, column, from, to))
		return err
	})
}

// isTable tells whether PostgreSQL has a table.
func isTable(ctx context.Context, db interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}, name string) (there bool, err error) {
	err = db.QueryRowContext(ctx, "SELECT to_regclass(?) IS NOT NULL", name).Scan(&there)
	return there, err
}
