package access_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
)

// places are an organisation and two of its sites.
func (d *desk) places(t *testing.T) (organisation int64, sites []int64) {
	t.Helper()
	r := registry.Open(d.store)
	owner, err := r.AddOrganisation(t.Context(), "Département", false)
	if err != nil {
		t.Fatal(err)
	}
	added, err := r.AddSites(t.Context(), owner.ID, []registry.Site{{Name: "A", Kind: registry.College, UAI: "0750001U"}, {Name: "B", Kind: registry.Other}})
	if err != nil {
		t.Fatal(err)
	}
	return owner.ID, []int64{added[0].ID, added[1].ID}
}

func stranger(subject, name string) access.Stranger {
	return access.Stranger{Issuer: "https://id.example", Subject: subject, Name: name}
}

// user finds a person in the list.
func (d *desk) user(t *testing.T, name string) access.Person {
	t.Helper()
	all, err := d.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(p access.Person) bool { return p.Name == name })
	if i < 0 {
		return access.Person{}
	}
	return all[i]
}

func TestReachIsKeptAndReplaced(t *testing.T) {
	d := open(t)
	organisation, sites := d.places(t)
	for _, g := range []access.Grant{
		{Role: access.ITManager, Reach: reach.Reach{Sites: sites}},
		{Role: access.CouncilViewer, Reach: reach.Reach{Organisations: []int64{organisation}}},
		{Role: access.Procurement, Reach: reach.Reach{Organisations: []int64{organisation}, Sites: sites[1:]}},
		{Role: access.Administrator, Reach: reach.Reach{Everything: true}},
	} {
		if err := d.AddUser(t.Context(), "max", g, password); err != nil {
			t.Fatal(err)
		}
		if p := d.user(t, "max"); p.Role != g.Role || fmt.Sprint(p.Reach) != fmt.Sprint(g.Reach) {
			t.Errorf("given %v, max is %+v", g, p)
		}
	}
}

func TestEleventhSessionClosesTheOldest(t *testing.T) {
	d := open(t)
	var sessions []view.Session
	for range access.MaxSessions + 1 {
		sessions = append(sessions, d.signIn(t, "zoe", password, home, nil))
		d.now = d.now.Add(time.Minute)
	}
	d.is(t, sessions[0].Token, "")
	for _, s := range sessions[1:] {
		d.is(t, s.Token, "zoe")
	}
}

