package dashboards

import (
	"encoding/xml"
	"fmt"
	"html/template"
	"io"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
)

func TestLargestCauseIsNamedByItsDirection(t *testing.T) {
	all := languagesOf(t)
	type changes = map[profile.Driver]float64
	for _, c := range []struct {
		verdict profile.Verdict
		changes changes
		devices float64
		fr, en  string
	}{
		{profile.Below, changes{profile.Devices: -8, profile.Screens: 3}, 0.8, "Surtout : 0,8 appareil par élève au lieu de 1 (−8,0 kgCO2e par an).", "Mostly: 0.8 devices for a pupil instead of 1 (−8.0 kgCO2e a year)."},
		{profile.Above, changes{profile.Devices: 38, profile.Screens: 3}, 2, "Surtout : 2,0 appareils par élève au lieu de 1 (+38,0 kgCO2e par an).", "Mostly: 2.0 devices for a pupil instead of 1 (+38.0 kgCO2e a year)."},
		{profile.Above, changes{profile.Devices: 20}, 0, "Surtout : plus d’appareils que la référence (+20,0 kgCO2e par an).", ""},
		{profile.Above, changes{profile.Devices: -9, profile.Screens: 25}, 0.8, "Surtout : les écrans et projecteurs en plus (+25,0 kgCO2e par an).", "Mostly: screens and projectors on top (+25.0 kgCO2e a year)."},
		{profile.Below, changes{profile.Lifetime: -12}, 1, "Surtout : une durée de vie plus longue (−12,0 kgCO2e par an).", ""},
		{profile.Above, changes{profile.Lifetime: 12}, 1, "Surtout : une durée de vie plus courte (+12,0 kgCO2e par an).", ""},
		{profile.Same, changes{profile.Devices: -8, profile.Servers: 9}, 0.8, "Deux écarts se compensent : les serveurs en plus (+9,0 kgCO2e par an), 0,8 appareil par élève au lieu de 1 (−8,0 kgCO2e).", ""},
		{profile.Same, changes{profile.Devices: 4}, 1.1, "", ""},
		{profile.Same, changes{profile.Devices: 0.2}, 1, "Aucune cause ne s’écarte nettement de la référence.", "No cause stands out from the reference."},
		{profile.Same, nil, 1, "Aucune cause ne s’écarte nettement de la référence.", ""},
	} {
		for code, want := range map[quantity.Language]string{quantity.French: c.fr, quantity.English: c.en} {
			if want == "" && c.fr != "" {
				continue
			}
			got := plainSpaces.Replace(all[code].explain(waterfallOf(c.verdict, 38, c.changes), "pupil", c.devices).Because)
			if got != want {
				t.Errorf("%s %v:\n got %s\nwant %s", c.verdict, c.changes, got, want)
			}
		}
	}
}

func TestNothingIsExplainedWhereThereIsNothingToCompare(t *testing.T) {
	fr := languagesOf(t)[quantity.French]
	if fr.explain(nil, "pupil", 1) != nil || fr.explain(waterfallOf(profile.Unknown, 38, nil), "pupil", 1) != nil {
		t.Error("there is a picture of nothing")
	}
	for verdict, shown := range map[profile.Verdict]bool{profile.Above: true, profile.Unknown: false} {
		w := &world{name: "Lycée", devices: 1, verdict: verdict}
		if page := w.get(t, "/organisations/1").Body.String(); strings.Contains(page, `id="waterfall-t"`) != shown {
			t.Errorf("%s: the waterfall is there: %v", verdict, !shown)
		}
	}
}

// The picture leaves out what hardly shows, the table has every cause with its sign.
func TestWaterfallPictureAndTable(t *testing.T) {
	fr := languagesOf(t)[quantity.French]
	e := fr.explain(waterfallOf(profile.Above, 38, map[profile.Driver]float64{profile.Devices: -8, profile.Manufacture: 0.01, profile.Screens: 25}), "pupil", 0.8)
	bars := elements(t, e.Picture.SVG, "fall")
	if got := strings.Join(bars, ", "); got != "fall reference, fall below, fall above, fall this" {
		t.Errorf("the bars are %s", got)
	}
	rows := e.Picture.Table.Rows
	if len(rows) != len(profile.Drivers)+2 {
		t.Fatalf("%d rows", len(rows))
	}
	for i, want := range map[int]string{0: "38,0 kgCO2e (30,4 à 49,4)", 1: "30,0 kgCO2e", len(rows) - 1: "55 kgCO2e (44 à 72)"} {
		if got := plainSpaces.Replace(rows[i].Cells[1]); got != want {
			t.Errorf("row %d ends with %q, want %q", i, got, want)
		}
	}
	if up, down := rows[6].Cells[0], rows[1].Cells[0]; !strings.HasPrefix(up, "+25") || !strings.HasPrefix(down, "−8,0") {
		t.Errorf("the changes are %q and %q", up, down)
	}
}

