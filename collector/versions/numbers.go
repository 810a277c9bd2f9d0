package versions

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/factor"
)

// rowKey is which row of the factors a number is of.
type rowKey struct{ Key, Region, From string }

// number is a row's value with its bounds.
type number struct {
	rowKey
	Unit string
	view.Number
}

// pack packs the numbers of a table.
func pack(t *factor.Table) ([]byte, error) {
	all := make([]number, 0, len(t.Rows))
	for _, r := range t.Rows {
		n := number{rowKey{r.Key, r.Region, ""}, r.Unit, view.Number{Low: r.Low, Value: r.Value, High: r.High}}
		if !r.From.IsZero() {
			n.From = r.From.Format("2006-01-02")
		}
		all = append(all, n)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	err := json.NewEncoder(z).Encode(all)
	if err = errors.Join(err, z.Close()); err != nil {
		return nil, fmt.Errorf("cannot pack the factors: %w", err)
	}
	return b.Bytes(), nil
}

// mostNumbersB is more than any table of factors packs.
const mostNumbersB = 64 << 20

// unpack is what was packed, by its rows. Where a row stands twice, as an administrator's
// before a shipped one, the first one counts, as it does in a table.
func unpack(packed []byte) (map[rowKey]number, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("cannot read its factors: %w", err)
	}
	var all []number
	if err := json.NewDecoder(io.LimitReader(z, mostNumbersB)).Decode(&all); err != nil {
		return nil, fmt.Errorf("cannot read its factors: %w", err)
	}
	numbers := make(map[rowKey]number, len(all))
	for _, n := range slices.Backward(all) {
		numbers[n.rowKey] = n
	}
	return numbers, nil
}

// differences are the rows that have another number, are new, or are gone.
func differences(was, now map[rowKey]number) []view.FactorChange {
	all := []view.FactorChange{}
	for key, n := range now {
		before, known := was[key]
		if known && before == n {
			continue
		}
		c := view.FactorChange{Key: key.Key, Region: key.Region, From: key.From, Unit: n.Unit, Now: &n.Number}
		if known {
			c.Was = &before.Number
		}
		all = append(all, c)
	}
	for key, n := range was {
		if _, still := now[key]; !still {
			all = append(all, view.FactorChange{Key: key.Key, Region: key.Region, From: key.From, Unit: n.Unit, Was: &n.Number})
		}
	}
	slices.SortFunc(all, func(a, b view.FactorChange) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Region, b.Region), cmp.Compare(a.From, b.From))
	})
	return all
}
