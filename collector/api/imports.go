package api

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/administration"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/repair"
	"github.com/ecoparc/ecoparc/collector/spreadsheet"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/lifespan"
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
	Changes []administration.LineChange `json:"changes"`
}

// understood are rows as they were understood, of sites, devices or repairs.
type understood struct {
	Sites   []siteRecord                `json:"sites,omitempty"`
	Devices []purchase.Entry            `json:"devices,omitempty"`
	Repairs []administration.RepairLine `json:"repairs,omitempty"`
}

// notImported tells every line of a list that cannot be, and how the rest was
// understood. Nothing of the list is imported.
type notImported struct {
	report.Problem
	Mistakes []spreadsheet.Mistake `json:"mistakes,omitempty"`
	Columns  *spreadsheet.Columns  `json:"columns,omitempty"` // of a list that was read
	Rows     *understood           `json:"rows,omitempty"`
}

// maxListB is the largest list that is read.
const maxListB = 64 << 20

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
	forRepairs := append([]openapi.Parameter{
		{Name: "word", What: "what a word of the part column means, as `Dalle=screen`; `=skip` leaves its lines out", Repeated: true},
		{Name: "part", What: "part of lines that name none"},
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
		operation("POST /api/v1/organisations/{id}/import/repairs", gate.Organisation, "Bring repairs in; fields: "+strings.Join(repair.Fields(), ", "), forRepairs, a.importRepairs),
		operation("POST /api/v1/sites/{id}/import/repairs", gate.Site, "Bring repairs of the devices of one site in", forRepairs, a.importRepairs),
	}
}

func readList(w http.ResponseWriter, r *http.Request) (administration.List, error) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "text/csv" {
		return administration.List{}, &refusal{http.StatusUnsupportedMediaType, report.Problem{Field: "Content-Type", Reason: "must be text/csv"}}
	}
	q := r.URL.Query()
	l := administration.List{Source: q.Get("source")}
	switch text := q.Get("dry_run"); text {
	case "", "false":
	case "true":
		l.DryRun = true
	default:
		return l, &report.Problem{Field: "dry_run", Reason: fmt.Sprintf("is %q; true or false is expected", text)}
	}
	var err error
	if l.Mapped, err = pairs(q, "map"); err != nil {
		return l, err
	}
	if l.Text, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxListB)); err != nil {
		return l, notThis(err)
	}
	return l, nil
}

// readListAt reads a list of the site that the path names, or of an organisation, of
// which each line says where.
func readListAt(w http.ResponseWriter, r *http.Request) (l administration.List, organisation, site int64, err error) {
	id, err := number(r, "id")
	if err != nil {
		return l, 0, 0, err
	}
	if l, err = readList(w, r); strings.HasPrefix(r.Pattern, "POST /api/v1/sites/") {
		return l, 0, id, err
	}
	return l, id, 0, err
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
	done, err := a.ImportSites(r.Context(), organisation, l)
	a.tellImport(w, r, l.DryRun, done, err)
}

func (a *Administration) importDevices(w http.ResponseWriter, r *http.Request) {
	l, err := readDevices(w, r)
	if err != nil {
		a.Refuse(w, r, err)
		return
	}
	done, err := a.ImportDevices(r.Context(), l)
	a.tellImport(w, r, l.DryRun, done, err)
}

func (a *Administration) importRepairs(w http.ResponseWriter, r *http.Request) {
	l, err := readRepairs(w, r)
	if err != nil {
		a.Refuse(w, r, err)
		return
	}
	done, err := a.ImportRepairs(r.Context(), l)
	a.tellImport(w, r, l.DryRun, done, err)
}

// readRepairs reads what a request says of an import of repairs.
func readRepairs(w http.ResponseWriter, r *http.Request) (l administration.RepairList, err error) {
	if l.List, l.Organisation, l.Site, err = readListAt(w, r); err != nil {
		return l, err
	}
	l.Part = lifespan.Part(r.URL.Query().Get("part"))
	l.Words, err = pairs(r.URL.Query(), "word")
	return l, err
}

// readDevices reads what a request says of an import of devices.
func readDevices(w http.ResponseWriter, r *http.Request) (l administration.DeviceList, err error) {
	if l.List, l.Organisation, l.Site, err = readListAt(w, r); err != nil {
		return l, err
	}
	q := r.URL.Query()
	words, err := pairs(q, "type")
	l.Types = map[string]equipment.Category{}
	for word, category := range words {
		l.Types[word] = equipment.Category(category)
	}
	l.Category, l.Population, l.Purchased = equipment.Category(q.Get("category")), equipment.Population(q.Get("population")), q.Get("purchased")
	return l, err
}

// tellImport answers what a list did, or would do, or that nothing of it was imported.
func (a *Administration) tellImport(w http.ResponseWriter, r *http.Request, dryRun bool, done *administration.Imported, err error) {
	rows := understood{Devices: done.Devices, Repairs: done.Repairs}
	for _, s := range done.Sites {
		rows.Sites = append(rows.Sites, siteOf(s))
	}
	if err != nil {
		a.notImported(w, r, err, done.Columns, rows)
		return
	}
	changes := append([]administration.LineChange{}, done.Changes...)
	write(w, http.StatusOK, imported{dryRun, done.Columns, rows, done.Added, done.Changed, done.Unchanged, changes})
}

// notImported answers that nothing of a list was imported.
func (a *Administration) notImported(w http.ResponseWriter, r *http.Request, err error, columns spreadsheet.Columns, rows understood) {
	var mistakes spreadsheet.Mistakes
	var problem *report.Problem
	body := notImported{Columns: &columns, Rows: &rows}
	switch {
	case errors.As(err, &mistakes):
		body.Problem = report.Problem{Field: "body", Reason: fmt.Sprintf("%d lines cannot be imported, the first of them: line %d: %s", len(mistakes), mistakes[0].Line, mistakes[0].Reason)}
		body.Mistakes = mistakes[:min(administration.ChangesShown, len(mistakes))]
	case errors.As(err, &problem):
		body.Problem = *problem
	default:
		a.Refuse(w, r, err)
		return
	}
	write(w, http.StatusBadRequest, body)
}
