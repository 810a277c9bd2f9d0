package dashboards

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"image/png"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/quantity"
)

var (
	fileLink  = regexp.MustCompile(`href="(\?[^"]*file=[^"]*)"`)
	tableLink = regexp.MustCompile(`href="(\?[^"]*table=[^"]*)"`)
)

// filesOf are the addresses of the files that a page offers.
func filesOf(t testing.TB, w *world, address string) (all []string) {
	t.Helper()
	path, _, _ := strings.Cut(address, "?")
	page := w.get(t, address).Body.String()
	for _, behind := range tableLink.FindAllStringSubmatch(page, -1) {
		page += w.get(t, path+html.UnescapeString(behind[1])).Body.String()
	}
	for _, found := range fileLink.FindAllStringSubmatch(page, -1) {
		all = append(all, path+html.UnescapeString(found[1]))
	}
	return all
}

// csvOf reads a file of a page as a spreadsheet would, and checks its mark.
func csvOf(t testing.TB, body string, separator rune) [][]string {
	t.Helper()
	text, marked := strings.CutPrefix(body, "\ufeff")
	in := csv.NewReader(strings.NewReader(text))
	in.Comma = separator
	rows, err := in.ReadAll()
	if err != nil || !marked {
		t.Fatalf("not a CSV file with its mark: %v\n%s", err, body)
	}
	return rows
}

func TestEveryFileThatAPageOffersCanBeHad(t *testing.T) {
	for _, name := range []string{"Lycée", evil} {
		w := &world{name: name, devices: 3, sites: 3}
		for _, address := range append([]string{"/sources"}, dataPages...) {
			if address == "/" {
				continue
			}
			all := filesOf(t, w, address)
			if len(all) == 0 {
				t.Errorf("%s offers no file", address)
			}
			for _, file := range all {
				if name == evil && !strings.HasSuffix(file, "csv") && !strings.HasSuffix(file, "svg") {
					continue // the others are made of the same cells and shapes
				}
				answer := w.get(t, file)
				body := answer.Body.Bytes()
				format := file[strings.LastIndexByte(file, '.')+1:]
				if answer.Code != http.StatusOK || !regexp.MustCompile(`^attachment; filename="ecoparc-[a-z0-9-]+\.`+format+`"$`).MatchString(answer.Header().Get("Content-Disposition")) {
					t.Errorf("%s: %d, %v", file, answer.Code, answer.Header())
					continue
				}
				var err error
				switch format {
				case "csv":
					if rows := csvOf(t, string(body), ';'); len(rows) < 2 {
						t.Errorf("%s has %d rows", file, len(rows))
					}
				case "svg":
					err = wellFormed(body)
					if bytes.Contains(body, []byte("class=")) || bytes.Contains(body, []byte("var(")) || bytes.Contains(body, []byte("href=")) {
						t.Errorf("%s leans on something outside of it", file)
					}
				case "png":
					picture, failed := png.Decode(bytes.NewReader(body))
					if err = failed; err == nil && picture.Bounds().Dx() < 1000 {
						t.Errorf("%s is %v", file, picture.Bounds())
					}
				default:
					_, err = zip.NewReader(bytes.NewReader(body), int64(len(body)))
				}
				if err != nil {
					t.Errorf("%s: %v", file, err)
				}
			}
		}
	}
}

