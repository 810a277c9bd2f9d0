package dashboards

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Product answers GET /organisations/{id}/models/{model}.
func (p *Pages) Product(w http.ResponseWriter, r *http.Request) { p.answer(w, r, p.product) }

// productBody is the page of one model.
type productBody struct {
	Lead     string
	Survival *picture
	NoCurve  string
	Facts    []term
	Failures *failuresText
	Battery  *picture
	Worn     string
	Power    *powerText
	Sites    table
	More     string // schools that the table leaves out
	Factors  []link
}

func (p *Pages) product(r *http.Request, g *page) error {
	id, err := numbered(r)
	if err != nil {
		return err
	}
	model, err := strconv.ParseInt(r.PathValue("model"), 10, 64)
	if err != nil {
		return view.ErrNotFound
	}
	v, err := p.Source.Product(r.Context(), id, model, g.year)
	if err != nil {
		return err
	}
	l, row := g.language, &v.Product
	name := l.productName(row)
	g.Template, g.Title = "product.html", name
	g.section(r, v.Scope, "models")
	g.Crumbs[len(g.Crumbs)-1] = link{l.say("section.models"), fmt.Sprintf("/organisations/%d/models%s", id, g.yearQuery())}
	g.Crumbs = append(g.Crumbs, link{name, ""})
	g.APIURL = fmt.Sprintf("/api/v1/organisations/%d/models/%d?year=%d", id, row.ID, v.Scope.SchoolYear)
	g.Sentence = l.say("product.sentence."+string(row.Verdict), "name", name, "category", l.say("category."+string(row.Category)),
		"ended", l.count(int64(row.Served.Ended)), "expected", l.number(row.Served.Expected, 0), "devices", l.count(int64(row.Watched)))
	body := productBody{Lead: l.say("product.lead", "devices", l.count(row.Devices), "sites", l.count(int64(row.Places)), "left", l.count(row.Left.All())), Facts: l.productFacts(v), Power: l.power(row.Power), Factors: l.factorLinks(categoryKeys(row))}
	if body.Power != nil {
		body.Power.Years = nil // they are of one device
	}
	if body.Survival = l.survival(v, name); body.Survival == nil {
		body.NoCurve = l.say("product.nocurve", "n", l.count(int64(row.Watched)), "ended", l.count(int64(row.Served.Ended)), "least", l.count(view.FewestDevices))
	}
	body.Failures = l.failures(row.Failures)
	body.Battery, body.Worn = l.batteryPicture(v)
	body.Sites = table{Caption: l.say("product.sites"), Head: []string{l.say("table.site"), l.say("table.devices"), l.say("table.age")}}
	for i, s := range v.Sites {
		if i == mostSites && !listOf(r).Whole {
			body.More = l.say("product.more", "n", l.count(int64(len(v.Sites)-mostSites)))
			break
		}
		body.Sites.Rows = append(body.Sites.Rows, tableRow{link{s.Name, fmt.Sprintf("/sites/%d%s", s.ID, g.yearQuery())}, []string{l.count(s.Devices), l.say("years", "n", l.number(s.AgeYears, 1))}})
	}
	g.Body = body
	return nil
}

// productFacts are what is known of a model, each with how it is known.
func (l *language) productFacts(v *view.Product) []term {
	r := &v.Product
	terms := []term{{Name: l.say("table.category"), Text: l.say("category." + string(r.Category))}}
	add := func(key, text string) { terms = append(terms, term{Name: l.say(key), Text: text}) }
	if r.Devices > 0 {
		add("table.age", l.say("years", "n", l.number(r.AgeYears, 1)))
	}
	if r.Embodied != nil {
		add("product.embodied", l.massBetween(*r.Embodied)+" · "+l.say("method."+string(v.Scope.Method)))
	}
	if r.Median.Value != nil {
		text := l.say("years", "n", l.number(float64(*r.Median.Value), 1))
		if r.Median.Low != nil && r.Median.High != nil {
			text += " (" + l.say("asked.range", "low", l.number(float64(*r.Median.Low), 1), "high", l.number(float64(*r.Median.High), 1)) + ")"
		}
		add("product.median", text)
	}
	add("product.left", l.say("product.left.text", "recycling", l.count(r.Left.Recycling), "reuse", l.count(r.Left.Reuse), "lost", l.count(r.Left.Lost), "unknown", l.count(r.Left.NotRecorded)))
	if r.MeteredHours > 0 {
		add("product.metered", l.say("product.metered.text", "watts", withUnit(quantity.Format(quantity.Exactly(r.Metered), quantity.PowerScales, l.code)), "hours", l.count(int64(math.Round(r.MeteredHours)))))
	}
	if r.Price != nil {
		add("products.price", l.say("product.price.text", "price", l.price(r.Price), "n", l.count(r.Price.Devices)))
	}
	return terms
}

// failuresText is how often the devices of a model fail, and of what.
type failuresText struct {
	Said  string
	Table table
}

