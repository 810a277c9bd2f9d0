package service

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/config"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// Behind a load balancer nobody knows which collector answers: what one has let in,
// the other one knows.
func TestCollectorsOnOneDataBaseAreOne(t *testing.T) {
	place := storetest.StartPostgres(t).Place(t)
	var stops [2]func() error
	var all [2]*Service
	for i := range all {
		all[i], stops[i] = running(t, func(c *config.Config) { c.Store = place.URL })
	}
	first, second := all[0], all[1]
	for _, s := range all {
		get(t, http.DefaultClient, "http://"+s.Address()+"/healthz", http.StatusOK)
	}

	addZoe(t, first)
	cookie := signIn(t, &http.Client{Transport: http.DefaultTransport}, "http://"+first.Address())
	if p, err := second.Access.OfSession(t.Context(), cookie.Value); err != nil || p.Name != "zoe" {
		t.Errorf("the session of one is %+v, %v at the other", p, err)
	}

	owner, err := first.Registry.AddOrganisation(t.Context(), "Région", false)
	if err != nil {
		t.Fatal(err)
	}
	sites, err := second.Registry.AddSites(t.Context(), owner.ID, []registry.Site{{Name: "Lycée", Kind: registry.Lycee}})
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := first.Registry.CreateToken(t.Context(), sites[0].ID, equipment.Shared, 1, time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	enrol := func(s *Service) (answer report.EnrolResponse, status int) {
		body, err := json.Marshal(report.EnrolRequest{Token: token, Inventory: report.Inventory{Category: "laptop"}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := http.Post("http://"+s.Address()+"/api/v1/enrol", "application/json", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer got.Body.Close()
		_ = json.NewDecoder(got.Body).Decode(&answer)
		return answer, got.StatusCode
	}
	device, status := enrol(second)
	if device.Device == "" {
		t.Fatalf("enrolling at the other is answered %d", status)
	}
	if again, status := enrol(first); again.Device != "" || status < 400 || status > 499 {
		t.Errorf("a token for one device let in two: %d %+v", status, again)
	}
	if _, err := first.Registry.Authenticate(t.Context(), device.Device, device.Secret); err != nil {
		t.Errorf("the first does not know the device: %v", err)
	}
	for _, stop := range stops {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
}

func TestDataBaseThatDoesNotAnswerIsSaid(t *testing.T) {
	_, err := open(t, func(c *config.Config) { c.Store = "postgres://ecoparc:geheim@127.0.0.1:1/ecoparc" })
	if err == nil || !strings.Contains(err.Error(), "PostgreSQL does not answer there") || strings.Contains(err.Error(), "geheim") {
		t.Errorf("the error is %v", err)
	}
}
