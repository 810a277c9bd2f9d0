package dashboards

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/estimate"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/profile"
)

type sourcesBody struct {
	Formulas, Methods []term
	Curve             string
	Profiles          []profileText
	Groups            []groupCard
	Quality           []link // how well the figures of each organisation are known
	ByMethod          table
	Changes           table
	Moved             *movedText
	Licences          table
	Factors           table // as a file alone: the page has them in words
}

// profileText is all that a reference profile says.
type profileText struct {
	Name, Mark string
	Terms      []term
	Warning    string // where it contradicts itself
	Factors    []link
	Note       string // of a council's own, in its words
	Said       string
}

// factorGroup are the rows of one key, such as one for each year.
type factorGroup struct {
	Key  string
	Name string // in words, where it has one
	Uses string // which figures stand on it
	Own  string // the organisations whose first figure does
	Rows []factorRow
}

type factorRow struct {
	Value, Interval, Where, When, Verified, Note string
	Own                                          string // whose value it is, where an administrator gave one
	Source                                       link
	Publisher, Page, Licence                     string
}

func (p *Pages) sources(r *http.Request, g *page) error {
	l, t := g.language, p.Source.Factors()
	unverified := 0
	body := sourcesBody{Formulas: l.formulas(), Curve: l.say("power.default"), Licences: l.licences(t), Groups: l.groupCards(t), Factors: l.factorTable(t)}
	byMethod, err := p.madeByMethod()
	if err != nil {
		return err
	}
	body.ByMethod = l.byMethod(byMethod)
	changes, err := footprint.Changes()
	if err != nil {
		return err
	}
	body.Changes = l.changes(changes)
	if body.Moved, err = p.moved(r, l); err != nil {
		return err
	}
	if body.Quality, err = p.qualityLinks(r); err != nil {
		return err
	}
	for _, m := range impact.Methods {
		body.Methods = append(body.Methods, term{Name: l.say("method." + string(m)), Text: l.say("sources.method." + string(m))})
	}
	for _, pr := range t.Profiles {
		body.Profiles = append(body.Profiles, l.profile(t, pr, calendar.DayOf(p.Clock(), p.Location)))
	}
	for _, r := range t.Rows {
		if !r.Verified {
			unverified++
		}
	}
	g.Title, g.Template, g.APIURL = l.say("sources.title"), "sources.html", "/api/v1/factors"
	g.Sentence = l.say("sources.sentence", "n", l.count(int64(len(t.Rows))), "unverified", l.count(int64(unverified)))
	g.Crumbs = []link{{g.Title, ""}}
	g.Body = body
	return nil
}

// byMethod sets the methods side by side for each category, with how far apart they are.
func (l *language) byMethod(rows []estimate.CategoryMade) table {
	b := table{Caption: l.say("sources.bymethod"), Head: []string{l.say("table.category")}}
	for _, m := range impact.Methods {
		b.Head = append(b.Head, l.say("method."+string(m)))
	}
	b.Head = append(b.Head, l.say("table.apart"))
	for _, r := range rows {
		row := tableRow{Header: link{Text: l.say("category." + string(r.Category))}}
		var values []float64
		for _, by := range r.By {
			cell := l.say("notavailable")
			if by.Embodied != nil {
				cell = l.massBetween(*by.Embodied)
				values = append(values, float64(by.Embodied.Value))
			}
			row.Cells = append(row.Cells, cell)
		}
		apart := "–"
		if len(values) == len(r.By) {
			apart = l.say("sources.times", "n", l.number(slices.Max(values)/slices.Min(values), 1))
		}
		row.Cells = append(row.Cells, apart)
		b.Rows = append(b.Rows, row)
	}
	return b
}

// changes are the versions of the formulas, the latest first.
func (l *language) changes(all []footprint.Change) table {
	b := table{Caption: l.say("changes.title"), Head: []string{l.say("changes.version"), l.say("table.day"), l.say("changes.what"), l.say("changes.moves")}}
	for _, c := range all {
		moves := l.say("changes.everything")
		if len(c.Categories) > 0 {
			moves = l.categoryList(c.Categories)
		}
		b.Rows = append(b.Rows, tableRow{link{Text: fmt.Sprint(c.Version)}, []string{l.date(c.Day.UTC()), l.say("change." + c.Name), moves}})
	}
	return b
}

