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
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/quantity"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static/*
var staticFiles embed.FS

// Options are what the pages need.
type Options struct {
	Source        view.Source
	Access        view.Access
	Clock         func() time.Time
	Location      *time.Location // of the territory
	Logger        *slog.Logger
	SecureCookies bool // cookies only over TLS
}

// pages serves the pages.
type pages struct {
	Options
	languages map[quantity.Language]*language
	templates map[quantity.Language]*template.Template
	static    http.Handler
	styleURL  string
}

// New returns the handler of all pages. It fails only when the embedded templates or
// messages are broken.
func New(o Options) (http.Handler, error) {
	p := &pages{Options: o, templates: map[quantity.Language]*template.Template{}}
	var err error
	if p.languages, err = loadLanguages(o.Location, o.Source.Factors()); err != nil {
		return nil, err
	}
	for code, l := range p.languages {
		t, err := template.New("").Funcs(template.FuncMap{"t": l.say}).ParseFS(templateFiles, "templates/*.html")
		if err != nil {
			return nil, fmt.Errorf("page templates: %w", err)
		}
		p.templates[code] = t
	}
	files, err := fs.Sub(staticFiles, "static")
	if err != nil {
		return nil, err
	}
	style, err := fs.ReadFile(files, "style.css")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(style)
	p.styleURL = "/static/style.css?v=" + hex.EncodeToString(sum[:6])
	p.static = http.StripPrefix("/static/", http.FileServerFS(files))
	return p.routes(), nil
}

func (p *pages) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /static/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		p.static.ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /sign-in", p.signInPage)
	mux.HandleFunc("POST /sign-in", p.signIn)
	mux.HandleFunc("POST /sign-out", p.signOut)
	mux.HandleFunc("POST /language", p.chooseLanguage)
	mux.HandleFunc("GET /{$}", p.signedIn(p.home))
	mux.HandleFunc("GET /organisations/{id}", p.signedIn(p.organisation))
	mux.HandleFunc("GET /sites/{id}", p.signedIn(p.site))
	mux.HandleFunc("GET /devices/{id}", p.signedIn(p.device))
	mux.HandleFunc("GET /sources", p.signedIn(p.sources))
	mux.HandleFunc("/", p.signedIn(func(*http.Request, *page) error { return view.ErrNotFound }))
	return secured(zipped(http.NewCrossOriginProtection().Handler(mux)))
}

// page is what every template shows.
type page struct {
	Lang      quantity.Language
	Languages []langButton
	StyleURL  string
	Title     string
	Sentence  string // the answer
	Simulated bool
	Crumbs    []link
	Years     []yearOption
	YearText  string
	User      string
	Here      string // this page's own address
	APIURL    string
	Footer    *footer
	Template  string
	Body      any

	language *language
	year     int // asked for; 0: the current one
	status   int // of the answer
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

func (p *pages) newPage(r *http.Request) *page {
	lang := languages[0]
	if c, err := r.Cookie("lang"); err == nil && p.languages[quantity.Language(c.Value)] != nil {
		lang = quantity.Language(c.Value)
	}
	if asked := quantity.Language(r.URL.Query().Get("lang")); p.languages[asked] != nil {
		lang = asked
	}
	g := &page{status: http.StatusOK, Lang: lang, StyleURL: p.styleURL, Here: r.URL.RequestURI(), language: p.languages[lang]}
	for _, code := range languages {
		g.Languages = append(g.Languages, langButton{code, p.languages[code].say("lang.name"), code == lang})
	}
	return g
}

// signedIn wraps a page that needs a session. fill makes the page from the request.
func (p *pages) signedIn(fill func(*http.Request, *page) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		g := p.newPage(r)
		user, ok, err := p.user(r)
		if err != nil {
			p.fail(w, r, g, err)
			return
		}
		if !ok {
			http.Redirect(w, r, "/sign-in?"+url.Values{"next": {r.URL.RequestURI()}}.Encode(), http.StatusSeeOther)
			return
		}
		g.User = user.Name
		if text := r.URL.Query().Get("year"); text != "" {
			if g.year, err = strconv.Atoi(text); err != nil || g.year < 2000 || g.year > 2200 {
				p.fail(w, r, g, view.ErrNotFound)
				return
			}
		}
		if err := fill(r, g); err != nil {
			p.fail(w, r, g, err)
			return
		}
		p.show(w, r, g, g.status)
	}
}

// show renders a page as a whole before it sends the first byte.
func (p *pages) show(w http.ResponseWriter, r *http.Request, g *page, status int) {
	var out bytes.Buffer
	if err := p.templates[g.Lang].ExecuteTemplate(&out, g.Template, g); err != nil {
		p.Logger.Error("cannot render", "path", r.URL.Path, "error", err)
		http.Error(w, g.language.say("error.internal.title"), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("Content-Language", string(g.Lang))
	w.WriteHeader(status)
	w.Write(out.Bytes())
}

// errorPage is the body of an error.
type errorPage struct{ Text string }

func (p *pages) fail(w http.ResponseWriter, r *http.Request, g *page, err error) {
	l := g.language
	*g = page{Lang: g.Lang, Languages: g.Languages, StyleURL: g.StyleURL, Here: "/", User: g.User, Template: "error.html", language: l}
	if errors.Is(err, view.ErrNotFound) {
		g.Title, g.Sentence = l.say("error.notfound.title"), l.say("error.notfound.title")
		g.Body = errorPage{l.say("error.notfound.text")}
		p.show(w, r, g, http.StatusNotFound)
		return
	}
	id := strconv.FormatUint(rand.Uint64(), 36)
	p.Logger.Error("cannot answer", "path", r.URL.Path, "reference", id, "error", err)
	g.Title, g.Sentence = l.say("error.internal.title"), l.say("error.internal.title")
	g.Body = errorPage{l.say("error.internal.text", "id", id)}
	p.show(w, r, g, http.StatusInternalServerError)
}

// localPath is a path of this server, or "/" when it might lead elsewhere.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n") {
		return "/"
	}
	return next
}
