package registry_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ecoparc/ecoparc/collector/registry"
)

// The numbers of establishments in these tests are made by the rule: seven
// digits, and the letter that their remainder by 23 gives.
const list = "uai,name,kind,zone,pupils\n0750001U,Collège A,college,C,420\n0750002V,\"Lycée B, annexe\",lycee,,\n,Atelier,other,,\n"

func TestListOfSitesIsRead(t *testing.T) {
	want := []registry.Site{
		{UAI: "0750001U", Name: "Collège A", Kind: registry.College, Zone: "C", Pupils: 420},
		{UAI: "0750002V", Name: "Lycée B, annexe", Kind: registry.Lycee},
		{Name: "Atelier", Kind: registry.Other},
	}
	const semicolons = "Pupils ; NAME;kind;Zone;uai\r\n 420;Collège A; College;c;0750001u\r\n;Lycée B, annexe;lycee;;0750002V\r\n\r\n0;Atelier;other;;\r\n"
	for name, text := range map[string]string{
		"commas": list, "BOM": "\ufeff" + list, "no last newline": strings.TrimSuffix(list, "\n"), "as Excel writes it in French": "\ufeff" + semicolons,
	} {
		sites, err := registry.ReadSites(strings.NewReader(text))
		if err != nil || len(sites) != len(want) {
			t.Errorf("%s: %+v, %v", name, sites, err)
			continue
		}
		for i := range want {
			if sites[i] != want[i] {
				t.Errorf("%s: site %d is %+v; want %+v", name, i, sites[i], want[i])
			}
		}
	}
}

func TestMistakeInListOfSitesNamesItsLine(t *testing.T) {
	const header = "uai,name,kind,zone,pupils\n"
	for _, test := range []struct{ name, text, words string }{
		{"empty", "", "line 1: a header"},
		{"no site", header, "no site"},
		{"unknown column", "name,kind,adress\n", `line 1: column "adress" is not known; allowed are uai, name`},
		{"missing column", "uai,name\n", `line 1: the column "kind" is missing`},
		{"column twice", "name,kind,name\n", `line 1: the column "name" stands twice`},
		{"wrong key letter", header + "0750001U,A,college,,\n0750001V,B,college,,\n", "line 3: uai is \"0750001V\"; its key letter should be U"},
		{"a digit short", header + "075001U,A,college,,\n", "line 2: uai is \"075001U\"; seven digits and a letter"},
		{"a sign for a digit", header + "-000000A,A,college,,\n", "line 2: uai is \"-000000A\"; seven digits and a letter"},
		{"letters for digits", header + "O750001U,A,college,,\n", "line 2: uai"},
		{"uai twice", header + "0750001U,A,college,,\n,B,other,,\n0750001u,C,college,,\n", `line 4: uai "0750001U" stands on line 2 already`},
		{"name twice", header + ",A,other,,\n,A,other,,\n", `line 3: name "A" stands on line 2 already`},
		{"no name", header + ",,other,,\n", "line 2: name is missing"},
		{"name of two lines", header + ",\"A\nB\",other,,\n", "line 2: name must be"},
		{"endless name", header + "," + strings.Repeat("A", 201) + ",other,,\n", "line 2: name must be"},
		{"unknown kind", header + ",A,école,,\n", `line 2: kind is "école"; allowed are college, lycee, other`},
		{"unknown zone", header + ",A,other,D,\n", `line 2: zone is "D"; allowed are A, B, C or empty`},
		{"pupils in words", header + ",A,other,,many\n", `line 2: pupils is "many"; a whole number`},
		{"half a pupil", header + ",A,other,,1.5\n", "line 2: pupils"},
		{"negative pupils", header + ",A,other,,-1\n", "line 2: pupils is -1"},
		{"a whole city", header + ",A,other,,10001\n", "line 2: pupils is 10001"},
		{"too few fields", header + ",A,other,,\n,B\n", "line 3"},
		{"quote in the middle", header + ",A\"B,other,,\n", "line 2"},
		{"Latin-1", header + ",A,other,,\n,Coll\xe8ge,other,,\n", "line 3: not UTF-8"},
		{"several", header + ",A,école,D,\n,B,other,,x\n", "line 3: pupils"},
		{"several on a line", header + ",A,école,D,\n", `college, lycee, other; zone is "D"`},
		{"too large", header + strings.Repeat(",A,other,,\n", 2<<20), "larger than 16 MiB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			sites, err := registry.ReadSites(strings.NewReader(test.text))
			wants(t, err, test.words)
			if len(sites) > 0 {
				t.Errorf("%d sites are given all the same", len(sites))
			}
		})
	}
}

