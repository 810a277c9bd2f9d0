package api

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/fleet"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/spreadsheet"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// imported is what an import did, or of a dry run would do.
type imported struct {
	DryRun    bool                `json:"dry_run"`
	Columns   spreadsheet.Columns `json:"columns"`
	Rows      understood          `json:"rows"` // the first ones
	Added     int                 `json:"added"`
	Changed   int                 `json:"changed"`
	Unchanged int                 `json:"unchanged"`
	// Changes are the first lines that add or change something.
	Changes []lineChange `json:"changes"`
}

// understood are rows as they were understood, of sites or of devices.
type understood struct {
	Sites   []siteRecord     `json:"sites,omitempty"`
	Devices []purchase.Entry `json:"devices,omitempty"`
}

// lineChange is what a line adds or changes.
type lineChange struct {
	Line    int      `json:"line"`
	Outcome string   `json:"outcome"` // "added" or "changed"
	Site    int64    `json:"site,omitempty"`
	Device  string   `json:"device,omitempty"`
	Label   string   `json:"label,omitempty"`
	What    []string `json:"what,omitempty"` // that changes, in words
}

// notImported tells every line of a list that cannot be, and how the rest was
// understood. Nothing of the list is imported.
type notImported struct {
	report.Problem
	Mistakes []spreadsheet.Mistake `json:"mistakes,omitempty"`
	Columns  *spreadsheet.Columns  `json:"columns,omitempty"` // of a list that was read
	Rows     *understood           `json:"rows,omitempty"`
}

// What an answer tells of a list at most.
const (
	rowsShown    = 10
	changesShown = 1000
)

// maxListB is the largest list that is read, and usualSource what it is called in the
// audit log.
const (
	maxListB    = 64 << 20
	usualSource = "list"
)

// importRoutes bring lists in.
func (a *Administration) importRoutes() []gate.Route {
	const tag = "imports"
	common := []openapi.Parameter{
		{Name: "dry_run", What: "true: tell what would change, and change nothing", Of: false},
		{Name: "map", What: "what a column holds, as `Title=field`; nothing after the sign leaves it out", Repeated: true},
		{Name: "source", What: "what the list is called in the audit log"},
	}
	forDevices := append([]openapi.Parameter{
		{Name: "type", What: "what a word of the category column means, as `PC élève=laptop`", Repeated: true},
		{Name: "category", What: "category of new devices whose line names none"},
		{Name: "population", What: "population of new devices whose line names none; shared without it"},
		{Name: "purchased", What: "purchase date of new devices whose line has none, as 2023-09-01"},
	}, common...)
	operation := func(pattern string, about gate.Object, summary string, query []openapi.Parameter, do func(http.ResponseWriter, *http.Request)) gate.Route {
		doc := openapi.Operation{
			Summary: summary, Tag: tag, Query: query, Text: "text/csv", Answers: ok("What was imported, or would be", imported{}), Problem: notImported{},
			Refusals: []int{http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType},
		}
		return gate.Route{Pattern: pattern, Scope: access.Import, About: about, Doc: doc, Handler: do}
	}
	return []gate.Route{
		operation("POST /api/v1/organisations/{id}/import/sites", gate.Organisation, "Bring sites in; fields: "+strings.Join(registry.SiteFields(), ", "), common, a.importSites),
		operation("POST /api/v1/organisations/{id}/import/devices", gate.Organisation, "Bring devices and purchases in, each line with its site; fields: "+strings.Join(purchase.Fields(), ", "), forDevices, a.importDevices),
		operation("POST /api/v1/sites/{id}/import/devices", gate.Site, "Bring devices and purchases of one site in", forDevices, a.importDevices),
	}
}

// list is a list that was sent, with how it is to be read.
type list struct {
	text   []byte
	mapped map[string]string
	dryRun bool
	source string // for the audit log
}

func readList(w http.ResponseWriter, r *http.Request) (list, error) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "text/csv" {
		return list{}, &refusal{http.StatusUnsupportedMediaType, report.Problem{Field: "Content-Type", Reason: "must be text/csv"}}
	}
	q := r.URL.Query()
	l := list{source: q.Get("source")}
	switch text := q.Get("dry_run"); text {
	case "", "false":
	case "true":
		l.dryRun = true
	default:
		return l, &report.Problem{Field: "dry_run", Reason: fmt.Sprintf("is %q; true or false is expected", text)}
	}
	if l.source == "" {
		l.source = usualSource
	}
	if len(l.source) > 100 {
		return l, &report.Problem{Field: "source", Reason: "is longer than 100 bytes"}
	}
	var err error
	if l.mapped, err = pairs(q, "map"); err != nil {
		return l, err
	}
	if l.text, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxListB)); err != nil {
		return l, notThis(err)
	}
	l.source = fmt.Sprintf("%s (SHA-256 %.6x)", l.source, sha256.Sum256(l.text))
	return l, nil
}

// pairs reads parameters like "Title=field", which may hold the sign in the title.
func pairs(q url.Values, name string) (map[string]string, error) {
	all := map[string]string{}
	for _, text := range q[name] {
		at := strings.LastIndexByte(text, '=')
		if at < 1 {
			return nil, &report.Problem{Field: name, Reason: fmt.Sprintf("is %q; something like Title=field is expected", text)}
		}
		all[text[:at]] = text[at+1:]
	}
	return all, nil
}

