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

// productsBody is the page that tells good purchases from bad ones.
type productsBody struct {
	Next    *nextStep // when there is no device
	Lead    string
	Compare *picture // nil: nothing can be compared
	Few     string   // what it takes, where nothing can be compared
	Worst   []measureText
	Search  *siteSearch
	Nobody  string
	List    listed
	Notes   []string
	Factors []link
}

// Products answers GET /organisations/{id}/models.
func (p *Pages) Products(w http.ResponseWriter, r *http.Request) { p.answer(w, r, p.products) }

func (p *Pages) products(r *http.Request, g *page) error {
	id, err := numbered(r)
	if err != nil {
		return err
	}
	all, err := p.Source.Products(r.Context(), id, g.year)
	if err != nil {
		return err
	}
	l := g.language
	g.Template, g.Title = "products.html", l.say("products.title")
	g.section(r, all.Scope, "models")
	if len(all.Products) == 0 {
		g.Sentence, g.Body = l.say("products.none"), productsBody{Next: p.next(r, g, missingList, id, 0)}
		return nil
	}
	g.Sentence = l.productsSentence(all)
	body := productsBody{Lead: l.say("products.lead", "since", l.date(all.Since.UTC())), Compare: l.servedPicture(all, g), Notes: l.productNotes(all)}
	if body.Compare == nil {
		body.Few = l.say("products.few", "devices", l.count(view.FewestDevices), "ends", l.count(view.FewestEnds))
	}
	body.Worst = l.worstProducts(all, g)
	list := listOf(r)
	if len(all.Products) > pageLength {
		body.Search = &siteSearch{list.Find, list.Sort, g.year}
	}
	rows, part := view.ListProducts(all.Products, list, pageLength)
	if part.Found == 0 {
		body.Nobody = l.say("products.nobody", "find", list.Find)
	} else {
		l.turns(&body.List, g, view.ProductOrders, list, part, "list", "products.page")
		body.List.Table = l.productTable(rows, g, all.Scope.Organisation.ID)
	}
	body.Factors = l.factorLinks(categoryKeys(all.Products...))
	g.Body = body
	return nil
}

