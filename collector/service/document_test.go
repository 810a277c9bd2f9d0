package service

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/models/report"
)

// TestEveryOperationIsAsItsDocumentSays walks through all that the API does, with right
// and wrong requests, from an empty store to a device that is erased.
func TestEveryOperationIsAsItsDocumentSays(t *testing.T) {
	s, c := documented(t)
	c.places()
	device, secret := c.enrolment()
	c.reports(device, secret)
	c.figures(device)
	if _, err := s.store.Write.Exec("INSERT INTO twins (device, first, last, times, left_out, newest) SELECT id, 1, 2, 3, 4, 5 FROM devices WHERE name = ?", device); err != nil {
		t.Fatal(err)
	}
	c.acts(device)
	c.people()
	c.watch(s)
	c.wrong()
	for path, methods := range c.paths {
		for method := range methods {
			key := strings.ToUpper(method) + " " + path
			good := false
			for status := range c.seen[key] {
				good = good || status < 300
			}
			if !good {
				t.Errorf("%s was not tried with success", key)
			}
		}
	}
	// What is registered is documented, and the reverse.
	registered := map[string]bool{}
	for _, route := range s.gate.Routes() {
		method, path, ok := strings.Cut(route.Pattern, " ")
		if !ok {
			method, path = "POST", route.Pattern
		}
		if strings.HasPrefix(path, "/api/") && path != "/api/" {
			registered[method+" "+path] = true
			if _, said := c.paths[path][strings.ToLower(method)]; !said {
				t.Errorf("%s %s is not in the document", method, path)
			}
		}
	}
	for path, methods := range c.paths {
		for method := range methods {
			if !registered[strings.ToUpper(method)+" "+path] {
				t.Errorf("the document tells of %s %s, which is not there", method, path)
			}
		}
	}
}

