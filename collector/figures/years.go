package figures

import (
	"context"
	"slices"

	"github.com/ecoparc/ecoparc/dashboards/view"
)

// Years are the school years of an organisation, the earliest first.
func (f *Figures) Years(ctx context.Context, organisation int64) ([]view.YearRow, error) {
	scope, err := f.scope(ctx, organisation, 0)
	if err != nil {
		return nil, err
	}
	var all []view.YearRow
	for _, year := range slices.Backward(scope.SchoolYears) {
		o, err := f.Overview(ctx, organisation, year)
		if err != nil {
			return nil, err
		}
		all = append(all, view.YearOf(o))
	}
	return all, nil
}
