package ledger

import (
	"context"
	"database/sql"
	"strings"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
)

// factColumns are the columns that hold footprint.Facts, in its order.
var factColumns = strings.Join(footprint.FactNames[:], ", ")

// sumColumns are their sums.
var sumColumns = "sum(" + strings.Join(footprint.FactNames[:], "), sum(") + ")"

// scanFacts are the destinations of a row's facts, after those of its key.
func scanFacts(key []any, f *footprint.Facts) []any {
	for _, field := range f.Fields() {
		key = append(key, field)
	}
	return key
}

// queryDays reads rows of a day and its facts.
func queryDays(ctx context.Context, db store.Querier, query string, args ...any) ([]footprint.DayFacts, error) {
	return queryAll(ctx, db, query, args, func(rows *sql.Rows) (footprint.DayFacts, error) {
		var d footprint.DayFacts
		var day int64
		err := rows.Scan(scanFacts([]any{&day}, &d.Facts)...)
		d.Day = calendar.Day(day)
		return d, err
	})
}

// queryAll reads every row of a query.
func queryAll[T any](ctx context.Context, db store.Querier, query string, args []any, scan func(*sql.Rows) (T, error)) ([]T, error) {
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
