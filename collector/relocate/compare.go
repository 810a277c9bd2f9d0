package relocate

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// compare tells in what tables of two data bases differ: how many rows there are, how
// many values each column has, and what numbers add up to, or how long texts are.
func compare(ctx context.Context, one, other *sql.DB, tables []table) (differences []string, err error) {
	for _, t := range tables {
		was, err := measure(ctx, one, t)
		if err != nil {
			return nil, fmt.Errorf("cannot count the source's table %s: %w", t.name, err)
		}
		is, err := measure(ctx, other, t)
		if err != nil {
			return nil, fmt.Errorf("cannot count the target's table %s: %w", t.name, err)
		}
		for i := range was {
			if was[i] != is[i] {
				differences = append(differences, fmt.Sprintf("%s: %s is %s in the source and %s in the target", t.name, t.measures()[i].what, was[i], is[i]))
			}
		}
	}
	return differences, nil
}

// measured is a number that says something of a table.
type measured struct{ what, query string }

// measures are those of a table. Energy in microjoules of a large fleet adds up to more
// than 64 bits hold, so that millions and what is left of them are added up apart.
func (t table) measures() []measured {
	all := []measured{{"the number of rows", "count(*)"}}
	for _, c := range t.columns {
		name := `"` + c.name + `"`
		all = append(all, measured{"the number of values of " + c.name, "count(" + name + ")"})
		switch c.kind {
		case "INTEGER":
			all = append(all, measured{"the sum of the millions of " + c.name, "sum(" + name + " / 1000000)"}, measured{"the sum of what is left of " + c.name + " beside millions", "sum(" + name + " % 1000000)"})
		case "TEXT", "BLOB":
			all = append(all, measured{"the length of all " + c.name, "sum(length(" + name + "))"})
		}
	}
	return all
}

func measure(ctx context.Context, db *sql.DB, t table) ([]string, error) {
	var queries []string
	for _, m := range t.measures() {
		queries = append(queries, "coalesce("+m.query+", 0)")
	}
	values, into := make([]string, len(queries)), make([]any, len(queries))
	for i := range values {
		into[i] = &values[i]
	}
	err := db.QueryRowContext(ctx, fmt.Sprintf("SELECT %s FROM %q", strings.Join(queries, ", "), t.name)).Scan(into...)
	return values, err
}
