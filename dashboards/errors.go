package dashboards

import (
	"context"
	"database/sql/driver"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"github.com/ecoparc/ecoparc/dashboards/view"
)

// errorPage is the body of an error: what happened, and what to do.
type errorPage struct{ Text string }

// refusals are the errors that a person can do something about; each has the texts
// error.KEY.title and error.KEY.text.
var refusals = []struct {
	is     error
	status int
	key    string
}{
	{view.ErrNotFound, http.StatusNotFound, "notfound"},
	{view.ErrForbidden, http.StatusForbidden, "forbidden"},
	{view.ErrForeignForm, http.StatusForbidden, "foreign"},
	{view.ErrTooManyTries, http.StatusTooManyRequests, "slow"},
}

// retryAfterS is when somebody who was told to wait may try again, in seconds.
const retryAfterS = "60"

// unavailable tells that the data base does not answer, or not in time, which passes.
func unavailable(err error) bool {
	var network net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, driver.ErrBadConn) || errors.As(err, &network)
}

// fail answers a request that was refused or that cannot be answered.
func (p *Pages) fail(w http.ResponseWriter, r *http.Request, g *page, err error) {
	if errors.Is(err, view.ErrNotSignedIn) {
		http.Redirect(w, r, "/sign-in?"+url.Values{"next": {r.URL.RequestURI()}}.Encode(), http.StatusSeeOther)
		return
	}
	if to := (*elsewhere)(nil); errors.As(err, &to) {
		if err = p.goOn(w, r, to); err == nil {
			return
		}
	}
	l := g.language
	*g = page{Lang: g.Lang, Languages: g.Languages, StyleURL: g.StyleURL, Here: "/", User: g.User, Sources: g.Sources, Costs: g.Costs, Office: g.Office, Mention: g.Mention, Template: "error.html", language: l}
	say := func(status int, key string, pairs ...string) {
		if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", retryAfterS)
		}
		g.Title = l.say("error." + key + ".title")
		g.Sentence, g.Body = g.Title, errorPage{l.say("error."+key+".text", pairs...)}
		p.show(w, r, g, status)
	}
	for _, o := range refusals {
		if errors.Is(err, o.is) {
			say(o.status, o.key)
			return
		}
	}
	id := strconv.FormatUint(rand.Uint64(), 36)
	p.Logger.Error("cannot answer", "path", r.URL.Path, "reference", id, "error", err)
	if unavailable(err) {
		say(http.StatusServiceUnavailable, "unavailable", "id", id)
		return
	}
	say(http.StatusInternalServerError, "internal", "id", id)
}
