package dashboards

import (
	"cmp"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Every table and every picture of a page can be had as a file, at the page's own
// address with the parameter "file": ?file=months-mass.csv. The page is made as ever,
// with its scope and its choices, and of it the one table or picture is written. So a
// new page has its files without saying anything of them.

// fileParameter is the parameter of a page's address that asks for a file of it.
const fileParameter = "file"

// tableParameter is the parameter of a page's address that asks for one of its tables
// alone: most of them, behind pictures above all, stand on no other page, so that every
// page is light. Its value is a name as that of a file, without format.
const tableParameter = "table"

var (
	tableFormats   = []string{"csv", "ods", "xlsx"}
	pictureFormats = []string{"svg", "png"}
)

// exported is a table or a picture, or both, by one name.
type exported struct {
	table   *table
	picture *picture
	list    *adminTable // that table is made of; nil: it is a table of the page
}

// exports are the tables and pictures of a page by their names.
type exports struct {
	names []string // in the order of the page
	byID  map[string]*exported
	body  reflect.Value // the model that holds them
}

// exportsOf finds the tables and the pictures of a page. A picture's name is its own,
// which its table shares; that of another table is its place in the page's model.
func (g *page) exportsOf() *exports {
	e := &exports{byID: map[string]*exported{}}
	if g.Body == nil {
		return e
	}
	e.body = g.changeable()
	e.find(e.body, nil)
	return e
}

// changeable is a copy of a page's model: what is in an interface cannot be changed.
func (g *page) changeable() reflect.Value {
	body := reflect.New(reflect.TypeOf(g.Body)).Elem()
	body.Set(reflect.ValueOf(g.Body))
	return body
}

func (e *exports) find(v reflect.Value, way []string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			e.find(v.Elem(), way)
		}
	case reflect.Slice:
		for i := range v.Len() {
			e.find(v.Index(i), append(way[:len(way):len(way)], fmt.Sprint(i+1)))
		}
	case reflect.Struct:
		switch v.Type() {
		case reflect.TypeFor[picture]():
			found := v.Addr().Interface().(*picture)
			e.add(cmp.Or(idOf(string(found.SVG)), e.nameOf(way)), &found.Table, found)
		case reflect.TypeFor[table]():
			e.add(e.nameOf(way), v.Addr().Interface().(*table), nil)
		case reflect.TypeFor[adminTable]():
			list := v.Addr().Interface().(*adminTable)
			if id := cmp.Or(list.ID, e.nameOf(way)); len(list.Rows) > 0 && e.byID[id] == nil {
				e.byID[id], e.names = &exported{table: list.plain(), list: list}, append(e.names, id)
			}
		default:
			for i := range v.NumField() {
				switch field := v.Type().Field(i); {
				case field.Anonymous:
					e.find(v.Field(i), way)
				case field.IsExported():
					e.find(v.Field(i), append(way[:len(way):len(way)], field.Name))
				}
			}
		}
	}
}

// add takes note of a table that has rows and of a picture that is drawn.
func (e *exports) add(id string, t *table, p *picture) {
	if len(t.Rows) == 0 {
		t = nil
	}
	if p != nil && p.SVG == "" {
		p = nil
	}
	if t == nil && p == nil {
		return
	}
	found, base := e.byID[id], id
	for n := 2; found != nil && (found.table != nil && t != nil || found.picture != nil && p != nil); n++ {
		id = fmt.Sprint(base, "-", n)
		found = e.byID[id]
	}
	if found == nil {
		found = new(exported)
		e.byID[id], e.names = found, append(e.names, id)
	}
	if t != nil {
		found.table = t
	}
	if p != nil {
		found.picture = p
	}
}

// nameOf is the name of a place in a page's model: Devices.Table is "devices".
func (e *exports) nameOf(way []string) string {
	var words []string
	for _, step := range way {
		if step != "Table" && step != "Picture" {
			words = append(words, strings.ToLower(capital.ReplaceAllString(step, "$1-$2")))
		}
	}
	return cmp.Or(strings.Join(words, "-"), "table")
}

var capital = regexp.MustCompile(`([a-z])([A-Z])`)

// idOf is the name that a drawing has in its page.
func idOf(svg string) string {
	_, after, _ := strings.Cut(svg, ` aria-labelledby="`)
	id, _, ok := strings.Cut(after, `-t `)
	if !ok {
		return ""
	}
	return id
}

