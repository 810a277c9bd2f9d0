package registry_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/equipment"
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
		list, err := registry.ReadSites(strings.NewReader(text), nil)
		if err != nil || len(list.Sites) != len(want) {
			t.Errorf("%s: %+v, %v", name, list, err)
			continue
		}
		sites := list.Sites
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
		{"missing column", "uai,name\n", `line 1: the column "kind" is missing`},
		{"column twice", "name,kind,name\n", `line 1: the columns "name" and "name" both say name`},
		{"wrong key letter", header + "0750001U,A,college,,\n0750001V,B,college,,\n", "line 3: uai is \"0750001V\"; its key letter should be U"},
		{"a digit short", header + "075001U,A,college,,\n", "line 2: uai is \"075001U\"; seven digits and a letter"},
		{"a sign for a digit", header + "-000000A,A,college,,\n", "line 2: uai is \"-000000A\"; seven digits and a letter"},
		{"letters for digits", header + "O750001U,A,college,,\n", "line 2: uai"},
		{"uai twice", header + "0750001U,A,college,,\n,B,other,,\n0750001u,C,college,,\n", `line 4: uai "0750001U" stands on line 2 already`},
		{"name twice", header + ",A,other,,\n,A,other,,\n", `line 3: name "A" stands on line 2 already`},
		{"no name", header + ",,other,,\n", "line 2: name is missing"},
		{"name of two lines", header + ",\"A\nB\",other,,\n", "line 2: name must be"},
		{"endless name", header + "," + strings.Repeat("A", 201) + ",other,,\n", "line 2: name must be"},
		{"unknown kind", header + ",A,gymnase,,\n", `line 2: kind is "gymnase"; allowed are college, lycee, other`},
		{"unknown zone", header + ",A,other,D,\n", `line 2: zone is "D"; allowed are A, B, C or empty`},
		{"pupils in words", header + ",A,other,,many\n", `line 2: pupils is "many"; a whole number`},
		{"half a pupil", header + ",A,other,,1.5\n", "line 2: pupils"},
		{"negative pupils", header + ",A,other,,-1\n", "line 2: pupils is -1"},
		{"a whole city", header + ",A,other,,10001\n", "line 2: pupils is 10001"},
		{"too few fields", header + ",A,other,,\n,B\n", "line 3"},
		{"quote in the middle", header + ",A\"B,other,,\n", "line 2"},
		{"Latin-1", header + ",A,other,,\n,Coll\xe8ge,other,,\n", "line 3: not UTF-8"},
		{"several", header + ",A,gymnase,D,\n,B,other,,x\n", "line 3: pupils"},
		{"several on a line", header + ",A,gymnase,D,\n", `college, lycee, other; zone is "D"`},
		{"nowhere", "name,kind,latitude,longitude\nA,other,91,2\n", "line 2: latitude is 91"},
		{"beyond the date line", "name,kind,latitude,longitude\nA,other,1,-180.5\n", "line 2: longitude is -180.5"},
		{"half a position", "name,kind,latitude,longitude\nA,other,1,\n", `line 2: longitude is ""; degrees`},
		{"not a number of degrees", "name,kind,latitude,longitude\nA,other,NaN,1\n", "line 2: latitude is NaN"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := registry.ReadSites(strings.NewReader(test.text), nil)
			wants(t, err, test.words)
		})
	}
}

// As in a list that holds numbers only: this is no repetition.
func TestSiteMayBeCalledLikeItsNumber(t *testing.T) {
	list, err := registry.ReadSites(strings.NewReader("uai,name,kind\n0750001U,0750001U,college\n"), nil)
	if err != nil || len(list.Sites) != 1 {
		t.Errorf("got %+v, %v", list, err)
	}
}

