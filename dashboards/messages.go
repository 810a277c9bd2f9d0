package dashboards

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
)

//go:embed messages/*/*.yaml
var messageFiles embed.FS // a folder for each language, a file for each room of the pages

// language is a language of the pages: its texts, and how it writes numbers and
// dates.
type language struct {
	code  quantity.Language
	texts map[string]string
	where *time.Location
	// overridden are the factors for which an administrator gave own values, known
	// all there are: true for those that no publication confirms.
	overridden, known map[string]bool
	refusals, logged  []refusalPattern
}

// languages are the languages that pages are in; the first is the default.
var languages = []quantity.Language{quantity.French, quantity.English}

func loadLanguages(where *time.Location, factors *factor.Table) (map[quantity.Language]*language, error) {
	all := map[quantity.Language]*language{}
	overridden, known := factors.Overridden(), map[string]bool{}
	for _, r := range factors.Rows {
		before, listed := known[r.Key]
		known[r.Key] = !bool(r.Verified) && (before || !listed)
	}
	for _, code := range languages {
		l := &language{code: code, where: where, overridden: overridden, known: known}
		var err error
		if l.texts, err = readTexts("messages/" + string(code)); err != nil {
			return nil, err
		}
		if code == quantity.French {
			for key, message := range l.texts {
				l.texts[key] = frenchSpaces.Replace(message)
			}
		}
		all[code] = l
	}
	for _, l := range all {
		l.refusals, l.logged = patternsOf(all[quantity.English].texts, refusalPrefix), patternsOf(all[quantity.English].texts, loggedPrefix)
	}
	return all, nil
}

// readTexts reads all message files of a folder. A key stands in one of them only.
func readTexts(folder string) (map[string]string, error) {
	files, err := messageFiles.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, file := range files {
		path := folder + "/" + file.Name()
		source, err := messageFiles.ReadFile(path)
		if err != nil {
			return nil, err
		}
		texts := map[string]string{}
		if err := yaml.Unmarshal(source, &texts); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for key, text := range texts {
			if _, twice := all[key]; twice {
				return nil, fmt.Errorf("%s: the key %s stands in another file too", path, key)
			}
			all[key] = text
		}
	}
	return all, nil
}

// frenchSpaces puts the no-break spaces that French typography asks for.
var frenchSpaces = strings.NewReplacer(" ;", "\u202f;", " :", "\u00a0:", " !", "\u202f!", " ?", "\u202f?", "« ", "«\u00a0", " »", "\u00a0»", " %", "\u202f%", " €", "\u202f€")

// say is the text of a key with {name} replaced by the value that follows name in
// pairs, and {name|one|more} by the one of the two that goes with this value. A key
// without text shows itself: a test finds it.
func (l *language) say(key string, pairs ...string) string {
	text, ok := l.texts[key]
	if !ok {
		return key
	}
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		name, forms, plural := strings.Cut(strings.Trim(found, "{}"), "|")
		i := slices.Index(pairs, name)
		if i < 0 {
			return found
		}
		if !plural {
			return pairs[i+1]
		}
		one, more, _ := strings.Cut(forms, "|")
		if l.singular(pairs[i+1]) {
			return one
		}
		return more
	})
}

var placeholder = regexp.MustCompile(`\{[^{}]+\}`)

// singular says whether a written number takes the singular: below two in French,
// one in English.
func (l *language) singular(number string) bool {
	whole, _, _ := strings.Cut(number, ",")
	if l.code == quantity.English {
		return number == "1"
	}
	return whole == "0" || whole == "1"
}

// count writes a whole number.
func (l *language) count(n int64) string { return quantity.Number(float64(n), 0, l.code) }

// number writes a number with some decimals.
func (l *language) number(v float64, decimals int) string {
	return quantity.Number(v, decimals, l.code)
}

func (l *language) percent(share float64) string {
	return l.say("percent", "n", l.number(100*share, 0))
}

// date writes a day as people say it. Its time zone is that of t.
func (l *language) date(t time.Time) string {
	return l.say("date", "day", l.dayOfMonth(t), "month", l.month(t), "year", fmt.Sprint(t.Year()))
}

