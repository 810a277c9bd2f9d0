package registry_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
)

func TestThingsAreFoundWhereTheyAre(t *testing.T) {
	r, _ := open(t)
	o, sites := schools(t, r, "Région", false, 2)
	_, token, err := r.CreateToken(t.Context(), sites[1].ID, equipment.Shared, 1, time.Hour, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.AddDevices(t.Context(), []registry.NewDevice{{Site: sites[1].ID, Category: equipment.Laptop, Population: equipment.Shared, InService: now}}); err != nil {
		t.Fatal(err)
	}
	devices, err := r.Devices(t.Context(), sites[1].ID)
	if err != nil {
		t.Fatal(err)
	}
	want := reach.Place{Organisation: o.ID, Site: sites[1].ID}
	for what, find := range map[string]func(there bool) (reach.Place, error){
		"site": func(there bool) (reach.Place, error) {
			return r.PlaceOfSite(t.Context(), map[bool]int64{true: sites[1].ID}[there])
		},
		"device": func(there bool) (reach.Place, error) {
			return r.PlaceOfDevice(t.Context(), map[bool]string{true: devices[0].Name}[there])
		},
		"token": func(there bool) (reach.Place, error) {
			return r.PlaceOfToken(t.Context(), map[bool]int64{true: token}[there])
		},
	} {
		if got, err := find(true); err != nil || got != want {
			t.Errorf("the %s is at %+v, %v; want %+v", what, got, err, want)
		}
		if got, err := find(false); !errors.Is(err, registry.ErrNotFound) {
			t.Errorf("a %s that does not exist is at %+v, %v", what, got, err)
		}
	}
}

// A name wins over a number: an organisation may be called 2.
func TestReachIsFoundByNameAndNumber(t *testing.T) {
	r, _ := open(t)
	first, _ := schools(t, r, "2", false, 0)
	second, sites := schools(t, r, "Région", false, 1)
	given, err := r.AddSites(t.Context(), second.ID, []registry.Site{{Name: "Lycée", Kind: registry.Lycee, UAI: "0750001U"}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Reach(t.Context(), []string{"2", "Région", fmt.Sprint(second.ID)}, []string{"0750001U", fmt.Sprint(sites[0].ID)})
	want := reach.Reach{Organisations: []int64{first.ID, second.ID, first.ID}, Sites: []int64{given[0].ID, sites[0].ID}}
	if second.ID != 2 || err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("it is %+v, %v; want %+v", got, err, want)
	}
	for _, unknown := range []string{"", "0", "-1", "99", "Nowhere", "0750002V"} {
		if got, err := r.Reach(t.Context(), []string{unknown}, nil); !errors.Is(err, registry.ErrNotFound) {
			t.Errorf("organisation %q is %+v, %v", unknown, got, err)
		}
		if got, err := r.Reach(t.Context(), nil, []string{unknown}); !errors.Is(err, registry.ErrNotFound) {
			t.Errorf("site %q is %+v, %v", unknown, got, err)
		}
	}
}

func TestListHoldsNoDeviceOutOfReach(t *testing.T) {
	r, _ := open(t)
	o, sites := schools(t, r, "Région", false, 2)
	_, others := schools(t, r, "Département", false, 1)
	for _, s := range append(sites, others...) {
		if _, err := r.AddDevices(t.Context(), []registry.NewDevice{{Site: s.ID, Category: equipment.Laptop, Population: equipment.Shared, InService: now, HasAgent: true, LastSeen: now}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		within reach.Reach
		filter registry.Filter
		want   []int64 // sites
	}{
		{reach.Reach{Everything: true}, registry.Filter{}, []int64{sites[0].ID, sites[1].ID, others[0].ID}},
		{reach.Reach{}, registry.Filter{}, nil},
		{reach.Reach{Organisations: []int64{o.ID}}, registry.Filter{State: "reporting"}, []int64{sites[0].ID, sites[1].ID}},
		{reach.Reach{Sites: []int64{sites[1].ID, others[0].ID}}, registry.Filter{State: "reporting"}, []int64{sites[1].ID, others[0].ID}},
		{reach.Reach{Sites: []int64{sites[1].ID}}, registry.Filter{Site: sites[0].ID, State: "all"}, nil},
	} {
		list, err := r.List(reach.With(t.Context(), c.within), c.filter, registry.SilenceAt(calendar.Default(), time.UTC, now))
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, d := range list {
			got = append(got, d.Site)
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("within %+v, %+v lists devices of %v, want %v", c.within, c.filter, got, c.want)
		}
	}
}

func TestSitesAreFoundAndCountedWithinReach(t *testing.T) {
	r, _ := open(t)
	o, sites := schools(t, r, "Région", false, 3)
	_, others := schools(t, r, "Simulée", true, 1)
	for _, s := range append(sites, others...) {
		if _, err := r.AddDevices(t.Context(), []registry.NewDevice{{Site: s.ID, Category: equipment.Laptop, Population: equipment.Shared, InService: now, HasAgent: true, LastSeen: now}}); err != nil {
			t.Fatal(err)
		}
	}
	uai := "0750001U"
	if _, err := r.EditSite(t.Context(), sites[2].ID, registry.SiteEdit{UAI: &uai}); err != nil {
		t.Fatal(err)
	}
	all, own := reach.Reach{Everything: true}, reach.Reach{Sites: []int64{sites[1].ID, sites[2].ID}}
	for _, c := range []struct {
		within reach.Reach
		filter registry.SiteFilter
		want   []int64
	}{
		{all, registry.SiteFilter{Organisation: o.ID}, []int64{sites[0].ID, sites[1].ID, sites[2].ID}},
		{all, registry.SiteFilter{Limit: 2, After: sites[0].ID}, []int64{sites[1].ID, sites[2].ID}},
		{own, registry.SiteFilter{}, []int64{sites[1].ID, sites[2].ID}},
		{own, registry.SiteFilter{Find: "0750001u"}, []int64{sites[2].ID}},
		{own, registry.SiteFilter{Find: "%"}, nil},
		{own, registry.SiteFilter{Find: sites[0].Name[1:] + "x"}, nil},
		{reach.Reach{}, registry.SiteFilter{}, nil},
	} {
		found, err := r.SitePage(reach.With(t.Context(), c.within), c.filter)
		var got []int64
		for _, s := range found {
			got = append(got, s.ID)
		}
		if err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("within %+v, %+v lists %v, %v; want %v", c.within, c.filter, got, err, c.want)
		}
	}
	silence := registry.SilenceAt(calendar.Default(), time.UTC, now)
	for want, c := range map[int]struct {
		within       reach.Reach
		organisation int64
	}{3: {all, 0}, 2: {own, o.ID}, 1: {all, others[0].Organisation}, 0: {own, others[0].Organisation}} {
		seen, err := r.SeenWithin(reach.With(t.Context(), c.within), c.organisation, silence)
		if err != nil || len(seen) != want {
			t.Errorf("within %+v, devices of %d are at %v, %v; want %d sites", c.within, c.organisation, seen, err, want)
		}
	}
}
