package dashboards

import (
	"iter"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/sheet"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// amount is a number as a table shows it: with the digits that its interval allows.
type amount struct {
	value, low, high float64
	between          bool // low and high are known
	unit             string
}

// shownNumber is a number of either language with its unit and its interval. A unit of an
// unknown name is taken for one only behind a no-break space, as numbers have it.
var shownNumber = regexp.MustCompile(`^([−+-]?[0-9][0-9.,\x{202f}]*)(?:([ \x{a0}\x{202f}]+)([^()]*?))?(?: \(([−+-]?[0-9][0-9.,\x{202f}]*) (?:à|to) ([−+-]?[0-9][0-9.,\x{202f}]*)\))?$`)

// readShown reads a cell as a number.
func (l *language) readShown(cell string, known map[string]scaled) (a amount, ok bool) {
	found := shownNumber.FindStringSubmatch(cell)
	if found == nil {
		return a, false
	}
	a.unit = found[3]
	if _, isKnown := known[a.unit]; a.unit != "" && !isKnown && (strings.Trim(found[2], "\u00a0\u202f") != "" || strings.ContainsAny(a.unit, "0123456789 ")) {
		return a, false
	}
	if a.value, ok = l.parse(found[1]); !ok || found[4] == "" {
		return a, ok
	}
	low, lowOK := l.parse(found[4])
	high, highOK := l.parse(found[5])
	a.low, a.high, a.between = low, high, true
	return a, lowOK && highOK
}

// parse reads a number as the language writes it. What begins with a needless zero is a
// code, not a number.
func (l *language) parse(text string) (float64, bool) {
	point, group := ",", "\u202f"
	if l.code == quantity.English {
		point, group = ".", ","
	}
	plain := strings.ReplaceAll(strings.ReplaceAll(text, group, ""), "−", "-")
	whole, _, _ := strings.Cut(strings.TrimLeft(plain, "+-"), point)
	if len(whole) > 1 && whole[0] == '0' || point == "," && strings.Contains(plain, ".") {
		return 0, false
	}
	v, err := strconv.ParseFloat(strings.Replace(plain, point, ".", 1), 64)
	return v, err == nil
}

// scaled is a unit as a number of another.
type scaled struct {
	family int
	name   string
	per    float64
}

// unitsOf are the units that one column may have together.
func (l *language) unitsOf() map[string]scaled {
	families := [][]quantity.Scale{quantity.MassScales, quantity.EnergyScales, quantity.PowerScales, quantity.MoneyScales}
	for _, c := range impact.Criteria {
		families = append(families, l.criterionScales(c))
	}
	sizes := []quantity.Scale{{Unit: "o", Per: 1}, {Unit: "ko", Per: 1e3}, {Unit: "Mo", Per: 1e6}, {Unit: "Go", Per: 1e9}, {Unit: "To", Per: 1e12}}
	if l.code == quantity.English {
		sizes = []quantity.Scale{{Unit: "B", Per: 1}, {Unit: "kB", Per: 1e3}, {Unit: "MB", Per: 1e6}, {Unit: "GB", Per: 1e9}, {Unit: "TB", Per: 1e12}}
	}
	unit := func(key, n string) string {
		return strings.TrimLeft(strings.TrimPrefix(l.say(key, "n", n), n), " \u00a0\u202f")
	}
	families = append(families, sizes,
		[]quantity.Scale{{Unit: unit("seconds", "2"), Per: 1}, {Unit: unit("minutes", "2"), Per: 60}, {Unit: unit("hours", "2"), Per: 3600}},
		[]quantity.Scale{{Unit: unit("years", "2"), Per: 1}, {Unit: unit("years", "1"), Per: 1}}, // the plural names the column
		[]quantity.Scale{{Unit: unit("percent", "2"), Per: 1}},
	)
	all := map[string]scaled{}
	for i, family := range families {
		for _, s := range family {
			if _, taken := all[s.Unit]; !taken && s.Unit != "" {
				name := s.Unit
				for _, same := range family { // two words for one unit
					if same.Per == s.Per {
						name = same.Unit
						break
					}
				}
				all[s.Unit] = scaled{i, name, s.Per}
			}
		}
	}
	return all
}

// column is how a column of a table is written.
type column struct {
	numbers bool // otherwise texts
	between bool // with bounds
	unit    string
}

// columnsOf tells what the columns of a table hold, the first one left out.
func (l *language) columnsOf(t *table, known map[string]scaled) []column {
	width := 0
	for _, row := range t.Rows {
		width = max(width, len(row.Cells))
	}
	columns := make([]column, width)
	for i := range columns {
		c := &columns[i]
		var units []string
		texts := false
		for _, row := range t.Rows {
			if i >= len(row.Cells) {
				continue
			}
			if a, ok := l.readShown(row.Cells[i], known); ok {
				units = append(units, a.unit)
				c.between = c.between || a.between
			} else if !l.blank(row.Cells[i]) {
				texts = true
				break
			}
		}
		var together bool
		c.unit, together = columnUnit(units, known)
		c.numbers = !texts && together && len(units) > 0
		c.between = c.between && c.numbers
	}
	return columns
}

// cells are a cell of a table in the columns that it takes.
func (l *language) cells(c column, text string, known map[string]scaled) []sheet.Cell {
	cells := make([]sheet.Cell, 1, 3)
	if c.between {
		cells = cells[:3]
	}
	a, ok := l.readShown(text, known)
	switch {
	case !c.numbers || !ok && !l.blank(text):
		cells[0] = sheet.Text(text)
	case ok:
		k := 1.0
		if a.unit != c.unit {
			if known[a.unit].family != known[c.unit].family || known[c.unit].per == 0 { // of a later part of the list
				cells[0] = sheet.Text(text)
				break
			}
			k = known[a.unit].per / known[c.unit].per
		}
		if cells[0] = sheet.Number(a.value * k); c.between && a.between {
			cells[1], cells[2] = sheet.Number(a.low*k), sheet.Number(a.high*k)
		}
	}
	return cells
}

// sheetOf is a table whose columns of numbers are numbers in one unit, each bound of an
// interval in a column of its own. more are rows that follow those of the table, nil for
// none; failed is told when they end too early.
func (l *language) sheetOf(t *table, more iter.Seq2[tableRow, error], failed func(error)) sheet.Sheet {
	known := l.unitsOf()
	columns := l.columnsOf(t, known)
	head := func(i int) string {
		if i < len(t.Head) {
			return t.Head[i]
		}
		return ""
	}
	s := sheet.Sheet{Name: t.Caption, Columns: []string{head(0)}}
	for i, c := range columns {
		title := head(i + 1)
		if c.numbers && c.unit != "" {
			title += " (" + c.unit + ")"
		}
		s.Columns = append(s.Columns, title)
		if c.between {
			s.Columns = append(s.Columns, l.say("export.low", "of", title), l.say("export.high", "of", title))
		}
	}
	written := func(row tableRow) []sheet.Cell {
		cells := []sheet.Cell{sheet.Text(row.Header.Text)}
		for i, c := range columns {
			text := ""
			if i < len(row.Cells) {
				text = row.Cells[i]
			}
			cells = append(cells, l.cells(c, text, known)...)
		}
		return cells
	}
	s.Rows = func(yield func([]sheet.Cell) bool) {
		for _, row := range t.Rows {
			if !yield(written(row)) {
				return
			}
		}
		if more == nil {
			return
		}
		for row, err := range more {
			if err != nil {
				failed(err)
				yield([]sheet.Cell{sheet.Text(l.say("export.broken"))}) // a list that ends too early says so
				return
			}
			if !yield(written(row)) {
				return
			}
		}
	}
	return s
}

// blank tells that a cell of a column of numbers has none.
func (l *language) blank(cell string) bool {
	return slices.Contains([]string{"", "–", "—", l.say("notavailable"), l.say("notknown"), l.say("notstated"), l.say("choice.baseline")}, cell)
}

// columnUnit is the unit in which a column is written, the one most of its numbers have
// already, and whether all can be.
func columnUnit(units []string, known map[string]scaled) (string, bool) {
	if len(units) == 0 {
		return "", true
	}
	times := map[string]int{}
	first := units[0]
	for _, u := range units {
		a, isKnown := known[u]
		if u != first && (!isKnown || a.family != known[first].family || known[first].per == 0) {
			return "", false
		}
		times[u]++
	}
	best := first
	for u, n := range times {
		if n > times[best] || n == times[best] && known[u].per > known[best].per {
			best = u
		}
	}
	if name := known[best].name; name != "" && math.Abs(known[name].per-known[best].per) == 0 {
		return name, true
	}
	return best, true
}
