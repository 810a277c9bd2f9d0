package dashboards

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/compare"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// What a school can do on Monday comes first: what runs for nobody, then what is silent,
// then what to keep.
func TestFirstSentenceOfASchoolSaysWhatToDo(t *testing.T) {
	all := languagesOf(t)
	saving := view.Saving{Energy: footprint.Energy{Low: 200_000, Value: 310_000, High: 900_000}, Mass: massOf(4_000, 14_000, 50_000), Cost: view.Money{Low: 10, Value: 53, High: 230}}
	little := view.Saving{Energy: footprint.Energy{Low: 1_000, Value: 5_000, High: 9_000}}
	for _, c := range []struct {
		week   view.Week
		silent int64
		fr, en string
	}{
		{view.Week{Yearly: &saving, Found: 21}, 3, "Lundi : arrêter ce qui consomme quand personne n’est là, à commencer par 21 appareils restés allumés, éviterait 310 kWh par an, soit 50 € et 14 kgCO2e.",
			"On Monday: stopping what runs while nobody is there, beginning with 21 devices left on, would save 310 kWh a year, or 50 € and 14 kgCO2e."},
		{view.Week{Yearly: &saving, Found: 1}, 0, "Lundi : arrêter ce qui consomme quand personne n’est là, à commencer par 1 appareil resté allumé, éviterait 310 kWh par an, soit 50 € et 14 kgCO2e.", ""},
		{view.Week{Yearly: &saving}, 0, "Lundi : arrêter ce qui consomme quand personne n’est là éviterait 310 kWh par an, soit 50 € et 14 kgCO2e.", ""},
		{view.Week{Yearly: &little}, 1, "Lundi : retrouver 1 appareil silencieux sur 80 ; rien d’autre ne tourne pour personne.", ""},
		{view.Week{}, 4, "Lundi : retrouver 4 appareils silencieux sur 80.", "On Monday: find 4 silent devices of 80."},
		{view.Week{Yearly: &little}, 0, "Rien à éteindre lundi : ce qui compte ici est de garder les appareils un an de plus, 900 kgCO2e et 1,20 k€ d’achats évités par an.", ""},
		{view.Week{}, 0, "", ""},
	} {
		s := &view.Site{Fleet: view.Fleet{Coverage: view.Coverage{Devices: 80, Silent: c.silent}, Drivers: []view.Driver{{Kind: "idle"}, {Kind: "embodied", Saves: massOf(500_000, 900_000, 1_400_000), SavesCost: view.Money{Low: 1_200, Value: 1_200, High: 1_200}}}}}
		if got := plainSpaces.Replace(all[quantity.French].mondaySentence(s, &c.week)); got != c.fr {
			t.Errorf("got  %s\nwant %s", got, c.fr)
		}
		if got := plainSpaces.Replace(all[quantity.English].mondaySentence(s, &c.week)); c.en != "" && got != c.en {
			t.Errorf("got  %s\nwant %s", got, c.en)
		}
	}
}

