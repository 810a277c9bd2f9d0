package factor_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/models/factor"
)

func shipped(t *testing.T) *factor.Table {
	t.Helper()
	table, err := load(map[string]string{"a.yaml": sources, "b.yaml": "rows:\n" + row + profileRows, "c.yaml": profile})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func on(year int, month time.Month) time.Time { return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC) }

func TestAdministratorsRowWinsOnItsDaysAndSaysSo(t *testing.T) {
	before := shipped(t)
	own := strings.NewReplacer("2024-01-01", "2024-06-01", "44.2", "40").Replace(row) // cites a shipped source
	table, err := before.With("own.yaml", []byte("rows:\n"+own))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		month    time.Month
		value    float64
		override bool
	}{{time.May, 44.2, false}, {time.June, 40, true}, {time.December, 40, true}} {
		got, err := table.Find("electricity", "FR", on(2024, want.month))
		if err != nil || got.Value != want.value || got.Override != want.override || got.Source.Title != "A book" {
			t.Errorf("%s: got %+v, %v; want %v, %v", want.month, got, err, want.value, want.override)
		}
	}
	if len(table.Rows) != 5 || !table.Rows[0].Override || table.Rows[1].Override {
		t.Errorf("the list is %+v; want the administrator's row before the shipped one", table.Rows)
	}
	if table.Version == before.Version || len(before.Rows) != 4 {
		t.Error("the shipped table has changed, or another one has the same version")
	}
}

func TestAdministratorsFileMayAddSourcesRowsAndProfiles(t *testing.T) {
	table, err := shipped(t).With("own.yaml", []byte(`sources:
  invoice: {title: Invoice, publisher: A maker, year: 2026, url: "https://example.org/1", licence: private}
rows:
  - {key: embodied.laptop, value: 150, low: 140, high: 170, unit: kgCO2e, interval: maker's, source: invoice, page: "1", verified: yes}
profiles:
  - {key: pupil, from: 2025-09-01, kind: laptop, embodied: embodied.laptop, lifetime: lifetime.laptop, use: use.laptop, source: invoice}
`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := table.Find("embodied.laptop", "", time.Time{})
	if err != nil || got.Value != 150 || got.Source.Publisher != "A maker" {
		t.Errorf("got %+v, %v", got, err)
	}
	if len(table.Profiles) != 2 || !table.Profiles[0].Override || table.Profiles[1].Override {
		t.Errorf("profiles are %+v; want the administrator's first and the shipped one kept", table.Profiles)
	}
}

func TestMistakesOfAnAdministratorsFileAreToldWithTheirLine(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"a shipped source again": {sources, "own.yaml: line 2: sources.book: stands in another file too"},
		"two rows on one day":    {"rows:\n" + row + row, `own.yaml: line 3: rows[1]: electricity: another row for the region "FR" holds on the same day`},
		"unit":                   {"rows:\n" + strings.Replace(row, "gCO2e/kWh", "kgCO2e", 1), `own.yaml: line 2: rows[0]: electricity: unit is "kgCO2e"; it must be gCO2e/kWh`},
		"no source":              {"rows:\n" + strings.Replace(row, "source: book", "source: film", 1), `own.yaml: line 2: rows[0]: electricity: source "film" is not in sources`},
	} {
		if table, err := shipped(t).With("own.yaml", []byte(test.text)); err == nil || err.Error() != test.want || table != nil {
			t.Errorf("%s: got %v\nwant %s", name, err, test.want)
		}
	}
}

func FuzzAdministratorsFile(f *testing.F) {
	f.Add("rows:\n" + row)
	f.Add(sources + "rows: [{key: lifetime.laptop, value: 5, low: .nan, high: 1e400}]")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := factor.Default().With("own.yaml", []byte(text))
		if (table == nil) == (err == nil) {
			t.Fatalf("got %v and %v", table, err)
		}
		if err != nil {
			return
		}
		for _, r := range table.Rows {
			if !(r.Low <= r.Value && r.Value <= r.High) {
				t.Errorf("%s is %v between %v and %v", r.Key, r.Value, r.Low, r.High)
			}
		}
	})
}
