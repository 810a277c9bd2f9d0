package dashboards

import (
	"fmt"
	"net/http"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// monitorBody is what watching costs.
type monitorBody struct {
	Lead, Since string
	Picture     picture
	Drivers     []gain
	Fleets      table
	Own, Pages  table
	Formulas    []term
	Factors     []link
}

// AboutMonitor answers GET /monitor.
func (p *Pages) AboutMonitor(w http.ResponseWriter, r *http.Request) { p.answer(w, r, p.aboutMonitor) }

func (p *Pages) aboutMonitor(r *http.Request, g *page) error {
	m, err := p.Monitor(r.Context())
	if err != nil {
		return err
	}
	l := g.language
	g.Title, g.Template, g.APIURL = l.say("monitor.title"), "monitor.html", "/api/v1/monitor"
	g.Crumbs = []link{{g.Title, ""}}
	g.Sentence = l.monitorSentence(m)
	up := time.Duration(m.Own.UpMs) * time.Millisecond
	body := monitorBody{
		Lead: l.say("monitor.lead"), Since: l.say("monitor.since", "since", l.moment(m.Own.Since), "up", l.length(m.Own.UpMs)),
		Picture: l.monitorPicture(m), Drivers: l.monitorDrivers(m), Fleets: l.fleetsWatched(m), Own: l.ownUse(m.Own), Pages: l.pageWeights(m.Own),
		Formulas: []term{
			{Name: l.say("monitor.agents"), Text: l.say("monitor.formula.agents")}, {Name: l.say("monitor.network"), Text: l.say("monitor.formula.network")},
			{Name: l.say("monitor.collector"), Text: l.say("monitor.formula.collector")},
		},
		Factors: l.factorLinks([]string{"network.fixed_line", "power.server.active", "pue.server_room", "electricity"}),
	}
	if !m.Own.Settled() {
		body.Since += " " + l.say("monitor.early", "up", l.length(up.Milliseconds()))
	}
	g.Body = body
	return nil
}

// monitorSentence says what watching costs in a year, and beside what.
func (l *language) monitorSentence(m *view.Monitor) string {
	energy, mass := quantity.Format(m.Energy, quantity.EnergyScales, l.code), l.mass(m.Mass)
	if m.Fleet.Value <= 0 {
		return l.say("monitor.sentence.alone", "energy", between(energy), "mass", mass)
	}
	return l.say("monitor.sentence", "energy", withUnit(energy), "range", energy.Range, "mass", mass, "share", l.smallShare(m.Share))
}

// smallShare writes a share of less than a hundredth with the digits that it needs.
func (l *language) smallShare(share float64) string {
	switch percent := 100 * share; {
	case percent >= 1 || percent == 0:
		return l.percent(share)
	case percent >= 0.01:
		return l.say("percent", "n", l.number(percent, 2))
	default:
		return l.say("monitor.less", "percent", l.say("percent", "n", l.number(0.01, 2)))
	}
}

// monitorPicture draws the three parts on one scale, in kWh a year.
func (l *language) monitorPicture(m *view.Monitor) picture {
	t := table{Caption: l.say("monitor.parts"), Head: []string{l.say("table.part"), l.say("monitor.yearly")}}
	var rows []chart.Interval
	for _, part := range []struct {
		key string
		e   footprint.Energy
	}{{"agents", m.Agents}, {"network", m.Network}, {"collector", m.Collector}} {
		label := l.say("monitor." + part.key)
		text := l.energyBetween(part.e)
		rows = append(rows, chart.Interval{Label: label, Low: kWh(part.e.Low), Value: kWh(part.e.Value), High: kWh(part.e.High), Text: text, Class: "this"})
		t.Rows = append(t.Rows, tableRow{link{Text: label}, []string{text}})
	}
	t.Rows = append(t.Rows, tableRow{link{Text: l.say("monitor.sum")}, []string{l.energyBetween(m.Energy)}})
	words := l.words(l.say("monitor.parts"), l.say("monitor.parts.desc", "energy", l.energy(m.Energy)), "axis.kwhyear")
	return picture{words.Title, chart.Intervals("monitor", words, rows, 0), t}
}

func kWh(e quantity.WattHours) float64 { return float64(e) / 1000 }

// monitorDrivers are what makes watching cost, with what acting on it saves.
func (l *language) monitorDrivers(m *view.Monitor) []gain {
	all := []gain{{
		l.say("monitor.driver.server", "energy", l.energyBetween(m.Resting)), link{Text: l.say("monitor.driver.server.act", "energy", l.energy(m.Resting))},
	}}
	if m.Agents.Value > 0 {
		all = append(all, gain{l.say("monitor.driver.agents", "energy", l.energyBetween(m.Agents)), link{Text: l.say("monitor.driver.agents.act", "energy", l.energy(m.Agents.Times(0.5)))}})
	}
	return all
}

// fleetsWatched lists what it costs to watch each organisation. Simulated ones are
// marked and in no sum.
func (l *language) fleetsWatched(m *view.Monitor) table {
	t := table{Caption: l.say("monitor.fleets"), Head: []string{l.say("table.organisation"), l.say("monitor.reporting"), l.say("monitor.processor"), l.say("monitor.sent"), l.say("monitor.yearly"), l.say("table.total"), l.say("monitor.share")}}
	for _, f := range m.Fleets {
		name := f.Organisation.Name
		if f.Organisation.Simulated {
			name = l.say("monitor.simulated", "name", name)
		}
		processor, share := "–", "–"
		if f.Agents.RunningMs > 0 {
			processor = l.say("monitor.permille", "n", l.number(1000*float64(f.Agents.CPUMs)/float64(f.Agents.RunningMs), 2))
		}
		if f.Fleet.Value > 0 {
			share = l.smallShare(float64(f.Mass.Value / f.Fleet.Value))
		}
		t.Rows = append(t.Rows, tableRow{link{name, fmt.Sprintf("/organisations/%d", f.Organisation.ID)}, []string{
			l.count(f.Reporting), processor, l.bytes(f.Agents.SentB), l.energyBetween(f.Yearly.Plus(f.Network)), l.massBetween(f.Mass), share,
		}})
	}
	return t
}

// ownUse lists what the collector itself used.
func (l *language) ownUse(u view.OwnUse) table {
	t := table{Caption: l.say("monitor.own"), Head: []string{l.say("monitor.what"), l.say("monitor.value")}}
	busy := "–"
	if u.UpMs > 0 {
		busy = l.smallShare(float64(u.CPUMs) / float64(u.UpMs))
	}
	for _, row := range []struct{ key, value string }{
		{"processor", l.say("monitor.cpu", "time", l.length(u.CPUMs), "percent", busy, "n", l.count(int64(u.Processors)))},
		{"memory", l.bytes(u.MemoryB)}, {"disk", l.bytes(u.DiskB)}, {"requests", l.count(u.Requests)}, {"received", l.bytes(u.ReceivedB)}, {"sent", l.bytes(u.SentB)},
	} {
		t.Rows = append(t.Rows, tableRow{link{Text: l.say("monitor.own." + row.key)}, []string{row.value}})
	}
	return t
}

// pageWeights lists what the kinds of pages weighed when they were last sent.
func (l *language) pageWeights(u view.OwnUse) table {
	t := table{Caption: l.say("monitor.pages"), Head: []string{l.say("monitor.page"), l.say("monitor.times"), l.say("monitor.mean"), l.say("monitor.most")}}
	for _, p := range u.Pages {
		t.Rows = append(t.Rows, tableRow{link{Text: p.Page}, []string{l.count(p.Answers), l.bytes(p.MeanB), l.bytes(p.MostB)}})
	}
	return t
}
