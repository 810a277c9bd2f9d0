package access

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards/view"
)

// ErrNoUser says that there is no such person.
var ErrNoUser = errors.New("there is no such user; `collector user list` lists them")

// maxReach is how many organisations and sites a person may be given one by one.
const maxReach = 1000

// Grant is what a person is given.
type Grant struct {
	Role  Role
	Reach reach.Reach
}

// Check says what is wrong with a grant.
func (g Grant) Check() error {
	some := len(g.Reach.Organisations) + len(g.Reach.Sites)
	switch {
	case !slices.Contains(Roles(), g.Role):
		return fmt.Errorf("role %q is not known; allowed are %s", g.Role, RoleNames())
	case !g.Reach.Everything && some == 0:
		return fmt.Errorf("the role %s reaches nothing; give organisations, sites, or everything", g.Role)
	case g.Reach.Everything && some > 0:
		return errors.New("whoever reaches everything is given no organisations and sites beside it")
	case some > maxReach:
		return fmt.Errorf("%d organisations and sites are given one by one; at most %d are allowed", some, maxReach)
	}
	return nil
}

// String is the grant for the audit log.
func (g Grant) String() string {
	if g.Reach.Everything {
		return fmt.Sprintf("%s of everything", g.Role)
	}
	var within []string
	if len(g.Reach.Organisations) > 0 {
		within = append(within, "organisations "+strings.Trim(fmt.Sprint(g.Reach.Organisations), "[]"))
	}
	if len(g.Reach.Sites) > 0 {
		within = append(within, "sites "+strings.Trim(fmt.Sprint(g.Reach.Sites), "[]"))
	}
	return fmt.Sprintf("%s of %s", g.Role, strings.Join(within, " and "))
}

// AddUser adds a person, or gives a known one a new role, reach and password. Open
// sessions of that person are closed.
func (a *Access) AddUser(ctx context.Context, name string, g Grant, password string) error {
	if err := errors.Join(CheckName(name), g.Check(), checkNew(password)); err != nil {
		return err
	}
	hash := hashPassword(password)
	err := store.InTx(ctx, a.store.Write, func(tx *sql.Tx) error {
		var id int64
		err := tx.QueryRowContext(ctx, `INSERT INTO users (name, role, password) VALUES (?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET password = excluded.password WHERE users.issuer IS NULL RETURNING id`, name, string(g.Role), hash).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return errors.New("a person of this name signs in at the provider; the roles there decide")
		}
		if err != nil {
			return err
		}
		if err := give(ctx, tx, id, g); err != nil {
			return err
		}
		return audit.Write(ctx, tx, "user add", "user "+name, g.String())
	})
	if err != nil {
		return store.Explain(fmt.Errorf("cannot add user %q: %w", name, err))
	}
	return nil
}

// CheckName says what is wrong with the name of a person or a key.
func CheckName(name string) error {
	if name == "" || len(name) > 64 || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' }) {
		return fmt.Errorf("user name %q: 1 to 64 characters without spaces are expected", name)
	}
	return nil
}

func checkNew(password string) error {
	if utf8.RuneCountInString(password) < MinPassword {
		return fmt.Errorf("the password has fewer than %d characters", MinPassword)
	}
	return nil
}

// give sets a person's role and reach, and closes the sessions that were opened with
// others.
func give(ctx context.Context, tx *sql.Tx, person int64, g Grant) error {
	everything := 0
	if g.Reach.Everything {
		everything = 1
	}
	if _, err := tx.ExecContext(ctx, "UPDATE users SET role = ?, everything = ? WHERE id = ?", string(g.Role), everything, person); err != nil {
		return err
	}
	for _, query := range []string{"DELETE FROM user_reach WHERE person = ?", "DELETE FROM sessions WHERE person = ?"} {
		if _, err := tx.ExecContext(ctx, query, person); err != nil {
			return err
		}
	}
	for column, ids := range map[string][]int64{"organisation": g.Reach.Organisations, "site": g.Reach.Sites} {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, "INSERT INTO user_reach (person, "+column+") VALUES (?, ?)", person, id); err != nil {
				return fmt.Errorf("%s %d: %w", column, id, err)
			}
		}
	}
	return nil
}

