package dashboards

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// picture is a chart with its table.
type picture struct {
	Title string
	SVG   template.HTML
	Table table
}

// table is a table of texts; the first cell of a row is its header.
type table struct {
	Caption string
	Head    []string
	Rows    []tableRow
	Strips  []template.HTML // of each row, its last cell as a picture of the others; empty: none
	Files   *fileLinks      // filled in for each table and picture of a page
}

type tableRow struct {
	Header link
	Cells  []string
}

// driverText is a cause in words, and what acting on it saves.
type driverText struct {
	Cause, Act string
	Most       string // the school where it saves most, before its link and after
	At         link
	Ways       []link // to where it is decided
}

// fleetBody is what the pages of an organisation and of a site have in common.
type fleetBody struct {
	Renewal     string // said of an answer that is being computed anew
	Early       string // said while too little was seen to speak of the use
	Who         string
	Provisional string
	Headline    figure
	NotCounted  string
	Compare     *picture
	Beside      []string
	Explained   *explained
	Figures     []figure
	Drivers     []driverText
	Conformity  *tallied
	Seen        string // how many of the devices are seen, in a sentence
	Coverage    []countText
	Criteria    table
	Steps       table
	Electricity []term
	Months      []picture
	Categories  picture   // without a drawing where there is only one
	Next        *nextStep // when there is no device
}

// countText is a number of devices; State is that of all of them, empty where they are
// several, and URL leads to them.
type countText struct{ Count, Label, State, URL string }

type overviewBody struct {
	fleetBody
	Trend string   // what the school years say, in a sentence
	Years *picture // nil: there is only one
	Sites *heavySites
}

type siteBody struct {
	fleetBody
	Lead     string // the footprint of a pupil, where the first sentence says something else
	Week     *weekText
	Like     *picture
	LikeSaid string
	Devices  []link // to the devices one by one; none for who may not see them
}

type pager struct{ Text, Previous, Next string }

func (p *Pages) organisation(r *http.Request, g *page) error {
	id, err := numbered(r)
	if err != nil {
		return err
	}
	if q := r.URL.Query(); q.Has("find") || q.Has("sort") || q.Has("page") { // an older link to a part of the list
		return &elsewhere{url: fmt.Sprintf("/organisations/%d/schools?%s", id, q.Encode())}
	}
	return p.fillOverview(r, g, id)
}

func (p *Pages) fillOverview(r *http.Request, g *page, id int64) error {
	o, err := p.Source.Overview(r.Context(), id, g.year)
	if err != nil {
		return err
	}
	l := g.language
	g.scope(o.Scope, fmt.Sprintf("/api/v1/organisations/%d", id))
	g.Title, g.Template, g.Footer = o.Scope.Organisation.Name, "overview.html", l.footer(o.Scope, o.Period)
	g.Crumbs = []link{{o.Scope.Organisation.Name, ""}}
	g.ways(o.Scope, view.UserOf(r.Context()), "overview")
	g.Sentence = l.sentence(o.Headline, o.Headline.Per)
	body := overviewBody{fleetBody: l.fleetBody(o.Fleet)}
	if o.Coverage.Devices == 0 {
		body.Next = p.next(r, g, missingDevices, id, 0)
		if len(o.Sites) == 0 {
			body.Next = p.next(r, g, missingSites, id, 0)
		}
	}
	g.leadOn(body.Drivers, o.Drivers, view.UserOf(r.Context()), "")
	body.Seen = l.seen(o.Coverage)
	years, err := p.Source.Years(r.Context(), id)
	if err != nil {
		return err
	}
	body.Years, body.Trend = l.years(years)
	body.Sites = l.heaviest(o, g, listOf(r))
	g.Body = body
	return nil
}

// scope fills in what the frame says of an answer.
func (g *page) scope(s view.Scope, api string) {
	l := g.language
	g.Simulated = s.Organisation.Simulated
	g.APIURL = fmt.Sprintf("%s?year=%d", api, s.SchoolYear)
	g.YearText = l.schoolYear(s.SchoolYear)
	for _, y := range s.SchoolYears {
		g.Years = append(g.Years, yearOption{y, l.schoolYear(y), y == s.SchoolYear})
	}
}