func TestRemovedPersonHasNoWayIn(t *testing.T) {
	d := open(t)
	session := d.signIn(t, "zoe", password, home, nil)
	key, _, err := d.AddKey(t.Context(), "zoe", "grafana", nil, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.RemoveUser(t.Context(), "zoe"); err != nil {
		t.Fatal(err)
	}
	d.is(t, session.Token, "")
	if p, err := d.OfKey(t.Context(), key); !errors.Is(err, view.ErrNotSignedIn) {
		t.Errorf("the key is of %+v, %v", p, err)
	}
	d.signIn(t, "zoe", password, home, view.ErrWrongPassword)
	if err := d.RemoveUser(t.Context(), "zoe"); !errors.Is(err, access.ErrNoUser) {
		t.Errorf("removed again: %v", err)
	}
	acts, err := audit.Acts(t.Context(), d.store.Read, audit.Filter{Limit: 10})
	if err != nil || len(acts) != 2 || acts[0].What != "user remove" || acts[1].What != "user key add" || acts[1].Object != "user zoe" {
		t.Errorf("the log says %+v, %v", acts, err)
	}
}

func TestNewPasswordOfALocalAccountOnly(t *testing.T) {
	d := open(t)
	session := d.signIn(t, "zoe", password, home, nil)
	if err := d.SetPassword(t.Context(), "zoe", "another password"); err != nil {
		t.Fatal(err)
	}
	d.is(t, session.Token, "")
	d.signIn(t, "zoe", password, home, view.ErrWrongPassword)
	d.signIn(t, "zoe", "another password", home, nil)
	if _, err := d.SignInFrom(t.Context(), stranger("1", "paul"), auditor); err != nil {
		t.Fatal(err)
	}
	for name, words := range map[string]string{"paul": "signs in at https://id.example", "nobody": "no such user"} {
		if err := d.SetPassword(t.Context(), name, "another password"); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := d.AddUser(t.Context(), "paul", auditor, password); err == nil || !strings.Contains(err.Error(), "signs in at the provider") {
		t.Errorf("a password for paul: %v", err)
	}
	d.signIn(t, "paul", "", "elsewhere", view.ErrWrongPassword) // there is none, not an empty one
	if err := d.SetPassword(t.Context(), "zoe", "short"); err == nil || !strings.Contains(err.Error(), "fewer than 12") {
		t.Errorf("a short one: %v", err)
	}
}

func TestKeyWorksUntilItsEndOrRevocation(t *testing.T) {
	d := open(t)
	d.add(t, "max")
	text, key, err := d.AddKey(t.Context(), "zoe", "grafana", []access.Scope{access.ReadFigures}, time.Hour)
	if err != nil || !strings.HasPrefix(text, access.KeyPrefix) || len(text) != len(access.KeyPrefix)+52 {
		t.Fatalf("%q, %v", text, err)
	}
	works := func(want bool) {
		t.Helper()
		p, err := d.OfKey(t.Context(), text)
		if want && (err != nil || p.Name != "zoe" || !slices.Equal(p.Narrowed, []access.Scope{access.ReadFigures})) || !want && !errors.Is(err, view.ErrNotSignedIn) {
			t.Errorf("the key is of %+v, %v; it works: %v", p, err, want)
		}
	}
	state := func(want string) {
		t.Helper()
		keys, err := d.Keys(t.Context(), "zoe")
		if err != nil || len(keys) != 1 || keys[0].State(d.now) != want || keys[0].Name != "grafana" || !keys[0].Expires.Equal(key.Expires) {
			t.Errorf("the keys are %+v, %v; want one that is %s", keys, err, want)
		}
	}
	works(true)
	state("valid")
	d.now = d.now.Add(time.Hour)
	works(false)
	state("expired")
	d.now = d.now.Add(-time.Minute)
	works(true)
	for name, words := range map[string]string{"max": "no key", "nobody": "no such user"} { // somebody else's
		if err := d.RevokeKey(t.Context(), name, key.ID); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("revoked as %s: %v", name, err)
		}
	}
	works(true)
	if err := d.RevokeKey(t.Context(), "zoe", key.ID); err != nil {
		t.Fatal(err)
	}
	works(false)
	state("revoked")
	var kept []byte
	if err := d.store.Read.QueryRow("SELECT sha256 FROM api_keys").Scan(&kept); err != nil || len(kept) != 32 || strings.Contains(text, string(kept)) {
		t.Errorf("the key is kept as %x, %v", kept, err)
	}
}

func TestKeyThatMakesNoSenseIsRefused(t *testing.T) {
	d := open(t)
	for _, c := range []struct {
		person, name string
		scopes       []access.Scope
		valid        time.Duration
		words        string
	}{
		{"nobody", "a", nil, time.Hour, "no such user"},
		{"zoe", "", nil, time.Hour, "1 to 64"},
		{"zoe", "a b", nil, time.Hour, "without spaces"},
		{"zoe", "a", nil, 0, "more than 0"},
		{"zoe", "a", nil, access.MaxKeyLife + 1, "at most"},
		{"zoe", "a", []access.Scope{access.ManageUsers}, time.Hour, `the role auditor does not give the scope "manage_users"`},
		{"zoe", "a", []access.Scope{access.Public}, time.Hour, "does not give"},
	} {
		if text, _, err := d.AddKey(t.Context(), c.person, c.name, c.scopes, c.valid); err == nil || text != "" || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%+v: %q, %v", c, text, err)
		}
	}
	if keys, err := d.Keys(t.Context(), "zoe"); err != nil || len(keys) != 0 {
		t.Errorf("there are %v, %v", keys, err)
	}
}

