package dashboards

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/dashboards/view"
)

var siteRow = regexp.MustCompile(`<th scope="row"><a href="/sites/(\d+)`)

func TestEachOfManySitesIsReachedByLinks(t *testing.T) {
	w := &world{name: "Région", devices: 1, sites: 248}
	seen := map[string]bool{}
	next := "?sort=name"
	turn := regexp.MustCompile(`<a href="([^"]*)">Suivants</a>`)
	for pages := 0; next != ""; pages++ {
		page := w.get(t, "/organisations/1/schools"+next).Body.String()
		rows := siteRow.FindAllStringSubmatch(page, -1)
		if len(rows) > pageLength || pages > 16 {
			t.Fatalf("page %d has %d rows", pages, len(rows))
		}
		for _, row := range rows {
			seen[row[1]] = true
		}
		next = ""
		if found := turn.FindStringSubmatch(page); found != nil {
			next = strings.TrimSuffix(strings.ReplaceAll(found[1], "&amp;", "&"), "#sites")
		}
	}
	if len(seen) != 250 {
		t.Errorf("%d of 250 sites are reached", len(seen))
	}
}

func TestSitesAreFoundAndSorted(t *testing.T) {
	w := &world{name: "Région", devices: 1, sites: 248}
	for _, c := range []struct {
		query string
		first string // of the table
		rows  int
		says  string
	}{
		{"?find=ECOLE+0007", "1007", 1, `value="ECOLE 0007"`},
		{"?find=0000007a", "1007", 1, `value="0000007a"`},
		{"?sort=silent", "1247", 15, "Établissements 1 à 15 sur 250"},
		{"?sort=silent&page=3&find=cole", "1217", 15, "Établissements 31 à 45 sur 248"},
		{"?page=99&sort=name", "1", 15, "Établissements 1 à 15 sur 250"},
		{"?find=%3Cscript%3E", "", 0, "Aucun établissement ne correspond à « &lt;script&gt; »."},
		{"?year=2025&find=cole", "1040", 15, `<input type="hidden" name="year" value="2025">`},
	} {
		page := plainSpaces.Replace(w.get(t, "/organisations/1/schools"+c.query).Body.String())
		rows := siteRow.FindAllStringSubmatch(page, -1)
		if len(rows) != c.rows || c.rows > 0 && rows[0][1] != c.first || !strings.Contains(page, c.says) {
			t.Errorf("%s: %d rows, the first %v, says %q: %v", c.query, len(rows), rows[:min(1, len(rows))], c.says, strings.Contains(page, c.says))
		}
	}
	if page := (&world{name: "Commune", devices: 1}).get(t, "/organisations/1/schools").Body.String(); strings.Contains(page, `name="find"`) {
		t.Error("two sites can be searched")
	}
}

func TestPagesOfThousandsOfSitesAreLight(t *testing.T) {
	w := &world{name: "Région", devices: 1, sites: 4998}
	for _, address := range []string{"/organisations/1", "/organisations/1/schools"} {
		r := httptest.NewRequest(http.MethodGet, address, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		r.Header.Set("Cookie", SessionCookie+"=token")
		answer := httptest.NewRecorder()
		w.handler(t, io.Discard).ServeHTTP(answer, r)
		size := answer.Body.Len()
		zip, err := gzip.NewReader(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(zip)
		if err != nil || !strings.Contains(string(page), "École") {
			t.Fatalf("%s: %v, %s", address, err, page)
		}
		if size > 60_000 {
			t.Errorf("%s: %d bytes compressed, want at most 60000", address, size)
		}
	}
}

func TestAnswerByOtherFactorsSaysSo(t *testing.T) {
	w := &world{name: "Région", devices: 1, renewal: &view.Renewal{Done: 0.42}}
	for lang, want := range map[string]string{
		"fr": "Calculé avec les facteurs abc (modèle 1), qui ont changé depuis. Le nouveau calcul est en cours : 42 %.",
		"en": "Computed with the factors abc (model 1), which have changed since. It is being computed anew: 42 %.",
	} {
		if page := plainSpaces.Replace(w.get(t, "/organisations/1", "lang="+lang).Body.String()); !strings.Contains(page, want) {
			t.Errorf("%s lacks %q", lang, want)
		}
	}
	w.renewal = nil
	if page := w.get(t, "/organisations/1").Body.String(); strings.Contains(page, "qui ont changé depuis") {
		t.Error("an answer by these factors is marked")
	}
}
