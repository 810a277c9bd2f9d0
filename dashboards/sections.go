package dashboards

import (
	"fmt"
	"net/http"

	"github.com/ecoparc/ecoparc/dashboards/view"
)

// sections are the pages of an organisation, in the order of their links: each has
// a text section.{key} and stands at /organisations/{id}{path}.
var sections = []struct{ key, path string }{
	{"overview", ""},
	{"schools", "/schools"},
	{"scenario", "/scenario"},
	{"report", "/report"},
	{"models", "/models"},
	{"procurement", "/procurement"},
	{"quality", "/quality"},
}

// sectionLink is the way to a page of the organisation.
type sectionLink struct {
	link
	Current bool
	key     string
}

// ways fills in the links to the pages of an organisation that the person may open.
// current is the key of the one that is shown, or empty.
func (g *page) ways(s view.Scope, u view.User, current string) {
	for _, section := range sections {
		address := fmt.Sprintf("/organisations/%d%s", s.Organisation.ID, section.path)
		if u.May(address) {
			g.Sections = append(g.Sections, sectionLink{link{g.language.say("section." + section.key), address + g.yearQuery()}, section.key == current, section.key})
		}
	}
	if len(g.Sections) == 1 && g.Sections[0].Current {
		g.Sections = nil // there is nowhere else to go
	}
}

// section fills in the frame of a page of an organisation by its key.
func (g *page) section(r *http.Request, s view.Scope, key string) {
	g.scope(s, fmt.Sprintf("/api/v1/organisations/%d/%s", s.Organisation.ID, key))
	g.Crumbs = []link{g.language.organisationLink(s, g), {g.language.say("section." + key), ""}}
	g.ways(s, view.UserOf(r.Context()), key)
}
