package chart

import (
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Labels are what a drawing says of itself where no page stands around it.
type Labels struct {
	Title  string // above it
	Source string // below it, in small letters
}

// around is the blank on each side of a drawing that stands alone.
const around = 20.0

// family are the letters of a drawing that stands alone.
const family = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"

// Alone makes of a drawing a file that needs nothing else: the colours stand in it, on
// light paper, with a title and where it comes from. Links are left out, for they would
// lead nowhere.
func Alone(drawing string, style Style, labels Labels) ([]byte, error) {
	d := xml.NewDecoder(strings.NewReader(drawing))
	var b strings.Builder
	var inside []compound
	var ends []string // how each element closes
	for {
		token, err := d.Token()
		if err == io.EOF {
			return []byte(b.String()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read a drawing: %w", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := compound{element: token.Name.Local}
			for _, a := range token.Attr {
				if a.Name.Local == "class" {
					e.classes = strings.Fields(a.Value)
				}
			}
			if e.element == "a" { // before its style is looked up: what leads nowhere is no link
				e.element = "g"
			}
			inside = append(inside, e)
			said := style.of(inside)
			if len(inside) == 1 {
				end, err := begin(&b, token, style, labels)
				if err != nil {
					return nil, err
				}
				ends = append(ends, end)
				continue
			}
			b.WriteString("<" + e.element)
			for _, a := range token.Attr {
				if name := a.Name.Local; !slices.Contains([]string{"class", "href", "aria-label", "tabindex"}, name) && said[name] == "" {
					fmt.Fprintf(&b, ` %s="%s"`, name, escape(a.Value))
				}
			}
			b.WriteString(attributes(said) + ">")
			ends = append(ends, "</"+e.element+">")
		case xml.EndElement:
			b.WriteString(ends[len(ends)-1])
			ends, inside = ends[:len(ends)-1], inside[:len(inside)-1]
		case xml.CharData:
			b.WriteString(escape(string(token)))
		}
	}
}

func escape(text string) string { return html.EscapeString(text) }

// begin writes the outermost element with the paper and the labels, and returns how it
// ends.
func begin(b *strings.Builder, svg xml.StartElement, style Style, labels Labels) (end string, err error) {
	var w, h float64
	described := ""
	for _, a := range svg.Attr {
		switch a.Name.Local {
		case "viewBox":
			var x, y float64
			if _, err := fmt.Sscan(a.Value, &x, &y, &w, &h); err != nil {
				return "", fmt.Errorf("a drawing has the size %q: %w", a.Value, err)
			}
		case "aria-labelledby":
			described = fmt.Sprintf(` aria-labelledby="%s"`, escape(a.Value))
		}
	}
	if !(w > 0 && h > 0) {
		return "", fmt.Errorf("a drawing has the size %g by %g", w, h)
	}
	title, source := lines(labels.Title, int(w/9)), lines(labels.Source, int(w/5.6))
	above, below := 14+22*float64(len(title)), 10+15*float64(len(source))
	full, high := w+2*around, h+2*around+above+below
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]s %[2]s" width="%[1]s" height="%[2]s" role="img"%[3]s font-family="%[4]s">`, n(full), n(high), described, family)
	fmt.Fprintf(b, `<rect x="0" y="0" width="%s" height="%s" fill="%s"></rect>`, n(full), n(high), style.Colour("paper"))
	for i, line := range title {
		fmt.Fprintf(b, `<text x="%s" y="%s" font-size="17px" font-weight="600" fill="%s">%s</text>`, n(around), n(around+16+22*float64(i)), style.Colour("ink"), escape(line))
	}
	for i, line := range source {
		fmt.Fprintf(b, `<text x="%s" y="%s" font-size="11px" fill="%s">%s</text>`, n(around), n(high-around-15*float64(len(source)-1-i)), style.Colour("soft"), escape(line))
	}
	fmt.Fprintf(b, `<svg x="%s" y="%s" width="%[3]s" height="%[4]s" viewBox="0 0 %[3]s %[4]s">`, n(around), n(around+above), n(w), n(h)) // which cuts off what reaches beyond
	return "</svg></svg>\n", nil
}

// lines breaks a text between words into lines of about as many letters.
func lines(text string, letters int) []string {
	var all []string
	for _, word := range strings.Split(text, " ") {
		if last := len(all) - 1; last >= 0 && utf8.RuneCountInString(all[last])+1+utf8.RuneCountInString(word) <= letters {
			all[last] += " " + word
		} else if word != "" {
			all = append(all, word)
		}
	}
	return all
}
