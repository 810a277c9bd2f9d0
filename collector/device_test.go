package main

import (
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
)

// get asks for a path with a name and password.
func (s *server) get(t *testing.T, path, name, password string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(name, password)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s, %v", path, answer.Status, text, err)
	}
	return string(text)
}

// seenAsTwo makes a device one that two machines were seen as.
func seenAsTwo(t *testing.T, data, name string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(data, "ecoparc.sqlite")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("INSERT INTO twins (device, first, last, times, left_out, newest) SELECT id, 0, 0, ?, 12, 0 FROM devices WHERE name = ?", registry.TwinsAfter, name); err != nil {
		t.Fatal(err)
	}
}

// The fleet of a lycée, administered beside the running collector.
func TestAdministratorsYear(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s, token := prepared(t, data, 2)
	in := func(args ...string) []string { return append([]string{"--data", data}, args...) }
	says := func(parts []string, args ...string) string {
		t.Helper()
		out := works(t, in(args...)...)
		for _, part := range parts {
			if !strings.Contains(out, part) {
				t.Errorf("collector %s prints\n%swhere %q is missing", strings.Join(args, " "), out, part)
			}
		}
		return out
	}
	old, _, _ := s.enrol(t, token)
	if ack, _, err := s.report(old, 0); err != nil || ack.New != 4 {
		t.Fatalf("the first report: %+v, %v", ack, err)
	}

	// September: the purchases of the asset management.
	list := filepath.Join("purchase", "testdata", "glpi_fr.csv")
	says([]string{"added", "SALLE12-01", "3 added, 0 changed, 0 unchanged: a preview", "Columns not read: Usager"}, "device", "import", list, "--organisation", "Région", "--dry-run")
	if out := says(nil, "device", "list"); strings.Contains(out, "SALLE12") {
		t.Errorf("after a preview there are\n%s", out)
	}
	says([]string{"3 added"}, "device", "import", list, "--organisation", "Région")
	again := says([]string{"0 added, 0 changed, 3 unchanged."}, "device", "import", list, "--organisation", "Région")
	if strings.Contains(again, "5CG1234ABC") {
		t.Error("a serial number is printed")
	}
	if out := says([]string{"SALLE12-01", "SALLE12-02", "agentless"}, "device", "list", "--agentless"); strings.Contains(out, "VIEUX") || strings.Contains(out, old.Device) {
		t.Errorf("without an agent are\n%s", out)
	}
	says([]string{"VIEUX-07", "retired", "2016-09-01"}, "device", "list", "--state", "retired")
	if out := says([]string{"SALLE12-01"}, "device", "list", "--model", "latitude", "--category", "laptop", "--older-than", "3", "--site", "1"); strings.Count(out, "\n") != 2 {
		t.Errorf("one old Latitude is expected in\n%s", out)
	}

	// The device is set up anew, enrols again, and moves to the annexe.
	heir, _, _ := s.enrol(t, token)
	if ack, _, err := s.report(heir, 5); err != nil || ack.New != 4 {
		t.Fatalf("the second report: %+v, %v", ack, err)
	}
	says([]string{heir.Device + " goes on"}, "device", "merge", old.Device, heir.Device)
	if _, status, _ := s.report(old, 1); status != http.StatusUnauthorized {
		t.Errorf("the old identity is answered %d", status)
	}
	if ack, _, err := s.report(heir, 0); err != nil || ack.Repeat != 4 {
		t.Errorf("what the old identity reported is new to its heir: %+v, %v", ack, err)
	}
	works(t, in("site", "add", "Annexe", "--organisation", "Région")...)
	says([]string{"at site 2"}, "device", "transfer", heir.Device, "--site", "2")
	says([]string{heir.Device, "Annexe"}, "device", "list", "--site", "2")

	// It was copied, and the copy was enrolled anew.
	if out := says(nil, "device", "list", "--twins"); strings.Contains(out, heir.Device) {
		t.Errorf("a device that is one is among those that are two:\n%s", out)
	}
	fails(t, []string{heir.Device, "is not known to be two machines"}, in("device", "apart", heir.Device)...)
	seenAsTwo(t, data, heir.Device)
	says([]string{heir.Device, "reporting, two machines (12 windows left out)"}, "device", "list", "--twins")
	says([]string{heir.Device, "one machine again"}, "device", "apart", heir.Device)
	if out := says(nil, "device", "list", "--twins"); strings.Contains(out, heir.Device) {
		t.Errorf("it is two still:\n%s", out)
	}

	// Its secret was on a stolen disk.
	was := heir.Secret
	heir.Secret = regexp.MustCompile(`(?m)^  (\S{40,})$`).FindStringSubmatch(says([]string{"identity.json"}, "device", "rotate-key", heir.Device))[1]
	if ack, status, err := s.report(heir, 6); err != nil || ack.New != 4 {
		t.Errorf("with the new secret: %d %+v, %v", status, ack, err)
	}
	stolen := heir
	stolen.Secret = was
	if _, status, _ := s.report(stolen, 7); status != http.StatusUnauthorized {
		t.Errorf("the old secret is answered %d", status)
	}
	says([]string{"test", "1"}, "device", "versions")

	// July: what leaves.
	fails(t, []string{"it is in service since"}, in("device", "retire", heir.Device, "--on", time.Now().AddDate(0, 0, -420).Format(time.DateOnly), "--to", "lost")...)
	says([]string{"out of service since"}, "device", "retire", heir.Device, "SALLE12-02", "--to", "reuse")
	if _, status, _ := s.report(heir, 8); status != http.StatusUnauthorized {
		t.Errorf("a retired device is answered %d", status)
	}
	says([]string{"In service"}, "device", "return", heir.Device)

	password := regexp.MustCompile(`once: (\S+)`).FindStringSubmatch(works(t, in("user", "add", "zoé", "--role", "it_manager", "--everything")...))[1]
	var page struct {
		Devices []struct{ ID, State, Label string }
	}
	if err := json.Unmarshal([]byte(s.get(t, "/api/v1/devices?state=all", "zoé", password)), &page); err != nil || len(page.Devices) != 4 {
		t.Errorf("the API lists %+v, %v; want 4", page, err)
	}
	if text := s.get(t, "/metrics", "", ""); !strings.Contains(text, `ecoparc_agents{version="test"} 1`) {
		t.Errorf("metrics are\n%s", text)
	}
	s.get(t, "/api/v1/sites/2", "zoé", password) // its figures can be computed

	log := says([]string{
		"operating system user ", "organisation add", "site add", "token create", "device import", "glpi_fr.csv (SHA-256 ", "3 added", "device merge", "goes on from " + old.Device,
		"device transfer", "from site 1 to site 2", "device rotate-key", "device retire", "to reuse", "device return", "user add",
	}, "audit")
	if lines := strings.Split(strings.TrimSpace(log), "\n"); !strings.Contains(lines[1], "user add") || strings.Contains(log, "SALLE12") || strings.Contains(log, heir.Secret) || strings.Count(log, "device import") != 2 {
		t.Errorf("the audit log is\n%s", log)
	}
}

