package dashboards

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/lifespan"
)

// unsaid are what a list may leave to be said of all lines that do not say it.
func (l *language) unsaid(list view.ImportList) []field {
	switch list.Kind {
	case view.DeviceLists:
		return l.forNewDevices(list)
	case view.RepairLists:
		return []field{{Name: "part", Kind: "select", Label: l.say("admin.import.part"),
			Options: append([]option{{"", l.say("admin.import.bycolumn"), list.Part == ""}}, l.choices("repair.part.", texts(lifespan.RepairedParts), string(list.Part))...)}}
	}
	return nil
}

// forNewDevices are what is said of new devices whose lines do not say it.
func (l *language) forNewDevices(list view.ImportList) []field {
	categories := append([]option{{"", l.say("admin.import.bycolumn"), list.Category == ""}}, l.choices("category.", texts(equipment.Categories), string(list.Category))...)
	population := list.Population
	if population == "" {
		population = equipment.Shared
	}
	return []field{
		{Name: "category", Kind: "select", Label: l.say("admin.import.category"), Options: categories},
		{Name: "population", Kind: "select", Label: l.say("admin.import.population"), Options: l.choices("population.", texts(equipment.Populations), string(population))},
		{Name: "purchased", Kind: "date", Value: list.Purchased},
	}
}

// columnFields are about what each column holds: one that is understood can be left out,
// and one that is not read given a meaning that no other has. So the page stays light, and
// a column that was misunderstood gets another meaning in two looks.
func (p *Pages) columnFields(l *language, seen *looked) []field {
	var fields []field
	taken := map[string]bool{}
	for i, c := range seen.done.Read {
		taken[c.Field] = true
		fields = append(fields, field{Name: fmt.Sprint("title.", i), Kind: "hidden", Value: c.Title}, field{Name: fmt.Sprint("column.", i), Kind: "hidden", Value: c.Field},
			field{Name: fmt.Sprint("wrong.", i), Kind: "checkbox", Label: l.say("admin.import.column.wrong", "title", c.Title, "field", l.say("admin.column."+c.Field))})
	}
	free := slices.DeleteFunc(append([]string{""}, p.Desk.ImportFields(seen.list.Kind)...), func(name string) bool { return taken[name] })
	for i, text := range seen.done.Ignored {
		n := len(seen.done.Read) + i
		fields = append(fields, field{Name: fmt.Sprint("title.", n), Kind: "hidden", Value: text},
			field{Name: fmt.Sprint("column.", n), Kind: "select", Label: l.say("admin.import.column", "title", text), Options: l.choices("admin.column.", free, "")})
	}
	return fields
}

// wordFields say what the words of the category or part column mean that are not known,
// or were said before.
func (l *language) wordFields(seen *looked) []field {
	words := append(slices.Clone(seen.done.Unknown), slices.Sorted(maps.Keys(seen.list.Words))...)
	meanings, prefix, unsaid := texts(equipment.Categories), "category.", "admin.import.choose.category"
	if seen.list.Kind == view.RepairLists {
		meanings, prefix, unsaid = append(texts(lifespan.RepairedParts), "skip"), "repair.part.", "admin.import.choose.part"
	}
	var fields []field
	for i, word := range words {
		chosen := seen.list.Words[word]
		if i >= pageWords { // its turn comes, or it was said before
			fields = append(fields, field{Name: fmt.Sprint("word.", i), Kind: "hidden", Value: word}, field{Name: fmt.Sprint("type.", i), Kind: "hidden", Value: chosen})
			continue
		}
		options := append([]option{{"", l.say(unsaid), chosen == ""}}, l.choices(prefix, meanings, chosen)...)
		fields = append(fields, field{Name: fmt.Sprint("word.", i), Kind: "hidden", Value: word}, field{Name: fmt.Sprint("type.", i), Kind: "select", Label: l.say("admin.import.word", "word", word), Options: options})
	}
	return fields
}

// columnTerms say how the columns were understood.
func (l *language) columnTerms(done *view.Imported) []term {
	var read []string
	for _, c := range done.Read {
		read = append(read, l.say("admin.import.reads", "title", c.Title, "field", l.say("admin.column."+c.Field)))
	}
	return []term{{Name: l.say("admin.import.columns"), Text: dash(strings.Join(read, ", "))}, {Name: l.say("admin.import.ignored"), Text: dash(strings.Join(done.Ignored, ", "))}}
}

func (l *language) mistakeTable(done *view.Imported) adminTable {
	t := adminTable{ID: "mistakes", Title: l.say("admin.import.mistakes"), Lead: l.say("admin.import.mistakes.lead"), Caption: l.say("admin.import.mistakes"), Head: []string{l.say("admin.line"), l.say("admin.import.wrong")}}
	for _, m := range done.Mistakes[:min(pageMistakes, len(done.Mistakes))] {
		t.Rows = append(t.Rows, adminRow{Header: link{Text: l.count(int64(m.Line))}, Cells: []string{l.retold(m.Reason)}})
	}
	if more := done.MistakesFound - len(t.Rows); more > 0 {
		t.Lead += " " + l.say("admin.import.more", "n", l.count(int64(more)))
	}
	return t
}

// changeTable shows the first lines that change something: where, what, and how it comes
// out. A preview of a wide list stays light: what its columns hold is not repeated.
func (l *language) changeTable(done *view.Imported, list view.ImportList) adminTable {
	t := adminTable{ID: "changes", Title: l.say("admin.import.changes"), Caption: l.say("admin.import.changes"), Empty: l.say("admin.import.changes.none"), Head: []string{l.say("admin.line"), l.say("admin.import.what"), l.say("admin.import.name")}}
	places := list.Kind != view.SiteLists && list.Site == 0
	if places {
		t.Head = append(t.Head, l.say("table.site"))
	}
	t.Head = append(t.Head, l.say("admin.details"))
	for _, c := range done.Changes[:min(pageChanges, len(done.Changes))] {
		outcome := l.say("admin.import.changed")
		if c.Added {
			outcome = l.say("admin.import.added")
		}
		var what []string
		if c.Added && c.Category != "" {
			what = append(what, l.say("category."+string(c.Category)))
			if product := strings.TrimSpace(c.Maker + " " + c.Model); product != "" {
				what = append(what, product)
			}
		}
		for _, one := range c.What {
			what = append(what, l.retold(one))
		}
		cells := []string{outcome, dash(c.Name)}
		if places {
			cells = append(cells, dash(c.Place))
		}
		t.Rows = append(t.Rows, adminRow{Header: link{Text: l.count(int64(c.Line))}, Cells: append(cells, dash(strings.Join(what, ", ")))})
	}
	if more := done.Added + done.Changed - len(t.Rows); more > 0 {
		t.Lead = l.say("admin.import.more", "n", l.count(int64(more)))
	}
	return t
}
