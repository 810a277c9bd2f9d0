package fleet_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/fleet"
	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// meanwhile is the administration of a world in which something happens each time that
// an import looks at its clock, as often as times says: it does so first when it begins
// to find out what its list means.
func (w *world) meanwhile(times int, happens func()) *fleet.Fleet {
	return fleet.Open(w.store, w.where, func() time.Time {
		if times > 0 {
			times--
			happens()
		}
		return w.now
	})
}

func (w *world) serials(t *testing.T) registry.Serials {
	t.Helper()
	s, err := w.registry.Serials(w.ctx)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A device that enrols while a list is looked at is the one that the list means: it is
// not added a second time, however often others are faster.
func TestImportIsOvertakenByEnrolments(t *testing.T) {
	for _, times := range []int{1, 6} { // six: at both looks of all three tries
		w := open(t)
		organisation, sites := w.schools(t, "Région", 1)
		n := 0
		f := w.meanwhile(times, func() {
			n++
			w.enrol(t, sites[0], fmt.Sprint("poste ", n), report.Inventory{Model: "Latitude"})
		})
		e := purchase.Entry{Line: 2, Label: "poste 1", Model: "Latitude", Category: equipment.Laptop, Purchased: bought}
		changes, err := f.Import(w.ctx, []purchase.Entry{e}, fleet.ImportOptions{Organisation: organisation, Site: sites[0], Population: equipment.Shared, Serials: w.serials(t)})
		if err != nil || len(changes) != 1 || changes[0].Outcome != registry.Changed {
			t.Errorf("after %d enrolments: %+v, %v; want the enrolled device changed", n, changes, err)
		}
		devices, err := w.registry.Devices(w.ctx, sites[0])
		if err != nil || len(devices) != n || devices[0].InServiceFrom != registry.FromPurchase {
			t.Errorf("there are %d devices after %d enrolments, the first in service by %s, %v", len(devices), n, devices[0].InServiceFrom, err)
		}
	}
}

// A device that reports while a list is looked at keeps what it reported, and is not
// retired before it.
func TestImportIsOvertakenByReports(t *testing.T) {
	w := open(t)
	organisation, sites := w.schools(t, "Région", 1)
	w.now = w.at(10, 8)
	d := w.enrol(t, sites[0], "poste", report.Inventory{Model: "X"})
	w.now = w.at(23, 10)
	options := fleet.ImportOptions{Organisation: organisation, Site: sites[0], Population: equipment.Shared, Serials: w.serials(t)}
	tells := func(memory int64) func() {
		return func() {
			r := &report.Report{Schema: report.Schema, Inventory: &report.Inventory{Category: "laptop", Model: "X", MemoryMiB: memory}}
			r.Windows = []report.Window{{Start: w.at(20, 9).UTC(), SpanS: 900, SuspendedMs: 900_000}}
			if _, err := w.ledger.Record(w.ctx, keyOf(d), r, w.now); err != nil {
				t.Fatal(err)
			}
		}
	}
	e := purchase.Entry{Line: 2, Label: "poste", Purchased: bought, PriceCents: 100}
	if _, err := w.meanwhile(1, tells(16384)).Import(w.ctx, []purchase.Entry{e}, options); err != nil {
		t.Fatal(err)
	}
	if got := w.device(t, d.Name); got.Inventory.MemoryMiB != 16384 || got.Purchase.PriceCents != 100 {
		t.Errorf("it is %+v: what its agent told is lost", got)
	}
	w.conserved(t)

	other := w.enrol(t, sites[0], "autre", report.Inventory{Model: "Y"})
	w.now = w.at(24, 10)
	before := w.dump(t)
	d = other
	gone := purchase.Entry{Line: 2, Label: "autre", Purchased: bought, Gone: true, Retired: calendar.Date(2026, 11, 23)}
	late := func() {
		r := &report.Report{Schema: report.Schema, Windows: []report.Window{{Start: w.at(24, 8).UTC(), SpanS: 900, SuspendedMs: 900_000}}}
		if _, err := w.ledger.Record(w.ctx, keyOf(d), r, w.now); err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.meanwhile(1, late).Import(w.ctx, []purchase.Entry{gone}, options)
	wants(t, err, "line 2: it has reported until 2026-11-24, after 2026-11-23")
	if after := w.dump(t); after != before {
		t.Errorf("it changed\n%s\nto\n%s", before, after)
	}
	w.conserved(t)
}
