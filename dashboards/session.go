package dashboards

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// SessionCookie is the name of the cookie that holds a session's token.
const SessionCookie = "ecoparc_session"

func (p *Pages) cookie(name, value string) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: p.SecureCookies, SameSite: http.SameSiteLaxMode}
}

// signInBody is the sign-in form, again when something was wrong.
type signInBody struct {
	Name, Next  string
	Error       string // of the name and password
	Refused     string // at the provider
	Local       bool   // a name and a password are taken
	Provider    string
	ProviderURL string
}

// SignInForm answers GET /sign-in.
func (p *Pages) SignInForm(w http.ResponseWriter, r *http.Request) {
	dressed(w, r, func(w http.ResponseWriter) { p.signInForm(w, r) })
}

// SignIn answers POST /sign-in.
func (p *Pages) SignIn(w http.ResponseWriter, r *http.Request) {
	dressed(w, r, func(w http.ResponseWriter) { p.signIn(w, r) })
}

// SignOut answers POST /sign-out.
func (p *Pages) SignOut(w http.ResponseWriter, r *http.Request) {
	dressed(w, r, func(w http.ResponseWriter) { p.signOut(w, r) })
}

// ChooseLanguage answers POST /language.
func (p *Pages) ChooseLanguage(w http.ResponseWriter, r *http.Request) {
	dressed(w, r, func(w http.ResponseWriter) { p.chooseLanguage(w, r) })
}

func (p *Pages) signInForm(w http.ResponseWriter, r *http.Request) {
	p.showSignIn(w, r, signInBody{Next: localPath(r.URL.Query().Get("next"))}, http.StatusOK)
}

func (p *Pages) showSignIn(w http.ResponseWriter, r *http.Request, body signInBody, status int) {
	g := p.newPage(r)
	g.Title, g.Sentence = g.language.say("signin.title"), g.language.say("signin.title")
	if r.Method == http.MethodPost {
		g.Here = "/sign-in"
	}
	body.Local = !p.NoPasswords
	if p.SignOn != nil {
		body.Provider, body.ProviderURL = p.SignOn.Name(), "/sign-in/provider?"+url.Values{"next": {body.Next}}.Encode()
	}
	g.Template, g.Body = "signin.html", body
	p.show(w, r, g, status)
}

const maxFormB = 16 << 10

func (p *Pages) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormB)
	body := signInBody{Name: r.PostFormValue("name"), Next: localPath(r.PostFormValue("next"))}
	session, err := p.Access.SignIn(r.Context(), body.Name, r.PostFormValue("password"), r.RemoteAddr)
	l := p.newPage(r).language
	switch {
	case errors.Is(err, view.ErrTooManyTries):
		body.Error = l.say("signin.slow")
		p.showSignIn(w, r, body, http.StatusTooManyRequests)
		return
	case errors.Is(err, view.ErrWrongPassword):
		body.Error = l.say("signin.wrong")
		p.showSignIn(w, r, body, http.StatusUnauthorized)
		return
	case errors.Is(err, view.ErrNoPasswords):
		body.Refused = l.say("signin.nopasswords")
		p.showSignIn(w, r, body, http.StatusForbidden)
		return
	case err != nil:
		p.fail(w, r, p.newPage(r), err)
		return
	}
	p.enter(w, r, session, body.Next)
}

// enter leads somebody in whose session is open.
func (p *Pages) enter(w http.ResponseWriter, r *http.Request, session view.Session, next string) {
	c := p.cookie(SessionCookie, session.Token)
	c.Expires = session.Expires
	http.SetCookie(w, c)
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func (p *Pages) signOut(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(SessionCookie); err == nil {
		if err := p.Access.SignOut(r.Context(), c.Value); err != nil {
			p.fail(w, r, p.newPage(r), err)
			return
		}
	}
	gone := p.cookie(SessionCookie, "")
	gone.MaxAge = -1
	http.SetCookie(w, gone)
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
}

func (p *Pages) chooseLanguage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormB)
	if code := r.PostFormValue("lang"); p.languages[quantity.Language(code)] != nil {
		c := p.cookie("lang", code)
		c.MaxAge = 365 * 24 * 3600
		http.SetCookie(w, c)
	}
	http.Redirect(w, r, localPath(r.PostFormValue("next")), http.StatusSeeOther)
}
