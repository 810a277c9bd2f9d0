package dashboards

import (
	"net/http"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/report"
)

// dayText is one day of a device by the quarter of an hour, and the form that asks
// for another.
type dayText struct {
	Asked   bool
	Title   string
	Said    []string // where the windows come from, or why there are none
	Picture *picture
	Value   string // of the field
	Wrong   string // what is wrong with the day that was asked for
	Year    int    // a school year that was chosen; 0: none
}

// dayOf is the day that the address asks for; nil for a device that never reported.
func (p *Pages) dayOf(r *http.Request, g *page, d *view.Device) (*dayText, error) {
	l := g.language
	asked := r.URL.Query().Get("day")
	if asked == "" && d.Facts.Windows == 0 {
		return nil, nil
	}
	t := &dayText{Value: asked, Year: g.year}
	if asked == "" {
		return t, nil
	}
	day, err := calendar.ParseDay(asked)
	if err != nil || day.Year() < 2000 || day > calendar.DayOf(p.Clock(), p.Location) {
		t.Wrong = l.say("day.wrong", "example", calendar.DayOf(p.Clock(), p.Location).String())
		g.status = http.StatusBadRequest
		return t, nil
	}
	v, err := p.Source.Windows(r.Context(), d.Device.ID, day.Start(p.Location), (day + 1).Start(p.Location))
	if err != nil {
		return nil, err
	}
	t.Asked, t.Title = true, l.say("day.title", "day", l.date(day.UTC()))
	t.Said = l.daySaid(v)
	t.Picture = l.windowsPicture(byQuarter(v.Rows), d.Virtual != nil, l.say("day.load", "day", l.date(day.UTC())))
	return t, nil
}

// daySaid says where windows come from, and what is missing.
func (l *language) daySaid(v *view.Windows) []string {
	var said []string
	switch before := l.date(v.LedgerFrom.In(l.where)); {
	case v.History == view.HistoryUnavailable:
		said = append(said, l.say("day.history.unavailable", "before", before))
	case v.History == view.HistoryNone && v.Source == view.FromLedger && len(v.Rows) == 0:
		said = append(said, l.say("day.history.none", "before", before))
	}
	if len(v.Rows) == 0 {
		return append(said, l.say("day.none"))
	}
	return append(said, l.say("day.source."+strings.ReplaceAll(v.Source, " ", "")))
}

// byQuarter puts the windows that lie in one quarter of an hour together: a table of
// a day has about a hundred rows, whatever the agent's windows are.
func byQuarter(rows []view.WindowRow) []view.WindowRow {
	var all []view.WindowRow
	for _, row := range rows {
		last := len(all) - 1
		if last < 0 || !row.Start.Truncate(report.WindowLength).Equal(all[last].Start.Truncate(report.WindowLength)) {
			all = append(all, row)
			continue
		}
		q := &all[last]
		if running := q.RunningMs + row.RunningMs; running > 0 {
			q.Load = (q.Load*float64(q.RunningMs) + row.Load*float64(row.RunningMs)) / float64(running)
			q.MemUsedMiB = (q.MemUsedMiB*q.RunningMs + row.MemUsedMiB*row.RunningMs) / running
		}
		q.SpanS, q.RunningMs, q.SuspendedMs, q.OffMs = q.SpanS+row.SpanS, q.RunningMs+row.RunningMs, q.SuspendedMs+row.SuspendedMs, q.OffMs+row.OffMs
		q.NetB, q.DiskB, q.Energy = q.NetB+row.NetB, q.DiskB+row.DiskB, q.Energy.Plus(row.Energy)
		if len(row.Sources) > 0 {
			q.Sources = row.Sources
		}
	}
	return all
}

// mostWindows is how many windows a picture shows: the quarter hours of the longest
// day, when summer time ends.
const mostWindows = 100

// windowsPicture shows the load of windows, under a title, and a table with all of
// each; nil where there are none.
func (l *language) windowsPicture(windows []view.WindowRow, virtual bool, title string) *picture {
	if len(windows) == 0 {
		return nil
	}
	shown := last(windows, mostWindows)
	t := table{Caption: title, Head: []string{l.say("table.start"), l.say("table.length"), l.say("table.running"), l.say("table.load"), l.say("table.memory"), l.say("table.network"), l.say("table.disk"), l.say("table.energy"), l.say("table.source")}}
	var bars []chart.Bar
	var latest time.Time
	for i, w := range shown {
		label := ""
		if i%max(1, len(shown)/6) == 0 {
			label = l.clock(w.Start)
		}
		if w.RunningMs > 0 {
			bars = append(bars, chart.Bar{Label: label, Parts: []chart.Part{{Value: 100 * w.Load, Class: "running"}}})
		}
		latest = w.Start
		energy, source := "–", "–"
		if !virtual {
			energy = l.energy(w.Energy)
		}
		if len(w.Sources) > 0 {
			source = strings.Join(w.Sources, ", ")
		}
		t.Rows = append(t.Rows, tableRow{link{Text: l.moment(w.Start)}, []string{
			l.length(w.SpanS * 1000), l.length(w.RunningMs), l.say("percent", "n", l.number(100*w.Load, 1)),
			l.memory(w.MemUsedMiB), l.bytes(w.NetB), l.bytes(w.DiskB), energy, source,
		}})
	}
	if len(bars) == 0 {
		return &picture{Title: title, Table: t}
	}
	w := l.words(title, l.say("windows.load.desc", "n", l.count(int64(len(bars))), "last", l.clock(latest)), "axis.load")
	return &picture{w.Title, chart.Bars("windows", w, bars, []chart.Part{{Class: "running"}}, []string{l.say("table.load")}), t}
}
