package dashboards

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// weekText is at what times a school's devices run, and what runs for nobody.
type weekText struct {
	Lead    string // of what days it is, or why it is not known
	Picture *picture
	Left    *leftText
}

// leftText is what runs while nobody is there, and how to stop it.
type leftText struct {
	Saves   string
	Price   string // address of the factor that the money is reckoned with
	Moments table
	How     []adviceText // by category, the one that takes most first
	Meant   string
	First   []leftDevice // those that ran most
	More    string
	Devices table
	AtLeast string
}

// leftDevice is a device that ran while nobody was there, and for how long.
type leftDevice struct {
	Device link
	Hours  string
}

// mostLeft is how many of them are named; their table has others.
const mostLeft = 5

// adviceText is how a category of devices is stopped.
type adviceText struct{ What, Act string }

// worthStopping is from how much energy on stopping what runs for nobody comes first on
// Monday: a kWh a month.
const worthStopping quantity.WattHours = 12_000

// mondaySentence says what to do first; empty where the data know nothing to do.
func (l *language) mondaySentence(s *view.Site, w *view.Week) string {
	switch {
	case w.Yearly != nil && w.Yearly.Energy.Value >= worthStopping:
		pairs := []string{"energy", l.energy(w.Yearly.Energy), "money", l.money(w.Yearly.Cost), "saves", l.mass(w.Yearly.Mass)}
		if w.Found > 0 {
			return l.say("monday.stop.devices", append(pairs, "n", l.count(int64(w.Found)))...)
		}
		return l.say("monday.stop", pairs...)
	case s.Coverage.Silent > 0 && w.Yearly != nil:
		return l.say("monday.silent.alone", "n", l.count(s.Coverage.Silent), "all", l.count(s.Coverage.Devices))
	case s.Coverage.Silent > 0:
		return l.say("monday.silent", "n", l.count(s.Coverage.Silent), "all", l.count(s.Coverage.Devices))
	case w.Yearly == nil: // what runs is not known yet
		return ""
	}
	for _, d := range s.Drivers {
		if d.Kind == "embodied" && d.Saves.Value > 0 {
			return l.say("monday.keep", "saves", l.mass(d.Saves), "money", l.money(d.SavesCost))
		}
	}
	return ""
}

func (l *language) money(m view.Money) string {
	t := quantity.Format(m, quantity.MoneyScales, l.code)
	return t.Value + "\u00a0" + t.Unit
}

func (l *language) moneyBetween(m view.Money) string {
	t := quantity.Format(m, quantity.MoneyScales, l.code)
	if t.Range == "" {
		return t.Value + "\u00a0" + t.Unit
	}
	return t.Value + "\u00a0" + t.Unit + " (" + t.Range + ")"
}

func (l *language) week(w *view.Week, g *page) *weekText {
	if w.Days == 0 {
		return &weekText{Lead: l.say("week.none")}
	}
	t := &weekText{Lead: l.say("week.lead", "days", l.count(int64(w.Days)), "from", l.dayText(w.From), "to", l.dayText(w.To)), Picture: l.weekPicture(w)}
	t.Left = l.left(w, g)
	return t
}

// dayText is a day that is written as 2026-11-23.
func (l *language) dayText(day string) string {
	d, err := calendar.ParseDay(day)
	if err != nil {
		return day
	}
	return l.date(d.UTC())
}

