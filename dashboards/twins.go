package dashboards

import (
	"fmt"
	"net/url"

	"github.com/ecoparc/ecoparc/dashboards/view"
)

// twinsText says that two machines report as one device, and what to do about it.
type twinsText struct {
	Said  []string
	Steps []twinStep
	Do    link // to where it is said to be done
}

// twinStep is a step, with what is typed, and where to get what it needs.
type twinStep struct {
	Text, Command string
	Do            link
}

// apartForm is where, on the device's page of administration, the two are said to be apart.
const apartForm = "#apart-confirm"

// twins is nil for a device that is one machine. It leads to where whoever looks at it
// may go.
func (l *language) twins(t *view.Twins, device string, site int64, u view.User) *twinsText {
	if t == nil {
		return nil
	}
	b := &twinsText{Said: []string{
		l.say("twins.said", "first", l.date(t.First.In(l.where)), "times", l.count(t.Times), "last", l.date(t.Last.In(l.where))),
		l.say("twins.why"),
		l.say("twins.leftout", "n", l.count(t.LeftOut)),
	}}
	if office := "/administration/devices/" + url.PathEscape(device); u.May(office) {
		b.Do = link{l.say("twins.office"), office + apartForm}
	}
	var tokens link
	if office := fmt.Sprintf("/administration/sites/%d/tokens", site); u.May(office) {
		tokens = link{l.say("twins.token"), office}
	}
	for _, step := range []struct {
		key, command string
		do           link
	}{
		{"stop", "ecoparc-agent service stop", link{}}, {"delete", "", link{}},
		{"enrol", "ecoparc-agent configure --collector https://… --token …", tokens},
		{"start", "ecoparc-agent service start", link{}}, {"image", "", link{}},
	} {
		b.Steps = append(b.Steps, twinStep{l.say("twins.step." + step.key), step.command, step.do})
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
