package dashboards

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
)

func TestTallyIsSaidInWordsThatAgree(t *testing.T) {
	all := languagesOf(t)
	class := func(fits, above, below, old, unknown, other int64) profile.Tally {
		return profile.Tally{Devices: fits + above + below + old + unknown + other, Classes: map[profile.Class]int64{
			profile.ClassFits: fits, profile.ClassAbove: above, profile.ClassBelow: below, profile.ClassTooOld: old, profile.ClassUnknown: unknown, profile.ClassNotComparable: other,
		}}
	}
	for _, c := range []struct {
		tally  profile.Tally
		fr, en string
	}{
		{class(60, 0, 12, 1, 7, 0), "Sur 80 appareils : 60 conviennent, 12 sont en dessous, 1 est trop vieux, 7 ne sont pas assez connus.", "Of 80 devices: 60 fit, 12 are below, 1 is too old, 7 are not known well enough."},
		{class(1, 1, 1, 2, 1, 1), "Sur 7 appareils : 1 convient, 1 a plus que nécessaire, 1 est en dessous, 2 sont trop vieux, 1 n’est pas assez connu, 1 est d’une autre catégorie.", "Of 7 devices: 1 fits, 1 has more than is needed, 1 is below, 2 are too old, 1 is not known well enough, 1 is of another category."},
		{class(1, 0, 0, 0, 0, 0), "Sur 1 appareil : 1 convient.", "Of 1 device: 1 fits."},
	} {
		for code, want := range map[quantity.Language]string{quantity.French: c.fr, quantity.English: c.en} {
			b := all[code].tally(c.tally)
			if got := plainSpaces.Replace(b.Lead); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			width := 0.0
			for _, p := range b.Parts {
				var x, w float64
				fmt.Sscan(p.X, &x)
				fmt.Sscan(p.Width, &w)
				if x < width-0.05 || x > width+0.05 {
					t.Errorf("a part begins at %g, the one before ended at %g", x, width)
				}
				width += w
			}
			if width < 99.9 || width > 100.1 {
				t.Errorf("the bar is %g long, want 100", width)
			}
		}
	}
	if all[quantity.French].tally(profile.Tally{}) != nil {
		t.Error("there is a tally of no device")
	}
}

