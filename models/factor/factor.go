// Package factor reads the numbers that Ecoparc computes with. Each is a [Row]
// with its interval, unit and source; a row that cannot say where it comes from
// is not loaded.
package factor

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/ecoparc/ecoparc/models/data"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// Source is a publication that rows cite.
type Source struct {
	Title     string `yaml:"title" json:"title"`
	Publisher string `yaml:"publisher" json:"publisher"`
	Year      int    `yaml:"year" json:"year"`
	URL       string `yaml:"url" json:"url"`
	Licence   string `yaml:"licence" json:"licence"`
}

// Row is one number: its best value, the bounds it lies between and what these
// mean, its unit, where and when it holds, and its source. Verified is false
// for a provisional value that no publication confirms; pages say so.
type Row struct {
	Key      string  `yaml:"key" json:"key"`
	Value    float64 `yaml:"value" json:"value"`
	Low      float64 `yaml:"low" json:"low"`
	High     float64 `yaml:"high" json:"high"`
	Unit     string  `yaml:"unit" json:"unit"`
	Interval string  `yaml:"interval" json:"interval"`
	Region   string  `yaml:"region" json:"region,omitempty"`
	From     date    `yaml:"from" json:"from,omitzero"`
	To       date    `yaml:"to" json:"to,omitzero"`
	SourceID string  `yaml:"source" json:"source"`
	Page     string  `yaml:"page" json:"page"`
	Verified yesNo   `yaml:"verified" json:"verified"`
	Note     string  `yaml:"note" json:"note,omitempty"`

	Source Source `yaml:"-" json:"publication"`
	// Override tells a row of the administrator's from a shipped one.
	Override bool `yaml:"-" json:"override,omitempty"`
}

// Table is a consistent set of rows.
type Table struct {
	Rows     []Row
	Profiles []Profile
	// Version names this very set of numbers: the first digits of its SHA-256.
	Version string
	sources map[string]Source
	byKey   map[string][]*Row
}

// Default is the table that ships with Ecoparc.
var Default = sync.OnceValue(func() *Table {
	t, err := Load(data.Files)
	if err != nil {
		panic(fmt.Sprintf("the embedded factors do not load: %v", err)) // a test loads them
	}
	return t
})

// Load reads every *.yaml file of fsys. All problems are reported at once, each
// with its file and line: a missing source or number, a unit that does not fit
// the key, bounds that do not hold the value, a region or a day where no formula
// asks for one, two rows for the same key, region and day.
func Load(fsys fs.FS) (*Table, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("cannot list factor files: %w", err)
	}
	texts := make([][]byte, len(names))
	for i, name := range names {
		if texts[i], err = fs.ReadFile(fsys, name); err != nil {
			return nil, fmt.Errorf("cannot read factors: %w", err)
		}
	}
	return new(Table).with(names, texts, false)
}

// With is the table with an administrator's file over it. The file has the same
// schema and may cite the shipped sources. Its rows and profiles win over shipped
// ones on the days they hold for; the shipped ones stay in the list. Every figure
// that stands on such a row can say so: see Row.Override.
func (t *Table) With(name string, text []byte) (*Table, error) {
	return t.with([]string{name}, [][]byte{text}, true)
}

type file struct {
	Sources  map[string]Source `yaml:"sources"`
	Rows     []Row             `yaml:"rows"`
	Profiles []Profile         `yaml:"profiles"`
}

