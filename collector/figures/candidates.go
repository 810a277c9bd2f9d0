package figures

import (
	"cmp"
	"slices"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/renewal"
)

// candidate is where devices of a model stand.
type candidate struct {
	site  int64
	model modelKey
}

// candidates are the devices that are at their expected end by the end of the school
// year, by school and model, with what replacing them would avoid.
func (p *planning) candidates() error {
	end := p.endOfYear()
	found := map[candidate]*view.Candidate{}
	for _, l := range p.lots {
		key := keyOf(p.specs[l.Product])
		k, known := p.kinds[key.category]
		if !known || !p.inService(l) || lifespan.Years(end.Sub(l.InService)) < float64(k.Life.Value) {
			continue
		}
		at := candidate{l.Site, key}
		c := found[at]
		if c == nil {
			c = &view.Candidate{Site: l.Site, Product: p.ids[key], Category: key.category, Maker: key.maker, Model: key.model}
			found[at] = c
		}
		c.Devices += int(l.Count)
		c.AgeYears += float64(l.Count) * lifespan.Years(p.at.Sub(l.InService))
	}
	all := make([]view.Candidate, 0, len(found))
	answers := map[equipment.Category]map[int]*weighed{}
	for _, c := range found {
		c.AgeYears /= float64(c.Devices)
		if answers[c.Category] == nil {
			answers[c.Category] = map[int]*weighed{}
		}
		age := int(c.AgeYears + 0.5)
		if answers[c.Category][age] == nil {
			w, err := p.weigh(p.kinds[c.Category], quantity.Years(age))
			if err != nil {
				return err
			}
			answers[c.Category][age] = w
		}
		answers[c.Category][age].fill(c)
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b view.Candidate) int {
		return cmp.Or(cmp.Compare(b.PerEuro, a.PerEuro), cmp.Compare(int(b.AgeYears), int(a.AgeYears)), cmp.Compare(b.Devices, a.Devices), cmp.Compare(a.Site, b.Site), cmp.Compare(a.Product, b.Product))
	})
	p.v.Found = len(all)
	p.v.Candidates = all[:min(len(all), mostCandidates)]
	return nil
}

// weighed is the better replacement of a device of some age.
type weighed struct {
	verdict lifespan.Verdict
	by      string
	avoided renewal.Mass
	price   renewal.Euros
}

// weigh asks whether to keep a device, and by what to replace it if at all.
func (p *planning) weigh(k renewal.Kind, age quantity.Years) (*weighed, error) {
	q, err := lifespan.Ask(p.of.Factors(), k.Category, age, p.scope.Territory, p.scope.To-1)
	if err != nil {
		return nil, err
	}
	q.NewPrice, q.NewEmbodied, q.HorizonYears = k.Price, k.Embodied, 1 // of the curves nothing is shown
	for i := range q.Repairs {
		p.repairs.price(&q.Repairs[i], k.Category)
	}
	answer, err := q.Answer()
	if err != nil {
		return nil, err
	}
	w := &weighed{verdict: answer.Verdict}
	for _, c := range answer.Carbon.Choices {
		if c.Kind != lifespan.Replace || w.by != "" && -c.Total.Value <= w.avoided.Value {
			continue
		}
		w.by, w.price = c.Name, q.NewPrice.Interval
		w.avoided = renewal.Mass{Low: -c.Total.High, Value: -c.Total.Value, High: -c.Total.Low}
		if c.Name == string(lifespan.Reconditioned) {
			w.price = q.Reconditioned.Price.Interval
		}
	}
	return w, nil
}

func (w *weighed) fill(c *view.Candidate) {
	c.Verdict, c.By, c.Avoided, c.Price = w.verdict, w.by, w.avoided, w.price
	if w.price.Value > 0 {
		c.PerEuro = w.avoided.Value / quantity.Grams(w.price.Value)
	}
}
