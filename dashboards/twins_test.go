package dashboards

import (
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/dashboards/view"
)

// A device that is two machines says so on its page, on that of its school's devices and
// in administration: what it means, what to do, and where to say that it is done. One
// that is one machine says nothing of it.
func TestPagesSayThatADeviceIsTwoMachines(t *testing.T) {
	two := &view.Twins{First: noon.AddDate(0, 0, -3), Last: noon, Times: 4, LeftOut: 1200}
	for address, wants := range map[string][]string{
		"/devices/d-1": {
			"Deux machines sous un même nom", "Depuis le 20 novembre 2026, deux machines rendent compte", "vues ensemble 4 fois, la dernière le 23 novembre 2026", "Rien n’est compté deux fois : 1 200 relevés",
			"<code>ecoparc-agent service stop</code>", "identity.json", `<a href="/administration/devices/device-0007#apart-confirm">`,
		},
		"/sites/1/devices":             {"suivi, deux machines", `<a href="?state=twins">deux machines (1)</a>`},
		"/sites/1/devices?state=twins": {"suivi, deux machines", "<b>deux machines (1)</b>"},
		"/administration/devices/d-1":  {"Deux machines sous un même nom", "Elles sont séparées", `id="apart-confirm"`, `<a href="/administration/devices/d-1#apart-confirm">`, `<a href="/administration/sites/1/tokens">Faire un jeton</a>`, "silencieux, deux machines"},
		"/administration/devices":      {"silencieux, deux machines", `<option value="twins">deux machines sous un nom</option>`},
		"/administration":              {"2 appareils répondent pour deux machines à la fois.", `<a href="/administration/devices?state=twins">Les séparer</a>`},
	} {
		w := &world{name: "Lycée", devices: 2, twins: two}
		page := w.page(t, address)
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %q", address, want)
			}
		}
		if strings.HasPrefix(address, "/administration") {
			continue
		}
		w.twins = nil
		if page := w.page(t, address); strings.Contains(page, "eux machines") && !strings.Contains(address, "state=twins") {
			t.Errorf("%s says it of a device that is one", address)
		}
	}
}

// page is a page as it is read, with plain blanks.
func (w *world) page(t *testing.T, address string) string {
	t.Helper()
	answer := w.get(t, address)
	if answer.Code != http.StatusOK {
		t.Fatalf("%s is answered %d", address, answer.Code)
	}
	return plainSpaces.Replace(html.UnescapeString(answer.Body.String()))
}

// Who may not administer is not sent there.
func TestDevicePageLeadsOnlyThoseToAdministrationWhoMayOpenIt(t *testing.T) {
	w := &world{name: "Lycée", twins: &view.Twins{First: noon, Last: noon, Times: 3, LeftOut: 1}, opens: func(path string) bool { return !strings.HasPrefix(path, "/administration") }}
	if page := w.page(t, "/devices/d-1"); !strings.Contains(page, "Deux machines sous un même nom") || strings.Contains(page, "/administration") || !strings.Contains(page, "1 relevé d’un quart d’heure est laissé de côté") {
		t.Errorf("the page is wrong: %s", page)
	}
}
