package access_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/dashboards/view"
)

const (
	password = "twelve letters"
	home     = "192.0.2.1" // documentation address
)

// auditor is a grant that tests give.
var auditor = access.Grant{Role: access.Auditor, Reach: reach.Reach{Everything: true}}

// desk is an access with a clock that the test turns.
type desk struct {
	*access.Access
	store *store.Store
	now   time.Time
}

func open(t testing.TB) *desk {
	t.Helper()
	s := storetest.Open(t)
	d := &desk{store: s, now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	d.Access = access.Open(s, func() time.Time { return d.now })
	d.add(t, "zoe")
	return d
}

// add adds a person with the usual password. Its hash has cheaper parameters
// than AddUser's, so that the tests do not spend their time on hashing.
func (d *desk) add(t testing.TB, name string) {
	t.Helper()
	salt := []byte(name + " sixteen bytes or more")
	b64 := base64.RawStdEncoding.EncodeToString
	hash := fmt.Sprintf("$argon2id$v=19$m=64,t=1,p=1$%s$%s", b64(salt), b64(argon2.IDKey([]byte(password), salt, 1, 64, 1, 32)))
	if _, err := d.store.Write.Exec("INSERT INTO users (name, role, everything, password) VALUES (?, 'auditor', 1, ?)", name, hash); err != nil {
		t.Fatal(err)
	}
}

// signIn signs in and checks the outcome.
func (d *desk) signIn(t testing.TB, name, password, from string, want error) view.Session {
	t.Helper()
	session, err := d.SignIn(t.Context(), name, password, from)
	if !errors.Is(err, want) || (err == nil) != (session.Token != "") {
		t.Errorf("%s from %s: %+v, %v; want %v", name, from, session, err, want)
	}
	return session
}

// is checks whose session a token opens; "" is nobody's.
func (d *desk) is(t testing.TB, token, want string) {
	t.Helper()
	p, err := d.OfSession(t.Context(), token)
	if p.Name != want || want != "" && err != nil || want == "" && !errors.Is(err, view.ErrNotSignedIn) {
		t.Errorf("the session is of %+v, %v; want %q", p, err, want)
	}
}

func TestSessionLastsUntilItsEndOrSignOut(t *testing.T) {
	d := open(t)
	first := d.signIn(t, "zoe", password, home, nil)
	second := d.signIn(t, "zoe", password, home, nil)
	if !first.Expires.Equal(d.now.Add(access.SessionLength)) || first.Token == second.Token {
		t.Errorf("sessions are %+v and %+v", first, second)
	}
	if err := d.SignOut(t.Context(), first.Token); err != nil {
		t.Fatal(err)
	}
	d.is(t, first.Token, "")
	for _, forged := range []string{"", "x", second.Token + "x", strings.ToLower(second.Token), second.Token[:len(second.Token)-1]} {
		d.is(t, forged, "")
	}
	d.now = d.now.Add(access.SessionLength - time.Second)
	d.is(t, second.Token, "zoe")
	if err := d.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.is(t, second.Token, "zoe")
	d.now = d.now.Add(time.Second)
	d.is(t, second.Token, "")
	if err := d.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := d.store.Read.QueryRow("SELECT count(*) FROM sessions").Scan(&left); err != nil || left > 0 {
		t.Errorf("%d sessions are left, %v", left, err)
	}
}

func TestStoreHoldsNeitherPasswordNorToken(t *testing.T) {
	d := open(t)
	for _, name := range []string{"zoe", "max"} {
		if err := d.AddUser(t.Context(), name, auditor, password); err != nil {
			t.Fatal(err)
		}
	}
	session := d.signIn(t, "zoe", password, home, nil)
	var zoe, max string
	var kept []byte
	err := d.store.Read.QueryRow(`SELECT (SELECT password FROM users WHERE name = 'zoe'), (SELECT password FROM users WHERE name = 'max'),
		(SELECT sha256 FROM sessions)`).Scan(&zoe, &max, &kept)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(zoe, "$argon2id$v=19$m=65536,t=3,p=4$") || strings.Contains(zoe, password) {
		t.Errorf("the password is kept as %s", zoe)
	}
	if zoe == max {
		t.Error("the same password has the same hash: there is no salt")
	}
	token := fmt.Sprintf("%x %s", kept, kept)
	if strings.Contains(token, session.Token) || strings.Contains(strings.ToLower(token), fmt.Sprintf("%x", session.Token)) {
		t.Errorf("the session is kept as %s", token)
	}
}

// Who does not know the name may not find it out: the answer is the same, takes
// the same path, and is slowed down alike.
func TestUnknownNameIsAnsweredLikeAWrongPassword(t *testing.T) {
	d := open(t)
	for _, name := range []string{"zoe", "nobody"} {
		for try := range 5 {
			d.signIn(t, name, "wrong", fmt.Sprint(name, try), view.ErrWrongPassword)
		}
		d.signIn(t, name, "wrong", "elsewhere", view.ErrTooManyTries)
	}
	// The path is the same: the hash's 64 MiB are filled for nobody as well.
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	d.signIn(t, "nobody else", "wrong", home, view.ErrWrongPassword)
	runtime.ReadMemStats(&after)
	if filled := after.TotalAlloc - before.TotalAlloc; filled < 64<<20 {
		t.Errorf("an unknown name costs %d MiB, a known one 64", filled>>20)
	}
	// A password that cannot be read opens nothing.
	if _, err := d.store.Write.Exec("INSERT INTO users (name, role, password) VALUES ('empty', 'auditor', ''), ('odd', 'auditor', '$argon2id$v=19$m=x$$')"); err != nil {
		t.Fatal(err)
	}
	d.signIn(t, "empty", "", home, view.ErrWrongPassword)
	d.signIn(t, "odd", "", home, view.ErrWrongPassword)
}

func TestWrongPasswordsSlowDownTheNameAndTheAddress(t *testing.T) {
	d := open(t)
	d.add(t, "max")
	for range 5 {
		d.signIn(t, "zoe", "wrong", home, view.ErrWrongPassword)
	}
	d.signIn(t, "zoe", password, "another", view.ErrTooManyTries) // the name, from anywhere
	d.signIn(t, "max", password, home, view.ErrTooManyTries)      // the address, with any name
	d.signIn(t, "max", password, "another", nil)                  // nobody else
	d.now = d.now.Add(time.Minute - time.Second)
	d.signIn(t, "zoe", password, home, view.ErrTooManyTries)
	d.now = d.now.Add(time.Second)
	d.signIn(t, "zoe", "wrong", home, view.ErrWrongPassword) // one try a minute
	d.signIn(t, "zoe", password, home, view.ErrTooManyTries)
	d.now = d.now.Add(time.Minute)
	d.signIn(t, "zoe", password, home, nil)
	d.signIn(t, "zoe", "wrong", home, view.ErrWrongPassword) // all is forgotten
	d.signIn(t, "zoe", password, home, nil)
}

// Guesses that arrive together are not more than those that come one by one.
func TestGuessesAtOnceAreSlowedDownToo(t *testing.T) {
	d := open(t)
	var mu sync.Mutex
	outcomes := map[error]int{}
	var wait sync.WaitGroup
	for range 30 {
		wait.Go(func() {
			_, err := d.SignIn(context.Background(), "zoe", "wrong", home)
			mu.Lock()
			defer mu.Unlock()
			outcomes[err]++
		})
	}
	wait.Wait()
	if tried := outcomes[view.ErrWrongPassword]; tried < 5 || tried > 6 || tried+outcomes[view.ErrTooManyTries] != 30 {
		t.Errorf("the outcomes are %v; five or six guesses may be tried", outcomes)
	}
}

func TestNewPasswordClosesThePersonsSessions(t *testing.T) {
	d := open(t)
	d.add(t, "max")
	zoe, max := d.signIn(t, "zoe", password, home, nil), d.signIn(t, "max", password, home, nil)
	if err := d.AddUser(t.Context(), "zoe", access.Grant{Role: access.Administrator, Reach: reach.Reach{Everything: true}}, "another password"); err != nil {
		t.Fatal(err)
	}
	d.is(t, zoe.Token, "")
	d.is(t, max.Token, "max")
	d.signIn(t, "zoe", password, home, view.ErrWrongPassword)
	again := d.signIn(t, "zoe", "another password", home, nil)
	if p, err := d.OfSession(t.Context(), again.Token); err != nil || p.Role != access.Administrator || !p.Reach.Everything {
		t.Errorf("now it is %+v, %v", p, err)
	}
}

func TestPersonThatMakesNoSenseIsRefused(t *testing.T) {
	d := open(t)
	everything := reach.Reach{Everything: true}
	for _, test := range []struct {
		name     string
		grant    access.Grant
		password string
		words    string
	}{
		{"", auditor, password, "1 to 64 characters"},
		{"zoe martin", auditor, password, "without spaces"},
		{strings.Repeat("z", 65), auditor, password, "1 to 64 characters"},
		{"max", access.Grant{Role: "root", Reach: everything}, password, "allowed are administrator, it_manager"},
		{"max", access.Grant{Role: access.ITManager}, password, "reaches nothing"},
		{"max", access.Grant{Role: access.ITManager, Reach: reach.Reach{Everything: true, Sites: []int64{1}}}, password, "beside it"},
		{"max", access.Grant{Role: access.ITManager, Reach: reach.Reach{Sites: make([]int64, 1001)}}, password, "at most 1000"},
		{"max", access.Grant{Role: access.ITManager, Reach: reach.Reach{Sites: []int64{99}}}, password, "site 99"},
		{"max", auditor, "eleven char", "fewer than 12"},
		{"max", auditor, "éééééé", "fewer than 12"}, // twelve bytes
	} {
		if err := d.AddUser(t.Context(), test.name, test.grant, test.password); err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%q, %v: the error is %v", test.name, test.grant, err)
		}
	}
	var n int
	if err := d.store.Read.QueryRow("SELECT count(*) FROM users").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d people are there, %v", n, err)
	}
}

