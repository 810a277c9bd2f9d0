package dashboards

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

var update = flag.Bool("update", false, "write the structures of the pages in docs/screens anew")

// screens is where the structures of the pages are, beside their pictures.
const screens = "../docs/screens"

// A page is compared with what it was by its structure: landmarks, headings, tables with
// their columns, pictures, and forms with their fields. Texts and colours may change
// without a word; what a screen reader lists may not.
func TestStructureOfEachPage(t *testing.T) {
	w := &world{name: "Lycée", devices: 3}
	for _, address := range append([]string{"/sign-in", "/accessibility", "/nowhere"}, allPages...) {
		path, _, _ := strings.Cut(address, "?")
		if path != address {
			continue // the same page, with a choice
		}
		name := strings.ReplaceAll(strings.Trim(path, "/"), "/", "-")
		if name == "" {
			name = "home"
		}
		got := structureOf(t, w.get(t, address).Body.String())
		file := filepath.Join(screens, name+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil || string(want) != got {
			t.Errorf("%s is not as %s says (%v); if that is meant, run: go test ./dashboards -run Structure -update\n%s", address, file, err, changed(string(want), got))
		}
	}
}

// changed are the lines that only one of two texts has.
func changed(want, got string) string {
	var out strings.Builder
	has := func(text string) map[string]bool {
		lines := map[string]bool{}
		for line := range strings.Lines(text) {
			lines[line] = true
		}
		return lines
	}
	before, after := has(want), has(got)
	for line := range strings.Lines(want) {
		if !after[line] {
			out.WriteString("- " + line)
		}
	}
	for line := range strings.Lines(got) {
		if !before[line] {
			out.WriteString("+ " + line)
		}
	}
	return out.String()
}

// structureOf is the structure of a page, a line for each part, further in for what is
// within another.
func structureOf(t *testing.T, page string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		if line := partOfStructure(n); line != "" {
			fmt.Fprintf(&out, "%s%s\n", strings.Repeat("  ", depth), line)
			depth++
		}
		if n.Type == html.ElementNode && (n.Data == "svg" || n.Data == "table") {
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, depth)
		}
	}
	walk(root, 0)
	return out.String()
}

// partOfStructure is what an element is in the structure; empty: nothing.
func partOfStructure(n *html.Node) string {
	if n.Type != html.ElementNode {
		return ""
	}
	attribute := func(name string) string {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val
			}
		}
		return ""
	}
	switch n.Data {
	case "header", "main", "footer":
		return n.Data
	case "nav":
		return "nav: " + attribute("aria-label")
	case "h1":
		return "h1" // its text is the answer, and changes with it
	case "h2", "h3", "h4", "summary", "legend":
		return n.Data + ": " + textOf(n)
	case "form":
		return "form to " + attribute("method") + " " + attribute("action")
	case "input", "select", "textarea":
		if attribute("type") == "hidden" {
			return ""
		}
		return "field " + attribute("name")
	case "svg":
		if attribute("role") == "img" {
			return "picture " + strings.TrimSuffix(strings.Fields(attribute("aria-labelledby") + " -")[0], "-t")
		}
	case "table":
		return "table: " + tableOf(n)
	}
	return ""
}

// tableOf is a table's caption and its columns.
func tableOf(n *html.Node) string {
	var caption string
	var columns []string
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == "caption" {
			caption = textOf(n)
		}
		if n.Type == html.ElementNode && n.Data == "th" && n.Parent.Parent.Data == "thead" {
			columns = append(columns, textOf(n))
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return caption + " [" + strings.Join(columns, " | ") + "]"
}

// textOf is an element's text, with spaces as people read them.
func textOf(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(plainSpaces.Replace(out.String())), " ")
}
