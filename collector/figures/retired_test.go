package figures_test

import (
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/fleet"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
)

// The energy of a group's unknown time is its time in service less its known time. A
// device of which more is known than it served would take from the others of its
// group, and devices would no longer add up to their school: administration may not
// bring that about.
func TestRetirementKeepsDevicesAddingUpToTheirSchool(t *testing.T) {
	w := open(t)
	site := w.site(t, w.organisation(t, "Département", false), registry.Site{Name: "Collège", Kind: registry.College})
	used := w.add(t, 1, laptop(site, equipment.Shared, w.at(2025, 9, 1, 0)))
	unknown := w.add(t, 1, laptop(site, equipment.Shared, w.at(2025, 9, 1, 0)))
	w.record(t, used, away(w.at(2026, 11, 1, 0), w.at(2026, 11, 20, 18)))
	admin := fleet.Open(w.store, w.where, func() time.Time { return w.now })
	apart := func() (devices, school footprint.Figure) {
		t.Helper()
		devices = w.device(t, used.name, 0).Period.Plus(w.device(t, unknown.name, 0).Period)
		return devices, w.school(t, site, 0).Period
	}

	if _, err := admin.Retire(t.Context(), []string{used.name}, calendar.Date(2026, 11, 10), "recycling"); err == nil {
		t.Fatal("a device is retired before its last window")
	}
	if _, err := admin.Retire(t.Context(), []string{used.name}, calendar.Date(2026, 11, 20), "recycling"); err != nil {
		t.Fatal(err)
	}
	devices, school := apart()
	same(t, "devices", devices, school)
	if v := w.device(t, used.name, 0); v.Device.State != "retired" || v.Period.EnergyFrom.Assumed <= 0 {
		t.Errorf("the retired device is %s and has %+v", v.Device.State, v.Period.EnergyFrom)
	}
	if c := w.school(t, site, 0).Coverage; c.Devices != 1 {
		t.Errorf("%d devices are in service, want 1", c.Devices)
	}

	// What is refused above would have gone wrong.
	w.retire(t, used, w.at(2026, 11, 2, 0))
	if devices, school := apart(); near(float64(devices.Energy.Value), float64(school.Energy.Value)) {
		t.Error("a retirement before the last window does no harm: the rule is not needed")
	}
}