// SetGrant gives a person another role and reach, and closes the sessions. Those of a
// person who signs in at a provider are decided there.
func (a *Access) SetGrant(ctx context.Context, name string, g Grant) error {
	if err := g.Check(); err != nil {
		return err
	}
	err := a.change(ctx, name, "user role", g.String(), func(tx *sql.Tx, p Person) error {
		if p.Provider != "" {
			return fmt.Errorf("this person signs in at %s; the roles there decide", p.Provider)
		}
		return give(ctx, tx, p.ID, g)
	})
	if err != nil {
		return fmt.Errorf("cannot change the role of user %q: %w", name, err)
	}
	return nil
}

// SetPassword gives a person with a local account another password, and closes the
// sessions that were opened with the old one.
func (a *Access) SetPassword(ctx context.Context, name, password string) error {
	if err := checkNew(password); err != nil {
		return err
	}
	hash := hashPassword(password)
	err := a.change(ctx, name, "user password", "", func(tx *sql.Tx, p Person) error {
		if p.Provider != "" {
			return fmt.Errorf("this person signs in at %s and has no password here", p.Provider)
		}
		if _, err := tx.ExecContext(ctx, "UPDATE users SET password = ? WHERE id = ?", hash, p.ID); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE person = ?", p.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("cannot set the password of user %q: %w", name, err)
	}
	return nil
}

// RemoveUser removes a person with the sessions and keys. What the audit log says of
// the person stays.
func (a *Access) RemoveUser(ctx context.Context, name string) error {
	err := a.change(ctx, name, "user remove", "", func(tx *sql.Tx, p Person) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM users WHERE id = ?", p.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("cannot remove user %q: %w", name, err)
	}
	return nil
}

// change does something to a person in a transaction, with its line in the audit log.
func (a *Access) change(ctx context.Context, name, what, details string, work func(*sql.Tx, Person) error) error {
	return store.Explain(store.InTx(ctx, a.store.Write, func(tx *sql.Tx) error {
		var p Person
		err := p.scan(tx.QueryRowContext(ctx, "SELECT "+personColumns+" FROM users WHERE name = ?", name).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNoUser
		}
		if err != nil {
			return err
		}
		if err := work(tx, p); err != nil {
			return err
		}
		return audit.Write(ctx, tx, what, "user "+name, details)
	}))
}

// Users lists all people by their names.
func (a *Access) Users(ctx context.Context) ([]Person, error) {
	return a.people(ctx, "1 = 1 ORDER BY name")
}

// UserFilter picks people. A zero does not filter.
type UserFilter struct {
	Find  string // part of the name, in any case
	After int64  // behind this person, by its number: to go on where a list ended
	Limit int
}

// UserPage lists the people that a filter picks, by their names.
func (a *Access) UserPage(ctx context.Context, f UserFilter) ([]Person, error) {
	find := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(f.Find)
	return a.people(ctx, `lower(name) LIKE lower(?) ESCAPE '\' AND name > coalesce((SELECT name FROM users WHERE id = ?), '') ORDER BY name LIMIT ?`,
		"%"+find+"%", f.After, cmp.Or(f.Limit, math.MaxInt32))
}

// User finds a person.
func (a *Access) User(ctx context.Context, name string) (Person, error) {
	p, err := a.person(ctx, "name = ?", name)
	if errors.Is(err, view.ErrNotSignedIn) {
		err = ErrNoUser
	}
	return p, err
}

// people are those that a condition in SQL picks.
func (a *Access) people(ctx context.Context, condition string, args ...any) ([]Person, error) {
	all, err := store.All(ctx, a.store.Read, "list users", "SELECT "+personColumns+" FROM users WHERE "+condition, args, func(scan store.Scan, p *Person) error {
		return p.scan(scan)
	})
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Reach.Everything {
			continue
		}
		if err := a.addReach(ctx, &all[i]); err != nil {
			return nil, fmt.Errorf("cannot list users: %w", err)
		}
	}
	return all, nil
}

// Empty tells whether there is no user yet.
func (a *Access) Empty(ctx context.Context) (bool, error) {
	var n int
	err := a.store.Read.QueryRowContext(ctx, "SELECT count(*) FROM users").Scan(&n)
	return n == 0, err
}
