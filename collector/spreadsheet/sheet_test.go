package spreadsheet_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/collector/spreadsheet"
)

var fields = spreadsheet.Fields{{Name: "label", Titles: []string{"nom", "libelle"}}, {Name: "price", Titles: []string{"prix"}}}

// rows reads all of a list as label=price.
func rows(text string, mapped map[string]string) (all []string, lines []int, s *spreadsheet.Sheet, err error) {
	if s, err = spreadsheet.Read(strings.NewReader(text), fields, mapped); err != nil {
		return nil, nil, s, err
	}
	err = s.Each(func(r spreadsheet.Row) error {
		all, lines = append(all, r.Cell("label")+"="+r.Cell("price")), append(lines, r.Line)
		if r.Cell("price") == "wrong" {
			return errors.New("price is wrong")
		}
		return nil
	})
	return all, lines, s, err
}

func TestColumnsAreKnownByTheirTitles(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		mapped  map[string]string
		read    []string
		ignored []string
	}{
		"commas":                {"Libellé,Prix,Usager\nA, 1 ,Zoé\n", nil, []string{"A=1"}, []string{"Usager"}},
		"as Excel in French":    {"\ufeffNOM;prix\r\nA;1\r\n\r\n;;\r\nB;2\r\n", nil, []string{"A=1", "B=2"}, []string{}},
		"tabulators":            {"nom\tusager\tprix\nA\t\t1\nB\t\t\n", nil, []string{"A=1", "B="}, []string{"usager"}},
		"GLPI's groups":         {"\"Gestion - Prix\";\"Nom\";\n1;A;\n", nil, []string{"A=1"}, []string{}},
		"mapped":                {"Nom,Poste,Coût\nZoé,A,1\n", map[string]string{"nom": "", "POSTE": "label", "cout": "price"}, []string{"A=1"}, []string{"Nom"}},
		"a line that is longer": {"nom\nA,x,y\n", nil, []string{"A="}, []string{}},
		"a cell of two lines":   {"nom,prix\n\"A\n\",1\nB,2\n", nil, []string{"A=1", "B=2"}, []string{}},
	} {
		got, lines, s, err := rows(c.text, c.mapped)
		if err != nil || !reflect.DeepEqual(got, c.read) || !reflect.DeepEqual(s.Columns.Ignored, c.ignored) {
			t.Errorf("%s: %q %v, %+v, %v", name, got, lines, s, err)
		}
	}
	_, lines, s, err := rows("nom,prix\n\"A\n\",1\n\nB,2\n", nil)
	if err != nil || !reflect.DeepEqual(lines, []int{2, 5}) || !reflect.DeepEqual(s.Columns.Read, []spreadsheet.Column{{Title: "nom", Field: "label"}, {Title: "prix", Field: "price"}}) {
		t.Errorf("the lines are %v, the columns %+v, %v", lines, s.Columns, err)
	}
}

func TestEveryMistakeIsToldWithItsLine(t *testing.T) {
	for name, c := range map[string]struct{ text, words string }{
		"empty":       {"", "line 1: a header"},
		"Latin-1":     {"nom\nA\nCaf\xe9\n", "line 3: not UTF-8"},
		"short lines": {"nom,prix\nA\nB,2\nC\n", "line 2: has 1 columns, the header has 2\nline 4: has 1 columns"},
		"two kinds":   {"nom,prix\nA,wrong\nB\n", "line 2: price is wrong\nline 3: has 1 columns"},
		"quotes":      {"nom,prix\nA\"B,1\n", "line 2: not a CSV list"},
		"twice":       {"nom,label\nA,B\n", `line 1: the columns "nom" and "label" both say label`},
		"too many":    {"nom,prix\n" + strings.Repeat("A,wrong\n", 80), "and 30 more"},
		"too large":   {"nom\n" + strings.Repeat("0123456789ABCDE\n", 4<<20), "larger than 64 MiB"},
	} {
		if _, _, _, err := rows(c.text, nil); err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v; want %q", name, err, c.words)
		}
	}
	_, _, _, err := rows("nom,prix\n"+strings.Repeat("A,wrong\n", 80), nil)
	if wrong := (spreadsheet.Mistakes)(nil); !errors.As(err, &wrong) || len(wrong) != 80 || wrong[79] != (spreadsheet.Mistake{Line: 81, Reason: "price is wrong"}) {
		t.Errorf("the mistakes are %v", err)
	}
	for field, words := range map[string]string{"colour": `cannot be mapped to "colour"; the fields are label, price`, "label": `line 1: there is no column "Poste" to map`} {
		if _, _, _, err := rows("nom\nA\n", map[string]string{"Poste": field}); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v; want %q", field, err, words)
		}
	}
}

func TestWordsAreNotedOnceAndWithABound(t *testing.T) {
	var words []string
	for range 2 {
		for i := range 100 {
			words = spreadsheet.Noted(spreadsheet.Noted(words, ""), fmt.Sprint("word ", i))
		}
	}
	if len(words) != 50 || words[0] != "word 0" || words[49] != "word 49" {
		t.Errorf("%d words: %q", len(words), words)
	}
}
