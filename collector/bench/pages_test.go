package bench

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/collector/answers"
)

func TestMeasuresPagesOfARealCollectorAndLeavesNothing(t *testing.T) {
	o := options(t)
	pages, err := RunPages(t.Context(), PagesOptions{
		Size: Size{Devices: answers.Few + 100, Sites: 300, Years: 2}, Dir: o.Dir, Requests: 2, Only: "}?year", Child: o.Child, Tell: o.Tell,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(pages.Routes) != 2 || pages.Errors != 0 || pages.FirstS <= 0 || pages.ReadyS <= 0 {
		t.Errorf("%+v", pages)
	}
	for _, r := range pages.Routes {
		if r.P50Ms <= 0 || r.P95Ms < r.P50Ms || r.ColdMs <= 0 || r.PageKB <= 1 || r.Elements < 50 || r.Elements > 500 {
			t.Errorf("%+v", r)
		}
	}
	if left, err := os.ReadDir(o.Dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	path := filepath.Join(t.TempDir(), "benchmarks.md")
	if err := pages.WriteMarkdown(path); err != nil {
		t.Fatal(err)
	}
	markdown, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := pages.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, written := range []string{string(markdown), text.String()} {
		if !strings.Contains(written, "/sites/{id}?year") || !strings.Contains(written, "ready after the start of the program") {
			t.Errorf("written: %s", written)
		}
	}
}

// Each site that is asked for is one whose devices get their days by the ledger, and no
// sums beside them.
func TestSitesThatAreAskedForAreThoseWithDays(t *testing.T) {
	for _, sites := range []int{1, 3, 19, 20, 21, 50, 500, 5000} {
		b := &councilBuilder{Size: Size{Sites: sites}}
		want := map[int]bool{}
		for i := range min(asked, sites) {
			want[i*sites/min(asked, sites)] = true
		}
		for n := range sites {
			if b.isAsked(n) != want[n] {
				t.Fatalf("of %d sites, number %d is asked for: %v, want %v", sites, n, b.isAsked(n), want[n])
			}
		}
	}
}

func TestElementsOfAPageAreCountedAsEcoIndexDoes(t *testing.T) {
	for body, want := range map[string]int{
		`{"a": "<b>"}`: 0,
		"<!doctype html><html><head><meta charset=utf-8></head><body><p>a<br>b</p><svg><g><rect/></g></svg><i></i></body></html>": 8,
	} {
		if got := elementsOf(body); got != want {
			t.Errorf("%s: %d elements, want %d", body, got, want)
		}
	}
}
