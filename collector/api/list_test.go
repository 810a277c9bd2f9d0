package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/ecoparc/ecoparc/collector/registry"
)

func TestEachOfManySitesIsReachedByPages(t *testing.T) {
	s := start(t)
	more := make([]registry.Site, 249)
	for i := range more {
		more[i] = registry.Site{Name: fmt.Sprintf("Lycée %03d", i), Kind: registry.Lycee, Pupils: 10}
	}
	if _, err := registry.Open(s.store).AddSites(t.Context(), s.organisation, more); err != nil {
		t.Fatal(err)
	}
	ask := func(query string) (found struct {
		Sites []struct{ Name string }           `json:"sites"`
		Part  *struct{ Found, Page, Pages int } `json:"sites_part"`
	}) {
		t.Helper()
		answer, body := s.get(fmt.Sprintf("/api/v1/organisations/%d?%s", s.organisation, query), zoe)
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s", query, answer.StatusCode, body)
		}
		if err := json.Unmarshal(body, &found); err != nil {
			t.Fatal(err)
		}
		return found
	}
	seen := map[string]bool{}
	for page := 1; page <= 3; page++ {
		found := ask(fmt.Sprintf("page=%d", page))
		if found.Part == nil || *found.Part != (struct{ Found, Page, Pages int }{250, page, 3}) {
			t.Fatalf("page %d is %+v", page, found.Part)
		}
		for _, site := range found.Sites {
			seen[site.Name] = true
		}
	}
	if len(seen) != 250 {
		t.Errorf("%d of 250 sites are reached", len(seen))
	}
	if found := ask("find=lycee+007"); len(found.Sites) != 1 || found.Part != nil {
		t.Errorf("found %+v", found)
	}
	for _, wrong := range []string{"page=4", "page=0", "page=x", "sort=weight"} {
		answer, body := s.get(fmt.Sprintf("/api/v1/organisations/%d?%s", s.organisation, wrong), zoe)
		if answer.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %s", wrong, answer.StatusCode, body)
		}
	}
	for _, wrong := range []string{"page=2", "sort=yearly"} {
		if answer, body := s.get(fmt.Sprintf("/api/v1/sites/%d?%s", s.site, wrong), zoe); answer.StatusCode != http.StatusBadRequest {
			t.Errorf("a site, %s: %d %s", wrong, answer.StatusCode, body)
		}
	}
}
