package dashboards

import (
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// choiceForm is every number that a decision rests on, to be seen and changed.
type choiceForm struct {
	Year    int // hidden in the form, so that the chosen school year stays
	Groups  []inputGroup
	Errors  []fieldError
	Changed bool
	Open    bool   // the numbers are shown; otherwise Way leads to them
	Way     string // the address of the page with the numbers
	Reset   string // that of the page with the numbers as they were
}

type inputGroup struct {
	Title  string
	Inputs []inputText
}

// inputText is one input: its value, and its bounds where it has any.
type inputText struct {
	Label  string
	Fields []fieldText
	From   link   // where the number comes from
	Mark   string // that it is provisional, or somebody's own
	Error  string
	ID     string
}

type fieldText struct{ Name, Label, Value string }

type fieldError struct{ Text, URL string }

// slot is an input of a question as the form knows it: in the unit of the page,
// of which the question's unit makes per.
type slot struct {
	name, label string
	unit        string
	per         float64
	least, most float64 // in the unit of the page
	single      bool    // has no bounds
	get         func() (quantity.Interval[float64], string)
	set         func(quantity.Interval[float64])
}

// slotOf makes a slot of an input. What is set is "entered".
func slotOf[T quantity.Unit](name, label, unit string, per, least float64, in *lifespan.Input[T]) slot {
	most := unlimited
	if _, isLife := any(in).(*lifespan.Input[quantity.Years]); isLife {
		most = longestLife
	}
	return slot{
		name: name, label: label, unit: unit, per: per, least: least, most: most,
		get: func() (quantity.Interval[float64], string) { return quantity.As[float64](in.Interval), in.From },
		set: func(v quantity.Interval[float64]) {
			*in = lifespan.Entered(T(v.Low), T(v.Value), T(v.High))
		},
	}
}

// group is the slots under one heading.
type group struct {
	title string
	slots []slot
}

// slots are all inputs of a question. What is set through them changes it.
func (l *language) slots(q *lifespan.Question) []group {
	kwh, kilo, euro, years := l.say("unit.kwhyear"), "kgCO2e", "€", l.say("choice.unit.years")
	perCent := func(name, label string, least float64, in *lifespan.Input[float64]) slot {
		return slotOf(name, label, "%", 0.01, least, in)
	}
	groups := []group{
		{l.say("choice.group.old"), []slot{
			slotOf("old-energy", l.say("input.energy"), kwh, 1000, 0, &q.OldEnergy),
			slotOf("old-life", l.say("input.remaining"), years, 1, 0, &q.OldLife),
		}},
		{l.say("choice.group.new"), []slot{
			slotOf("new-price", l.say("input.price"), euro, 1, 0, &q.NewPrice),
			slotOf("new-embodied", l.say("input.embodied"), kilo, 1000, 0, &q.NewEmbodied),
			slotOf("new-life", l.say("input.life"), years, 1, shortestLife, &q.NewLife),
			slotOf("new-energy", l.say("input.energy"), kwh, 1000, 0, &q.NewEnergy),
		}},
	}
	if s := q.Reconditioned; s != nil {
		groups = append(groups, group{l.say("choice.group.reconditioned"), []slot{
			slotOf("reconditioned-price", l.say("input.price"), euro, 1, 0, &s.Price),
			perCent("reconditioned-share", l.say("input.share"), 0, &s.Share),
			slotOf("reconditioned-life", l.say("input.life"), years, 1, 0, &s.Life),
			slotOf("reconditioned-energy", l.say("input.extra"), kwh, 1000, -unlimited, &s.ExtraEnergy),
		}})
	}
	for i := range q.Repairs {
		r := &q.Repairs[i]
		name := string(r.Part)
		groups = append(groups, group{l.say("choice." + name), []slot{
			slotOf(name+"-price", l.say("input.price"), euro, 1, 0, &r.Price),
			slotOf(name+"-embodied", l.say("input.embodied"), kilo, 1000, 0, &r.Embodied),
			slotOf(name+"-extends", l.say("input.extends"), years, 1, 0, &r.Extends),
			slotOf(name+"-energy", l.say("input.extra"), kwh, 1000, -unlimited, &r.ExtraEnergy),
		}})
	}
	return append(groups, group{l.say("choice.group.all"), []slot{
		slotOf("intensity", l.say("input.intensity"), "gCO2e/kWh", 1, 0, &q.Intensity),
		slotOf("electricity", l.say("input.electricity"), "€/kWh", 1, 0, &q.Electricity),
		{
			name: "discount", label: l.say("input.discount"), unit: "%", per: 0.01, most: 99, single: true,
			get: func() (quantity.Interval[float64], string) { return quantity.Exactly(q.Discount), "" },
			set: func(v quantity.Interval[float64]) { q.Discount = v.Value },
		},
		{
			name: "horizon", label: l.say("input.horizon"), unit: years, per: 1, least: 1, most: longestHorizon, single: true,
			get: func() (quantity.Interval[float64], string) {
				return quantity.Exactly(float64(q.HorizonYears)), ""
			},
			set: func(v quantity.Interval[float64]) { q.HorizonYears = int(math.Round(v.Value)) },
		},
	}})
}

// What lifespan.Question asks of its inputs, and a horizon that a page can draw.
const (
	shortestLife   = 0.25 // years
	longestLife    = 100  // years
	longestHorizon = 40   // years
	// unlimited is more than any price, mass or energy of one device.
	unlimited = 1e9
)

// choiceForm reads the changes that a query asks for into a question, and makes the
// form that shows all of its inputs as they were typed. A field that is left empty or
// as it was changes nothing; a value that is changed while its bounds are not, or are
// one number, is taken as exact.
func (l *language) choiceForm(q *lifespan.Question, asked url.Values) choiceForm {
	var f choiceForm
	for _, g := range l.slots(q) {
		shown := inputGroup{Title: g.title}
		for _, s := range g.slots {
			in, changed := l.read(s, asked)
			if in.Error != "" {
				f.Errors = append(f.Errors, fieldError{g.title + ", " + s.label + " : " + in.Error, "#" + in.ID})
			}
			f.Changed = f.Changed || changed
			shown.Inputs = append(shown.Inputs, in)
		}
		f.Groups = append(f.Groups, shown)
	}
	return f
}

// read reads one input from a query.
func (l *language) read(s slot, asked url.Values) (inputText, bool) {
	was, from := s.get()
	in := inputText{Label: s.label + ", " + s.unit, ID: s.name}
	names := []string{s.name, s.name + "-low", s.name + "-high"}
	labels := []string{l.say("input.value"), l.say("input.low"), l.say("input.high")}
	numbers := []float64{was.Value, was.Low, was.High}
	if s.single {
		names = names[:1]
	}
	changed := [3]bool{}
	for i, name := range names {
		shipped := l.typed(numbers[i] / s.per)
		text := strings.TrimSpace(asked.Get(name))
		if text == "" {
			text = shipped
		}
		in.Fields = append(in.Fields, fieldText{name, labels[i], text})
		v, ok := view.NumberOf(text)
		if was, _ := view.NumberOf(shipped); ok && v == was {
			continue
		}
		changed[i], numbers[i] = true, v*s.per
		switch {
		case !ok:
			in.Error = l.say("input.error.number", "text", text)
		case v < s.least && s.most == unlimited:
			in.Error = l.say("input.error.least", "least", l.typed(s.least))
		case v < s.least || v > s.most:
			in.Error = l.say("input.error.range", "least", l.typed(s.least), "most", l.typed(s.most))
		}
	}
	if changed == [3]bool{} {
		in.From, in.Mark = l.origin(from)
		return in, false
	}
	in.From = link{Text: l.say("origin.entered")}
	now := quantity.Interval[float64]{Low: numbers[1], Value: numbers[0], High: numbers[2]}
	if s.single || !changed[1] && !changed[2] || now.Low == now.High {
		now = quantity.Exactly(now.Value)
		for i := range in.Fields {
			if in.Error == "" {
				in.Fields[i].Value = in.Fields[0].Value
			}
		}
	}
	if in.Error == "" && !(now.Low <= now.Value && now.Value <= now.High) {
		in.Error = l.say("input.error.rise")
	}
	if in.Error == "" {
		s.set(now)
	}
	return in, true
}

// typed writes a number as it is typed into a field: whole from a hundred on, three
// digits below, no grouping.
func (l *language) typed(v float64) string {
	if math.Abs(v) >= 100 {
		v = math.Round(v)
	} else if short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64); err == nil {
		v = short
	}
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if l.code == quantity.French {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// origin says where an input comes from, and whether it is provisional or an
// administrator's own.
func (l *language) origin(from string) (link, string) {
	if from == lifespan.FromRepairs {
		return link{Text: l.say("origin.repairs")}, ""
	}
	key, ageless := strings.CutSuffix(from, " less age")
	provisional, isFactor := l.known[key]
	if !isFactor {
		if said := map[string]string{
			"measured": l.say("origin.measured"), "reported use": l.say("origin.reported"), "entered": l.say("origin.entered"),
			"as a new one": l.say("origin.asnew"), "as before": l.say("origin.asbefore"), "a product like this, by its makers": l.say("origin.makers"),
		}[from]; said != "" {
			return link{Text: said}, ""
		}
		return link{Text: from}, ""
	}
	text, mark := l.factorName(key), ""
	if ageless {
		text = l.say("origin.lessage", "key", text)
	}
	switch {
	case l.overridden[key]:
		mark = l.say("sources.own")
	case provisional:
		mark = l.say("origin.provisional")
	}
	return link{text, factorURL(key)}, mark
}
