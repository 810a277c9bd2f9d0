// Package reach says which part of the fleet a request may see: everything, or some
// organisations and sites. It travels in the request's context. The gate puts it
// there, once; whatever lists or looks up organisations, sites and devices asks it.
package reach

import (
	"context"
	"slices"
	"strings"
)

// Reach is a part of the fleet. Its zero is nothing.
type Reach struct {
	Everything    bool
	Organisations []int64 // with all of their sites
	Sites         []int64
	// SumsOnly leaves single devices out: what a site or an organisation adds up to
	// is seen, and not which device did what.
	SumsOnly bool
}

// Place is a site and its organisation. Without a site it is the organisation as a
// whole.
type Place struct{ Organisation, Site int64 }

// Contains tells whether a place is within reach. An organisation is only when all
// of it is.
func (r Reach) Contains(p Place) bool {
	return r.Everything || slices.Contains(r.Organisations, p.Organisation) || p.Site != 0 && slices.Contains(r.Sites, p.Site)
}

// Condition is, in SQL, that the site whose number is in a column is within reach,
// with the values of its placeholders.
func (r Reach) Condition(column string) (sql string, values []any) {
	if r.Everything {
		return "1 = 1", nil
	}
	var either []string
	if len(r.Sites) > 0 {
		either = append(either, column+" IN ("+placeholders(len(r.Sites))+")")
	}
	if len(r.Organisations) > 0 {
		either = append(either, column+" IN (SELECT id FROM sites WHERE organisation IN ("+placeholders(len(r.Organisations))+"))")
	}
	if either == nil {
		return "1 = 0", nil
	}
	for _, id := range slices.Concat(r.Sites, r.Organisations) {
		values = append(values, id)
	}
	return "(" + strings.Join(either, " OR ") + ")", values
}

func placeholders(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

type key struct{}

// With returns a context in which no more than r is seen.
func With(ctx context.Context, r Reach) context.Context { return context.WithValue(ctx, key{}, r) }

// Of is what may be seen in a context. Where nobody said so, the program itself asks,
// as in a job or on the command line, and sees everything.
func Of(ctx context.Context) Reach {
	r, said := ctx.Value(key{}).(Reach)
	if !said {
		return Reach{Everything: true}
	}
	return r
}
