package dashboards

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/scenario"
)

func TestScenarioSentenceSaysWhatTheDataShow(t *testing.T) {
	all := languagesOf(t)
	for _, c := range []struct {
		m      scenario.Measures
		change quantity.Interval[quantity.Grams]
		fr, en string
	}{
		{scenario.Measures{Longer: 1}, massOf(-53e6, -29e6, -21e6), "Garder chaque appareil 1 an de plus épargne 29 tCO2e par an (21 à 53), soit 16 % de l’empreinte du parc.", "Keeping each device 1 year longer saves 29 tCO2e a year (21 to 53), 16 % of the fleet’s footprint."},
		{scenario.Measures{Longer: 2, OffAtNight: 0.3}, massOf(-53e6, -29e6, -21e6), "Ensemble, ces 2 mesures épargnent 29 tCO2e par an (21 à 53), soit 16 % de l’empreinte du parc.", "Together, these 2 measures save 29 tCO2e a year (21 to 53), 16 % of the fleet’s footprint."},
		{scenario.Measures{OffAtNight: 0.3}, massOf(-53e3, -29e3, 21e3), "Éteindre 30 % des appareils quand personne n’est là : les données ne montrent pas de différence (de −53 à 21 kgCO2e par an).", "Switching 30 % of the devices off when nobody is there: no difference that the data can show (−53 to 21 kgCO2e a year)."},
		{scenario.Measures{Reconditioned: 1}, massOf(1e6, 2e6, 4e6), "Acheter reconditionné 100 % de ce qui est acheté neuf ajoute 2,0 tCO2e par an (1,0 à 4,0), soit 1 % de l’empreinte du parc.", "Buying reconditioned 100 % of what is bought new adds 2.0 tCO2e a year (1.0 to 4.0), 1 % of the fleet’s footprint."},
		{scenario.Measures{Fewer: 0.1}, massOf(0, 0, 0), "Se passer de 10 % des appareils ne change rien ici : aucun appareil n’est concerné.", "Doing without 10 % of the devices changes nothing here: no device is concerned."},
		{scenario.Measures{}, massOf(0, 0, 0), "Sans rien changer, le parc pèse 180 tCO2e par an (130 à 250).", "With nothing changed, the fleet weighs 180 tCO2e a year (130 to 250)."},
	} {
		s := &view.Scenario{Measures: c.m, Answer: &scenario.Answer{Today: scenario.Amounts{Carbon: massOf(130e6, 180e6, 250e6)}, Change: scenario.Amounts{Carbon: c.change}}}
		for code, want := range map[quantity.Language]string{quantity.French: c.fr, quantity.English: c.en} {
			if got := plainSpaces.Replace(all[code].scenarioSentence(s)); got != want {
				t.Errorf("%s %+v:\n got %s\nwant %s", code, c.m, got, want)
			}
		}
	}
}

func TestWhatIsSureIsSaidFirst(t *testing.T) {
	s := &view.Scenario{Measures: scenario.Measures{Longer: 1, Reconditioned: 1}, Answer: &scenario.Answer{
		Today: scenario.Amounts{Carbon: massOf(130e6, 180e6, 250e6)}, Change: scenario.Amounts{Carbon: massOf(-170e6, -75e6, 9e6)},
		Steps: []scenario.Step{{Measure: scenario.Longer, Change: scenario.Amounts{Carbon: massOf(-53e6, -29e6, -21e6)}}, {Measure: scenario.Reconditioned, Change: scenario.Amounts{Carbon: massOf(-110e6, -46e6, 58e6)}}},
	}}
	const want = "Garder chaque appareil 1 an de plus épargne 29 tCO2e par an (21 à 53) ; pour les 2 mesures ensemble, les données ne tranchent pas (de −170 à 9 tCO2e par an)."
	if got := plainSpaces.Replace(languagesOf(t)[quantity.French].scenarioSentence(s)); got != want {
		t.Errorf("got %s", got)
	}
}