// weekPicture shows the average days by the hour.
func (l *language) weekPicture(w *view.Week) *picture {
	var rows []chart.HeatRow
	t := table{Caption: l.say("week.title"), Head: []string{l.say("table.hour")}}
	var most view.WeekHour
	mostRow, mostHour := "", 0
	for _, r := range w.Rows {
		name := l.say("weekday." + r.Day)
		row := chart.HeatRow{Label: name}
		if r.Day != "saturday" && r.Day != "sunday" && r.Day != "holiday" {
			row.From, row.To = w.Opening.FromHour, w.Opening.ToHour
		}
		for hour, at := range r.Hours {
			row.Values[hour] = float64(at.Energy.Value)
			if at.Energy.Value > most.Energy.Value {
				most, mostRow, mostHour = at, name, hour
			}
		}
		rows = append(rows, row)
		t.Head = append(t.Head, l.say("week.energy", "day", name), l.say("week.on", "day", name))
	}
	for hour := range 24 {
		row := tableRow{Header: link{Text: l.say("week.hour", "from", l.count(int64(hour)), "to", l.count(int64(hour+1)))}}
		for _, r := range w.Rows {
			row.Cells = append(row.Cells, l.energy(r.Hours[hour].Energy), l.number(r.Hours[hour].On, decimalsOf(r.Hours[hour].On)))
		}
		t.Rows = append(t.Rows, row)
	}
	words := l.words(l.say("week.title"), l.say("week.desc", "day", mostRow, "hour", l.count(int64(mostHour)), "energy", l.energy(most.Energy), "on", l.number(most.On, decimalsOf(most.On))), "axis.hourly")
	return &picture{Title: words.Title, SVG: chart.Heat("week", words, rows, l.say("week.open", "from", l.count(int64(w.Opening.FromHour)), "to", l.count(int64(w.Opening.ToHour)))), Table: t}
}

// decimalsOf writes small counts of devices with a digit behind the point.
func decimalsOf(n float64) int {
	if n >= 10 || n == math.Trunc(n) {
		return 0
	}
	return 1
}

// left says what ran while nobody was there.
func (l *language) left(w *view.Week, g *page) *leftText {
	if len(w.Moments) == 0 {
		return nil
	}
	t := &leftText{Price: factorURL("price.electricity"), Moments: table{Caption: l.say("left.moments"), Head: []string{l.say("table.moment"), l.say("table.days"), l.say("table.on"), l.say("table.energy"), l.say("table.money"), l.say("table.total")}}}
	for _, m := range w.Moments {
		t.Moments.Rows = append(t.Moments.Rows, tableRow{link{Text: l.say("moment." + string(m.Moment))}, []string{
			l.count(int64(m.Days)), l.number(m.On, decimalsOf(m.On)), l.energyBetween(m.Used.Energy), l.moneyBetween(m.Used.Cost), l.massBetween(m.Used.Mass),
		}})
	}
	if y := w.Yearly; y != nil {
		t.Saves = l.say("left.saves", "energy", l.energyBetween(y.Energy), "money", l.moneyBetween(y.Cost), "saves", l.massBetween(y.Mass))
	} else {
		t.Saves = l.say("left.early")
	}
	var meant []string
	for _, c := range w.Categories {
		if c.Meant {
			meant = append(meant, l.say("left.meant.one", "category", l.say("category."+string(c.Category)), "energy", l.energy(c.Running.Energy)))
		}
	}
	t.How = l.howToStop(w.Categories, w.Days)
	if len(meant) > 0 {
		t.Meant = l.say("left.meant", "what", strings.Join(meant, ", "), "days", l.count(int64(w.Days)))
	}
	if w.Found > 0 {
		t.Devices = l.leftDevices(w, g)
		for i, row := range t.Devices.Rows[:min(len(t.Devices.Rows), mostLeft)] {
			t.First = append(t.First, leftDevice{row.Header, l.say("left.weekly", "n", l.number(w.Devices[i].WeeklyHours, 0))})
		}
		t.AtLeast = l.say("left.atleast", "days", l.count(int64(w.LastDays)))
		if more := w.Found - len(t.First); more > 0 {
			t.More = l.say("left.more", "n", l.count(int64(more)))
		}
	}
	return t
}

// mostAdvised is how many ways to stop something are told: the three that save most.
const mostAdvised = 3

