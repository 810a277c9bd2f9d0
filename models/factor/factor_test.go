package factor_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ecoparc/ecoparc/models/factor"
)

const sources = `sources:
  book: {title: A book, publisher: A house, year: 2024, url: "https://example.org", licence: CC0}
`

// row is a complete row; a test changes or removes a part of it.
const row = "  - {key: electricity, region: FR, from: 2024-01-01, to: 2024-12-31, value: 44.2, low: 34.5, high: 50, unit: gCO2e/kWh, interval: published range, source: book, page: p. 7, verified: yes}\n"

// profileRows are the rows that the profile stands on, to be put after rows.
const profileRows = `  - {key: embodied.laptop, value: 200, low: 100, high: 300, unit: kgCO2e, interval: published range, source: book, page: p. 8, verified: yes}
  - {key: lifetime.laptop, value: 5, low: 4, high: 7, unit: years, interval: published range, source: book, page: p. 8, verified: yes}
  - {key: use.laptop, value: 20, low: 10, high: 40, unit: kWh/year, interval: published range, source: book, page: p. 8, verified: yes}
`

const profile = `profiles:
  - {key: pupil, from: 2023-09-01, kind: laptop, embodied: embodied.laptop, lifetime: lifetime.laptop, use: use.laptop, source: book}
`

func load(files map[string]string) (*factor.Table, error) {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return factor.Load(fsys)
}

