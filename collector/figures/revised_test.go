package figures_test

import (
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// A closed month whose figures change says when, at the school and at the council,
// and only there.
func TestClosedMonthSaysThatItWasRevised(t *testing.T) {
	w := open(t)
	council := w.organisation(t, "Département", false)
	site := w.site(t, council, registry.Site{Name: "Collège", Kind: registry.College})
	other := w.site(t, council, registry.Site{Name: "Lycée", Kind: registry.Lycee})
	elsewhere := w.organisation(t, "Région", false)
	w.site(t, elsewhere, registry.Site{Name: "Lycée", Kind: registry.Lycee})
	d := w.add(t, 1, laptop(site, equipment.Shared, w.at(2025, 8, 20, 8)))
	w.now = w.at(2026, 10, 7, 8) // September is open still
	w.record(t, d, running(w.at(2026, 9, 10, 8), w.at(2026, 9, 10, 9), 1)...)
	september := func(m []view.MonthRow) view.MonthRow { return m[0] }
	before := september(w.school(t, site, 0).Months)
	if !before.Revised.IsZero() {
		t.Errorf("an open month is revised at %s", before.Revised)
	}
	w.now = w.at(2026, 11, 3, 8)
	w.record(t, d, running(w.at(2026, 9, 11, 8), w.at(2026, 9, 11, 9), 1)...)
	for what, months := range map[string][]view.MonthRow{"school": w.school(t, site, 0).Months, "council": w.overview(t, council, 0).Months} {
		if m := september(months); m.Label != "2026-09" || !m.Revised.Equal(w.now) {
			t.Errorf("%s: September is %+v", what, m)
		}
		for _, m := range months[1:] {
			if !m.Revised.IsZero() {
				t.Errorf("%s: %s is revised as well", what, m.Label)
			}
		}
	}
	for what, months := range map[string][]view.MonthRow{"another school": w.school(t, other, 0).Months, "another council": w.overview(t, elsewhere, 0).Months} {
		if m := september(months); !m.Revised.IsZero() {
			t.Errorf("%s: September is revised", what)
		}
	}
}

// Erasing a device changes what is listed, and no figure of the past.
func TestFiguresStayWhenADeviceIsErased(t *testing.T) {
	w := open(t)
	council := w.organisation(t, "Département", false)
	site := w.site(t, council, registry.Site{Name: "Collège", Kind: registry.College, Pupils: 10})
	w.add(t, 1, laptop(site, equipment.Shared, w.at(2025, 8, 20, 8)))
	d := w.add(t, 1, laptop(site, equipment.Shared, w.at(2024, 8, 20, 8)))
	w.record(t, d, running(w.at(2026, 11, 20, 8), w.at(2026, 11, 20, 18), 3)...)
	before := w.school(t, site, 0)
	if _, err := ledger.Erase(t.Context(), w.store, w.where, d.name, w.now); err != nil {
		t.Fatal(err)
	}
	after := w.school(t, site, 0)
	same(t, "the year so far", after.Period, before.Period)
	if len(before.Devices) != 2 || len(after.Devices) != 1 || after.Coverage.Devices != 1 {
		t.Errorf("listed were %d devices, and are %d of %d", len(before.Devices), len(after.Devices), after.Coverage.Devices)
	}
	w.now = w.now.Add(30 * 24 * time.Hour) // from then on it is booked no more
	if got := w.school(t, site, 0).Period.DeviceYears - after.Period.DeviceYears; !near(got*8765.82, 30*24) {
		t.Errorf("a month later %v device hours are added, want those of one device", got*8765.82)
	}
}
