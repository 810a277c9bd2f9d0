package chart

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Style is what a style sheet says of drawings, in its light colours.
type Style struct {
	rules []rule
	names map[string]string // of colours
}

// rule is a selector with one thing it says. The selector is a way from an element
// outside to the one it speaks of.
type rule struct {
	way             []compound
	property, value string
	weight          int // of the selector, by which one wins over another
}

// compound is an element, or any, with the classes that it must have.
type compound struct {
	element string
	classes []string
}

// drawn are the properties that drawings know.
var drawn = []string{"fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linejoin", "stroke-linecap", "font-size", "font-weight", "font-style", "opacity", "paint-order", "text-anchor"}

// ReadStyle reads from a style sheet what concerns drawings. It understands elements and
// classes inside of one another, and names of colours in :root; what is for some readers
// only (dark colours, phones, print) and everything else is left out.
func ReadStyle(sheet string) Style {
	s := Style{names: map[string]string{}}
	for sheet != "" {
		selectors, rest, ok := strings.Cut(sheet, "{")
		if !ok {
			break
		}
		var body string
		body, sheet = block(rest)
		selectors = withoutComments(selectors)
		if strings.HasPrefix(selectors, "@") {
			continue
		}
		for _, selector := range strings.Split(selectors, ",") {
			s.add(strings.TrimSpace(selector), withoutComments(body))
		}
	}
	slices.SortStableFunc(s.rules, func(a, b rule) int { return cmp.Compare(a.weight, b.weight) })
	return s
}

// block is the text up to the brace that closes it, and what follows.
func block(text string) (inside, after string) {
	depth := 1
	for i, r := range text {
		switch r {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return text[:i], text[i+1:]
			}
		}
	}
	return text, ""
}

func withoutComments(text string) string {
	for {
		before, rest, ok := strings.Cut(text, "/*")
		if !ok {
			return strings.TrimSpace(text)
		}
		_, after, _ := strings.Cut(rest, "*/")
		text = before + after
	}
}

func (s *Style) add(selector, body string) {
	var way []compound
	weight := 0
	for _, part := range strings.Fields(selector) {
		if selector != ":root" && strings.ContainsAny(part, ":[>#*+~") {
			return
		}
		pieces := strings.Split(part, ".")
		way = append(way, compound{pieces[0], pieces[1:]})
		weight += 100 * len(pieces[1:])
		if pieces[0] != "" {
			weight++
		}
	}
	for _, declaration := range strings.Split(body, ";") {
		property, value, _ := strings.Cut(declaration, ":")
		property, value = strings.TrimSpace(property), strings.TrimSpace(value)
		switch {
		case selector == ":root":
			if strings.HasPrefix(property, "--") {
				s.names[property] = value
			}
		case property == "font": // the size is all that a drawing takes of the short form
			for _, word := range strings.Fields(value) {
				if strings.HasSuffix(word, "px") {
					s.rules = append(s.rules, rule{way, "font-size", word, weight})
				}
			}
		case slices.Contains(drawn, property):
			s.rules = append(s.rules, rule{way, property, value, weight})
		}
	}
}

// Colour is a colour of the style sheet by its name, without the dashes.
func (s Style) Colour(name string) string { return s.value("var(--" + name + ")") }

// value puts colours in the place of their names.
func (s Style) value(text string) string {
	for name, colour := range s.names {
		text = strings.ReplaceAll(text, "var("+name+")", colour)
	}
	return text
}

// of is what the sheet says of the last of some elements, each inside of the one before.
func (s Style) of(elements []compound) map[string]string {
	said := map[string]string{}
	for _, r := range s.rules {
		if fits(r.way, elements) {
			said[r.property] = s.value(r.value)
		}
	}
	return said
}

func fits(way, elements []compound) bool {
	if len(way) == 0 || len(elements) == 0 || !way[len(way)-1].fits(elements[len(elements)-1]) {
		return false
	}
	way, elements = way[:len(way)-1], elements[:len(elements)-1]
	for ; len(way) > 0 && len(elements) > 0; elements = elements[:len(elements)-1] {
		if way[len(way)-1].fits(elements[len(elements)-1]) {
			way = way[:len(way)-1]
		}
	}
	return len(way) == 0
}

func (c compound) fits(e compound) bool {
	return (c.element == "" || c.element == e.element) && !slices.ContainsFunc(c.classes, func(class string) bool { return !slices.Contains(e.classes, class) })
}

// attributes writes properties in a fixed order.
func attributes(said map[string]string) string {
	var b strings.Builder
	for _, property := range drawn {
		if value, ok := said[property]; ok {
			fmt.Fprintf(&b, ` %s="%s"`, property, escape(value))
		}
	}
	return b.String()
}
