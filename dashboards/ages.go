package dashboards

import (
	"fmt"
	"slices"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// endsPicture draws how many devices are at their expected end by the end of each year.
func (l *language) endsPicture(ages []view.AgeRow) *picture {
	sums := map[int]quantity.Interval[float64]{}
	var years []int
	for _, a := range ages {
		for _, d := range a.Due {
			if _, known := sums[d.BeginsIn]; !known {
				years = append(years, d.BeginsIn)
			}
			sums[d.BeginsIn] = sums[d.BeginsIn].Plus(d.ByEnd)
		}
	}
	if len(years) == 0 {
		return nil
	}
	slices.Sort(years)
	var rows []chart.Interval
	t := table{Caption: l.say("ends.title"), Head: []string{l.say("plan.year"), l.say("ends.byend")}}
	for _, year := range years {
		s := sums[year]
		text := quantity.Format(s, []quantity.Scale{{Per: 1}}, l.code)
		rows = append(rows, chart.Interval{Label: l.say("ends.until", "year", fmt.Sprint(year+1)), Low: s.Low, Value: s.Value, High: s.High, Class: "this", Text: text.Value})
		t.Rows = append(t.Rows, tableRow{link{Text: l.say("ends.until", "year", fmt.Sprint(year+1))}, []string{l.devicesBetween(s)}})
	}
	words := l.words(l.say("ends.title"), l.say("ends.desc", "n", l.count(int64(sums[years[0]].Value)), "year", fmt.Sprint(years[0]+1)), "axis.devices")
	return &picture{words.Title, chart.Intervals("ends", words, rows, 0), t}
}

// devicesBetween writes numbers of devices, which are whole.
func (l *language) devicesBetween(s quantity.Interval[float64]) string {
	if s.Low == s.High {
		return l.count(int64(s.Value))
	}
	return l.count(int64(s.Value)) + " (" + l.say("asked.range", "low", l.count(int64(s.Low)), "high", l.count(int64(s.High))) + ")"
}

// endsTable is the same by category and year.
func (l *language) endsTable(ages []view.AgeRow) table {
	t := table{Caption: l.say("ends.category"), Head: []string{l.say("table.category"), l.say("table.devices"), l.say("device.life")}}
	for i, a := range ages {
		if i == 0 {
			for _, d := range a.Due {
				t.Head = append(t.Head, l.say("ends.until", "year", fmt.Sprint(d.BeginsIn+1)))
			}
		}
		cells := []string{l.count(int64(a.Devices)), l.yearsBetween(a.Expected)}
		for _, d := range a.Due {
			cells = append(cells, l.devicesBetween(d.ByEnd))
		}
		t.Rows = append(t.Rows, tableRow{link{Text: l.say("category." + string(a.Category))}, cells})
	}
	return t
}

func (l *language) yearsBetween(y lifespan.Span) string {
	return l.say("years", "n", l.tick(float64(y.Value))) + " (" + l.say("asked.range", "low", l.tick(float64(y.Low)), "high", l.tick(float64(y.High))) + ")"
}

// mostPyramids is of how many categories ages are drawn; all are in the table of ends.
const mostPyramids = 4

// agePictures draw the ages of the categories with most devices.
func (l *language) agePictures(ages []view.AgeRow) []picture {
	most := slices.Clone(ages)
	slices.SortStableFunc(most, func(a, b view.AgeRow) int { return b.Devices - a.Devices })
	var all []picture
	for _, a := range most[:min(len(most), mostPyramids)] {
		if a.Devices == 0 {
			continue
		}
		category := l.say("category." + string(a.Category))
		words := l.words(l.say("ages.title", "category", category), l.say("ages.desc", "n", l.count(int64(a.Devices)), "past", l.count(int64(pastLife(a))), "life", l.yearsBetween(a.Expected)), "axis.devices")
		var bars []chart.Bar
		t := table{Caption: words.Title, Head: []string{l.say("table.age"), l.say("table.devices")}}
		for age, n := range a.ByAge {
			class := "running"
			if float64(age) >= float64(a.Expected.Value) {
				class = "is-below"
			}
			bars = append(bars, chart.Bar{Label: fmt.Sprint(age), Parts: []chart.Part{{Value: float64(n), Class: class}}})
			t.Rows = append(t.Rows, tableRow{link{Text: l.say("ages.from", "n", fmt.Sprint(age))}, []string{l.count(int64(n))}})
		}
		all = append(all, picture{words.Title, chart.Bars("ages-"+string(a.Category), words, bars, nil, nil), t})
	}
	return all
}

// pastLife is how many devices have passed their expected life by whole years.
func pastLife(a view.AgeRow) (past int) {
	for age, n := range a.ByAge {
		if float64(age) >= float64(a.Expected.Value) {
			past += n
		}
	}
	return past
}