func (l *language) schoolYear(begins int) string {
	return l.say("year.school", "from", fmt.Sprint(begins), "to", fmt.Sprintf("%02d", (begins+1)%100))
}

// yearQuery keeps the chosen school year in links.
func (g *page) yearQuery() string {
	if g.year == 0 {
		return ""
	}
	return fmt.Sprintf("?year=%d", g.year)
}

// sentence is the answer of a page.
func (l *language) sentence(h view.Headline, per string) string {
	if h.Comparison.Verdict == profile.Unknown {
		return l.say("headline.unknown")
	}
	value := quantity.Format(h.Yearly.Total(), quantity.MassScales, l.code)
	return l.say("headline."+per+"."+string(h.Comparison.Verdict),
		"value", value.Value+"\u00a0"+value.Unit, "range", value.Range, "ratio", l.ratio(h.Comparison))
}

// ratio writes how many times the reference, with one decimal, or two when that
// would say 1.0 or 0.0.
func (l *language) ratio(c profile.Comparison) string {
	return l.times(float64(c.Ratio.Value))
}

func (l *language) times(v float64) string {
	if v > 0.95 && v < 1.05 || v < 0.1 {
		return l.number(v, 2)
	}
	return l.number(v, 1)
}

func (l *language) fleetBody(f view.Fleet) fleetBody {
	b := fleetBody{Coverage: l.coverage(f.Coverage)}
	if f.Coverage.Devices == 0 || f.Headline.Comparison.Verdict == profile.Unknown {
		return b
	}
	if f.Renewal != nil {
		b.Renewal = l.say("renewal", "factors", f.Scope.FactorsVersion, "model", fmt.Sprint(f.Scope.ModelVersion), "percent", l.percent(f.Renewal.Done))
	}
	if f.Coverage.Reporting > 0 {
		b.Early = l.early(f.Watching.RunningMs / f.Coverage.Reporting)
	}
	b.Who = l.say("headline.who."+f.Headline.Per, "devices", l.count(f.Headline.Devices), "pupils", l.count(f.Headline.Pupils))
	b.Provisional = l.referenceNote(f.Headline)
	if len(f.NotCounted) > 0 {
		b.NotCounted = l.say("notcounted", "categories", l.categoryList(f.NotCounted))
	}
	b.Headline = l.headlineFigure(f.Headline)
	b.Compare, b.Beside = l.comparePicture(f.Headline, f.Headline.Per)
	b.Explained = l.explain(f.Waterfall, f.Headline.Per, devicesPerPupil(f))
	b.Conformity = l.tally(f.Conformity)
	b.Criteria, b.Steps, b.Electricity = l.criteria(f.Criteria), l.steps(f.Steps), l.electricity(f.Electricity)
	b.Figures = l.figures(f.Period, f.Headline.FactorKeys)
	b.Drivers = l.drivers(f.Drivers)
	b.Months = l.monthPictures(f)
	b.Categories = l.categoryPicture(f.Categories)
	return b
}

// leastSeenMs is how long a device must have been watched while it ran for its use to
// say something: a school day.
const leastSeenMs = 6 * 3_600_000

// early says that devices were watched for too short a time; empty: they were not.
func (l *language) early(runningMs int64) string {
	if runningMs >= leastSeenMs {
		return ""
	}
	return l.say("fleet.early", "time", l.length(runningMs))
}

func kg(g quantity.Grams) float64 { return float64(g) / 1000 }

// words are the texts of a chart whose axis has a title by key.
func (l *language) words(title, description, axisKey string) chart.Words {
	return chart.Words{Title: title, Description: description, Axis: l.say(axisKey), Number: l.tick}
}

// tick writes a value of an axis without needless zeros.
func (l *language) tick(v float64) string {
	for decimals := range 3 {
		scaled := v * []float64{1, 10, 100}[decimals]
		if math.Abs(scaled-math.Round(scaled)) < 1e-6 {
			return l.number(v, decimals)
		}
	}
	return l.number(v, 3)
}

