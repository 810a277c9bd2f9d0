package access

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards/view"
)

// Stranger is somebody whom a provider of single sign-on vouches for. The issuer and
// the subject are the account; the name is how the person is called here.
type Stranger struct{ Issuer, Subject, Name string }

// SignInFrom opens a session of a stranger, with what the provider gives now. Other
// sessions, opened with a role or reach that has changed, are closed.
func (a *Access) SignInFrom(ctx context.Context, s Stranger, g Grant) (view.Session, error) {
	if err := g.Check(); err != nil {
		return view.Session{}, err
	}
	ctx = audit.As(ctx, "provider "+s.Issuer, a.clock())
	before, err := a.person(ctx, "issuer = ? AND subject = ?", s.Issuer, s.Subject)
	unknown := errors.Is(err, view.ErrNotSignedIn)
	if err != nil && !unknown {
		return view.Session{}, err
	}
	var session view.Session
	err = store.InTx(ctx, a.store.Write, func(tx *sql.Tx) error {
		id, name, what := before.ID, before.Name, "user role"
		if unknown {
			what = "user add"
			if name, err = freeName(ctx, tx, s); err != nil {
				return err
			}
			err := tx.QueryRowContext(ctx, "INSERT INTO users (name, role, issuer, subject) VALUES (?, ?, ?, ?) RETURNING id", name, string(g.Role), s.Issuer, s.Subject).Scan(&id)
			if err != nil {
				return err
			}
		}
		if unknown || !before.has(g) {
			if err := give(ctx, tx, id, g); err != nil {
				return err
			}
			if err := audit.Write(ctx, tx, what, "user "+name, g.String()); err != nil {
				return err
			}
		}
		session, err = a.openSession(ctx, tx, id)
		return err
	})
	if err != nil {
		return view.Session{}, store.Explain(fmt.Errorf("cannot sign in from %s: %w", s.Issuer, err))
	}
	return session, nil
}

// has tells whether the person has been given just this.
func (p Person) has(g Grant) bool {
	same := func(a, b []int64) bool {
		return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
	}
	return p.Role == g.Role && p.Reach.Everything == g.Reach.Everything && same(p.Reach.Organisations, g.Reach.Organisations) && same(p.Reach.Sites, g.Reach.Sites)
}

// freeName is the stranger's name here. Where another has it already, or it makes no
// name, it ends in a mark of the account: nobody takes another's place in the audit
// log.
func freeName(ctx context.Context, tx *sql.Tx, s Stranger) (string, error) {
	mark := fmt.Sprintf("%x", sha256.Sum256([]byte(s.Issuer+"\n"+s.Subject)))[:12]
	if CheckName(s.Name) != nil {
		return "person~" + mark, nil
	}
	var taken int
	err := tx.QueryRowContext(ctx, "SELECT count(*) FROM users WHERE name = ?", s.Name).Scan(&taken)
	if taken > 0 {
		return strings.ToValidUTF8(s.Name[:min(len(s.Name), 48)], "") + "~" + mark, err
	}
	return s.Name, err
}

// Forget removes a stranger's account, with its sessions and keys, where there is one.
func (a *Access) Forget(ctx context.Context, s Stranger) error {
	ctx = audit.As(ctx, "provider "+s.Issuer, a.clock())
	p, err := a.person(ctx, "issuer = ? AND subject = ?", s.Issuer, s.Subject)
	if errors.Is(err, view.ErrNotSignedIn) {
		return nil
	}
	if err != nil {
		return err
	}
	return a.RemoveUser(ctx, p.Name)
}