// As in a list that holds numbers only: this is no repetition.
func TestSiteMayBeCalledLikeItsNumber(t *testing.T) {
	sites, err := registry.ReadSites(strings.NewReader("uai,name,kind\n0750001U,0750001U,college\n"))
	if err != nil || len(sites) != 1 {
		t.Errorf("got %+v, %v", sites, err)
	}
}

func TestImportTwiceUpdatesAndKeepsTheNumbers(t *testing.T) {
	r, _ := open(t)
	o, err := r.AddOrganisation(t.Context(), "Région", false)
	if err != nil {
		t.Fatal(err)
	}
	read := func(text string) []registry.Site {
		sites, err := registry.ReadSites(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return sites
	}
	first, err := r.AddSites(t.Context(), o.ID, read(list))
	if err != nil {
		t.Fatal(err)
	}
	second, err := r.AddSites(t.Context(), o.ID, read("uai,name,kind,pupils\n0750001U,Collège Renommé,college,430\n,Atelier,other,12\n"))
	if err != nil || second[0].ID != first[0].ID || second[1].ID != first[2].ID {
		t.Fatalf("the second time they are %+v, %v; at first %+v", second, err, first)
	}
	found, err := r.Site(t.Context(), first[0].ID)
	if err != nil || found.Name != "Collège Renommé" || found.Pupils != 430 || found.Zone != "" || found.Organisation != o.ID {
		t.Errorf("found %+v, %v", found, err)
	}
	if all, err := r.Sites(t.Context(), o.ID); err != nil || len(all) != 3 {
		t.Errorf("there are %+v, %v", all, err)
	}
}

func TestNothingIsImportedWhenOneSiteCannotBe(t *testing.T) {
	r, _ := open(t)
	mine, _ := schools(t, r, "Région", false, 2)
	other, err := r.AddOrganisation(t.Context(), "Autre", false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.AddSites(t.Context(), other.ID, []registry.Site{{Name: "Leur collège", Kind: registry.College, UAI: "0750001U"}}); err != nil {
		t.Fatal(err)
	}
	for name, sites := range map[string][]registry.Site{
		"another organisation's uai": {{Name: "Nouveau", Kind: registry.Other}, {Name: "Site 1", Kind: registry.Lycee, UAI: "0750001U"}},
		"invalid":                    {{Name: "Nouveau", Kind: registry.Other}, {Name: "Site 1", Kind: "school"}},
	} {
		_, err := r.AddSites(t.Context(), mine.ID, sites)
		if err == nil || !strings.Contains(err.Error(), `site "Site 1"`) || strings.Contains(err.Error(), "SQL") || strings.Contains(err.Error(), "constraint") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	all, err := r.Sites(t.Context(), mine.ID)
	if err != nil || len(all) != 2 || all[0].Kind != registry.College || all[0].UAI != "" {
		t.Errorf("the sites are %+v, %v", all, err)
	}
	if _, err := r.Site(t.Context(), 99); err == nil {
		t.Error("site 99 is found")
	}
}

// Whatever a list holds, what comes of it can be stored and shown.
func FuzzReadSites(f *testing.F) {
	for _, seed := range []string{
		list, "\ufeff" + list, "name;kind\nA;other\n", "kind,name\nother,\"A\nB\"\n", "uai,name,kind\n-000000A,A,other\n",
		"name,kind\n\xe8,other\n", "name,kind,name\nA,other,B\n", "\n\nname,kind\n\nA,other\n", "name,kind\n\"", "pupils,name,kind\n9e9,A,other\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sites, err := registry.ReadSites(strings.NewReader(text))
		if err != nil {
			if len(sites) > 0 || !utf8.ValidString(err.Error()) {
				t.Errorf("%d sites beside the error %q", len(sites), err)
			}
			return
		}
		names, uais := map[string]bool{}, map[string]bool{}
		for _, s := range sites {
			if err := s.Check(); err != nil || !utf8.ValidString(s.Name) || strings.TrimSpace(s.Name) != s.Name {
				t.Errorf("%+v: %v", s, err)
			}
			if names[s.Name] || uais[s.UAI] {
				t.Errorf("%+v is there twice", s)
			}
			names[s.Name], uais[s.UAI] = true, s.UAI != ""
		}
		if len(sites) == 0 {
			t.Error("neither a site nor an error")
		}
	})
}
