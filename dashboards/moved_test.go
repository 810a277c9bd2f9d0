package dashboards

import (
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/quantity"
)

func TestSourcesSayWhatAChangeOfTheModelDid(t *testing.T) {
	page := plainSpaces.Replace((&world{name: "Région<b>", devices: 9}).get(t, "/sources").Body.String())
	for _, want := range []string{
		"le modèle a changé (version 1, facteurs aaaa1111 → version 2, facteurs bbbb2222) : Région&lt;b&gt; est passé de 58 kgCO2e (47 à 71) à 62 kgCO2e (49 à 75) par élève et par an",
		"embodied.laptop, de 169,3 kgCO2e (135 à 260) à 185,1 kgCO2e (135 à 260)", "Avant et après chaque changement du modèle", "Les facteurs qui ont changé",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if empty := plainSpaces.Replace((&world{name: "Région"}).get(t, "/sources").Body.String()); !strings.Contains(empty, "aucun changement ne les a déplacés") {
		t.Error("without figures it does not say so")
	}
}

func TestCausesOfAMovedFigureAreNamed(t *testing.T) {
	l := languagesOf(t)[quantity.English]
	formulas, err := footprint.Changes()
	if err != nil {
		t.Fatal(err)
	}
	number := func(v float64) *view.Number { return &view.Number{Low: v, Value: v, High: v} }
	model := func(version int, factors string, m impact.Method) view.ModelOf {
		return view.ModelOf{Version: version, Factors: factors, Method: m}
	}
	var rows []view.FactorChange
	var keys []string
	for _, key := range []string{"a", "b", "c", "d", "e"} {
		rows, keys = append(rows, view.FactorChange{Key: key, Unit: "kg", Was: number(1), Now: number(2)}), append(keys, key)
	}
	for what, c := range map[string]struct {
		change view.ModelChange
		keys   []string
		want   string
	}{
		"formulas": {view.ModelChange{From: model(1, "x", impact.ADEME), To: model(footprint.Version, "x", impact.ADEME)}, nil, strings.TrimSuffix(l.say("change."+formulas[0].Name), ".")},
		"method":   {view.ModelChange{From: model(2, "x", impact.ADEME), To: model(2, "x", impact.Maker)}, nil, "replaced by"},
		"rows":     {view.ModelChange{From: model(2, "x", impact.ADEME), To: model(2, "y", impact.ADEME), Factors: rows}, keys[:1], "a, from 1 kg to 2 kg"},
		"many":     {view.ModelChange{From: model(2, "x", impact.ADEME), To: model(2, "y", impact.ADEME), Factors: rows}, keys, "2 other factors"},
		"nothing":  {view.ModelChange{From: model(2, "x", impact.ADEME), To: model(2, "y", impact.ADEME), Factors: rows}, nil, "no factor behind this figure"},
	} {
		if got := plainSpaces.Replace(l.movedBy(c.change, view.FigureChange{Keys: c.keys}, formulas)); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
	}
}
