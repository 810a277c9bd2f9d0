package dashboards

import (
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
)

func massOf(low, value, high float64) footprint.Mass {
	return footprint.Mass{Low: quantity.Grams(low), Value: quantity.Grams(value), High: quantity.Grams(high)}
}

func ratioOf(low, value, high float64) quantity.Interval[profile.Ratio] {
	return quantity.Interval[profile.Ratio]{Low: profile.Ratio(low), Value: profile.Ratio(value), High: profile.Ratio(high)}
}

func languagesOf(t testing.TB) map[quantity.Language]*language {
	t.Helper()
	all, err := loadLanguages(time.UTC, factor.Default())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// plainSpaces makes the no-break spaces of French readable in a test.
var plainSpaces = strings.NewReplacer("\u00a0", " ", "\u202f", " ")

func TestFirstSentenceSaysWhatTheDataShow(t *testing.T) {
	all := languagesOf(t)
	for _, c := range []struct {
		per     string
		verdict profile.Verdict
		ratio   float64
		fr, en  string
	}{
		{"pupil", profile.Above, 1.53, "Chaque élève pèse 58 kgCO2e par an (47 à 71), 1,5 fois l’équipement de référence.", ""},
		{"pupil", profile.Below, 0.31, "Chaque élève pèse 58 kgCO2e par an (47 à 71), moins que l’équipement de référence : 0,3 fois celui-ci.", ""},
		{"pupil", profile.Same, 1.02, "Chaque élève pèse 58 kgCO2e par an (47 à 71) : les données ne montrent pas d’écart avec l’équipement de référence.", ""},
		{"device", profile.Above, 2.26, "Chaque appareil pèse 58 kgCO2e par an (47 à 71), 2,3 fois l’équipement de référence d’un élève.", ""},
		{"this", profile.Below, 0.04, "Cet appareil pèse 58 kgCO2e par an (47 à 71), moins que l’équipement de référence d’un élève : 0,04 fois celui-ci.", ""},
		{"this", profile.Unknown, 0, "Aucun appareil physique n’est encore connu ici, il n’y a rien à comparer.", ""},
		{"pupil", profile.Above, 1.53, "", "Each pupil weighs 58 kgCO2e a year (47 to 71), 1.5 times the reference equipment."},
		{"pupil", profile.Unknown, 0, "", "No physical device is known here yet; there is nothing to compare."},
	} {
		h := view.Headline{Yearly: footprint.Figure{Embodied: massOf(47_100, 58_230, 71_400)}, Comparison: profile.Comparison{Ratio: ratioOf(c.ratio, c.ratio, c.ratio), Verdict: c.verdict}}
		for code, want := range map[quantity.Language]string{quantity.French: c.fr, quantity.English: c.en} {
			if want == "" {
				continue
			}
			if got := plainSpaces.Replace(all[code].sentence(h, c.per)); got != want {
				t.Errorf("%s %s %s:\n got %s\nwant %s", code, c.per, c.verdict, got, want)
			}
		}
	}
}

func TestNumbersAgreeWithTheirNouns(t *testing.T) {
	all := languagesOf(t)
	for _, c := range []struct{ lang, number, want string }{
		{"fr", "0", "0 an"}, {"fr", "1", "1 an"}, {"fr", "1,9", "1,9 an"}, {"fr", "2", "2 ans"}, {"fr", "10", "10 ans"}, {"fr", "1 200", "1 200 ans"},
		{"en", "0", "0 years"}, {"en", "1", "1 year"}, {"en", "1.9", "1.9 years"}, {"en", "2", "2 years"},
	} {
		if got := plainSpaces.Replace(all[quantity.Language(c.lang)].say("years", "n", c.number)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.lang, got, c.want)
		}
	}
}

func TestLengthsAndSizesAreSaidInTheUnitOfTheirSize(t *testing.T) {
	fr := languagesOf(t)[quantity.French]
	for ms, want := range map[int64]string{0: "0 s", 15_000: "15 s", 119_000: "119 s", 300_000: "5,0 min", 3_600_000: "60 min", 5_400_000: "1,5 h", 439_200_000: "122 h"} {
		if got := plainSpaces.Replace(fr.length(ms)); got != want {
			t.Errorf("%d ms is %q, want %q", ms, got, want)
		}
	}
	if got := plainSpaces.Replace(fr.memory(8192)) + ", " + plainSpaces.Replace(fr.bytes(1_536_000)); got != "8,0 Gio, 1,54 Mo" {
		t.Error(got)
	}
}