// imports brings a list of sites in.
func imports(t *testing.T, r *registry.Registry, organisation int64, text string, dryRun bool) []registry.SiteChange {
	t.Helper()
	list, err := registry.ReadSites(strings.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := r.ImportSites(t.Context(), organisation, list, dryRun, "list.csv")
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

func outcomes(changes []registry.SiteChange) (all []string) {
	for _, c := range changes {
		all = append(all, c.Outcome)
	}
	return all
}

func TestImportTwiceUpdatesAndKeepsWhatTheListDoesNotSay(t *testing.T) {
	r, _ := open(t)
	o, err := r.AddOrganisation(t.Context(), "Région", false)
	if err != nil {
		t.Fatal(err)
	}
	if preview := imports(t, r, o.ID, list, true); !slices.Equal(outcomes(preview), []string{"added", "added", "added"}) || preview[0].Site.ID != 0 {
		t.Errorf("the preview is %+v", preview)
	}
	if all, err := r.Sites(t.Context(), o.ID); err != nil || len(all) > 0 {
		t.Fatalf("the preview leaves %+v, %v", all, err)
	}
	first := imports(t, r, o.ID, list, false)
	second := imports(t, r, o.ID, "uai,name,kind,pupils\n0750001U,Collège Renommé,college,430\n,Atelier,other,12\n", false)
	if !slices.Equal(outcomes(second), []string{"changed", "changed"}) || second[0].Site.ID != first[0].Site.ID || second[1].Site.ID != first[2].Site.ID {
		t.Fatalf("the second time they are %+v; at first %+v", second, first)
	}
	found, err := r.Site(t.Context(), first[0].Site.ID)
	if err != nil || found.Name != "Collège Renommé" || found.Pupils != 430 || found.Zone != "C" || found.Organisation != o.ID {
		t.Errorf("found %+v, %v", found, err)
	}
	if all, err := r.Sites(t.Context(), o.ID); err != nil || len(all) != 3 {
		t.Errorf("there are %+v, %v", all, err)
	}
	if again := imports(t, r, o.ID, "uai,name,kind\n0750001U,Collège Renommé,college\n", false); !slices.Equal(outcomes(again), []string{"unchanged"}) {
		t.Errorf("again: %+v", again)
	}
}

// The titles are the fields of fr-en-annuaire-education; the schools are invented.
func TestAnnuaireOfTheMinistryIsReadAsItIs(t *testing.T) {
	const annuaire = "identifiant_de_l_etablissement;nom_etablissement;type_etablissement;statut_public_prive;nom_commune;libelle_academie;nombre_d_eleves;latitude;longitude;telephone\n" +
		"0750001U;Collège Jean Moulin;Collège;Public;Paris;Paris;512;48.8566;2.3522;0102030405\n" +
		"0750002V;Collège Jean Moulin;Collège;Public;Lyon;Lyon;;45,75;4.85;\n" +
		"0750003W;Lycée Schœlcher;Lycée;Public;Fort-de-France;Martinique;900;14.61;-61.07;\n" +
		"0750004X;CIO;Information et Orientation;Public;Nantes;Nantes;;;;\n"
	list, err := registry.ReadSites(strings.NewReader(annuaire), nil)
	want := []registry.Site{
		{UAI: "0750001U", Name: "Collège Jean Moulin (Paris)", Kind: registry.College, Zone: "C", Pupils: 512, Position: registry.Position{Latitude: 48.8566, Longitude: 2.3522, Known: true}},
		{UAI: "0750002V", Name: "Collège Jean Moulin (Lyon)", Kind: registry.College, Zone: "A", Position: registry.Position{Latitude: 45.75, Longitude: 4.85, Known: true}},
		{UAI: "0750003W", Name: "Lycée Schœlcher", Kind: registry.Lycee, Pupils: 900, Position: registry.Position{Latitude: 14.61, Longitude: -61.07, Known: true}},
		{UAI: "0750004X", Name: "CIO", Kind: registry.Other, Zone: "B"},
	}
	if err != nil || !slices.Equal(list.Sites, want) || !slices.Equal(list.Columns.Ignored, []string{"statut_public_prive", "telephone"}) {
		t.Errorf("got %+v, %v; want %+v", list, err, want)
	}
}

func TestSiteIsEditedClosedAndOpenedAgain(t *testing.T) {
	r, _ := open(t)
	_, ids := schools(t, r, "Région", false, 2)
	text := func(s string) *string { return &s }
	degrees := func(x float64) *float64 { return &x }
	edited, err := r.EditSite(t.Context(), ids[0].ID, registry.SiteEdit{Name: text("Lycée Neuf"), Kind: text("lycee"), Latitude: degrees(-21), Longitude: degrees(55.5)})
	if found, _ := r.Site(t.Context(), ids[0].ID); err != nil || found != edited || found.Name != "Lycée Neuf" || found.Position != (registry.Position{Latitude: -21, Longitude: 55.5, Known: true}) {
		t.Errorf("it is %+v, %v", found, err)
	}
	for name, c := range map[string]struct {
		edit  registry.SiteEdit
		words string
	}{
		"a name that another has": {registry.SiteEdit{Name: text("Lycée Neuf")}, `is called "Lycée Neuf" already`},
		"half a position":         {registry.SiteEdit{Latitude: degrees(1)}, "latitude and longitude belong together"},
		"a wrong UAI":             {registry.SiteEdit{UAI: text("0750001V")}, "key letter should be U"},
		"a kind that is none":     {registry.SiteEdit{Kind: text("gymnase")}, `kind is "gymnase"`},
	} {
		before, _ := r.Site(t.Context(), ids[1].ID)
		_, err := r.EditSite(t.Context(), ids[1].ID, c.edit)
		if refused := (*registry.Refused)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v; want %q", name, err, c.words)
		}
		if after, _ := r.Site(t.Context(), ids[1].ID); after != before {
			t.Errorf("%s: %+v is now %+v", name, before, after)
		}
	}
	if _, _, err := r.CreateToken(t.Context(), ids[0].ID, equipment.Shared, 1, time.Hour, now); err != nil {
		t.Fatal(err)
	}
	if closed, err := r.CloseSite(t.Context(), ids[0].ID, now); err != nil || !closed.Closed.Equal(now) {
		t.Errorf("closed: %+v, %v", closed, err)
	}
	if tokens, err := r.Tokens(t.Context(), ids[0].ID, 0, 0); err != nil || len(tokens) != 1 || tokens[0].State(now) != "revoked" {
		t.Errorf("its tokens are %+v, %v", tokens, err)
	}
	_, _, err = r.CreateToken(t.Context(), ids[0].ID, equipment.Shared, 1, time.Hour, now)
	wants(t, err, "is closed")
	if _, err := r.ReopenSite(t.Context(), ids[0].ID); err != nil {
		t.Error(err)
	}
	if _, _, err := r.CreateToken(t.Context(), ids[0].ID, equipment.Shared, 1, time.Hour, now); err != nil {
		t.Error(err)
	}
	if _, err := r.AddDevices(t.Context(), []registry.NewDevice{{Site: ids[0].ID, Category: equipment.Laptop, Population: equipment.Shared, InService: now}}); err != nil {
		t.Fatal(err)
	}
	_, err = r.CloseSite(t.Context(), ids[0].ID, now)
	wants(t, err, "1 devices are in service there")
	if _, err := r.CloseSite(t.Context(), 99, now); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("site 99: %v", err)
	}
}

