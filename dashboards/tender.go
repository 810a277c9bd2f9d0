package dashboards

import (
	"fmt"
	"net/http"

	"github.com/ecoparc/ecoparc/dashboards/view"
)

// Tender answers GET /organisations/{id}/procurement/tender.
func (p *Pages) Tender(w http.ResponseWriter, r *http.Request) { p.answer(w, r, p.tender) }

// tenderBody is the appendix of a call for tenders.
type tenderBody struct {
	Form       policyForm // its errors only
	Back       string     // to the plan
	Lead       string
	Lots       table
	References []profileText
	Asked      table
	Compare    table
	Share      string
	Laws       []string
	Factors    []link
}

func (p *Pages) tender(r *http.Request, g *page) error {
	id, err := numbered(r)
	if err != nil {
		return err
	}
	l := g.language
	g.Template, g.Title = "tender.html", l.say("tender.title")
	v, form, err := p.planned(r, g, id)
	if err != nil {
		return err
	}
	plan := fmt.Sprintf("/organisations/%d/procurement", id)
	g.Crumbs[len(g.Crumbs)-1].URL = plan
	g.Crumbs = append(g.Crumbs, link{l.say("tender.title"), ""})
	if v == nil {
		g.Sentence, g.Body = l.say("procurement.wrong"), tenderBody{Form: form, Back: plan}
		return nil
	}
	t := view.TenderOf(v)
	g.APIURL = fmt.Sprintf("/api/v1/organisations/%d/procurement/tender?%s", id, policyQuery(v.Policy))
	body := tenderBody{Back: plan + "?" + policyQuery(v.Policy), Asked: l.askedTable(), Share: l.say("tender.share", "share", l.percent(t.Reconditioned)), Factors: l.factorLinks(l.kindKeys(v.Kinds)), Laws: []string{l.say("law.agec"), l.say("law.indices"), l.say("law.reen")}}
	devices := 0
	body.Lots = table{Caption: l.say("tender.lots"), Head: []string{l.say("table.category"), l.say("plan.new"), l.say("plan.reconditioned"), l.say("tender.parts"), l.say("device.life")}}
	body.Compare = table{Caption: l.say("tender.compare"), Head: []string{l.say("table.category"), l.say("product.embodied"), l.say("tender.use"), l.say("tender.peryear")}}
	for _, lot := range t.Lots {
		devices += lot.New + lot.Reconditioned
		parts := l.count(int64(lot.Parts))
		if lot.Part != "" {
			parts = l.say("tender.part", "n", parts, "part", l.say("choice."+string(lot.Part)+".name"))
		}
		name := link{Text: l.say("category." + string(lot.Category))}
		body.Lots.Rows = append(body.Lots.Rows, tableRow{name, []string{l.count(int64(lot.New)), l.count(int64(lot.Reconditioned)), parts, l.yearsBetween(lot.Life)}})
		perYear := lot.Embodied.Times(1 / float64(lot.Life.Value))
		body.Compare.Rows = append(body.Compare.Rows, tableRow{name, []string{l.massBetween(lot.Embodied), l.energyBetween(lot.Use), l.massBetween(perYear)}})
	}
	for _, pr := range t.References {
		body.References = append(body.References, l.profile(p.Source.Factors(), pr, v.Scope.To-1))
	}
	body.Lead = l.say("tender.lead", "name", v.Scope.Organisation.Name, "asof", l.date(v.Scope.AsOf.In(l.where)))
	g.Sentence = l.say("tender.sentence", "n", l.count(int64(devices)), "reconditioned", l.percent(t.Reconditioned), "year", fmt.Sprint(t.BeginsIn+1))
	if devices == 0 {
		g.Sentence = l.say("tender.sentence.none", "year", fmt.Sprint(t.BeginsIn+1))
	}
	g.Body = body
	return nil
}

// askedOfBidders are what bidders state of each product, in the order of the appendix.
var askedOfBidders = []string{"embodied", "energy", "power", "battery", "repairability", "durability", "parts", "warranty", "life", "weight", "reconditioned", "takeback"}

// askedTable is what bidders state, in which unit and by which method.
func (l *language) askedTable() table {
	t := table{Caption: l.say("tender.asked"), Head: []string{l.say("tender.what"), l.say("tender.unit"), l.say("tender.method"), l.say("tender.answer")}}
	for _, key := range askedOfBidders {
		t.Rows = append(t.Rows, tableRow{link{Text: l.say("asked.of." + key)}, []string{l.say("asked.unit." + key), l.say("asked.method." + key), ""}})
	}
	return t
}
