package signon_test

import (
	"bytes"
	"crypto/rsa"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/signon"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards/view"
)

const public = "https://ecoparc.example"

// lobby is a single sign-on beside its provider, over real accounts.
type lobby struct {
	*signon.SignOn
	provider *provider
	access   *access.Access
	site     int64
	later    time.Duration // that the collector's clock is ahead
	log      bytes.Buffer
}

func config(p *provider) signon.Config {
	return signon.Config{
		Issuer: p.URL, ClientID: clientID, ClientSecret: secret, Name: "Région", PublicURL: public, RolesClaim: "groups",
		Roles: []signon.Mapping{
			{Value: "admins", Role: "administrator", Everything: true}, {Value: "lycee", Role: "it_manager", Sites: []string{"0750001U"}},
			{Value: "council", Role: "council_viewer", Organisations: []string{"Région"}}, {Value: "gone", Role: "it_manager", Sites: []string{"0750002V"}},
		},
	}
}

func open(t *testing.T, change func(*signon.Config)) *lobby {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	r := registry.Open(s)
	owner, err := r.AddOrganisation(t.Context(), "Région", false)
	if err != nil {
		t.Fatal(err)
	}
	sites, err := r.AddSites(t.Context(), owner.ID, []registry.Site{{Name: "Lycée", Kind: registry.Lycee, UAI: "0750001U"}})
	if err != nil {
		t.Fatal(err)
	}
	l := &lobby{provider: startProvider(t), site: sites[0].ID}
	clock := func() time.Time { return time.Now().Add(l.later) }
	l.access = access.Open(s, clock)
	c := config(l.provider)
	if change != nil {
		change(&c)
	}
	l.provider.redirect = public + signon.CallbackPath
	l.SignOn = signon.New(c, l.access, r, clock, slog.New(slog.NewTextHandler(&l.log, nil)))
	return l
}

// come signs in at the provider, and gives what the browser comes back with.
func (l *lobby) come(t *testing.T) (kept string, answer url.Values) {
	t.Helper()
	address, kept, err := l.Begin(t.Context(), "/sites/1")
	if err != nil {
		t.Fatal(err)
	}
	answer, err = url.ParseQuery(l.provider.signIn(t, address))
	if err != nil {
		t.Fatal(err)
	}
	return kept, answer
}

// enters comes and goes in.
func (l *lobby) enters(t *testing.T) (access.Person, error) {
	t.Helper()
	kept, answer := l.come(t)
	session, next, err := l.Finish(t.Context(), kept, answer)
	if err != nil {
		return access.Person{}, err
	}
	if next != "/sites/1" {
		t.Errorf("on to %q", next)
	}
	p, err := l.access.OfSession(t.Context(), session.Token)
	if err != nil {
		t.Fatal(err)
	}
	return p, nil
}

func TestRoleIsWhatTheClaimSays(t *testing.T) {
	l := open(t, nil)
	for _, inToken := range []bool{true, false} { // in the ID token, or at userinfo only
		l.provider.inToken = inToken
		for _, c := range []struct {
			claims map[string]any
			name   string
			role   access.Role
		}{
			{map[string]any{"groups": []string{"others", "lycee"}, "preferred_username": "lea", "email": "lea@example.fr"}, "lea", access.ITManager},
			{map[string]any{"groups": "council"}, "lea", access.CouncilViewer}, // one value need be no list
			{map[string]any{"groups": []string{"council", "admins"}}, "lea", access.Administrator},
		} {
			l.provider.is("subject-1", c.claims)
			p, err := l.enters(t)
			if err != nil || p.Name != c.name || p.Role != c.role || p.Provider != l.provider.URL || p.Reach.Everything != (c.role == access.Administrator) {
				t.Errorf("with %v it is %+v, %v\n%s", c.claims, p, err, &l.log)
			}
			if c.role == access.ITManager && (len(p.Reach.Sites) != 1 || p.Reach.Sites[0] != l.site) {
				t.Errorf("the manager reaches %+v", p.Reach)
			}
		}
	}
}