// dayOfMonth is 1er, 2, 3 and so on in French, and a number in English.
func (l *language) dayOfMonth(t time.Time) string {
	if t.Day() == 1 && l.code == quantity.French {
		return "1er"
	}
	return fmt.Sprint(t.Day())
}

// shortDate writes a day for a narrow column, in the territory's time.
func (l *language) shortDate(t time.Time) string {
	t = t.In(l.where)
	return l.say("date", "day", l.dayOfMonth(t), "month", l.shortMonth(t), "year", fmt.Sprint(t.Year()))
}

// moment writes an instant in the territory's time.
func (l *language) moment(t time.Time) string {
	t = t.In(l.where)
	return l.say("time", "day", l.dayOfMonth(t), "month", l.month(t), "year", fmt.Sprint(t.Year()), "hour", fmt.Sprint(t.Hour()), "minute", t.Format("04"))
}

func (l *language) clock(t time.Time) string {
	t = t.In(l.where)
	return l.say("clock", "hour", fmt.Sprint(t.Hour()), "minute", t.Format("04"))
}

func (l *language) month(t time.Time) string { return l.nth("months", t) }

func (l *language) shortMonth(t time.Time) string { return l.nth("months.short", t) }

func (l *language) nth(key string, t time.Time) string {
	names := strings.Split(l.say(key), ",")
	if i := int(t.Month()) - 1; i < len(names) {
		return names[i]
	}
	return ""
}

// length writes a length of time in seconds, minutes or hours.
func (l *language) length(ms int64) string {
	if ms < 120_000 {
		return l.say("seconds", "n", l.number(float64(ms)/1000, 0))
	}
	if minutes := float64(ms) / 60_000; minutes < 90 {
		return l.say("minutes", "n", l.number(minutes, decimalsFor(minutes)))
	}
	hours := float64(ms) / 3_600_000
	return l.say("hours", "n", l.number(hours, decimalsFor(hours)))
}

func decimalsFor(v float64) int {
	if v < 10 {
		return 1
	}
	return 0
}

// bytes writes a size in units of 1000.
func (l *language) bytes(n int64) string {
	scales := []quantity.Scale{{Unit: "o", Per: 1}, {Unit: "ko", Per: 1e3}, {Unit: "Mo", Per: 1e6}, {Unit: "Go", Per: 1e9}, {Unit: "To", Per: 1e12}}
	if l.code == quantity.English {
		scales = []quantity.Scale{{Unit: "B", Per: 1}, {Unit: "kB", Per: 1e3}, {Unit: "MB", Per: 1e6}, {Unit: "GB", Per: 1e9}, {Unit: "TB", Per: 1e12}}
	}
	return withUnit(quantity.Format(quantity.Exactly(sizeB(n)), scales, l.code))
}

// memory writes a size in binary units, as memory is sold.
func (l *language) memory(mib int64) string {
	unit := "Gio"
	if l.code == quantity.English {
		unit = "GiB"
	}
	gib := float64(mib) / 1024
	return l.number(gib, decimalsFor(gib)) + "\u00a0" + unit
}

// sizeB is a size in bytes.
type sizeB float64

// energy and mass write an estimate without its interval, as in a sentence.
func (l *language) energy(e quantity.Interval[quantity.WattHours]) string {
	return withUnit(quantity.Format(e, quantity.EnergyScales, l.code))
}

func (l *language) mass(m quantity.Interval[quantity.Grams]) string {
	return withUnit(quantity.Format(m, quantity.MassScales, l.code))
}

// exactEnergy writes energy in Wh that has no interval of its own.
func (l *language) exactEnergy(energyWh float64) string {
	return l.energy(quantity.Exactly(quantity.WattHours(energyWh)))
}

// energyBetween and massBetween write an estimate with its interval.
func (l *language) energyBetween(e quantity.Interval[quantity.WattHours]) string {
	return between(quantity.Format(e, quantity.EnergyScales, l.code))
}

func (l *language) massBetween(m quantity.Interval[quantity.Grams]) string {
	return between(quantity.Format(m, quantity.MassScales, l.code))
}

func withUnit(t quantity.Text) string {
	if t.Unit == "" {
		return t.Value
	}
	return t.Value + "\u00a0" + t.Unit
}

func between(t quantity.Text) string {
	if t.Range == "" {
		return withUnit(t)
	}
	return withUnit(t) + " (" + t.Range + ")"
}
