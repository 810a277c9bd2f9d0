package dashboards

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/ecoparc/ecoparc/dashboards/view"
)

// offices are the pages of administration, in the order of their links. Each has a text
// admin.office.{key}; the gate decides who may open which.
var offices = []struct{ key, path string }{
	{"duties", "/administration"},
	{"tokens", "/administration/tokens"},
	{"sites", "/administration/sites"},
	{"devices", "/administration/devices"},
	{"people", "/administration/people"},
	{"collector", "/administration/collector"},
	{"audit", "/administration/audit"},
}

// firstOffice is where administration begins for a person, empty where nothing of it
// is open.
func (p *Pages) firstOffice(u view.User) string {
	if p.Desk != nil {
		for _, o := range offices {
			if u.May(o.path) {
				return o.path
			}
		}
	}
	return ""
}

// adminBody is a page of administration: its parts stand in this order.
type adminBody struct {
	Notice string // what was done
	Secret *secretBox
	Errors []fieldError // of an act whose form is not shown
	Lead   string
	Twins  *twinsText
	Todo   []todo
	Ways   []link
	Find   *form
	Terms  []term
	Tables []adminTable
	Forms  []form

	again *posted // the act that was refused, nil for none
}

// todo is a duty, and where it is done.
type todo struct {
	Text string
	Do   link
}

// secretBox shows a secret, this once, with what to do with it.
type secretBox struct {
	Title, Lead, Text string
	Commands          []command
}

// command is what is typed on a machine, or copied into a tool.
type command struct{ Title, Lead, Text string }

// adminTable is a part of a list.
type adminTable struct {
	ID, Title, Lead, Empty string
	Caption                string
	Head                   []string
	Rows                   []adminRow
	First, Next            string // addresses of other parts
	Files                  *fileLinks
}

type adminRow struct {
	Header link
	Cells  []string
	Way    link
	Act    *rowAct
}

// rowAct is an act about a row, which asks whether it is meant.
type rowAct struct{ Action, Act, Next, Label, Question, Confirm string }

// act is what a form asks for: it ends in an *elsewhere, or says why not. Without either
// the page is shown.
type act func(r *http.Request, values url.Values) error

// layout fills in the body of a page of administration.
type layout func(r *http.Request, g *page, b *adminBody) error

// maxActB is the largest form that acts; lists are larger.
const maxActB = 64 << 10

// office answers a page of administration: it shows it, or does one of its acts and goes
// on from there. A form that is refused is shown again with what was typed.
func (p *Pages) office(w http.ResponseWriter, r *http.Request, key string, acts map[string]act, show layout) {
	p.officeOf(w, r, key, maxActB, acts, show)
}

// officeOf is an office that takes forms of some size.
func (p *Pages) officeOf(w http.ResponseWriter, r *http.Request, key string, mostB int64, acts map[string]act, show layout) {
	p.answer(w, r, func(r *http.Request, g *page) error {
		if p.Desk == nil {
			return view.ErrNotFound
		}
		p.furnish(r, g, key)
		if r.Method != http.MethodPost {
			return p.present(r, g, nil, show)
		}
		r.Body = http.MaxBytesReader(nil, r.Body, mostB)
		err := r.ParseForm()
		if err == nil { // all of it in memory: what was sent stays off the disk
			err = r.ParseMultipartForm(mostB)
		}
		if err != nil && !errors.Is(err, http.ErrNotMultipart) {
			return p.present(r, refusedAs(g, http.StatusRequestEntityTooLarge), &posted{refused: view.Refused{{Reason: fmt.Sprintf("the form is broken, or larger than %d bytes", mostB)}}}, show)
		}
		name := r.PostForm.Get("act")
		do := acts[name]
		if do == nil {
			return view.ErrNotFound
		}
		err = do(r, r.PostForm)
		if err == nil {
			return p.present(r, g, nil, show)
		}
		var refused view.Refused
		if !errors.As(err, &refused) {
			return err
		}
		return p.present(r, refusedAs(g, statusOf(refused)), &posted{name, r.PostForm, refused}, show)
	})
}

func refusedAs(g *page, status int) *page {
	g.status = status
	return g
}

// statusOf tells what was given wrongly from what does not fit what is there.
func statusOf(refused view.Refused) int {
	if refused.Wrong() {
		return http.StatusBadRequest
	}
	return http.StatusConflict
}

// furnish fills in the frame of a page of administration.
func (p *Pages) furnish(r *http.Request, g *page, key string) {
	l, u := g.language, view.UserOf(r.Context())
	g.Template, g.WaysName = "administration.html", l.say("admin.title")
	g.Title = l.say("admin.office." + key)
	for _, o := range offices {
		if u.May(o.path) {
			g.Sections = append(g.Sections, sectionLink{link{l.say("admin.office." + o.key), o.path}, o.key == key, o.key})
		}
	}
	g.Crumbs = []link{{l.say("admin.title"), g.Office}, {l.say("admin.office." + key), ""}}
}

