package service

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// What an organisation paid is for those who may read purchases, on pages and in the API;
// the models themselves are for everybody who reads figures.
func TestPricesAreForThoseWhoReadPurchases(t *testing.T) {
	s, _ := running(t, nil)
	addZoe(t, s)
	o, err := s.Registry.AddOrganisation(t.Context(), "Région", false)
	if err != nil {
		t.Fatal(err)
	}
	sites, err := s.Registry.AddSites(t.Context(), o.ID, []registry.Site{{Name: "Lycée", Kind: registry.Lycee}})
	if err != nil {
		t.Fatal(err)
	}
	d := registry.NewDevice{Site: sites[0].ID, Category: equipment.Laptop, Population: equipment.Shared, InService: time.Now().AddDate(-1, 0, 0), Purchase: registry.Purchase{PriceCents: 54_321}}
	d.Inventory.Model = "Cahier"
	if _, err := s.Registry.AddDevices(t.Context(), []registry.NewDevice{d}); err != nil {
		t.Fatal(err)
	}
	ask := func(path string) (status int, body string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Address()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		asZoe(r)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(text)
	}
	for role, sees := range map[string]bool{"procurement": true, "auditor": true, "council_viewer": false} {
		if _, err := s.store.Write.Exec("UPDATE users SET role = ?", role); err != nil {
			t.Fatal(err)
		}
		status, models := ask("/api/v1/organisations/1/models")
		if status != http.StatusOK || !strings.Contains(models, "Cahier") || strings.Contains(models, "543.21") != sees {
			t.Errorf("%s is answered %d, with the price: %v, want %v", role, status, !sees, sees)
		}
		for _, plan := range []string{"/api/v1/organisations/1/procurement", "/api/v1/organisations/1/procurement/tender"} {
			if status, _ := ask(plan); (status == http.StatusOK) != sees || !sees && status != http.StatusForbidden {
				t.Errorf("%s asks for %s: %d", role, plan, status)
			}
		}
	}
}