// formulas are the models in words.
func (l *language) formulas() []term {
	return []term{
		{Name: l.say("figure.total"), Text: l.say("formula.total")},
		{Name: l.say("quality.embodied"), Text: l.say("formula.embodied")},
		{Name: l.say("figure.use"), Text: l.say("formula.use")},
		{Name: l.say("figure.energy"), Text: l.say("formula.energy")},
		{Name: l.say("power.title"), Text: l.say("formula.power")},
		{Name: l.say("formula.calibrated.title"), Text: l.say("formula.calibrated")},
		{Name: l.say("electricity.halfhourly.title"), Text: l.say("formula.halfhourly")},
		{Name: l.say("table.yearly"), Text: l.say("formula.yearly")},
		{Name: l.say("compare.title"), Text: l.say("formula.compare")},
		{Name: l.say("waterfall.title.pupil"), Text: l.say("formula.waterfall")},
		{Name: l.say("conformity.title"), Text: l.say("formula.conformity")},
		{Name: l.say("criteria.title"), Text: l.say("formula.criteria")},
		{Name: l.say("life.title"), Text: l.say("formula.life")},
		{Name: l.say("choice.title"), Text: l.say("formula.choice")},
		{Name: l.say("sources.interval"), Text: l.say("formula.interval")},
	}
}

// profile is all that a profile says, with what its hours of use come to.
func (l *language) profile(t *factor.Table, p factor.Profile, today calendar.Day) profileText {
	b := profileText{Name: l.profileName(p.Key), Factors: l.factorLinks(p.Keys()), Note: p.Note}
	if p.Provisional && !p.Override { // the shipped ones, in the words of the page
		b.Note, b.Said = "", l.say("sources.profile.note")
	}
	switch {
	case p.Override:
		b.Mark = l.say("sources.profile.own")
	case p.Provisional:
		b.Mark = l.say("origin.provisional")
	}
	number := func(v float64) string { return l.plain(v) }
	add := func(key, text string) { b.Terms = append(b.Terms, term{Name: l.say(key), Text: text}) }
	stated := func(v float64, text string) string {
		if v == 0 {
			return l.say("notstated")
		}
		return text
	}
	bounds := func(least, most float64, unit string) string {
		switch {
		case least == 0:
			return l.say("notstated")
		case most == 0:
			return l.say("asked.least", "least", number(least)+"\u00a0"+unit)
		}
		return l.say("asked.between", "least", number(least)+"\u00a0"+unit, "most", number(most)+"\u00a0"+unit)
	}
	gigabyte := l.say("unit.gigabyte")
	add("profile.since", l.date(p.From.Time))
	add("table.category", l.say("category."+p.Kind))
	add("aspect.screen", bounds(p.ScreenIn, p.Most.ScreenIn, l.say("unit.inches")))
	add("aspect.memory", bounds(float64(p.MemoryGiB), float64(p.Most.MemoryGiB), gigabyte))
	add("aspect.storage", bounds(float64(p.StorageGB), float64(p.Most.StorageGB), gigabyte))
	add("aspect.weight", stated(p.WeightKg, l.say("asked.most", "most", number(p.WeightKg)+"\u00a0kg")))
	add("profile.battery", stated(p.BatteryH, l.say("hours", "n", number(p.BatteryH))))
	add("profile.warranty", stated(float64(p.WarrantyYears), l.say("years", "n", number(float64(p.WarrantyYears)))))
	add("profile.repairability", l.index(p.RepairabilityIndex))
	add("profile.durability", l.index(p.DurabilityIndex))
	life := func(r factor.Range) string {
		return l.say("years", "n", number(r.Value)) + " (" + l.say("asked.range", "low", number(r.Low), "high", number(r.High)) + ")"
	}
	if p.ExpectedLifeYears != nil {
		add("device.life", life(*p.ExpectedLifeYears)+", "+l.say("profile.ownlife"))
	} else if row, err := t.Find(p.Lifetime, "", today.UTC()); err == nil {
		add("device.life", life(factor.Range{Low: row.Low, Value: row.Value, High: row.High}))
	}
	r, ok := referenceOf(t, p, today)
	if !ok {
		return b
	}
	add("profile.made", l.massBetween(r.Embodied))
	add("profile.energy", l.energyBetween(r.Yearly.Energy))
	if u := p.DailyUse; u != nil && r.ByHours != nil {
		add("profile.hours", l.say("profile.hours.value", "hours", number(u.HoursBySchoolDay.Value), "days", number(u.SchoolDaysInYear.Value), "energy", l.energyBetween(*r.ByHours)))
		if r.HoursDisagree() {
			b.Warning = l.say("profile.disagree")
		}
	}
	return b
}

// referenceOf is what a profile comes to on a day; false for one that does not hold
// on it, or is followed by another.
func referenceOf(t *factor.Table, p factor.Profile, day calendar.Day) (profile.Reference, bool) {
	all, err := profile.All(t, p.Key, grid.MainlandFrance, day)
	if err != nil {
		return profile.Reference{}, false
	}
	for _, r := range all {
		if r.Profile.Override == p.Override && r.Profile.From.Equal(p.From.Time) {
			return r, true
		}
	}
	return profile.Reference{}, false
}

