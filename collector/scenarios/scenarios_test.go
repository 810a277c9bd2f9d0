package scenarios_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/scenarios"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/scenario"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestAllOfThisOnPostgreSQL(t *testing.T) { storetest.Again(t) }

// world is an organisation with a site, and another organisation.
func world(t *testing.T) (*scenarios.Scenarios, *store.Store, view.ScenarioPlace, view.ScenarioPlace, view.ScenarioPlace) {
	t.Helper()
	s := storetest.Open(t)
	r := registry.Open(s)
	owner, err := r.AddOrganisation(t.Context(), "Département", false)
	if err != nil {
		t.Fatal(err)
	}
	other, err := r.AddOrganisation(t.Context(), "Région", false)
	if err != nil {
		t.Fatal(err)
	}
	sites, err := r.AddSites(t.Context(), owner.ID, []registry.Site{{Name: "A", Kind: registry.College}})
	if err != nil {
		t.Fatal(err)
	}
	return scenarios.Open(s, func() time.Time { return noon }), s, view.ScenarioPlace{Organisation: owner.ID}, view.ScenarioPlace{Site: sites[0].ID}, view.ScenarioPlace{Organisation: other.ID}
}

var plan = scenario.Measures{Fewer: 0.07, Longer: 2, Reconditioned: 0.29, OffAtNight: 1}

func TestScenarioComesBackAsItWasSavedAndOnlyThere(t *testing.T) {
	all, s, organisation, site, other := world(t)
	ctx := audit.As(t.Context(), "zoé", noon)
	saved, err := all.SaveScenario(ctx, organisation, "  Plan \t 2027 ", plan)
	if err != nil || saved.ID == 0 || saved.Name != "Plan 2027" || saved.Query != "fewer=7&longer=2&night=100&reconditioned=29" {
		t.Fatalf("saved %+v, %v", saved, err)
	}
	if _, err := all.SaveScenario(ctx, site, "Plan 2027", plan); err != nil { // the same name elsewhere
		t.Fatal(err)
	}
	found, err := all.Scenarios(ctx, organisation)
	if err != nil || !reflect.DeepEqual(found, []view.SavedScenario{saved}) {
		t.Errorf("found %+v, %v; want %+v", found, err, saved)
	}
	if found, err := all.Scenarios(ctx, other); err != nil || len(found) != 0 {
		t.Errorf("another organisation has %+v, %v", found, err)
	}
	for _, wrong := range []view.ScenarioPlace{other, site} {
		if err := all.DeleteScenario(ctx, wrong, saved.ID); !errors.Is(err, view.ErrNotFound) {
			t.Errorf("from %+v: %v", wrong, err)
		}
	}
	if err := all.DeleteScenario(ctx, organisation, saved.ID); err != nil {
		t.Fatal(err)
	}
	if found, err := all.Scenarios(ctx, organisation); err != nil || len(found) != 0 {
		t.Errorf("after deleting there are %+v, %v", found, err)
	}
	acts, err := audit.Acts(ctx, s.Read, audit.Filter{Since: noon.AddDate(-1, 0, 0), Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, a := range acts {
		if strings.HasPrefix(a.What, "scenario") {
			said = append(said, a.Who+" "+a.What+" "+strings.Fields(a.Object)[0])
		}
	}
	if want := []string{"zoé scenario delete organisation", "zoé scenario save site", "zoé scenario save organisation"}; !reflect.DeepEqual(said, want) {
		t.Errorf("the audit log says %q, want %q", said, want)
	}
}

func TestScenariosThatCannotBeSavedAreRefused(t *testing.T) {
	all, _, organisation, _, _ := world(t)
	ctx := t.Context()
	for name, want := range map[string]error{"": view.ErrScenarioName, " ": view.ErrScenarioName, strings.Repeat("é", 81): view.ErrScenarioName, "a\x00b": view.ErrScenarioName, "\xff": view.ErrScenarioName} {
		if _, err := all.SaveScenario(ctx, organisation, name, plan); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", name, err, want)
		}
	}
	if _, err := all.SaveScenario(ctx, organisation, "x", scenario.Measures{Longer: 9}); err == nil {
		t.Error("nine years longer are saved")
	}
	for _, nowhere := range []view.ScenarioPlace{{Organisation: 999}, {Site: 999}} {
		if _, err := all.SaveScenario(ctx, nowhere, "x", plan); !errors.Is(err, view.ErrNotFound) {
			t.Errorf("at %+v: %v", nowhere, err)
		}
	}
	for i := range view.MostScenarios {
		if _, err := all.SaveScenario(ctx, organisation, fmt.Sprint("plan ", i), plan); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := all.SaveScenario(ctx, organisation, "one more", plan); !errors.Is(err, view.ErrScenariosFull) {
		t.Errorf("one more than allowed: %v", err)
	}
}

func TestNameIsTakenOnce(t *testing.T) {
	all, _, organisation, _, other := world(t)
	save := func(at view.ScenarioPlace) error {
		_, err := all.SaveScenario(context.Background(), at, "Plan", plan)
		return err
	}
	if err := save(organisation); err != nil {
		t.Fatal(err)
	}
	if err := save(organisation); !errors.Is(err, view.ErrScenarioTaken) {
		t.Errorf("a second time: %v", err)
	}
	if err := save(other); err != nil {
		t.Errorf("elsewhere: %v", err)
	}
}
