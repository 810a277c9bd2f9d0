package dashboards

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
)

// form is a form of administration, which one template lays out. A form that acts is
// sent to the page that it stands on, and says which of its acts it asks for.
type form struct {
	Action  string // where it is sent; empty: to its page
	Act     string // empty: it asks for a part of a list, and changes nothing
	Title   string
	Lead    string
	Submit  string
	Another string // a second button, which sends again=1
	Later   string // the fields stand behind the button, folded below this title; empty: before it
	Fields  []field
	Errors  []fieldError
	Upload  bool // a file is sent
	Folded  bool // shown when it is asked for
	Open    bool // it was asked for, and is not folded
}

// field is a field of a form.
type field struct {
	Name, ID, Label, Hint string
	Kind                  string // as of an input, or "select", "checkboxes", "textarea", "hidden"
	Value, Error          string
	Options               []option // of a select and of checkboxes
	Required              bool
	Least, Most           string
}

// posted is a form that was sent and refused: it is shown again with what was typed.
type posted struct {
	act     string
	values  url.Values
	refused view.Refused
}

// formed finishes a form: ids, labels and hints by the names of its fields, and where
// it was refused what was typed, with what is wrong beside each field and above all.
func (l *language) formed(f form, again *posted) form {
	for i := range f.Fields {
		in := &f.Fields[i]
		in.ID = strings.Trim(f.Act+"-"+in.Name, "-")
		if in.Label == "" {
			in.Label = l.say("admin.field." + in.Name)
		}
		if hint := "admin.hint." + in.Name; in.Hint == "" && l.texts[hint] != "" {
			in.Hint = l.say(hint)
		}
	}
	if again == nil || again.act != f.Act || f.Act == "" {
		return f
	}
	f.Open = true
	for i := range f.Fields {
		f.Fields[i].retype(again.values)
	}
	for _, r := range again.refused {
		text := l.refusal(r)
		at := slices.IndexFunc(f.Fields, func(in field) bool { return in.Name == r.Field && in.Kind != "hidden" })
		if at < 0 {
			f.Errors = append(f.Errors, fieldError{Text: text})
			continue
		}
		f.Fields[at].Error = text
	}
	for _, in := range f.Fields { // in the order in which they stand
		if in.Error != "" {
			f.Errors = append(f.Errors, fieldError{in.Label + " : " + in.Error, "#" + in.ID})
		}
	}
	return f
}

// finding is the form by which a list is searched.
func (l *language) finding(fields ...field) *form {
	f := l.formed(form{Submit: l.say("admin.find"), Fields: fields}, nil)
	return &f
}

// retype gives a field what was typed into it.
func (f *field) retype(values url.Values) {
	switch {
	case f.Name == "confirm": // what is tried again is confirmed again
	case f.Kind == "file", f.Kind == "hidden":
	case f.Kind == "select", f.Kind == "checkboxes":
		for i := range f.Options {
			f.Options[i].Chosen = slices.Contains(values[f.Name], f.Options[i].Value)
		}
	default:
		f.Value = values.Get(f.Name)
	}
}

// choices are options, of which some are chosen. Their texts are those of a prefix.
func (l *language) choices(prefix string, values []string, chosen ...string) []option {
	var all []option
	for _, v := range values {
		all = append(all, option{v, l.say(prefix + v), slices.Contains(chosen, v)})
	}
	return all
}

// confirming is the field by which a person says that an act is meant.
func confirming() field { return field{Name: "confirm", Kind: "checkbox", Required: true} }

// whole reads a whole number from a form; an empty field is 0.
func wholeOf(values url.Values, name string) (int64, error) {
	text := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "").Replace(values.Get(name))
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, view.Refuse(name, "is "+strconv.Quote(text)+"; a whole number is expected")
	}
	return n, nil
}

// lines are what stands on the lines of a text.
func lines(text string) []string {
	var all []string
	for _, one := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if one = strings.TrimSpace(one); one != "" {
			all = append(all, one)
		}
	}
	return all
}

// refusalPattern is what the collector says in English when it refuses something, with
// the key of its text in every language.
type refusalPattern struct {
	key   string
	said  *regexp.Regexp
	names []string
	exact int // how much of it is no placeholder
}

const refusalPrefix = "refusal."

// patternsOf are what is said in English by keys that begin with a prefix, the longest
// first.
func patternsOf(english map[string]string, prefix string) []refusalPattern {
	var all []refusalPattern
	for key, text := range english {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		p := refusalPattern{key: key, exact: len(placeholder.ReplaceAllString(text, ""))}
		pattern, last := "^", 0
		for _, at := range placeholder.FindAllStringIndex(text, -1) {
			pattern += regexp.QuoteMeta(text[last:at[0]]) + "(.*?)"
			p.names = append(p.names, text[at[0]+1:at[1]-1])
			last = at[1]
		}
		p.said = regexp.MustCompile("(?s)" + pattern + regexp.QuoteMeta(text[last:]) + "$")
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b refusalPattern) int {
		if a.exact != b.exact {
			return b.exact - a.exact
		}
		return strings.Compare(a.key, b.key)
	})
	return all
}

// sentenceOf begins a sentence with a capital letter.
func sentenceOf(text string) string {
	if first, size := utf8.DecodeRuneInString(text); size > 0 && strings.HasSuffix(text, ".") {
		return string(unicode.ToUpper(first)) + text[size:]
	}
	return text
}

// toldBy is what a pattern has a text for, its values put into words; days are dates.
func (l *language) toldBy(p refusalPattern, said string, word func(name, value string) string) (told string, ok bool) {
	found := p.said.FindStringSubmatch(said)
	if found == nil {
		return "", false
	}
	var pairs []string
	for i, name := range p.names {
		value := word(name, found[i+1])
		if day, err := calendar.ParseDay(value); err == nil {
			value = l.date(day.UTC())
		}
		pairs = append(pairs, name, value)
	}
	return l.say(p.key, pairs...), true
}

// refusal is why something was refused, in the language of the page.
func (l *language) refusal(r view.Refusal) string { return l.retold(r.String()) }

// retold is what the collector said in English in the language of the page. Of several
// sentences each is told; one that nobody has put into words stays as it is.
func (l *language) retold(said string) string {
	for _, p := range l.refusals {
		told, ok := l.toldBy(p, said, func(name, value string) string {
			for _, called := range []string{"admin.column.", "admin.field."} {
				if called += value; name == "field" && l.texts[called] != "" {
					value = l.say(called)
				}
			}
			if called := "repair.part." + value; name == "part" && l.texts[called] != "" {
				value = l.say(called)
			}
			return value
		})
		if ok {
			return sentenceOf(told)
		}
	}
	if first, rest, several := strings.Cut(said, "; "); several {
		if told := l.retold(first); told != first {
			return told + " " + l.retold(rest)
		}
	}
	return said
}
