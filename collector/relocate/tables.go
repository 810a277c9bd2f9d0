package relocate

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// table is a table of the source's schema, which the target has as well.
type table struct {
	name    string
	columns []column
	key     []string // none: its rows have no order
	parents []string // tables that it refers to
}

type column struct{ name, kind string }

func (t table) list(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = `"` + n + `"`
	}
	return strings.Join(quoted, ", ")
}

func (t table) columnNames() (all []string) {
	for _, c := range t.columns {
		all = append(all, c.name)
	}
	return all
}

// tablesOf are all tables of a SQLite schema, each after those that it refers to.
func tablesOf(ctx context.Context, db *sql.DB) ([]table, error) {
	// identity_changes counts for one process and one engine: PostgreSQL locks the rows instead.
	names, err := texts(ctx, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'identity_changes' ORDER BY name")
	if err != nil {
		return nil, err
	}
	all := make([]table, 0, len(names))
	for _, name := range names {
		t := table{name: name}
		if t.parents, err = texts(ctx, db, `SELECT DISTINCT "table" FROM pragma_foreign_key_list(?) WHERE "table" <> ?`, name, name); err != nil {
			return nil, err
		}
		if t.key, err = texts(ctx, db, "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", name); err != nil {
			return nil, err
		}
		columns, err := texts(ctx, db, "SELECT name || ' ' || type FROM pragma_table_info(?) ORDER BY cid", name)
		if err != nil {
			return nil, err
		}
		for _, c := range columns {
			name, kind, _ := strings.Cut(c, " ")
			t.columns = append(t.columns, column{name, kind})
		}
		all = append(all, t)
	}
	return parentsFirst(all)
}

func texts(ctx context.Context, db *sql.DB, query string, args ...any) (all []string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}

func parentsFirst(tables []table) (ordered []table, err error) {
	placed := map[string]bool{}
	for len(ordered) < len(tables) {
		before := len(ordered)
		for _, t := range tables {
			if !placed[t.name] && !slices.ContainsFunc(t.parents, func(p string) bool { return !placed[p] }) {
				placed[t.name], ordered = true, append(ordered, t)
			}
		}
		if len(ordered) == before {
			return nil, fmt.Errorf("its tables refer to each other in a circle")
		}
	}
	return ordered, nil
}
