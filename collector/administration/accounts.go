package administration

import (
	"context"
	"errors"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
)

func accountOf(p access.Person) view.Account {
	return view.Account{ID: p.ID, Name: p.Name, Provider: p.Provider, AccountGrant: view.AccountGrant{
		Role: string(p.Role), Everything: p.Reach.Everything, Organisations: named(p.Reach.Organisations), Sites: named(p.Reach.Sites),
	}}
}

// Accounts lists people.
func (d Desk) Accounts(ctx context.Context, find string, after int64) (accounts []view.Account, next int64, err error) {
	all, err := d.Access.UserPage(ctx, access.UserFilter{Find: find, After: after, Limit: pageLength + 1})
	accounts, next = cut(all, pageLength, func(p access.Person) int64 { return p.ID }, accountOf)
	return accounts, next, err
}

// Account is a person with what it reaches.
func (d Desk) Account(ctx context.Context, name string) (view.Account, error) {
	p, err := d.Access.User(ctx, name)
	if err != nil {
		return view.Account{}, told(err)
	}
	a := accountOf(p)
	for _, id := range p.Reach.Organisations {
		o, err := d.Owner(ctx, id)
		if err != nil {
			return a, err
		}
		a.Owners = append(a.Owners, o)
	}
	for _, id := range p.Reach.Sites {
		s, err := d.Place(ctx, id)
		if err != nil {
			return a, err
		}
		a.Places = append(a.Places, s)
	}
	return a, nil
}

// grant is what a person is given, with what is named looked up.
func (d Desk) grant(ctx context.Context, g view.AccountGrant) (access.Grant, error) {
	given := access.Grant{Role: access.Role(g.Role)}
	for field, of := range map[string][2][]string{"organisations": {g.Organisations, nil}, "sites": {nil, g.Sites}} {
		within, err := d.Registry.Reach(ctx, of[0], of[1])
		if errors.Is(err, registry.ErrNotFound) {
			return given, view.Refuse(field, err.Error())
		}
		if err != nil {
			return given, err
		}
		given.Reach.Organisations = append(given.Reach.Organisations, within.Organisations...)
		given.Reach.Sites = append(given.Reach.Sites, within.Sites...)
	}
	given.Reach.Everything = g.Everything
	return given, nil
}

// AddAccount adds a person.
func (d Desk) AddAccount(ctx context.Context, name string, g view.AccountGrant) (string, error) {
	given, err := d.grant(ctx, g)
	if err != nil {
		return "", err
	}
	password, err := d.AddUser(ctx, name, given)
	return password, told(err)
}

// GrantAccount gives a person another role and reach.
func (d Desk) GrantAccount(ctx context.Context, name string, g view.AccountGrant) error {
	given, err := d.grant(ctx, g)
	if err != nil {
		return err
	}
	return told(d.SetGrant(ctx, name, given))
}

// NewPassword gives a person another password.
func (d Desk) NewPassword(ctx context.Context, name string) (string, error) {
	password, err := d.Acts.NewPassword(ctx, name)
	return password, told(err)
}

// RemoveAccount removes a person.
func (d Desk) RemoveAccount(ctx context.Context, name string) error {
	return told(d.RemoveUser(ctx, name))
}

// Roles are the roles with their scopes.
func (d Desk) Roles() []view.AccountRole {
	var all []view.AccountRole
	for _, role := range access.Roles() {
		r := view.AccountRole{Name: string(role)}
		for _, s := range role.Scopes() {
			r.Scopes = append(r.Scopes, string(s))
		}
		all = append(all, r)
	}
	return all
}

// Keys lists the keys of a person.
func (d Desk) Keys(ctx context.Context, person string, after int64) (keys []view.APIKey, next int64, err error) {
	all, err := d.Access.KeyPage(ctx, person, after, pageLength+1)
	keys, next = cut(all, pageLength, func(k access.Key) int64 { return k.ID }, func(k access.Key) view.APIKey {
		v := view.APIKey{ID: k.ID, Name: k.Name, Created: k.Created, Expires: k.Expires, State: k.State(d.Clock())}
		for _, s := range k.Scopes {
			v.Scopes = append(v.Scopes, string(s))
		}
		return v
	})
	return keys, next, told(err)
}

// AddKey makes a key of a person.
func (d Desk) AddKey(ctx context.Context, person, name string, scopes []string, validDays int64) (string, error) {
	var some []access.Scope
	for _, s := range scopes {
		some = append(some, access.Scope(s))
	}
	text, _, err := d.Acts.AddKey(ctx, person, name, some, validDays)
	return text, told(err)
}

// RevokeKey makes a key useless.
func (d Desk) RevokeKey(ctx context.Context, person string, id int64) error {
	return told(d.Access.RevokeKey(ctx, person, id))
}
