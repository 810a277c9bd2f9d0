package dashboards

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/report"
)

// term is a line of a description list. Mark is what has to be said of it at once.
type term struct{ Name, Text, Mark string }

type deviceBody struct {
	Twins       *twinsText
	Who         string
	Provisional string
	Headline    *figure
	Compare     *picture
	Beside      []string
	Explained   *explained
	Reference   string // the sentence that compares it with the reference
	Life        *lifeText
	Repairs     *repairsText
	Battery     *batteryText
	Hours       *picture
	AtNight     string // how long it is on while the school is closed
	Conformity  *conformText
	Choice      *choiceText
	Made        *madeText
	Power       *powerText
	Criteria    table
	Steps       table
	Figures     []figure
	Drivers     []driverText
	UseLead     string
	Early       string // said while too little was seen to speak of the use
	Use         []term
	Known       *figure
	MeterLead   string
	Meters      table
	Identity    []term
	Days        []picture
	Windows     *picture
	Day         *dayText
}

func (p *Pages) device(r *http.Request, g *page) error {
	d, err := p.Source.Device(r.Context(), r.PathValue("id"), g.year)
	if err != nil {
		return err
	}
	l := g.language
	name := deviceName(d.Device)
	g.scope(d.Scope, "/api/v1/devices/"+d.Device.ID)
	g.Title, g.Template, g.Footer = name, "device.html", l.footer(d.Scope, d.Period)
	g.Crumbs = []link{l.organisationLink(d.Scope, g), {d.Site.Name, fmt.Sprintf("/sites/%d%s", d.Site.ID, g.yearQuery())}, {name, ""}}
	g.ways(d.Scope, view.UserOf(r.Context()), "")
	body := l.deviceBody(d)
	if at := "/administration/devices/" + url.PathEscape(d.Device.ID); body.Repairs != nil && p.Desk != nil && view.UserOf(r.Context()).May(at) {
		record := l.formed(l.repairForm(p.Clock()), nil)
		record.Action = at
		body.Repairs.Record = &record
	}
	body.Twins = l.twins(d.Device.Twins, d.Device.ID, d.Site.ID, view.UserOf(r.Context()))
	if body.Choice = l.weigh(d, g, r.URL.Query()); body.Choice != nil && len(body.Choice.Form.Errors) > 0 {
		g.status = http.StatusBadRequest
	}
	body.leadOn(g, d, view.UserOf(r.Context()))
	if body.Choice != nil && body.Choice.Form.Open {
		back := fmt.Sprintf("/devices/%s%s", d.Device.ID, g.yearQuery())
		g.Crumbs[len(g.Crumbs)-1].URL = back
		g.Crumbs = append(g.Crumbs, link{l.say("choice.title"), ""})
		g.Sentence, g.Template, g.Body = body.Choice.Verdict, "choice.html", choiceBody{back, body.Choice}
		return nil
	}
	if body.Day, err = p.dayOf(r, g, d); err != nil {
		return err
	}
	if body.Day != nil && body.Day.Asked {
		body.Windows = body.Day.Picture
	}
	g.Body = body
	g.Sentence = l.lifeSentence(d)
	if d.Virtual != nil {
		g.Sentence = l.say("headline.virtual")
	}
	return nil
}

// leadOn adds to each lever where to act: on this page, and at the school.
func (b *deviceBody) leadOn(g *page, d *view.Device, u view.User) {
	school := fmt.Sprintf("/sites/%d", d.Site.ID)
	for i := range b.Drivers {
		switch {
		case d.Drivers[i].Kind == "embodied" && b.Choice != nil:
			b.Drivers[i].Ways = []link{{g.language.say("choice.title"), "#choice"}}
		case d.Drivers[i].Kind != "embodied" && u.May(school):
			b.Drivers[i].Ways = []link{{d.Site.Name, school + g.yearQuery()}}
		}
	}
}