func TestClaimInsideObjectsIsFound(t *testing.T) {
	l := open(t, func(c *signon.Config) { c.RolesClaim = "realm_access.roles" })
	l.provider.is("1", map[string]any{"realm_access": map[string]any{"roles": []string{"admins"}}})
	if p, err := l.enters(t); err != nil || p.Role != access.Administrator {
		t.Errorf("%+v, %v", p, err)
	}
	for _, odd := range []any{"admins", []string{"admins"}, map[string]any{"roles": map[string]any{"admins": true}}, map[string]any{"roles": 7}, nil} {
		l.provider.is("1", map[string]any{"realm_access": odd})
		if p, err := l.enters(t); !errors.Is(err, view.ErrUnmapped) {
			t.Errorf("%v: %+v, %v", odd, p, err)
		}
	}
}

// Whoever has a role no more is refused, and what the account could do ends.
func TestUnmappedPersonIsRefusedAndRemoved(t *testing.T) {
	l := open(t, nil)
	l.provider.is("1", map[string]any{"groups": []string{"admins"}, "preferred_username": "lea"})
	kept, answer := l.come(t)
	session, _, err := l.Finish(t.Context(), kept, answer)
	if err != nil {
		t.Fatal(err)
	}
	for _, claims := range []map[string]any{{"groups": []string{"others"}}, {"groups": []string{}}, {"groups": []string{"Admins"}}, {}} {
		l.provider.is("1", claims)
		if _, err := l.enters(t); !errors.Is(err, view.ErrUnmapped) {
			t.Errorf("with %v: %v", claims, err)
		}
	}
	if p, err := l.access.OfSession(t.Context(), session.Token); !errors.Is(err, view.ErrNotSignedIn) {
		t.Errorf("the open session is of %+v, %v", p, err)
	}
	if all, err := l.access.Users(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("there are still %+v, %v", all, err)
	}
}

// A mapping that names a site which is not there gives nothing, and the log says so.
func TestMappingToAMissingSiteLetsNobodyIn(t *testing.T) {
	l := open(t, nil)
	l.provider.is("1", map[string]any{"groups": []string{"gone"}})
	_, err := l.enters(t)
	if err == nil || errors.Is(err, view.ErrUnmapped) || !strings.Contains(err.Error(), `"0750002V"`) {
		t.Errorf("%v", err)
	}
	if all, err := l.access.Users(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("there are %+v, %v", all, err)
	}
}

func TestAnswerToAnotherAttemptIsRefused(t *testing.T) {
	l := open(t, nil)
	l.provider.is("1", map[string]any{"groups": []string{"admins"}})
	other, _ := l.come(t)
	change := func(name, value string) func(string, url.Values) (string, url.Values) {
		return func(kept string, answer url.Values) (string, url.Values) {
			answer.Set(name, value)
			return kept, answer
		}
	}
	for name, c := range map[string]struct {
		change func(kept string, answer url.Values) (string, url.Values)
		later  time.Duration
		why    string
	}{
		"no cookie":          {func(_ string, a url.Values) (string, url.Values) { return "", a }, 0, "kept no attempt"},
		"a broken cookie":    {func(_ string, a url.Values) (string, url.Values) { return "e30", a }, 0, "kept no attempt"},
		"another's cookie":   {func(_ string, a url.Values) (string, url.Values) { return other, a }, 0, "state differs"},
		"another state":      {change("state", "x"), 0, "state differs"},
		"no state":           {change("state", ""), 0, "state differs"},
		"another issuer":     {change("iss", "https://evil.example"), 0, "another issuer"},
		"another code":       {change("code", "x"), 0, "does not take the code"},
		"no code":            {change("code", ""), 0, "no code"},
		"refused there":      {change("error", "access_denied"), 0, "access_denied"},
		"too late":           {change("x", ""), 11 * time.Minute, "took too long"},
		"an ID token of old": {change("x", ""), 5 * time.Minute, "expired"},
	} {
		kept, answer := l.come(t)
		kept, answer = c.change(kept, answer)
		l.later = c.later
		l.log.Reset()
		session, _, err := l.Finish(t.Context(), kept, answer)
		l.later = 0
		if !errors.Is(err, view.ErrAttempt) || session.Token != "" || !strings.Contains(l.log.String(), c.why) {
			t.Errorf("%s: %+v, %v; the log lacks %q: %s", name, session, err, c.why, &l.log)
		}
	}
	kept, answer := l.come(t)
	if _, _, err := l.Finish(t.Context(), kept, answer); err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.Finish(t.Context(), kept, answer); !errors.Is(err, view.ErrAttempt) { // the code is used up
		t.Errorf("the same answer again: %v", err)
	}
	// A code that was stolen on the way is worth nothing without the cookie's verifier.
	_, stolen := l.come(t)
	kept, answer = l.come(t)
	answer.Set("code", stolen.Get("code"))
	if _, _, err := l.Finish(t.Context(), kept, answer); !errors.Is(err, view.ErrAttempt) {
		t.Errorf("a stolen code: %v", err)
	}
}

