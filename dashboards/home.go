package dashboards

import (
	"fmt"
	"net/http"
)

func (p *Pages) home(r *http.Request, g *page) error {
	all, err := p.Source.Organisations(r.Context())
	if err != nil {
		return err
	}
	own, err := p.Source.OwnSites(r.Context())
	if err != nil {
		return err
	}
	switch {
	case len(all) == 1 && len(own) == 0:
		return p.fillOverview(r, g, all[0].ID)
	case len(all) == 0 && len(own) == 1:
		return p.fillSite(r, g, own[0].ID)
	}
	l := g.language
	g.Title, g.Template = l.say("home.title"), "home.html"
	var cards []homeCard
	for _, o := range all {
		cards = append(cards, homeCard{
			link{o.Name, fmt.Sprintf("/organisations/%d", o.ID)},
			l.say("home.card", "sites", l.count(o.Sites), "devices", l.count(o.Devices)), o.Simulated,
		})
	}
	for _, s := range own {
		cards = append(cards, homeCard{Link: link{s.Name, fmt.Sprintf("/sites/%d", s.ID)}, Simulated: s.Simulated})
	}
	switch {
	case len(own) > 0:
		g.Title, g.Sentence = l.say("home.own.title"), l.say("home.own", "n", l.count(int64(len(cards))))
	case len(all) > 0:
		g.Sentence = l.say("home.sentence", "n", l.count(int64(len(all))))
	default:
		g.Sentence = l.say("home.empty")
	}
	body := homeBody{Cards: cards}
	if len(cards) == 0 {
		body.Next = p.next(r, g, missingOwner, 0, 0)
	}
	g.Body = body
	return nil
}

type homeBody struct {
	Cards []homeCard
	Next  *nextStep // when there is none
}

type homeCard struct {
	Link      link
	Text      string
	Simulated bool
}