// places makes organisation 1 with sites 1 to 3.
func (c *client) places() {
	var o struct{ ID int64 }
	header := c.send(201, "POST", "/api/v1/organisations", `{"name": "Région Exemple", "kind": "region"}`, &o)
	if o.ID != 1 || header.Get("Location") != "/api/v1/organisations/1" {
		c.t.Fatalf("the organisation is %+v at %q", o, header.Get("Location"))
	}
	c.send(409, "POST", "/api/v1/organisations", `{"name": "Région Exemple"}`, nil)
	c.send(400, "POST", "/api/v1/organisations", `{"name": "X", "kind": "planet"}`, nil)
	c.send(400, "POST", "/api/v1/organisations", `{"name": "X", "colour": "red"}`, nil)
	c.send(200, "PATCH", "/api/v1/organisations/1", `{"name": "Région"}`, nil)
	c.send(404, "PATCH", "/api/v1/organisations/9", `{"name": "Y"}`, nil)
	header = c.send(201, "POST", "/api/v1/organisations/1/sites", `{"name": "Lycée A", "kind": "lycee", "uai": "0750001U", "latitude": 48.85, "longitude": 2.35}`, nil)
	if at := header.Get("Location"); at != "/api/v1/sites/1/record" {
		c.t.Errorf("the site is at %q", at)
	}
	c.send(409, "POST", "/api/v1/organisations/1/sites", `{"name": "Lycée A", "kind": "lycee"}`, nil)
	c.send(400, "POST", "/api/v1/organisations/1/sites", `{"name": "Lycée B", "kind": "lycee", "uai": "0750001V"}`, nil)
	c.send(404, "POST", "/api/v1/organisations/9/sites", `{"name": "Lycée A", "kind": "lycee"}`, nil)
	var done struct {
		Added   int
		Columns struct{ Ignored []string }
	}
	const csv = "text/csv; charset=utf-8"
	const sites = "/api/v1/organisations/1/import/sites"
	list := "Numéro;nom_etablissement;type_etablissement;telephone\n0750002V;Collège B;Collège;01\n;Atelier;Autre;02\n"
	c.ask(200, "POST", sites+"?dry_run=true&map=Num%C3%A9ro%3Duai", csv, list, &done)
	c.ask(200, "POST", sites+"?map=Num%C3%A9ro%3Duai&source=annuaire", csv, list, &done)
	if done.Added != 2 || len(done.Columns.Ignored) != 1 {
		c.t.Errorf("the sites: %+v", done)
	}
	var wrong struct{ Mistakes []struct{ Line int } }
	c.ask(400, "POST", sites, csv, "name,kind\nA,x\nB,other\nC,y\n", &wrong)
	if len(wrong.Mistakes) != 2 || wrong.Mistakes[1].Line != 4 {
		c.t.Errorf("the mistakes are %+v", wrong)
	}
	c.ask(400, "POST", sites+"?dry_run=perhaps", csv, list, nil)
	c.ask(400, "POST", sites+"?map=x", csv, list, nil)
	c.ask(415, "POST", sites, "application/json", "{}", nil)
	c.ask(404, "POST", "/api/v1/organisations/9/import/sites", csv, "name,kind\nA,other\n", nil)
	var page struct {
		Sites []struct{ ID int64 }
		Next  int64
	}
	c.get(200, "/api/v1/sites?limit=2", &page)
	if len(page.Sites) != 2 || page.Next != 2 {
		c.t.Errorf("the first page is %+v", page)
	}
	page.Next = 0
	c.get(200, "/api/v1/sites?organisation=1&after=2", &page)
	if len(page.Sites) != 1 || page.Sites[0].ID != 3 || page.Next != 0 {
		c.t.Errorf("the second page is %+v", page)
	}
	c.get(400, "/api/v1/sites?limit=many", nil)
	c.get(200, "/api/v1/sites/1/record", nil)
	c.get(404, "/api/v1/sites/99/record", nil)
	c.send(200, "PATCH", "/api/v1/sites/1", `{"pupils": 900, "zone": "C"}`, nil)
	c.send(400, "PATCH", "/api/v1/sites/1", `{"pupils": "many"}`, nil)
	c.send(400, "PATCH", "/api/v1/sites/1", `{"latitude": 1}`, nil)
	c.send(400, "PATCH", "/api/v1/sites/1", `{"pupils": 1} {}`, nil)
	c.send(413, "PATCH", "/api/v1/sites/1", `{"name": "`+strings.Repeat("A", 100_000)+`"}`, nil)
	c.ask(415, "PATCH", "/api/v1/sites/1", "text/csv", `{"pupils": 1}`, nil)
	c.ask(200, "POST", "/api/v1/sites/3/close", "", "", nil)
	c.send(409, "POST", "/api/v1/sites/3/tokens", `{}`, nil)
	c.ask(200, "POST", "/api/v1/sites/3/reopen", "", "", nil)
}

// enrolment lets a device in at site 1.
func (c *client) enrolment() (device, secret string) {
	var token struct {
		ID    int64
		Token string
	}
	c.send(201, "POST", "/api/v1/sites/1/tokens", `{"population": "shared", "max_uses": 2, "valid_hours": 24}`, &token)
	c.send(400, "POST", "/api/v1/sites/1/tokens", `{"valid_hours": 0}`, nil)
	c.send(400, "POST", "/api/v1/sites/1/tokens", `{"population": "cats"}`, nil)
	c.get(200, "/api/v1/tokens?site=1", nil)
	inventory, err := json.Marshal(report.Inventory{Category: "laptop", Maker: "Dell", Model: "Latitude 3420", MemoryMiB: 8192})
	if err != nil {
		c.t.Fatal(err)
	}
	var identity report.EnrolResponse
	c.send(201, "POST", "/api/v1/enrol", fmt.Sprintf(`{"token": %q, "label": "salle 12", "inventory": %s}`, token.Token, inventory), &identity)
	c.send(403, "POST", "/api/v1/enrol", fmt.Sprintf(`{"token": "none", "inventory": %s}`, inventory), nil)
	c.send(400, "POST", "/api/v1/enrol", `[]`, nil)
	c.ask(204, "DELETE", fmt.Sprint("/api/v1/tokens/", token.ID), "", "", nil)
	c.ask(404, "DELETE", "/api/v1/tokens/99", "", "", nil)
	return identity.Device, identity.Secret
}