// index writes an index out of ten.
func (l *language) index(v *float64) string {
	if v == nil {
		return l.say("notavailable")
	}
	return l.say("profile.index", "n", l.plain(*v))
}

// licences lists each source that a factor is from.
func (l *language) licences(t *factor.Table) table {
	b := table{Caption: l.say("sources.licences"), Head: []string{l.say("sources.source"), l.say("sources.licence"), l.say("sources.publisher"), l.say("sources.rows")}}
	rows := map[string]int64{}
	var sources []factor.Source
	for _, r := range t.Rows {
		if rows[r.Source.Title]++; rows[r.Source.Title] == 1 {
			sources = append(sources, r.Source)
		}
	}
	sources = append(sources, withoutRows...)
	slices.SortFunc(sources, func(a, b factor.Source) int { return cmp.Compare(a.Title, b.Title) })
	for _, s := range sources {
		b.Rows = append(b.Rows, tableRow{link{s.Title, s.URL}, []string{s.Licence, fmt.Sprintf("%s, %d", s.Publisher, s.Year), l.count(rows[s.Title])}})
	}
	return b
}

// withoutRows are sources of what is no factor.
var withoutRows = []factor.Source{
	{Title: "Calendrier scolaire", Publisher: "Ministère de l'Éducation nationale", Year: 2026, URL: "https://data.education.gouv.fr", Licence: "Licence Ouverte 2.0"},
	{Title: "éco2mix national, taux de CO2", Publisher: "RTE, ODRÉ", Year: 2026, URL: "https://odre.opendatasoft.com/explore/dataset/eco2mix-national-tr", Licence: "Licence Ouverte 2.0 (unverified)"},
}

func (l *language) factorRow(r factor.Row) factorRow {
	row := factorRow{
		Value: l.plain(r.Value) + "\u00a0" + r.Unit, Interval: l.plain(r.Low) + " – " + l.plain(r.High) + " (" + r.Interval + ")",
		Source: link{r.Source.Title, r.Source.URL}, Publisher: fmt.Sprintf("%s, %d", r.Source.Publisher, r.Source.Year), Page: r.Page, Licence: r.Source.Licence,
		Verified: l.say("sources.yes"), Note: r.Note,
	}
	if r.Region != "" {
		row.Where = l.territory(r.Region)
	}
	if !r.Verified {
		row.Verified = l.say("sources.no")
	}
	switch {
	case r.Override:
		row.Own = l.say("sources.own")
	case l.overridden[r.Key]:
		row.Own = l.say("sources.replaced")
	}
	switch {
	case !r.To.IsZero():
		row.When = l.say("sources.from", "from", l.date(r.From.Time), "to", l.date(r.To.Time))
	case !r.From.IsZero():
		row.When = l.say("sources.since", "from", l.date(r.From.Time))
	}
	return row
}

// factorTable is every row with all that it says, to reckon with.
func (l *language) factorTable(t *factor.Table) table {
	b := table{Caption: l.say("sources.factors"), Head: []string{
		l.say("export.factor.key"), l.say("export.factor.value"), l.say("export.low", "of", l.say("export.factor.value")), l.say("export.high", "of", l.say("export.factor.value")), l.say("export.factor.unit"),
		l.say("sources.interval"), l.say("export.factor.where"), l.say("export.factor.when"), l.say("sources.source"), l.say("sources.publisher"), l.say("sources.licence"), l.say("export.factor.page"), l.say("sources.verified"),
	}}
	for _, r := range t.Rows {
		in := l.factorRow(r)
		b.Rows = append(b.Rows, tableRow{link{Text: r.Key}, []string{
			l.digits(r.Value), l.digits(r.Low), l.digits(r.High), r.Unit, r.Interval, in.Where, in.When, joined(", ", r.Source.Title, r.Source.URL), in.Publisher, r.Source.Licence, in.Page, joined(", ", in.Verified, in.Own),
		}})
	}
	return b
}

// digits writes a number with all its digits, however small.
func (l *language) digits(v float64) string {
	_, fraction, _ := strings.Cut(strconv.FormatFloat(v, 'f', -1, 64), ".")
	return l.number(v, len(fraction))
}

// plain writes a number with the digits it was published with; a very small one as a
// power of ten.
func (l *language) plain(v float64) string {
	if v != 0 && v < 1e-4 {
		mantissa, power, _ := strings.Cut(strconv.FormatFloat(v, 'e', -1, 64), "e-")
		m, _ := strconv.ParseFloat(mantissa, 64)
		return l.plain(m) + " × 10⁻" + superscript.Replace(strings.TrimLeft(power, "0"))
	}
	text := strconv.FormatFloat(v, 'f', -1, 64)
	decimals := 0
	if _, fraction, ok := strings.Cut(text, "."); ok {
		decimals = len(fraction)
	}
	return l.number(v, decimals)
}

var superscript = strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")
