package dashboards

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/estimate"
	"github.com/ecoparc/ecoparc/models/factor"
)

// factorGroups are the pages of factors: each has the keys that begin with one of its
// prefixes and of none before, a text factors.KEY, and stands at /sources/KEY. A page
// has forty keys or so: more would weigh too much (a test holds it).
var factorGroups = []struct {
	key      string
	prefixes []string
}{
	{"embodied", []string{"embodied."}},
	{"parts", []string{"part.", "reconditioned."}},
	{"electricity", []string{"electricity", "pue."}},
	{"life", []string{"lifetime.", "battery."}},
	{"use", []string{"use.", "hours.", "tec.", "network."}},
	{"screens", []string{"power.monitor.", "power.projector.", "power.interactive_panel.", "power.printer.", "power.access_point.", "screen."}},
	{"power", []string{"power.", "memory."}},
	{"curves", []string{"curve.", "typical.", "calibration."}},
	{"prices", []string{"price.", "target."}},
	{"others", []string{""}}, // whatever else there is
}

// sourcesPath is where the pages of factors are.
const sourcesPath = "/sources/"

// groupOf is the group of a factor.
func groupOf(key string) string {
	for _, g := range factorGroups {
		if slices.ContainsFunc(g.prefixes, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
			return g.key
		}
	}
	return ""
}

// factorName is a factor in words: many are of a category of devices or of a part, which
// a star stands for. One without a name is called by its key.
func (l *language) factorName(key string) string {
	const prefix = "factor.name."
	if l.texts[prefix+key] != "" {
		return l.say(prefix + key)
	}
	steps := strings.Split(key, ".")
	for i := len(steps) - 1; i > 0; i-- {
		for _, kind := range []string{"category.", "repair.part."} {
			if l.texts[kind+steps[i]] == "" {
				continue
			}
			pattern := slices.Clone(steps)
			pattern[i] = "*"
			if name := prefix + strings.Join(pattern, "."); l.texts[name] != "" {
				return l.say(name, "what", l.say(kind+steps[i]))
			}
		}
	}
	return key
}

// factorURL is where a factor is shown.
func factorURL(key string) string {
	return sourcesPath + groupOf(key) + "#" + key
}

// groupCard leads to a group.
type groupCard struct {
	Link link
	Text string
}

// groupCards count the factors of each group.
func (l *language) groupCards(t *factor.Table) []groupCard {
	var cards []groupCard
	for _, g := range factorGroups {
		var all, unverified int64
		for _, r := range t.Rows {
			if groupOf(r.Key) == g.key {
				all++
				if !r.Verified {
					unverified++
				}
			}
		}
		if all == 0 {
			continue
		}
		cards = append(cards, groupCard{
			link{l.say("factors." + g.key), sourcesPath + g.key},
			l.say("factors.card", "n", l.count(all), "unverified", l.count(unverified)),
		})
	}
	return cards
}

// factorsBody is a group of factors.
type factorsBody struct {
	Groups  []factorGroup
	Factors table // the same, to be had as a file
	Others  []link
}

// FactorGroup answers GET /sources/{group}.
func (p *Pages) FactorGroup(w http.ResponseWriter, r *http.Request) { p.answer(w, r, p.factorGroup) }

func (p *Pages) factorGroup(r *http.Request, g *page) error {
	l, t, asked := g.language, p.Source.Factors(), strings.TrimPrefix(r.URL.Path, sourcesPath)
	uses, err := p.factorUses()
	if err != nil {
		return err
	}
	own, err := p.standsOn(r)
	if err != nil {
		return err
	}
	body := factorsBody{Factors: table{Caption: l.say("factors.whole"), Head: []string{
		l.say("factors.key"), l.say("factors.figure"), l.say("factors.low"), l.say("factors.high"), l.say("factors.unit"), l.say("sources.interval"),
		l.say("factors.where"), l.say("factors.when"), l.say("sources.source"), l.say("sources.publisher"), l.say("sources.licence"), l.say("factors.verified"),
	}}}
	var rows, unverified int64
	for _, row := range t.Rows {
		if asked == "" || groupOf(row.Key) != asked {
			continue
		}
		rows++
		if !row.Verified {
			unverified++
		}
		if n := len(body.Groups); n == 0 || body.Groups[n-1].Key != row.Key {
			body.Groups = append(body.Groups, factorGroup{Key: row.Key, Name: l.factorName(row.Key), Uses: l.uses(uses[row.Key]), Own: l.standOn(own[row.Key])})
		}
		last := &body.Groups[len(body.Groups)-1]
		said := l.factorRow(row)
		last.Rows = append(last.Rows, said)
		body.Factors.Rows = append(body.Factors.Rows, tableRow{link{Text: row.Key}, []string{
			l.plain(row.Value), l.plain(row.Low), l.plain(row.High), row.Unit, row.Interval, said.Where, said.When, row.Source.Title, said.Publisher, row.Source.Licence, said.Verified,
		}})
	}
	if rows == 0 {
		return view.ErrNotFound
	}
	for _, other := range l.groupCards(t) {
		if other.Link.URL != r.URL.Path {
			body.Others = append(body.Others, other.Link)
		}
	}
	g.Title, g.Template, g.APIURL = l.say("factors."+asked), "factors.html", "/api/v1/factors"
	g.Sentence = l.say("factors.sentence", "group", g.Title, "n", l.count(rows), "unverified", l.count(unverified))
	g.Crumbs = []link{{l.say("sources.title"), "/sources"}, {g.Title, ""}}
	g.Body = body
	return nil
}

// uses says which figures stand on a factor.
func (l *language) uses(u *estimate.Uses) string {
	if u == nil || len(u.Figures) == 0 {
		return ""
	}
	var all []string
	for _, f := range u.Figures {
		text := l.say("uses." + string(f))
		if f == estimate.Footprint && len(u.Categories) < 6 {
			text = l.say("uses.footprint.of", "categories", l.categoryList(u.Categories))
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// mostOwn is how many organisations are named beside each factor.
const mostOwn = 3

// standOn names organisations whose first figure stands on a factor.
func (l *language) standOn(names []string) string {
	if len(names) == 0 {
		return ""
	}
	first := list(names[:min(len(names), mostOwn)])
	if more := len(names) - mostOwn; more > 0 {
		return l.say("factors.own.more", "names", first, "n", l.count(int64(more)))
	}
	return l.say("factors.own", "names", first)
}

// standsOn finds the organisations whose first figure stands on each factor now, of
// those that the person may open.
func (p *Pages) standsOn(r *http.Request) (map[string][]string, error) {
	all, err := p.Source.Organisations(r.Context())
	if err != nil {
		return nil, err
	}
	on := map[string][]string{}
	for _, o := range all {
		if !view.UserOf(r.Context()).May(fmt.Sprintf("/organisations/%d", o.ID)) {
			continue
		}
		overview, err := p.Source.Overview(r.Context(), o.ID, 0)
		if errors.Is(err, view.ErrNotFound) {
			continue // taken away since it was listed
		}
		if err != nil {
			return nil, err
		}
		for _, key := range overview.Headline.FactorKeys {
			on[key] = append(on[key], o.Name)
		}
	}
	return on, nil
}

// usesOn is what the factors of a table are for on a day.
func usesOn(t *factor.Table, day calendar.Day) func() (map[string]*estimate.Uses, error) {
	return func() (map[string]*estimate.Uses, error) { return estimate.UsesOf(t, day) }
}