func (l *language) deviceBody(d *view.Device) deviceBody {
	b := deviceBody{Identity: l.identity(d)}
	b.MeterLead, b.Meters = l.meters(d)
	if d.Virtual == nil {
		b.Who = l.say("headline.who.this")
		b.Provisional = l.referenceNote(d.Headline)
		h := l.headlineFigure(d.Headline)
		h.Label = l.say("compare.this.this")
		b.Headline = &h
		b.Compare, b.Beside = l.comparePicture(d.Headline, "this")
		b.Figures = l.figures(d.Period, d.Headline.FactorKeys)
		b.Drivers = l.drivers(d.Drivers, "this")
		b.Explained = l.explain(d.Waterfall, "this", 0)
		b.Reference = l.sentence(d.Headline, "this")
		b.Life, b.Repairs, b.Battery, b.Conformity = l.lifeLine(d), l.repairs(d), l.battery(d), l.conformity(d.Conformity)
		b.Made, b.Power = l.made(d.Made), l.power(d.Power)
		b.Criteria, b.Steps = l.criteria(d.Criteria), l.steps(d.Steps)
	}
	if d.Facts.Windows == 0 {
		b.UseLead = l.say("device.use.none")
		return b
	}
	b.UseLead = l.say("device.use.lead", "from", l.date(d.Days[0].Day.UTC()))
	if running := d.Facts.RunningMs(); running < leastSeenMs {
		b.Early = l.say("device.early", "time", l.length(running))
	}
	b.Use = l.use(d)
	if d.Virtual == nil {
		b.Known = l.knownEnergy(d)
		b.Days = append(b.Days, l.dayEnergy(d))
	}
	b.Days = append(b.Days, l.dayRunning(d))
	b.Hours, b.AtNight = l.meanDay(d.Hours)
	b.Windows = l.windowsPicture(d.Windows, d.Virtual != nil, l.say("windows.load"))
	return b
}

// use says what the device did, in words.
func (l *language) use(d *view.Device) []term {
	f := d.Facts
	terms := []term{{Name: l.say("device.running"), Text: l.length(f.RunningMs())}}
	if f.SuspendedMs > 0 {
		terms = append(terms, term{Name: l.say("device.asleep"), Text: l.length(f.SuspendedMs)})
	}
	if f.OffMs > 0 {
		terms = append(terms, term{Name: l.say("device.off"), Text: l.length(f.OffMs)})
	}
	if f.CPUCapacityMs > 0 {
		terms = append(terms, term{Name: l.say("device.load"), Text: l.say("percent", "n", l.number(100*float64(f.CPUBusyMs)/float64(f.CPUCapacityMs), 1))})
	}
	if s := f.RunningMs() / 1000; s > 0 {
		terms = append(terms, term{Name: l.say("device.memory"), Text: l.memory(f.MemMiBS / s)})
	}
	terms = append(terms,
		term{Name: l.say("device.network"), Text: l.bytes(f.NetRxB) + ", " + l.bytes(f.NetTxB)},
		term{Name: l.say("device.disk"), Text: l.bytes(f.DiskReadB) + ", " + l.bytes(f.DiskWriteB)},
		term{Name: l.say("device.agent"), Text: l.say("device.agent.value", "cpu", l.number(float64(f.AgentCPUMs)/1000, 1)+"\u00a0s", "bytes", l.bytes(f.AgentTxB))},
	)
	if v := d.Virtual; v != nil {
		terms = append(terms, term{Name: l.say("device.hostshare"), Text: l.say("device.hostshare.value", "watts", l.say("device.watts", "n", l.number(float64(v.Power), 0)), "cpus", l.count(d.Inventory.LogicalCPUs))})
	}
	return terms
}

