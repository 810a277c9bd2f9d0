package dashboards

import (
	"fmt"
	"html/template"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/profile"
)

// siteList is a part of the list of an organisation's sites.
type siteList struct {
	listed
	Search *siteSearch
	Nobody string // said when nothing was found
}

// heavySites is a picture of the heaviest sites of an organisation.
type heavySites struct {
	Picture picture
	More    string // what it leaves out
	All     link   // to the list of all
}

// siteSearch is the form that finds sites.
type siteSearch struct {
	Find, Sort string
	Year       int
}

// mostSites is how many schools a picture shows; from more schools than fit on a
// screen on they can be searched, too.
const (
	mostSites   = 30
	searchSites = 20
)

// heaviest are the heaviest sites of an organisation, as a picture where there are two to
// compare; nil where there is no site. A file of it has all.
func (l *language) heaviest(o *view.Overview, g *page, list view.List) *heavySites {
	if len(o.Sites) == 0 {
		return nil
	}
	b := &heavySites{Picture: picture{Title: l.say("sites.title"), SVG: l.sitesPicture(o, g)}}
	length := pageLength
	if b.Picture.SVG != "" {
		length, b.Picture.Title = mostSites, l.say("sites.chart")
	}
	if len(o.Sites) > length {
		b.More = l.say("sites.more", "n", l.count(int64(length)))
	}
	for _, to := range g.Sections {
		if to.key == "schools" {
			b.All = link{l.say("sites.all"), to.URL + "#sites"}
		}
	}
	rows, _ := view.ListSites(o.Sites, view.List{Whole: list.Whole}, length)
	b.Picture.Table = table{Caption: l.say("sites.title"), Head: []string{l.say("table.site"), l.say("table.yearly"), l.say("table.ratio"), l.say("table.pupils"), l.say("table.devices"), l.say("table.silent")}}
	for _, s := range rows {
		yearly, ratio := "–", "–"
		if s.Headline.Comparison.Verdict != profile.Unknown {
			yearly, ratio = l.massBetween(s.Headline.Yearly.Total()), l.ratio(s.Headline.Comparison)
		}
		b.Picture.Table.Rows = append(b.Picture.Table.Rows, tableRow{siteLink(s, g), []string{
			yearly, ratio, l.pupils(s.Headline.Pupils), l.count(s.Coverage.Devices), l.count(s.Coverage.Silent),
		}})
	}
	return b
}

// pupils is how many pupils a school has, where that is known.
func (l *language) pupils(n int64) string {
	if n == 0 {
		return "–"
	}
	return l.count(n)
}

func siteLink(s *view.SiteRow, g *page) link {
	return link{s.Name, fmt.Sprintf("/sites/%d%s", s.ID, g.yearQuery())}
}

// sitesPicture draws the heaviest sites for one pupil; nothing where there are not two.
func (l *language) sitesPicture(o *view.Overview, g *page) template.HTML {
	heaviest, _ := view.ListSites(o.Sites, view.List{}, mostSites)
	var rows []chart.Interval
	for _, s := range heaviest {
		if s.Headline.Per != "pupil" || s.Headline.Comparison.Verdict == profile.Unknown {
			continue
		}
		class := map[profile.Verdict]string{profile.Above: "above", profile.Below: "below", profile.Same: "other"}[s.Headline.Comparison.Verdict]
		total := s.Headline.Yearly.Total()
		rows = append(rows, chart.Interval{Label: s.Name, Link: siteLink(s, g).URL, Low: kg(total.Low), Value: kg(total.Value), High: kg(total.High), Text: l.mass(total), Class: class})
	}
	if len(rows) < 2 {
		return ""
	}
	return chart.Intervals("sites", l.words(l.say("sites.chart"), l.say("sites.desc", "n", l.count(int64(len(rows)))), "axis.yearly"), rows, kg(o.Headline.Reference.Total().Value))
}
