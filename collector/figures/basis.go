package figures

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
)

// Basis says what figures are computed with now: by which rules (the model, factors
// and method that an answer names), and, hashed, what else they depend on.
func (f *Figures) Basis() (rules, details string) {
	m := f.real.Load()
	rules = fmt.Sprintf("model %d, factors %s, method %s, territory %s", footprint.Version, m.Factors().Version, m.Method(), m.Territory())
	details = m.Digest() + " " + f.simulated.Load().Digest()
	if f.market != nil {
		details += " " + f.market.String()
	}
	return rules, details
}

// SchoolYear is the school year that is asked for: 0 is the current one.
func (f *Figures) SchoolYear(asked int) int {
	if asked != 0 {
		return asked
	}
	return calendar.SchoolYearOf(calendar.DayOf(f.clock(), f.where))
}

// Size is how many physical devices of an organisation are in service: of a large one
// as of a minute ago.
func (f *Figures) Size(ctx context.Context, organisation int64) (int64, error) {
	o, err := f.registry.Organisation(ctx, organisation)
	if errors.Is(err, registry.ErrNotFound) {
		return 0, view.ErrNotFound
	}
	if err != nil {
		return 0, err
	}
	counted, err := f.counted(ctx, o)
	return counted.Devices, err
}

// Revised is when windows changed a closed month of a school year for the last time;
// zero: never.
func (f *Figures) Revised(ctx context.Context, organisation int64, schoolYear int) (time.Time, error) {
	all, err := f.ledger.Revisions(ctx, organisation, 0, calendar.SchoolYear(schoolYear))
	var last time.Time
	for _, r := range all {
		if r.At.After(last) {
			last = r.At
		}
	}
	return last, err
}
