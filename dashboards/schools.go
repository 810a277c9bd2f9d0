package dashboards

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/outline"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/compare"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// schoolsBody is the page that compares schools: a map, a funnel for each kind of
// school, and the list.
type schoolsBody struct {
	Next    *nextStep // when there is no school, or no device
	Lead    string
	Form    schoolsForm
	Map     *picture
	NoMap   string // said where no positions are known
	Funnels []picture
	Few     string // said of kinds with too few schools
	List    *siteList
	Council *figure // what all are compared with; nil: there is nothing to compare
}

// schoolsForm picks the schools that are compared.
type schoolsForm struct {
	Year    int
	Kinds   []option
	Sizes   []option
	Covered bool
}

type option struct {
	Value, Text string
	Chosen      bool
}

// mostNamed is how many schools the first sentence and a picture name.
const mostNamed = 12

// Schools answers GET /organisations/{id}/schools.
func (p *Pages) Schools(w http.ResponseWriter, r *http.Request) { p.answer(w, r, p.schools) }

func (p *Pages) schools(r *http.Request, g *page) error {
	o, err := p.overviewOf(r, g, "schools")
	if err != nil {
		return err
	}
	l := g.language
	g.Template, g.Footer = "schools.html", l.footer(o.Scope, o.Period)
	g.Title = l.say("schools.title")
	if len(o.Sites) == 0 {
		g.Sentence, g.Body = l.say("schools.none"), schoolsBody{Next: p.next(r, g, missingSites, o.Scope.Organisation.ID, 0)}
		return nil
	}
	q := r.URL.Query()
	if o.Coverage.Devices == 0 {
		g.Sentence, g.Body = l.say("schools.sentence.few"), schoolsBody{Next: p.next(r, g, missingDevices, o.Scope.Organisation.ID, 0), List: l.schoolList(view.CompareSchools(o, view.Alike{}), g, listOf(r), 0)}
		return nil
	}
	alike := view.Alike{Kind: oneOf(q.Get("kind"), siteKinds), Size: oneOf(q.Get("size"), view.Sizes), Covered: q.Get("covered") != ""}
	all := view.CompareSchools(o, alike)
	g.keep = url.Values{}
	for name, value := range map[string]string{"kind": alike.Kind, "size": alike.Size, "covered": q.Get("covered")} {
		if value != "" {
			g.keep.Set(name, value)
		}
	}
	body := schoolsBody{Form: l.schoolsForm(g, alike), Lead: l.say("schools.lead")}
	g.Sentence = l.schoolsSentence(all)
	body.Map = l.schoolsMap(all, g, p.outlines)
	if body.Map == nil {
		body.NoMap = l.say("schools.map.none")
	}
	for _, f := range all.Funnels {
		body.Funnels = append(body.Funnels, l.funnelPicture(f, all, g))
	}
	if len(all.Funnels) == 0 {
		body.Few = l.say("schools.few", "n", l.count(compare.Fewest))
	}
	body.List = l.schoolList(all, g, listOf(r), float64(o.Headline.Reference.Total().Value))
	if o.Headline.Comparison.Verdict != profile.Unknown {
		council := l.headlineFigure(o.Headline)
		body.Council = &council
	}
	g.Body = body
	return nil
}

// overviewOf reads the overview that a page of an organisation is made of, and fills in
// the frame. section is the key of the page among the organisation's.
func (p *Pages) overviewOf(r *http.Request, g *page, section string) (*view.Overview, error) {
	id, err := numbered(r)
	if err != nil {
		return nil, err
	}
	o, err := p.Source.Overview(r.Context(), id, g.year)
	if err != nil {
		return nil, err
	}
	g.section(r, o.Scope, section)
	return o, nil
}

// siteKinds are the kinds of site, in the order of their choice.
var siteKinds = []string{"college", "lycee", "other"}

// oneOf is a value if it is one of those allowed, and otherwise empty.
func oneOf(value string, allowed []string) string {
	if slices.Contains(allowed, value) {
		return value
	}
	return ""
}

func (l *language) schoolsForm(g *page, a view.Alike) schoolsForm {
	f := schoolsForm{Year: g.year, Covered: a.Covered}
	for _, kind := range append([]string{""}, siteKinds...) {
		f.Kinds = append(f.Kinds, option{kind, l.say("schools.kind." + kind), kind == a.Kind})
	}
	for _, size := range append([]string{""}, view.Sizes...) {
		f.Sizes = append(f.Sizes, option{size, l.say("schools.size." + size), size == a.Size})
	}
	return f
}

// schoolsSentence says how many schools stand out, and names the furthest.
func (l *language) schoolsSentence(all *view.Schools) string {
	compared, above := 0, 0
	for _, f := range all.Funnels {
		compared += f.Schools
		above += f.Above
	}
	switch {
	case compared == 0:
		return l.say("schools.sentence.few")
	case above == 0:
		return l.say("schools.sentence.none", "all", l.count(int64(compared)))
	}
	var names []string
	for _, s := range all.Schools {
		if s.Excess != nil && len(names) < 3 {
			names = append(names, s.Name)
		}
	}
	key := "schools.sentence"
	if above > len(names) {
		key = "schools.sentence.first"
	}
	return l.say(key, "n", l.count(int64(above)), "all", l.count(int64(compared)), "names", list(names))
}

// classOf is the colour of a place.
func classOf(p compare.Place) string {
	switch p {
	case compare.Above, compare.FarAbove:
		return "above"
	case compare.Below, compare.FarBelow:
		return "below"
	}
	return "other"
}

