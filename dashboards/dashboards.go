// Package dashboards is the pages: for a councillor, a headteacher, a buyer or an
// auditor with five minutes. Each page answers one question in its first line, with
// a number; then comes the picture that proves it, what drives it, and the table
// behind; each figure opens its formula and its sources.
//
// A handler asks the view.Source for an answer, turns it into texts and charts
// (plain structs, which tests read), and a template without logic lays them out.
// Everything works without JavaScript; nothing is loaded from anywhere else.
package dashboards

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/outline"
	"github.com/ecoparc/ecoparc/dashboards/raster"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/estimate"
	"github.com/ecoparc/ecoparc/models/quantity"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static/*
var staticFiles embed.FS

// Options are what the pages need.
type Options struct {
	Source        view.Source
	Desk          view.Administration // nil: nothing is administered on the pages
	Access        view.Access
	Scenarios     view.Scenarios
	SignOn        view.SingleSignOn // nil: none
	NoPasswords   bool              // people sign in at the provider only
	Clock         func() time.Time
	Location      *time.Location // of the territory
	Logger        *slog.Logger
	Printer       view.Printer // nil: nothing to print with
	SecureCookies bool         // cookies only over TLS
	Accessibility Accessibility
	Versions      view.Versions // nil: figures are not kept by model
	// Monitor finds what watching costs.
	Monitor func(context.Context) (*view.Monitor, error)
}

// Pages serves the pages. Who may open which is decided before it is asked: the
// request's context says who asks (view.UserOf).
type Pages struct {
	Options
	languages  map[quantity.Language]*language
	templates  map[quantity.Language]*template.Template
	outlines   []outline.Ring
	static     http.Handler
	styleURL   string
	sliderURL  string
	style      chart.Style // of drawings
	styleSheet []byte
	painter    *raster.Painter
	held       held // lists between being looked at and brought in
	// What the models say of the factors: asked for once, and only when a page needs it.
	factorUses   func() (map[string]*estimate.Uses, error)
	madeByMethod func() ([]estimate.CategoryMade, error)
}

// New returns all pages. It fails only when the embedded templates or messages are
// broken.
func New(o Options) (*Pages, error) {
	p := &Pages{Options: o, templates: map[quantity.Language]*template.Template{}}
	factors := o.Source.Factors()
	p.factorUses = sync.OnceValues(usesOn(factors, calendar.DayOf(o.Clock(), o.Location)))
	p.madeByMethod = sync.OnceValues(func() ([]estimate.CategoryMade, error) { return estimate.MethodsOf(factors) })
	var err error
	if p.languages, err = loadLanguages(o.Location, factors); err != nil {
		return nil, err
	}
	for code, l := range p.languages {
		t, err := template.New("").Funcs(template.FuncMap{"t": l.say, "letterStyle": letterStyle}).ParseFS(templateFiles, "templates/*.html")
		if err != nil {
			return nil, fmt.Errorf("page templates: %w", err)
		}
		p.templates[code] = t
	}
	if p.outlines, err = outline.France(); err != nil {
		return nil, err
	}
	files, err := fs.Sub(staticFiles, "static")
	if err != nil {
		return nil, err
	}
	style, err := fs.ReadFile(files, "style.css")
	if err != nil {
		return nil, err
	}
	slider, err := fs.ReadFile(files, "slider.js")
	if err != nil {
		return nil, err
	}
	p.styleURL, p.sliderURL = addressOf("style.css", style), addressOf("slider.js", slider)
	p.style, p.styleSheet = chart.ReadStyle(string(style)), style
	if p.painter, err = raster.New(); err != nil {
		return nil, err
	}
	p.static = http.StripPrefix("/static/", http.FileServerFS(files))
	return p, nil
}

// addressOf is the address of a static file, another one when its content changes.
func addressOf(name string, content []byte) string {
	sum := sha256.Sum256(content)
	return "/static/" + name + "?v=" + hex.EncodeToString(sum[:6])
}

// Home answers GET /.
func (p *Pages) Home(w http.ResponseWriter, r *http.Request) { p.answer(w, r, p.home) }

// Organisation answers GET /organisations/{id}.
func (p *Pages) Organisation(w http.ResponseWriter, r *http.Request) { p.answer(w, r, p.organisation) }

// Site answers GET /sites/{id}.
func (p *Pages) Site(w http.ResponseWriter, r *http.Request) { p.answer(w, r, p.site) }

// Device answers GET /devices/{id}.
func (p *Pages) Device(w http.ResponseWriter, r *http.Request) { p.answer(w, r, p.device) }

// Sources answers GET /sources.
func (p *Pages) Sources(w http.ResponseWriter, r *http.Request) { p.answer(w, r, p.sources) }

// NotFound answers what is at no other address.
func (p *Pages) NotFound(w http.ResponseWriter, r *http.Request) {
	p.answer(w, r, func(*http.Request, *page) error { return view.ErrNotFound })
}

// Static answers GET /static/: the style sheet and the script.
func (p *Pages) Static(w http.ResponseWriter, r *http.Request) {
	dressed(w, r, func(w http.ResponseWriter) {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		p.static.ServeHTTP(w, r)
	})
}

// page is what every template shows.
type page struct {
	Lang      quantity.Language
	Languages []langButton
	StyleURL  string
	ScriptURL string // of what a page can also do without; empty: nothing
	Title     string
	Sentence  string // the answer
	Simulated bool
	Crumbs    []link
	Sections  []sectionLink
	WaysName  string // what the sections are of; empty: of the organisation
	Office    string // where administration begins for the person; empty: nowhere
	Years     []yearOption
	YearText  string
	User      string
	Sources   bool   // whether the person may open the sources
	Costs     bool   // and what watching costs
	Here      string // this page's own address
	APIURL    string
	Footer    *footer
	Mention   string // the conclusion of the accessibility statement
	Template  string
	Body      any

	language *language
	year     int        // asked for; 0: the current one
	keep     url.Values // what links to other parts of a list keep of the address
	status   int        // of the answer
	cookies  []*http.Cookie
}

type link struct{ Text, URL string }

type langButton struct {
	Code    quantity.Language
	Name    string
	Current bool
}

type yearOption struct {
	Value   int
	Text    string
	Current bool
}

func (p *Pages) newPage(r *http.Request) *page {
	lang := languages[0]
	if c, err := r.Cookie("lang"); err == nil && p.languages[quantity.Language(c.Value)] != nil {
		lang = quantity.Language(c.Value)
	}
	if asked := quantity.Language(r.URL.Query().Get("lang")); p.languages[asked] != nil {
		lang = asked
	}
	g := &page{status: http.StatusOK, Lang: lang, StyleURL: p.styleURL, Here: r.URL.RequestURI(), language: p.languages[lang]}
	g.Mention = g.language.say("access.mention." + p.Accessibility.conclusion(p.Clock()))
	if u := view.UserOf(r.Context()); u.Name != "" {
		g.User, g.Sources, g.Office = u.Name, u.May("/sources"), p.firstOffice(u)
		g.Costs = u.May("/monitor")
	}
	for _, code := range languages {
		g.Languages = append(g.Languages, langButton{code, p.languages[code].say("lang.name"), code == lang})
	}
	return g
}

// answer shows the page that fill makes from the request.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request, fill func(*http.Request, *page) error) {
	dressed(w, r, func(w http.ResponseWriter) {
		g := p.newPage(r)
		if text := r.URL.Query().Get("year"); text != "" {
			var err error
			if g.year, err = strconv.Atoi(text); err != nil || g.year < 2000 || g.year > 2200 {
				p.fail(w, r, g, view.ErrNotFound)
				return
			}
		}
		if err := fill(r, g); err != nil {
			p.fail(w, r, g, err)
			return
		}
		g.hideClosed(view.UserOf(r.Context()))
		if file := askedFile(r); file != "" && g.status < 400 {
			p.sendFile(w, r, g, file, fill)
			return
		}
		g.offer(r)
		g.fold(r)
		if name := askedTable(r); name != "" && g.status < 400 && !g.onlyTable(r, name) {
			p.fail(w, r, g, view.ErrNotFound)
			return
		}
		if number := askedPart(r, formulaParameter); number != "" && g.status < 400 && !g.onlyFormula(r, number) {
			p.fail(w, r, g, view.ErrNotFound)
			return
		}
		p.show(w, r, g, g.status)
	})
}

// hideClosed takes away the links that the person may not follow.
func (g *page) hideClosed(u view.User) {
	for i, c := range g.Crumbs {
		if c.URL != "" && !u.May(c.URL) {
			g.Crumbs[i].URL = ""
		}
	}
	if g.APIURL != "" && !u.May(g.APIURL) {
		g.APIURL = ""
	}
}

// Refuse answers a request that was not let through.
func (p *Pages) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	dressed(w, r, func(w http.ResponseWriter) { p.fail(w, r, p.newPage(r), err) })
}

// show renders a page as a whole before it sends the first byte.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, g *page, status int) {
	var out bytes.Buffer
	if err := p.templates[g.Lang].ExecuteTemplate(&out, g.Template, g); err != nil {
		p.Logger.Error("cannot render", "path", r.URL.Path, "error", err)
		http.Error(w, g.language.say("error.internal.title"), http.StatusInternalServerError)
		return
	}
	for _, c := range g.cookies {
		http.SetCookie(w, c)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("Content-Language", string(g.Lang))
	w.WriteHeader(status)
	w.Write(out.Bytes())
}

// localPath is a path of this server, or "/" when it might lead elsewhere.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n") {
		return "/"
	}
	return next
}