// reports sends what a device did, as a report and as line protocol.
func (c *client) reports(device, secret string) {
	start := time.Now().UTC().Add(-2 * time.Hour).Truncate(report.WindowLength)
	c.as = func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+device+"."+secret) }
	defer func() { c.as = asZoe }()
	r := report.Report{Schema: report.Schema, Device: device, Agent: "1.0.0", Windows: []report.Window{{Start: start, SpanS: 900, LoadMs: report.Loads{900_000}}}}
	body, err := json.Marshal(r)
	if err != nil {
		c.t.Fatal(err)
	}
	c.send(200, "POST", "/api/v1/reports", string(body), nil)
	c.send(422, "POST", "/api/v1/reports", strings.Replace(string(body), `"span_s":900`, `"span_s":-1`, 1), nil)
	c.send(400, "POST", "/api/v1/reports", "no JSON", nil)
	c.ask(204, "POST", "/api/v2/write?bucket=b&org=o&orgID=1&precision=s", "text/plain", fmt.Sprintf("ecoparc_window span_s=900i,suspended_ms=900000i %d\n", start.Add(report.WindowLength).Unix()), nil)
	c.ask(400, "POST", "/api/v2/write?precision=s", "text/plain", "no line\n", nil)
	c.as = nil
	c.send(401, "POST", "/api/v1/reports", string(body), nil)
	c.get(200, "/api/v1/report.schema.json", nil)
	c.get(200, "/api/v1/openapi.json", nil)
}

func (c *client) figures(device string) {
	c.get(200, "/api/v1/organisations", nil)
	c.get(200, "/api/v1/organisations/1", nil)
	c.get(404, "/api/v1/organisations/9", nil)
	c.get(200, "/api/v1/organisations/1/schools?kind=lycee&size=large&covered=true&sort=name", nil)
	c.get(400, "/api/v1/organisations/1/schools?size=huge", nil)
	c.get(200, "/api/v1/organisations/1/report?month="+time.Now().UTC().Format("2006-01"), nil)
	c.get(400, "/api/v1/organisations/1/report?month=October", nil)
	c.get(404, "/api/v1/organisations/1/report?month=2001-01", nil)
	var who struct{ ID int64 }
	subscribers := "/api/v1/organisations/1/report/subscribers"
	c.send(201, "POST", subscribers, `{"address": "elue@region.example"}`, &who)
	c.send(400, "POST", subscribers, `{"address": "nobody"}`, nil)
	c.send(404, "POST", "/api/v1/organisations/9/report/subscribers", `{"address": "elue@region.example"}`, nil)
	c.get(200, subscribers, nil)
	c.ask(204, "DELETE", fmt.Sprint(subscribers, "/", who.ID), "", "", nil)
	c.ask(404, "DELETE", subscribers+"/99", "", "", nil)
	c.get(404, "/api/v1/organisations/9/schools", nil)
	c.get(200, "/api/v1/organisations/1/years", nil)
	c.get(404, "/api/v1/organisations/9/years", nil)
	c.get(200, "/api/v1/sites/1/week", nil)
	c.get(404, "/api/v1/sites/1/week?year=2001", nil)
	c.get(400, "/api/v1/sites/1?state=broken", nil)
	c.get(200, "/api/v1/organisations/1/models?sort=age", nil)
	c.get(400, "/api/v1/organisations/1/models?sort=colour", nil)
	var models struct{ Products []struct{ ID int64 } }
	c.get(200, "/api/v1/organisations/1/models", &models)
	c.get(200, fmt.Sprintf("/api/v1/organisations/1/models/%d", models.Products[0].ID), nil)
	c.get(404, "/api/v1/organisations/1/models/999", nil)
	for _, plan := range []string{"/api/v1/organisations/1/procurement", "/api/v1/organisations/1/procurement/tender"} {
		c.get(200, plan+"?longer=2&reconditioned=50&repaired=10&budget=100000", nil)
		c.get(400, plan+"?longer=9", nil)
		c.get(404, "/api/v1/organisations/9/procurement", nil)
	}
	c.get(200, "/api/v1/organisations/1/quality?sort=known&find=lyc&page=1", nil)
	c.get(400, "/api/v1/organisations/1/quality?sort=colour", nil)
	c.get(404, "/api/v1/organisations/9/quality", nil)
	c.get(200, "/api/v1/model", nil)
	c.get(200, "/api/v1/monitor", nil)
	c.get(200, "/api/v1/model/changes", nil)
	c.get(200, "/api/v1/sites/1?category=laptop&find=pc&state=retired", nil)
	c.get(400, "/api/v1/sites/1?category=cat", nil)
	c.get(404, "/api/v1/sites/99", nil)
	c.get(200, "/api/v1/devices/"+device, nil)
	c.get(404, "/api/v1/devices/d-none", nil)
	c.get(400, "/api/v1/devices/"+device+"?year=x", nil)
	c.get(200, "/api/v1/organisations/1?sort=devices&find=lyc&page=1", nil)
	c.get(400, "/api/v1/organisations/1?sort=colour", nil)
	c.get(200, "/api/v1/devices/"+device+"/windows?from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z", nil)
	c.get(400, "/api/v1/devices/"+device+"/windows", nil)
	c.get(404, "/api/v1/devices/d-none/windows?from=2026-11-01T00:00:00Z", nil)
	c.get(200, "/api/v1/factors", nil)
	for _, at := range []string{"/api/v1/organisations/1/", "/api/v1/sites/1/"} {
		c.scenarios(at)
	}
	c.get(404, "/api/v1/organisations/9/scenario", nil)
	c.get(404, "/api/v1/sites/99/scenario", nil)
}

