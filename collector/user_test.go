package main

import (
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/collector/access"
)

// statusAs is what an address answers to an Authorization header.
func (s *server) statusAs(t *testing.T, path, authorization string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", authorization)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

// A year of a council's people, as its administrator writes it.
func TestPeopleComeChangeAndGo(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	in := func(args ...string) []string { return append([]string{"--data", data}, args...) }
	s := serve(t, data)
	for _, args := range [][]string{{"Lycée Jean Moulin", "--organisation", "Région", "--uai", "0750001U"}, {"Collège", "--organisation", "Département"}} {
		works(t, in(append([]string{"site", "add"}, args...)...)...)
	}
	out := works(t, in("user", "add", "lea", "--role", "it_manager", "--site", "0750001U", "--site", "2", "--organisation", "Région")...)
	if !strings.Contains(out, "User lea, it_manager of organisations 1 and sites 1 2.") || !strings.Contains(out, "shown this once") {
		t.Errorf("user add prints %q", out)
	}
	works(t, in("user", "add", "amina", "--role", "administrator")...)
	list := works(t, in("user", "list")...)
	for _, line := range []string{`amina +administrator +all +all +here`, `lea +it_manager +1 +1 2 +here`} {
		if !regexp.MustCompile(`(?m)^` + line + `$`).MatchString(list) {
			t.Errorf("user list prints\n%swithout %s", list, line)
		}
	}
	key := regexp.MustCompile(`ecoparc_\w+`).FindString(works(t, in("user", "key", "add", "lea", "grafana", "--scope", "read_figures", "--scope", "read_factors")...))
	for path, want := range map[string]int{"/api/v1/sites/1": 200, "/api/v1/organisations/1": 200, "/api/v1/organisations/2": 404, "/api/v1/devices": 403} {
		if got := s.statusAs(t, path, "Bearer "+key); got != want {
			t.Errorf("with the key %s is %d, want %d", path, got, want)
		}
	}
	if out := works(t, in("user", "key", "list", "lea")...); !regexp.MustCompile(`1 +grafana +read_figures read_factors .* valid`).MatchString(out) || strings.Contains(out, key) {
		t.Errorf("user key list prints %q", out)
	}
	works(t, in("user", "key", "revoke", "lea", "1")...)
	if got := s.statusAs(t, "/api/v1/sites/1", "Bearer "+key); got != http.StatusUnauthorized {
		t.Errorf("with a revoked key: %d", got)
	}
	password := regexp.MustCompile(`once: (\S+)`).FindStringSubmatch(works(t, in("user", "password", "lea")...))[1]
	if got := s.organisations(t, "lea", password); got != http.StatusOK {
		t.Errorf("with the new password: %d", got)
	}
	works(t, in("user", "remove", "lea")...)
	if got := s.organisations(t, "lea", password); got != http.StatusUnauthorized {
		t.Errorf("after removal: %d", got)
	}
	log := works(t, in("audit")...)
	for _, act := range []string{"user add", "user key add", "user key revoke", "user password", "user remove"} {
		if !strings.Contains(log, act) {
			t.Errorf("the audit log lacks %q:\n%s", act, log)
		}
	}
	if strings.Contains(log, password) || strings.Contains(log, key) {
		t.Errorf("the audit log holds a secret:\n%s", log)
	}
	for _, c := range []struct {
		parts []string
		args  []string
	}{
		{[]string{"it_manager", "reaches nothing"}, []string{"user", "add", "x", "--role", "it_manager"}},
		{[]string{"beside it"}, []string{"user", "add", "x", "--role", "auditor", "--everything", "--site", "1"}},
		{[]string{`there is no organisation "Nowhere"`}, []string{"user", "add", "x", "--role", "auditor", "--organisation", "Nowhere"}},
		{[]string{`there is no site "0750002V"`}, []string{"user", "add", "x", "--role", "auditor", "--site", "0750002V"}},
		{[]string{"--role"}, []string{"user", "add", "x"}},
		{[]string{"no such user", "user list"}, []string{"user", "remove", "x"}},
		{[]string{"no such user"}, []string{"user", "password", "x"}},
		{[]string{"no such user"}, []string{"user", "key", "add", "x", "y"}},
		{[]string{"does not give", "everything"}, []string{"user", "key", "add", "amina", "y", "--scope", "everything"}},
		{[]string{"key 7: there is no key of this number"}, []string{"user", "key", "revoke", "amina", "7"}},
	} {
		fails(t, c.parts, in(c.args...)...)
	}
	if out := works(t, "user", "roles"); out != access.Table() {
		t.Errorf("user roles prints %q", out)
	}
}