// inside adds a step to the way to a page within an office.
func (g *page) inside(office, text string) {
	g.Crumbs[len(g.Crumbs)-1].URL = office
	g.Crumbs = append(g.Crumbs, link{Text: text})
	g.Title = text
}

// dones are what is said to have been done, in the address after an act.
var dones = []string{"added", "edited", "closed", "reopened", "revoked", "retired", "returned", "transferred", "merged", "apart", "erased", "removed", "granted", "imported", "begun", "repaired", "unrepaired"}

// doneAt ends an act: it is the way to a page that says what was done, or why it was not.
func doneAt(err error, path, done string) error {
	if err != nil {
		return err
	}
	return &elsewhere{url: path + "?done=" + done}
}

// meant is an act that is done when it is confirmed.
func meant(do act) act {
	return func(r *http.Request, values url.Values) error {
		if values.Get("confirm") == "" {
			return view.Refuse("confirm", "must be ticked: nothing was done")
		}
		return do(r, values)
	}
}

// ofNumber is an act about what has the number in the address.
func ofNumber(do func(r *http.Request, id int64, values url.Values) error) act {
	return func(r *http.Request, values url.Values) error {
		id, err := numbered(r)
		if err != nil {
			return err
		}
		return do(r, id, values)
	}
}

// present shows a page; again is the act that was refused before it, nil for none.
func (p *Pages) present(r *http.Request, g *page, again *posted, show layout) error {
	b, err := p.opening(r, g, again)
	if err != nil {
		return err
	}
	if err := show(r, g, b); err != nil {
		return err
	}
	b.close(g.language)
	g.Body = b
	return nil
}

// opening is the body of a page: what was done before it, the secret that was made, and
// what was refused and has no form here.
func (p *Pages) opening(r *http.Request, g *page, again *posted) (*adminBody, error) {
	l, b := g.language, &adminBody{again: again}
	q := r.URL.Query()
	if done := oneOf(q.Get("done"), dones); done != "" && again == nil {
		b.Notice = l.say("admin.done."+done, "added", l.counted(q, "added"), "changed", l.counted(q, "changed"), "unchanged", l.counted(q, "unchanged"))
	}
	if secret, gone := p.opened(r); gone != nil && r.Method == http.MethodGet {
		g.cookies = append(g.cookies, gone)
		if secret != nil {
			var err error
			if b.Secret, err = p.secretBox(r, l, secret); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

// counted is a count of the address, as an import leaves it there.
func (l *language) counted(q url.Values, name string) string {
	n, err := strconv.ParseInt(q.Get(name), 10, 64)
	if err != nil || n < 0 {
		n = 0
	}
	return l.count(n)
}

// ask adds a form to a body; one that was refused comes with what was typed.
func (b *adminBody) ask(l *language, f form) { b.Forms = append(b.Forms, l.formed(f, b.again)) }

// close finishes a body: what was refused and stands beside no form is told at its top.
func (b *adminBody) close(l *language) {
	if b.again == nil || slices.ContainsFunc(b.Forms, func(f form) bool { return f.Act != "" && f.Act == b.again.act }) {
		return
	}
	for _, refused := range b.again.refused {
		b.Errors = append(b.Errors, fieldError{Text: l.refusal(refused)})
	}
}

// partLength is how many rows of a list are asked for at a time: of a file, which is
// written part by part, more than a page lists; 0 for a page.
func partLength(r *http.Request) int {
	if askedFile(r) != "" {
		return 1000
	}
	return 0
}

// turned adds the ways to the other parts of a list.
func (t *adminTable) turned(r *http.Request, next int64) {
	q := r.URL.Query()
	q.Del("done")
	at := ""
	if t.ID != "" {
		at = "#" + t.ID
	}
	if q.Get("after") != "" {
		first := url.Values{}
		for name, values := range q {
			if name != "after" {
				first[name] = values
			}
		}
		t.First = r.URL.Path + "?" + first.Encode() + at
	}
	if next != 0 {
		q.Set("after", strconv.FormatInt(next, 10))
		t.Next = r.URL.Path + "?" + q.Encode() + at
	}
}

// within marks a page as one of an organisation, whose data may be simulated.
func (p *Pages) within(r *http.Request, g *page, organisation int64) error {
	o, err := p.Desk.Owner(r.Context(), organisation)
	g.Simulated = o.Simulated
	return err
}

// placeOf is the site that a page is about, which is marked as one of its organisation.
func (p *Pages) placeOf(r *http.Request, g *page, id int64) (view.Place, error) {
	s, err := p.Desk.Place(r.Context(), id)
	if err == nil {
		err = p.within(r, g, s.Organisation)
	}
	return s, err
}

// askedFor is a whole number of an address, 0 where there is none.
func askedFor(r *http.Request, name string) int64 {
	n, err := strconv.ParseInt(r.URL.Query().Get(name), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// ownerOptions are the organisations to choose from, after a first choice without one.
func (l *language) ownerOptions(owners []view.Owner, chosen int64) []option {
	all := []option{{"", l.say("admin.all"), chosen == 0}}
	for _, o := range owners {
		all = append(all, option{fmt.Sprint(o.ID), o.Name, o.ID == chosen})
	}
	return all
}
