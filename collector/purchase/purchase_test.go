package purchase_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
)

func day(t testing.TB, text string) calendar.Day {
	t.Helper()
	d, err := calendar.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func read(text string, o purchase.Options) (*purchase.List, error) {
	return purchase.Read(strings.NewReader(text), o)
}

// The samples are invented, in the form that GLPI gives its exports (titles.go).
func TestExportsOfGLPIAreReadAsTheyAre(t *testing.T) {
	for file, want := range map[string][]purchase.Entry{
		"glpi_fr.csv": {
			{
				Line: 2, Label: "SALLE12-01", Serial: "5CG1234ABC", Category: equipment.Laptop, Maker: "Dell Inc.", Model: "Latitude 3420",
				CPU: "11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz", MemoryMiB: 8192, StorageGB: 256, Purchased: day(t, "2022-08-25"), PriceCents: 61250,
				Site: "Lycée Jean Moulin > Bâtiment A > Salle 12", Entity: "Région > Lycée Jean Moulin",
			},
			{
				Line: 3, Label: "SALLE12-02", Category: equipment.Desktop, Maker: "HP", Model: "ProDesk 400 G7", CPU: "Intel(R) Core(TM) i3-10100 CPU @ 3.60GHz",
				MemoryMiB: 8192, StorageGB: 1512, Purchased: day(t, "2020-09-01"), PriceCents: 104900, Entity: "Région > Lycée Jean Moulin",
			},
			{
				Line: 7, Label: "VIEUX-07", Serial: "NXABC", Category: equipment.Laptop, Maker: "Acer", Model: "TravelMate B117",
				Purchased: day(t, "2016-09-01"), Entity: "Région > Lycée Jean Moulin", Retired: day(t, "2024-07-05"), Gone: true,
			},
		},
		"glpi_en_monitors.csv": {
			{
				Line: 2, Label: "Screen 3", Serial: "CN-0ABC", Category: equipment.Monitor, Maker: "Dell", Model: "P2422H", ScreenIn: 23.8,
				Purchased: day(t, "2023-01-15"), PriceCents: 14990, Site: "0750001U - Room 12", Entity: "Root entity",
			},
			{Line: 3, Label: "Screen 4", Serial: "CN-0ABD", Category: equipment.Monitor, Maker: "Dell", Model: "P2422H", ScreenIn: 23.8, Site: "0750001U - Room 12", Entity: "Root entity"},
		},
	} {
		f, err := os.Open("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		list, err := purchase.Read(f, purchase.Options{})
		if err != nil || !reflect.DeepEqual(list.Entries, want) {
			t.Errorf("%s: got %+v, %v; want %+v", file, list, err, want)
		}
		if file == "glpi_fr.csv" && !reflect.DeepEqual(list.Columns.Ignored, []string{"Usager"}) {
			t.Errorf("%s: the columns %q are not read; want the one with people's names", file, list.Columns.Ignored)
		}
	}
}

func TestListOfTheDocumentationIsRead(t *testing.T) {
	text, err := os.ReadFile("../../docs/fleet.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```csv\n")
	sample, _, _ := strings.Cut(rest, "```")
	list, err := read(sample, purchase.Options{})
	if err != nil || len(list.Entries) != 3 || len(list.Columns.Ignored) > 0 {
		t.Fatalf("got %+v, %v", list, err)
	}
	if e := list.Entries[1]; e.Category != equipment.Projector || e.PriceCents != 119000 || e.Site != "0750001U" {
		t.Errorf("the projector is %+v", e)
	}
}

func TestCellsAreReadAsPeopleWriteThem(t *testing.T) {
	for _, test := range []struct {
		title, cell string
		want        purchase.Entry
	}{
		{"prix", "450", purchase.Entry{PriceCents: 45000}},
		{"prix", "1 234,56 €", purchase.Entry{PriceCents: 123456}},
		{"prix", "\u20091\u202f234,5\u00a0€", purchase.Entry{PriceCents: 123450}},
		{"price", "1,234.50", purchase.Entry{PriceCents: 123450}},
		{"price", "0", purchase.Entry{}},
		{"date d'achat", "1/9/2023", purchase.Entry{}}, // refused below
		{"Date d’achat", "01/09/2023", purchase.Entry{Purchased: day(t, "2023-09-01")}},
		{"DATE ACHAT", "01-09-2023 08:30", purchase.Entry{Purchased: day(t, "2023-09-01")}},
		{"purchased", "2023-09-01T08:30:00Z", purchase.Entry{Purchased: day(t, "2023-09-01")}},
		{"purchased", "0000-00-00", purchase.Entry{}},
		{"delivery date", "2023-09-01", purchase.Entry{Purchased: day(t, "2023-09-01")}},
		{"memory", "8", purchase.Entry{MemoryMiB: 8192}},
		{"mémoire", "8 Go", purchase.Entry{MemoryMiB: 8192}},
		{"Memory (Mio)", "3891", purchase.Entry{MemoryMiB: 3891}},
		{"stockage", "256 Go", purchase.Entry{StorageGB: 256}},
		{"Hard drive size", "512 Go", purchase.Entry{StorageGB: 512}},
		{"storage", "1 To", purchase.Entry{StorageGB: 1000}},
		{"écran", "15,6\"", purchase.Entry{ScreenIn: 15.6}},
		{"screen", "35.6 cm", purchase.Entry{ScreenIn: 14}},
		{"poids", "1,523 kg", purchase.Entry{WeightKg: 1.52}},
		{"weight", "850 g", purchase.Entry{WeightKg: 0.85}},
		{"type", "Écran Numérique  Interactif", purchase.Entry{Category: equipment.InteractivePanel}},
		{"category", "projector", purchase.Entry{Category: equipment.Projector}},
		{"acquisition", "Reconditionné", purchase.Entry{Acquisition: "reconditioned"}},
		{"population", "Élèves", purchase.Entry{Population: equipment.Individual}},
		{"statut", "En stock", purchase.Entry{}},
		{"statut", "Volé", purchase.Entry{Gone: true, RetiredTo: "lost"}},
		{"devenir", "DEEE", purchase.Entry{RetiredTo: "recycling"}},
		{"n° de série", "System Serial Number", purchase.Entry{}},
	} {
		list, err := read("label\t"+test.title+"\nA\t"+quoted(test.cell)+"\n", purchase.Options{})
		if test.cell == "1/9/2023" {
			wants(t, err, `line 2: purchased is "1/9/2023"`)
			continue
		}
		test.want.Label, test.want.Line = "A", 2
		if err != nil || !reflect.DeepEqual(list.Entries, []purchase.Entry{test.want}) {
			t.Errorf("%s %q: got %+v, %v; want %+v", test.title, test.cell, list, err, test.want)
		}
	}
}

func quoted(cell string) string { return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"` }

func wants(t *testing.T, err error, words string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("the error is %v; want one with %q", err, words)
	}
}

func TestMistakeInListNamesItsLineAndNoSerialNumber(t *testing.T) {
	const header = "label,serial,category,purchased,price,memory\n"
	for _, test := range []struct{ name, text, words string }{
		{"empty", "", "line 1: a header"},
		{"no device", header, "no device"},
		{"no title known", "Ancienneté,Couleur\n3,noir\n", "line 1: neither a label nor a serial number is recognised"},
		{"title twice", "nom,label\nA,B\n", `line 1: the columns "nom" and "label" both say label`},
		{"short line", header + "A,,laptop,,,\nB\n", "line 3: has 1 columns, the header has 6"},
		{"nameless", header + ",,laptop,,,\n", "line 2: neither label nor serial number"},
		{"unknown type", header + "A,,toaster,,,\n", `line 2: category is "toaster"`},
		{"no date", header + "A,,,31/02/2023,,\n", `line 2: purchased is "31/02/2023"`},
		{"last century", header + "A,,,1970-01-01,,\n", "line 2: purchased"},
		{"price in words", header + "A,,,,cheap,\n", "line 2: price is \"cheap\""},
		{"negative price", header + "A,,,,-3,\n", "line 2: price"},
		{"infinite price", header + "A,,,,inf,\n", "line 2: price"},
		{"price as a power", header + "A,,,,1e9,\n", "line 2: price"},
		{"memory of a joke", header + "A,,,,,9999999999 To\n", "line 2: memory"},
		{"long label", header + strings.Repeat("A", 129) + ",,,,,\n", "line 2: label must be"},
		{"several on a line", header + "A,,toaster,never,,\n", "purchased is \"never\""},
		{"several lines", header + "A,,toaster,,,\nB,,,,cheap,\n", "line 3: price"},
		{"a serial that is too long", header + "A,SECRET" + strings.Repeat("S", 130) + ",,,,\n", "line 2: serial must be"},
		{"Latin-1", header + "Salle\xe9,,,,,\n", "line 2: not UTF-8"},
		{"quote in the middle", header + "A\"B,,,,,\n", "line 2"},
		{"bought after it left", "label,purchased,retired\nA,2024-01-02,2024-01-01\n", "line 2: bought on 2024-01-02, after"},
		{"too many", header + strings.Repeat("A,,toaster,,,\n", 80), "and 30 more"},
	} {
		list, err := read(test.text, purchase.Options{})
		if err == nil || !strings.Contains(err.Error(), test.words) || list == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %+v, %v; want an error with %q", test.name, list, err, test.words)
		}
	}
}

func TestOtherColumnsAndWordsAreNamed(t *testing.T) {
	const text = "Poste,Nature,Acheté le,Nom\nP1,PC élève,2023-09-01,Zoé Martin\n"
	o := purchase.Options{
		Columns: map[string]string{"POSTE": "label", "Nature": "category", "acheté le": "purchased", "Nom": ""},
		Types:   map[string]equipment.Category{"pc Élève": equipment.Laptop},
	}
	list, err := read(text, o)
	want := []purchase.Entry{{Line: 2, Label: "P1", Category: equipment.Laptop, Purchased: day(t, "2023-09-01")}}
	if err != nil || !reflect.DeepEqual(list.Entries, want) || !reflect.DeepEqual(list.Columns.Ignored, []string{"Nom"}) {
		t.Errorf("got %+v, %v", list, err)
	}
	_, err = read(text, purchase.Options{Columns: map[string]string{"Poste": "colour"}})
	wants(t, err, `cannot be mapped to "colour"; the fields are label, serial`)
	_, err = read(text, purchase.Options{Columns: map[string]string{"Couleur": "label"}})
	wants(t, err, `there is no column "Couleur" to map`)
	_, err = read(text, purchase.Options{Types: map[string]equipment.Category{"x": "toaster"}})
	wants(t, err, `cannot be "toaster"`)
}

// Whatever a list holds, what comes of it can be stored and shown, and an error is
// text that says where.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"testdata/glpi_fr.csv", "testdata/glpi_en_monitors.csv"} {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, seed := range []string{
		"label\nA\n", "label,price\nA,\"1 2,3.4\"\n", "serial;memory\nX;8 Go\n", "label\tscreen\nA\t-1 cm\n", "label,storage\nA,\"1\n2 To\n\"\n",
		"label,purchased,retired\nA,2024-01-01,2023-01-01\n", "label,\"\n", "\ufeff", "label,price\nA,..\n", "label,weight\nA,1-2kg\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := purchase.Read(strings.NewReader(text), purchase.Options{})
		if err != nil {
			if !utf8.ValidString(err.Error()) {
				t.Errorf("%+v beside the error %q", list, err)
			}
			return
		}
		for _, e := range list.Entries {
			for _, s := range []string{e.Label, e.Serial, e.Maker, e.Model, e.CPU, e.Site, e.Entity} {
				if len(s) > 128 || !utf8.ValidString(s) || strings.TrimSpace(s) != s {
					t.Errorf("line %d: the text %q", e.Line, s)
				}
			}
			if e.Label == "" && e.Serial == "" || e.Line < 2 || e.PriceCents < 0 || e.MemoryMiB < 0 || e.StorageGB < 0 ||
				!(e.ScreenIn >= 0 && e.ScreenIn <= 200) || !(e.WeightKg >= 0 && e.WeightKg <= 1000) || e.Retired != 0 && e.Purchased > e.Retired {
				t.Errorf("line %d: %+v", e.Line, e)
			}
		}
	})
}

func ExampleRead() {
	const text = "Nom;Type;Modèle;Diagonale;Date d'achat;Prix;Lieu\n" +
		"Écran 3;Moniteur;P2422H;23,8;15/01/2023;149,90 €;Lycée Jean Moulin\n"
	list, err := purchase.Read(strings.NewReader(text), purchase.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	e := list.Entries[0]
	fmt.Printf("%s, a %s of %v inches, bought on %s for %d cents\n", e.Label, e.Category, e.ScreenIn, e.Purchased, e.PriceCents)
	// Output: Écran 3, a monitor of 23.8 inches, bought on 2023-01-15 for 14990 cents
}
