package dashboards

import (
	"regexp"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/quantity"
)

func TestQualitySaysWhatIsKnownAndWhatWouldHelp(t *testing.T) {
	w := &world{name: "Lycée", devices: 80}
	for lang, want := range map[string]string{
		"fr": "<h1>25 % de l’énergie est connue par des compteurs, et 1 appareil a donné signe de vie sur 80.",
		"en": "<h1>25 % of the energy is known by meters, and 1 of 80 devices was heard of lately.",
	} {
		page := plainSpaces.Replace(w.get(t, "/organisations/1/quality", "lang="+lang).Body.String())
		if !strings.Contains(page, want) {
			t.Errorf("in %s the page does not begin with %q", lang, want)
		}
	}
	page := w.get(t, "/organisations/1/quality").Body.String()
	if !strings.Contains(plainSpaces.Replace(page), "75 % de l’énergie n’est vue par aucun compteur") || !strings.Contains(page, `<rect x="25.00" y="0" width="0.00" height="4" class="calibrated"/>`) {
		t.Error("the page lacks what would help, or the shares of a school")
	}
}

func TestQualityOfNothingSaysTheNextStep(t *testing.T) {
	page := (&world{name: "Lycée"}).get(t, "/organisations/1/quality").Body.String()
	if !strings.Contains(page, "collector token create") || !strings.Contains(page, "il n’y a rien à juger") {
		t.Errorf("an empty organisation shows %s", page)
	}
}

func TestSchoolsAreListedByHowWellTheyAreKnown(t *testing.T) {
	row := func(name string, devices, reporting, silent int64, measured float64) view.SiteRow {
		return view.SiteRow{Name: name, Coverage: view.Coverage{Devices: devices, Reporting: reporting, Silent: silent},
			Headline: view.Headline{Yearly: footprint.Figure{EnergyFrom: footprint.Provenance{Measured: measured, Assumed: 1 - measured}}}}
	}
	q := view.QualityOf(&view.Overview{Sites: []view.SiteRow{row("A", 10, 9, 1, 0.2), row("B", 10, 2, 8, 0.9), row("C", 0, 0, 0, 0), row("École D", 10, 10, 0, 0.5)}})
	for order, want := range map[string]string{"": "C B A École D", "heard": "C B A École D", "known": "C A École D B", "silent": "B A C École D", "name": "A B C École D"} {
		var names []string
		rows, _ := view.ListQuality(q.Schools, view.List{Sort: order, Page: 1}, 10)
		for _, r := range rows {
			names = append(names, r.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("by %q: %s, want %s", order, got, want)
		}
	}
	if rows, part := view.ListQuality(q.Schools, view.List{Find: "ecole"}, 10); part.Found != 1 || rows[0].Name != "École D" {
		t.Errorf("found %+v", part)
	}
}

// Whatever key a factor has, it stands on a page, and a figure's link leads there.
func TestEachFactorHasAPageThatSaysWhatItIsFor(t *testing.T) {
	w := &world{name: "Région", devices: 1}
	pages := map[string]string{}
	for _, g := range factorGroups[:len(factorGroups)-1] { // each key of ours has a group
		answer := w.get(t, sourcesPath+g.key)
		pages[g.key] = answer.Body.String()
		if answer.Code != 200 {
			t.Errorf("%s: %d", g.key, answer.Code)
		}
		if n := strings.Count(pages[g.key], `<section class="factor"`); n > 45 {
			t.Errorf("%s has %d factors: too many for a page that weighs little", g.key, n)
		}
	}
	for _, r := range factor.Default().Rows {
		path, anchor, _ := strings.Cut(factorURL(r.Key), "#")
		_, after, found := strings.Cut(pages[strings.TrimPrefix(path, sourcesPath)], `id="`+anchor+`"`)
		section, _, _ := strings.Cut(after, "</section>")
		if !found || !strings.Contains(section, "Sert à") {
			t.Errorf("%s is not at %s with what it is for", r.Key, path)
		}
	}
	if !strings.Contains(pages["embodied"], `Porte aujourd’hui le premier chiffre de`) {
		t.Error("no factor says whose first figure it carries")
	}
	if answer := w.get(t, sourcesPath+"nowhere"); answer.Code != 404 {
		t.Errorf("a group that does not exist is answered %d", answer.Code)
	}
}

// A link into the sources leads to something that stands there.
func TestLinksToTheSourcesLeadToSomething(t *testing.T) {
	w := &world{name: "Région", devices: 3}
	target := regexp.MustCompile(`href="(/sources[^"#]*)#([^"]+)"`)
	shown := map[string]string{}
	for _, address := range dataPages {
		page := w.formulas(t, address)
		for _, found := range target.FindAllStringSubmatch(page, -1) {
			path, anchor := found[1], found[2]
			if shown[path] == "" {
				shown[path] = w.get(t, path).Body.String()
			}
			if !strings.Contains(shown[path], `id="`+anchor+`"`) {
				t.Errorf("%s leads to %s#%s, which is not there", address, path, anchor)
			}
		}
	}
	if len(shown) < 3 {
		t.Errorf("only %d pages of sources are linked", len(shown))
	}
}

func TestFewOrganisationsAreNamedBesideAFactor(t *testing.T) {
	fr := languagesOf(t)[quantity.French]
	for want, names := range map[string][]string{
		"": nil, "Porte aujourd’hui le premier chiffre de A, B, C.": {"A", "B", "C"}, "Porte aujourd’hui le premier chiffre de A, B, C et de 2 autres organisations.": {"A", "B", "C", "D", "E"},
	} {
		if got := plainSpaces.Replace(fr.standOn(names)); got != want {
			t.Errorf("%v: %q, want %q", names, got, want)
		}
	}
}
