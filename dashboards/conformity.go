package dashboards

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ecoparc/ecoparc/models/profile"
)

// tallied is how many devices are what the reference asks for: a sentence, a bar
// and a table.
type tallied struct {
	Lead  string
	Parts []provenancePart
	Table table
}

// tally counts devices by what they are beside the reference; nil for none.
func (l *language) tally(t profile.Tally) *tallied {
	if t.Devices == 0 {
		return nil
	}
	b := &tallied{Table: table{Caption: l.say("conformity.title"), Head: []string{"", l.say("table.devices"), l.say("table.share"), l.say("table.inwhat")}}}
	var said []string
	x := 0.0
	for _, class := range profile.Classes {
		n := t.Classes[class]
		if n == 0 {
			continue
		}
		share := float64(n) / float64(t.Devices)
		name := l.say("conformity." + string(class))
		b.Parts = append(b.Parts, provenancePart{
			Class: "is-" + string(class), Label: name, Percent: l.count(n),
			X: fmt.Sprintf("%.2f", x), Width: fmt.Sprintf("%.2f", 100*share),
		})
		x += 100 * share
		said = append(said, l.say("conformity.count."+string(class), "n", l.count(n)))
		b.Table.Rows = append(b.Table.Rows, tableRow{link{Text: name}, []string{l.count(n), l.percent(share), l.inWhat(t, class)}})
	}
	b.Lead = l.say("conformity.lead", "all", l.count(t.Devices), "said", list(said))
	return b
}

// inWhat names the aspects of a class, the most frequent first.
func (l *language) inWhat(t profile.Tally, class profile.Class) string {
	counts := map[profile.Class]map[profile.Aspect]int64{profile.ClassBelow: t.Below, profile.ClassAbove: t.Above, profile.ClassUnknown: t.Unknown}[class]
	var found []profile.Aspect
	for _, a := range profile.Aspects {
		if counts[a] > 0 {
			found = append(found, a)
		}
	}
	slices.SortStableFunc(found, func(a, b profile.Aspect) int { return cmp.Compare(counts[b], counts[a]) })
	var said []string
	for _, a := range found {
		said = append(said, l.say("conformity.aspect", "aspect", l.say("aspect."+string(a)), "n", l.count(counts[a])))
	}
	if said == nil {
		return "–"
	}
	return list(said)
}

// conformText is how one device stands beside the reference.
type conformText struct {
	Lead  string
	Table table
}

func (l *language) conformity(c *profile.Conformity) *conformText {
	if c == nil {
		return nil
	}
	b := &conformText{Lead: l.say("conformity.this." + string(c.Class)), Table: table{
		Caption: l.say("conformity.title"), Head: []string{"", l.say("table.has"), l.say("table.asked"), l.say("table.verdict")},
	}}
	for _, f := range c.Findings {
		have := l.say("notknown")
		if f.Class != profile.ClassUnknown {
			have = l.aspect(f.Aspect, f.Have)
		}
		b.Table.Rows = append(b.Table.Rows, tableRow{link{Text: l.say("aspect." + string(f.Aspect))}, []string{have, l.asked(f), l.say("conformity." + string(f.Class))}})
	}
	return b
}

// asked is what the reference asks for in an aspect.
func (l *language) asked(f profile.Finding) string {
	switch {
	case f.AtLeast > 0 && f.AtMost > 0:
		return l.say("asked.between", "least", l.aspect(f.Aspect, f.AtLeast), "most", l.aspect(f.Aspect, f.AtMost))
	case f.AtLeast > 0:
		return l.say("asked.least", "least", l.aspect(f.Aspect, f.AtLeast))
	}
	return l.say("asked.most", "most", l.aspect(f.Aspect, f.AtMost))
}

// aspect writes a number with the unit of its aspect.
func (l *language) aspect(a profile.Aspect, v float64) string {
	decimals := 1
	if v == float64(int64(v)) {
		decimals = 0
	}
	return l.say("aspect.value."+string(a), "n", l.number(v, decimals))
}
