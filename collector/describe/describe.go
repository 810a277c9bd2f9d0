// Package describe reads descriptions of devices, for an estimate of their
// footprint: from flags, YAML, or CSV as French and English spreadsheets write it.
//
// All three have the same fields, those of [Record], as texts that one function
// reads: a number may have a decimal comma wherever it stands. A mistake is told
// with its line, the field and what is allowed, all mistakes at once; then nothing
// is estimated.
package describe

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/estimate"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Record is a description as it is written. Empty is "not known". The tags are its
// YAML keys and CSV columns, and the names and help texts of its flags.
type Record struct {
	Name            string   `yaml:"name" name:"name" placeholder:"TEXT" help:"What to call it in the output." group:"The device:"`
	Category        string   `yaml:"category" name:"category" placeholder:"KIND" help:"laptop, desktop, tablet, monitor, server, thin_client, smartphone, projector, interactive_panel, access_point or printer: all that is needed." group:"The device:"`
	Maker           string   `yaml:"maker" name:"maker" placeholder:"TEXT" help:"As on the label: Dell." group:"The device:"`
	Model           string   `yaml:"model" name:"model" placeholder:"TEXT" help:"As on the label: Latitude 3420." group:"The device:"`
	CPU             string   `yaml:"cpu" name:"cpu" placeholder:"TEXT" help:"Name of the processor." group:"The device:"`
	MemoryGiB       string   `yaml:"memory_gib" name:"memory-gib" placeholder:"N" help:"Memory in GiB." group:"The device:"`
	StorageGB       string   `yaml:"storage_gb" name:"storage-gb" placeholder:"N" help:"Disk in GB." group:"The device:"`
	ScreenIn        string   `yaml:"screen_in" name:"screen-in" placeholder:"N" help:"Diagonal of its screen in inches." group:"The device:"`
	WeightKg        string   `yaml:"weight_kg" name:"weight-kg" placeholder:"N" help:"Weight in kg." group:"The device:"`
	BrightnessPct   string   `yaml:"brightness_percent" name:"brightness-percent" placeholder:"N" help:"Brightness of its screen, 0 to 100." group:"The device:"`
	Count           string   `yaml:"count" name:"count" placeholder:"N" help:"How many there are that are alike." group:"The device:"`
	Pupils          string   `yaml:"pupils" name:"pupils" placeholder:"N" help:"How many pupils they serve together." group:"The device:"`
	Bought          string   `yaml:"bought" name:"bought" placeholder:"DAY" help:"Day or year: 2022-09-01, 01/09/2022 or 2022." group:"Its life:"`
	Acquisition     string   `yaml:"acquisition" name:"acquisition" placeholder:"HOW" help:"new, reconditioned, donated or leased." group:"Its life:"`
	FirstLifeYears  string   `yaml:"first_life_years" name:"first-life-years" placeholder:"N" help:"How long others used it before." group:"Its life:"`
	ExpectedYears   string   `yaml:"expected_life_years" name:"expected-life-years" placeholder:"N" help:"Expected life with this owner, instead of the category's." group:"Its life:"`
	Parts           []string `yaml:"parts" name:"parts" sep:"," placeholder:"PART:DAY" help:"Parts fitted since: battery:2025-09-01; also ssd, memory, screen." group:"Its life:"`
	HoursPerDay     string   `yaml:"hours_per_day" name:"hours-per-day" placeholder:"N" help:"Hours it is on, on a day of use." group:"Its use:"`
	DaysPerYear     string   `yaml:"days_per_year" name:"days-per-year" placeholder:"N" help:"Days of use in a year; school days when not said." group:"Its use:"`
	LoadPct         string   `yaml:"load_percent" name:"load-percent" placeholder:"N" help:"Mean load of its processors while on, 0 to 100." group:"Its use:"`
	AtRest          string   `yaml:"at_rest" name:"at-rest" placeholder:"STATE" help:"What it does at other times: asleep or off." group:"Its use:"`
	AlwaysOn        string   `yaml:"always_on" name:"always-on" placeholder:"YES|NO" help:"yes or no." group:"Its use:"`
	MeteredKWh      string   `yaml:"metered_kwh_year" name:"metered-kwh-year" placeholder:"N" help:"What a meter at the socket counts in a year, instead of hours." group:"Its use:"`
	Room            string   `yaml:"room" name:"room" placeholder:"ROOM" help:"Of a server: server_room or data_centre." group:"Its use:"`
	PUE             string   `yaml:"pue" name:"pue" placeholder:"N" help:"Of a server's room, instead of room." group:"Its use:"`
	DeviceTerritory string   `yaml:"territory" kong:"-"`
}

