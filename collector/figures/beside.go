package figures

import (
	"slices"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/impact"
)

// byOther sums the embodied impact of a fleet up by the method that its figures do not
// use. The year of purchase is left out: this stands beside the figures, not in them.
type byOther struct {
	method  impact.Method
	made    map[*footprint.Class]*footprint.Made // predicting one takes a while
	sum     footprint.Mass
	without []equipment.Category
}

func newByOther(used impact.Method) byOther {
	at := slices.IndexFunc(impact.Methods, func(m impact.Method) bool { return m != used })
	return byOther{method: impact.Methods[at], made: map[*footprint.Class]*footprint.Made{}}
}

func (o *byOther) add(g *group) {
	if g.total.Lives == 0 {
		return
	}
	made := o.made[g.class]
	if made == nil {
		made = g.class.MadeBy(o.method, 0)
		o.made[g.class] = made
	}
	if !made.Available {
		if c := g.category(); !slices.Contains(o.without, c) {
			o.without = append(o.without, c)
		}
		return
	}
	o.sum = o.sum.Plus(made.Embodied.Times(g.total.Lives)).Plus(g.total.Parts) // a part has one row, whatever the method
}

// methods are the embodied impact of the period by each method.
func (w *whole) methods() []view.MethodRow {
	if w.period.Lives == 0 {
		return nil
	}
	slices.Sort(w.other.without)
	var rows []view.MethodRow
	for _, m := range impact.Methods {
		row := view.MethodRow{Method: m, Embodied: w.other.sum, Without: w.other.without}
		if m != w.other.method {
			row = view.MethodRow{Method: m, Used: true, Embodied: w.period.Embodied, Without: w.notCounted}
		}
		rows = append(rows, row)
	}
	return rows
}

// watchingOf is what agents took of the devices of a group. A virtual machine's is its
// host's, and in no sum.
func watchingOf(g *group) view.Watching {
	if !g.class.Physical() {
		return view.Watching{}
	}
	var facts footprint.Facts
	for _, month := range g.facts {
		facts.Add(month)
	}
	return view.Watching{RunningMs: facts.RunningMs(), CPUMs: facts.AgentCPUMs, SentB: facts.AgentTxB, Energy: g.class.AgentEnergy(facts)}
}
