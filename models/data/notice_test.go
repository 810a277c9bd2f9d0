package data_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/ecoparc/ecoparc/models/data"
	"github.com/ecoparc/ecoparc/models/factor"
)

// sources are those of all factor files, whether a row cites them or not.
func sources(t *testing.T) map[string]factor.Source {
	t.Helper()
	all := map[string]factor.Source{}
	files, err := data.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.IsDir() {
			continue
		}
		text, err := data.Files.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Sources map[string]factor.Source `yaml:"sources"`
		}
		if err := yaml.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		for id, s := range file.Sources {
			all[id] = s
		}
	}
	return all
}

// An entry of NOTICE begins at the margin with the key of its source.
func TestNoticeListsEachSourceWithItsLicenceAndNoOther(t *testing.T) {
	text, err := os.ReadFile("../../NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "names its own.\n\n")
	entries := regexp.MustCompile(`(?m)^[^ \n]+`).FindAllStringIndex(list, -1)
	noticed := map[string]string{}
	for i, at := range entries {
		end := len(list)
		if i+1 < len(entries) {
			end = entries[i+1][0]
		}
		noticed[list[at[0]:at[1]]] = strings.ToLower(strings.Join(strings.Fields(list[at[0]:end]), " "))
	}
	all := sources(t)
	if len(all) < 15 {
		t.Fatalf("only %d sources were found", len(all))
	}
	for id, s := range all {
		if entry := noticed[id]; !strings.Contains(entry, strings.ToLower(s.Licence)) || !strings.Contains(entry, strings.ToLower(s.URL)) {
			t.Errorf("%s should be noticed with %q and %s; found %q", id, s.Licence, s.URL, entry)
		}
	}
	for id := range noticed {
		if _, known := all[id]; !known && id != "school-holidays.csv" {
			t.Errorf("NOTICE lists %s, which is no source", id)
		}
	}
	cited := []string{"eco2mix"} // fetched, not shipped
	for _, r := range factor.Default().Rows {
		cited = append(cited, r.SourceID)
	}
	for id := range all {
		if !slices.Contains(cited, id) {
			t.Errorf("no row cites %s", id)
		}
	}
}