func wellFormed(source []byte) error {
	d := xml.NewDecoder(bytes.NewReader(source))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestTableBehindAPictureIsAPageThatLeadsBack(t *testing.T) {
	w := &world{name: "Lycée", devices: 3}
	page := w.get(t, "/sites/1?lang=en&table=months-mass").Body.String()
	for _, want := range []string{`aria-labelledby="months-mass-t`, "<caption>", `href="?lang=en"`, "file=months-mass.csv", "file=months-mass.svg"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the table lacks %s", want)
		}
	}
	if n := strings.Count(page, "<svg viewBox") - strings.Count(page, `aria-hidden="true"`); strings.Count(page, "<table") != 1 || n > 1 {
		t.Errorf("it has %d tables and %d pictures", strings.Count(page, "<table"), n)
	}
	for _, name := range []string{"nothing", "months-mass.csv", "..%2fmonths-mass"} {
		if code := w.get(t, "/sites/1?table="+name).Code; code != http.StatusNotFound {
			t.Errorf("%s: %d", name, code)
		}
	}
	// An act answers with its page, whatever its address says.
	const list = "/administration/sites/1/import/devices?table=nothing"
	if answer := w.upload(t, list, "label\nA\n", "act", "preview", "category", "laptop"); answer.Code != http.StatusOK {
		t.Errorf("an act with a table answers %d", answer.Code)
	}
}

func TestFormulaOfAFigureIsAPageThatLeadsBack(t *testing.T) {
	w := &world{name: "Lycée", devices: 3}
	way := regexp.MustCompile(`<p class="figure">(?s:.*?)<a href="([^"]*formula=1[^"]*)"`).FindStringSubmatch(w.get(t, "/sites/1?year=2025").Body.String())
	if way == nil {
		t.Fatal("no figure leads to its formula")
	}
	page := w.get(t, "/sites/1"+html.UnescapeString(way[1])).Body.String()
	for _, want := range []string{"La formule", `href="/sources/embodied#embodied.laptop"`, `href="?year=2025"`} {
		if !strings.Contains(page, want) {
			t.Errorf("%s lacks %s", way[1], want)
		}
	}
	for _, number := range []string{"0", "99", "x", "01"} {
		if code := w.get(t, "/sites/1?formula="+number).Code; code != http.StatusNotFound {
			t.Errorf("formula %s: %d", number, code)
		}
	}
}

// A long table stands on several pages, which together have each row once; a file has
// them all.
func TestLongTableIsShownByParts(t *testing.T) {
	w := &world{name: "Lycée", devices: 3, windows: &view.Windows{Rows: windowRows(time.Date(2025, 10, 25, 22, 0, 0, 0, time.UTC), 100, 15), Source: view.FromLedger}}
	const day = "/devices/device-0007?day=2025-10-26"
	row := regexp.MustCompile(`<th scope="row">`)
	next := regexp.MustCompile(`<a href="([^"]*part=[^"]*)">Suivants`)
	rows, parts := 0, 0
	for at := day + "&table=windows"; at != "" && parts < 10; parts++ {
		page := w.get(t, at).Body.String()
		rows += len(row.FindAllString(page, -1))
		at = ""
		if found := next.FindStringSubmatch(page); found != nil {
			at = "/devices/device-0007" + html.UnescapeString(found[1])
		}
	}
	file := csvOf(t, w.get(t, day+"&part=2&file=windows.csv").Body.String(), ';')
	if rows != 100 || parts < 2 || len(file) != 101 {
		t.Errorf("the day has %d rows on %d pages, and %d in the file", rows, parts, len(file)-1)
	}
	for _, bad := range []string{"0", "99", "x"} {
		if page := w.get(t, day+"&table=windows&part="+bad).Body.String(); !strings.Contains(page, "Lignes 1") {
			t.Errorf("part %s is not the first", bad)
		}
	}
}

func TestAFileThatAPageDoesNotHaveIsNotThere(t *testing.T) {
	w := &world{name: "Lycée", devices: 3}
	for _, file := range []string{"nothing.csv", "months-mass.exe", "months-mass", "..%2f.csv", "sites.pdf"} {
		if code := w.get(t, "/organisations/1?file="+file).Code; code != http.StatusNotFound {
			t.Errorf("%s: %d", file, code)
		}
	}
	w.opens = func(string) bool { return false }
	if code := w.get(t, "/organisations/2?file=categories.csv").Code; code != http.StatusNotFound {
		t.Errorf("a file of another organisation: %d", code)
	}
}

