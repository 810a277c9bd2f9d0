package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
)

func TestRowsComeInOrderAndTroubleIsNamed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const query = "SELECT ? AS n UNION ALL SELECT 2 UNION ALL SELECT 3 ORDER BY n"
		read := func(scan store.Scan, n *int64) error { return scan(n) }
		if all, err := store.All(t.Context(), s.Read, "count", query, []any{int64(1)}, read); err != nil || !slices.Equal(all, []int64{1, 2, 3}) {
			t.Errorf("%v, %v", all, err)
		}
		if all, err := store.All(t.Context(), s.Read, "count", "SELECT id FROM sites", nil, read); err != nil || all != nil {
			t.Errorf("of no rows: %v, %v", all, err)
		}
		enough, seen := errors.New("enough"), 0
		err := store.Each(t.Context(), s.Read, "count", "SELECT 1 UNION ALL SELECT 2", nil, func(store.Scan) error {
			seen++
			return enough
		})
		if !errors.Is(err, enough) || seen != 1 || !strings.HasPrefix(err.Error(), "cannot count: ") {
			t.Errorf("after %d rows: %v", seen, err)
		}
		if all, err := store.All(t.Context(), s.Read, "count", "SELECT n FROM nowhere", nil, read); err == nil || all != nil || !strings.HasPrefix(err.Error(), "cannot count: ") {
			t.Errorf("of no table: %v, %v", all, err)
		}
	})
}