// Fields are the YAML keys and CSV columns, in their order.
func Fields() []string {
	t := reflect.TypeFor[Record]()
	fields := make([]string, t.NumField())
	for i := range fields {
		fields[i] = t.Field(i).Tag.Get("yaml")
	}
	return fields
}

// Empty tells whether nothing is described.
func (r Record) Empty() bool { return reflect.ValueOf(r).IsZero() }

// set gives a field its text; false for a field there is none of.
func (r *Record) set(field, text string) bool {
	v := reflect.ValueOf(r).Elem()
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("yaml") != field {
			continue
		}
		if parts, ok := v.Field(i).Addr().Interface().(*[]string); ok {
			*parts = strings.Fields(text) // a space parts them in a cell
		} else {
			v.Field(i).SetString(text)
		}
		return true
	}
	return false
}

// Described is a description with the line on which it begins; 0 for flags.
type Described struct {
	Line int
	estimate.Description
}

// Description reads the record of a day. The error joins an [estimate.Problem] for
// each field that is not as it should be.
func (r Record) Description(today calendar.Day) (estimate.Description, error) {
	p := &parser{today: today}
	d := estimate.Description{
		Name: strings.TrimSpace(r.Name), Category: equipment.Category(word(r.Category)),
		Maker: strings.TrimSpace(r.Maker), Model: strings.TrimSpace(r.Model), CPU: strings.TrimSpace(r.CPU),
		MemoryGiB: p.number("memory_gib", r.MemoryGiB), StorageGB: p.number("storage_gb", r.StorageGB),
		ScreenIn: p.number("screen_in", r.ScreenIn), WeightKg: p.number("weight_kg", r.WeightKg),
		Brightness: p.number("brightness_percent", r.BrightnessPct) / 100,
		Count:      p.whole("count", r.Count), Pupils: p.number("pupils", r.Pupils),
		Acquisition: lifespan.Acquisition(word(r.Acquisition)),
		FirstLife:   quantity.Years(p.number("first_life_years", r.FirstLifeYears)), ExpectedLife: quantity.Years(p.number("expected_life_years", r.ExpectedYears)),
		Use: estimate.Use{
			HoursPerDay: p.number("hours_per_day", r.HoursPerDay), DaysPerYear: p.number("days_per_year", r.DaysPerYear),
			AtRest: estimate.Rest(word(r.AtRest)), AlwaysOn: p.yes("always_on", r.AlwaysOn),
			MeteredKWh: p.known("metered_kwh_year", r.MeteredKWh, 1), Load: p.known("load_percent", r.LoadPct, 100),
		},
		Room: grid.Room(word(r.Room)), PUE: p.number("pue", r.PUE), Territory: strings.ToUpper(strings.TrimSpace(r.DeviceTerritory)),
	}
	if r.Bought != "" {
		d.Bought = p.day("bought", r.Bought)
	}
	for _, text := range r.Parts {
		part, day, dated := strings.Cut(text, ":")
		if !dated {
			p.problem("parts", "%q is not a part and a day, as battery:2025-09-01", text)
			continue
		}
		d.Parts = append(d.Parts, estimate.Fitted{Part: lifespan.Part(word(part)), On: p.day("parts", day)})
	}
	if p.errs == nil { // what a text is wrong in already is not judged twice
		for _, found := range d.Problems(today) {
			p.errs = append(p.errs, asWritten(found))
		}
	}
	return d, errors.Join(p.errs...)
}

