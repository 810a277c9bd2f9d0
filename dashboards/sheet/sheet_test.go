package sheet_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/dashboards/sheet"
)

func of(rows ...[]sheet.Cell) sheet.Sheet {
	return sheet.Sheet{Name: "Mois: a/b [1]", Columns: []string{"Mois", "Énergie (kWh)"}, Rows: slices.Values(rows), About: sheet.About{Name: "À propos", Lines: [][2]string{{"Page", "Région <1>"}}}}
}

var french = sheet.Local{Separator: ';', Point: ","}

func TestCSVIsAsASpreadsheetOfItsLanguageHasIt(t *testing.T) {
	s := of([]sheet.Cell{sheet.Text(`a "b"; c`), sheet.Number(1234.5)}, []sheet.Cell{sheet.Text("=1+1"), {}}, []sheet.Cell{sheet.Text("d,e"), sheet.Number(-0.1 - 0.2)})
	var fr, en strings.Builder
	if err := errors.Join(sheet.CSV(&fr, s, french), sheet.CSV(&en, s, sheet.Local{Separator: ',', Point: "."})); err != nil {
		t.Fatal(err)
	}
	if want := "\ufeffMois;Énergie (kWh)\r\n\"a \"\"b\"\"; c\";1234,5\r\n'=1+1;\r\nd,e;-0,3\r\n"; fr.String() != want {
		t.Errorf("got %q, want %q", fr.String(), want)
	}
	if want := "\ufeffMois,Énergie (kWh)\r\n\"a \"\"b\"\"; c\",1234.5\r\n'=1+1,\r\n\"d,e\",-0.3\r\n"; en.String() != want {
		t.Errorf("got %q, want %q", en.String(), want)
	}
}

func TestNoTextBecomesAFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"", " ", "\t", "\u00a0", "\r", "\n"}).Draw(t, "blank") + rapid.SampledFrom([]string{"=", "+", "-", "@", "＝", "a", "–"}).Draw(t, "begin") + rapid.String().Draw(t, "text")
		var out bytes.Buffer
		if err := sheet.CSV(&out, of([]sheet.Cell{sheet.Text(text)}), french); err != nil {
			t.Fatal(err)
		}
		in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(out.Bytes(), []byte("\ufeff"))))
		in.Comma, in.FieldsPerRecord = ';', -1
		rows, err := in.ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%v, %d rows of %q", err, len(rows), out.String())
		}
		if begin := strings.TrimSpace(rows[1][0]); begin != "" && strings.ContainsAny(begin[:1], "=+-@") || strings.HasPrefix(begin, "＝") {
			t.Fatalf("the cell is %q", rows[1][0])
		}
	})
}

// texts reads the texts of an XML file in their order, by element, and checks that it is
// well formed.
func texts(t testing.TB, f *zip.File, element string) (all []string) {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	d := xml.NewDecoder(r)
	within := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if within = token.Name.Local == element; within {
				all = append(all, "")
			}
		case xml.EndElement:
			within = false
		case xml.CharData:
			if within {
				all[len(all)-1] += string(token)
			}
		}
	}
}

func opened(t testing.TB, write func(io.Writer, sheet.Sheet) error, s sheet.Sheet) (*zip.Reader, map[string]*zip.File, []byte) {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out, s); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*zip.File{}
	for _, f := range z.File {
		files[f.Name] = f
		if f.Name != "mimetype" {
			texts(t, f, "")
		}
	}
	return z, files, out.Bytes()
}

func TestODSSaysWhatItIsAndHoldsNumbersAsNumbers(t *testing.T) {
	z, files, raw := opened(t, sheet.ODS, of([]sheet.Cell{sheet.Text("<a> & =1\x01"), sheet.Number(1234.5)}, []sheet.Cell{sheet.Text(""), sheet.Number(math.NaN())}))
	if first := z.File[0]; first.Name != "mimetype" || first.Method != zip.Store || string(raw[30:38]) != "mimetype" || string(raw[38:38+len(sheet.TypeODS)]) != sheet.TypeODS {
		t.Errorf("the file begins with %q", raw[:100])
	}
	if got := texts(t, files["content.xml"], "p"); !slices.Equal(got, []string{"Mois", "Énergie (kWh)", "<a> & =1\ufffd", "1234.5", "Page", "Région <1>"}) {
		t.Errorf("the texts are %q", got)
	}
	content := texts(t, files["META-INF/manifest.xml"], "manifest")
	if len(content) != 1 {
		t.Errorf("the list of parts is %q", content)
	}
}

func TestXLSXHoldsNumbersAsNumbersAndTextsAsTexts(t *testing.T) {
	_, files, _ := opened(t, sheet.XLSX, of([]sheet.Cell{sheet.Text("=1+1"), sheet.Number(1234.5)}, []sheet.Cell{{}, sheet.Number(-2)}))
	if got := texts(t, files["xl/worksheets/sheet1.xml"], "v"); !slices.Equal(got, []string{"1234.5", "-2"}) {
		t.Errorf("the numbers are %q", got)
	}
	if got := texts(t, files["xl/worksheets/sheet1.xml"], "t"); !slices.Equal(got, []string{"Mois", "Énergie (kWh)", "=1+1"}) {
		t.Errorf("the texts are %q", got)
	}
	if got := texts(t, files["xl/worksheets/sheet1.xml"], "f"); len(got) != 0 {
		t.Errorf("there are formulas: %q", got)
	}
	if got := texts(t, files["xl/worksheets/sheet2.xml"], "t"); !slices.Equal(got, []string{"Page", "Région <1>"}) {
		t.Errorf("what is said of the numbers is %q", got)
	}
	for _, part := range []string{"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"} {
		if files[part] == nil {
			t.Errorf("%s is missing", part)
		}
	}
}