func (a *Administration) importSites(w http.ResponseWriter, r *http.Request) {
	organisation, err := number(r, "id")
	if err != nil {
		a.Refuse(w, r, err)
		return
	}
	l, err := readList(w, r)
	if err != nil {
		a.Refuse(w, r, err)
		return
	}
	sites, err := registry.ReadSites(bytes.NewReader(l.text), l.mapped)
	rows := understood{}
	for _, s := range sites.Sites[:min(rowsShown, len(sites.Sites))] {
		rows.Sites = append(rows.Sites, siteOf(s))
	}
	var changes []registry.SiteChange
	if err = asMistake(err); err == nil {
		changes, err = a.Registry.ImportSites(r.Context(), organisation, sites, l.dryRun, l.source)
	}
	if err != nil {
		a.notImported(w, r, err, sites.Columns, rows)
		return
	}
	done := imported{DryRun: l.dryRun, Columns: sites.Columns, Rows: rows, Changes: []lineChange{}}
	for _, c := range changes {
		done.count(lineChange{Line: c.Line, Outcome: c.Outcome, Site: c.Site.ID, Label: c.Site.Name})
	}
	write(w, http.StatusOK, done)
}

func (a *Administration) importDevices(w http.ResponseWriter, r *http.Request) {
	l, o, types, err := a.deviceOptions(w, r)
	if err != nil {
		a.Refuse(w, r, err)
		return
	}
	devices, err := purchase.Read(bytes.NewReader(l.text), purchase.Options{Columns: l.mapped, Types: types})
	rows := understood{Devices: devices.Entries[:min(rowsShown, len(devices.Entries))]}
	var changes []fleet.Change
	if err = asMistake(err); err == nil {
		changes, err = a.Fleet.Import(r.Context(), devices.Entries, o)
	}
	if err != nil {
		a.notImported(w, r, err, devices.Columns, rows)
		return
	}
	done := imported{DryRun: l.dryRun, Columns: devices.Columns, Rows: rows, Changes: []lineChange{}}
	for _, c := range changes {
		done.count(lineChange{Line: c.Line, Outcome: c.Outcome, Device: c.Device, Label: c.Label, What: c.What})
	}
	write(w, http.StatusOK, done)
}

// deviceOptions reads what a request says of an import of devices. All of them are at
// the site that the path names, or each line says where.
func (a *Administration) deviceOptions(w http.ResponseWriter, r *http.Request) (l list, o fleet.ImportOptions, types map[string]equipment.Category, err error) {
	id, err := number(r, "id")
	if err != nil {
		return l, o, nil, err
	}
	if o.Organisation = id; strings.HasPrefix(r.Pattern, "POST /api/v1/sites/") {
		s, err := a.Registry.Site(r.Context(), id)
		if err != nil {
			return l, o, nil, err
		}
		o.Organisation, o.Site = s.Organisation, id
	} else if _, err := a.Registry.Organisation(r.Context(), id); err != nil {
		return l, o, nil, err
	}
	if l, err = readList(w, r); err != nil {
		return l, o, nil, err
	}
	words, err := pairs(r.URL.Query(), "type")
	if err != nil {
		return l, o, nil, err
	}
	types = map[string]equipment.Category{}
	for word, category := range words {
		types[word] = equipment.Category(category)
	}
	q := r.URL.Query()
	o.Category, o.Population, o.DryRun, o.Source = equipment.Category(q.Get("category")), equipment.Population(q.Get("population")), l.dryRun, l.source
	if o.Population == "" {
		o.Population = equipment.Shared
	}
	if text := q.Get("purchased"); text != "" {
		if o.Purchased, err = calendar.ParseDay(text); err != nil {
			return l, o, nil, &report.Problem{Field: "purchased", Reason: err.Error()}
		}
	}
	o.Serials, err = a.Registry.Serials(r.Context())
	return l, o, types, err
}

// asMistake is an error of a list that was read as what it is: the sender's.
func asMistake(err error) error {
	if mistakes := (spreadsheet.Mistakes)(nil); err == nil || errors.As(err, &mistakes) {
		return err
	}
	return &report.Problem{Field: "body", Reason: err.Error()}
}

func (i *imported) count(c lineChange) {
	switch c.Outcome {
	case registry.Added:
		i.Added++
	case registry.Changed:
		i.Changed++
	default:
		i.Unchanged++
		return
	}
	if len(i.Changes) < changesShown {
		i.Changes = append(i.Changes, c)
	}
}

// notImported answers that nothing of a list was imported.
func (a *Administration) notImported(w http.ResponseWriter, r *http.Request, err error, columns spreadsheet.Columns, rows understood) {
	var mistakes spreadsheet.Mistakes
	var problem *report.Problem
	body := notImported{Columns: &columns, Rows: &rows}
	switch {
	case errors.As(err, &mistakes):
		body.Problem = report.Problem{Field: "body", Reason: fmt.Sprintf("%d lines cannot be imported, the first of them: line %d: %s", len(mistakes), mistakes[0].Line, mistakes[0].Reason)}
		body.Mistakes = mistakes[:min(changesShown, len(mistakes))]
	case errors.As(err, &problem):
		body.Problem = *problem
	default:
		a.Refuse(w, r, err)
		return
	}
	write(w, http.StatusBadRequest, body)
}