func TestNumbersAreNumbersInOneUnit(t *testing.T) {
	w := &world{name: "Lycée", devices: 3}
	fr := csvOf(t, w.get(t, "/organisations/1?file=months-mass.csv").Body.String(), ';')
	if got, want := strings.Join(fr[0], "|"), "Mois|Incorporée (kgCO2e)|Incorporée (kgCO2e), au moins|Incorporée (kgCO2e), au plus|Électricité (kgCO2e)"; !strings.HasPrefix(got, want) {
		t.Errorf("the titles are %s", got)
	}
	number := regexp.MustCompile(`^-?[0-9]+(,[0-9]+)?$`)
	for _, row := range fr[1:] {
		for _, cell := range row[1:] {
			if !number.MatchString(cell) {
				t.Errorf("%q is no number", cell)
			}
		}
	}
	en := csvOf(t, w.get(t, "/organisations/1?file=months-mass.csv&lang=en").Body.String(), ',')
	if len(en) != len(fr) || strings.ReplaceAll(fr[2][1], ",", ".") != en[2][1] {
		t.Errorf("the languages differ: %v, %v", fr, en)
	}
}

func TestAListIsWholeInAFile(t *testing.T) {
	w := &world{name: "PC", devices: 250, sites: 150}
	for file, want := range map[string]int{
		"/sites/1/devices?page=2&file=devices.csv": 250, "/organisations/1?file=sites.csv": 152, "/organisations/1/schools?find=ecole+000&file=list.csv": 10,
	} {
		if rows := csvOf(t, w.get(t, file).Body.String(), ';'); len(rows) != want+1 {
			t.Errorf("%s has %d rows, want %d", file, len(rows)-1, want)
		}
	}
}

// longLog is an administration whose log has several parts.
type longLog struct {
	bureau
	parts  int64
	broken bool
}

func (b longLog) ActLog(_ context.Context, f view.ActFilter) ([]view.Act, int64, error) {
	if b.broken && f.After == 2 {
		return nil, 0, errors.New("disk")
	}
	next := f.After + 1
	if next == b.parts {
		next = 0
	}
	return []view.Act{{ID: f.After, At: noon, Who: fmt.Sprint("n", f.After), What: "device retire"}}, next, nil
}

func TestListsOfAdministrationAreWholeInAFile(t *testing.T) {
	w := &world{name: "Lycée"}
	pages := w.bare(t, io.Discard)
	ask := func(method, address string, log longLog) *httptest.ResponseRecorder {
		pages.Desk = log
		r := httptest.NewRequest(method, address, nil)
		r.Header.Set("Cookie", SessionCookie+"=token")
		answer := httptest.NewRecorder()
		w.routes(pages).ServeHTTP(answer, r)
		return answer
	}
	log := longLog{bureau: bureau{w}, parts: 4}
	if page := ask(http.MethodGet, "/administration/audit?what=device", log).Body.String(); !strings.Contains(page, "?lang=fr&amp;what=device&amp;file=acts.csv") {
		t.Error("the log offers no file")
	}
	rows := csvOf(t, ask(http.MethodGet, "/administration/audit?file=acts.csv", log).Body.String(), ';')
	if len(rows) != 5 || rows[1][1] != "n0" || rows[4][1] != "n3" {
		t.Errorf("the file is %q", rows)
	}
	log.broken = true
	if body := ask(http.MethodGet, "/administration/audit?file=acts.csv", log).Body.String(); !strings.Contains(body, "n1") || !strings.Contains(body, "jusqu’au bout") {
		t.Errorf("a list that ends too early does not say so: %s", body)
	}
	if answer := ask(http.MethodPost, "/administration/audit?file=acts.csv", log); strings.HasPrefix(answer.Header().Get("Content-Type"), "text/csv") {
		t.Error("an act has a file")
	}
}

