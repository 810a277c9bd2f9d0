package figures_test

import (
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/figures"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/renewal"
)

func TestDevicesOfALargeOrganisationAreCountedOnceAMinute(t *testing.T) {
	w := open(t)
	organisation := w.organisation(t, "Région", false)
	site := w.site(t, organisation, registry.Site{Name: "Lycée", Kind: registry.Lycee})
	w.add(t, 1, laptop(site, equipment.Shared, w.now.AddDate(-1, 0, 0)))
	size := func() int64 {
		t.Helper()
		n, err := w.Size(t.Context(), organisation)
		if err != nil {
			t.Fatal(err)
		}
		if all, err := w.Organisations(t.Context()); err != nil || all[0].Devices != n || all[0].Name != "Région" || w.overview(t, organisation, 0).Scope.Organisation.Devices != n {
			t.Errorf("the list and the overview do not say %d: %+v, %v", n, all, err)
		}
		return n
	}
	w.Remember(view.Organisation{ID: organisation, Sites: 1, Devices: 20_000})
	if n := size(); n != 20_000 {
		t.Errorf("%d devices right after they were counted", n)
	}
	w.now = w.now.Add(time.Minute)
	if n := size(); n != 1 {
		t.Errorf("%d devices a minute later", n)
	}
	w.add(t, 1, laptop(site, equipment.Shared, w.now.AddDate(-1, 0, 0)))
	if n := size(); n != 2 {
		t.Errorf("%d devices of a small organisation, want those of now", n)
	}
	w.Remember(view.Organisation{ID: organisation, Devices: 9999})
	if n := size(); n != 2 {
		t.Errorf("a small organisation has %d remembered devices", n)
	}
}

// What pages of a large organisation are made of is read before somebody asks, and read
// anew before it is too old.
func TestLargeOrganisationIsPreparedBeforeSomebodyWaits(t *testing.T) {
	w := open(t)
	organisation := w.organisation(t, "Région", false)
	site := w.site(t, organisation, registry.Site{Name: "Lycée", Kind: registry.Lycee})
	w.add(t, 1, laptop(site, equipment.Shared, w.now.AddDate(-1, 0, 0)))
	devices := func() int64 {
		t.Helper()
		w.Remember(view.Organisation{ID: organisation, Sites: 1, Devices: 20_000})
		p, err := w.Procurement(t.Context(), organisation, renewal.Policy{})
		if err != nil {
			t.Fatal(err)
		}
		return p.Devices
	}
	prepare := func() {
		t.Helper()
		w.Remember(view.Organisation{ID: organisation, Sites: 1, Devices: 20_000})
		if err := w.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	prepare()
	w.add(t, 1, laptop(site, equipment.Shared, w.now.AddDate(-1, 0, 0)))
	if n := devices(); n != 1 {
		t.Errorf("%d devices are planned for, want the one of when it was prepared", n)
	}
	w.now = w.now.Add(figures.PrepareEvery - time.Second)
	if prepare(); devices() != 1 {
		t.Error("what is young is read again")
	}
	w.now = w.now.Add(time.Second)
	if prepare(); devices() != 2 {
		t.Error("what is old is not read anew")
	}
	w.add(t, 1, laptop(site, equipment.Shared, w.now.AddDate(-1, 0, 0)))
	w.now = w.now.Add(time.Hour) // nothing was prepared for long
	if n := devices(); n != 3 {
		t.Errorf("%d devices are planned for after an hour, want those of now", n)
	}
}

// After a start it is prepared also where no overview was kept, as of a school year that
// has just begun or of a list that was just brought in.
func TestLargeOrganisationIsPreparedThoughNobodyHasAsked(t *testing.T) {
	w := open(t)
	organisation := w.organisation(t, "Région", false)
	site := w.site(t, organisation, registry.Site{Name: "Lycée", Kind: registry.Lycee})
	one := w.add(t, 1, laptop(site, equipment.Shared, w.now.AddDate(-1, 0, 0)))
	const many = 10_000
	_, err := w.store.Write.Exec(`WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO devices (name, site, category, product, population, in_service, in_service_from)
		SELECT name || i, site, category, product, population, in_service, in_service_from FROM devices, n WHERE id = ?`, many, one.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.add(t, 1, laptop(site, equipment.Shared, w.now.AddDate(-1, 0, 0)))
	if p, err := w.Procurement(t.Context(), organisation, renewal.Policy{}); err != nil || p.Devices != many {
		t.Errorf("%d devices are planned for, %v; want the %d of when it was prepared", p.Devices, err, many)
	}
}