func TestTallySaysInWhatTheMostFrequentFirst(t *testing.T) {
	f := (&world{devices: 80}).fleet()
	b := languagesOf(t)[quantity.French].tally(f.Conformity)
	for i, want := range []string{"convient 60 75 % –", "en dessous 12 15 % Mémoire : 12, Stockage : 3", "trop vieux 1 1 % –", "non connu 7 9 % Âge : 7"} {
		if got := plainSpaces.Replace(b.Table.Rows[i].Header.Text + " " + strings.Join(b.Table.Rows[i].Cells, " ")); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestFindingsSayWhatIsAskedForAndWhatIsThere(t *testing.T) {
	fr := languagesOf(t)[quantity.French]
	d, _ := (&world{}).Device(t.Context(), "", 0)
	b := fr.conformity(d.Conformity)
	for i, want := range []string{"Âge 1,5 an au plus 7 ans convient", "Mémoire 4 Go 8 Go à 16 Go en dessous", "Écran non connu au moins 11,6 pouces non connu"} {
		if got := plainSpaces.Replace(b.Table.Rows[i].Header.Text + " " + strings.Join(b.Table.Rows[i].Cells, " ")); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for _, class := range profile.Classes {
		if lead := fr.conformity(&profile.Conformity{Class: class}).Lead; !strings.HasSuffix(lead, ".") {
			t.Errorf("%s is said as %q", class, lead)
		}
	}
}

// What no source has a value for is never shown as a number.
func TestNotAvailableIsNeverZero(t *testing.T) {
	fr := languagesOf(t)[quantity.French]
	rows := []view.CriterionRow{{Criterion: impact.Ionising, Without: []equipment.Category{equipment.Laptop, equipment.Tablet}}, {Criterion: impact.Climate, Embodied: &quantity.Interval[float64]{}}}
	got := fr.criteria(rows).Rows
	if cells := fmt.Sprint(got[0].Cells); cells != "[non disponible non disponible ordinateur portable, tablette]" {
		t.Errorf("a criterion without a value says %s", cells)
	}
	if cells := plainSpaces.Replace(strings.Join(got[1].Cells, "|")); cells != "0 gCO2e|non disponible|–" {
		t.Errorf("a criterion of zero says %s", cells)
	}
	steps := fr.steps([]view.StepRow{{Step: impact.EndOfLife, Without: []equipment.Category{equipment.Server}}}).Rows
	if cells := fmt.Sprint(steps[0].Cells); cells != "[non disponible serveur]" {
		t.Errorf("a step without a value says %s", cells)
	}
	made := fr.made([]view.MadeRow{{Method: impact.Maker}, {Method: impact.ADEME, Used: true, Available: true, Embodied: massOf(1e5, 2e5, 3e5), Basis: "category"}})
	if cells := plainSpaces.Replace(strings.Join(made.Table.Rows[0].Cells, "|")); cells != "non disponible|–|non, pour comparer" {
		t.Errorf("a method without a value says %s", cells)
	}
	years := fr.power(&view.PowerRow{}).Years
	if years[0].Text != "non disponible" || years[1].Text != "non disponible" {
		t.Errorf("years that are not known are %v", years)
	}
}

func TestCriteriaAreInUnitsOfTheirSize(t *testing.T) {
	fr := languagesOf(t)[quantity.French]
	for _, c := range []struct {
		on   impact.Criterion
		v    float64
		want string
	}{
		{impact.Climate, 0.098, "98,0 gCO2e"}, {impact.Climate, 43_000, "43,0 tCO2e"}, {impact.Minerals, 4e-4, "400 mg Sb eq"}, {impact.Minerals, 2.5, "2,50 kg Sb eq"},
		{impact.Acidification, 0.048, "48,0 mmol H⁺ eq"}, {impact.Particulates, 2.83e-6, "2,83 × 10⁻⁶ cas de maladie"}, {impact.Particulates, 3.1, "3,10 cas de maladie"},
		{impact.Ionising, 7, "7,00 kBq U235 eq"}, {impact.PrimaryEnergy, 25_000, "25,0 GJ"},
	} {
		v := quantity.Exactly(c.v)
		if got := plainSpaces.Replace(fr.criteria([]view.CriterionRow{{Criterion: c.on, Use: &v}}).Rows[0].Cells[1]); got != c.want {
			t.Errorf("%v %s is %q, want %q", c.v, c.on.Unit(), got, c.want)
		}
	}
}

func TestContractIsForInformationAlone(t *testing.T) {
	fr := languagesOf(t)[quantity.French]
	e := (&world{name: "Offre verte"}).fleet().Electricity
	terms := fr.electricity(e)
	last := terms[len(terms)-1]
	if got := plainSpaces.Replace(last.Text); got != "1,23 kgCO2e (Offre verte)" || last.Mark != "pour information, dans aucun chiffre" {
		t.Errorf("the contract is %q, marked %q", got, last.Mark)
	}
	e.Contract, e.ByOffer = "", nil
	for _, term := range fr.electricity(e) {
		if term.Mark != "" {
			t.Errorf("%q is marked without a contract", term.Text)
		}
	}
	for label, want := range map[grid.Label]string{grid.Yearly: "de l’année, sur le cycle de vie", grid.HalfHourly: "par demi-heure, ajusté au cycle de vie", grid.PartlyHalfHourly: "par demi-heure pour 41 % du temps, ajusté au cycle de vie ; de l’année pour le reste"} {
		e.Label = label
		if got := plainSpaces.Replace(fr.electricity(e)[1].Text); got != want {
			t.Errorf("%s is said as %q", label, got)
		}
	}
	for code, want := range map[string]string{"FR": "France hexagonale (FR)", "FR-974": "La Réunion (FR-974)", "DE": "DE"} {
		if got := fr.territory(code); got != want {
			t.Errorf("%s is %q, want %q", code, got, want)
		}
	}
	if fr.electricity(view.Electricity{}) != nil {
		t.Error("there is electricity of no territory")
	}
}

func TestNumberOfAMethodSaysWhatItRestsOn(t *testing.T) {
	w := &world{name: evil, devices: 1}
	page := w.get(t, "/devices/device-0007?lang=en").Body.String() + w.get(t, "/devices/device-0007?lang=en&table=made").Body.String()
	for _, want := range []string{
		"230\u00a0kgCO2e (170 to 290)", "products like it", "holds the true value 9 times in 10", "By category: the interval is the factor", "https://example.org/pcf.pdf", "likeness 93 %",
		"The figures of this page are of the method: by category (ademe).", "&lt;script&gt;",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page, `href="javascript`) || strings.Contains(page, "states") {
		t.Error("a report's address runs a script, or the note of a look-up stands where none was")
	}
	row := view.MadeRow{Method: impact.Maker, Available: true, Used: true, Embodied: massOf(1, 2, 3), Basis: "looked up"}
	if got := languagesOf(t)[quantity.English].made([]view.MadeRow{row}); got.Notes[0] != "The maker's report: the interval is the uncertainty that the report states." {
		t.Error(got.Notes)
	}
}

func TestPowersSayWhoTaughtThem(t *testing.T) {
	fr := languagesOf(t)[quantity.French]
	d, _ := (&world{}).Device(t.Context(), "", 0)
	if got := fr.power(d.Power).Lead; !strings.HasPrefix(plainSpaces.Replace(got), "Courbe par défaut : ") {
		t.Errorf("the shipped curve is said as %q", got)
	}
	for n, want := range map[int]string{1: "Calibré : 1 appareil à compteur de la classe « ordinateur portable, x » pendant 51 h", 20: "Calibré : 20 appareils à compteur"} {
		p := *d.Power
		p.Class, p.Devices, p.Hours = "laptop: x", n, 50.6
		if got := plainSpaces.Replace(fr.power(&p).Lead); !strings.HasPrefix(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	real := footprint.Energy{Low: 6.6e3, Value: 9.5e3, High: 18.7e3}
	d.Power.RealYear = &real
	if got := fr.power(d.Power).Years; plainSpaces.Replace(got[0].Text) != "9,5 kWh (6,6 à 18,7)" || plainSpaces.Replace(got[1].Text) != "31 kWh (20 à 60)" {
		t.Errorf("the years are %v", got)
	}
}

func TestLifeIsSaidByAge(t *testing.T) {
	fr := languagesOf(t)[quantity.French]
	d, _ := (&world{}).Device(t.Context(), "", 0)
	d.Device.AgeYears, d.Amortised = 1.05, 0.21
	if got := plainSpaces.Replace(fr.life(d)); got != "1,1 an sur 5 ans attendus : 21 % de l’empreinte de fabrication est amortie. Il en reste 146 kgCO2e à amortir." {
		t.Error(got)
	}
	d.Device.AgeYears, d.Amortised = 6.2, 1
	if got := plainSpaces.Replace(fr.life(d)); got != "6,2 ans pour 5 ans attendus : toute l’empreinte de fabrication est amortie ; chaque année de plus est un gain." {
		t.Error(got)
	}
	d.Lifetime = quantity.Interval[quantity.Years]{}
	if got := fr.life(d); got != "" {
		t.Errorf("without an expected life: %q", got)
	}
}

func TestPagesNameTheMethodAndWhatIsNotCounted(t *testing.T) {
	w := &world{name: "Lycée", devices: 1}
	for _, address := range headlinePages {
		if page := plainSpaces.Replace(w.get(t, address).Body.String()); !strings.Contains(page, "(méthode ademe) : une même valeur") {
			t.Errorf("%s does not name the method", address)
		}
	}
	if page := w.get(t, "/sites/1").Body.String(); !strings.Contains(page, "Ne sont dans aucun chiffre, faute de valeur dans cette méthode\u00a0: vidéoprojecteur.") {
		t.Error("the page does not say what is in no figure")
	}
	if page := w.get(t, "/organisations/1?lang=en").Body.String(); !strings.Contains(page, "for information, in no figure") {
		t.Error("the contract is not marked")
	}
}

// A council's own profile says all that it states, that it is its own, and where it
// contradicts itself.
func TestSourcesShowAnOwnProfileWhole(t *testing.T) {
	const own = `profiles:
  - key: seconde-pro
    from: 2025-09-01
    provisional: false
    kind: laptop
    memory_gib: 16
    repairability_index: 8.1
    embodied: embodied.laptop
    expected_life_years: {low: 5, value: 6, high: 8, interval: "our own fleet"}
    use: use.laptop
    daily_use:
      hours_by_school_day: {low: 0, value: 0.1, high: 0.2, interval: "hardly"}
      school_days_in_year: {low: 160, value: 176, high: 180, interval: "as published"}
      power_in_use: power.laptop.idle
      power_at_rest: power.laptop.off
    source: ecodiag
    note: "<script>alert(1)</script>"
`
	table, err := factor.Default().With("own.yaml", []byte(own))
	if err != nil {
		t.Fatal(err)
	}
	page := (&world{factors: table}).get(t, "/sources").Body.String()
	start := strings.Index(page, "<h3>seconde-pro")
	end := start + strings.Index(page[start:], "<h3>Collégien")
	mine, shipped := plainSpaces.Replace(page[start:end]), plainSpaces.Replace(page[end:])
	for _, want := range []string{"de votre collectivité", "au moins 16 Go", "8,1 sur 10", "non disponible", "non précisé", "6 ans (5 à 8), propre à ce profil", "Ce profil se contredit", "0,1 h par jour de classe"} {
		if !strings.Contains(mine, want) {
			t.Errorf("the own profile does not say %q in %s", want, mine)
		}
	}
	for _, want := range []string{"provisoire", "8 Go à 16 Go", "au plus 1,5 kg", "4 h par jour de classe, 176 jours ; dans aucun total"} {
		if !strings.Contains(shipped, want) {
			t.Errorf("the shipped profile does not say %q", want)
		}
	}
	if strings.Contains(shipped, "se contredit") || strings.Contains(page, "<script") {
		t.Error("the shipped profile is said to contradict itself, or a note became markup")
	}
	electricity := (&world{factors: table}).get(t, "/sources/electricity").Body.String()
	if !strings.Contains(electricity, "La Réunion (FR-974)") || !strings.Contains(electricity, "CC BY 4.0") || !strings.Contains((&world{factors: table}).get(t, "/sources?table=licences").Body.String(), "CC BY 4.0") {
		t.Error("a row's territory or a source's licence is missing")
	}
}

func TestSmallFactorsAreWrittenAsPowersOfTen(t *testing.T) {
	fr := languagesOf(t)[quantity.French]
	for v, want := range map[float64]string{0: "0", 0.17: "0,17", 185.1: "185,1", 3.47e-9: "3,47 × 10⁻⁹", 1e-10: "1 × 10⁻¹⁰"} {
		if got := fr.plain(v); got != want {
			t.Errorf("%v is %q, want %q", v, got, want)
		}
	}
}

// fetch asks for a page with a query that may be anything.
func (w *world) fetch(t testing.TB, path, query string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.URL.RawQuery = query
	r.RequestURI = path + "?" + query
	r.Header.Set("Cookie", SessionCookie+"=token")
	answer := httptest.NewRecorder()
	w.handler(t, io.Discard).ServeHTTP(answer, r)
	return answer
}
