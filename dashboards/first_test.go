package dashboards

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/models/profile"
)

// Whoever has just begun is told the next step on each page of a fleet, in place of
// empty pictures.
func TestEachPageOfAnEmptyFleetSaysTheNextStep(t *testing.T) {
	w := &world{name: "Lycée", verdict: profile.Unknown, emptied: true}
	for _, address := range dataPages {
		if address == "/" || strings.HasPrefix(address, "/devices/") || strings.Contains(address, "/models/") || strings.HasSuffix(address, "/tender") {
			continue // these are there only once there is something
		}
		page := w.get(t, address).Body.String()
		main := page[strings.Index(page, "<main"):strings.Index(page, "</main>")]
		if !strings.Contains(main, "<pre>") && !strings.Contains(main, `class="next"`) {
			t.Errorf("%s does not say the next step: %.300s", address, main)
		}
		if strings.Contains(main, "<svg") {
			t.Errorf("%s draws what it does not know", address)
		}
	}
}

// The next step is a link for whoever may take it, and a person to ask for whoever may not.
func TestNextStepIsALinkForWhoMayTakeIt(t *testing.T) {
	manager := &world{name: "Lycée", emptied: true, verdict: profile.Unknown}
	for address, way := range map[string]string{
		"/organisations/1": "/administration/tokens", "/organisations/1/report": "/administration/tokens", "/organisations/1/procurement": "/administration/organisations/1/import/devices", "/sites/1": "/administration/sites/1/tokens", "/sites/1/devices": "/administration/sites/1/tokens",
	} {
		says(t, manager, address, http.StatusOK, []string{`<a href="` + way + `">`, "<pre"})
	}
	says(t, manager, "/sites/1", http.StatusOK, []string{"token create --site 1\n"})
	says(t, &world{untouched: true}, "/", http.StatusOK, []string{"Aucune organisation", `<a href="/administration/organisations">Ajouter une organisation</a>`})
	councillor := &world{name: "Lycée", emptied: true, verdict: profile.Unknown, opens: func(path string) bool { return !strings.HasPrefix(path, "/administration") }}
	for _, address := range []string{"/organisations/1", "/organisations/1/models", "/sites/1"} {
		says(t, councillor, address, http.StatusOK, []string{"demandez-le-lui"}, "<pre", "/administration/")
	}
}

// Where nothing is registered yet the pages of administration lead to the first
// organisation, and offer no search in nothing.
func TestAdministrationBeginsWithAnOrganisation(t *testing.T) {
	for _, address := range []string{"/administration/sites", "/administration/devices", "/administration/tokens"} {
		says(t, &world{untouched: true}, address, http.StatusOK, []string{`<a href="/administration/organisations">Ajouter une organisation</a>`}, "ne correspond", `type="search"`)
	}
	says(t, &world{name: "Lycée", emptied: true}, "/administration/devices", http.StatusOK, []string{"Aucun appareil n’est encore connu", `href="/administration/tokens"`}, "ne correspond")
	says(t, &world{name: "Lycée", emptied: true}, "/administration/devices?find=x", http.StatusOK, []string{"ne correspond"})
}

// A device that was seen for minutes is not spoken of as if it had been seen for weeks.
func TestLittleIsSaidOfWhatWasHardlySeen(t *testing.T) {
	w := &world{name: "Lycée", devices: 1} // its device ran for a quarter of an hour
	if page := plainSpaces.Replace(w.get(t, "/devices/device-0007").Body.String()); !strings.Contains(page, "Pas encore assez vu") || !strings.Contains(page, "15 min en marche") {
		t.Error("the device is spoken of as if it were known")
	}
	fr := languagesOf(t)["fr"]
	for ms, want := range map[int64]bool{0: true, leastSeenMs - 1: true, leastSeenMs: false} {
		if got := fr.early(ms) != ""; got != want {
			t.Errorf("after %d ms running: %v, want %v", ms, got, want)
		}
	}
}
