package dashboards

import (
	"fmt"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/profile"
)

// seen says how many of the devices that are expected to report do.
func (l *language) seen(c view.Coverage) string {
	expected := c.Devices - c.Agentless
	if expected <= 0 {
		return ""
	}
	return l.say("coverage.seen", "n", l.count(c.Reporting), "all", l.count(expected), "percent", l.percent(float64(c.Reporting)/float64(expected)))
}

// years shows the footprint school year by school year, and says whether it changes. Of
// one year there is nothing to draw.
func (l *language) years(all []view.YearRow) (*picture, string) {
	var rows []view.YearRow
	for _, y := range all {
		if y.Headline.Comparison.Verdict != profile.Unknown && y.Headline.Devices > 0 && y.Headline.Per == all[len(all)-1].Headline.Per {
			rows = append(rows, y)
		}
	}
	switch len(rows) {
	case 0:
		return nil, ""
	case 1:
		return nil, l.say("trend.one", "year", l.schoolYear(rows[0].SchoolYear))
	}
	t := table{Caption: l.say("trend.title." + rows[0].Headline.Per), Head: []string{l.say("table.schoolyear"), l.say("table.total"), l.say("table.reference"), l.say("table.devices")}}
	var points []chart.Year
	for _, y := range rows {
		own, reference := y.Headline.Yearly.Total(), y.Headline.Reference.Total()
		name := fmt.Sprintf("%d-%02d", y.SchoolYear, (y.SchoolYear+1)%100)
		points = append(points, chart.Year{
			Label: name, Low: kg(own.Low), Value: kg(own.Value), High: kg(own.High), Reference: kg(reference.Value), Text: l.mass(own), Open: !y.Complete,
		})
		if !y.Complete {
			name = l.say("trend.open", "year", name)
		}
		t.Rows = append(t.Rows, tableRow{link{Text: name}, []string{l.massBetween(own), l.massBetween(reference), l.count(y.Headline.Devices)}})
	}
	first, last := rows[0].Headline.Yearly.Total(), rows[len(rows)-1].Headline.Yearly.Total()
	verdict := "same"
	switch {
	case last.Overlaps(first):
	case last.Value > first.Value:
		verdict = "more"
	default:
		verdict = "less"
	}
	said := l.say("trend."+verdict, "first", l.mass(first), "last", l.mass(last), "from", l.schoolYear(rows[0].SchoolYear), "to", l.schoolYear(rows[len(rows)-1].SchoolYear))
	words := l.words(t.Caption, said, "axis.yearly")
	return &picture{t.Caption, chart.Years("years", words, points, l.say("compare.reference")), t}, said
}
