package dashboards

import (
	"math"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// explained is the picture of what leads from the reference to this, and the largest
// cause in a sentence.
type explained struct {
	Because string
	Picture picture
}

// hardlyAny is the share of the longest bar below which a step is not drawn; the
// table has it.
const hardlyAny = 0.002

// notable is the share of the reference below which a cause is not worth a word.
const notable = 0.05

// explain draws a waterfall. per is "pupil", "device" or "this"; devices is how many
// a pupil has to work at, 0 where that is not known.
func (l *language) explain(w *profile.Waterfall, per string, devices float64) *explained {
	if w == nil || w.Comparison.Verdict == profile.Unknown {
		return nil
	}
	e := &explained{Because: l.because(w, devices)}
	longest := math.Max(kg(w.Reference.Value), kg(w.Fleet.Value))
	reference, this := l.say("compare.reference"), l.say("compare.this."+per)
	total := func(label, class string, m footprint.Mass) chart.Step {
		return chart.Step{Label: label, To: kg(m.Value), Low: kg(m.Low), High: kg(m.High), Text: l.inKg(m), Class: class}
	}
	bars := []chart.Step{total(reference, "reference", w.Reference)}
	t := table{Caption: l.say("waterfall.title." + per), Head: []string{"", l.say("table.change"), l.say("table.after")}}
	t.Rows = append(t.Rows, tableRow{link{Text: reference}, []string{"", l.massBetween(w.Reference)}})
	for _, s := range w.Steps {
		label := l.say("waterfall." + string(s.Driver))
		t.Rows = append(t.Rows, tableRow{link{Text: label}, []string{l.changeBetween(s.Change), l.inKg(quantity.Exactly(s.To))}})
		if math.Abs(kg(s.Change.Value)) <= hardlyAny*longest {
			continue
		}
		class := "above"
		if s.Change.Value < 0 {
			class = "below"
		}
		bars = append(bars, chart.Step{
			Label: label, From: kg(s.From), To: kg(s.To), Low: kg(s.From + s.Change.Low), High: kg(s.From + s.Change.High),
			Text: l.change(s.Change), Class: class,
		})
	}
	bars = append(bars, total(this, "this", w.Fleet))
	t.Rows = append(t.Rows, tableRow{link{Text: this}, []string{"", l.massBetween(w.Fleet)}})
	desc := l.say("compare.desc", "this", this+" "+l.massBetween(w.Fleet), "reference", l.massBetween(w.Reference)) + " " + e.Because
	words := l.words(t.Caption, desc, "axis.yearly")
	e.Picture = picture{Title: words.Title, Table: t}
	if !slices.ContainsFunc(w.Steps, func(s profile.Step) bool { return math.Abs(float64(s.Ratio)) > notable }) {
		e.Because = l.say("waterfall.nothing")
		return e
	}
	e.Picture.SVG = chart.Waterfall("waterfall", words, bars)
	return e
}

// because names the largest cause of a difference, or the two that cancel out.
func (l *language) because(w *profile.Waterfall, devices float64) string {
	if len(w.Steps) == 0 {
		return ""
	}
	by := func(a, b profile.Step) int { return int(math.Copysign(1, float64(a.Change.Value-b.Change.Value))) }
	up, down := slices.MaxFunc(w.Steps, by), slices.MinFunc(w.Steps, by)
	switch w.Comparison.Verdict {
	case profile.Above:
		return l.say("waterfall.mostly", "cause", l.cause(up, devices), "change", l.change(up.Change))
	case profile.Below:
		return l.say("waterfall.mostly", "cause", l.cause(down, devices), "change", l.change(down.Change))
	}
	if up.Ratio > notable && down.Ratio < -notable {
		return l.say("waterfall.balance", "up", l.cause(up, devices), "upchange", l.change(up.Change), "down", l.cause(down, devices), "downchange", l.change(down.Change))
	}
	return ""
}

// cause says what a step is, by its direction.
func (l *language) cause(s profile.Step, devices float64) string {
	if s.Driver == profile.Devices && devices > 0 {
		return l.say("cause.devices", "n", l.times(devices))
	}
	way := "more"
	if s.Change.Value < 0 {
		way = "less"
	}
	return l.say("cause." + string(s.Driver) + "." + way)
}

// devicesPerPupil counts the devices that pupils work at for one of them; 0 where the
// number of pupils is not known.
func devicesPerPupil(f view.Fleet) float64 {
	if f.Headline.Per != "pupil" || f.Headline.Pupils == 0 {
		return 0
	}
	n := int64(0)
	for _, c := range f.Categories {
		ofPupils := c.Population == equipment.Individual || c.Population == equipment.Shared
		switch c.Category {
		case equipment.Laptop, equipment.Desktop, equipment.Tablet, equipment.ThinClient, equipment.Smartphone:
			if ofPupils && !slices.Contains(f.NotCounted, c.Category) {
				n += c.Devices
			}
		}
	}
	return float64(n) / float64(f.Headline.Pupils)
}

// kgOnly keeps the numbers of a picture in the unit of its axis.
var kgOnly = []quantity.Scale{{Unit: "kgCO2e", Per: 1000}}

func (l *language) inKg(m footprint.Mass) string {
	return withUnit(quantity.Format(m, kgOnly, l.code))
}

// change and changeBetween write a difference with its sign.
func (l *language) change(m footprint.Mass) string {
	return withSign(withUnit(quantity.Format(m, kgOnly, l.code)))
}

func (l *language) changeBetween(m footprint.Mass) string {
	return withSign(between(quantity.Format(m, kgOnly, l.code)))
}

// withSign puts a plus before what is above zero as written.
func withSign(text string) string {
	number, _, _ := strings.Cut(text, "\u00a0")
	if strings.HasPrefix(number, "−") || !strings.ContainsAny(number, "123456789") {
		return text
	}
	return "+" + text
}

// list writes words with commas between them.
func list(words []string) string { return strings.Join(words, ", ") }

// categoryList names categories.
func (l *language) categoryList(all []equipment.Category) string {
	var names []string
	for _, c := range all {
		names = append(names, l.say("category."+string(c)))
	}
	return list(names)
}