// drivers says what weighs, of many devices, or of "this" one.
func (l *language) drivers(all []view.Driver, of ...string) []driverText {
	var texts []driverText
	for _, d := range all {
		key := strings.Join(append([]string{"driver", d.Kind}, of...), ".")
		texts = append(texts, driverText{
			Cause: l.say(key, "value", l.massBetween(d.Yearly)),
			Act:   l.say(key+".act", "saves", l.mass(d.Saves), "energy", l.energy(d.SavesEnergy), "money", l.money(d.SavesCost)),
		})
	}
	return texts
}

// actSections are the pages of an organisation where a lever is decided.
var actSections = map[string][]string{"embodied": {"procurement", "scenario"}, "idle": {"scenario"}, "standby": {"scenario"}}

// leadOn adds to levers where to act: at the school where it saves most, and on the
// pages that the person may open. scenario is the address of a school's own, empty for an
// organisation.
func (g *page) leadOn(texts []driverText, all []view.Driver, u view.User, scenario string) {
	for i := range texts { // none where there is nothing to compare
		d := all[i]
		if m := d.Most; m != nil {
			texts[i].Most = g.language.say("driver.most", "saves", g.language.mass(m.Saves), "money", g.language.money(m.SavesCost))
			texts[i].At = link{m.Name, fmt.Sprintf("/sites/%d%s", m.ID, g.yearQuery())}
			if !u.May(texts[i].At.URL) {
				texts[i].At.URL = ""
			}
		}
		for _, to := range g.Sections {
			if slices.Contains(actSections[d.Kind], to.key) && !to.Current && (to.key != "scenario" || scenario == "") {
				texts[i].Ways = append(texts[i].Ways, link{to.Text, to.URL})
			}
		}
		if scenario != "" && slices.Contains(actSections[d.Kind], "scenario") && u.May(scenario) {
			texts[i].Ways = append([]link{{g.language.say("section.scenario"), scenario + g.yearQuery()}}, texts[i].Ways...)
		}
	}
}

func (l *language) coverage(c view.Coverage) []countText {
	var all []countText
	for _, o := range []struct {
		n      int64
		key    string
		always bool
	}{{c.Devices, "devices", true}, {c.Reporting, "reporting", true}, {c.Silent, "silent", false}, {c.Agentless, "agentless", false}, {c.Virtual, "virtual", false}} {
		if o.n > 0 || o.always {
			c := countText{Count: l.count(o.n), Label: l.say("coverage."+o.key, "n", l.count(o.n))}
			if slices.Contains(view.DeviceStates, o.key) {
				c.State = o.key
			}
			all = append(all, c)
		}
	}
	return all
}

// monthPictures are the footprint and, because electricity hardly shows beside
// manufacture, the energy by month.
func (l *language) monthPictures(f view.Fleet) []picture {
	if len(f.Months) == 0 || f.Period.DeviceYears == 0 {
		return nil
	}
	masses := table{Caption: l.say("months.mass"), Head: []string{l.say("table.month"), l.say("table.embodied"), l.say("table.use"), l.say("table.total")}}
	energies := table{Caption: l.say("months.energy"), Head: append([]string{l.say("table.month"), l.say("table.energy")}, l.energyNames()...)}
	var mass, energy []chart.Bar
	for _, m := range f.Months {
		at := m.Month.UTC()
		mass = append(mass, chart.Bar{Label: l.shortMonth(at), Parts: []chart.Part{{Value: kg(m.Figure.Embodied.Value), Class: "embodied"}, {Value: kg(m.Figure.Use.Value), Class: "electricity"}}})
		from := m.Figure.EnergyFrom
		energy = append(energy, chart.Bar{Label: l.shortMonth(at), Parts: energyParts(from, 1000)})
		month := link{Text: l.month(at) + " " + fmt.Sprint(at.Year())}
		if !m.Revised.IsZero() {
			month.Text = l.say("months.revised", "month", month.Text, "date", l.date(m.Revised.In(l.where)))
		}
		masses.Rows = append(masses.Rows, tableRow{month, []string{l.massBetween(m.Figure.Embodied), l.massBetween(m.Figure.Use), l.massBetween(m.Figure.Total())}})
		energies.Rows = append(energies.Rows, tableRow{month, append([]string{l.energyBetween(m.Figure.Energy)}, l.energyCells(from)...)})
	}
	span := []string{"from", l.date(f.Scope.From.UTC()), "to", l.date((f.Scope.To - 1).UTC()), "total"}
	massWords := l.words(l.say("months.mass"), l.say("months.mass.desc", append(span, l.mass(f.Period.Total()))...), "axis.monthly")
	energyWords := l.words(l.say("months.energy"), l.say("months.energy.desc", append(span, l.energy(f.Period.Energy))...), "axis.energy.month")
	return []picture{
		{massWords.Title, chart.Bars("months-mass", massWords, mass, []chart.Part{{Class: "embodied"}, {Class: "electricity"}}, []string{l.say("legend.embodied"), l.say("legend.use")}), masses},
		{energyWords.Title, chart.Bars("months-energy", energyWords, energy, energyLegend, l.energyNames()), energies},
	}
}

