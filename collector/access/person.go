package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards/view"
)

// Person is who acts: a name, a role, and how far it reaches.
type Person struct {
	ID    int64
	Name  string
	Role  Role
	Reach reach.Reach
	// Provider is the issuer of single sign-on that the person comes from; empty for
	// a local account.
	Provider string
	// Narrowed are the scopes of the key that the person came with; nil: all of the
	// role's.
	Narrowed []Scope
}

// May tells whether the person has a scope. Whoever has signed in has SignedIn, and
// what anybody has.
func (p Person) May(s Scope) bool {
	if s == Public || s == SignedIn {
		return true
	}
	return slices.Contains(p.Role.Scopes(), s) && (p.Narrowed == nil || slices.Contains(p.Narrowed, s))
}

// Sees is the person's reach as the scopes leave it: without ReadDevices, sums only.
func (p Person) Sees() reach.Reach {
	r := p.Reach
	r.SumsOnly = !p.May(ReadDevices)
	return r
}

const personColumns = "id, name, role, everything, coalesce(issuer, '')"

func (p *Person) scan(scan func(...any) error) error {
	return scan(&p.ID, &p.Name, &p.Role, &p.Reach.Everything, &p.Provider)
}

// person finds the one that a condition in SQL picks; view.ErrNotSignedIn when it
// picks none.
func (a *Access) person(ctx context.Context, condition string, args ...any) (Person, error) {
	var p Person
	err := p.scan(a.store.Read.QueryRowContext(ctx, "SELECT "+personColumns+" FROM users WHERE "+condition, args...).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Person{}, view.ErrNotSignedIn
	}
	if err == nil && !p.Reach.Everything {
		err = a.addReach(ctx, &p)
	}
	if err != nil {
		return Person{}, fmt.Errorf("cannot look up user: %w", err)
	}
	return p, nil
}

func (a *Access) addReach(ctx context.Context, p *Person) error {
	return store.Each(ctx, a.store.Read, "read what a person reaches", "SELECT organisation, site FROM user_reach WHERE person = ? ORDER BY organisation, site", []any{p.ID}, func(scan store.Scan) error {
		var organisation, site sql.NullInt64
		err := scan(&organisation, &site)
		switch {
		case err != nil:
			return err
		case organisation.Valid:
			p.Reach.Organisations = append(p.Reach.Organisations, organisation.Int64)
		default:
			p.Reach.Sites = append(p.Reach.Sites, site.Int64)
		}
		return nil
	})
}
