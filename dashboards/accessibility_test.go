package dashboards

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestStatementClaimsNoMoreThanAValidAuditShows(t *testing.T) {
	day := func(y int, m time.Month) time.Time { return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		audit *Audit
		want  string
	}{
		{nil, "none"},
		{&Audit{On: day(2026, 9), Percent: 49.9}, "none"},
		{&Audit{On: day(2026, 9), Percent: 50}, "partial"},
		{&Audit{On: day(2026, 9), Percent: 99.9}, "partial"},
		{&Audit{On: day(2026, 9), Percent: 100}, "full"},
		{&Audit{On: day(2023, 12), Percent: 100}, "full"},
		{&Audit{On: day(2023, 11), Percent: 100}, "none"}, // three years and three weeks
	} {
		if got := (Accessibility{Audit: c.audit}).conclusion(noon); got != c.want {
			t.Errorf("%+v is %s, want %s", c.audit, got, c.want)
		}
	}
}

// The law wants the mention on each page, the statement open to everybody, and in it
// the contact and the remedies.
func TestEachPageLeadsToTheStatement(t *testing.T) {
	w := &world{name: "Lycée", devices: 1}
	for _, address := range append([]string{"/nowhere", "/sign-in", "/accessibility"}, allPages...) {
		for lang, mention := range map[string]string{"fr": "Accessibilité : non conforme", "en": "Accessibility: not compliant"} {
			page := plainSpaces.Replace(w.get(t, address, "lang="+lang).Body.String())
			if !strings.Contains(page, `<a href="/accessibility">`+mention+`</a>`) {
				t.Errorf("%s in %s does not say %q", address, lang, mention)
			}
		}
	}
	answer := httptest.NewRecorder()
	w.handler(t, io.Discard).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/accessibility", nil))
	for _, want := range []string{"Défenseur des droits", "RGAA", "article 47", "axe-core", "accessibility.contact"} {
		if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), want) {
			t.Errorf("who has not signed in is answered %d, without %q", answer.Code, want)
		}
	}
}

func TestStatementTellsOfTheAuditAndTheContact(t *testing.T) {
	w := new(world)
	p := w.bare(t, io.Discard)
	p.Accessibility = Accessibility{Entity: evil, Contact: "a@b.fr", ContactURL: "mailto:a@b.fr", Audit: &Audit{By: "Cabinet", On: noon.AddDate(-4, 0, 0), Percent: 87}}
	answer := httptest.NewRecorder()
	p.AccessibilityStatement(answer, httptest.NewRequest(http.MethodGet, "/accessibility", nil))
	page := plainSpaces.Replace(answer.Body.String())
	for _, want := range []string{`href="mailto:a@b.fr"`, "L’audit de Cabinet, du 23 novembre 2022, constate que 87 %", "plus de 3 ans", "&lt;script&gt;"} {
		if !strings.Contains(page, want) {
			t.Errorf("the statement lacks %q", want)
		}
	}
}