// An account is the issuer and the subject, whatever the person is called today.
func TestStrangerIsKnownAgainByIssuerAndSubject(t *testing.T) {
	d := open(t)
	in := func(s access.Stranger, want string) view.Session {
		t.Helper()
		session, err := d.SignInFrom(t.Context(), s, auditor)
		if err != nil {
			t.Fatal(err)
		}
		p, err := d.OfSession(t.Context(), session.Token)
		if err != nil || p.Name != want && !strings.HasPrefix(p.Name, want+"~") || want != "paul" && p.Name == want {
			t.Errorf("%+v is %+v, %v; want %s", s, p, err, want)
		}
		return session
	}
	first := in(stranger("1", "paul"), "paul")
	in(stranger("1", "paulette"), "paul")
	in(stranger("2", "paul"), "paul") // another, who does not take the name
	in(access.Stranger{Issuer: "https://other.example", Subject: "1", Name: "paul"}, "paul")
	in(stranger("3", "zoe"), "zoe") // nor a local account
	in(stranger("4", "Paul Martin"), "person")
	in(stranger("5", ""), "person")
	d.is(t, first.Token, "paul") // nothing changed
	if all, err := d.Users(t.Context()); err != nil || len(all) != 7 {
		t.Errorf("there are %d people, %v", len(all), err)
	}
	d.signIn(t, "zoe", password, home, nil)
}