// knownEnergy is the energy of the time that reports speak of.
func (l *language) knownEnergy(d *view.Device) *figure {
	var energy footprint.Energy
	var from footprint.Provenance
	for _, day := range d.Days {
		energy = energy.Plus(day.Energy)
		from.Measured += day.From.Measured
		from.Calibrated += day.From.Calibrated
		from.Modelled += day.From.Modelled
	}
	return &figure{
		Label: l.say("figure.known"), Text: quantity.Format(energy, quantity.EnergyScales, l.code), From: l.mostly(from),
		Formula: []string{l.say("formula.energy"), l.say("formula.energy.here", "measured", l.exactEnergy(from.Measured), "calibrated", l.exactEnergy(from.Calibrated), "modelled", l.exactEnergy(from.Modelled), "assumed", l.exactEnergy(0)), l.say("device.meters.boundary")},
		Factors: l.factorLinks(only(d.Headline.FactorKeys, energyFamilies...)),
	}
}

// meters says which energy meters the device has, and why others are not read.
func (l *language) meters(d *view.Device) (lead string, t table) {
	read := false
	t = table{Caption: l.say("device.meters.title"), Head: []string{l.say("table.source"), l.say("table.status"), l.say("table.reason")}}
	for _, m := range d.Inventory.Meters {
		read = read || m.Status == report.MeterRead
		reason := ""
		switch {
		case m.Status != report.MeterRead:
			reason = l.say("meter.reason."+string(m.Status), "reason", m.Reason)
		case m.Boundary != "":
			reason = l.say("boundary." + string(m.Boundary))
		}
		t.Rows = append(t.Rows, tableRow{link{Text: m.Source}, []string{l.say("meter." + string(m.Status)), reason}})
	}
	switch {
	case read:
		lead = l.say("device.meters.boundary")
	case d.Virtual != nil:
		lead = l.say("device.meters.none.virtual")
	case d.Device.State != "agentless":
		lead = l.say("device.meters.none")
	}
	return lead, t
}

// identity says what the device is.
func (l *language) identity(d *view.Device) []term {
	v := d.Inventory
	terms := []term{
		{Name: l.say("table.category"), Text: l.say("category." + string(d.Device.Category))},
		{Name: l.say("device.maker"), Text: makerAndModel(d.Device.Maker, d.Device.Model)},
		{Name: l.say("device.population"), Text: l.say("population." + string(d.Device.Population))},
	}
	add := func(key, text string) {
		if text != "" {
			terms = append(terms, term{Name: l.say(key), Text: text})
		}
	}
	if v.CPU != "" && v.LogicalCPUs > 0 {
		add("device.cpu", fmt.Sprintf("%s × %d", v.CPU, v.LogicalCPUs))
	}
	if v.MemoryMiB > 0 {
		add("device.ram", l.memory(v.MemoryMiB))
	}
	if v.StorageGB > 0 {
		add("device.storage", l.bytes(v.StorageGB*1e9))
	}
	for _, s := range v.Screens {
		add("device.screen."+string(s.Place), l.screen(s))
	}
	add("device.os", capitalised(strings.TrimSpace(v.OS+" "+v.OSVersion)))
	add("device.virtualization", v.Virtualization)
	if v.BatteryDesignMWh > 0 {
		text := l.say("device.battery.value", "percent", l.percent(float64(v.BatteryFullMWh)/float64(v.BatteryDesignMWh)))
		if v.BatteryCycles > 0 {
			text += ", " + l.say("device.battery.cycles", "n", l.count(v.BatteryCycles))
		}
		add("device.battery", text)
	}
	if d.Acquisition != "" {
		add("device.acquisition", l.say("acquisition."+d.Acquisition))
	}
	add("device.inservice", l.date(d.Device.InService.In(l.where))+" ("+l.say("device.inservice."+d.InServiceFrom)+")")
	if d.Device.Category != equipment.Virtual {
		add("device.age", l.say("years", "n", l.number(d.Device.AgeYears, 1)))
		add("device.life", l.say("years", "n", l.number(float64(d.Lifetime.Value), 0)))
	}
	return terms
}