func TestStoreKnowsWhetherAnybodyMaySignIn(t *testing.T) {
	d := open(t)
	if empty, err := d.Empty(t.Context()); err != nil || empty {
		t.Errorf("with one person: %t, %v", empty, err)
	}
	if _, err := d.store.Write.Exec("DELETE FROM users"); err != nil {
		t.Fatal(err)
	}
	if empty, err := d.Empty(t.Context()); err != nil || !empty {
		t.Errorf("with nobody: %t, %v", empty, err)
	}
}

// What quickstart prints must be accepted by what it calls next.
func TestNewPasswordIsLongEnoughAndNeverTheSame(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		p := access.NewPassword()
		if len(p) != 23 || strings.ContainsAny(p, "0o1il ") || seen[p] {
			t.Fatalf("the password %q", p)
		}
		seen[p] = true
	}
}

func TestLostStoreLetsNobodyIn(t *testing.T) {
	d := open(t)
	session := d.signIn(t, "zoe", password, home, nil)
	if err := errors.Join(d.store.Read.Close(), d.store.Write.Close()); err != nil {
		t.Fatal(err)
	}
	if p, err := d.OfSession(t.Context(), session.Token); err == nil || errors.Is(err, view.ErrNotSignedIn) {
		t.Errorf("the session is of %+v, %v", p, err)
	}
	if _, err := d.SignIn(t.Context(), "zoe", password, home); err == nil || errors.Is(err, view.ErrWrongPassword) {
		t.Errorf("the error is %v; it should not blame the password", err)
	}
}

func TestAllOfThisOnPostgreSQL(t *testing.T) { storetest.Again(t) }
