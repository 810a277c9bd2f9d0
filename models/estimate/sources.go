package estimate

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// rows remembers each row that an estimate stands on.
type rows struct {
	table *factor.Table
	used  map[*factor.Row]bool
}

// find is a row that holds anywhere and at any time, remembered.
func (r *rows) find(key string) (*factor.Row, error) {
	row, err := r.table.Find(key, "", time.Time{})
	if err == nil {
		r.add(row)
	}
	return row, err
}

func (r *rows) add(row *factor.Row) { r.used[row] = true }

// note remembers rows that a model read itself. One that is not there was not read.
func (r *rows) note(keys ...string) {
	for _, key := range keys {
		_, _ = r.find(key)
	}
}

// list are the rows by key and region.
func (r *rows) list() []*factor.Row { return sorted(r.used) }

// Rows are those that any of the results stands on, each once, by key and region.
func Rows(results []Result) []*factor.Row {
	used := map[*factor.Row]bool{}
	for i := range results {
		for _, row := range results[i].Factors {
			used[row] = true
		}
	}
	return sorted(used)
}

func sorted(used map[*factor.Row]bool) []*factor.Row {
	return slices.SortedFunc(maps.Keys(used), func(a, b *factor.Row) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Region, b.Region), a.From.Compare(b.From.Time))
	})
}

// Processor is what is known of the processor that was named.
type Processor struct {
	Name string `json:"name"`
	// TDP is the thermal design power; nil where the table does not have the name:
	// then the category's typical processor is taken.
	TDP    *quantity.Watts `json:"tdp_w"`
	Source *factor.Source  `json:"source,omitempty"`
}
