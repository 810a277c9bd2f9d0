package repair_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/repair"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/lifespan"
)

func read(text string, o repair.Options) (*repair.List, error) {
	return repair.Read(strings.NewReader(text), o)
}

// The sample is invented, in the form that GLPI gives its export of tickets (words.go).
func TestTicketsOfGLPIAreReadAsTheyAre(t *testing.T) {
	text, err := os.ReadFile("testdata/glpi_tickets_fr.csv")
	if err != nil {
		t.Fatal(err)
	}
	list, err := read(string(text), repair.Options{})
	if err == nil || !strings.Contains(err.Error(), `line 3: part is "Réseau", which is not known`) || !reflect.DeepEqual(list.Unknown, []string{"Réseau"}) {
		t.Errorf("a ticket that is no repair: %v, unknown are %q", err, list.Unknown)
	}
	list, err = read(string(text), repair.Options{Words: map[string]string{"réseau": repair.Skipped}})
	want := []repair.Entry{
		{Line: 2, Label: "SALLE12-01", Entity: "Région > Lycée Jean Moulin", Repair: registry.Repair{On: calendar.Date(2025, 3, 4), Part: lifespan.Battery, Outcome: registry.Repaired, CostCents: 7990}},
		{Line: 4, Label: "SALLE12-03", Entity: "Région > Lycée Jean Moulin", Repair: registry.Repair{On: calendar.Date(2025, 4, 18), Part: lifespan.Screen, Outcome: registry.Repaired}},
	}
	if err != nil || !reflect.DeepEqual(list.Entries, want) {
		t.Errorf("got %+v, %v\nwant %+v", list.Entries, err, want)
	}
	for _, title := range []string{"Titre", "Demandeur - Demandeur"} { // which name people
		if !strings.Contains(strings.Join(list.Columns.Ignored, "|"), title) {
			t.Errorf("the column %q is read: %+v", title, list.Columns)
		}
	}
}

func TestCellsMeanWhatTheySay(t *testing.T) {
	for _, test := range []struct {
		title, cell string
		want        registry.Repair
	}{
		{"pièce", "Carte mère", registry.Repair{Part: lifespan.Mainboard}},
		{"part", "power_supply", registry.Repair{Part: lifespan.PowerSupply}},
		{"Catégorie", "Matériel > Disque dur", registry.Repair{Part: lifespan.SSD}},
		{"panne", "Nettoyage", registry.Repair{Part: lifespan.NoPart}},
		{"résultat", "Irréparable", registry.Repair{Outcome: registry.NotRepairable}},
		{"par", "Sous garantie", registry.Repair{DoneBy: "warranty"}},
		{"réparateur", "Prestataire", registry.Repair{DoneBy: "sent_out"}},
		{"Total cost", "1 234,50 €", registry.Repair{CostCents: 123450}},
		{"date de clôture", "23/11/2025", registry.Repair{On: calendar.Date(2025, 11, 23)}},
	} {
		o := repair.Options{}
		if test.want.Part == "" {
			o.Part, test.want.Part = lifespan.Fan, lifespan.Fan
		}
		if test.want.Outcome == "" {
			test.want.Outcome = registry.Repaired
		}
		text := fmt.Sprintf("label\tdate\t%s\nA\t2025-11-03\t\"%s\"\n", test.title, test.cell)
		if test.want.On == 0 {
			test.want.On = calendar.Date(2025, 11, 3)
		} else {
			text = fmt.Sprintf("label\t%s\nA\t%s\n", test.title, test.cell)
		}
		list, err := read(text, o)
		if want := []repair.Entry{{Line: 2, Label: "A", Repair: test.want}}; err != nil || !reflect.DeepEqual(list.Entries, want) {
			t.Errorf("%s %q: got %+v, %v; want %+v", test.title, test.cell, list, err, want)
		}
	}
}

func TestMistakeInListNamesItsLine(t *testing.T) {
	const header = "label,serial,date,part,outcome,done_by,cost\n"
	for _, test := range []struct{ name, text, words string }{
		{"no device", "date,part\n2025-01-01,fan\n", "line 1: neither a label nor a serial number"},
		{"no day", "label,part\nA,fan\n", "line 1: no day is recognised"},
		{"no repair", header, "a header and no repair"},
		{"whose", header + ",,2025-01-01,fan,,,\n", "line 2: neither label nor serial number"},
		{"when", header + "A,,,fan,,,\n", "line 2: the day of the repair is missing"},
		{"what", header + "A,,2025-01-01,,,,\n", "line 2: a part is needed"},
		{"unknown part", header + "A,,2025-01-01,toaster,,,\n", `line 2: part is "toaster", which is not known; the parts are battery, ssd`},
		{"no date", header + "A,,31/02/2025,fan,,,\n", `line 2: repaired is "31/02/2025"`},
		{"unknown outcome", header + "A,,2025-01-01,fan,perhaps,,\n", `line 2: outcome is "perhaps"; allowed are not_repairable, repaired`},
		{"unknown hands", header + "A,,2025-01-01,fan,,Zoé,\n", "line 2: done_by is"},
		{"price in words", header + "A,,2025-01-01,fan,,,cheap\n", `line 2: cost is "cheap"`},
		{"dear", header + "A,,2025-01-01,fan,,,100001\n", "line 2: cost is"},
		{"several lines", header + "A,,2025-01-01,toaster,,,\nB,,soon,fan,,,\n", "line 3: repaired is"},
		{"a serial that is too long", header + "A,SECRET" + strings.Repeat("S", 130) + ",2025-01-01,fan,,,\n", "line 2: serial must be"},
	} {
		list, err := read(test.text, repair.Options{})
		if err == nil || !strings.Contains(err.Error(), test.words) || list == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %+v, %v; want an error with %q", test.name, list, err, test.words)
		}
	}
	for _, o := range []repair.Options{{Words: map[string]string{"x": "toaster"}}, {Part: "toaster"}, {Part: repair.Skipped}} {
		if _, err := read(header+"A,,2025-01-01,fan,,,\n", o); err == nil || !strings.Contains(err.Error(), "cannot be") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// Whatever a list holds, what comes of it can be stored and shown, and an error is text.
func FuzzRead(f *testing.F) {
	text, err := os.ReadFile("testdata/glpi_tickets_fr.csv")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(text), "label,date,part\nA,2025-01-01,skip\n", "label;date;part;cost\nA;1/1/2025;a > b > dalle;-1\n", "serial\tclosed\n\"\n", "label,date,part,cost\nA,2025-01-01,fan,1e9\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := repair.Read(strings.NewReader(text), repair.Options{})
		if err != nil {
			if !utf8.ValidString(err.Error()) {
				t.Errorf("%+v beside the error %q", list, err)
			}
			return
		}
		for _, e := range list.Entries {
			if err := e.Check(); err != nil || e.Label == "" && e.Serial == "" || e.Line < 2 {
				t.Errorf("line %d: %+v, %v", e.Line, e, err)
			}
		}
	})
}

func ExampleRead() {
	const text = "Poste;Jour;Pièce;Résultat;Fait par;Coût\nSalle 12-01;04/03/2025;Batterie;Réparé;Sur place;79,90 €\n"
	list, err := repair.Read(strings.NewReader(text), repair.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	e := list.Entries[0]
	fmt.Printf("%s: %s of %s on %s, %s, for %d cents\n", e.Label, e.Outcome, e.Part, e.On, e.DoneBy, e.CostCents)
	// Output: Salle 12-01: repaired of battery on 2025-03-04, in_house, for 7990 cents
}
