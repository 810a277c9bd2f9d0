package dashboards

import (
	"math"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// madeText is what making one device emitted, by each method.
type madeText struct {
	Lead  string
	Table table
	Notes []string // what the intervals mean
	Why   []whyText
}

// whyText is a product that a number rests on.
type whyText struct {
	Product link
	Text    string
}

// mostNearest is how many products are named.
const mostNearest = 5

// made sets the methods side by side. Only one of them is in the figures.
func (l *language) made(rows []view.MadeRow) *madeText {
	if len(rows) == 0 {
		return nil
	}
	b := &madeText{Table: table{Caption: l.say("made.title"), Head: []string{l.say("table.method"), l.say("made.value"), l.say("table.basis"), l.say("table.counts")}}}
	for _, r := range rows {
		value, basis, counts := l.say("notavailable"), "–", l.say("made.notcounted")
		if r.Available {
			value, basis = l.massBetween(r.Embodied), l.say("basis."+basisKey(r.Basis))
			if note := l.say("basis." + basisKey(r.Basis) + ".interval"); !slices.Contains(b.Notes, note) {
				b.Notes = append(b.Notes, note)
			}
		}
		if r.Used {
			counts = l.say("sources.yes")
			b.Lead = l.say("made.lead", "method", l.say("method."+string(r.Method)))
		}
		b.Table.Rows = append(b.Table.Rows, tableRow{link{Text: l.say("method." + string(r.Method))}, []string{value, basis, counts}})
		for _, n := range r.Nearest[:min(len(r.Nearest), mostNearest)] {
			b.Why = append(b.Why, whyText{link{n.Name, n.Source}, l.say("made.nearest", "mass", l.mass(quantity.Exactly(n.Embodied)), "likeness", l.percent(n.Likeness))})
		}
	}
	return b
}

// basisKey is the key of a basis in the messages.
func basisKey(basis string) string {
	switch basis {
	case "looked up":
		return "lookedup"
	case "predicted":
		return "predicted"
	}
	return "category"
}

// powerText is what a device is taken to draw, and its year.
type powerText struct {
	Lead  string
	Table table
	Years []term
}

func (l *language) power(p *view.PowerRow) *powerText {
	if p == nil {
		return nil
	}
	b := &powerText{Lead: l.curve(p), Table: table{Caption: l.say("power.title"), Head: []string{l.say("table.state"), l.say("power.title")}}}
	for _, s := range []struct {
		key string
		w   power.Watts
	}{{"power.off", p.Off}, {"power.sleep", p.Sleep}, {"power.idle", p.Idle}, {"power.active", p.Active}} {
		b.Table.Rows = append(b.Table.Rows, tableRow{link{Text: l.say(s.key)}, []string{between(quantity.Format(s.w, quantity.PowerScales, l.code))}})
	}
	for _, y := range []struct {
		key  string
		year *footprint.Energy
	}{{"power.realyear", p.RealYear}, {"power.typicalyear", p.TypicalYear}} {
		text := l.say("notavailable")
		if y.year != nil {
			text = l.energyBetween(*y.year)
		}
		b.Years = append(b.Years, term{Name: l.say(y.key), Text: text})
	}
	return b
}

// powerClass is what devices that learn from each other have in common: a category and,
// where enough of them have a meter, a model.
func (l *language) powerClass(class string) string {
	category, model, _ := strings.Cut(class, ": ")
	if name := "category." + category; l.texts[name] != "" {
		category = l.say(name)
	}
	if model == "" {
		return category
	}
	return category + ", " + model
}

// curve says who taught the powers, or which curve they are.
func (l *language) curve(p *view.PowerRow) string {
	switch {
	case p.Devices > 0:
		return l.say("power.calibrated", "class", l.powerClass(p.Class), "n", l.count(int64(p.Devices)), "hours", l.count(int64(math.Round(p.Hours))))
	case p.Curve == power.DefaultCurve:
		return l.say("power.default")
	}
	return l.say("power.other", "curve", p.Curve)
}

// life says how much of what making a device emitted is used up, in words.
func (l *language) life(d *view.Device) string {
	if d.Lifetime.Value <= 0 {
		return ""
	}
	years := []string{"age", l.say("years", "n", l.number(d.Device.AgeYears, 1)), "life", l.say("years", "n", l.number(float64(d.Lifetime.Value), 0))}
	if d.Amortised >= 1 {
		return l.say("life.over", years...)
	}
	left := ""
	for _, r := range d.Made {
		if r.Used && r.Available {
			left = " " + l.say("life.left", "mass", l.mass(r.Embodied.Times(max(0, 1-d.Amortised))))
		}
	}
	return l.say("life.within", append(years, "share", l.percent(d.Amortised))...) + left
}

// methodNote says which method the figures of a page are of.
func (l *language) methodNote(m impact.Method) string {
	if m == "" {
		return ""
	}
	return l.say("footer.method."+string(m), "method", string(m))
}