// scenarios weighs one of a place, saves it and deletes it.
func (c *client) scenarios(at string) {
	var weighed struct {
		Measures struct {
			Longer int `json:"longer_years"`
		}
	}
	if c.get(200, at+"scenario?fewer=10&longer=2&reconditioned=50&night=100", &weighed); weighed.Measures.Longer != 2 {
		c.t.Errorf("weighed %+v", weighed)
	}
	c.get(200, at+"scenario", nil)
	c.get(400, at+"scenario?longer=9", nil)
	const plan = `{"name": "Plan 2027", "measures": {"fewer_share": 0, "longer_years": 1, "reconditioned_share": 0.5, "off_at_night_share": 1}}`
	var saved struct {
		ID    int64
		Query string
	}
	header := c.send(201, "POST", at+"scenarios", plan, &saved)
	if saved.Query != "fewer=0&longer=1&night=100&reconditioned=50" {
		c.t.Errorf("saved %+v", saved)
	}
	c.send(409, "POST", at+"scenarios", plan, nil)
	c.send(400, "POST", at+"scenarios", strings.Replace(plan, "Plan 2027", " ", 1), nil)
	c.send(400, "POST", at+"scenarios", strings.Replace(plan, "0.5", "2", 1), nil)
	var list struct{ Scenarios []struct{ Name string } }
	if c.get(200, at+"scenarios", &list); len(list.Scenarios) != 1 || list.Scenarios[0].Name != "Plan 2027" {
		c.t.Errorf("listed %+v", list)
	}
	if got := header.Get("Location"); got != fmt.Sprint(at, "scenarios/", saved.ID) {
		c.t.Errorf("it is said to be at %q", got)
	}
	c.send(204, "DELETE", header.Get("Location"), "", nil)
	c.send(404, "DELETE", header.Get("Location"), "", nil)
}

