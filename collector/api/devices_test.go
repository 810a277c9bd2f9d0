package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

type page struct {
	Devices []map[string]any
	Next    int64
}

func (s *server) list(query string) (p page) {
	s.t.Helper()
	answer, body := s.get("/api/v1/devices"+query, zoe)
	if err := json.Unmarshal(body, &p); err != nil || answer.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %s %s, %v", query, answer.Status, body, err)
	}
	return p
}

func TestDevicesAreListedAPageAtATime(t *testing.T) {
	s := start(t)
	r := registry.Open(s.store)
	screen := registry.NewDevice{
		Site: s.site, Category: equipment.Monitor, Population: equipment.Shared, Label: "écran", InService: now.AddDate(-4, 0, 0),
		Inventory: report.Inventory{Maker: "Dell", Model: "P2422H"}, Purchase: registry.Purchase{PriceCents: 14990, ScreenIn: 23.8, Acquisition: "new"},
	}
	if _, err := r.AddDevices(t.Context(), []registry.NewDevice{screen, screen, screen}); err != nil {
		t.Fatal(err)
	}
	all := s.list("")
	if len(all.Devices) != 4 || all.Next != 0 || all.Devices[0]["id"] != s.device || all.Devices[0]["state"] != "reporting" || all.Devices[0]["agent"] != "1.2.3" {
		t.Errorf("all are %+v", all)
	}
	if d := all.Devices[1]; d["label"] != "écran" || d["state"] != "agentless" || d["price_eur"] != 149.9 || d["screen_in"] != 23.8 || d["site_name"] != "Collège de l'Exemple" || d["in_service_from"] != "purchase" {
		t.Errorf("the screen is %+v", d)
	}
	var seen []any
	for query := "?category=monitor&limit=2"; ; {
		p := s.list(query)
		for _, d := range p.Devices {
			seen = append(seen, d["id"])
		}
		if p.Next == 0 {
			break
		}
		query = fmt.Sprintf("?category=monitor&limit=2&after=%d", p.Next)
	}
	if len(seen) != 3 || seen[0] == seen[1] || seen[1] == seen[2] {
		t.Errorf("page by page they are %v", seen)
	}
	for query, n := range map[string]int{"?older_than=2": 3, "?state=silent": 0, "?model=p2422": 3, fmt.Sprint("?site=", s.site): 4, "?site=99": 0, fmt.Sprint("?organisation=", s.organisation, "&state=reporting"): 1, "?population=shared": 4} {
		if p := s.list(query); len(p.Devices) != n {
			t.Errorf("%s lists %d devices, want %d", query, len(p.Devices), n)
		}
	}
	for query, field := range map[string]string{"?limit=0": "limit", "?site=x": "site", "?older_than=-1": "older_than", "?older_than=NaN": "older_than", "?state=lost": "state", "?after=1e3": "after"} {
		if answer, body := s.get("/api/v1/devices"+query, zoe); answer.StatusCode != http.StatusBadRequest || problemOf(t, body).Field != field {
			t.Errorf("%s: %s %s", query, answer.Status, body)
		}
	}
}

func TestVersionsOfAgentsAreAmongTheMetrics(t *testing.T) {
	s := start(t)
	if text, values := s.metrics(); values[`ecoparc_agents{version="1.2.3"}`] != 1 {
		t.Errorf("metrics are\n%s", text)
	}
	// A version is any text that an agent sends.
	many := []registry.AgentVersion{{Version: "a\"b\\c\nd", Devices: 60}}
	for i := range 60 {
		many = append(many, registry.AgentVersion{Version: fmt.Sprint("v", i), Devices: 1})
	}
	at, asked := now, 0
	s.counters.WatchAgents(func(context.Context) ([]registry.AgentVersion, error) {
		if asked++; asked > 1 {
			return nil, errors.New("busy")
		}
		return many, nil
	}, func() time.Time { return at })
	at = at.Add(time.Hour)
	for range 3 {
		text, values := s.metrics()
		if values[`ecoparc_agents{version="a\"b\\c\nd"}`] != 60 || values[`ecoparc_agents{version="other"}`] != 11 || strings.Count(text, "ecoparc_agents{") != 51 {
			t.Errorf("metrics are\n%s", text)
		}
	}
	if asked != 1 {
		t.Errorf("devices were counted %d times within five minutes", asked)
	}
	at = at.Add(time.Hour)
	if text, _ := s.metrics(); strings.Contains(text, "ecoparc_agents") {
		t.Errorf("where devices cannot be counted, metrics are\n%s", text)
	}
}
