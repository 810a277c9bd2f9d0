package answers

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards/view"
)

func (w *world) Week(_ context.Context, site int64, year int) (*view.Week, error) {
	if site == 0 {
		return nil, view.ErrNotFound
	}
	return &view.Week{Scope: view.Scope{Organisation: view.Organisation{ID: site}, SchoolYear: w.SchoolYear(year)}}, nil
}

// The headlines of a large organisation's years are those of its pages.
func TestYearsOfALargeOrganisationAreThoseThatAreKept(t *testing.T) {
	w := newWorld(t)
	a := w.run(t)
	overview(t, a, w.large, 0)
	settled(t, a)
	if _, err := a.Years(t.Context(), w.large); err != nil {
		t.Fatal(err)
	}
	w.outdate(t)
	for range 2 { // the first asks for them
		all, err := a.Years(t.Context(), w.large)
		if err != nil || len(all) != 2 {
			t.Fatalf("the years are %+v, %v", all, err)
		}
		settled(t, a)
	}
	if past := w.count(key{w.large, 2025}); past != 2 {
		t.Errorf("the past was computed %d times", past)
	}
}

// A page is not held up by years that are not computed yet: it leaves them out, and they
// are there the next time.
func TestYearsOfALargeOrganisationAreNotWaitedFor(t *testing.T) {
	w := newWorld(t)
	w.hold = make(chan struct{})
	a := w.run(t)
	if all, err := a.Years(t.Context(), w.large); err != nil || len(all) != 0 {
		t.Errorf("before anything is computed the years are %+v, %v", all, err)
	}
	close(w.hold)
	settled(t, a)
	if all, err := a.Years(t.Context(), w.large); err != nil || len(all) != 2 || all[0].SchoolYear != 2025 || all[1].SchoolYear != 2026 {
		t.Errorf("the years are %+v, %v", all, err)
	}
	if _, err := a.Years(t.Context(), -1); err != view.ErrNotFound {
		t.Errorf("of no organisation: %v", err)
	}
}

func TestYearsOfASmallOrganisationAreRemembered(t *testing.T) {
	w := newWorld(t)
	w.takes = 0
	a := w.answers(t)
	ask := func() {
		t.Helper()
		if all, err := a.Years(t.Context(), w.small); err != nil || len(all) != 2 {
			t.Fatalf("the years are %+v, %v", all, err)
		}
	}
	ask()
	ask()
	if n := len(w.computings()); n != 2 {
		t.Errorf("asked twice, %d were computed", n)
	}
	w.later(2 * time.Minute)
	ask()
	if n, past := len(w.computings()), w.count(key{w.small, 2025}); n != 3 || past != 1 {
		t.Errorf("%d were computed, %d of the past", n, past)
	}
	w.change(func() { w.rules = "factors 2" })
	ask()
	if past := w.count(key{w.small, 2025}); past != 2 {
		t.Errorf("with other factors the past was computed %d times", past)
	}
	// Somebody may have recorded a repair of a year that is over.
	if err := store.InTx(t.Context(), w.store.Write, func(tx *sql.Tx) error { return audit.Write(t.Context(), tx, "device repair", "d-1", "") }); err != nil {
		t.Fatal(err)
	}
	ask()
	if past := w.count(key{w.small, 2025}); past != 3 {
		t.Errorf("after an act the past was computed %d times", past)
	}
}

// The comparison with like schools waits for nothing either.
func TestWeekIsNotHeldUpByItsLike(t *testing.T) {
	w := newWorld(t)
	w.hold = make(chan struct{})
	a := w.run(t)
	v, err := a.Week(t.Context(), w.large, 0)
	if err != nil || v.Like != nil {
		t.Errorf("the week is %+v, %v", v, err)
	}
	close(w.hold)
	settled(t, a)
	if w.count(key{w.large, 2026}) != 1 {
		t.Error("the overview was not asked for")
	}
	if _, err := a.Week(t.Context(), 0, 0); err != view.ErrNotFound {
		t.Errorf("of no school: %v", err)
	}
}
