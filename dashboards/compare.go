package dashboards

import (
	"slices"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/profile"
)

// referenceNote says what the reference is worth; empty for an official one.
func (l *language) referenceNote(h view.Headline) string {
	own := slices.ContainsFunc(h.Profiles, func(p factor.Profile) bool { return p.Override })
	switch {
	case own && h.Provisional:
		return l.say("reference.own.provisional", "names", l.profileNames(h.Profiles))
	case own:
		return l.say("reference.own", "names", l.profileNames(h.Profiles))
	case h.Provisional:
		return l.say("reference.provisional")
	}
	return ""
}

// profileName is the name of a shipped profile in words; that of a council's own is
// its key.
func (l *language) profileName(key string) string {
	if text, ok := l.texts["sources.profile."+key]; ok {
		return text
	}
	return key
}

func (l *language) profileNames(all []factor.Profile) string {
	var names []string
	for _, p := range all {
		names = append(names, l.profileName(p.Key))
	}
	return list(names)
}

// referenceLabel tells a council's own reference from a shipped one.
func (l *language) referenceLabel(all []factor.Profile) string {
	if slices.ContainsFunc(all, func(p factor.Profile) bool { return p.Override }) {
		return l.say("compare.reference.own")
	}
	if slices.ContainsFunc(all, func(p factor.Profile) bool { return p.Provisional }) {
		return l.say("compare.reference.shipped")
	}
	return l.say("compare.reference")
}

// comparePicture sets the headline beside the reference, and beside the shipped one
// where a council has its own; the sentences are about these others.
func (l *language) comparePicture(h view.Headline, per string) (*picture, []string) {
	if h.Comparison.Verdict == profile.Unknown {
		return nil, nil
	}
	type row struct {
		label, class, ratio string
		figure              footprint.Figure
	}
	rows := []row{{l.say("compare.this." + per), "this", "–", h.Yearly}, {l.say("compare.reference"), "reference", l.ratio(h.Comparison), h.Reference}}
	var beside []string
	if len(h.Beside) > 0 {
		rows[1].label = l.referenceLabel(h.Profiles)
	}
	for _, b := range h.Beside {
		if b.Comparison.Verdict == profile.Unknown {
			continue
		}
		label := l.referenceLabel(b.Profiles)
		rows = append(rows, row{label, "reference", l.ratio(b.Comparison), b.Reference})
		beside = append(beside, l.say("compare.beside."+string(b.Comparison.Verdict), "ratio", l.ratio(b.Comparison), "names", l.profileNames(b.Profiles)))
	}
	pic := &picture{Title: l.say("compare.title"), Table: table{
		Caption: l.say("compare.title"),
		Head:    []string{"", l.say("table.embodied"), l.say("table.use"), l.say("table.energy"), l.say("table.total"), l.say("table.ratio")},
	}}
	var intervals []chart.Interval
	for _, r := range rows {
		t := r.figure.Total()
		intervals = append(intervals, chart.Interval{
			Label: r.label, Low: kg(t.Low), Value: kg(t.Value), High: kg(t.High), Text: l.mass(t), Class: r.class,
		})
		pic.Table.Rows = append(pic.Table.Rows, tableRow{link{Text: r.label}, []string{
			l.massBetween(r.figure.Embodied), l.massBetween(r.figure.Use), l.energy(r.figure.Energy), l.massBetween(t), r.ratio,
		}})
	}
	desc := l.say("compare.desc", "this", rows[0].label+" "+l.massBetween(h.Yearly.Total()), "reference", l.massBetween(h.Reference.Total()))
	pic.SVG = chart.Intervals("compare", l.words(pic.Title, desc, "axis.yearly"), intervals, kg(h.Reference.Total().Value))
	return pic, beside
}
