package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
)

// factColumns are the columns that hold footprint.Facts, in its order.
var factColumns = strings.Join(footprint.FactNames[:], ", ")

// sumColumns are their sums.
var sumColumns = "sum(" + strings.Join(footprint.FactNames[:], "), sum(") + ")"

// keyed are facts and the key of the row that they are added to.
type keyed struct {
	key   []any
	facts *footprint.Facts
}

// rowsPerStatement keeps a statement below SQLite's limit of 32,766 variables
// and makes long runs, as of a simulation, several times faster than single rows.
const rowsPerStatement = 64

// addRows adds facts to the rows of a table of days, and makes those that are
// missing.
func addRows(ctx context.Context, tx *sql.Tx, table string, keys []string, rows []keyed) error {
	var many *sql.Stmt
	for len(rows) > 0 {
		n := min(len(rows), rowsPerStatement)
		stmt := many
		if n < rowsPerStatement || many == nil {
			var err error
			if stmt, err = tx.PrepareContext(ctx, upsert(table, keys, n)); err != nil {
				return err
			}
			if n == rowsPerStatement {
				many = stmt
			}
		}
		args := make([]any, 0, n*(len(keys)+footprint.FactCount))
		for _, row := range rows[:n] {
			args = append(args, row.key...)
			for _, field := range row.facts.Fields() {
				args = append(args, *field)
			}
		}
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return fmt.Errorf("cannot add to %s: %w", table, err)
		}
		rows = rows[n:]
	}
	return nil
}

// upsert is the statement that adds n rows of facts.
func upsert(table string, keys []string, n int) string {
	row := "(?" + strings.Repeat(", ?", len(keys)+footprint.FactCount-1) + ")"
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s VALUES %s%s ON CONFLICT (%s) DO UPDATE SET ", table, row, strings.Repeat(", "+row, n-1), strings.Join(keys, ", "))
	for i, name := range footprint.FactNames {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%[1]s = %[1]s + excluded.%[1]s", name)
	}
	return b.String()
}

// scanFacts are the destinations of a row's facts, after those of its key.
func scanFacts(key []any, f *footprint.Facts) []any {
	for _, field := range f.Fields() {
		key = append(key, field)
	}
	return key
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// queryDays reads rows of a day and its facts.
func queryDays(ctx context.Context, db querier, query string, args ...any) ([]footprint.DayFacts, error) {
	return queryAll(ctx, db, query, args, func(rows *sql.Rows) (footprint.DayFacts, error) {
		var d footprint.DayFacts
		var day int64
		err := rows.Scan(scanFacts([]any{&day}, &d.Facts)...)
		d.Day = calendar.Day(day)
		return d, err
	})
}

// queryAll reads every row of a query.
func queryAll[T any](ctx context.Context, db querier, query string, args []any, scan func(*sql.Rows) (T, error)) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
