// Package access knows who may do what: people with a role and a reach, who sign in
// with an argon2id password or at a provider of single sign-on, and open sessions or
// carry keys. Of sessions and keys, hashes only are kept.
package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards/view"
)

// SessionLength is how long a session stays open.
const SessionLength = 12 * time.Hour

// MaxSessions is how many sessions a person may have open; one more closes the
// oldest.
const MaxSessions = 10

// Access implements view.Access.
type Access struct {
	store   *store.Store
	clock   func() time.Time
	guesses guesses
	slots   chan struct{} // argon2id takes 64 MiB: only a few at once

	noPasswords bool
}

// Open returns the access of a store.
func Open(s *store.Store, clock func() time.Time) *Access {
	return &Access{store: s, clock: clock, guesses: guesses{of: map[string]wrong{}}, slots: make(chan struct{}, 2)}
}

// RefusePasswords lets nobody sign in by a password from now on: people sign in at the
// provider. It is called before anybody does.
func (a *Access) RefusePasswords() { a.noPasswords = true }

var _ view.Access = (*Access)(nil)

// SignIn checks a password and opens a session.
func (a *Access) SignIn(ctx context.Context, name, password, from string) (view.Session, error) {
	id, err := a.checkPassword(ctx, name, password, from)
	if err != nil {
		return view.Session{}, err
	}
	var session view.Session
	err = store.InTx(ctx, a.store.Write, func(tx *sql.Tx) error {
		session, err = a.openSession(ctx, tx, id)
		return err
	})
	if err != nil {
		return view.Session{}, store.Explain(fmt.Errorf("cannot open session: %w", err))
	}
	return session, nil
}

// checkPassword finds the person with a name and password.
func (a *Access) checkPassword(ctx context.Context, name, password, from string) (id int64, err error) {
	if a.noPasswords {
		return 0, view.ErrNoPasswords
	}
	now, keys := a.clock(), []string{"name " + name, "from " + from}
	if a.guesses.blocked(now, keys...) {
		return 0, view.ErrTooManyTries
	}
	var hash string
	err = a.store.Read.QueryRowContext(ctx, "SELECT id, password FROM users WHERE name = ?", name).Scan(&id, &hash)
	unknown := errors.Is(err, sql.ErrNoRows)
	if err != nil && !unknown {
		return 0, fmt.Errorf("cannot look up user: %w", err)
	}
	// An unknown name takes as long as a wrong password.
	select {
	case a.slots <- struct{}{}:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	defer func() { <-a.slots }()
	if a.guesses.blocked(now, keys...) { // by those that were before it in the queue
		return 0, view.ErrTooManyTries
	}
	if right := checkPassword(hash, password); unknown || !right {
		a.guesses.countWrong(now, keys...)
		return 0, view.ErrWrongPassword
	}
	a.guesses.forget(keys...)
	return id, nil
}

func (a *Access) openSession(ctx context.Context, tx *sql.Tx, person int64) (view.Session, error) {
	token := rand.Text() + rand.Text()
	hash := sha256.Sum256([]byte(token))
	expires := a.clock().Add(SessionLength)
	_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE person = ? AND sha256 NOT IN
		(SELECT sha256 FROM sessions WHERE person = ? ORDER BY expires DESC LIMIT ?)`, person, person, MaxSessions-1)
	if err != nil {
		return view.Session{}, err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO sessions (sha256, person, expires) VALUES (?, ?, ?)", hash[:], person, expires.Unix())
	return view.Session{Token: token, Expires: expires}, err
}

// OfSession is whose session a token opens; view.ErrNotSignedIn when it opens none.
func (a *Access) OfSession(ctx context.Context, token string) (Person, error) {
	hash := sha256.Sum256([]byte(token))
	return a.person(ctx, "id = (SELECT person FROM sessions WHERE sha256 = ? AND expires > ?)", hash[:], a.clock().Unix())
}

// OfPassword is whose name and password these are. from is the client's address.
func (a *Access) OfPassword(ctx context.Context, name, password, from string) (Person, error) {
	id, err := a.checkPassword(ctx, name, password, from)
	if err != nil {
		return Person{}, err
	}
	return a.person(ctx, "id = ?", id)
}

// SignOut closes a session.
func (a *Access) SignOut(ctx context.Context, token string) error {
	hash := sha256.Sum256([]byte(token))
	_, err := a.store.Write.ExecContext(ctx, "DELETE FROM sessions WHERE sha256 = ?", hash[:])
	return err
}

// Purge deletes the sessions that have ended.
func (a *Access) Purge(ctx context.Context) error {
	_, err := a.store.Write.ExecContext(ctx, "DELETE FROM sessions WHERE expires <= ?", a.clock().Unix())
	return err
}