func TestMistakesWithDevicesAreToldInASentence(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	prepared(t, data, 1)
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "devices.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	in := func(args ...string) []string { return append([]string{"--data", data}, args...) }
	const good = "Poste;Nature;Acheté le\nP1;PC élève;01/09/2023\n"
	for _, c := range []struct {
		parts []string
		args  []string
	}{
		{[]string{"nothing is imported", "neither a label nor a serial number", "--map"}, in("device", "import", file(good), "--site", "1")},
		{[]string{"nothing is imported", "line 2", `category is "PC élève"`, "--type"}, in("device", "import", file(good), "--site", "1", "--map", "Poste=label", "--map", "Nature=category")},
		{[]string{"nothing is imported", "line 2", "a purchase date is needed"}, in("device", "import", file(good), "--site", "1", "--map", "Poste=label", "--category", "laptop")},
		{[]string{"--purchased", "2023-13-01"}, in("device", "import", file(good), "--site", "1", "--purchased", "2023-13-01", "--map", "Poste=label")},
		{[]string{"there is no site 7"}, in("device", "import", file(good), "--site", "7", "--map", "Poste=label")},
		{[]string{`there is no organisation "Regoin"`}, in("device", "import", file(good), "--organisation", "Regoin", "--map", "Poste=label")},
		{[]string{`there is no device "d-nowhere"`, "device list"}, in("device", "retire", "d-nowhere", "--to", "lost")},
		{[]string{`to is "attic"; a device leaves to reuse`, "reuse, recycling, lost"}, in("device", "retire", "d-nowhere", "--to", "attic")},
		{[]string{"--on", "is not a day"}, in("device", "retire", "d-nowhere", "--on", "tomorrow", "--to", "lost")},
		{[]string{"state is", "allowed are reporting"}, in("device", "list", "--state", "happy")},
		{[]string{`there is no organisation "Regoin"`}, in("device", "list", "--organisation", "Regoin")},
		{[]string{`there is no site "0759999L"`}, in("device", "list", "--site", "0759999L")},
		{[]string{"category is", "allowed are laptop"}, in("device", "list", "--category", "Portable")},
		{[]string{`there is no device "P0"`, "--state all"}, in("device", "repair", "list", "P0")},
		{[]string{`there is no device "P0"`}, in("device", "export", "P0")},
		{[]string{`there is no device "P0"`}, in("device", "erase", "P0", "--yes")},
		{[]string{`there is no device "a"`}, in("device", "merge", "a", "b")},
	} {
		fails(t, c.parts, c.args...)
	}
	out := works(t, in("device", "import", file(good), "--site", "1", "--map", "Poste=label", "--map", "Nature=category", "--map", "Acheté le=purchased", "--type", "PC élève=laptop", "--population", "individual")...)
	if !strings.Contains(out, "1 added") {
		t.Errorf("with its columns named, the list gives\n%s", out)
	}
	if out := works(t, in("device", "list", "--population", "individual", "--site", "1", "--organisation", "1")...); !strings.Contains(out, "P1") || !strings.Contains(out, "2023-09-01") {
		t.Errorf("then there are\n%s", out)
	}
	works(t, in("device", "repair", "record", "P1", "battery", "--on", "2026-03-04")...)
	if out := works(t, in("device", "repair", "list", "P1")...); !strings.Contains(out, "2026-03-04  battery") {
		t.Errorf("by its label, its repairs are\n%s", out)
	}
	if out := works(t, in("device", "export", "P1")...); !strings.Contains(out, `"label": "P1"`) {
		t.Errorf("by its label, there is kept of it\n%s", out)
	}
	if out := works(t, in("device", "erase", "P1", "--yes")...); !strings.Contains(out, "Erased device d-") {
		t.Errorf("by its label, it is erased as\n%s", out)
	}
}