// categoryKeys are the factors behind rows of products.
func categoryKeys(rows ...*view.ProductRow) []string {
	var keys []string
	for _, r := range rows {
		if key := "embodied." + string(r.Category); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return append(keys, "battery.end_of_life")
}

// productLink leads to the page of a product.
func (l *language) productLink(organisation int64, r *view.ProductRow, g *page) link {
	return link{l.productName(r), fmt.Sprintf("/organisations/%d/models/%d%s", organisation, r.ID, g.yearQuery())}
}

// productName is the maker and the model, or that the list does not tell.
func (l *language) productName(r *view.ProductRow) string {
	if r.Maker == "" && r.Model == "" {
		return l.say("products.unnamed", "category", l.say("category."+string(r.Category)))
	}
	return makerAndModel(r.Maker, r.Model)
}

// productsSentence says which models serve less long than their like.
func (l *language) productsSentence(all *view.Products) string {
	compared, shorter := 0, 0
	var names []string
	for _, r := range all.Products {
		if r.Compared() {
			compared++
		}
		if r.Verdict == view.ServesShorter {
			shorter++
		}
	}
	for i := len(all.Products) - 1; i >= 0 && len(names) < 3; i-- { // the worst stand last, before those too few
		if r := all.Products[i]; r.Verdict == view.ServesShorter {
			names = append(names, l.productName(r))
		}
	}
	n, of := l.count(int64(shorter)), l.count(int64(compared))
	switch {
	case compared == 0:
		return l.say("products.sentence.few")
	case shorter == 0:
		return l.say("products.sentence.none", "all", of)
	case shorter > len(names):
		return l.say("products.sentence.first", "n", n, "all", of, "names", list(names))
	}
	return l.say("products.sentence", "n", n, "all", of, "names", list(names))
}

// mostWorst is how many models are told of with what to do about them.
const mostWorst = 3

// worstProducts are the models that serve least long beside their like, with how many of
// them left too early and how many serve still.
func (l *language) worstProducts(all *view.Products, g *page) (worst []measureText) {
	for _, r := range slices.Backward(all.Products) {
		if r.Verdict != view.ServesShorter || len(worst) == mostWorst {
			continue
		}
		to := l.productLink(all.Scope.Organisation.ID, r, g)
		worst = append(worst, measureText{
			Text: l.say("products.worst", "name", to.Text, "early", l.number(float64(r.Served.Ended)-r.Served.Expected, 0), "devices", l.count(r.Devices)),
			Try:  link{l.say("products.worst.see"), to.URL},
		})
	}
	return worst
}

// verdictClass is the colour of a verdict.
func verdictClass(v view.Verdict) string {
	switch v {
	case view.ServesShorter:
		return "above"
	case view.ServesLonger:
		return "below"
	}
	return "other"
}

// servedPicture draws how many devices of each model ended for each that would have, had
// they lasted as their like; nil where nothing can be compared.
func (l *language) servedPicture(all *view.Products, g *page) *picture {
	var rows []chart.Interval
	t := table{Caption: l.say("products.served"), Head: []string{l.say("table.model"), l.say("table.category"), l.say("products.ended"), l.say("products.expected"), l.say("table.verdict")}}
	for _, r := range bestAndWorst(all.Products) {
		s := r.Served
		spread := math.Abs((float64(s.Ended) - s.Expected) / s.Deviation)
		bound := func(deviations float64) float64 {
			return max(0, float64(s.Ended)+deviations*spread) / s.Expected
		}
		value := float64(s.Ended) / s.Expected
		to := l.productLink(all.Scope.Organisation.ID, r, g)
		rows = append(rows, chart.Interval{
			Label: to.Text, Link: to.URL, Low: bound(-1.96), Value: value, High: bound(1.96), Class: verdictClass(r.Verdict),
			Text: l.say("products.ratio", "n", l.times(value)),
		})
		t.Rows = append(t.Rows, tableRow{to, []string{l.say("category." + string(r.Category)), l.count(int64(s.Ended)), l.number(s.Expected, 1), l.say("served." + string(r.Verdict))}})
	}
	if len(rows) == 0 {
		return nil
	}
	words := l.words(l.say("products.served"), l.say("products.served.desc", "n", l.count(int64(len(rows)))), "axis.served")
	return &picture{words.Title, chart.Intervals("served", words, rows, 1), t}
}

// bestAndWorst are the products that can be compared, without those in the middle where
// there are more than a picture shows.
func bestAndWorst(all []*view.ProductRow) []*view.ProductRow {
	compared := slices.DeleteFunc(slices.Clone(all), func(r *view.ProductRow) bool { return !r.Compared() })
	if n := len(compared); n > mostSites {
		compared = slices.Concat(compared[:mostSites/2], compared[n-mostSites/2:])
	}
	return compared
}

// productTable are products with what tells good from bad.
func (l *language) productTable(rows []*view.ProductRow, g *page, organisation int64) table {
	t := table{Caption: l.say("products.list"), Head: []string{
		l.say("table.model"), l.say("table.verdict"), l.say("table.devices"), l.say("table.age"), l.say("table.category"), l.say("products.life"),
		l.say("table.embodied"), l.say("products.idle"), l.say("products.battery"),
	}}
	prices, failures := false, false
	for _, r := range rows {
		prices, failures = prices || r.Price != nil, failures || r.Failures != nil
	}
	if failures {
		t.Head = append(t.Head, l.say("products.failures"))
	}
	if prices {
		t.Head = append(t.Head, l.say("products.price"))
	}
	for _, r := range rows {
		cells := []string{
			l.say("served." + string(r.Verdict)), l.count(r.Devices), "–", l.say("category." + string(r.Category)), l.lifeOf(r), "–", "–", "–",
		}
		if r.Devices > 0 {
			cells[2] = l.say("years", "n", l.number(r.AgeYears, 1))
		}
		if r.Embodied != nil {
			cells[5] = l.massBetween(*r.Embodied)
		}
		if r.Power != nil {
			cells[6] = withUnit(quantity.Format(r.Power.Idle, quantity.PowerScales, l.code))
			if r.Power.Devices > 0 {
				cells[6] = l.say("products.measured", "watts", cells[6])
			}
		}
		if b := r.Battery; b != nil && b.Aged > 0 {
			cells[7] = l.say("products.loss", "n", l.percent(b.LossPerYear.Value))
		}
		if failures {
			cells = append(cells, l.failureRate(r.Failures))
		}
		if prices {
			cells = append(cells, l.price(r.Price))
		}
		t.Rows = append(t.Rows, tableRow{l.productLink(organisation, r, g), cells})
	}
	return t
}

// failureRate is how many of a hundred devices fail in a year.
func (l *language) failureRate(f *view.FailureRow) string {
	if f == nil {
		return "–"
	}
	return between(quantity.Format(f.PerHundred, quantity.PlainScale, l.code))
}

// lifeOf is the age that half of the devices reach, or as far as it is known.
func (l *language) lifeOf(r *view.ProductRow) string {
	switch {
	case r.Median.Value != nil:
		return l.say("years", "n", l.number(float64(*r.Median.Value), 1))
	case r.Mean != nil:
		return l.say("products.life.beyond")
	}
	return "–"
}

// price is what devices cost, with the dearest and the cheapest lot.
func (l *language) price(p *view.PriceRow) string {
	if p == nil {
		return "–"
	}
	return between(quantity.Format(quantity.Interval[quantity.Euros]{Low: p.Low, Value: min(p.High, max(p.Low, p.Mean)), High: p.High}, eurosOnly, l.code))
}

// productNotes say what the table stands on.
func (l *language) productNotes(all *view.Products) []string {
	notes := []string{l.say("products.note.served"), l.methodNote(all.Scope.Method), l.say("products.note.battery", "worn", l.percent(all.WornAt))}
	if i := slices.IndexFunc(all.Products, func(r *view.ProductRow) bool { return r.Failures != nil }); i >= 0 {
		notes = append(notes, l.say("products.note.failures", "since", l.date(all.Products[i].Failures.Since.In(l.where))))
	} else {
		notes = append(notes, l.say("products.note.norepairs"))
	}
	for _, r := range all.Products {
		if r.Price != nil {
			return append(notes, l.say("products.note.price"))
		}
	}
	return notes
}

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
