package dashboards

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/models/factor"
)

type sourcesBody struct {
	Formulas []term
	Profiles []profileText
	Groups   []factorGroup
}

type profileText struct {
	Name, Spec string
	Factors    []link
}

// factorGroup are the rows of one key, such as one for each year.
type factorGroup struct {
	Key  string
	Rows []factorRow
}

type factorRow struct {
	Value, Interval, When, Verified, Note string
	Own                                   string // whose value it is, where an administrator gave one
	Source                                link
	Publisher, Page, Licence              string
}

func (p *pages) sources(_ *http.Request, g *page) error {
	l, t := g.language, p.Source.Factors()
	unverified := 0
	body := sourcesBody{Formulas: []term{
		{l.say("figure.total"), l.say("formula.total")},
		{l.say("figure.embodied"), l.say("formula.embodied")},
		{l.say("figure.use"), l.say("formula.use")},
		{l.say("figure.energy"), l.say("formula.energy")},
		{l.say("table.yearly"), l.say("formula.yearly")},
		{l.say("sources.interval"), l.say("formula.interval")},
	}}
	for _, pr := range t.Profiles {
		body.Profiles = append(body.Profiles, profileText{
			Name: l.say("sources.profile." + pr.Key), Factors: l.factorLinks(pr.Keys()),
			Spec: l.say("sources.profile.spec", "kind", l.say("category."+pr.Kind), "screen", l.number(pr.ScreenIn, decimalsFor(pr.ScreenIn*10-float64(int(pr.ScreenIn))*10)), "memory", fmt.Sprint(pr.MemoryGiB),
				"storage", fmt.Sprint(pr.StorageGB), "weight", l.number(pr.WeightKg, 1), "battery", l.number(pr.BatteryH, 0), "warranty", fmt.Sprint(pr.WarrantyYears)),
		})
	}
	for _, r := range t.Rows {
		if !r.Verified {
			unverified++
		}
		if n := len(body.Groups); n == 0 || body.Groups[n-1].Key != r.Key {
			body.Groups = append(body.Groups, factorGroup{Key: r.Key})
		}
		last := &body.Groups[len(body.Groups)-1]
		last.Rows = append(last.Rows, l.factorRow(r))
	}
	g.Title, g.Template, g.APIURL = l.say("sources.title"), "sources.html", "/api/v1/factors"
	g.Sentence = l.say("sources.sentence", "n", l.count(int64(len(t.Rows))), "unverified", l.count(int64(unverified)))
	g.Crumbs = []link{{g.Title, ""}}
	g.Body = body
	return nil
}

func (l *language) factorRow(r factor.Row) factorRow {
	row := factorRow{
		Value: l.plain(r.Value) + "\u00a0" + r.Unit, Interval: l.plain(r.Low) + " – " + l.plain(r.High) + " (" + r.Interval + ")",
		Source: link{r.Source.Title, r.Source.URL}, Publisher: fmt.Sprintf("%s, %d", r.Source.Publisher, r.Source.Year), Page: r.Page, Licence: r.Source.Licence,
		Verified: l.say("sources.yes"), Note: r.Note,
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

// plain writes a factor with the digits it was published with.
func (l *language) plain(v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	decimals := 0
	if _, fraction, ok := strings.Cut(text, "."); ok {
		decimals = len(fraction)
	}
	return l.number(v, decimals)
}