func TestRowThatCannotBeTrustedIsNotLoaded(t *testing.T) {
	for name, test := range map[string]struct{ old, new, want string }{
		"no source":          {"source: book, ", "", `rows.yaml: line 3: rows[1]: electricity: source "" is not in sources`},
		"unknown source":     {"source: book", "source: film", `rows.yaml: line 3: rows[1]: electricity: source "film" is not in sources`},
		"no page":            {"page: p. 7, ", "", "rows.yaml: line 3: rows[1]: electricity: page is missing"},
		"wrong unit":         {"gCO2e/kWh", "kgCO2e/MWh", `rows.yaml: line 3: rows[1]: electricity: unit is "kgCO2e/MWh"; it must be gCO2e/kWh`},
		"no formula for it":  {"key: electricity", "key: electrons", `rows.yaml: line 3: rows[1]: no formula reads a factor called "electrons"; known are electricity, embodied.`},
		"no interval":        {"interval: published range, ", "", "rows.yaml: line 3: rows[1]: electricity: interval is missing"},
		"no key":             {"key: electricity, ", "", "rows.yaml: line 3: rows[1]: key is missing"},
		"no value":           {"value: 44.2, low: 34.5", "low: 0", "rows.yaml: line 3: rows[1]: electricity: value is missing"},
		"no low":             {"low: 34.5, ", "", "rows.yaml: line 3: rows[1]: electricity: low is missing"},
		"no high":            {"high: 50, ", "", "rows.yaml: line 3: rows[1]: electricity: high is missing"},
		"low above value":    {"low: 34.5", "low: 44.3", "rows.yaml: line 3: rows[1]: electricity: low 44.3, value 44.2, high 50"},
		"value above high":   {"high: 50", "high: 44", "rows.yaml: line 3: rows[1]: electricity: low 34.5, value 44.2, high 44"},
		"negative":           {"low: 34.5", "low: -1", "rows.yaml: line 3: rows[1]: electricity: low -1"},
		"not a number":       {"value: 44.2", "value: .nan", "rows.yaml: line 3: rows[1]: electricity: low 34.5, value NaN"},
		"infinite":           {"high: 50", "high: .inf", "rows.yaml: line 3: rows[1]: electricity: low 34.5, value 44.2, high +Inf"},
		"no life":            {"key: electricity, region: FR, from: 2024-01-01, to: 2024-12-31, value: 44.2, low: 34.5, high: 50, unit: gCO2e/kWh", "key: lifetime.laptop, value: 1, low: 0, high: 1, unit: years", "rows.yaml: line 3: rows[1]: lifetime.laptop: low is 0"},
		"day not asked for":  {"key: electricity, region: FR, from: 2024-01-01, to: 2024-12-31, value: 44.2, low: 34.5, high: 50, unit: gCO2e/kWh", "key: lifetime.laptop, from: 2024-01-01, value: 1, low: 1, high: 1, unit: years", "rows.yaml: line 3: rows[1]: lifetime.laptop: only electricity is read by territory and day"},
		"nor a region":       {"key: electricity, region: FR, from: 2024-01-01, to: 2024-12-31, value: 44.2, low: 34.5, high: 50, unit: gCO2e/kWh", "key: lifetime.laptop, region: FR, value: 1, low: 1, high: 1, unit: years", "rows.yaml: line 3: rows[1]: lifetime.laptop: only electricity is read by territory and day"},
		"ends before start":  {"to: 2024-12-31", "to: 2023-12-31", "rows.yaml: line 3: rows[1]: electricity: to is before from"},
		"wrong day":          {"to: 2024-12-31", "to: 31/12/2024", `rows.yaml: line 3: "31/12/2024" is not a day`},
		"true for yes":       {"verified: yes", "verified: true", `rows.yaml: line 3: "true" must be yes or no`},
		"unknown key":        {"page: p. 7", "pages: p. 7", `rows.yaml: line 3: unknown key "pages" in rows[1]`},
		"key twice":          {"page: p. 7", "page: p. 7, page: p. 8", `rows.yaml: line 3: mapping key "page" already defined`},
		"two on one day":     {"from: 2024-01-01", "from: 2023-12-31", `rows.yaml: line 3: rows[1]: electricity: another row for the region "FR" holds on the same day`},
		"two without period": {"from: 2024-01-01, to: 2024-12-31, ", "", `rows.yaml: line 3: rows[1]: electricity: another row for the region "FR"`},
	} {
		t.Run(name, func(t *testing.T) {
			year2023 := strings.ReplaceAll(row, "2024", "2023")
			if !strings.Contains(row, test.old) {
				t.Fatalf("the row has no %q", test.old)
			}
			_, err := load(map[string]string{"a.yaml": sources, "rows.yaml": "rows:\n" + year2023 + strings.Replace(row, test.old, test.new, 1)})
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestSourceAndProfileMustBeWhole(t *testing.T) {
	rows := "rows:\n" + row + profileRows
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"source without licence":  {map[string]string{"a.yaml": strings.Replace(sources, ", licence: CC0", "", 1)}, "a.yaml: line 2: sources.book: title, publisher, year, url and licence are all needed"},
		"source twice":            {map[string]string{"a.yaml": sources, "b.yaml": sources}, "b.yaml: line 2: sources.book: stands in another file too"},
		"profile without source":  {map[string]string{"a.yaml": sources + rows + strings.Replace(profile, ", source: book", "", 1)}, `a.yaml: line 9: profiles[0]: pupil: source "" is not in sources`},
		"profile without its day": {map[string]string{"a.yaml": sources + rows + strings.Replace(profile, "from: 2023-09-01, ", "", 1)}, "a.yaml: line 9: profiles[0]: key and from are both needed"},
		"profile on no factor":    {map[string]string{"a.yaml": sources + rows + strings.Replace(profile, "use: use.laptop", "use: use.abacus", 1)}, `a.yaml: line 9: profiles[0]: pupil: there is no factor "use.abacus"`},
		"half a gigabyte":         {map[string]string{"a.yaml": sources + rows + strings.Replace(profile, "key: pupil", "key: pupil, memory_gib: 7.5", 1)}, "a.yaml: line 9: profiles[0].memory_gib: found 7.5, expected a whole number"},
	} {
		_, err := load(test.files)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v\nwant %s", name, err, test.want)
		}
	}
}

func TestProblemsOfAllFilesAreToldAtOnce(t *testing.T) {
	_, err := load(map[string]string{
		"a.yaml": sources,
		"b.yaml": "rows:\n" + strings.Replace(row, "source: book", "source: film", 1) + strings.NewReplacer("2024", "2025", "unit: gCO2e", "unit: g").Replace(row),
		"c.yaml": "rows:\n" + strings.NewReplacer("2024-01-01", "January", "verified: yes", "verified: maybe").Replace(row),
		"d.yaml": "rows:\n" + strings.NewReplacer("FR", "BE").Replace(row) + "colour: red\n",
	})
	if err == nil {
		t.Fatal("it loads")
	}
	for _, want := range []string{"b.yaml: line 2", "b.yaml: line 3", `c.yaml: line 2: "January"`, `c.yaml: line 2: "maybe"`, `d.yaml: line 3: unknown key "colour"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is missing in\n%v", want, err)
		}
	}
}

func TestRowHoldsFromItsFirstToItsLastDay(t *testing.T) {
	table, err := load(map[string]string{"a.yaml": sources + "rows:\n" +
		row + strings.NewReplacer("2024", "2023", "44.2", "40").Replace(row) +
		strings.NewReplacer("from: 2024-01-01, to: 2024-12-31", "from: 2025-01-01", "44.2", "45").Replace(row) +
		strings.NewReplacer("from: 2024-01-01, to: 2024-12-31, ", "", "region: FR", "region: RE", "44.2", "49").Replace(row) + profileRows + profile})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		region string
		at     time.Time
		want   float64 // 0: none
	}{
		{"FR", time.Date(2022, 12, 31, 0, 0, 0, 0, time.UTC), 0},
		{"FR", time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC), 40},
		{"FR", time.Date(2023, 12, 31, 23, 59, 59, 0, time.UTC), 40},
		{"FR", time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), 44.2},
		{"FR", time.Date(2024, 12, 31, 0, 0, 0, 0, time.UTC), 44.2},
		{"FR", time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC), 45},
		{"RE", time.Time{}, 49},
		{"GF", time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC), 0},
	} {
		got, err := table.Find("electricity", test.region, test.at)
		if test.want == 0 {
			if err == nil || !strings.Contains(err.Error(), `no factor electricity for region "`+test.region+`" on `+test.at.Format(time.DateOnly)) {
				t.Errorf("%s, %s: got %v, %v; want that there is none", test.region, test.at, got, err)
			}
			continue
		}
		if err != nil || got.Value != test.want || got.Source.Publisher != "A house" {
			t.Errorf("%s, %s: got %+v, %v; want %v", test.region, test.at, got, err, test.want)
		}
	}
}

// Two tables with the same version compute the same figures.
func TestVersionChangesWithAnyRow(t *testing.T) {
	version := func(text string) string {
		t.Helper()
		table, err := load(map[string]string{"a.yaml": text})
		if err != nil {
			t.Fatal(err)
		}
		return table.Version
	}
	text := sources + "rows:\n" + row
	seen := map[string]string{}
	for _, changed := range []string{text, strings.Replace(text, "44.2", "44.3", 1), strings.Replace(text, "p. 7", "p. 8", 1), strings.Replace(text, "2024, url", "2025, url", 1), text + profileRows, text + profileRows + profile} {
		v := version(changed)
		if other, ok := seen[v]; ok || len(v) != 8 {
			t.Errorf("version %q of\n%s is that of\n%s", v, changed, other)
		}
		seen[v] = changed
	}
	if v := version(text); seen[v] != text {
		t.Errorf("the same text has a second version %s", v)
	}
}