func TestScenarioIsSharedByItsAddress(t *testing.T) {
	w := &world{name: "Lycée", devices: 80}
	page := w.get(t, "/organisations/1/scenario?longer=2&night=30&year=2025").Body.String()
	for _, want := range []string{
		`href="/organisations/1/scenario?fewer=0&amp;longer=2&amp;night=30&amp;reconditioned=0&amp;year=2025"`, // the permanent link
		`name="longer" value="2"`, `name="night" value="30"`, `name="reconditioned" value="0"`, `<input type="hidden" name="year" value="2025">`,
		`/api/v1/organisations/1/scenario?year=2026&amp;fewer=0&amp;longer=2&amp;night=30&amp;reconditioned=0`, // as JSON
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, measure := range []string{"éteints la nuit", "gardés plus longtemps"} {
		if strings.Count(page, measure) < 2 { // in the picture and in its table
			t.Errorf("the picture or its table lacks %q", measure)
		}
	}
	if strings.Contains(page, ">reconditionné<") {
		t.Error("a measure that is not taken is in the picture")
	}
	if first := w.get(t, "/sites/1/scenario").Body.String(); !strings.Contains(first, "<h1>Ensemble, ces 3 mesures épargnent") {
		t.Error("a page without measures does not begin with the suggested ones")
	}
}

func TestMeasuresThatCannotBeAreSaidBesideTheirField(t *testing.T) {
	w := &world{name: "Lycée", devices: 80}
	for query, most := range map[string]string{"longer=5": "4", "longer=-1": "4", "fewer=51": "50", "night=abc": "100", "reconditioned=1.5": "100", "night=99999999999999999999": "100"} {
		answer := w.get(t, "/organisations/1/scenario?"+query)
		name, typed, _ := strings.Cut(query, "=")
		page := plainSpaces.Replace(answer.Body.String())
		for _, want := range []string{"Un nombre entier de 0 à " + most + " est attendu.", `value="` + typed + `"`, `id="` + name + `-wrong"`, "<h1>Un de ces nombres n’est pas possible."} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %q", query, want)
			}
		}
		if answer.Code != http.StatusBadRequest || strings.Contains(page, "<svg viewBox=\"0 0 640") {
			t.Errorf("%s: %d, or there is a picture", query, answer.Code)
		}
	}
	if answer := w.get(t, "/organisations/1/scenario?longer=&night=+5+"); answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), `name="night" value="5"`) {
		t.Errorf("an emptied field or spaces: %d", answer.Code)
	}
}

const formMedia = "application/x-www-form-urlencoded"

func TestScenarioIsSavedListedAndDeleted(t *testing.T) {
	w := &world{name: "Lycée", devices: 80}
	for _, at := range []string{"/organisations/1/", "/sites/1/"} {
		w.saved = nil
		form := url.Values{"name": {evil}, "longer": {"2"}, "night": {"30"}, "year": {"2025"}}
		answer := w.send(t, at+"scenarios", formMedia, strings.NewReader(form.Encode()))
		to := at + "scenario?fewer=0&longer=2&night=30&reconditioned=0&year=2025#saved"
		if answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != to || len(w.saved) != 1 || w.saved[0].Measures.Longer != 2 {
			t.Fatalf("saving: %d to %s, kept %+v", answer.Code, answer.Header().Get("Location"), w.saved)
		}
		page := plainSpaces.Replace(w.get(t, at+"scenario").Body.String())
		for _, want := range []string{"&lt;script&gt;alert", "gardés plus longtemps 2 ans · éteints la nuit 30 %", `href="` + at + `scenario?fewer=0&amp;longer=2&amp;night=30&amp;reconditioned=0"`, `name="scenario" value="1"`} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the list lacks %q", at, want)
			}
		}
		form.Del("name")
		refused := w.send(t, at+"scenarios", formMedia, strings.NewReader(form.Encode()))
		if body := refused.Body.String(); refused.Code != http.StatusBadRequest || !strings.Contains(body, "Donnez-lui un nom") || !strings.Contains(body, `name="longer" value="2"`) {
			t.Errorf("%s: without a name: %d", at, refused.Code)
		}
		if wrong := w.send(t, at+"scenarios", formMedia, strings.NewReader("name=x&longer=9")); wrong.Code != http.StatusBadRequest || len(w.saved) != 1 {
			t.Errorf("%s: nine years: %d, kept %d", at, wrong.Code, len(w.saved))
		}
		if gone := w.send(t, at+"scenarios/delete", formMedia, strings.NewReader(url.Values{"scenario": {"1"}}.Encode())); gone.Code != http.StatusSeeOther || len(w.saved) != 0 {
			t.Errorf("%s: deleting: %d, kept %d", at, gone.Code, len(w.saved))
		}
		for _, number := range []string{"1", "x", ""} {
			if again := w.send(t, at+"scenarios/delete", formMedia, strings.NewReader(url.Values{"scenario": {number}}.Encode())); again.Code != http.StatusNotFound {
				t.Errorf("%s: deleting %q: %d", at, number, again.Code)
			}
		}
	}
}

func TestWhoMayNotSaveSeesNoFormThatSaves(t *testing.T) {
	w := &world{name: "Lycée", devices: 80, saved: []view.SavedScenario{{ID: 1, Name: "Plan", Measures: scenario.Measures{Longer: 1}}}}
	w.opens = func(path string) bool { return !strings.HasSuffix(path, "/scenarios") }
	page := w.get(t, "/organisations/1/scenario").Body.String()
	if !strings.Contains(page, ">Plan</a>") || strings.Contains(page, "/scenarios") {
		t.Error("whoever reads only should see the scenarios and no form for them")
	}
}

func TestScenarioOfAnEmptyFleetSaysTheNextStep(t *testing.T) {
	w := &world{name: "Lycée", emptied: true}
	page := w.get(t, "/organisations/1/scenario").Body.String()
	if !strings.Contains(page, "ecoparc-agent enrol") || strings.Contains(page, `class="measures"`) {
		t.Error("a fleet without devices does not say the next step")
	}
}
