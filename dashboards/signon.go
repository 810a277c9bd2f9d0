package dashboards

import (
	"errors"
	"net/http"

	"github.com/ecoparc/ecoparc/dashboards/view"
)

// attemptCookie keeps what the provider's answer is compared with.
const attemptCookie = "ecoparc_attempt"

// attemptLife is how long a browser keeps it, in seconds.
const attemptLife = 600

// BeginSignOn answers GET /sign-in/provider: it leads to the provider.
func (p *Pages) BeginSignOn(w http.ResponseWriter, r *http.Request) {
	dressed(w, r, func(w http.ResponseWriter) {
		next := localPath(r.URL.Query().Get("next"))
		address, kept, err := p.SignOn.Begin(r.Context(), next)
		if err != nil {
			p.signOnFailed(w, r, next, err)
			return
		}
		c := p.cookie(attemptCookie, kept)
		c.Path, c.MaxAge = "/sign-in/provider", attemptLife
		http.SetCookie(w, c)
		http.Redirect(w, r, address, http.StatusSeeOther)
	})
}

// FinishSignOn answers the browser that comes back from the provider.
func (p *Pages) FinishSignOn(w http.ResponseWriter, r *http.Request) {
	dressed(w, r, func(w http.ResponseWriter) {
		kept := ""
		if c, err := r.Cookie(attemptCookie); err == nil {
			kept = c.Value
		}
		gone := p.cookie(attemptCookie, "")
		gone.Path, gone.MaxAge = "/sign-in/provider", -1
		http.SetCookie(w, gone) // an attempt is for one answer
		session, next, err := p.SignOn.Finish(r.Context(), kept, r.URL.Query())
		if err != nil {
			p.signOnFailed(w, r, "/", err)
			return
		}
		p.enter(w, r, session, localPath(next))
	})
}

// signOnFailed shows the sign-in page again, with why.
func (p *Pages) signOnFailed(w http.ResponseWriter, r *http.Request, next string, err error) {
	l, status := p.newPage(r).language, http.StatusForbidden
	body := signInBody{Next: next}
	switch {
	case errors.Is(err, view.ErrProvider):
		body.Refused, status = l.say("signin.provider.down", "name", p.SignOn.Name()), http.StatusBadGateway
	case errors.Is(err, view.ErrAttempt):
		body.Refused, status = l.say("signin.provider.attempt", "name", p.SignOn.Name()), http.StatusBadRequest
	case errors.Is(err, view.ErrUnmapped):
		body.Refused = l.say("signin.provider.unmapped", "name", p.SignOn.Name())
	default:
		p.fail(w, r, p.newPage(r), err)
		return
	}
	p.showSignIn(w, r, body, status)
}
