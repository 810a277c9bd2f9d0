package chart

import (
	"encoding/xml"
	"fmt"
	"html/template"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func words() Words {
	return Words{Title: `Énergie <par> "mois" & jour`, Description: "d", Axis: "kWh", Number: func(v float64) string { return fmt.Sprint(v) }}
}

// mark is a shape of a drawing with its place and size.
type mark struct {
	name, class, text string
	at                map[string]float64
}

// marks reads a drawing as a reader of XML would. It fails on one that is not well
// formed, and on a coordinate that is no number.
func marks(t rapid.TB, drawing template.HTML) (all []mark) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(string(drawing)))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("the drawing is not well formed: %v\n%s", err, drawing)
		}
		switch token := token.(type) {
		case xml.StartElement:
			m := mark{name: token.Name.Local, at: map[string]float64{}}
			for _, a := range token.Attr {
				switch a.Name.Local {
				case "class":
					m.class = a.Value
				case "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height":
					v, err := strconv.ParseFloat(a.Value, 64)
					if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
						t.Fatalf("%s=%q is no number", a.Name.Local, a.Value)
					}
					m.at[a.Name.Local] = v
				case "viewBox":
					var x, y float64
					if _, err := fmt.Sscan(a.Value, &x, &y, &x, &y); err != nil {
						t.Fatal(err)
					}
					m.at["height"] = y
				}
			}
			all = append(all, m)
		case xml.CharData:
			all[len(all)-1].text += string(token)
		}
	}
}

// inside fails when a mark lies outside of the drawing.
func inside(t rapid.TB, all []mark) {
	t.Helper()
	for _, m := range all[1:] {
		for name, v := range m.at {
			limit := width
			if strings.Contains(name, "y") || name == "height" {
				limit = all[0].at["height"]
			}
			if v < -0.05 || v > limit+0.05 {
				t.Fatalf("%s.%s has %s=%g, outside of %g", m.name, m.class, name, v, limit)
			}
		}
	}
}

func ofClass(all []mark, name, class string) (found []mark) {
	for _, m := range all {
		if m.name == name && strings.HasPrefix(m.class+" ", class+" ") {
			found = append(found, m)
		}
	}
	return found
}

func anyValue(t *rapid.T, name string) float64 {
	return rapid.Float64Range(0, 1).Draw(t, name) * math.Pow(10, float64(rapid.IntRange(-6, 12).Draw(t, name+" size")))
}

func TestAnyBarsStandInsideTheDrawing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		legend := []Part{{Class: "measured"}, {Class: "modelled"}}[:rapid.IntRange(1, 2).Draw(t, "kinds")]
		var bars []Bar
		for i := range rapid.IntRange(0, 366).Draw(t, "bars") {
			b := Bar{Label: fmt.Sprint(i)}
			for _, part := range legend {
				part.Value = anyValue(t, "value")
				b.Parts = append(b.Parts, part)
			}
			bars = append(bars, b)
		}
		all := marks(t, Bars("b", words(), bars, legend, []string{"<mesurée>", "modélisée"}))
		inside(t, all)
		if len(legend) == 1 && len(ofClass(all, "text", "legend")) != 0 {
			t.Fatal("one kind of parts needs no legend")
		}
	})
}

func TestBarsAreAsHighAsTheirValues(t *testing.T) {
	bars := []Bar{{Parts: []Part{{10, "measured"}, {30, "modelled"}}}, {Parts: []Part{{20, "measured"}, {0, "modelled"}}}}
	all := marks(t, Bars("b", words(), bars, []Part{{Class: "measured"}, {Class: "modelled"}}, []string{"a", "b"}))
	measured, modelled := ofClass(all, "rect", "measured")[1:], ofClass(all, "rect", "modelled")[1:] // without the legend's
	unit := measured[0].at["height"] / 10
	for i, want := range []struct{ measured, modelled float64 }{{10, 30}, {20, 0}} {
		if math.Abs(measured[i].at["height"]-want.measured*unit) > 0.2 || math.Abs(modelled[i].at["height"]-want.modelled*unit) > 0.2 {
			t.Errorf("bar %d is %g and %g high, want %g and %g of %g", i, measured[i].at["height"], modelled[i].at["height"], want.measured, want.modelled, unit)
		}
		if foot := modelled[i].at["y"] + modelled[i].at["height"]; math.Abs(foot-measured[i].at["y"]) > 0.2 {
			t.Errorf("bar %d: the upper part ends at %g, the lower begins at %g", i, foot, measured[i].at["y"])
		}
	}
}

func TestAnyIntervalsStandInsideTheDrawing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []Interval
		for range rapid.IntRange(0, 40).Draw(t, "rows") {
			v := anyValue(t, "value")
			rows = append(rows, Interval{Label: rapid.StringMatching(`[ -~éàœ]{0,60}`).Draw(t, "label"), Low: v * 0.5, Value: v, High: v * 2, Text: "1 kg", Class: "this", Link: "/sites/1?a=1&b=2"})
		}
		all := marks(t, Intervals("i", words(), rows, anyValue(t, "reference")))
		inside(t, all)
		bands, dots := ofClass(all, "rect", "band"), ofClass(all, "circle", "dot")
		for i, dot := range dots {
			if x := dot.at["cx"]; x < bands[i].at["x"]-0.1 || x > bands[i].at["x"]+bands[i].at["width"]+0.1 {
				t.Fatalf("the dot of row %d at %g is off its band", i, x)
			}
		}
	})
}

func TestLabelsAreTextAndNotMarkup(t *testing.T) {
	all := marks(t, Intervals("i", words(), []Interval{{Label: `<script>alert("x")</script>`, Value: 1, High: 2, Link: `/"><script>`}}, 0))
	for _, m := range all {
		if m.name == "script" {
			t.Error("a label became an element")
		}
	}
	if got := ofClass(all, "text", "label")[0].text; got != `<script>alert("x")</script>` {
		t.Errorf("the label reads %q", got)
	}
}

func TestAxesHaveAFewRoundSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		largest := anyValue(t, "largest")
		s := newScale(largest, 0, 100)
		ticks := s.ticks()
		if len(ticks) < 2 || len(ticks) > 7 {
			t.Fatalf("the axis up to %g has %d numbers: %v", largest, len(ticks), ticks)
		}
		if s.end < largest*0.9999 {
			t.Fatalf("the axis ends at %g, below %g", s.end, largest)
		}
		if digits := s.step / math.Pow(10, math.Floor(math.Log10(s.step)*1.0000001)); math.Abs(digits*4-math.Round(digits*4)) > 1e-6 {
			t.Fatalf("the step is %g, not a round one", s.step)
		}
	})
}

func TestAxisOfNothingStillHasNumbers(t *testing.T) {
	for _, largest := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if got := newScale(largest, 0, 100).ticks(); len(got) < 2 {
			t.Errorf("newScale(%g) has the numbers %v", largest, got)
		}
	}
}
