package fleet_test

import (
	"context"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/fleet"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/report"
)

// An act on a device knows all that it reported, also what waits to be posted.
func TestActsSeeWhatWaitsToBePosted(t *testing.T) {
	acts := map[string]func(w *world, t *testing.T, sites []int64, names []string){
		"transfer": func(w *world, t *testing.T, sites []int64, names []string) {
			if _, err := w.Transfer(w.ctx, names[0], sites[1]); err != nil {
				t.Error(err)
			}
		},
		"retire on a day before its last window": func(w *world, t *testing.T, sites []int64, names []string) {
			_, err := w.Retire(w.ctx, names[:1], calendar.DayOf(w.at(20, 12), w.where), "reuse")
			wants(t, err, "it has reported until 2026-11-21")
		},
		"retire": func(w *world, t *testing.T, sites []int64, names []string) {
			if _, err := w.Retire(w.ctx, names[:1], calendar.DayOf(w.at(21, 12), w.where), "reuse"); err != nil {
				t.Error(err)
			}
		},
		"merge": func(w *world, t *testing.T, sites []int64, names []string) {
			if _, err := w.Merge(w.ctx, names[0], names[1]); err != nil {
				t.Error(err)
			}
		},
		"merge two machines": func(w *world, t *testing.T, sites []int64, names []string) {
			_, err := w.Merge(w.ctx, names[1], names[0])
			wants(t, err, "they are two machines")
		},
		"import": func(w *world, t *testing.T, sites []int64, names []string) {
			w.imports(t, fleet.ImportOptions{Organisation: 1, Site: sites[0]}, purchase.Entry{Label: "un", Purchased: bought})
		},
	}
	for name, act := range acts {
		t.Run(name, func(t *testing.T) {
			w := open(t, ledger.WithJournal(ledger.JournalAlways))
			organisation, sites := w.schools(t, "Région", 2)
			old, heir := w.enrol(t, sites[0], "un", report.Inventory{}), w.enrol(t, sites[0], "deux", report.Inventory{})
			w.record(t, old, w.at(20, 8), 4)
			w.record(t, old, w.at(21, 8), 4)
			w.record(t, heir, w.at(22, 8), 4)
			if n, _ := w.ledger.Unposted(); n != 3 {
				t.Fatalf("%d reports wait, want 3", n)
			}
			act(w, t, sites, []string{old.Name, heir.Name})
			if err := w.ledger.Post(context.Background()); err != nil {
				t.Fatal(err)
			}
			w.conserved(t)
			if total := w.total(t, organisation); total.Windows != 12 {
				t.Errorf("%d windows are counted, want 12", total.Windows)
			}
			if n, since := w.ledger.Unposted(); n != 0 || since != (time.Time{}) {
				t.Errorf("%d reports wait since %s", n, since)
			}
		})
	}
}