func TestSchoolPageSaysWhatRunsForNobodyAndHowToStopIt(t *testing.T) {
	w := &world{name: "Lycée", devices: 3}
	page := plainSpaces.Replace(w.get(t, "/sites/1").Body.String())
	for _, want := range []string{
		"<h1>Lundi : arrêter", "Chaque élève pèse 58 kgCO2e par an", "ouvert de 7 h à 19 h", `id="week-t"`, "D’après 83 jours du 1er septembre 2026 au 22 novembre 2026",
		"Ordinateur fixe : 400 kWh et 68 € de trop en 83 jours, en marche pour personne.", "Programmer l’arrêt à la fermeture et la veille après 20 minutes", "Programmer l’arrêt à la fermeture, ou brancher sur une minuterie.",
		"en 83 jours, à l’arrêt ou en veille sans être débranché. <strong>Brancher sur une multiprise", "n’est pas compté ci-dessus : serveur 400 kWh en 83 jours.",
		`<a href="/devices/device-0007">Lycée</a>`, "Et 11 autres une heure par semaine ou plus.", "Un peu plus que ses semblables",
		"Parmi 12 établissements semblables (lycées, élèves : 300 à 599)",
	} {
		if !strings.Contains(page, want) && !strings.Contains(strings.ToLower(page), strings.ToLower(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if page := w.get(t, "/sites/1?table=week-left-moments").Body.String(); !strings.Contains(page, "<th scope=\"row\">Vacances et jours fériés</th><td>9</td>") {
		t.Error("the table of moments lacks the holidays")
	}
	if page := (&world{name: "Lycée"}).get(t, "/sites/1").Body.String(); strings.Contains(page, "Lundi") || strings.Contains(page, `id="week`) {
		t.Error("a school without devices is told what to stop")
	}
}

// Devices are shown by their state, and by age, with links that keep it.
func TestDevicesOfASchoolAreShownByState(t *testing.T) {
	w := &world{name: "Lycée", devices: 3, states: []string{"reporting", "silent", "silent"}}
	page := plainSpaces.Replace(w.get(t, "/sites/1/devices").Body.String())
	for _, want := range []string{`<b>tous (3)</b>`, `<a href="?state=silent">silencieux (2)</a>`, `<a href="?state=reporting">actifs (1)</a>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	page = w.get(t, "/sites/1/devices?state=silent").Body.String()
	_, list, _ := strings.Cut(page, `id="devices"`)
	if strings.Contains(list, "device-0000") || !strings.Contains(list, "device-0001") || !strings.Contains(list, "state=silent&amp;") {
		t.Errorf("silent devices are not those that are listed:\n%s", list)
	}
	if none := w.get(t, "/sites/1/devices?state=agentless"); none.Code != http.StatusOK || !strings.Contains(none.Body.String(), "Aucun appareil ne correspond.") {
		t.Errorf("no device is in that state: %d", none.Code)
	}
	if wrong := w.get(t, "/sites/1/devices?state=broken"); wrong.Code != http.StatusOK || !strings.Contains(wrong.Body.String(), "device-0000") {
		t.Error("a state that there is not lists no devices")
	}
}

func TestSchoolIsSaidToBeBesideItsLike(t *testing.T) {
	fr := languagesOf(t)[quantity.French]
	for _, place := range []compare.Place{compare.Within, compare.Above, compare.FarAbove, compare.Below, compare.FarBelow, compare.NotPlaced} {
		if said := fr.likeSaid(&view.Like{Place: place}); said == "" || strings.Contains(said, "like.") {
			t.Errorf("of %s it says %q", place, said)
		}
	}
	if fr.likeSaid(nil) != "" || fr.likePicture(&view.Site{}, nil) != nil {
		t.Error("of no like schools something is said")
	}
}

func TestYearsSayWhetherAnythingChanged(t *testing.T) {
	fr := languagesOf(t)[quantity.French]
	year := func(begins int, low, value, high float64) view.YearRow {
		h := (&world{}).headline()
		h.Yearly = footprint.Figure{Embodied: massOf(low, value, high)}
		return view.YearRow{SchoolYear: begins, Headline: h, Complete: begins < 2026}
	}
	for _, c := range []struct {
		years []view.YearRow
		drawn bool
		want  string
	}{
		{nil, false, ""},
		{[]view.YearRow{year(2026, 40_000, 50_000, 60_000)}, false, "Une seule année scolaire est connue (année scolaire 2026-27)"},
		{[]view.YearRow{year(2025, 40_000, 50_000, 60_000), year(2026, 45_000, 55_000, 65_000)}, true, "les données ne montrent pas de changement"},
		{[]view.YearRow{year(2024, 40_000, 50_000, 60_000), year(2026, 70_000, 80_000, 90_000)}, true, "De 50 kgCO2e (année scolaire 2024-25) à 80 kgCO2e (année scolaire 2026-27) : c’est plus."},
		{[]view.YearRow{year(2024, 70_000, 80_000, 90_000), year(2026, 40_000, 50_000, 60_000)}, true, "c’est moins."},
	} {
		pic, said := fr.years(c.years)
		if (pic != nil) != c.drawn || !strings.Contains(plainSpaces.Replace(said), c.want) || c.want == "" && said != "" {
			t.Errorf("of %d years it draws %t and says %q, want %q", len(c.years), pic != nil, said, c.want)
		}
	}
}

// A lever leads to the school where it saves most and to the pages where it is decided,
// as far as the person may open them.
func TestLeversLeadToWhereToAct(t *testing.T) {
	w := &world{name: "Région", devices: 1}
	page := plainSpaces.Replace(w.get(t, "/organisations/1").Body.String())
	for _, want := range []string{`Le plus à gagner (0,20 gCO2e, 7,00 €) : <a href="/sites/2">Lycée Y</a>.`, `<a href="/organisations/1/procurement">`, "d’achats par an", "On voit 1 appareil sur 1 attendu, soit 100 %."} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	w.opens = func(path string) bool { return path == "/organisations/1" }
	page = w.get(t, "/organisations/1").Body.String()
	if strings.Contains(page, `: <a href="/sites/2"`) || strings.Contains(page, "/procurement") || !strings.Contains(page, "Lycée Y") {
		t.Error("what may not be opened is linked")
	}
}

// A school's page leads to its devices by their state, and older links still arrive.
func TestASchoolLeadsToItsDevices(t *testing.T) {
	w := &world{name: "Lycée", devices: 3, states: []string{"reporting", "silent", "silent"}}
	page := w.get(t, "/sites/1?year=2025").Body.String()
	for _, want := range []string{`href="/sites/1/devices?year=2025"`, `href="/sites/1/devices?sort=age&amp;year=2025"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, old := range []string{"state=silent", "page=2", "file=devices.csv&year=2025", "sort=age"} {
		answer := w.get(t, "/sites/1?"+old)
		if to := answer.Header().Get("Location"); answer.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/sites/1/devices?") || !strings.Contains(to, strings.Split(old, "&")[0]) {
			t.Errorf("%s: %d to %s", old, answer.Code, to)
		}
	}
	w.opens = func(path string) bool { return !strings.Contains(path, "/devices") }
	if page := w.get(t, "/sites/1").Body.String(); strings.Contains(page, "/devices?") {
		t.Error("somebody who may not see the devices is led to them")
	}
}

func TestDevicesOfASchoolAreFound(t *testing.T) {
	w := &world{name: "Lycée", devices: 3}
	row := regexp.MustCompile(`<th scope="row"><a href="/devices/`)
	for query, want := range map[string]int{"": 3, "?find=DEVICE-0001": 1, "?find=nowhere": 0, "?category=laptop": 3, "?category=printer": 0, "?category=nonsense": 3} {
		page := w.get(t, "/sites/1/devices"+query).Body.String()
		if n := len(row.FindAllString(page, -1)); n != want || want == 0 && !strings.Contains(page, "Aucun appareil ne correspond.") {
			t.Errorf("%q finds %d devices, want %d", query, n, want)
		}
	}
}

// A headteacher, who may open nothing of the organisation, is led from each lever to the
// school's own scenario, and from there to what runs for nobody.
func TestHeadteacherIsLedToTheScenarioOfTheSchool(t *testing.T) {
	w := &world{name: "Lycée", devices: 3, opens: func(path string) bool { return strings.HasPrefix(path, "/sites/1") }}
	says(t, w, "/sites/1", http.StatusOK, []string{`Pour agir : <a href="/sites/1/scenario">Et si ?</a>`}, "/organisations/1/scenario")
	says(t, w, "/sites/1/scenario?night=100", http.StatusOK, []string{`<a href="/sites/1#left">Quand personne n’est là</a>`})
}

// The levers of a device and of the monthly report lead to where to act, too.
func TestLeversOfADeviceAndOfTheReportLeadOn(t *testing.T) {
	w := &world{name: "Lycée", devices: 3}
	says(t, w, "/devices/device-0007", http.StatusOK, []string{"Le garder un an de plus éviterait", `Pour agir : <a href="#choice">`, `id="choice"`}, "Garder les appareils un an de plus")
	says(t, w, "/organisations/1/report", http.StatusOK, []string{`Pour agir : <a href="/organisations/1/scenario">Et si ?</a> · <a href="/organisations/1/procurement">`})
}
