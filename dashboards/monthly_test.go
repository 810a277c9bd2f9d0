package dashboards

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// press is a Printer that keeps what it prints.
type press struct {
	page, style string
	err         error
}

func (p *press) PDF(_ context.Context, page, style []byte) ([]byte, error) {
	p.page, p.style = string(page), string(style)
	return []byte("%PDF-1.4"), p.err
}

func TestMonthlyReportSaysWhatChanged(t *testing.T) {
	w := &world{name: "Région", devices: 3}
	page := plainSpaces.Replace(w.get(t, "/organisations/1/report").Body.String())
	for _, want := range []string{"Région · octobre 2026", "de plus qu’en septembre 2026", "<h2>Ce qui a changé, et pourquoi</h2>", "Nombre d’appareils", "faite pour le papier", "embodied.laptop"} {
		if !strings.Contains(page, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	if strings.Contains(page, "report.pdf") {
		t.Error("a PDF is offered where there is nothing to print with")
	}
	if answer := w.get(t, "/organisations/1/report?month=2026-13"); answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), "comme 2026-10") {
		t.Errorf("a month that does not exist: %d", answer.Code)
	}
	if page := w.get(t, "/organisations/1/report?month=2024-03").Body.String(); !strings.Contains(page, "Rien n’est connu pour mars 2024") || !strings.Contains(page, "Choisissez un autre mois") {
		t.Error("a month without data has no next step")
	}
	if code := w.get(t, "/organisations/7/report").Code; code != http.StatusNotFound {
		t.Errorf("an organisation that is not there: %d", code)
	}
}

func TestReportOnPaperStandsAlone(t *testing.T) {
	w, p := &world{name: evil, simulated: true, devices: 3}, new(press)
	pages := w.bare(t, io.Discard)
	pages.Printer = p
	ask := func(address string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, address, nil)
		r.Header.Set("Cookie", SessionCookie+"=token")
		answer := httptest.NewRecorder()
		w.routes(pages).ServeHTTP(answer, r)
		return answer
	}
	if page := ask("/organisations/1/report").Body.String(); !strings.Contains(page, "?lang=fr&amp;month=2026-10&amp;file=report.pdf") {
		t.Error("the page does not lead to its PDF")
	}
	answer := ask("/organisations/1/report?month=2026-10&file=report.pdf")
	if answer.Code != http.StatusOK || answer.Body.String() != "%PDF-1.4" || answer.Header().Get("Content-Type") != "application/pdf" || !strings.Contains(answer.Header().Get("Content-Disposition"), "simule-ecoparc-") {
		t.Errorf("%d, %v", answer.Code, answer.Header())
	}
	for _, outside := range []string{`href="/`, `href="?`, `src="`, "<script"} {
		if strings.Contains(p.page, outside) {
			t.Errorf("the paper has %s", outside)
		}
	}
	if !strings.Contains(p.page, `href="style.css"`) || !strings.Contains(p.style, "@media print") || !strings.Contains(p.page, `<html lang="fr">`) || !strings.Contains(p.page, "SIMULÉ") {
		t.Error("the paper lacks its style, its language or its mark")
	}
	p.err = errors.New("no paper")
	if answer := ask("/organisations/1/report?file=report.pdf"); answer.Code != http.StatusServiceUnavailable || !strings.Contains(answer.Body.String(), "imprimez-le") {
		t.Errorf("a printer that fails: %d", answer.Code)
	}
}

func TestLetterSaysTheSameInTextAndHTML(t *testing.T) {
	w := &world{name: evil, devices: 3}
	pages := w.bare(t, io.Discard)
	for _, lang := range languages {
		letter, err := pages.Letter(t.Context(), 1, calendar.Date(2026, 10, 1), lang, "https://ecoparc.example")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(letter.Text, "https://ecoparc.example/organisations/1/report?month=2026-10") || !strings.Contains(letter.HTML, `href="https://ecoparc.example/organisations/1/report?month=2026-10"`) {
			t.Errorf("%s: the letter does not lead to the report", lang)
		}
		if strings.Contains(letter.HTML, "<script") || letter.PDF != nil || strings.ContainsAny(letter.Subject, "\r\n") || !strings.Contains(letter.Text, evil) {
			t.Errorf("%s: %+v", lang, letter)
		}
	}
	if _, err := pages.Letter(t.Context(), 1, calendar.Date(2024, 10, 1), quantity.French, ""); !errors.Is(err, view.ErrNotFound) {
		t.Errorf("a letter on a month without data: %v", err)
	}
}