// acts does all to devices that may be done, in the end for good.
func (c *client) acts(device string) {
	const csv = "text/csv"
	const devices = "/api/v1/organisations/1/import/devices"
	list := "Nom;Type;Modèle;Numéro de série;Date d'achat;UAI;Usager\nÉcran 1;Moniteur;P2422H;CN1;15/01/2023;0750001U;Zoé\nÉcran 2;Moniteur;P2422H;CN2;15/01/2023;0750002V;Léo\n"
	var done struct {
		Added, Unchanged int
		Changes          []struct{ Device string }
	}
	c.ask(200, "POST", devices+"?dry_run=true", csv, list, &done)
	c.ask(200, "POST", devices, csv, list, &done)
	if done.Added != 2 || len(done.Changes) != 2 || done.Changes[0].Device == "" {
		c.t.Errorf("the devices: %+v", done)
	}
	c.ask(200, "POST", devices, csv, list, &done)
	if done.Unchanged != 2 {
		c.t.Errorf("the devices again: %+v", done)
	}
	c.ask(400, "POST", devices, csv, strings.ReplaceAll(list, "Moniteur", "grille-pain"), nil)
	c.ask(400, "POST", devices+"?purchased=yesterday", csv, list, nil)
	c.ask(200, "POST", devices+"?type=grille-pain%3Dmonitor", csv, strings.ReplaceAll(list, "Moniteur", "grille-pain"), nil)
	c.ask(404, "POST", "/api/v1/organisations/9/import/devices", csv, list, nil)
	c.ask(200, "POST", "/api/v1/sites/1/import/devices?category=tablet&purchased=2024-09-01", csv, "label\ntablette 1\n", &done)
	tablet := done.Changes[0].Device
	var page struct {
		Devices []struct {
			State string
			Twins struct {
				Times   int64
				LeftOut int64 `json:"windows_left_out"`
			}
		}
		Next int64
	}
	c.get(200, "/api/v1/devices?state=all&limit=1", &page)
	if page.Next == 0 {
		c.t.Errorf("the first page is %+v", page)
	}
	c.get(400, "/api/v1/devices?state=flying", nil)
	of := func(name, act string) string { return "/api/v1/devices/" + name + act }
	c.get(200, of(tablet, "/record"), nil)
	c.send(200, "POST", of(tablet, "/retire"), `{"to": "recycling", "on": "2025-07-01"}`, nil)
	c.send(400, "POST", of(tablet, "/retire"), `{"to": "the moon"}`, nil)
	c.send(400, "POST", of(tablet, "/retire"), `{"to": "reuse", "on": "soon"}`, nil)
	c.send(404, "POST", of("d-none", "/retire"), `{"to": "reuse"}`, nil)
	c.send(409, "POST", of(tablet, "/retire"), `{"to": "reuse", "on": "2020-01-01"}`, nil)
	c.repairs(tablet)
	c.ask(200, "POST", of(tablet, "/return"), "", "", nil)
	c.ask(409, "POST", of(tablet, "/return"), "", "", nil)
	c.send(200, "POST", of(tablet, "/transfer"), `{"site": 2}`, nil)
	c.send(404, "POST", of(tablet, "/transfer"), `{"site": 99}`, nil)
	c.ask(200, "POST", "/api/v1/sites/1/import/devices?category=tablet&purchased=2024-09-01", csv, "label\ntablette 2\n", &done)
	c.send(200, "POST", of(done.Changes[0].Device, "/merge"), fmt.Sprintf(`{"old": %q}`, tablet), nil)
	c.send(409, "POST", of(device, "/merge"), fmt.Sprintf(`{"old": %q}`, device), nil)
	if c.get(200, "/api/v1/devices?state=twins", &page); len(page.Devices) != 1 || page.Devices[0].Twins.Times != 3 || page.Devices[0].Twins.LeftOut != 4 {
		c.t.Errorf("devices that are two machines: %+v", page)
	}
	c.ask(200, "POST", of(device, "/apart"), "", "", nil)
	c.ask(409, "POST", of(device, "/apart"), "", "", nil)
	var secret struct{ Secret string }
	c.ask(200, "POST", of(device, "/rotate-key"), "", "", &secret)
	if len(secret.Secret) < 40 {
		c.t.Errorf("the secret is %q", secret.Secret)
	}
	c.ask(409, "POST", of(done.Changes[0].Device, "/rotate-key"), "", "", nil)
	c.get(200, of(device, "/export"), nil)
	c.ask(200, "DELETE", of(device, ""), "", "", nil)
	c.ask(404, "DELETE", of(device, ""), "", "", nil)
}