func TestFactorsAreAFileToReckonWith(t *testing.T) {
	w := new(world)
	rows := csvOf(t, w.get(t, "/sources?file=factors.csv").Body.String(), ';')
	if all := w.Factors().Rows; len(rows) != len(all)+1 {
		t.Fatalf("%d rows of %d factors", len(rows)-1, len(all))
	}
	for i, r := range w.Factors().Rows {
		for k, v := range []float64{r.Value, r.Low, r.High} {
			if got, err := strconv.ParseFloat(strings.Replace(rows[i+1][1+k], ",", ".", 1), 64); err != nil || math.Abs(got-v) > 1e-9*math.Abs(v) {
				t.Errorf("%s has %q, want %g", r.Key, rows[i+1][1+k], v)
			}
		}
	}
}

func TestSimulatedDataIsMarkedInEachFile(t *testing.T) {
	w := &world{name: "Région", simulated: true, devices: 1, sites: 2}
	for _, file := range filesOf(t, w, "/organisations/1") {
		answer := w.get(t, file)
		if name := answer.Header().Get("Content-Disposition"); !strings.Contains(name, `"simule-ecoparc-`) {
			t.Errorf("%s is called %s", file, name)
		}
		if strings.HasSuffix(file, "csv") || strings.HasSuffix(file, "svg") {
			if !strings.Contains(answer.Body.String(), "SIMULÉ") {
				t.Errorf("%s does not say that it is simulated", file)
			}
		}
	}
}

func TestWhatIsShownIsReadAsItIsMeant(t *testing.T) {
	all := languagesOf(t)
	for _, c := range []struct {
		lang  quantity.Language
		cells string // of one column, by |
		want  string // unit, then cells as numbers; empty: texts
	}{
		{"fr", "1\u202f234\u00a0kgCO2e (900 à 1\u202f500)|980\u00a0gCO2e|–", "kgCO2e|1234;900;1500|0.98;;|;;"},
		{"en", "1,234\u00a0kgCO2e (900 to 1,500)|2\u00a0tCO2e", "tCO2e|1.234;0.9;1.5|2;;"},
		{"fr", "12 nov. 2026|3 nov. 2026", ""},
		{"fr", "1,9 an|2 ans", "ans|1.9|2"},
		{"fr", "0123|0456", ""},
		{"fr", "5|12", "|5|12"},
		{"fr", "5|12\u00a0kgCO2e", ""},
		{"fr", "5420 Latitude|12", ""},
		{"fr", "60 min|1,5 h", "h|1|1.5"},
		{"fr", "41\u202f%|7\u202f%", "%|41|7"},
		{"fr", "−5\u00a0kgCO2e|+3\u00a0kgCO2e", "kgCO2e|-5|3"},
		{"fr", "10.0.0.1", ""},
		{"en", "1.2.3", ""},
		{"fr", "< 1\u202f%|2\u202f%", ""},
	} {
		table := &table{Caption: "c", Head: []string{"h", "v"}}
		for _, cell := range strings.Split(c.cells, "|") {
			table.Rows = append(table.Rows, tableRow{link{Text: "x"}, []string{cell}})
		}
		s := all[c.lang].sheetOf(table, nil, nil)
		if c.want == "" {
			for row := range s.Rows {
				if row[1].IsNumber {
					t.Errorf("%q was read as a number: %v", c.cells, row)
				}
			}
			continue
		}
		unit := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(s.Columns[1], "v"), " ("), ")")
		got := []string{unit}
		for row := range s.Rows {
			var numbers []string
			for _, cell := range row[1:] {
				if cell.IsNumber {
					numbers = append(numbers, fmt.Sprintf("%.6g", cell.Number))
				} else {
					numbers = append(numbers, "")
				}
			}
			got = append(got, strings.Join(numbers, ";"))
		}
		if joined := strings.Join(got, "|"); joined != c.want {
			t.Errorf("%q is %s, want %s", c.cells, joined, c.want)
		}
	}
}