func placeholders(text string) []string {
	var names []string
	for _, found := range placeholder.FindAllString(text, -1) {
		if !strings.Contains(found, "|") { // a form of a noun may be needed in one language alone
			names = append(names, found)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestBothLanguagesSayTheSame(t *testing.T) {
	all := languagesOf(t)
	fr, en := all[quantity.French].texts, all[quantity.English].texts
	if a, b := slices.Sorted(maps.Keys(fr)), slices.Sorted(maps.Keys(en)); !slices.Equal(a, b) {
		t.Errorf("the keys differ: %v", slices.DeleteFunc(append(a, b...), func(k string) bool { return fr[k] != "" && en[k] != "" }))
	}
	for key, text := range fr {
		if a, b := placeholders(text), placeholders(en[key]); !slices.Equal(a, b) {
			t.Errorf("%s: French has %v, English %v", key, a, b)
		}
	}
}

// Texts that code asks for by a key that it computes begin with one of these.
var computed = []string{"access.", "change.", "factors.", "factor.name.", "monitor.", "quality.gain.", "uses.", "error.", "headline.", "driver.", "category.", "population.", "state.", "boundary.", "meter.", "provenance.", "coverage.", "device.inservice.", "device.screen.", "sources.profile.", "axis.", "compare.this.", "days.running", "table.", "months",
	"acquisition.", "advice.", "devices.", "like.", "moment.", "trend.", "weekday.", "aspect.", "basis.", "cause.", "choice.", "compare.", "conformity.", "criterion.", "day.source.", "footer.method.", "method.", "monthly.cause.", "section.", "schools.kind.", "schools.size.", "place.", "schools.sentence", "sources.method.", "step.", "waterfall.",
	"served.", "product.sentence.", "procurement.", "policy.", "measure.", "candidate.", "saved.", "law.gone.", "asked.of.", "asked.unit.", "asked.method.",
	"admin.acted.", "admin.acts.", "admin.check.", "admin.column.", "admin.days.", "admin.device.", "admin.devices.sentence", "admin.devices.state.", "admin.done.", "admin.enrol.", "admin.field.", "admin.hint.", "admin.import.",
	"admin.object.", loggedPrefix, "admin.office.", "admin.ownerkind.", "admin.people.sentence", "admin.role.", "admin.scope.", "admin.secret.", "admin.state.", "admin.to.", "admin.zone.", "twins.step.", refusalPrefix,
	"scenario.", "next.", "life.event.", "life.lead.", "life.sentence.", "moved.sentence.", "repair.part.", "repair.outcome.", "repair.doneby.", "repair.event."}

func TestEveryTextIsThereAndIsUsed(t *testing.T) {
	texts := languagesOf(t)[quantity.French].texts
	asked := regexp.MustCompile(`(?:\b(?:l|p|g\.language|l\.language)\.say\(|\{\{\s*t |\bt )"([a-z][a-z.]*[a-z])"[,) }]`)
	quoted := regexp.MustCompile(`"([a-z]+(?:\.[a-z]+)*\.?)"`)
	known := map[string]bool{}
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".html") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, found := range asked.FindAllStringSubmatch(string(source), -1) {
			if texts[found[1]] == "" {
				t.Errorf("%s asks for %q, which has no text", path, found[1])
			}
		}
		for _, found := range quoted.FindAllStringSubmatch(string(source), -1) {
			known[found[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for key := range texts {
		if !known[key] && !slices.ContainsFunc(computed, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
			t.Errorf("nothing uses the text %q", key)
		}
	}
}

// A page that shows a key instead of its text asked for one that does not exist.
func TestNoPageShowsAKey(t *testing.T) {
	french := languagesOf(t)[quantity.French]
	texts, known := french.texts, french.known
	key := regexp.MustCompile(`>\s*([a-z]+(?:\.[a-z_]+)+)\s*<`)
	for _, lang := range []string{"fr", "en"} {
		w := &world{name: "Lycée", devices: 2}
		for _, verdict := range []profile.Verdict{profile.Above, profile.Below, profile.Same, profile.Unknown} {
			w.verdict = verdict
			for _, address := range slices.Concat(dataPages, adminPages) {
				page := w.get(t, address, "lang="+lang).Body.String()
				for _, found := range key.FindAllStringSubmatch(page, -1) {
					if _, isFactor := known[found[1]]; texts[found[1]] != "" || !isFactor {
						t.Errorf("%s in %s shows the key %s", address, lang, found[1])
					}
				}
				if left := placeholder.FindString(page); left != "" {
					t.Errorf("%s in %s shows %s", address, lang, left)
				}
			}
		}
	}
}

// A reader who is no engineer meets a factor by its name: each has one of its own.
func TestEachFactorHasANameOfItsOwn(t *testing.T) {
	for code, l := range languagesOf(t) {
		named := map[string]string{}
		for _, row := range factor.Default().Rows {
			name := l.factorName(row.Key)
			if name == row.Key || strings.Contains(name, "{") {
				t.Errorf("%s: %s is called %q", code, row.Key, name)
			}
			if other := named[name]; other != "" && other != row.Key {
				t.Errorf("%s: %s and %s are both called %q", code, other, row.Key, name)
			}
			named[name] = row.Key
		}
	}
	fr := languagesOf(t)["fr"]
	for key, want := range map[string]string{"embodied.laptop": "Empreinte incorporée (ordinateur portable)", "part.ssd": "Empreinte d’une pièce (disque)", "own.factor": "own.factor"} {
		if got := fr.factorName(key); got != want {
			t.Errorf("%s is called %q, want %q", key, got, want)
		}
	}
}