func TestTokenThatIsNotForThisSignInIsRefused(t *testing.T) {
	l := open(t, nil)
	l.provider.is("1", map[string]any{"groups": []string{"admins"}})
	for name, c := range map[string]struct {
		tamper func(map[string]any)
		key    *rsa.PrivateKey
		why    string
	}{
		"untouched":        {func(map[string]any) {}, l.provider.key, ""},
		"another audience": {func(c map[string]any) { c["aud"] = "another" }, l.provider.key, "audience"},
		"another nonce":    {func(c map[string]any) { c["nonce"] = "x" }, l.provider.key, "nonce differs"},
		"no nonce":         {func(c map[string]any) { delete(c, "nonce") }, l.provider.key, "nonce differs"},
		"no subject":       {func(c map[string]any) { delete(c, "sub") }, l.provider.key, "no subject"},
		"another issuer":   {func(c map[string]any) { c["iss"] = "https://evil.example" }, l.provider.key, "issued by a different provider"},
		"expired":          {func(c map[string]any) { c["exp"] = time.Now().Add(-time.Hour).Unix() }, l.provider.key, "expired"},
		"another key":      {func(map[string]any) {}, keys()[1], "failed to verify"},
	} {
		l.provider.tamper, l.provider.signer = c.tamper, c.key
		l.log.Reset()
		p, err := l.enters(t)
		if c.why == "" && err != nil || c.why != "" && (!errors.Is(err, view.ErrAttempt) || !strings.Contains(l.log.String(), c.why)) {
			t.Errorf("%s: %+v, %v; the log lacks %q: %s", name, p, err, c.why, &l.log)
		}
	}
}

func TestProviderInTroubleIsToldAndAskedAgain(t *testing.T) {
	l := open(t, nil)
	l.provider.is("1", map[string]any{"groups": []string{"admins"}})
	down := func(is bool) {
		l.provider.mu.Lock()
		defer l.provider.mu.Unlock()
		l.provider.down = is
	}
	down(true)
	if _, _, err := l.Begin(t.Context(), "/"); !errors.Is(err, view.ErrProvider) {
		t.Errorf("it begins: %v", err)
	}
	down(false)
	kept, answer := l.come(t)
	down(true)
	if _, _, err := l.Finish(t.Context(), kept, answer); !errors.Is(err, view.ErrProvider) {
		t.Errorf("it goes on: %v", err)
	}
	down(false)
	if _, err := l.enters(t); err != nil {
		t.Errorf("once the provider is back: %v", err)
	}
}

func TestWrongClientSecretIsRefused(t *testing.T) {
	l := open(t, func(c *signon.Config) { c.ClientSecret = "another" })
	l.provider.is("1", map[string]any{"groups": []string{"admins"}})
	if p, err := l.enters(t); !errors.Is(err, view.ErrAttempt) || !strings.Contains(l.log.String(), "does not take the code") {
		t.Errorf("%+v, %v, %s", p, err, &l.log)
	}
}
