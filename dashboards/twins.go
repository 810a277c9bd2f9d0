package dashboards

import "github.com/ecoparc/ecoparc/dashboards/view"

// twinsText says that two machines report as one device, and what to do about it.
type twinsText struct {
	Said  []string
	Steps []twinStep
	Do    link // to where it is said to be done
}

// apartForm is where, on the device's page of administration, the two are said to be apart.
const apartForm = "#apart-confirm"

// twinStep is a step, with what is typed.
type twinStep struct{ Text, Command string }

// twins is nil for a device that is one machine.
func (l *language) twins(t *view.Twins, do link) *twinsText {
	if t == nil {
		return nil
	}
	b := &twinsText{Do: do, Said: []string{
		l.say("twins.said", "first", l.date(t.First.In(l.where)), "times", l.count(t.Times), "last", l.date(t.Last.In(l.where))),
		l.say("twins.why"),
		l.say("twins.leftout", "n", l.count(t.LeftOut)),
	}}
	for _, step := range []struct{ key, command string }{
		{"stop", "ecoparc-agent service stop"}, {"delete", ""}, {"enrol", "ecoparc-agent configure --collector https://… --token …"}, {"start", "ecoparc-agent service start"}, {"image", ""},
	} {
		b.Steps = append(b.Steps, twinStep{l.say("twins.step." + step.key), step.command})
	}
	return b
}

// stateOf is the state of a device in words, with whether it is two machines.
func (l *language) stateOf(state string, two *view.Twins) string {
	text := l.say("state." + state)
	if two != nil {
		text = l.say("state.two", "state", text)
	}
	return text
}
