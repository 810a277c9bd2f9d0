package dashboards

import (
	"fmt"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// lifeText is what a device has cost and how long it will last.
type lifeText struct {
	Lead    string
	Said    string // how much of its making is used up
	Picture picture
	Costs   []figure
}

// lifeSentence is the first sentence of a device's page: what it has cost, and how long
// it will last.
func (l *language) lifeSentence(d *view.Device) string {
	life := d.Life
	if life == nil {
		return l.sentence(d.Headline, "this")
	}
	years := l.say("years", "n", l.number(float64(life.Years), 1))
	cost := l.say("life.cost.mass", "mass", l.massBetween(life.Cost()), "years", years)
	if paid := life.Paid(); paid != nil {
		cost = l.say("life.cost.both", "mass", l.massBetween(life.Cost()), "money", l.wholeEuros(*paid), "years", years)
	}
	switch {
	case !life.Ended.IsZero():
		return l.say("life.sentence.ended", "cost", cost, "date", l.date(life.Ended.In(l.where)))
	case life.Left == nil:
		return l.say("life.sentence.open", "cost", cost)
	}
	left := quantity.Format(life.Left.Interval, quantity.PlainScale, l.code)
	key := "life.sentence.left"
	if !life.Expected.After(life.At) {
		key = "life.sentence.past"
	}
	return l.say(key, "cost", cost, "left", l.say("years", "n", left.Value), "range", left.Range)
}

// wholeEuros writes an amount with its interval, and no cents.
func (l *language) wholeEuros(m quantity.Interval[quantity.Euros]) string {
	t := quantity.Format(m, eurosOnly, l.code)
	if half := (m.High - m.Low) / 2; half < 10 {
		t.Value = l.number(float64(m.Value), 0)
		if t.Range != "" {
			t.Range = l.say("asked.range", "low", l.number(float64(m.Low), 0), "high", l.number(float64(m.High), 0))
		}
	}
	return between(t)
}

// yearAt is an instant as a calendar year with its part: 2026.5 is the middle of 2026.
func yearAt(t time.Time) float64 {
	begins := time.Date(t.Year(), 1, 1, 0, 0, 0, 0, t.Location())
	return float64(t.Year()) + float64(t.Sub(begins))/float64(begins.AddDate(1, 0, 0).Sub(begins))
}

// monthAndYear writes when something is expected: a day would say too much.
func (l *language) monthAndYear(t time.Time) string {
	t = t.In(l.where)
	return l.month(t) + " " + fmt.Sprint(t.Year())
}

// lifeLine draws a device's life.
func (l *language) lifeLine(d *view.Device) *lifeText {
	life := d.Life
	if life == nil {
		return nil
	}
	b := &lifeText{Lead: l.say("life.lead", "made", l.mass(life.Made), "used", l.mass(life.Used)), Said: l.life(d), Costs: l.lifeCosts(d)}
	if life.Parts.Value > 0 {
		b.Lead += " " + l.say("life.lead.parts", "mass", l.mass(life.Parts))
	}
	if life.Price != nil {
		b.Lead += " " + l.say("life.lead."+priceKey(life.Price.From), "price", l.wholeEuros(life.Price.Interval))
	}
	begun, until := d.Device.InService.In(l.where), life.At
	if !life.Ended.IsZero() {
		until = life.Ended
	}
	end := min(yearAt(until.In(l.where)), yearAt(life.Expected.In(l.where)))
	rows := []chart.Moment{
		{Label: l.say("life.row.service"), Text: l.say("years", "n", l.number(float64(life.Years), 1)), From: yearAt(begun), To: yearAt(until.In(l.where)), Class: "this"},
		{Label: l.say("life.row.amortised"), Text: l.percent(d.Amortised), From: yearAt(begun), To: end, Low: yearAt(begun), High: yearAt(life.Expected.In(l.where)), Class: "other"},
	}
	t := table{Caption: l.say("life.picture"), Head: []string{"", l.say("life.column.from"), l.say("life.column.to"), l.say("life.column.how")}}
	t.Rows = []tableRow{
		{link{Text: rows[0].Label}, []string{l.shortDate(begun), l.shortDate(until), rows[0].Text}},
		{link{Text: rows[1].Label}, []string{l.shortDate(begun), l.shortDate(life.Expected), rows[1].Text}},
	}
	for _, e := range life.Events {
		if e.Kind == view.EventInService {
			continue
		}
		on, label, how := l.shortDate(e.On), l.eventLabel(e), "–"
		moment := on
		if e.Repair != nil {
			moment = l.repairMoment(e)
			if _, about, ok := strings.Cut(moment, " · "); ok {
				how = about
			}
		}
		at := yearAt(e.On.In(l.where))
		rows = append(rows, chart.Moment{Label: label, Text: moment, From: at, To: at, Class: "above"})
		t.Rows = append(t.Rows, tableRow{link{Text: label}, []string{on, on, how}})
	}
	if ends := life.Ends; ends != nil {
		label, at := l.say("life.row.ends"), yearAt(ends.Expected.In(l.where))
		rows = append(rows, chart.Moment{Label: label, Text: l.monthAndYear(ends.Expected), From: at, To: at, Low: yearAt(ends.Earliest.In(l.where)), High: yearAt(ends.Latest.In(l.where)), Class: "this"})
		t.Rows = append(t.Rows, tableRow{link{Text: label}, []string{l.monthAndYear(ends.Earliest), l.monthAndYear(ends.Latest), l.monthAndYear(ends.Expected)}})
	}
	words := l.words(t.Caption, l.lifeSentence(d), "axis.years")
	b.Picture = picture{Title: words.Title, SVG: chart.LifeLine("life", words, rows, yearAt(life.At.In(l.where)), l.shortDate(life.At)), Table: t}
	return b
}

// priceKey is the key of where a price is from.
func priceKey(from string) string {
	if from == "purchase" {
		return "purchase"
	}
	return "factor"
}

// lifeCosts are the parts of what a device has cost, each with its formula.
func (l *language) lifeCosts(d *view.Device) []figure {
	life := d.Life
	years := l.say("years", "n", l.number(float64(life.Years), 1))
	formula := []string{l.say("life.formula.mass"), l.say("life.formula.mass.here", "made", l.massBetween(life.Made), "parts", l.massBetween(life.Parts), "yearly", l.massBetween(d.Device.Yearly.Use), "years", years), l.say("formula.interval")}
	var parts []string
	for _, e := range life.Events {
		if e.Repair != nil && e.Repair.Factor != "" {
			parts = append(parts, e.Repair.Factor)
		}
	}
	costs := []figure{{
		Label: l.say("life.figure.mass"), Text: quantity.Format(life.Cost(), quantity.MassScales, l.code), From: l.mostly(d.Period.MassFrom), Factors: l.factorLinks(append(parts, d.Headline.FactorKeys...)),
		Formula: formula,
	}}
	if paid := life.Paid(); paid != nil {
		keys := []string{"price.electricity"}
		if priceKey(life.Price.From) == "factor" {
			keys = append(keys, life.Price.From)
		}
		costs = append(costs, figure{
			Label: l.say("life.figure.money"), Text: quantity.Format(*paid, eurosOnly, l.code), Factors: l.factorLinks(keys),
			Formula: []string{l.say("life.formula.money"), l.say("life.formula.money.here", "price", l.wholeEuros(life.Price.Interval), "electricity", l.wholeEuros(*life.Electricity), "repairs", l.say("admin.device.euros", "n", l.number(float64(life.Repairs), 0)), "years", years)},
		})
	}
	if left := life.Left; left != nil {
		key, _ := strings.CutSuffix(left.From, " less age")
		costs = append(costs, figure{
			Label: l.say("life.figure.left"), Text: l.inYears(left.Interval),
			Formula: []string{l.say("life.formula.left")}, Factors: l.factorLinks([]string{key, "lifetime.past_expected"}),
		})
	}
	return costs
}

// inYears is a number of years, one of them in the singular.
func (l *language) inYears(i quantity.Interval[quantity.Years]) quantity.Text {
	t := quantity.Format(i, quantity.PlainScale, l.code)
	t.Unit = l.say("unit.years", "n", t.Value)
	return t
}

// batteryText is how a battery does.
type batteryText struct {
	Said    []string
	Picture *picture
}

func (l *language) battery(d *view.Device) *batteryText {
	v := d.Battery
	if v == nil {
		return nil
	}
	held := func(mWh int64) string { return l.exactEnergy(float64(mWh) / 1000) }
	b := &batteryText{Said: []string{l.say("battery.now", "percent", l.percent(v.Health), "full", held(v.FullMWh), "design", held(v.DesignMWh))}}
	if v.Cycles > 0 {
		b.Said[0] += " " + l.say("battery.cycles", "n", l.count(v.Cycles))
	}
	level := l.percent(v.WornAt)
	switch w := v.Wear; {
	case v.Health < v.WornAt:
		b.Said = append(b.Said, l.say("battery.worn", "level", level))
	case w == nil:
		b.Said = append(b.Said, l.say("battery.short", "weeks", l.count(lifespan.MinWearWeeks), "days", l.count(lifespan.MinWearDays)))
	case w.Expected.IsZero():
		b.Said = append(b.Said, l.say("battery.steady", "level", level))
	default:
		key, latest := "battery.wear", ""
		if w.Latest.IsZero() {
			key = "battery.wear.open"
		} else {
			latest = l.monthAndYear(w.Latest)
		}
		b.Said = append(b.Said, l.say(key, "loss", l.number(-100*w.PerYear.Value, 0), "level", level, "date", l.monthAndYear(w.Expected), "earliest", l.monthAndYear(w.Earliest), "latest", latest))
	}
	if len(v.Observed) < 2 {
		return b
	}
	curve := chart.Curve{Class: "this", Steps: true} // alone: its title says what it is
	t := table{Caption: l.say("battery.title"), Head: []string{l.say("battery.week"), l.say("battery.health")}}
	point := func(at time.Time, health float64) {
		p := 100 * health
		curve.Points = append(curve.Points, chart.Point{X: max(0, lifespan.Years(at.Sub(d.Device.InService))), Low: p, Value: p, High: p})
	}
	for _, o := range v.Observed {
		point(o.Week, o.Health)
		t.Rows = append(t.Rows, tableRow{link{Text: l.shortDate(o.Week)}, []string{l.percent(o.Health)}})
	}
	if last := v.Observed[len(v.Observed)-1]; d.Device.LastSeen.After(last.Week) {
		point(d.Device.LastSeen, last.Health)
	}
	words := l.words(l.say("battery.picture"), strings.Join(b.Said, " "), "axis.battery")
	b.Picture = &picture{Title: words.Title, SVG: chart.Curves("battery", words, l.say("axis.age"), []chart.Curve{curve}, chart.Level{At: 100 * v.WornAt, Text: l.say("product.battery.level", "level", level)}), Table: t}
	return b
}

// The hours between which nobody is at school on most days.
const (
	closesAt = 19
	opensAt  = 7
)

// meanDay draws for how long a device is on in each hour of a mean day, and says how
// much of it is at night.
func (l *language) meanDay(h *view.Hours) (*picture, string) {
	if h == nil {
		return nil, ""
	}
	t := table{Caption: l.say("hours.title"), Head: []string{l.say("hours.hour"), l.say("table.running"), l.say("table.energy")}}
	var bars []chart.Bar
	var all, night int64
	for _, row := range h.Rows {
		label := ""
		if row.Hour%6 == 0 {
			label = l.say("hours.at", "hour", fmt.Sprint(row.Hour))
		}
		bars = append(bars, chart.Bar{Label: label, Parts: []chart.Part{{Value: float64(row.RunningMs) / 60_000, Class: "running"}}})
		t.Rows = append(t.Rows, tableRow{link{Text: l.say("hours.at", "hour", fmt.Sprint(row.Hour))}, []string{l.length(row.RunningMs), l.energyBetween(row.Energy)}})
		all += row.RunningMs
		if row.Hour >= closesAt || row.Hour < opensAt {
			night += row.RunningMs
		}
	}
	late := l.say("hours.nothing")
	if night > 0 {
		late = l.length(night)
	}
	said := l.say("hours.lead", "total", l.length(all), "night", late, "days", l.count(int64(h.Days)), "from", fmt.Sprint(closesAt), "to", fmt.Sprint(opensAt))
	words := l.words(l.say("hours.title"), said, "axis.minutes.hour")
	return &picture{words.Title, chart.Bars("hours", words, bars, []chart.Part{{Class: "running"}}, []string{l.say("legend.running")}), t}, said
}