func TestStrangerHasWhatTheProviderSaysNow(t *testing.T) {
	d := open(t)
	organisation, sites := d.places(t)
	s := stranger("1", "paul")
	grants := []access.Grant{
		auditor, {Role: access.Auditor, Reach: reach.Reach{Organisations: []int64{organisation}}}, {Role: access.Auditor, Reach: reach.Reach{Sites: sites}},
		{Role: access.Auditor, Reach: reach.Reach{Sites: sites[:1]}}, {Role: access.ITManager, Reach: reach.Reach{Sites: sites[:1]}},
	}
	var before view.Session
	for _, g := range grants {
		session, err := d.SignInFrom(t.Context(), s, g)
		if err != nil {
			t.Fatal(err)
		}
		again, err := d.SignInFrom(t.Context(), s, g)
		if err != nil {
			t.Fatal(err)
		}
		d.is(t, before.Token, "") // what was opened with another grant is closed
		d.is(t, session.Token, "paul")
		if p := d.user(t, "paul"); p.Role != g.Role || fmt.Sprint(p.Reach) != fmt.Sprint(g.Reach) || p.Provider != s.Issuer {
			t.Errorf("given %v, paul is %+v", g, p)
		}
		before = again
	}
	acts, err := audit.Acts(t.Context(), d.store.Read, audit.Filter{Limit: len(grants)})
	if err != nil {
		t.Fatal(err)
	}
	for i, act := range acts { // the latest first, one each
		g, what := grants[len(grants)-1-i], "user role"
		if i == len(grants)-1 {
			what = "user add"
		}
		if act.What != what || act.Who != "provider https://id.example" || act.Details != g.String() {
			t.Errorf("the log says %+v for %v", act, g)
		}
	}
	if err := d.Forget(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	d.is(t, before.Token, "")
	if err := d.Forget(t.Context(), s); err != nil || d.user(t, "paul").Name != "" {
		t.Errorf("forgotten again: %v", err)
	}
}

func TestPasswordsCanBeSwitchedOff(t *testing.T) {
	d := open(t)
	d.RefusePasswords()
	d.signIn(t, "zoe", password, home, view.ErrNoPasswords)
	if _, err := d.OfPassword(t.Context(), "zoe", password, home); !errors.Is(err, view.ErrNoPasswords) {
		t.Errorf("over the API: %v", err)
	}
	if _, err := d.SignInFrom(t.Context(), stranger("1", "paul"), auditor); err != nil {
		t.Errorf("at the provider: %v", err)
	}
}

func TestEachRoleReadsFiguresAndOnlyAdministratorsManagePeople(t *testing.T) {
	for _, role := range access.Roles() {
		p := access.Person{Role: role}
		if !p.May(access.ReadFigures) || !p.May(access.ReadFactors) || p.May(access.ManageUsers) != (role == access.Administrator) || p.May(access.Agents) {
			t.Errorf("%s may %v", role, role.Scopes())
		}
		for _, s := range role.Scopes() {
			// A scenario with a name changes no figure, and nothing that is administered.
			if changes := !strings.HasPrefix(string(s), "read_") && s != access.SaveScenarios; changes && role != access.Administrator && role != access.ITManager {
				t.Errorf("%s may %s", role, s)
			}
		}
	}
	if (access.Person{Role: "root"}).May(access.ReadFigures) {
		t.Error("a role that does not exist may read")
	}
}

// A list that is read page by page is the whole list.
func TestPeopleAndKeysAreListedPageByPage(t *testing.T) {
	d := open(t) // with zoe
	for _, name := range []string{"ana", "Max", "max_2", "leo"} {
		d.add(t, name)
	}
	all, err := d.Users(t.Context())
	if err != nil || len(all) != 5 {
		t.Fatal(all, err)
	}
	var got []string
	for f := (access.UserFilter{Limit: 2}); ; {
		some, err := d.UserPage(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range some {
			got = append(got, p.Name)
			f.After = p.ID
		}
		if len(some) < f.Limit {
			break
		}
	}
	for i, p := range all {
		if i >= len(got) || got[i] != p.Name {
			t.Fatalf("the pages have %v, the list %v", got, all)
		}
	}
	for find, want := range map[string]int{"MA": 2, "_": 1, "%": 0, "": 5} {
		if some, err := d.UserPage(t.Context(), access.UserFilter{Find: find}); err != nil || len(some) != want {
			t.Errorf("%q finds %v, %v; want %d", find, some, err, want)
		}
	}
	for range 3 {
		if _, _, err := d.AddKey(t.Context(), "zoe", "k", nil, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	first, err := d.KeyPage(t.Context(), "zoe", 0, 2)
	if err != nil || len(first) != 2 {
		t.Fatal(first, err)
	}
	rest, err := d.KeyPage(t.Context(), "zoe", first[1].ID, 2)
	if err != nil || len(rest) != 1 || rest[0].ID >= first[1].ID {
		t.Errorf("the rest is %+v, %v", rest, err)
	}
}

func TestRoleChangesWithoutThePassword(t *testing.T) {
	d := open(t)
	organisation, _ := d.places(t)
	opened, err := d.SignIn(t.Context(), "zoe", password, home)
	if err != nil {
		t.Fatal(err)
	}
	want := access.Grant{Role: access.Auditor, Reach: reach.Reach{Organisations: []int64{organisation}}}
	if err := d.SetGrant(t.Context(), "zoe", want); err != nil {
		t.Fatal(err)
	}
	if p := d.user(t, "zoe"); p.Role != want.Role || p.Reach.Everything || len(p.Reach.Organisations) != 1 {
		t.Errorf("she is %+v", p)
	}
	if _, err := d.OfSession(t.Context(), opened.Token); !errors.Is(err, view.ErrNotSignedIn) {
		t.Errorf("the session of before still works: %v", err)
	}
	if _, err := d.SignIn(t.Context(), "zoe", password, home); err != nil {
		t.Errorf("the password is gone: %v", err)
	}
	if _, err := d.SignInFrom(t.Context(), stranger("1", "max"), want); err != nil {
		t.Fatal(err)
	}
	for name, words := range map[string]string{"max": "the roles there decide", "nobody": "no such user"} {
		if err := d.SetGrant(t.Context(), name, want); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v; want %q", name, err, words)
		}
	}
	if err := d.SetGrant(t.Context(), "zoe", access.Grant{Role: "king"}); err == nil {
		t.Error("she is king")
	}
}
