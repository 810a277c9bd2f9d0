package dashboards

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/lifespan"
)

// repairsText is what was repaired of a device, and the form to record more.
type repairsText struct {
	Said    string
	Table   table
	Notes   []string
	Factors []link
	Record  *form // nil: not for this person
}

// repairs tells what was repaired of a device.
func (l *language) repairs(d *view.Device) *repairsText {
	life := d.Life
	if life == nil {
		return nil
	}
	b := &repairsText{Table: table{Caption: l.say("repair.title"), Head: []string{l.say("repair.on"), l.say("repair.part"), l.say("repair.outcome"), l.say("repair.doneby"), l.say("repair.mass"), l.say("repair.cost")}}}
	var keys []string
	for _, e := range life.Events {
		r := e.Repair
		if r == nil {
			continue
		}
		cells := []string{l.say("repair.part." + string(r.Part)), l.say("repair.outcome." + e.Kind), "–", l.partMass(r), "–"}
		if r.DoneBy != "" {
			cells[2] = l.say("repair.doneby." + r.DoneBy)
		}
		if r.Cost != nil {
			cells[4] = l.say("admin.device.euros", "n", l.number(float64(*r.Cost), 2))
		}
		b.Table.Rows = append(b.Table.Rows, tableRow{link{Text: l.shortDate(e.On)}, cells})
		if r.Factor != "" {
			keys = append(keys, r.Factor)
		}
	}
	n := len(b.Table.Rows)
	if n == 0 {
		b.Said = l.say("repair.none")
		return b
	}
	b.Said = l.say("repair.said", "n", l.count(int64(n)), "mass", l.massBetween(life.Parts), "money", l.say("admin.device.euros", "n", l.number(float64(life.Repairs), 0)))
	if life.Parts.Value > 0 {
		b.Notes = append(b.Notes, l.say("repair.yearly"))
	}
	if life.PartsUncounted > 0 {
		b.Notes = append(b.Notes, l.say("repair.uncounted", "n", l.count(int64(life.PartsUncounted))))
	}
	if life.RepairsUnpriced > 0 {
		b.Notes = append(b.Notes, l.say("repair.unpriced", "n", l.count(int64(life.RepairsUnpriced))))
	}
	b.Factors = l.factorLinks(keys)
	return b
}

// partMass is what making the part of a repair emitted.
func (l *language) partMass(r *view.RepairEvent) string {
	switch {
	case r.Embodied != nil:
		return l.massBetween(*r.Embodied)
	case r.Uncounted:
		return l.say("repair.nofactor")
	}
	return "–"
}

// repairMoment is the text of a repair on the line of a life: when, and what it emitted
// and cost.
func (l *language) repairMoment(e view.LifeEvent) string {
	text := []string{l.shortDate(e.On)}
	if r := e.Repair; r.Embodied != nil {
		text = append(text, l.mass(*r.Embodied))
	}
	if cost := e.Repair.Cost; cost != nil {
		text = append(text, l.say("admin.device.euros", "n", l.number(float64(*cost), 0)))
	}
	return strings.Join(text, " · ")
}

// eventLabel names what happened to a device.
func (l *language) eventLabel(e view.LifeEvent) string {
	if e.Repair != nil {
		return l.say("repair.event."+e.Kind, "part", l.say("repair.part."+string(e.Repair.Part)))
	}
	return l.say("life.event." + e.Kind)
}

// repairFrom reads a repair from a form.
func repairFrom(values url.Values) (view.RecordedRepair, error) {
	on, err := calendar.ParseDay(values.Get("on"))
	if err != nil {
		return view.RecordedRepair{}, view.Refuse("on", "must be a day")
	}
	cost := 0.0
	if text := strings.TrimSpace(values.Get("cost")); text != "" {
		var ok bool
		if cost, ok = view.NumberOf(text); !ok || cost < 0 {
			return view.RecordedRepair{}, view.Refuse("cost", "must be a number of euros")
		}
	}
	return view.RecordedRepair{On: on, Part: lifespan.Part(values.Get("part")), Outcome: values.Get("outcome"), DoneBy: values.Get("done_by"), CostEUR: cost}, nil
}

// The words of a repair.
var (
	repairOutcomes = []string{view.EventRepaired, view.EventBroken}
	repairDoneBys  = []string{"in_house", "sent_out", "warranty"}
)

// repairsOf lists what was repaired of a device, and asks for more.
func (p *Pages) repairsOf(r *http.Request, b *adminBody, l *language, name string) error {
	repairs, err := p.Desk.Repairs(r.Context(), name)
	if err != nil {
		return err
	}
	t := adminTable{ID: "repairs", Title: l.say("repair.title"), Caption: l.say("repair.title"), Empty: l.say("repair.none"),
		Head: []string{l.say("repair.on"), l.say("repair.part"), l.say("repair.outcome"), l.say("repair.doneby"), l.say("repair.cost"), l.say("admin.act")}}
	for _, one := range repairs {
		by, cost := "–", "–"
		if one.DoneBy != "" {
			by = l.say("repair.doneby." + one.DoneBy)
		}
		if one.CostEUR > 0 || one.DoneBy == "warranty" {
			cost = l.say("admin.device.euros", "n", l.number(one.CostEUR, 2))
		}
		part := l.say("repair.part." + string(one.Part))
		t.Rows = append(t.Rows, adminRow{Header: link{Text: l.shortDate(one.On.UTC())}, Cells: []string{part, l.say("repair.outcome." + one.Outcome), by, cost},
			Act: &rowAct{Action: r.URL.Path, Act: "unrepair", Next: one.On.String() + " " + string(one.Part), Label: l.say("repair.forget"), Question: l.say("repair.forget.question", "part", part, "date", l.date(one.On.UTC())), Confirm: l.say("repair.forget")}})
	}
	b.Tables = append(b.Tables, t)
	b.ask(l, l.repairForm(p.Clock()))
	return nil
}

// repairForm asks for a repair.
func (l *language) repairForm(now time.Time) form {
	today := calendar.DayOf(now, l.where).String()
	return form{Act: "repair", Folded: true, Title: l.say("repair.record"), Lead: l.say("repair.record.lead"), Submit: l.say("repair.record"), Fields: []field{
		{Name: "on", Kind: "date", Label: l.say("repair.on"), Value: today, Most: today, Required: true},
		{Name: "part", Kind: "select", Label: l.say("repair.part"), Options: l.choices("repair.part.", texts(lifespan.RepairedParts)), Required: true},
		{Name: "outcome", Kind: "select", Label: l.say("repair.outcome"), Options: l.choices("repair.outcome.", repairOutcomes), Required: true},
		{Name: "done_by", Kind: "select", Label: l.say("repair.doneby"), Options: append([]option{{"", l.say("repair.doneby.unknown"), true}}, l.choices("repair.doneby.", repairDoneBys)...)},
		{Name: "cost", Kind: "decimal", Label: l.say("repair.cost.field"), Hint: l.say("repair.cost.hint")},
	}}
}