// offer puts the links to its files under each table and picture of a page.
func (g *page) offer(r *http.Request) {
	if r.Method == http.MethodPost { // what an act answers stands at no address
		return
	}
	all := g.exportsOf()
	q := r.URL.Query()
	for _, passing := range []string{"page", "after", "done", fileParameter, tableParameter, partParameter, formulaParameter} { // a file has the whole list
		q.Del(passing)
	}
	q.Set("lang", string(g.Lang))
	for name, kept := range g.keep {
		q[name] = kept
	}
	for _, y := range g.Years {
		if y.Current {
			q.Set("year", fmt.Sprint(y.Value)) // the link stays what it is when the school year ends
		}
	}
	for _, id := range all.names {
		found := all.byID[id]
		files := func(caption string, formats ...string) *fileLinks {
			f := &fileLinks{Of: caption, API: g.APIURL, Table: "?" + q.Encode() + "&" + tableParameter + "=" + id}
			for _, format := range formats {
				f.Links = append(f.Links, link{strings.ToUpper(format), "?" + q.Encode() + "&" + fileParameter + "=" + id + "." + format})
			}
			return f
		}
		switch t, p := found.table, found.picture; {
		case found.list != nil:
			found.list.Files = files(t.Caption, tableFormats...)
		case p != nil && t == &p.Table: // both stand in one place
			t.Files = files(p.Title, slices.Concat(tableFormats, pictureFormats)...)
		default:
			if t != nil {
				t.Files = files(t.Caption, tableFormats...)
			}
			if p != nil {
				p.Table.Files = files(p.Title, pictureFormats...)
				p.Table.Files.Table = "" // it stands elsewhere
			}
		}
	}
	if len(all.names) > 0 {
		g.Body = all.body.Interface()
	}
}

// fileLinks lead to the files of a table or a picture.
type fileLinks struct {
	Of    string // what they are of
	Links []link
	API   string
	// Table leads to the page of the table alone, for a page that does not show it.
	Table string
}

// behindBody is the page of a table, with the picture that it is behind, if any.
type behindBody struct {
	Back    string // address of the page that leads here
	Picture picture
	Pager   pager
}

// partParameter is the parameter of the address of a table that asks for a part of it,
// from 1.
const partParameter = "part"

// mostCells is how many cells a part of a table has, or a few more: a page of more weighs
// too much on its reader's machine.
const mostCells = 240

// cut leaves of a long table the part that a request asks for, the first by default.
func (b *behindBody) cut(r *http.Request, g *page) {
	t := &b.Picture.Table
	all := len(t.Rows)
	length := max(1, mostCells/max(1, len(t.Head)+1))
	if all <= length+length/4 { // a last part of a few rows serves nobody
		return
	}
	q := r.URL.Query()
	parts := (all + length - 1) / length
	part, err := strconv.Atoi(q.Get(partParameter))
	if err != nil || part < 1 || part > parts {
		part = 1
	}
	from, to := (part-1)*length, min(all, part*length)
	if t.Rows = t.Rows[from:to]; len(t.Strips) > 0 {
		t.Strips = t.Strips[from:to]
	}
	at := func(part int) string {
		q.Set(partParameter, fmt.Sprint(part))
		return "?" + q.Encode()
	}
	l := g.language
	b.Pager.Text = l.say("table.rows", "from", l.count(int64(from+1)), "to", l.count(int64(to)), "all", l.count(int64(all)))
	if part > 1 {
		b.Pager.Previous = at(part - 1)
	}
	if part < parts {
		b.Pager.Next = at(part + 1)
	}
}

// onlyTable makes of a page that of one of its tables. It tells whether there is one of
// that name.
func (g *page) onlyTable(r *http.Request, name string) bool {
	found := g.exportsOf().byID[name]
	if found == nil || found.table == nil {
		return false
	}
	behind := picture{Title: found.table.Caption, Table: *found.table}
	if found.picture != nil {
		behind.Title, behind.SVG = found.picture.Title, found.picture.SVG
	}
	body := behindBody{Picture: behind}
	body.cut(r, g)
	body.Back = g.withinPage(r, tableParameter, behind.Title)
	g.Template, g.Body = "behind.html", body
	g.Sentence = behind.Title
	return true
}

// askedFile and askedTable are the file and the table of a page that a request asks for,
// empty for the page itself.
func askedFile(r *http.Request) string  { return askedPart(r, fileParameter) }
func askedTable(r *http.Request) string { return askedPart(r, tableParameter) }

// askedPart is a part of a page that a request asks for: an act answers with its page,
// whatever its address says.
func askedPart(r *http.Request, parameter string) string {
	if r.Method == http.MethodPost {
		return ""
	}
	return r.URL.Query().Get(parameter)
}
