package chart

import (
	"os"
	"strings"
	"testing"
)

func TestStyleOfADrawingIsThatOfItsSheetInLightColours(t *testing.T) {
	s := ReadStyle(`:root { --ink: #111; --soft: #888; } /* a { fill: red } */
@media (prefers-color-scheme: dark) { :root { --ink: #fff; } .tick { fill: #000; } }
.chart text { font: 13px system-ui; fill: var(--ink); } .chart .tick, .chart .axis { fill: var(--soft); }
.chart a text { fill: blue; } .dot.this { fill: #0f0; color: red; } .dot { stroke: #00f } p > .dot { fill: #bad; }`)
	inside := func(elements ...string) (all []compound) {
		for _, e := range elements {
			parts := strings.Split(e, ".")
			all = append(all, compound{parts[0], parts[1:]})
		}
		return all
	}
	for want, elements := range map[string][]compound{
		` fill="#111" font-size="13px"`: inside("svg.chart", "text"),
		` fill="#888" font-size="13px"`: inside("svg.chart", "g", "text.tick"),
		` fill="blue" font-size="13px"`: inside("svg.chart", "a", "text"),
		` fill="#0f0" stroke="#00f"`:    inside("svg.chart", "circle.dot.this"),
		` stroke="#00f"`:                inside("svg", "circle.dot.other"),
		``:                              inside("svg", "text"),
	} {
		if got := attributes(s.of(elements)); got != want {
			t.Errorf("%v: got%s, want%s", elements, got, want)
		}
	}
}

func TestADrawingAloneNeedsNothingElse(t *testing.T) {
	css, err := os.ReadFile("../static/style.css")
	if err != nil {
		t.Fatal(err)
	}
	alone, err := Alone(string(Intervals("i", words(), []Interval{{Label: `<b>"A"`, Link: "/sites/1", Value: 1, High: 2, Class: "this"}}, 1)), ReadStyle(string(css)), Labels{Title: `Éna & <x>`, Source: "Ecoparc"})
	if err != nil {
		t.Fatal(err)
	}
	text := string(alone)
	for _, outside := range []string{"class=", "href=", "var(", "<a", "<style"} {
		if strings.Contains(text, outside) {
			t.Errorf("the drawing has %s: %s", outside, text)
		}
	}
	for _, want := range []string{`<title id="i-t">`, `<desc id="i-d">`, "Éna &amp; &lt;x&gt;", `fill="#005f5a"`, "Ecoparc"} {
		if !strings.Contains(text, want) {
			t.Errorf("the drawing lacks %s: %s", want, text)
		}
	}
	for _, broken := range []string{"", "<svg>", `<svg viewBox="x"/>`, `<svg viewBox="0 0 1 1"><g>`, `<svg viewBox="0 0 -1 1"/>`} {
		if out, err := Alone(broken, Style{}, Labels{}); err == nil && len(out) > 0 {
			t.Errorf("%q became %q", broken, out)
		}
	}
}

func FuzzReadStyle(f *testing.F) {
	f.Add(":root{--a:#111}.chart .b{fill:var(--a)}@media print{.c{fill:none}}/* x */")
	f.Add("}{:;,.b..c{fill")
	f.Fuzz(func(t *testing.T, css string) {
		s := ReadStyle(css)
		s.of([]compound{{"svg", []string{"chart"}}, {"text", []string{"b", "c"}}})
	})
}