// screen says what a screen is: its maker and name, its size, its year.
func (l *language) screen(s report.Screen) string {
	name := s.Model // of which the maker is often the beginning
	if !strings.HasPrefix(strings.ToUpper(name), strings.ToUpper(s.Maker)) {
		name = s.Maker + " " + name
	}
	text := []string{strings.TrimSpace(name)}
	if s.DiagonalMm > 0 {
		text = append(text, l.say("device.screen.size", "n", l.number(float64(s.DiagonalMm)/25.4, 1)))
	}
	if s.MadeYear > 0 {
		text = append(text, l.say("device.screen.year", "year", fmt.Sprint(s.MadeYear)))
	}
	return strings.TrimPrefix(strings.Join(text, ", "), ", ")
}

// mostBars is how many days a chart of days shows: a school year.
const mostBars = 366

func (l *language) dayEnergy(d *view.Device) picture {
	var bars []chart.Bar
	var total footprint.Energy
	known := len(energyLegend) - 1 // nothing is assumed of a day that was reported
	t := table{Caption: l.say("days.energy"), Head: append([]string{l.say("table.day"), l.say("table.energy")}, l.energyNames()[:known]...)}
	for i, day := range last(d.Days, mostBars) {
		total = total.Plus(day.Energy)
		t.Rows = append(t.Rows, tableRow{link{Text: l.date(day.Day.UTC())}, append([]string{l.energyBetween(day.Energy)}, l.energyCells(day.From)[:known]...)})
		bars = append(bars, chart.Bar{Label: l.dayLabel(d.Days, i), Parts: energyParts(day.From, 1)[:known]})
	}
	w := l.words(l.say("days.energy"), l.say("days.energy.desc", "n", l.count(int64(len(d.Days))), "total", l.energy(total)), "axis.energy.day")
	return picture{w.Title, chart.Bars("days-energy", w, bars, energyLegend[:known], l.energyNames()[:known]), t}
}

func (l *language) dayRunning(d *view.Device) picture {
	var bars []chart.Bar
	unitMs, title, axis := 3_600_000.0, "days.running", "axis.hours"
	if !slices.ContainsFunc(d.Days, func(day view.DayRow) bool { return day.Facts.RunningMs() > 3_600_000 }) {
		unitMs, title, axis = 60_000, "days.running.minutes", "axis.minutes"
	}
	t := table{Caption: l.say("days.title"), Head: []string{l.say("table.day"), l.say("table.running"), l.say("table.asleep"), l.say("table.off")}}
	for i, day := range last(d.Days, mostBars) {
		f := day.Facts
		bars = append(bars, chart.Bar{Label: l.dayLabel(d.Days, i), Parts: []chart.Part{{Value: float64(f.RunningMs()) / unitMs, Class: "running"}}})
		t.Rows = append(t.Rows, tableRow{link{Text: l.date(day.Day.UTC())}, []string{l.length(f.RunningMs()), l.length(f.SuspendedMs), l.length(f.OffMs)}})
	}
	w := l.words(l.say(title), l.say("days.running.desc", "n", l.count(int64(len(d.Days))), "total", l.length(d.Facts.RunningMs())), axis)
	return picture{w.Title, chart.Bars("days-running", w, bars, []chart.Part{{Class: "running"}}, []string{l.say("legend.running")}), t}
}

// dayLabel labels every day of a short run, and the first of each month of a long one.
func (l *language) dayLabel(days []view.DayRow, i int) string {
	at := last(days, mostBars)[i].Day.UTC()
	switch {
	case len(days) <= 14:
		return fmt.Sprint(at.Day()) + " " + l.shortMonth(at)
	case at.Day() == 1:
		return l.shortMonth(at)
	}
	return ""
}

func last[T any](all []T, n int) []T { return all[max(0, len(all)-n):] }
