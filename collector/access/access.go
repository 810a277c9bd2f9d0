// Package access signs people in: local accounts with argon2id passwords, and
// sessions whose random tokens are kept as hashes only.
package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards/view"
)

// Roles lists the roles a person may have.
var Roles = []string{"administrator", "viewer"}

// SessionLength is how long a session stays open.
const SessionLength = 12 * time.Hour

// Sign-in is slowed down after some wrong passwords for a name or from an
// address.
const (
	freeTries  = 5
	tryEvery   = time.Minute
	maxTracked = 10_000
)

// Access implements view.Access.
type Access struct {
	store *store.Store
	clock func() time.Time

	mu    sync.Mutex
	tries map[string]tries
	slots chan struct{} // argon2id takes 64 MiB: only a few at once
}

type tries struct {
	wrong int
	last  time.Time
}

// Open returns the access of a store.
func Open(s *store.Store, clock func() time.Time) *Access {
	return &Access{store: s, clock: clock, tries: map[string]tries{}, slots: make(chan struct{}, 2)}
}

var _ view.Access = (*Access)(nil)

// MinPassword is the shortest password a person may have, in characters.
const MinPassword = 12

// AddUser adds a person, or gives a known one a new role and password. Open
// sessions of that person are closed.
func (a *Access) AddUser(ctx context.Context, name, role, password string) error {
	switch {
	case name == "" || len(name) > 64 || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' }):
		return fmt.Errorf("user name %q: 1 to 64 characters without spaces are expected", name)
	case !slices.Contains(Roles, role):
		return fmt.Errorf("role %q is not known; allowed are %s", role, strings.Join(Roles, ", "))
	case utf8.RuneCountInString(password) < MinPassword:
		return fmt.Errorf("the password has fewer than %d characters", MinPassword)
	}
	hash := hashPassword(password)
	err := store.InTx(ctx, a.store.Write, func(tx *sql.Tx) error {
		var id int64
		err := tx.QueryRowContext(ctx, `INSERT INTO users (name, role, password) VALUES (?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET role = excluded.role, password = excluded.password RETURNING id`, name, role, hash).Scan(&id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE user = ?", id); err != nil {
			return err
		}
		return audit.Write(ctx, tx, "user add", "user "+name, role)
	})
	if err != nil {
		return store.Explain(fmt.Errorf("cannot add user %q: %w", name, err))
	}
	return nil
}

// Empty tells whether there is no user yet.
func (a *Access) Empty(ctx context.Context) (bool, error) {
	var n int
	err := a.store.Read.QueryRowContext(ctx, "SELECT count(*) FROM users").Scan(&n)
	return n == 0, err
}

// NewPassword is a random password of 100 bits in groups that can be typed.
func NewPassword() string {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789x" // 32, none easily mistaken
	random := make([]byte, 20)
	rand.Read(random) // never fails
	var b strings.Builder
	for i, r := range random {
		if i > 0 && i%5 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(letters[r%32])
	}
	return b.String()
}

// SignIn checks a password and opens a session.
func (a *Access) SignIn(ctx context.Context, name, password, from string) (view.Session, error) {
	now, keys := a.clock(), []string{"name " + name, "from " + from}
	if a.blocked(now, keys...) {
		return view.Session{}, view.ErrTooManyTries
	}
	var id int64
	var hash string
	err := a.store.Read.QueryRowContext(ctx, "SELECT id, password FROM users WHERE name = ?", name).Scan(&id, &hash)
	unknown := errors.Is(err, sql.ErrNoRows)
	if err != nil && !unknown {
		return view.Session{}, fmt.Errorf("cannot look up user: %w", err)
	}
	// An unknown name takes as long as a wrong password.
	select {
	case a.slots <- struct{}{}:
	case <-ctx.Done():
		return view.Session{}, ctx.Err()
	}
	defer func() { <-a.slots }()
	if a.blocked(now, keys...) { // by those that were before it in the queue
		return view.Session{}, view.ErrTooManyTries
	}
	if right := checkPassword(hash, password); unknown || !right {
		a.countWrong(now, keys...)
		return view.Session{}, view.ErrWrongPassword
	}
	a.forget(keys...)
	return a.openSession(ctx, id, now)
}

func (a *Access) openSession(ctx context.Context, user int64, now time.Time) (view.Session, error) {
	token := rand.Text() + rand.Text()
	hash := sha256.Sum256([]byte(token))
	expires := now.Add(SessionLength)
	if _, err := a.store.Write.ExecContext(ctx, "INSERT INTO sessions (sha256, user, expires) VALUES (?, ?, ?)", hash[:], user, expires.Unix()); err != nil {
		return view.Session{}, store.Explain(fmt.Errorf("cannot open session: %w", err))
	}
	return view.Session{Token: token, Expires: expires}, nil
}

// User is whose session a token opens; false when it opens none.
func (a *Access) User(ctx context.Context, token string) (view.User, bool, error) {
	hash := sha256.Sum256([]byte(token))
	var u view.User
	err := a.store.Read.QueryRowContext(ctx, `SELECT name, role FROM sessions JOIN users ON users.id = user
		WHERE sha256 = ? AND expires > ?`, hash[:], a.clock().Unix()).Scan(&u.Name, &u.Role)
	if errors.Is(err, sql.ErrNoRows) {
		return view.User{}, false, nil
	}
	return u, err == nil, err
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

func (a *Access) blocked(now time.Time, keys ...string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.ContainsFunc(keys, func(key string) bool {
		t := a.tries[key]
		return t.wrong >= freeTries && now.Before(t.last.Add(tryEvery))
	})
}

func (a *Access) countWrong(now time.Time, keys ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.tries) > maxTracked {
		clear(a.tries) // bounded memory is worth more than a few free tries
	}
	for _, key := range keys {
		t := a.tries[key]
		a.tries[key] = tries{t.wrong + 1, now}
	}
}

func (a *Access) forget(keys ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, key := range keys {
		delete(a.tries, key)
	}
}

// The argon2id parameters of RFC 9106's second recommended option: 64 MiB.
const (
	argonTime     = 3
	argonMemoryKB = 64 * 1024
	argonThreads  = 4
	keyLength     = 32
)

func hashPassword(password string) string {
	salt := make([]byte, 16)
	rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemoryKB, argonThreads, keyLength)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemoryKB, argonTime, argonThreads, b64(salt), b64(key))
}

// checkPassword compares a password with an encoded hash. It spends the same
// time on an empty hash.
func checkPassword(encoded, password string) bool {
	var version int
	var memoryKB, passes uint32
	var threads uint8
	fields := strings.Split(encoded, "$")
	if len(fields) != 6 {
		argon2.IDKey([]byte(password), make([]byte, 16), argonTime, argonMemoryKB, argonThreads, keyLength)
		return false
	}
	_, errV := fmt.Sscanf(fields[2], "v=%d", &version)
	_, errP := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &memoryKB, &passes, &threads)
	salt, errS := base64.RawStdEncoding.DecodeString(fields[4])
	want, errK := base64.RawStdEncoding.DecodeString(fields[5])
	if errors.Join(errV, errP, errS, errK) != nil || version != argon2.Version {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, passes, memoryKB, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}
