package dashboards

import (
	"fmt"
	"slices"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/lifespan"
)

// lawText is what a law asks for, and where the organisation stands.
type lawText struct {
	Title, Said, Law string
	Factor           link
	Table            table
}

// secondHandLaw says which share of what was bought is second-hand.
func (l *language) secondHandLaw(v *view.Procurement) lawText {
	law := lawText{Title: l.say("law.bought"), Law: l.say("law.agec"), Said: l.say("law.bought.unknown")}
	if v.SecondHandAsked != nil {
		law.Factor = link{l.factorName(v.SecondHandAsked.Key), factorURL(v.SecondHandAsked.Key)}
	}
	law.Table = table{Caption: law.Title, Head: []string{l.say("law.year"), l.say("law.new"), l.say("law.reconditioned"), l.say("law.share"), l.say("law.donated"), l.say("law.unknown")}}
	said := false
	for _, y := range v.Bought {
		share := "–"
		if s, ok := y.SecondHand(); ok {
			share = l.percent(s)
			if !said {
				said = true
				law.Said = l.say("law.bought.said", "year", fmt.Sprint(y.Year), "share", share, "n", l.count(y.New+y.Reconditioned))
			}
		}
		law.Table.Rows = append(law.Table.Rows, tableRow{link{Text: fmt.Sprint(y.Year)}, []string{l.count(y.New), l.count(y.Reconditioned), share, l.count(y.Donated), l.count(y.NotRecorded)}})
	}
	return law
}

// reuseLaw says which share of what left went to reuse, beside what the law asks.
func (l *language) reuseLaw(v *view.Procurement) lawText {
	law := lawText{Title: l.say("law.gone"), Law: l.say("law.reen"), Said: l.say("law.gone.unknown")}
	law.Table = table{Caption: law.Title, Head: []string{l.say("law.year"), l.say("law.reuse"), l.say("law.recycling"), l.say("law.lost"), l.say("law.unknown"), l.say("law.share"), l.say("law.asked")}}
	said := false
	for _, y := range v.Gone {
		share, asked := "–", "–"
		if y.Asked != nil {
			asked = l.percent(y.Asked.Value)
			if law.Factor.Text == "" {
				law.Factor = link{l.factorName(y.Asked.Key), factorURL(y.Asked.Key)}
			}
		}
		if s, ok := y.Reused(); ok {
			share = l.percent(s)
			if !said {
				said = true
				key := "law.gone.said"
				if y.Asked != nil {
					key = "law.gone.said.below"
					if s >= y.Asked.Value {
						key = "law.gone.said.above"
					}
				}
				law.Said = l.say(key, "year", fmt.Sprint(y.Year), "share", share, "n", l.count(y.All()-y.NotRecorded), "asked", asked)
			}
		}
		law.Table.Rows = append(law.Table.Rows, tableRow{link{Text: fmt.Sprint(y.Year)}, []string{l.count(y.Reuse), l.count(y.Recycling), l.count(y.Lost), l.count(y.NotRecorded), share, asked}})
	}
	return law
}

// kindTable is what the plan reckons with.
func (l *language) kindTable(kinds []view.KindRow) table {
	t := table{Caption: l.say("kinds.title"), Head: []string{l.say("table.category"), l.say("device.life"), l.say("table.embodied"), l.say("kinds.new"), l.say("kinds.price"), l.say("kinds.reconditioned"), l.say("kinds.repair")}}
	for _, k := range kinds {
		second, repair, from := "–", "–", l.say("kinds.price.factor")
		if k.Second != nil {
			second = l.say("kinds.second", "price", l.eurosBetween(k.Second.Price.Interval), "life", l.yearsBetween(k.Second.Life.Interval))
		}
		if k.Repair != nil {
			key := "kinds.part"
			if k.Repair.Price.From == lifespan.FromRepairs {
				key = "kinds.part.own"
			}
			repair = l.say(key, "part", l.say("choice."+string(k.Repair.Part)), "price", l.eurosBetween(k.Repair.Price.Interval), "life", l.yearsBetween(k.Repair.Extends.Interval))
		}
		if k.Own > 0 {
			from = l.say("kinds.price.own", "n", l.count(k.Own))
		}
		t.Rows = append(t.Rows, tableRow{l.kindLink(k), []string{l.yearsBetween(k.Life.Interval), l.massBetween(k.Embodied.Interval), l.eurosBetween(k.Price.Interval), from, second, repair}})
	}
	return t
}

// kindLink leads to the price's row of a category.
func (l *language) kindLink(k view.KindRow) link {
	to := link{Text: l.say("category." + string(k.Category))}
	if _, isFactor := l.known[k.Price.From]; isFactor {
		to.URL = factorURL(k.Price.From)
	}
	return to
}

// kindKeys are the factors that a plan reckons with.
func (l *language) kindKeys(kinds []view.KindRow) []string {
	var keys []string
	add := func(key string) {
		if _, isFactor := l.known[key]; isFactor && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for _, k := range kinds {
		for _, from := range []string{k.Life.From, k.Embodied.From, k.Price.From} {
			add(from)
		}
		if s := k.Second; s != nil {
			for _, from := range []string{s.Share.From, s.Price.From, s.Life.From} {
				add(from)
			}
		}
		if r := k.Repair; r != nil {
			for _, from := range []string{r.Embodied.From, r.Price.From, r.Extends.From} {
				add(from)
			}
		}
	}
	return keys
}
