package dashboards

import (
	"embed"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
)

//go:embed enrolment/*
var enrolmentFiles embed.FS

// enrolments are the ways to install the agent on many machines, each with a text
// admin.enrol.{key}: what is to be copied stands in a file of its own, as docs/agent.md
// says it.
var enrolments = []struct{ key, file string }{
	{"gpo", "windows.cmd"},
	{"intune", "intune.txt"},
	{"linux", "linux.sh"},
	{"ansible", "ansible.yaml"},
	{"macos", "macos.sh"},
}

// enrolmentCommands are the commands that install the agent with a token.
func (p *Pages) enrolmentCommands(r *http.Request, l *language, token string) ([]command, error) {
	address, allow := p.address(r), ""
	if strings.HasPrefix(address, "http://") { // which agents take of their own machine alone, where they are told to
		allow = " --insecure-http"
	}
	fill := strings.NewReplacer("--collector {address}", "--collector "+address+allow, "{address}", address, "{token}", token)
	var all []command
	for _, way := range enrolments {
		text, err := enrolmentFiles.ReadFile("enrolment/" + way.file)
		if err != nil {
			return nil, err
		}
		all = append(all, command{l.say("admin.enrol." + way.key), l.say("admin.enrol." + way.key + ".lead"), fill.Replace(string(text))})
	}
	return all, nil
}

// address is where the collector is reached, as the browser did. What is no host name
// is no address: it would stand in commands that run with all rights.
func (p *Pages) address(r *http.Request) string {
	scheme := "http"
	if p.SecureCookies {
		scheme = "https"
	}
	host := r.Host
	if strings.ContainsFunc(host, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune(".-:[]", c))
	}) {
		host = "COLLECTOR"
	}
	return scheme + "://" + host
}

// secretBox is a secret with what to do with it.
func (p *Pages) secretBox(r *http.Request, l *language, s *once) (*secretBox, error) {
	b := &secretBox{Title: l.say("admin.secret." + s.Kind), Lead: l.say("admin.secret." + s.Kind + ".lead"), Text: s.Text}
	var err error
	if s.Kind == "token" {
		b.Commands, err = p.enrolmentCommands(r, l, s.Text)
	}
	return b, err
}

// tokenDays are how long a token may be valid, in days, to choose from.
var tokenDays = []string{"1", "7", "30", "90", "365"}

// SiteTokens answers GET and POST /administration/sites/{id}/tokens.
func (p *Pages) SiteTokens(w http.ResponseWriter, r *http.Request) {
	p.office(w, r, "tokens", map[string]act{"token": ofNumber(p.makeToken)}, p.siteTokens)
}

func (p *Pages) makeToken(r *http.Request, id int64, values url.Values) error {
	days, err := wholeOf(values, "valid_hours")
	if err != nil {
		return err
	}
	uses, err := wholeOf(values, "max_uses")
	if err != nil {
		return err
	}
	const most = 1000 // days, so that their hours are a number
	text, err := p.Desk.AddToken(r.Context(), id, view.NewToken{Population: equipment.Population(values.Get("population")), MaxUses: uses, ValidHours: 24 * min(max(days, 0), most)})
	if err != nil {
		return err
	}
	return &elsewhere{r.URL.Path, &once{r.URL.Path, "token", text}}
}

func (p *Pages) siteTokens(r *http.Request, g *page, b *adminBody) error {
	id, err := numbered(r)
	if err != nil {
		return err
	}
	s, err := p.placeOf(r, g, id)
	if err != nil {
		return err
	}
	tokens, next, err := p.Desk.Tokens(r.Context(), id, askedFor(r, "after"))
	if err != nil {
		return err
	}
	l := g.language
	g.inside("/administration/tokens", s.Name)
	g.APIURL = fmt.Sprintf("/api/v1/tokens?site=%d", id)
	g.Sentence = l.say("admin.token.sentence", "site", s.Name)
	if b.Secret != nil {
		g.Sentence = l.say("admin.token.sentence.made", "site", s.Name)
	}
	if s.Closed.IsZero() && !g.Simulated {
		b.ask(l, form{Act: "token", Title: l.say("admin.token.new"), Lead: l.say("admin.token.new.lead"), Submit: l.say("admin.token.make"), Fields: []field{
			{Name: "population", Kind: "select", Label: l.say("admin.token.population"), Options: l.choices("population.", texts(equipment.Populations), string(equipment.Shared)), Required: true},
			{Name: "max_uses", Kind: "number", Value: "50", Least: "1", Required: true},
			{Name: "valid_hours", Kind: "select", Options: l.choices("admin.days.", tokenDays, "7"), Required: true},
		}})
	} else if b.Lead = l.say("admin.token.closed"); g.Simulated {
		b.Lead = l.say("admin.token.simulated")
	}
	t := l.tokenTable(tokens, r.URL.Path, false)
	t.turned(r, next)
	b.Tables = []adminTable{t}
	return nil
}