// elements are the classes of a drawing's elements that begin with a word.
func elements(t testing.TB, drawing template.HTML, class string) (found []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(string(drawing)))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			for _, a := range e.Attr {
				if a.Name.Local == "class" && strings.HasPrefix(a.Value+" ", class+" ") {
					found = append(found, a.Value)
				}
			}
		}
	}
}

func TestOnlyDevicesThatPupilsWorkAtArePerPupil(t *testing.T) {
	row := func(c equipment.Category, p equipment.Population, n int64) view.CategoryRow {
		return view.CategoryRow{Category: c, Population: p, Devices: n}
	}
	f := view.Fleet{
		Headline: view.Headline{Per: "pupil", Pupils: 100}, NotCounted: []equipment.Category{equipment.ThinClient},
		Categories: []view.CategoryRow{
			row(equipment.Laptop, equipment.Individual, 60), row(equipment.Desktop, equipment.Shared, 20), row(equipment.Monitor, equipment.Shared, 20),
			row(equipment.Laptop, equipment.Teaching, 15), row(equipment.Server, equipment.Infrastructure, 2), row(equipment.ThinClient, equipment.Shared, 7),
		},
	}
	if got := devicesPerPupil(f); got != 0.8 {
		t.Errorf("%v devices per pupil, want 0.8", got)
	}
	for _, h := range []view.Headline{{Per: "device", Pupils: 100}, {Per: "pupil"}} {
		f.Headline = h
		if got := devicesPerPupil(f); got != 0 {
			t.Errorf("%+v: %v devices per pupil, want none", h, got)
		}
	}
}

func TestSignsStandBeforeWhatIsNotZeroAsWritten(t *testing.T) {
	for text, want := range map[string]string{
		"12\u00a0kgCO2e": "+12\u00a0kgCO2e", "−12\u00a0kgCO2e": "−12\u00a0kgCO2e", "0,00\u00a0kgCO2e": "0,00\u00a0kgCO2e",
		"0\u00a0€ (−5 à 5)": "0\u00a0€ (−5 à 5)", "1\u202f200\u00a0€": "+1\u202f200\u00a0€",
	} {
		if got := withSign(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// A council's own reference is named, and the shipped one stands beside it, marked
// as provisional.
func TestOwnReferenceStandsBesideTheShippedOne(t *testing.T) {
	withShipped, withOwn, withEvil := &world{name: "Lycée", devices: 1}, &world{name: "Lycée", devices: 1, ownKey: "seconde-pro"}, &world{name: "Lycée", devices: 1, ownKey: evil}
	for _, address := range headlinePages {
		shipped := plainSpaces.Replace(withShipped.get(t, address).Body.String())
		if !strings.Contains(shipped, "est provisoire. Aucune valeur officielle") || strings.Contains(shipped, "Votre référence") {
			t.Errorf("%s does not say that the shipped reference is provisional, or speaks of an own one", address)
		}
		own := plainSpaces.Replace(withOwn.get(t, address).Body.String())
		for _, want := range []string{"celui que votre collectivité a fixé (seconde-pro)", "Votre référence", "Référence livrée, provisoire", "Avec la référence livrée, provisoire (Collégien) : 1,5 fois celle-ci."} {
			if !strings.Contains(own, want) {
				t.Errorf("%s does not say %q", address, want)
			}
		}
		if strings.Contains(own, "Aucune valeur officielle") {
			t.Errorf("%s says of an own reference that it is the provisional one", address)
		}
		if page := withEvil.get(t, address).Body.String(); strings.Contains(page, "<script") {
			t.Errorf("%s: the key of a profile became markup", address)
		}
	}
	l := languagesOf(t)[quantity.English]
	h := view.Headline{Provisional: true, Profiles: []factor.Profile{{Key: "lyceen"}, {Key: "bts", Override: true}}}
	if got := l.referenceNote(h); got != "The reference equipment is the one that your council has set (Lycéen (upper secondary), bts); it is still provisional." {
		t.Error(got)
	}
}

func TestBarsOfEnergyHoldEachWayItIsKnown(t *testing.T) {
	f := (&world{devices: 1}).fleet()
	for i := range f.Months {
		f.Months[i].Figure.EnergyFrom.Calibrated = 7000
	}
	pictures := languagesOf(t)[quantity.French].monthPictures(f)
	for _, class := range []string{"measured", "calibrated", "modelled", "assumed"} {
		if got := len(elements(t, pictures[1].SVG, class)); got != 1+len(f.Months) { // one in the legend
			t.Errorf("%d pieces are %s", got, class)
		}
	}
	if got := fmt.Sprint(pictures[1].Table.Rows[0].Cells); !strings.Contains(plainSpaces.Replace(got), "7,00 kWh") {
		t.Errorf("the table does not have the calibrated energy: %s", got)
	}
}