// repairs records, lists and takes back what was done to a device, one by one and by list.
func (c *client) repairs(tablet string) {
	at := "/api/v1/devices/" + tablet + "/repairs"
	var all struct {
		Repairs []struct {
			On, Part, Outcome string
			CostEUR           float64 `json:"cost_eur"`
		}
	}
	c.send(200, "POST", at, `{"on": "2025-03-04", "part": "screen", "outcome": "repaired", "done_by": "sent_out", "cost_eur": 129.9}`, &all)
	if len(all.Repairs) != 1 || all.Repairs[0].On != "2025-03-04" || all.Repairs[0].CostEUR != 129.9 {
		c.t.Errorf("the repairs are %+v", all)
	}
	c.send(400, "POST", at, `{"part": "toaster", "outcome": "repaired"}`, nil)
	c.send(409, "POST", at, `{"on": "2020-01-01", "part": "screen", "outcome": "repaired"}`, nil)
	c.send(404, "POST", "/api/v1/devices/d-none/repairs", `{"part": "screen", "outcome": "repaired"}`, nil)
	c.get(200, at, &all)
	c.ask(400, "DELETE", at+"/soon/screen", "", "", nil)
	c.ask(200, "DELETE", at+"/2025-03-04/screen", "", "", &all)
	if len(all.Repairs) != 0 {
		c.t.Errorf("taken back, there are %+v", all)
	}
	c.ask(409, "DELETE", at+"/2025-03-04/screen", "", "", nil)
	const csv, list = "text/csv", "Poste;Jour;Pièce;Coût\ntablette 1;04/03/2025;Dalle;129,90\n"
	var done struct{ Added, Changed, Unchanged int }
	for _, path := range []string{"/api/v1/organisations/1/import/repairs?dry_run=true", "/api/v1/sites/1/import/repairs?dry_run=true", "/api/v1/organisations/1/import/repairs"} {
		if c.ask(200, "POST", path, csv, list, &done); done.Added != 1 {
			c.t.Errorf("%s: %+v", path, done)
		}
	}
	if c.ask(200, "POST", "/api/v1/organisations/1/import/repairs", csv, list, &done); done.Unchanged != 1 {
		c.t.Errorf("the repairs again: %+v", done)
	}
	c.ask(400, "POST", "/api/v1/organisations/1/import/repairs", csv, strings.ReplaceAll(list, "Dalle", "grille-pain"), nil)
	c.ask(200, "POST", "/api/v1/organisations/1/import/repairs?word=grille-pain%3Dskip", csv, strings.ReplaceAll(list, "Dalle", "grille-pain"), nil)
	c.ask(404, "POST", "/api/v1/organisations/9/import/repairs", csv, list, nil)
}

func (c *client) people() {
	var made struct{ Name, Password, Key string }
	c.send(201, "POST", "/api/v1/users", `{"name": "leo", "role": "it_manager", "sites": [1]}`, &made)
	c.send(409, "POST", "/api/v1/users", `{"name": "leo", "role": "it_manager", "sites": [1]}`, nil)
	c.send(400, "POST", "/api/v1/users", `{"name": "ana", "role": "king", "everything": true}`, nil)
	c.send(400, "POST", "/api/v1/users", `{"name": "ana", "role": "auditor"}`, nil)
	c.send(400, "POST", "/api/v1/users", `{"name": "ana", "role": "it_manager", "sites": [99]}`, nil)
	var some struct {
		Users []struct{ Name, Role string }
		Next  int64
	}
	c.get(200, "/api/v1/users", nil)
	if c.get(200, "/api/v1/users?limit=1", &some); len(some.Users) != 1 || some.Next == 0 || some.Users[0].Name != "leo" {
		c.t.Errorf("the first is %+v", some)
	}
	after := some.Next
	some.Next = 0
	if c.get(200, fmt.Sprint("/api/v1/users?after=", after), &some); len(some.Users) != 1 || some.Users[0].Name != "zoe" || some.Next != 0 {
		c.t.Errorf("the others are %+v", some)
	}
	if c.get(200, "/api/v1/users?find=EO", &some); len(some.Users) != 1 || some.Users[0].Name != "leo" {
		c.t.Errorf("found are %+v", some)
	}
	c.send(200, "PATCH", "/api/v1/users/leo", `{"role": "procurement", "organisations": [1]}`, nil)
	c.send(400, "PATCH", "/api/v1/users/leo", `{"role": "it_manager", "sites": [99]}`, nil)
	c.send(404, "PATCH", "/api/v1/users/ana", `{"role": "auditor", "everything": true}`, nil)
	c.send(409, "PATCH", "/api/v1/users/zoe", `{"role": "auditor", "everything": true}`, nil) // oneself
	c.ask(409, "DELETE", "/api/v1/users/zoe", "", "", nil)
	c.send(200, "PATCH", "/api/v1/users/leo", `{"role": "it_manager", "sites": [1]}`, nil)
	c.ask(200, "POST", "/api/v1/users/leo/password", "", "", nil)
	c.ask(404, "POST", "/api/v1/users/ana/password", "", "", nil)
	c.send(201, "POST", "/api/v1/users/leo/keys", `{"name": "inventory", "scopes": ["read_devices", "change_devices", "import"], "valid_days": 30}`, &made)
	c.send(400, "POST", "/api/v1/users/leo/keys", `{"name": "x", "scopes": ["manage_users"], "valid_days": 30}`, nil)
	c.send(400, "POST", "/api/v1/users/leo/keys", `{"name": "x", "valid_days": 0}`, nil)
	c.get(200, "/api/v1/users/leo/keys?limit=1", nil)
	c.get(404, "/api/v1/users/ana/keys", nil)
	c.reachOf(made.Key)
	c.ask(204, "DELETE", "/api/v1/users/leo/keys/1", "", "", nil)
	c.ask(404, "DELETE", "/api/v1/users/leo/keys/1", "", "", nil)
	c.ask(204, "DELETE", "/api/v1/users/leo", "", "", nil)
	c.ask(404, "DELETE", "/api/v1/users/leo", "", "", nil)
}

