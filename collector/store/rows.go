package store

import (
	"context"
	"database/sql"
	"fmt"
)

// Querier is a data base, or a transaction on one.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Scan reads the columns of a row, as the method of sql.Rows.
type Scan func(columns ...any) error

// Each gives the rows of a query one after the other. An error says what, as "list sites",
// cannot be done, whether the query or one of its rows is the trouble.
func Each(ctx context.Context, db Querier, what, query string, args []any, take func(Scan) error) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err := Take(rows, err, take); err != nil {
		return fmt.Errorf("cannot %s: %w", what, err)
	}
	return nil
}

// Take gives the rows that a query came to one after the other, and closes them.
func Take(rows *sql.Rows, err error, take func(Scan) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	scan := rows.Scan // once for all rows
	for rows.Next() {
		if err := take(scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// All are the rows of a query, each read into one of them; nil where there is none.
func All[T any](ctx context.Context, db Querier, what, query string, args []any, read func(Scan, *T) error) ([]T, error) {
	var all []T
	err := Each(ctx, db, what, query, args, func(scan Scan) error {
		var one T
		err := read(scan, &one)
		all = append(all, one)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}
