package dashboards

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/footprint"
)

// movedText is what changes of the model did to the figures of the organisations that the
// person sees.
type movedText struct {
	Said    []string
	Figures table
	More    string // that there are more
	Factors table  // the rows that changed
}

// How many changes of the model are told, and how many figures that they moved: the latest
// ones. All of them are in the API.
const (
	mostMoved        = 12
	mostMovedFigures = 60
)

// moved tells what each change of the model did.
func (p *Pages) moved(r *http.Request, l *language) (*movedText, error) {
	if p.Versions == nil {
		return nil, nil
	}
	all, err := p.Versions.ModelChanges(r.Context())
	if err != nil {
		return nil, err
	}
	formulas, err := footprint.Changes()
	if err != nil {
		return nil, err
	}
	b := &movedText{
		Figures: table{Caption: l.say("moved.figures"), Head: []string{l.say("table.organisation"), l.say("table.day"), l.say("moved.model"), l.say("moved.year"), l.say("moved.was"), l.say("moved.now"), l.say("moved.because")}},
		Factors: table{Caption: l.say("moved.factors"), Head: []string{l.say("moved.factor"), l.say("table.day"), l.say("moved.was"), l.say("moved.now")}},
	}
	for _, c := range all[:min(mostMoved, len(all))] {
		day, from, to := l.date(c.Since.In(l.where)), l.modelName(c.From, c.To), l.modelName(c.To, c.From)
		for _, f := range c.Figures {
			address := fmt.Sprintf("/organisations/%d", f.Organisation)
			if !view.UserOf(r.Context()).May(address) {
				continue
			}
			if len(b.Figures.Rows) == mostMovedFigures {
				b.More = l.say("moved.most", "n", l.count(mostMovedFigures))
				break
			}
			name, because := f.Name, l.movedBy(c, f, formulas)
			if f.Simulated {
				name = l.say("monitor.simulated", "name", f.Name)
			}
			if len(b.Said) == 0 || c.Since.Equal(all[0].Since) && len(b.Said) < 3 {
				b.Said = append(b.Said, l.say("moved.sentence."+f.Per, "date", day, "from", from, "to", to, "name", name, "was", l.massBetween(f.Was), "now", l.massBetween(f.Now), "because", because))
			}
			b.Figures.Rows = append(b.Figures.Rows, tableRow{link{name, address}, []string{day, l.say("moved.from.to", "from", from, "to", to), l.schoolYear(f.SchoolYear), l.massBetween(f.Was), l.massBetween(f.Now), because}})
		}
		for _, row := range c.Factors {
			name := l.factorName(row.Key)
			for _, part := range []string{row.Region, row.From} {
				if part != "" {
					name += " · " + part
				}
			}
			to := link{Text: name}
			if _, there := l.known[row.Key]; there {
				to.URL = factorURL(row.Key)
			}
			b.Factors.Rows = append(b.Factors.Rows, tableRow{to, []string{day, l.numberOf(row.Was, row.Unit), l.numberOf(row.Now, row.Unit)}})
		}
	}
	if len(b.Figures.Rows) == 0 {
		b.Said = []string{l.say("moved.none")}
	}
	return b, nil
}

// modelName names a model by what tells it from another.
func (l *language) modelName(m, other view.ModelOf) string {
	var parts []string
	if m.Version != other.Version || m.Factors == other.Factors && m.Method == other.Method {
		parts = append(parts, l.say("moved.version", "n", fmt.Sprint(m.Version)))
	}
	if m.Factors != other.Factors {
		parts = append(parts, l.say("moved.set", "name", m.Factors))
	}
	if m.Method != other.Method {
		parts = append(parts, l.say("method."+string(m.Method)))
	}
	return list(parts)
}

// mostBecause is how many rows are named as a cause.
const mostBecause = 3

// movedBy is why a figure moved: the changes of the formulas, the changed rows that it
// stands on, and the method.
func (l *language) movedBy(c view.ModelChange, f view.FigureChange, formulas []footprint.Change) string {
	var causes []string
	for _, one := range formulas {
		if low, high := min(c.From.Version, c.To.Version), max(c.From.Version, c.To.Version); one.Version > low && one.Version <= high {
			causes = append(causes, strings.TrimSuffix(l.say("change."+one.Name), "."))
		}
	}
	for i, key := range f.Keys {
		if i == mostBecause {
			causes = append(causes, l.say("moved.more", "n", l.count(int64(len(f.Keys)-mostBecause))))
			break
		}
		at := slices.IndexFunc(c.Factors, func(row view.FactorChange) bool { return row.Key == key })
		row := c.Factors[at]
		causes = append(causes, l.say("moved.row", "key", key, "was", l.numberOf(row.Was, row.Unit), "now", l.numberOf(row.Now, row.Unit)))
	}
	if c.From.Method != c.To.Method {
		causes = append(causes, l.say("moved.method", "from", l.say("method."+string(c.From.Method)), "to", l.say("method."+string(c.To.Method))))
	}
	if len(causes) == 0 {
		return l.say("moved.nothing")
	}
	return strings.Join(causes, l.say("moved.and"))
}

// numberOf is the value of a row with its bounds.
func (l *language) numberOf(n *view.Number, unit string) string {
	if n == nil {
		return "–"
	}
	text := l.plain(n.Value) + "\u00a0" + unit
	if n.Low != n.High {
		text += " (" + l.say("asked.range", "low", l.plain(n.Low), "high", l.plain(n.High)) + ")"
	}
	return text
}
