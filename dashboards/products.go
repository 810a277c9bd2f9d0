package dashboards

import (
	"fmt"
	"math"
	"net/http"
	"slices"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/view"
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
