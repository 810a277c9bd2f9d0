package power

import (
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// candidate is a published way, or one of ours, to give a device its curve.
type candidate struct {
	name   string
	covers func(equipment.Category) bool
	curve  func(equipment.Spec) (Curve, error)
}

// candidatesOf lists the candidates, the shipped default first. What the
// published ones say nothing of - the states beside "on", and the rest of a
// laptop or a desktop beside processor and memory - is the category's rows.
func candidatesOf(t *factor.Table) ([]candidate, error) {
	published, err := PublishedCurves(t)
	if err != nil {
		return nil, err
	}
	gold, err := XeonProfile(t, "gold")
	if err != nil {
		return nil, err
	}
	silver, err := XeonProfile(t, "silver")
	if err != nil {
		return nil, err
	}
	computers := func(c equipment.Category) bool { return c != equipment.Monitor }
	servers := func(c equipment.Category) bool { return c == equipment.Server }
	all := func(equipment.Category) bool { return true }
	cpus := NewCPUTable(nil) // no file of footprints names the processor

	// withRest makes a curve of processor and memory whole.
	withRest := func(s equipment.Spec, part func(*typical, float64) float64, other float64) (Curve, error) {
		states, err := statesOf(t, s.Category)
		if err != nil {
			return Curve{}, err
		}
		typ, err := typicalOf(t, s.Category)
		if err != nil {
			return Curve{}, err
		}
		rest := float64(states.rest.Value)
		return states.around(byLoad(func(load float64) float64 {
			if other > 0 {
				return part(&typ, load) * (1 + other)
			}
			return part(&typ, load) + rest
		})), nil
	}
	otherOf := func(s equipment.Spec) float64 {
		if s.Category == equipment.Server {
			return published.Other.Value
		}
		return 0
	}
	return []candidate{
		{"ecoparc", all, func(s equipment.Spec) (Curve, error) { return ForSpec(t, cpus, s, 0) }},
		{"Teads", computers, func(s equipment.Spec) (Curve, error) {
			return withRest(s, func(typ *typical, load float64) float64 {
				return typ.tdp*published.Teads.At(load) + typ.memoryGB*published.TeadsMemory
			}, otherOf(s))
		}},
		{"codecarbon", computers, func(s equipment.Spec) (Curve, error) {
			return withRest(s, func(typ *typical, load float64) float64 {
				return typ.tdp*published.Codecarbon.At(load) + typ.modules*published.CodecarbonDIMM
			}, 0)
		}},
		{"CCF", computers, func(s equipment.Spec) (Curve, error) {
			if s.Category == equipment.Server {
				states, err := statesOf(t, s.Category)
				if err != nil {
					return Curve{}, err
				}
				return states.line(t, "curve.ccf.server")
			}
			idle, err := number(t, "power.virtual.idle")
			if err != nil {
				return Curve{}, err
			}
			active, err := number(t, "power.virtual.active")
			if err != nil {
				return Curve{}, err
			}
			threads, err := number(t, "typical."+string(s.Category)+".threads")
			if err != nil {
				return Curve{}, err
			}
			return withRest(s, func(typ *typical, load float64) float64 {
				return threads*Line(idle, active).At(load) + typ.memoryGB*published.CCFMemory
			}, 0)
		}},
		{"BoaviztAPI 2 Xeon Gold", servers, func(s equipment.Spec) (Curve, error) {
			return withRest(s, func(typ *typical, load float64) float64 { return 2*gold.At(load) + typ.memoryGB*published.TeadsMemory }, otherOf(s))
		}},
		{"BoaviztAPI 2 Xeon Silver", servers, func(s equipment.Spec) (Curve, error) {
			return withRest(s, func(typ *typical, load float64) float64 {
				return 2*silver.At(load) + typ.memoryGB*published.TeadsMemory
			}, otherOf(s))
		}},
	}, nil
}

// typical is what a device of a category has, by the typical.* rows.
type typical struct{ tdp, memoryGB, modules float64 }

func typicalOf(t *factor.Table, c equipment.Category) (typical, error) {
	var typ typical
	for _, row := range []struct {
		part string
		into *float64
	}{{"tdp", &typ.tdp}, {"memory", &typ.memoryGB}, {"modules", &typ.modules}} {
		v, err := number(t, "typical."+string(c)+"."+row.part)
		if err != nil {
			return typical{}, err
		}
		*row.into = v
	}
	return typ, nil
}

// around is a curve with other powers while on; the screen draws what it does by
// the rows.
func (s states) around(on ByLoad) Curve {
	c := Curve{Off: s.off, Sleep: s.sleep, Rest: s.rest}
	for i, w := range on {
		c.ByLoad[i] = quantity.Exactly(quantity.Watts(w))
	}
	screen := s.idle.Value - s.dark.Value
	c.Dark = quantity.Exactly(max(quantity.Watts(on[0])-screen, s.sleep.Value))
	return c
}

func (s states) line(t *factor.Table, prefix string) (Curve, error) {
	idle, err := number(t, prefix+".idle")
	if err != nil {
		return Curve{}, err
	}
	active, err := number(t, prefix+".active")
	if err != nil {
		return Curve{}, err
	}
	return s.around(Line(idle, active)), nil
}
