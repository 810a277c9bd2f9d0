package gate

import (
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/dashboards"
	"github.com/ecoparc/ecoparc/dashboards/view"
)

// recognise finds out who asks: by the session of the pages, by a key, or by a name
// and password (HTTP Basic). A session that has ended does not stand in the way of
// the others.
func (g *Gate) recognise(r *http.Request) (access.Person, error) {
	if c, err := r.Cookie(dashboards.SessionCookie); err == nil {
		if p, err := g.People.OfSession(r.Context(), c.Value); !errors.Is(err, view.ErrNotSignedIn) {
			return p, err
		}
	}
	if key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return g.People.OfKey(r.Context(), key)
	}
	name, password, ok := r.BasicAuth()
	if !ok {
		return access.Person{}, view.ErrNotSignedIn
	}
	from, _, err := net.SplitHostPort(r.RemoteAddr) // each connection has another port
	if err != nil {
		from = r.RemoteAddr
	}
	return g.People.OfPassword(r.Context(), name, password, from)
}
