package registry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

func TestListPicksWhatItsFilterSays(t *testing.T) {
	r, s := open(t)
	o, sites := schools(t, r, "Région", false, 2)
	_, simulated := schools(t, r, "Simulée", true, 1)
	silence := registry.SilenceAt(calendar.Default(), time.UTC, now)
	add := func(label string, site registry.Site, category equipment.Category, model string, years int, agent bool, seen time.Time) {
		t.Helper()
		d := registry.NewDevice{Site: site.ID, Category: category, Population: equipment.Shared, Label: label, InService: now.AddDate(-years, 0, -1), HasAgent: agent, LastSeen: seen}
		d.Inventory = report.Inventory{Maker: "HP", Model: model}
		if _, err := r.AddDevices(t.Context(), []registry.NewDevice{d}); err != nil {
			t.Fatal(err)
		}
	}
	add("fresh", sites[0], equipment.Laptop, "ProBook 440", 1, true, now)
	add("silent", sites[0], equipment.Laptop, "ProBook 440", 6, true, silence("").Add(-time.Second))
	add("screen", sites[1], equipment.Monitor, "E24_G4", 3, false, time.Time{})
	add("gone", sites[1], equipment.Laptop, "100% Cahier", 9, true, now)
	add("invented", simulated[0], equipment.Laptop, "ProBook 440", 1, true, now)
	if _, err := s.Write.Exec("UPDATE devices SET retired = ? WHERE label = 'gone'", now.Unix()); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		filter registry.Filter
		want   string
	}{
		{registry.Filter{}, "fresh silent screen"},
		{registry.Filter{State: "all"}, "fresh silent screen gone"},
		{registry.Filter{State: "silent"}, "silent"},
		{registry.Filter{State: "reporting"}, "fresh"},
		{registry.Filter{State: "agentless"}, "screen"},
		{registry.Filter{State: "retired"}, "gone"},
		{registry.Filter{Site: sites[1].ID}, "screen"},
		{registry.Filter{Organisation: o.ID, Category: equipment.Laptop}, "fresh silent"},
		{registry.Filter{Site: simulated[0].ID}, "invented"},
		{registry.Filter{Population: equipment.Individual}, ""},
		{registry.Filter{Model: "hp probook"}, "fresh silent"},
		{registry.Filter{Model: "E24_"}, "screen"},
		{registry.Filter{Model: "E2__"}, ""},
		{registry.Filter{Model: "%", State: "all"}, "gone"},
		{registry.Filter{Find: "SIL"}, "silent"},
		{registry.Filter{Find: "440", Site: sites[0].ID}, "fresh silent"},
		{registry.Filter{Find: "_"}, "screen"},
		{registry.Filter{Find: "d-"}, "fresh silent screen"},
		{registry.Filter{BoughtBefore: now.AddDate(-3, 0, 0)}, "silent screen"},
		{registry.Filter{Limit: 2}, "fresh silent"},
		{registry.Filter{After: 2, State: "all"}, "screen gone"},
		{registry.Filter{State: "silent", Site: sites[0].ID, Model: "440", Category: equipment.Laptop, Limit: 1, After: 1}, "silent"},
	} {
		found, err := r.List(t.Context(), test.filter, silence)
		var labels []string
		for _, d := range found {
			labels = append(labels, d.Label)
			if d.SiteName == "" || d.State == "" {
				t.Errorf("%+v has no site or state", d)
			}
		}
		if got := strings.Join(labels, " "); err != nil || got != test.want {
			t.Errorf("%+v lists %q, %v; want %q", test.filter, got, err, test.want)
		}
	}
	for want, filter := range map[string]registry.Filter{
		`state is "lost"; allowed are reporting, silent`:        {State: "lost"},
		`category is "laptops"; allowed are laptop, desktop`:    {Category: "laptops"},
		`population is "pupils"; allowed are individual, share`: {Population: "pupils"},
	} {
		_, err := r.List(t.Context(), filter, silence)
		wants(t, err, want)
	}
}

func TestAgentsAreCountedByVersion(t *testing.T) {
	r, s := open(t)
	_, sites := schools(t, r, "Région", false, 1)
	_, simulated := schools(t, r, "Simulée", true, 1)
	var all []registry.NewDevice
	for i := range 8 {
		d := registry.NewDevice{Site: sites[0].ID, Category: equipment.Laptop, Population: equipment.Shared, InService: now, HasAgent: i < 6}
		if i == 7 {
			d.Site, d.HasAgent = simulated[0].ID, true
		}
		all = append(all, d)
	}
	if _, err := r.AddDevices(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"UPDATE devices SET agent = '1.1.0' WHERE id <= 3", "UPDATE devices SET agent = '1.0.0' WHERE id IN (4, 5, 8)", "UPDATE devices SET retired = 1 WHERE id = 5"} {
		if _, err := s.Write.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	got, err := r.AgentVersions(t.Context())
	if want := []registry.AgentVersion{{"1.1.0", 3}, {"", 1}, {"1.0.0", 1}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("versions are %v, %v; want %v", got, err, want)
	}
}

func TestSerialNumbersAreKnownAgainAndNotReadable(t *testing.T) {
	r, _ := open(t)
	other, _ := open(t)
	serials, err := r.Serials(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := other.Serials(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	hash := serials.Hash("5CG1234ABC")
	if fmt.Sprint(hash) != fmt.Sprint(serials.Hash(" 5cg 1234abc ")) {
		t.Error("case and blanks make another number of it")
	}
	if fmt.Sprint(hash) == fmt.Sprint(serials.Hash("5CG1234ABD")) || fmt.Sprint(hash) == fmt.Sprint(foreign.Hash("5CG1234ABC")) {
		t.Error("another number, or another folder, has the same hash")
	}
	if serials.Hash(" ") != nil {
		t.Error("no number has a hash")
	}
}

// The devices of an organisation of many sites are looked for in another way than those
// of one with few.
func TestListOfManySitesIsThatOfFew(t *testing.T) {
	r, _ := open(t)
	large, many := schools(t, r, "Région", false, 210)
	_, others := schools(t, r, "Autre", false, 1)
	silence := registry.SilenceAt(calendar.Default(), time.UTC, now)
	for i, site := range []registry.Site{many[9], others[0], many[3], many[200], others[0]} {
		d := registry.NewDevice{Site: site.ID, Category: equipment.Laptop, Population: equipment.Shared, Label: fmt.Sprint(i), InService: now.AddDate(-1, 0, 0), HasAgent: i != 3, LastSeen: now.AddDate(-1, 0, 0)}
		if _, err := r.AddDevices(t.Context(), []registry.NewDevice{d}); err != nil {
			t.Fatal(err)
		}
	}
	for want, f := range map[string]registry.Filter{
		"0 2 3": {Limit: 10}, "0 2": {Limit: 2}, "2 3": {Limit: 2, After: 1}, "0": {Limit: 1, State: "silent"}, "3": {Limit: 9, State: "agentless"}, "": {Limit: 9, State: "retired"},
		"2": {Limit: 9, Site: many[3].ID},
	} {
		f.Organisation = large.ID
		found, err := r.List(t.Context(), f, silence)
		if err != nil {
			t.Fatal(err)
		}
		var labels []string
		for _, d := range found {
			labels = append(labels, d.Label)
		}
		if got := strings.Join(labels, " "); got != want {
			t.Errorf("%+v lists %q, want %q", f, got, want)
		}
	}
}
