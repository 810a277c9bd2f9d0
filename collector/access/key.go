package access

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards/view"
)

// KeyPrefix is how every key begins: whoever finds one knows where it is from.
const KeyPrefix = "ecoparc_"

// ErrNoKey says that a person has no such key, or none that still works.
var ErrNoKey = errors.New("there is no key of this number that still works and is this person's")

// MaxKeyLife is how long a key may work.
const MaxKeyLife = 2 * 366 * 24 * time.Hour

// Key is a key with which a program asks as a person. Its text is shown once.
type Key struct {
	ID      int64
	Name    string
	Scopes  []Scope
	Created time.Time
	Expires time.Time
	Revoked time.Time // zero: not revoked
}

// State says in a word what a key is at a moment.
func (k Key) State(now time.Time) string {
	switch {
	case !k.Revoked.IsZero():
		return "revoked"
	case !now.Before(k.Expires):
		return "expired"
	}
	return "valid"
}

// AddKey makes a key of a person with some of its role's scopes, valid for a time.
// No scopes: those with which the role reads. The role decides at each use: a key
// never gives what its person has lost.
func (a *Access) AddKey(ctx context.Context, person, name string, some []Scope, valid time.Duration) (text string, k Key, err error) {
	now := a.clock()
	k = Key{Name: name, Scopes: some, Created: now, Expires: now.Add(valid)}
	switch {
	case CheckName(name) != nil:
		return "", k, fmt.Errorf("key name %q: 1 to 64 characters without spaces are expected", name)
	case valid <= 0 || valid > MaxKeyLife:
		return "", k, fmt.Errorf("a key of %g hours is asked for; more than 0 and at most %g (two years) are allowed", valid.Hours(), MaxKeyLife.Hours())
	}
	random := make([]byte, 32)
	rand.Read(random) // never fails
	text = KeyPrefix + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random))
	hash := sha256.Sum256([]byte(text)) // 256 random bits need no slow hash
	err = a.change(ctx, person, "user key add", "key "+name, func(tx *sql.Tx, p Person) error {
		of := p.Role.Scopes()
		if len(k.Scopes) == 0 {
			k.Scopes = slices.DeleteFunc(of, func(s Scope) bool { return !strings.HasPrefix(string(s), "read_") })
		}
		for _, s := range k.Scopes {
			if !slices.Contains(p.Role.Scopes(), s) {
				return fmt.Errorf("the role %s does not give the scope %q; allowed are %s", p.Role, s, strings.Join(names(p.Role.Scopes()), ", "))
			}
		}
		return tx.QueryRowContext(ctx, "INSERT INTO api_keys (person, name, sha256, scopes, created, expires) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
			p.ID, name, hash[:], strings.Join(names(k.Scopes), " "), now.Unix(), k.Expires.Unix()).Scan(&k.ID)
	})
	if err != nil {
		return "", k, fmt.Errorf("cannot add a key of user %q: %w", person, err)
	}
	return text, k, nil
}

// Keys lists the keys of a person, the latest first.
func (a *Access) Keys(ctx context.Context, person string) ([]Key, error) {
	return a.KeyPage(ctx, person, 0, 0)
}

// KeyPage lists the keys of a person, the latest first: those with numbers below before
// where that is not 0, and at most limit where that is not 0.
func (a *Access) KeyPage(ctx context.Context, person string, before int64, limit int) ([]Key, error) {
	p, err := a.User(ctx, person)
	if err != nil {
		return nil, fmt.Errorf("cannot list the keys of user %q: %w", person, err)
	}
	return store.All(ctx, a.store.Read, "list keys", "SELECT id, name, scopes, created, expires, coalesce(revoked, 0) FROM api_keys WHERE person = ? AND id < ? ORDER BY id DESC LIMIT ?",
		[]any{p.ID, cmp.Or(before, math.MaxInt64), cmp.Or(limit, math.MaxInt32)}, func(scan store.Scan, k *Key) error {
			var given string
			var created, expires, revoked int64
			err := scan(&k.ID, &k.Name, &given, &created, &expires, &revoked)
			k.Scopes, k.Created, k.Expires = scopesIn(given), time.Unix(created, 0).UTC(), time.Unix(expires, 0).UTC()
			if revoked != 0 {
				k.Revoked = time.Unix(revoked, 0).UTC()
			}
			return err
		})
}

// RevokeKey makes a key of a person useless from now on.
func (a *Access) RevokeKey(ctx context.Context, person string, id int64) error {
	err := a.change(ctx, person, "user key revoke", fmt.Sprint("key ", id), func(tx *sql.Tx, p Person) error {
		result, err := tx.ExecContext(ctx, "UPDATE api_keys SET revoked = ? WHERE id = ? AND person = ? AND revoked IS NULL", a.clock().Unix(), id, p.ID)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("key %d: %w", id, ErrNoKey))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("cannot revoke: %w", err)
	}
	return nil
}

// OfKey is whose key this is, with the key's scopes; view.ErrNotSignedIn when there
// is no such key, or it has expired or was revoked.
func (a *Access) OfKey(ctx context.Context, text string) (Person, error) {
	if !strings.HasPrefix(text, KeyPrefix) {
		return Person{}, view.ErrNotSignedIn
	}
	hash := sha256.Sum256([]byte(text))
	var id int64
	var given string
	err := a.store.Read.QueryRowContext(ctx, "SELECT person, scopes FROM api_keys WHERE sha256 = ? AND expires > ? AND revoked IS NULL", hash[:], a.clock().Unix()).Scan(&id, &given)
	if errors.Is(err, sql.ErrNoRows) {
		return Person{}, view.ErrNotSignedIn
	}
	if err != nil {
		return Person{}, store.Explain(fmt.Errorf("cannot look up key: %w", err))
	}
	p, err := a.person(ctx, "id = ?", id)
	p.Narrowed = scopesIn(given)
	return p, err
}

// scopesIn reads scopes as a key keeps them; never nil.
func scopesIn(text string) []Scope {
	some := []Scope{}
	for _, name := range strings.Fields(text) {
		some = append(some, Scope(name))
	}
	return some
}
