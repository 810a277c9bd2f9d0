package figures_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/data"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/profile"
)

// What a pupil stands for is what pupils use: their own devices and the shared
// ones. Everybody's are in the total.
func TestHeadlineOfPupilHoldsPupilsDevicesOnly(t *testing.T) {
	w := open(t)
	site := w.site(t, w.organisation(t, "Département", false), registry.Site{Name: "Collège", Kind: registry.College, Pupils: 50})
	bought := w.at(2025, 8, 20, 8)
	for i, p := range equipment.Populations {
		w.add(t, i+1, laptop(site, p, bought))
	}
	s := w.school(t, site, 0)
	h := s.Headline
	if h.Per != "pupil" || h.Pupils != 50 || h.Devices != 1+2 {
		t.Errorf("the headline is per %s of %d, with %d devices; want pupil, 50, 3", h.Per, h.Pupils, h.Devices)
	}
	one := s.Devices[0].Yearly
	same(t, "per pupil", h.Yearly, one.Times(3.0/50))
	same(t, "everybody's", s.Period, one.Times(s.Period.DeviceYears))
}

// Without a number of pupils, and in a lone device, the headline is of a device,
// whoever it is for.
func TestHeadlineOfSchoolWithoutPupilsIsPerDevice(t *testing.T) {
	w := open(t)
	site := w.site(t, w.organisation(t, "Département", false), registry.Site{Name: "Service", Kind: registry.Other})
	d := w.add(t, 2, laptop(site, equipment.Administration, w.at(2025, 8, 20, 8)))
	s, v := w.school(t, site, 0), w.device(t, d.name, 0)
	for what, h := range map[string]view.Headline{"school": s.Headline, "device": v.Headline} {
		if h.Per != "device" || h.Pupils != 0 || h.Comparison.Verdict == profile.Unknown {
			t.Errorf("%s: the headline is %+v", what, h)
		}
		same(t, what, h.Yearly, v.Device.Yearly)
	}
	if s.Headline.Devices != 2 || v.Headline.Devices != 1 {
		t.Errorf("the school's headline holds %d devices, the device's %d", s.Headline.Devices, v.Headline.Devices)
	}
	full := w.site(t, s.Scope.Organisation.ID, registry.Site{Name: "Lycée", Kind: registry.Lycee, Pupils: 1000})
	own := w.add(t, 1, laptop(full, equipment.Individual, w.at(2025, 8, 20, 8)))
	if h := w.device(t, own.name, 0).Headline; h.Per != "device" {
		t.Errorf("a device of a lycée of 1000 is compared per %s", h.Per)
	}
}

// A school whose pupils are not known has no part in the council's figure for a
// pupil: neither its devices nor its reference, though both are in the total.
func TestSchoolWithoutPupilsIsNotInCouncilsFigureForOnePupil(t *testing.T) {
	w := open(t)
	council := w.organisation(t, "Département", false)
	known := w.site(t, council, registry.Site{Name: "Collège", Kind: registry.College, Pupils: 200})
	w.add(t, 40, laptop(known, equipment.Shared, w.at(2025, 8, 20, 8)))
	before := w.overview(t, council, 0)
	unknown := w.site(t, council, registry.Site{Name: "Lycée", Kind: registry.Lycee})
	w.add(t, 7, laptop(unknown, equipment.Shared, w.at(2025, 8, 20, 8)))
	after := w.overview(t, council, 0)

	same(t, "per pupil", after.Headline.Yearly, before.Headline.Yearly)
	same(t, "reference", after.Headline.Reference, before.Headline.Reference)
	if after.Headline.Pupils != 200 || after.Headline.Devices != 40 || len(after.Headline.Profiles) != 1 || after.Headline.Profiles[0].Key != profile.Collegien {
		t.Errorf("the headline holds %d pupils, %d devices and the profiles %+v", after.Headline.Pupils, after.Headline.Devices, after.Headline.Profiles)
	}
	if after.Period.DeviceYears <= before.Period.DeviceYears {
		t.Error("the school's devices are not in the total")
	}
}