// spot is a school in a picture; the furthest above are named.
func (l *language) spot(s *view.SchoolRow, g *page, x, y float64, named *int) chart.Spot {
	spot := chart.Spot{Label: s.Name, X: x, Y: y, Class: classOf(s.Place)}
	if spot.Class != "other" {
		spot.Link = siteLink(s.SiteRow, g).URL
	}
	if spot.Class == "above" && *named < mostNamed {
		spot.Named = true
		*named++
	}
	return spot
}

// schoolsMap draws the schools where they are; nil where fewer than two positions are
// known. Its table is the list of schools.
func (l *language) schoolsMap(all *view.Schools, g *page, outlines []outline.Ring) *picture {
	var spots []chart.Spot
	var around outline.Box
	named, above, without := 0, 0, 0
	for _, s := range all.Schools {
		if s.Position == (view.Position{}) {
			without++
			continue
		}
		at := outline.Point{Longitude: s.Position.Longitude, Latitude: s.Position.Latitude}
		around = around.Include(at)
		if spots = append(spots, l.spot(s, g, at.Longitude, at.Latitude, &named)); s.Excess != nil {
			above++
		}
	}
	if len(spots) < 2 {
		return nil
	}
	const beyond = 1 // degrees
	around = outline.Box{West: around.West - beyond, South: around.South - beyond, East: around.East + beyond, North: around.North + beyond}
	var lines []chart.Outline
	for _, ring := range outlines {
		if !ring.Around.Meets(around) {
			continue
		}
		var line chart.Outline
		for _, p := range ring.Points {
			line = append(line, [2]float64{p.Longitude, p.Latitude})
		}
		lines = append(lines, line)
	}
	words := l.words(l.say("schools.map"), l.say("schools.map.desc", "n", l.count(int64(len(spots))), "above", l.count(int64(above)), "without", l.count(int64(without))), "axis.yearly")
	return &picture{Title: words.Title, SVG: chart.Map("map", words, spots, lines)}
}

// funnelPicture draws the schools of a kind with the limits that chance sets.
func (l *language) funnelPicture(f view.Funnel, all *view.Schools, g *page) picture {
	var spots []chart.Spot
	named := 0
	t := table{Head: []string{l.say("table.site"), l.say("table.pupils"), l.say("table.yearly"), l.say("table.place"), l.say("table.excess")}}
	for _, s := range all.Schools {
		if s.Kind != f.Kind || s.Place == compare.NotPlaced {
			continue
		}
		spots = append(spots, l.spot(s, g, float64(s.Headline.Pupils), kg(s.Headline.Yearly.Total().Value), &named))
		excess := "–"
		if s.Excess != nil {
			excess = l.mass(quantity.Exactly(*s.Excess))
		}
		t.Rows = append(t.Rows, tableRow{siteLink(s.SiteRow, g), []string{
			l.count(s.Headline.Pupils), l.massBetween(s.Headline.Yearly.Total()), l.say("place." + string(s.Place)), excess,
		}})
	}
	target := l.mass(quantity.Exactly(f.Target))
	words := l.words(l.say("schools.funnel", "kind", strings.ToLower(l.say("schools.kind."+f.Kind))), l.say("schools.funnel.desc",
		"all", l.count(int64(f.Schools)), "mean", target, "above", l.count(int64(f.Above)), "below", l.count(int64(f.Below))), "axis.perpupil")
	limits := chart.Limits{
		Target:     kg(f.Target),
		Inner:      func(pupils float64) (float64, float64) { return f.Limits(pupils, compare.Limit95) },
		Outer:      func(pupils float64) (float64, float64) { return f.Limits(pupils, compare.Limit998) },
		TargetText: l.say("schools.funnel.mean", "mean", target), InnerText: l.say("schools.funnel.inner"), OuterText: l.say("schools.funnel.outer"), SizeAxis: l.say("axis.pupils"),
	}
	t.Caption = words.Title
	return picture{words.Title, chart.Funnel("funnel-"+f.Kind, words, spots, limits), t}
}

// schoolList is a part of the list, each school with its interval on one scale. What the
// page is about stands first: a phone shows two or three columns.
func (l *language) schoolList(all *view.Schools, g *page, list view.List, reference float64) *siteList {
	b := &siteList{}
	if len(all.Schools) > searchSites {
		b.Search = &siteSearch{list.Find, list.Sort, g.year}
	}
	end := reference
	for _, s := range all.Schools {
		end = max(end, float64(s.Headline.Yearly.Total().High))
	}
	rows, part := view.ListSchools(all.Schools, list, pageLength)
	if part.Found == 0 {
		b.Nobody = l.say("sites.none", "find", list.Find)
		return b
	}
	l.turns(&b.listed, g, view.SchoolOrders, list, part, "sites", "sites.page")
	b.Table = table{Caption: l.say("sites.title"), Head: []string{l.say("table.site"), l.say("table.yearly"), l.say("table.place"), l.say("table.kind"), l.say("table.pupils"), l.say("table.devices"), l.say("table.silent"), l.say("table.scale")}}
	for _, s := range rows {
		total, per := s.Headline.Yearly.Total(), s.Headline.Per
		cells := []string{"–", l.say("place." + string(s.Place)), l.say("schools.kind." + s.Kind), l.pupils(s.Headline.Pupils), l.count(s.Coverage.Devices), l.count(s.Coverage.Silent)}
		var strip template.HTML
		if per == "pupil" && s.Headline.Devices > 0 && reference > 0 {
			cells[0] = l.massBetween(total)
			strip = chart.Strip(float64(total.Low), float64(total.Value), float64(total.High), reference, end, classOf(s.Place))
		}
		b.Table.Rows = append(b.Table.Rows, tableRow{siteLink(s.SiteRow, g), cells})
		b.Table.Strips = append(b.Table.Strips, strip)
	}
	return b
}
