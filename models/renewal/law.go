package renewal

import (
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/models/factor"
)

// firstReuse and lastReuse are the years that a share of reuse is set for; the last
// holds on.
const firstReuse, lastReuse = 2023, 2025

// ReuseAsked is the share of the equipment retired in a year that the law wants to go
// to reuse; nil before there was one.
func ReuseAsked(t *factor.Table, year int) (*factor.Row, error) {
	if year < firstReuse {
		return nil, nil
	}
	return t.Find(fmt.Sprintf("target.reuse.%d", min(year, lastReuse)), "", time.Time{})
}

// SecondHandAsked is the share of what is bought in a year that the law wants to come
// from reuse.
func SecondHandAsked(t *factor.Table) (*factor.Row, error) {
	return t.Find("target.second_hand", "", time.Time{})
}