func (l *language) failures(f *view.FailureRow) *failuresText {
	if f == nil {
		return nil
	}
	b := &failuresText{Said: l.say("product.failures.said", "rate", l.failureRate(f), "n", l.count(f.Failures), "years", l.count(int64(math.Round(f.DeviceYears))), "since", l.date(f.Since.In(l.where)))}
	b.Table = table{Caption: l.say("product.failures.parts"), Head: []string{l.say("repair.part"), l.say("product.failures.count"), l.say("product.failures.broken")}}
	priced := slices.ContainsFunc(f.Parts, func(p view.PartFailures) bool { return p.Costed > 0 })
	if priced {
		b.Table.Head = append(b.Table.Head, l.say("product.failures.cost"))
	}
	for _, p := range f.Parts {
		cells := []string{l.count(p.Count), l.count(p.NotRepairable)}
		if priced {
			cost := "–"
			if p.Costed > 0 {
				cost = l.say("admin.device.euros", "n", l.number(float64(p.Cost)/float64(p.Costed), 0))
			}
			cells = append(cells, cost)
		}
		b.Table.Rows = append(b.Table.Rows, tableRow{link{Text: l.say("repair.part." + string(p.Part))}, cells})
	}
	return b
}

// survival draws which share is in service at an age, beside the others of the category.
func (l *language) survival(v *view.Product, name string) *picture {
	if v.Curve == nil {
		return nil
	}
	points := func(c *lifespan.Curve) chart.Curve {
		curve := chart.Curve{Steps: true, Points: []chart.Point{{X: float64(c.From), Low: 100, Value: 100, High: 100}}}
		last := curve.Points[0]
		for _, s := range c.Steps {
			last = chart.Point{X: float64(s.Age), Low: 100 * s.Low, Value: 100 * s.Survival, High: 100 * s.High}
			curve.Points = append(curve.Points, last)
		}
		last.X = float64(c.To)
		curve.Points = thinned(append(curve.Points, last))
		return curve
	}
	own := points(v.Curve)
	own.Label, own.Class = name, "this"
	curves := []chart.Curve{own}
	if v.Others != nil {
		others := points(v.Others)
		others.Label, others.Class = l.say("product.others"), "other"
		curves = []chart.Curve{others, own}
	}
	words := l.words(l.say("product.survival.chart"), l.say("product.survival.desc", "devices", l.count(int64(v.Curve.Devices)), "ended", l.count(int64(v.Curve.Ended))), "axis.inservice")
	t := table{Caption: words.Title, Head: []string{l.say("table.age"), l.say("product.inservice"), l.say("product.others")}}
	for age := math.Ceil(float64(v.Curve.From)); age <= float64(v.Curve.To) && len(t.Rows) < 20; age++ {
		t.Rows = append(t.Rows, tableRow{link{Text: l.say("years", "n", l.number(age, 0))}, []string{l.shareAt(v.Curve, age), l.shareAt(v.Others, age)}})
	}
	return &picture{words.Title, chart.Curves("survival", words, l.say("axis.age"), curves, chart.Level{}), t}
}

// mostSteps is how many steps of a curve are drawn: more are nearer than a line is wide.
const mostSteps = 120

// thinned leaves steps out that nobody could see.
func thinned(points []chart.Point) []chart.Point {
	if len(points) <= mostSteps {
		return points
	}
	kept := make([]chart.Point, 0, mostSteps)
	for i := range mostSteps {
		kept = append(kept, points[i*(len(points)-1)/(mostSteps-1)])
	}
	return kept
}

func (l *language) shareAt(c *lifespan.Curve, age float64) string {
	if c == nil {
		return "–"
	}
	share, ok := c.At(quantity.Years(age))
	if !ok {
		return "–"
	}
	return between(quantity.Format(share.Times(100), percentOnly, l.code))
}

var percentOnly = []quantity.Scale{{Unit: "%", Per: 1}}

// batteryPicture draws what batteries hold at their ages, and says how many are worn.
func (l *language) batteryPicture(v *view.Product) (*picture, string) {
	b := v.Product.Battery
	if b == nil {
		return nil, ""
	}
	said := l.say("product.worn", "worn", l.count(int64(b.Worn)), "n", l.count(int64(b.Batteries)), "level", l.percent(v.WornAt))
	if b.Aged > 0 {
		said = l.say("product.loss", "n", between(quantity.Format(b.LossPerYear.Times(100), percentOnly, l.code))) + " " + said
	}
	if lost := b.LossPerYear; lost.Low > 0 {
		worn := 1 - v.WornAt
		age := quantity.Interval[float64]{Low: worn / lost.High, Value: worn / lost.Value, High: worn / lost.Low}
		said += " " + l.say("product.wornage", "age", l.say("years", "n", l.number(age.Value, 1))+" ("+l.say("asked.range", "low", l.number(age.Low, 1), "high", l.number(age.High, 1))+")")
	}
	if len(b.ByAge) < 2 {
		return nil, said
	}
	curve := chart.Curve{Label: l.say("product.battery.line"), Class: "this"}
	words := l.words(l.say("product.battery.chart"), said, "axis.battery")
	t := table{Caption: words.Title, Head: []string{l.say("table.age"), l.say("product.batteries"), l.say("product.health")}}
	for _, at := range b.ByAge {
		h := at.Health.Times(100)
		curve.Points = append(curve.Points, chart.Point{X: float64(at.Age), Low: h.Low, Value: h.Value, High: h.High})
		t.Rows = append(t.Rows, tableRow{link{Text: l.say("years", "n", l.number(float64(at.Age), 1))}, []string{l.count(int64(at.Batteries)), between(quantity.Format(h, percentOnly, l.code))}})
	}
	level := chart.Level{At: 100 * v.WornAt, Text: l.say("product.battery.level", "level", l.percent(v.WornAt))}
	return &picture{words.Title, chart.Curves("battery", words, l.say("axis.age"), []chart.Curve{curve}, level), t}, said
}
