package dashboards

import (
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

func TestDeviceSaysWhatItHasCostAndHowLongItWillLast(t *testing.T) {
	all := languagesOf(t)
	for what, c := range map[string]struct {
		change func(*view.DeviceLife)
		fr, en string
	}{
		"in its expected life": {func(*view.DeviceLife) {}, "Cet appareil a coûté 230 kgCO2e (150 à 400) et 613 € (608 à 627) en 1,5 an ; il devrait encore servir 3,5 ans (2,5 à 5,5).", "This device has cost 230 kgCO2e (150 to 400) and 613 € (608 to 627) in 1.5 years; it should serve 3.5 years more (2.5 to 5.5)."},
		"past it":              {func(l *view.DeviceLife) { l.Expected = noon }, "il a dépassé la durée attendue et devrait encore servir 3,5 ans (2,5 à 5,5).", "it is past its expected life and should serve 3.5 years more"},
		"without a price":      {func(l *view.DeviceLife) { l.Price = nil }, "Cet appareil a coûté 230 kgCO2e (150 à 400) en 1,5 an ; il", "This device has cost 230 kgCO2e (150 to 400) in 1.5 years; it"},
		"retired":              {func(l *view.DeviceLife) { l.Left, l.Ends, l.Ended = nil, nil, noon }, "en 1,5 an, jusqu’au 23 novembre 2026.", "in 1.5 years, until 23 November 2026."},
		"with no life known":   {func(l *view.DeviceLife) { l.Left, l.Ends = nil, nil }, "en 1,5 an.", "in 1.5 years."},
	} {
		life := lifeOf(noon.AddDate(-1, -6, 0))
		c.change(life)
		d := &view.Device{Life: life}
		for code, want := range map[quantity.Language]string{quantity.French: c.fr, quantity.English: c.en} {
			if got := plainSpaces.Replace(all[code].lifeSentence(d)); !strings.Contains(got, want) {
				t.Errorf("%s: %s, want %s", what, got, want)
			}
		}
	}
}

func TestLifeOfADeviceIsAPictureWithItsTable(t *testing.T) {
	page := plainSpaces.Replace((&world{name: "Lycée", devices: 9}).formulas(t, "/devices/device-0007"))
	for _, want := range []string{
		"<h1>Cet appareil a coûté 230 kgCO2e", `id="life-t"`, "Autre batterie", "Réparé : disque", "41 kgCO2e · 95 €", "Pas réparable : écran", "3 réparations notées : 41 kgCO2e (18 à 135) de pièces, 95 € de dépenses connues.", "pas de facteur, compte pour rien", `href="/sources/parts#part.ssd"`, "Fin attendue", "mai 2030", "Il a été payé 510 €.",
		"Elle garde 82 % de sa capacité d’origine (41,0 Wh sur 50,0 Wh). 312 cycles de charge.", "Elle perd 16 points par an et passera sous 80 % vers janvier 2027 (décembre 2026 à novembre 2027).",
		"D’après 28 jours connus : allumé 4,0 h par jour, dont 2,0 h entre 19 h et 7 h.", `href="/sources/life#lifetime.past_expected"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestBatterySaysWhatTheDataShow(t *testing.T) {
	l := languagesOf(t)[quantity.French]
	for what, c := range map[string]struct {
		battery view.Battery
		want    string
	}{
		"worn":         {view.Battery{Health: 0.7, WornAt: 0.8}, "elle compte comme usée"},
		"too short":    {view.Battery{Health: 0.9, WornAt: 0.8}, "il en faut 8 semaines, étalées sur 120 jours"},
		"steady":       {view.Battery{Health: 0.9, WornAt: 0.8, Wear: &lifespan.Wear{}}, "elle ne passera pas sous 80 % avant dix ans"},
		"open-ended":   {view.Battery{Health: 0.9, WornAt: 0.8, Wear: &lifespan.Wear{PerYear: quantity.Exactly(-0.04), Expected: noon, Earliest: noon}}, "vers novembre 2026 (novembre 2026 au plus tôt)."},
		"with a trend": {view.Battery{Health: 0.9, WornAt: 0.8, Wear: &lifespan.Wear{PerYear: quantity.Exactly(-0.04), Expected: noon, Earliest: noon, Latest: noon}}, "Elle perd 4 points par an et passera sous 80 % vers novembre 2026 (novembre 2026 à novembre 2026)."},
	} {
		said := plainSpaces.Replace(strings.Join(l.battery(&view.Device{Battery: &c.battery}).Said, " "))
		if !strings.Contains(said, c.want) {
			t.Errorf("%s: %s, want %s", what, said, c.want)
		}
	}
	if l.battery(&view.Device{}) != nil {
		t.Error("a device without a battery has one")
	}
}