var energyLegend = []chart.Part{{Class: "measured"}, {Class: "calibrated"}, {Class: "modelled"}, {Class: "assumed"}}

func (l *language) energyNames() []string {
	return []string{l.say("legend.measured"), l.say("legend.calibrated"), l.say("legend.modelled"), l.say("legend.assumed")}
}

// energyParts stack an energy by how it is known, in the order of the legend.
func energyParts(from footprint.Provenance, perWh float64) []chart.Part {
	parts := slices.Clone(energyLegend)
	for i, wh := range []float64{from.Measured, from.Calibrated, from.Modelled, from.Assumed} {
		parts[i].Value = wh / perWh
	}
	return parts
}

func (l *language) energyCells(from footprint.Provenance) []string {
	return []string{l.exactEnergy(from.Measured), l.exactEnergy(from.Calibrated), l.exactEnergy(from.Modelled), l.exactEnergy(from.Assumed)}
}

// categoryPicture draws what each category weighs, the heaviest first; the table has
// them by whom they are for, too.
func (l *language) categoryPicture(rows []view.CategoryRow) picture {
	type sum struct {
		category equipment.Category
		devices  int64
		mass     footprint.Mass
	}
	var sums []sum
	for _, c := range rows {
		if c.Category == equipment.Virtual {
			continue
		}
		at := slices.IndexFunc(sums, func(s sum) bool { return s.category == c.Category })
		if at < 0 {
			at = len(sums)
			sums = append(sums, sum{category: c.Category})
		}
		sums[at].devices += c.Devices
		sums[at].mass = sums[at].mass.Plus(c.Period.Total())
	}
	p := picture{Title: l.say("categories.chart"), Table: l.categoryTable(rows)}
	if len(sums) < 2 {
		return p
	}
	slices.SortStableFunc(sums, func(a, b sum) int { return cmp.Compare(b.mass.Value, a.mass.Value) })
	scale, axis := massScale(slices.MaxFunc(sums, func(a, b sum) int { return cmp.Compare(a.mass.High, b.mass.High) }).mass, "axis.period")
	in := func(g quantity.Grams) float64 { return float64(g) / scale.Per }
	var drawn []chart.Interval
	for _, s := range sums {
		drawn = append(drawn, chart.Interval{
			Label: l.say("categories.row", "category", l.say("category."+string(s.category)), "n", l.count(s.devices)),
			Low:   in(s.mass.Low), Value: in(s.mass.Value), High: in(s.mass.High), Text: l.mass(s.mass), Class: "this",
		})
	}
	desc := l.say("categories.desc", "category", l.say("category."+string(sums[0].category)), "mass", l.massBetween(sums[0].mass))
	p.SVG = chart.Intervals("categories", l.words(p.Title, desc, axis), drawn, 0)
	return p
}

func (l *language) categoryTable(rows []view.CategoryRow) table {
	t := table{Caption: l.say("categories.title"), Head: []string{l.say("table.category"), l.say("table.population"), l.say("table.devices"), l.say("table.energy"), l.say("table.total"), l.say("table.yearly.device")}}
	for _, c := range rows {
		if c.Category == equipment.Virtual {
			continue
		}
		t.Rows = append(t.Rows, tableRow{link{Text: l.say("category." + string(c.Category))}, []string{
			l.say("population." + string(c.Population)), l.count(c.Devices), l.energy(c.Period.Energy), l.massBetween(c.Period.Total()), l.massBetween(c.Yearly.Total()),
		}})
	}
	return t
}