// asWritten names the field as it is written.
func asWritten(p estimate.Problem) estimate.Problem {
	switch p.Field {
	case "brightness", "load":
		p.Field, p.Text = p.Field+"_percent", strings.Replace(p.Text, "from 0 to 1", "from 0 to 1 (100 %)", 1)
	}
	return p
}

// word is a name of ours, however it is capitalised and joined.
func word(text string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(text)))
}

type parser struct {
	today calendar.Day
	errs  []error
}

func (p *parser) problem(field, format string, args ...any) {
	p.errs = append(p.errs, estimate.Problem{Field: field, Text: fmt.Sprintf(format, args...)})
}

// number reads 1234.5, 1234,5 or 1 234,5; empty is 0, not known. A point and a comma
// together are refused: which of them parts thousands depends on the country.
func (p *parser) number(field, text string) float64 {
	v, ok := readNumber(text)
	if !ok {
		p.problem(field, "%q is not a number, as 8, 1.5 or 1,5", text)
	}
	return v
}

func readNumber(text string) (float64, bool) {
	text = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "").Replace(strings.TrimSpace(text))
	if text == "" {
		return 0, true
	}
	if strings.Trim(text, "-0123456789.,") != "" || strings.Count(text, ".")+strings.Count(text, ",") > 1 {
		return 0, false
	}
	v, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	return v, err == nil
}

// known is a number of which 0 is not "not known", in a unit of which ours has per.
func (p *parser) known(field, text string, per float64) *float64 {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	v := p.number(field, text) / per
	return &v
}

func (p *parser) whole(field, text string) int64 {
	v, ok := readNumber(text)
	if !ok || v != float64(int64(v)) || strings.TrimSpace(text) != "" && v == 0 {
		p.problem(field, "%q is not a whole number from 1", text)
		return 0
	}
	return int64(v)
}

func (p *parser) yes(field, text string) bool {
	switch word(text) {
	case "yes", "true", "oui", "vrai":
		return true
	case "", "no", "false", "non", "faux":
		return false
	}
	p.problem(field, "%q is not yes or no", text)
	return false
}

// day reads a day, or a year as its 1 July (or the day of the estimate, when that
// comes first).
func (p *parser) day(field, text string) estimate.Date {
	text = strings.TrimSpace(text)
	if t, err := time.Parse("2006", text); err == nil && len(text) == 4 {
		july := calendar.Date(t.Year(), time.July, 1)
		if t.Year() == p.today.Year() {
			july = min(july, p.today)
		}
		return estimate.Date(july)
	}
	for _, layout := range []string{time.DateOnly, "02/01/2006"} {
		if t, err := time.Parse(layout, text); err == nil {
			return estimate.Date(calendar.DayOf(t, time.UTC))
		}
	}
	p.problem(field, "%q is not a day as 2022-09-01 or 01/09/2022, nor a year", text)
	return 0
}

// mostBytes and mostDevices bound what standard input may hold.
const (
	mostBytes   = 16 << 20
	mostDevices = 100_000
)

// readText reads a whole list as UTF-8 text.
func readText(r io.Reader) (string, error) {
	all, err := io.ReadAll(io.LimitReader(r, mostBytes+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("cannot read the devices: %w", err)
	case len(all) > mostBytes:
		return "", fmt.Errorf("the list is larger than %d MiB", mostBytes>>20)
	}
	text := strings.TrimPrefix(string(all), "\ufeff")
	line := 0
	for row := range strings.Lines(text) {
		if line++; !utf8.ValidString(row) { // as Excel saves it on a French Windows
			return "", fmt.Errorf("line %d: not UTF-8; save the list as \"CSV UTF-8\"", line)
		}
	}
	return text, nil
}

// described reads a record that begins on a line. Its error names the line.
func (r Record) described(line int, today calendar.Day) (Described, error) {
	d, err := r.Description(today)
	if err != nil {
		err = fmt.Errorf("line %d: %s", line, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return Described{line, d}, err
}
