package gate_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
)

// keys recognises one person by a key, for an example; access.Access is the real one.
type keys map[string]access.Person

func (k keys) OfKey(_ context.Context, key string) (access.Person, error) {
	if p, ok := k[key]; ok {
		return p, nil
	}
	return access.Person{}, view.ErrNotSignedIn
}

func (keys) OfSession(context.Context, string) (access.Person, error) {
	return access.Person{}, view.ErrNotSignedIn
}

func (keys) OfPassword(context.Context, string, string, string) (access.Person, error) {
	return access.Person{}, view.ErrNotSignedIn
}

// sites says where sites are; registry.Registry is the real one.
type sites map[int64]reach.Place

func (s sites) PlaceOfSite(_ context.Context, id int64) (reach.Place, error) {
	if p, ok := s[id]; ok {
		return p, nil
	}
	return reach.Place{}, registry.ErrNotFound
}

func (sites) PlaceOfDevice(context.Context, string) (reach.Place, error) {
	return reach.Place{}, registry.ErrNotFound
}

func (sites) PlaceOfToken(context.Context, int64) (reach.Place, error) {
	return reach.Place{}, registry.ErrNotFound
}

// Zoe reads the figures of her own school, number 7, and of no other.
func Example() {
	zoe := access.Person{Name: "zoe", Role: access.CouncilViewer, Reach: reach.Reach{Sites: []int64{7}}}
	refuse := func(w http.ResponseWriter, _ *http.Request, err error) { fmt.Fprint(w, "refused: ", err) }
	g := gate.New(gate.Options{
		People: keys{access.KeyPrefix + "zoe": zoe}, Places: sites{7: {Organisation: 1, Site: 7}, 8: {Organisation: 1, Site: 8}},
		Clock: func() time.Time { return now }, API: refuse, Pages: refuse,
	}, gate.Route{
		Pattern: "GET /api/v1/sites/{id}", Scope: access.ReadFigures, About: gate.Site,
		Handler: func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, view.UserOf(r.Context()).Name, " reads")
		},
	})
	for _, ask := range []struct{ path, key string }{{"/api/v1/sites/7", "zoe"}, {"/api/v1/sites/8", "zoe"}, {"/api/v1/sites/7", "max"}} {
		r := httptest.NewRequest("GET", ask.path, nil)
		r.Header.Set("Authorization", "Bearer "+access.KeyPrefix+ask.key)
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		fmt.Println(ask.path, ask.key+":", w.Body)
	}
	// Output:
	// /api/v1/sites/7 zoe: zoe reads
	// /api/v1/sites/8 zoe: refused: not found
	// /api/v1/sites/7 max: refused: sign in on the pages, or send a key, or a user name and password
}
