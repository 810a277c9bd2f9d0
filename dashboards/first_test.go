package dashboards

import (
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