// reachOf is what an IT manager of site 1 may not do at site 2.
func (c *client) reachOf(key string) {
	c.as = func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+key) }
	defer func() { c.as = asZoe }()
	const csv = "text/csv"
	var done struct{ Changes []struct{ Device string } }
	c.ask(200, "POST", "/api/v1/sites/1/import/devices?category=tablet&purchased=2024-09-01", csv, "label\ntablette 3\n", &done)
	c.ask(404, "POST", "/api/v1/sites/2/import/devices", csv, "label\ntablette 3\n", nil)
	c.ask(404, "POST", "/api/v1/organisations/1/import/devices", csv, "label\ntablette 3\n", nil)
	c.ask(400, "POST", "/api/v1/sites/1/import/devices", csv, "label;serial\nÉcran 2;CN2\n", nil) // it is at site 2
	c.send(404, "POST", "/api/v1/devices/"+done.Changes[0].Device+"/transfer", `{"site": 2}`, nil)
	c.send(403, "POST", "/api/v1/organisations", `{"name": "Z"}`, nil)
	c.send(403, "POST", "/api/v1/sites/1/tokens", `{}`, nil) // the key has no such scope
	c.get(403, "/api/v1/audit", nil)
}

func (c *client) watch(s *Service) {
	var page struct {
		Acts []struct{ Who, What string }
		Next int64
	}
	c.get(200, "/api/v1/audit?limit=3", &page)
	if len(page.Acts) != 3 || page.Next == 0 || page.Acts[0].What != "user remove" || page.Acts[0].Who != "zoe" {
		c.t.Errorf("the acts are %+v", page)
	}
	c.get(200, fmt.Sprint("/api/v1/audit?since=2020-01-01T00:00:00Z&after=", page.Next), &page)
	c.get(400, "/api/v1/audit?since=lately", nil)
	if c.get(200, "/api/v1/audit?who=zoe&what=user+key", &page); len(page.Acts) != 2 || page.Acts[0].What != "user key revoke" {
		c.t.Errorf("the acts about keys are %+v", page)
	}
	c.get(200, "/api/v1/agents", nil)
	c.get(200, "/api/v1/duties", nil)
	c.get(200, "/api/v1/duties?organisation=1", nil)
	c.get(400, "/api/v1/duties?organisation=all", nil)
	c.get(200, "/api/v1/health", nil)
	c.get(200, "/api/v1/verification", nil)
	c.send(202, "POST", "/api/v1/verification", "", nil)
	s.verifier.Close() // waits for it
	c.ask(409, "POST", "/api/v1/verification", "", "", nil)
	var check struct {
		State string
		Found int64
	}
	c.get(200, "/api/v1/verification", &check)
	if check.State != "finished" && check.State != "failed" || check.Found != 0 {
		c.t.Errorf("the check is %+v", check)
	}
}

// wrong asks without signing in for all that needs it.
func (c *client) wrong() {
	c.as = nil
	for path, methods := range c.paths {
		for method, operation := range methods {
			if _, asks := operation.Responses["401"]; !asks || path == "/api/v1/reports" || path == "/api/v2/write" {
				continue
			}
			c.ask(401, strings.ToUpper(method), strings.NewReplacer("{id}", "1", "{key}", "1").Replace(path), "", "", nil)
		}
	}
}
