package store

import (
	"fmt"
	"strings"
	"testing"
)

func TestPlaceholdersAreNumberedAsSQLiteDoes(t *testing.T) {
	for query, want := range map[string]string{
		"SELECT 1":                     "SELECT 1",
		"VALUES (?, ?, ?)":             "VALUES ($1, $2, $3)",
		"WHERE a = ?2 AND b = ?1":      "WHERE a = $2 AND b = $1",
		"?1 ?1 ? ?7 ?":                 "$1 $1 $2 $7 $8",
		"name = 'a?b' AND c = ?":       "name = 'a?b' AND c = $1",
		"'it''s ?' || ?":               "'it''s ?' || $1",
		`"odd ? name" = ?`:             `"odd ? name" = $1`,
		"-- why?\nSELECT ?":            "-- why?\nSELECT $1",
		"/* why? */ SELECT ?":          "/* why? */ SELECT $1",
		"? /*! FOR UPDATE */":          "$1   FOR UPDATE  ",
		"?/*! AND b = ? */ AND c = ?":  "$1  AND b = $2   AND c = $3",
		"/*! '*/' */ ?":                "  '*/'   $1",
		"/*! a /* ? */ */ ?":           "  a /* ? */   $1",
		"'never ends ?":                "'never ends ?",
		"/* never ends ?":              "/* never ends ?",
		"a <> ! ?":                     "a <> ! $1",
		"LIKE ? ESCAPE '\\' AND b = ?": "LIKE $1 ESCAPE '\\' AND b = $2",
		"?123456":                      "$123456"[:6] + "6",
	} {
		if got := forPostgres(query); got != want {
			t.Errorf("%q becomes\n%q, want\n%q", query, got, want)
		}
	}
}

func TestTextsAreRememberedWithinBounds(t *testing.T) {
	var all texts
	for i := range 3 * mostTexts {
		query := fmt.Sprintf("SELECT %d, ?", i)
		for range 2 {
			if got := all.of(query); got != fmt.Sprintf("SELECT %d, $1", i) {
				t.Fatal(got)
			}
		}
		if len(all.all) > mostTexts {
			t.Fatalf("%d texts are remembered", len(all.all))
		}
	}
}

// Migrations are sent as they are.
func TestMigrationsNeedNoRewriting(t *testing.T) {
	files, err := postgresFiles()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := postgresMigrations.ReadFile(file.name)
		if err != nil || forPostgres(string(text)) != string(text) {
			t.Errorf("%s: %v, or it has placeholders", file.name, err)
		}
	}
}

func FuzzForPostgres(f *testing.F) {
	for _, seed := range []string{"SELECT ?", "?1 '?' ?", "/*! ? */ -- ?\n", `"?`, "/*!/*!*/*/?99999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		text := forPostgres(query)
		if strings.Count(text, "$")-strings.Count(query, "$")+strings.Count(text, "?") != strings.Count(query, "?") {
			t.Errorf("%q becomes %q: a placeholder is lost or made up", query, text)
		}
		if len(query) > 0 && !strings.ContainsAny(query, "?!") && text != query {
			t.Errorf("%q without placeholders becomes %q", query, text)
		}
		for _, quote := range []string{"'", `"`} {
			quoted := quote + strings.ReplaceAll(query, quote, quote+quote) + quote
			if got := forPostgres("? " + quoted + " ?"); got != "$1 "+quoted+" $2" {
				t.Errorf("? %s ? becomes %s", quoted, got)
			}
		}
	})
}