func TestOrganisationsHaveKindsAndNames(t *testing.T) {
	r, _ := open(t)
	o, err := r.CreateOrganisation(t.Context(), "Région Exemple", "region")
	if err != nil || o.ID == 0 {
		t.Fatalf("%+v, %v", o, err)
	}
	for name, test := range map[string]struct{ name, kind, words string }{
		"a name twice": {"Région Exemple", "region", "is called"}, "no name": {" ", "region", "name is missing"}, "no such kind": {"B", "planet", `kind is "planet"; allowed are region`},
	} {
		_, err := r.CreateOrganisation(t.Context(), test.name, test.kind)
		if refused := (*registry.Refused)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other, err := r.AddOrganisation(t.Context(), "Autre", false)
	if err != nil {
		t.Fatal(err)
	}
	name, kind := "Région Renommée", "departement"
	edited, err := r.EditOrganisation(t.Context(), o.ID, registry.OrganisationEdit{Name: &name, Kind: &kind})
	if found, _ := r.Organisation(t.Context(), o.ID); err != nil || found != edited || found.Name != name || found.Kind != kind {
		t.Errorf("it is %+v, %v", found, err)
	}
	if _, err = r.EditOrganisation(t.Context(), other.ID, registry.OrganisationEdit{Name: &name}); err == nil {
		t.Error("two organisations have one name")
	}
	if _, err = r.EditOrganisation(t.Context(), 99, registry.OrganisationEdit{Name: &name}); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("organisation 99: %v", err)
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
		list, err := registry.ReadSites(strings.NewReader(text), nil)
		if err != nil {
			if !utf8.ValidString(err.Error()) {
				t.Errorf("the error is %q", err)
			}
			return
		}
		sites := list.Sites
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