// howToStop tells how what runs or stands by for nobody is stopped.
func (l *language) howToStop(rows []view.LeftOnRow, days int) []adviceText {
	type way struct {
		saves view.Saving
		adviceText
	}
	var ways []way
	for _, c := range rows {
		if c.Meant {
			continue
		}
		name := capitalised(l.say("category." + string(c.Category)))
		for _, o := range []struct {
			saves  view.Saving
			key    string
			advice string
		}{{c.Running, "left.running", "advice." + advice(c.Category)}, {c.Standby, "left.standby", "advice.strip"}} {
			if o.saves.Energy.Value > 0 {
				ways = append(ways, way{o.saves, adviceText{l.say(o.key, "category", name, "energy", l.energy(o.saves.Energy), "money", l.money(o.saves.Cost), "days", l.count(int64(days))), l.say(o.advice)}})
			}
		}
	}
	slices.SortStableFunc(ways, func(a, b way) int { return cmp.Compare(b.saves.Energy.Value, a.saves.Energy.Value) })
	var told []adviceText
	for _, w := range ways[:min(len(ways), mostAdvised)] {
		told = append(told, w.adviceText)
	}
	return told
}

// capitalised begins a sentence with a word.
func capitalised(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// advice is the key of how devices of a category are stopped.
func advice(c equipment.Category) string {
	if slices.Contains([]equipment.Category{equipment.Desktop, equipment.Laptop, equipment.Tablet, equipment.ThinClient, equipment.Monitor}, c) {
		return string(c)
	}
	return "other"
}

func (l *language) leftDevices(w *view.Week, g *page) table {
	t := table{Caption: l.say("left.devices"), Head: []string{l.say("table.device"), l.say("table.category"), l.say("table.population"), l.say("table.model"), l.say("table.weekly"), l.say("table.saves.energy"), l.say("table.saves.money"), l.say("table.saves.mass")}}
	for _, d := range w.Devices {
		t.Rows = append(t.Rows, tableRow{link{deviceName(view.DeviceRow{ID: d.ID, Label: d.Label}), fmt.Sprintf("/devices/%s%s", d.ID, g.yearQuery())}, []string{
			l.say("category." + string(d.Category)), l.say("population." + string(d.Population)), makerAndModel(d.Maker, d.Model),
			l.say("hours", "n", l.number(d.WeeklyHours, 0)), l.energy(d.Saves.Energy), l.money(d.Saves.Cost), l.mass(d.Saves.Mass),
		}})
	}
	return t
}

// likePicture sets the school beside its like; nil where there are too few.
func (l *language) likePicture(s *view.Site, like *view.Like) *picture {
	if like == nil || s.Headline.Per != "pupil" {
		return nil
	}
	own, q := s.Headline.Yearly.Total(), like.Quartiles
	half := footprint.Mass{Low: quantity.Grams(q.Low), Value: quantity.Grams(q.Median), High: quantity.Grams(q.High)}
	whom := l.say("like.kind." + s.Site.Kind)
	if like.Size != "" {
		whom = l.say("like.size", "kind", whom, "size", l.say("schools.size."+like.Size))
	}
	title := l.say("like.title", "n", l.count(int64(like.Schools)), "whom", whom)
	rows := []chart.Interval{
		{Label: l.say("compare.this.pupil"), Low: kg(own.Low), Value: kg(own.Value), High: kg(own.High), Text: l.mass(own), Class: "this"},
		{Label: l.say("like.half"), Low: kg(half.Low), Value: kg(half.Value), High: kg(half.High), Text: l.mass(half), Class: "other"},
	}
	mean := quantity.Exactly(like.Mean)
	desc := l.say("like.desc", "own", l.massBetween(own), "half", l.massBetween(half), "mean", l.mass(mean), "place", l.say("place."+string(like.Place)))
	t := table{Caption: title, Head: []string{"", l.say("table.yearly")}, Rows: []tableRow{
		{link{Text: rows[0].Label}, []string{l.massBetween(own)}}, {link{Text: rows[1].Label}, []string{l.massBetween(half)}}, {link{Text: l.say("like.mean")}, []string{l.mass(mean)}},
	}}
	return &picture{title, chart.Intervals("like", l.words(title, desc, "axis.yearly"), rows, kg(like.Mean)), t}
}

// likeSaid says where the school stands among its like.
func (l *language) likeSaid(like *view.Like) string {
	if like == nil {
		return ""
	}
	return l.say("like.place." + string(like.Place))
}
