package dashboards

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/models/quantity"
)

// verb is a verb of a format, and sampled what may stand in its place.
var (
	verb    = regexp.MustCompile(`%[-+.0-9]*[a-z]`)
	sampled = map[byte]string{'q': `"x"`, 'd': "3", 's': "x", 'v': "1", 'c': "U"}
)

// saidIn are the sentences with which the files of a room refuse something, with
// something in the place of what they name: formats of the calls of some functions.
func saidIn(t *testing.T, pattern string, functions ...string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatal(pattern, err)
	}
	var all []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(source, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := ""
			switch f := call.Fun.(type) {
			case *ast.Ident:
				name = f.Name
			case *ast.SelectorExpr:
				name = f.Sel.Name
			}
			for _, one := range functions {
				if name != one {
					continue
				}
				var texts []string
				for _, arg := range call.Args[:min(2, len(call.Args))] {
					if text, ok := arg.(*ast.BasicLit); ok && text.Kind == token.STRING {
						said, err := strconv.Unquote(text.Value)
						if err != nil {
							t.Fatal(err)
						}
						texts = append(texts, said)
					}
				}
				if name != "wrong" && name != "Refuse" && len(texts) > 1 {
					texts = texts[:1]
				}
				if len(texts) == 0 || name == "wrong" && len(texts) < 2 {
					continue
				}
				all = append(all, verb.ReplaceAllStringFunc(strings.Join(texts, " "), func(v string) string { return sampled[v[len(v)-1]] }))
			}
			return true
		})
	}
	return all
}

// Whatever the rooms of the collector refuse to an administrator, the pages say in
// French.
func TestWhateverIsRefusedHasAFrenchText(t *testing.T) {
	fr := languagesOf(t)[quantity.French]
	var all []string
	for pattern, functions := range map[string][]string{
		"../collector/registry/*.go": {"Refuse", "wrong"}, "../collector/fleet/*.go": {"Refuse"}, "../collector/administration/*.go": {"Refuse"}, "../collector/ledger/*.go": {"Refuse"}, "*.go": {"Refuse"},
		"../collector/spreadsheet/cells.go": {"Errorf"}, "../collector/repair/repair.go": {"New", "Errorf"}, "../collector/purchase/cells.go": {"New", "Errorf"}, "../collector/purchase/words.go": {"Errorf"},
	} {
		all = append(all, saidIn(t, pattern, functions...)...)
	}
	if len(all) < 50 {
		t.Fatalf("only %d sentences were found", len(all))
	}
	never := []string{ // on these pages
		"uses is", "valid is", "serial numbers of this data", "organisation \"x\" exists already and is", // the command line's
		"type \"x\" cannot be", "not a number", // of a list's options; within another
		"x", "", // several sentences together
	}
	for _, said := range all {
		known := fr.retold(said) != said
		for _, n := range never {
			known = known || said == n || n != "" && n != "x" && strings.HasPrefix(said, n)
		}
		if !known {
			t.Errorf("there is no French text for %q", said)
		}
	}
}
