package dashboards

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/renewal"
)

// says wants texts on a page, and others not.
func says(t *testing.T, w *world, address string, status int, wanted []string, unwanted ...string) {
	t.Helper()
	answer := w.get(t, address)
	page := plainSpaces.Replace(answer.Body.String())
	if answer.Code != status {
		t.Errorf("%s is answered %d, want %d", address, answer.Code, status)
	}
	for _, want := range wanted {
		if !strings.Contains(page, want) {
			t.Errorf("%s lacks %q", address, want)
		}
	}
	for _, not := range unwanted {
		if strings.Contains(page, not) {
			t.Errorf("%s has %q", address, not)
		}
	}
}

func TestModelsPageNamesThoseThatServeLessLong(t *testing.T) {
	w := &world{name: "Alpha", devices: 30}
	says(t, w, "/organisations/1/models", http.StatusOK, []string{
		"<h1>1 modèle sert moins longtemps que ses semblables, sur 2 que l’on peut comparer : Alpha Alpha.",
		`<a href="/organisations/1/models/3">`, "Alpha Alpha : 6 départs de plus que ses semblables au même âge ; 30 servent encore.",
		"sert plus longtemps", "trop peu pour juger", "Prix payé", "480 € (450 à 510)", "−6 %",
	})
	w.opens = func(path string) bool { return !strings.Contains(path, "/procurement") }
	says(t, w, "/organisations/1/models", http.StatusOK, []string{"trop peu pour juger"}, "Prix payé", "480 €", "/procurement")
	says(t, w, "/organisations/1/models/3", http.StatusOK, []string{"La batterie"}, "Prix payé", "480 €", "/procurement")
	says(t, &world{name: "Alpha"}, "/organisations/1/models", http.StatusOK, []string{"<h1>Aucun appareil", "collector device import"})
}

func TestPageOfAModelShowsItsLifeItsBatteryAndItsPower(t *testing.T) {
	w := &world{name: "Alpha", devices: 30}
	says(t, w, "/organisations/1/models/3", http.StatusOK, []string{
		"<h1>Alpha Alpha sert moins longtemps que ses semblables : 12 départs, là où l’on en attendait 6.", `class="curve this"`, "les autres de la catégorie",
		"9 recyclés, 2 réemployés, 0 perdus, 3 sans destination notée", "Une batterie perd 6,0 % (4,0 à 9,0) de sa capacité par an", "3 batteries sur 20", "À ce rythme, une batterie est usée vers 3,3 ans (2,2 à 5,0).", "usée sous 80 %",
		"8,20 W en moyenne, sur 50 h de mesure", "480 € (450 à 510), sur 25 appareils", `<a href="/sites/1">Alpha</a>`,
	})
	says(t, w, "/organisations/1/models/99", http.StatusNotFound, nil)
	says(t, w, "/organisations/1/models/x", http.StatusNotFound, nil)
}

// A tenth of the hundred laptops are of each age from none to nine; those of five reach
// their expected end.
func TestProcurementPagePlansByThePolicy(t *testing.T) {
	w := &world{name: "Alpha", devices: 1}
	says(t, w, "/organisations/1/procurement?longer=0&reconditioned=50&repaired=0", http.StatusOK, []string{
		"<h1>Pour la rentrée 2027, sur 100 appareils : en garder 50, en réparer 0, en remplacer 50 dont 25 par du reconditionné, pour 20 k€ et",
		`name="reconditioned" value="50"`, "/organisations/1/procurement/tender?budget=0&amp;longer=0&amp;reconditioned=50&amp;repaired=0", "L’essayer dans le plan",
		"En 2026, 20 % des 100 appareils achetés étaient reconditionnés.", "En 2026, 30 % des 10 appareils sortis sont allés au réemploi : la loi en demande 50 %.",
		"article 58", "7 batteries sont usées, sur 20 connues : moins de 80 % de la capacité d’origine. D’ici l’été 2027, 3 de plus le seront", "En changer une coûte 80 €", "/sources/prices#target.reuse.2025", "Ceux que l’on gagne à garder", "tant qu’il marche, le garder reste un bon choix", "Sans prix ni durée de vie connus, et donc hors du plan : imprimante.",
	})
	says(t, w, "/organisations/1/procurement?budget=1", http.StatusOK, []string{"le budget n’en paie aucun"})
	says(t, w, "/organisations/1/procurement?longer=5&year=2019", http.StatusOK, []string{"Pour la rentrée 2027"})
	says(t, &world{name: "Alpha"}, "/organisations/1/procurement", http.StatusOK, []string{"<h1>Aucun appareil", "collector device import"})
}

func TestPolicyThatCannotBeIsToldBesideItsField(t *testing.T) {
	w := &world{name: "Alpha", devices: 1}
	for _, wrong := range []string{"longer=9", "longer=beaucoup", "reconditioned=-1", "repaired=101", "budget=NaN"} {
		name, value, _ := strings.Cut(wrong, "=")
		says(t, w, "/organisations/1/procurement?"+wrong+"&lang=fr", http.StatusBadRequest, []string{
			"<h1>Corrigez le plan", `<a href="#policy-` + name + `">`, `value="` + value + `"`, `aria-describedby="policy-` + name + `-wrong"`, "il faut un nombre de 0 à",
		}, "Ce que chaque choix change")
		says(t, w, "/organisations/1/procurement/tender?"+wrong, http.StatusBadRequest, []string{"<h1>Corrigez le plan"}, "Quantités prévues")
	}
}

func TestAppendixAsksWhatThePolicyAsks(t *testing.T) {
	w := &world{name: "Alpha", devices: 1}
	says(t, w, "/organisations/1/procurement/tender?longer=0&reconditioned=50&repaired=10", http.StatusOK, []string{
		"<h1>45 appareils pour la rentrée 2027, dont 50 % au moins de reconditionné", "Empreinte carbone hors usage", "5 × une batterie neuve", "Collégien", "ENERGY STAR",
		"décret 2024-316 du 5 avril 2024", `href="/organisations/1/procurement?budget=0&amp;longer=0&amp;reconditioned=50&amp;repaired=10"`, "/api/v1/organisations/1/procurement/tender?budget=0",
	})
}

// What is avoided for a euro is no surer than what is avoided.
func TestAvoidedForAEuroHasNoMoreDigitsThanWhatIsAvoided(t *testing.T) {
	c := view.Candidate{PerEuro: 288, Avoided: massOf(-540_000, 63_400, 530_000), Price: renewal.Euros{Low: 120, Value: 220, High: 400}}
	if got := plainSpaces.Replace(languagesOf(t)["fr"].perEuro(c)); got != "300 gCO2e" {
		t.Errorf("it is %q", got)
	}
	c.Avoided = massOf(61_000, 63_400, 65_000)
	if got := plainSpaces.Replace(languagesOf(t)["fr"].perEuro(c)); got != "288,0 gCO2e" {
		t.Errorf("a sure one is %q", got)
	}
}