// with adds files to a table; the result is a new one.
func (t *Table) with(names []string, texts [][]byte, override bool) (*Table, error) {
	u := &Table{sources: map[string]Source{}, byKey: map[string][]*Row{}}
	maps.Copy(u.sources, t.sources)
	sum := sha256.New()
	sum.Write([]byte(t.Version))
	docs := make([]*strictyaml.Document, len(names))
	files := make([]file, len(names))
	for i, name := range names {
		sum.Write(texts[i])
		docs[i] = strictyaml.Decode(name, texts[i], &files[i], "", nil)
		u.addSources(docs[i], files[i].Sources)
	}
	u.Version = hex.EncodeToString(sum.Sum(nil))[:8]
	for i := range files {
		for j := range files[i].Rows {
			row := &files[i].Rows[j]
			row.Override = override
			u.addRow(docs[i], fmt.Sprintf("rows[%d]", j), row)
		}
	}
	// An administrator's rows come first, and so are found first.
	for i := range t.Rows {
		row := &t.Rows[i]
		u.Rows = append(u.Rows, *row)
		u.byKey[row.Key] = append(u.byKey[row.Key], row)
	}
	slices.SortStableFunc(u.Rows, func(a, b Row) int { return strings.Compare(a.Key, b.Key) })
	for i := range files {
		for j, p := range files[i].Profiles {
			u.checkProfile(docs[i], fmt.Sprintf("profiles[%d]", j), p)
			p.Override = override
			u.Profiles = append(u.Profiles, p)
		}
	}
	u.Profiles = append(u.Profiles, t.Profiles...)
	problems := make([]error, len(docs))
	for i, d := range docs {
		problems[i] = d.Err()
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return u, nil
}

func (t *Table) addSources(d *strictyaml.Document, sources map[string]Source) {
	for id, s := range sources {
		if _, twice := t.sources[id]; twice {
			d.Problem("sources."+id, "stands in another file too")
		}
		if s.Title == "" || s.Publisher == "" || s.Year == 0 || s.URL == "" || s.Licence == "" {
			d.Problem("sources."+id, "title, publisher, year, url and licence are all needed")
		}
		t.sources[id] = s
	}
}

func (t *Table) addRow(d *strictyaml.Document, at string, row *Row) {
	row.Source = t.sources[row.SourceID]
	checkRow(d, at, row)
	for _, other := range t.byKey[row.Key] {
		if row.overlaps(other) {
			d.Problem(at, "%s: another row for the region %q holds on the same day", row.Key, row.Region)
		}
	}
	t.Rows = append(t.Rows, *row)
	t.byKey[row.Key] = append(t.byKey[row.Key], row)
}

func checkRow(d *strictyaml.Document, at string, r *Row) {
	for _, key := range []string{"value", "low", "high"} {
		if d.Line(at+"."+key) == 0 {
			d.Problem(at, "%s: %s is missing", r.Key, key)
			return
		}
	}
	switch {
	case r.Key == "":
		d.Problem(at, "key is missing")
	case r.Source.Title == "":
		d.Problem(at, "%s: source %q is not in sources", r.Key, r.SourceID)
	case r.Page == "":
		d.Problem(at, "%s: page is missing: where in the source does it stand?", r.Key)
	case unitOf(r.Key) == "":
		d.Problem(at, "no formula reads a factor called %q; known are %s", r.Key, knownKeys())
	case r.Unit != unitOf(r.Key):
		d.Problem(at, "%s: unit is %q; it must be %s", r.Key, r.Unit, unitOf(r.Key))
	case r.Interval == "":
		d.Problem(at, "%s: interval is missing: what do low and high mean?", r.Key)
	case !strings.HasPrefix(r.Key, "electricity") && (r.Region != "" || !r.From.IsZero() || !r.To.IsZero()):
		d.Problem(at, "%s: only electricity is read by territory and day; without region, from and to the row holds always", r.Key)
	case !(0 <= r.Low && r.Low <= r.Value && r.Value <= r.High && r.High <= math.MaxFloat64): // no NaN, no infinity
		d.Problem(at, "%s: low %v, value %v, high %v: they must rise and not be negative", r.Key, r.Low, r.Value, r.High)
	case r.Unit == "years" && r.Low == 0:
		d.Problem(at, "%s: low is 0: an impact cannot be spread over no time", r.Key)
	case !r.From.IsZero() && !r.To.IsZero() && r.To.Before(r.From.Time):
		d.Problem(at, "%s: to is before from", r.Key)
	}
}

func (r *Row) overlaps(o *Row) bool {
	return r.Region == o.Region && !r.endsBefore(o) && !o.endsBefore(r)
}

func (r *Row) endsBefore(o *Row) bool {
	return !r.To.IsZero() && !o.From.IsZero() && r.To.Before(o.From.Time)
}

// Source is the publication with an id, for numbers that come from it by another way
// than a row. It is false where no file names it.
func (t *Table) Source(id string) (Source, bool) {
	s, ok := t.sources[id]
	return s, ok
}

// Overridden are the keys for which an administrator's row is in force at some time.
func (t *Table) Overridden() map[string]bool {
	keys := map[string]bool{}
	for _, r := range t.Rows {
		if r.Override {
			keys[r.Key] = true
		}
	}
	return keys
}

// Bounds is the row's value in its interval.
func (r *Row) Bounds() quantity.Interval[float64] {
	return quantity.Interval[float64]{Low: r.Low, Value: r.Value, High: r.High}
}

// Find is the row for a key, a region ("" for factors that hold anywhere) and a
// day, an administrator's before a shipped one. An error says that there is none: a
// missing factor is never zero.
func (t *Table) Find(key, region string, day time.Time) (*Row, error) {
	for _, r := range t.byKey[key] {
		started := r.From.IsZero() || !day.Before(r.From.Time)
		ended := !r.To.IsZero() && day.Sub(r.To.Time) >= 24*time.Hour // days of rows are UTC
		if r.Region == region && started && !ended {
			return r, nil
		}
	}
	where := ""
	if region != "" {
		where = fmt.Sprintf(" for region %q", region)
	}
	if !day.IsZero() {
		where += " on " + day.Format(time.DateOnly)
	}
	return nil, fmt.Errorf("no factor %s%s", key, where)
}

// date is a day as in 2026-11-23.
type date struct{ time.Time }

// UnmarshalYAML reads the day.
func (d *date) UnmarshalYAML(n *yaml.Node) error {
	t, err := time.Parse(time.DateOnly, n.Value)
	if err != nil {
		return problem("line %d: %q is not a day like 2026-11-23", n.Line, n.Value)
	}
	d.Time = t
	return nil
}

// MarshalJSON writes the day alone.
func (d date) MarshalJSON() ([]byte, error) { return []byte(`"` + d.Format(time.DateOnly) + `"`), nil }

// UnmarshalJSON reads what MarshalJSON writes.
func (d *date) UnmarshalJSON(text []byte) (err error) {
	d.Time, err = time.Parse(`"`+time.DateOnly+`"`, string(text))
	return err
}

// yesNo is a bool written yes or no, so that nobody wonders what true means.
type yesNo bool

// UnmarshalYAML reads yes or no, and nothing else.
func (y *yesNo) UnmarshalYAML(n *yaml.Node) error {
	if n.Value != "yes" && n.Value != "no" {
		return problem("line %d: %q must be yes or no", n.Line, n.Value)
	}
	*y = n.Value == "yes"
	return nil
}

// problem is a mistake in one value; yaml goes on after it and finds the others.
func problem(format string, args ...any) error {
	return &yaml.TypeError{Errors: []string{fmt.Sprintf(format, args...)}}
}
