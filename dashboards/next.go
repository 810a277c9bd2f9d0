package dashboards

import (
	"fmt"
	"net/http"

	"github.com/ecoparc/ecoparc/dashboards/view"
)

// nextStep is what to do where nothing is known yet: in words, by a link, and as the
// commands that do the same on the server.
type nextStep struct {
	Lead     string
	Ways     []link   // none for somebody who may do none of it
	Commands []string // likewise
}

// What is missing where nothing is known yet. Each has a text next.{key}.
const (
	missingOwner   = "owner"
	missingSites   = "sites"
	missingDevices = "devices"
	missingList    = "list" // of devices, with or without agents
)

// next says how to begin. site is 0 for an organisation as a whole.
func (p *Pages) next(r *http.Request, g *page, missing string, organisation, site int64) *nextStep {
	l, named := g.language, "SITE"
	at, tokens := fmt.Sprintf("/administration/organisations/%d", organisation), "/administration/tokens"
	if site != 0 {
		at = fmt.Sprintf("/administration/sites/%d", site)
		tokens, named = at+"/tokens", fmt.Sprint(site)
	}
	n := &nextStep{Lead: l.say("next." + missing)}
	var ways []link
	switch missing {
	case missingOwner:
		ways = []link{{l.say("admin.owners.add"), "/administration/organisations"}}
		n.Commands = []string{`ecoparc-collector site add "Collège Jean Moulin" --organisation "Département" --kind college`}
	case missingSites:
		ways = []link{{l.say("admin.import.sites"), at + "/import/sites"}, {l.say("admin.sites.add"), at}}
		n.Commands = []string{"ecoparc-collector site import --organisation ORGANISATION annuaire.csv", "ecoparc-collector site add --organisation ORGANISATION SITE"}
	case missingDevices:
		ways = []link{{l.say("admin.token.make"), tokens}, {l.say("admin.import.devices"), at + "/import/devices"}}
		n.Commands = []string{"ecoparc-collector token create --site " + named, "ecoparc-agent enrol --collector URL --token TOKEN", "ecoparc-agent run"}
	case missingList:
		ways = []link{{l.say("admin.import.devices"), at + "/import/devices"}, {l.say("admin.token.make"), tokens}}
		n.Commands = []string{"ecoparc-collector device import --organisation ORGANISATION achats.csv"}
	}
	for _, w := range ways {
		if g.Office != "" && view.UserOf(r.Context()).May(w.URL) {
			n.Ways = append(n.Ways, w)
		}
	}
	if len(n.Ways) == 0 {
		n.Lead, n.Commands = n.Lead+" "+l.say("next.ask"), nil
	}
	return n
}