// factorsWithDesktopForLyceens are the shipped factors, with another reference
// for lycéens, so that the two profiles can be told apart.
func factorsWithDesktopForLyceens(t *testing.T) *factor.Table {
	t.Helper()
	files := fstest.MapFS{}
	names, err := fs.Glob(data.Files, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(data.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		if college, lycee, ok := strings.Cut(string(text), "- key: lyceen"); ok {
			text = []byte(college + "- key: lyceen" + strings.ReplaceAll(lycee, ".laptop", ".desktop"))
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	table, err := factor.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestReferenceIsWeightedByPupils(t *testing.T) {
	w := openWith(t, factorsWithDesktopForLyceens(t))
	council := w.organisation(t, "Région", false)
	college := w.site(t, council, registry.Site{Name: "Collège", Kind: registry.College, Pupils: 100})
	lycee := w.site(t, council, registry.Site{Name: "Lycée", Kind: registry.Lycee, Pupils: 300})
	c, l, o := w.school(t, college, 0).Headline, w.school(t, lycee, 0).Headline, w.overview(t, council, 0).Headline
	if c.Reference == l.Reference {
		t.Fatal("both kinds of school have the same reference")
	}
	same(t, "council", o.Reference, c.Reference.Times(0.25).Plus(l.Reference.Times(0.75)))
	keys := func(h view.Headline) (all []string) {
		for _, p := range h.Profiles {
			all = append(all, p.Key)
		}
		return all
	}
	if !slices.Equal(keys(c), []string{"collegien"}) || !slices.Equal(keys(l), []string{"lyceen"}) || !slices.Equal(keys(o), []string{"collegien", "lyceen"}) {
		t.Errorf("compared with %q, %q and %q", keys(c), keys(l), keys(o))
	}
	if !o.Provisional {
		t.Error("the reference is provisional, and the headline does not say so")
	}
}

// A virtual machine's energy is its host's: it is told of, and in no total.
func TestVirtualMachineIsInNoTotal(t *testing.T) {
	w := open(t)
	council := w.organisation(t, "Département", false)
	site := w.site(t, council, registry.Site{Name: "Collège", Kind: registry.College, Pupils: 10})
	w.add(t, 3, laptop(site, equipment.Shared, w.at(2025, 8, 20, 8)))
	before := w.overview(t, council, 0)

	vm := laptop(site, equipment.Shared, w.at(2025, 8, 20, 8))
	vm.Category, vm.HasAgent, vm.LastSeen = equipment.Virtual, true, w.now
	vm.Inventory.Virtualization, vm.Inventory.LogicalCPUs = "kvm", 4
	d := w.add(t, 1, vm)
	w.record(t, d, running(w.at(2026, 10, 5, 0), w.at(2026, 10, 6, 0), 4)...)
	after, s, v := w.overview(t, council, 0), w.school(t, site, 0), w.device(t, d.name, 0)

	same(t, "council", after.Period, before.Period)
	same(t, "per pupil", after.Headline.Yearly, before.Headline.Yearly)
	same(t, "school", s.Period, before.Period)
	same(t, "the machine", v.Period, before.Period.Times(0))
	if len(after.Drivers) != len(before.Drivers) || after.Headline.Devices != 3 || after.Scope.Organisation.Devices != 3 {
		t.Errorf("counted in %+v, %+v", after.Headline, after.Scope.Organisation)
	}
	if want := (view.Coverage{Devices: 3, Agentless: 3, Virtual: 1}); after.Coverage != want || s.Coverage != want {
		t.Errorf("coverage is %+v, want %+v", after.Coverage, want)
	}
	// 4 processors, a fortieth of them busy: 4 x (0.74 + (3.5 - 0.74) / 40) W (Cloud Carbon Footprint).
	if v.Virtual == nil || v.Virtual.System != "kvm" || !near(v.Virtual.Load, 0.025) || !near(float64(v.Virtual.Power), 4*(0.74+0.025*2.76)) {
		t.Errorf("the machine is told as %+v", v.Virtual)
	}
	if v.Facts.CPUBusyMs == 0 || len(v.Drivers) != 0 || v.Headline.Comparison.Verdict != profile.Unknown {
		t.Errorf("the machine has %+v, %+v, %+v", v.Facts, v.Drivers, v.Headline.Comparison)
	}
}

// Nothing there is an answer too: no division by nothing, and nothing compared.
func TestEmptyFleet(t *testing.T) {
	w := open(t)
	none := w.organisation(t, "Sans école", false)
	council := w.organisation(t, "Sans appareil", false)
	site := w.site(t, council, registry.Site{Name: "Collège", Kind: registry.College, Pupils: 300})
	for what, f := range map[string]view.Fleet{
		"no school": w.overview(t, none, 0).Fleet, "no device": w.overview(t, council, 0).Fleet, "school": w.school(t, site, 0).Fleet,
	} {
		checkFleet(t, what, f)
		if f.Period.DeviceYears != 0 || f.Headline.Comparison.Verdict != profile.Unknown || len(f.Drivers) != 0 || len(f.Months) != 3 || f.Coverage != (view.Coverage{}) {
			t.Errorf("%s: %+v", what, f)
		}
		if _, err := json.Marshal(f); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A simulated region beside a real one changes none of its figures, nor are its
// schools and devices reached through it.
func TestSimulatedIsNeverMixedWithReal(t *testing.T) {
	w := open(t)
	fill := func(name string, simulated bool, n int) (organisation, site int64) {
		organisation = w.organisation(t, name, simulated)
		site = w.site(t, organisation, registry.Site{Name: "Collège", Kind: registry.College, Pupils: 10})
		d := w.add(t, n, laptop(site, equipment.Shared, w.at(2025, 8, 20, 8)))
		w.record(t, d, running(w.at(2026, 10, 5, 8), w.at(2026, 10, 5, 9), 2)...)
		return organisation, site
	}
	real, realSite := fill("Département", false, 2)
	before, beforeSite := w.overview(t, real, 0), w.school(t, realSite, 0)
	demo, demoSite := fill("Démonstration", true, 9)
	after, afterSite := w.overview(t, real, 0), w.school(t, realSite, 0)
	for what, pair := range map[string][2]any{"council": {before, after}, "school": {beforeSite, afterSite}} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s has changed", what)
		}
	}
	if after.Scope.Organisation.Simulated || !w.overview(t, demo, 0).Scope.Organisation.Simulated || !w.school(t, demoSite, 0).Scope.Organisation.Simulated {
		t.Error("what is simulated is not marked")
	}
	for _, d := range w.school(t, demoSite, 0).Devices {
		if !w.device(t, d.ID, 0).Scope.Organisation.Simulated {
			t.Error("a simulated device is not marked")
		}
	}
	all, err := w.Organisations(context.Background())
	want := []view.Organisation{{ID: real, Name: "Département", Sites: 1, Devices: 2}, {ID: demo, Name: "Démonstration", Simulated: true, Sites: 1, Devices: 9}}
	if err != nil || !slices.Equal(all, want) {
		t.Errorf("organisations are %+v, %v; want %+v", all, err, want)
	}
}
