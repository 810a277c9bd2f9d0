package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
)

type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Add a person, or give one a new role, reach and password."`
	List     userListCmd     `cmd:"" help:"List the people with their roles and reach."`
	Remove   userRemoveCmd   `cmd:"" help:"Remove a person, with the keys."`
	Password userPasswordCmd `cmd:"" help:"Give a person another password."`
	Key      userKeyCmd      `cmd:"" help:"Keys with which programs read the API as a person."`
	Roles    userRolesCmd    `cmd:"" help:"Print what each role may do."`
}

// newPassword is how a person gets a password.
type newPassword struct {
	Password bool `help:"Read the password from standard input; otherwise a random one is made and printed."`
}

func (n newPassword) read() (string, error) {
	if !n.Password {
		return access.NewPassword(), nil
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	password := strings.TrimRight(line, "\r\n")
	if password == "" {
		return "", errors.Join(errors.New("no password on standard input"), err)
	}
	return password, nil
}

func (n newPassword) tell(password string) {
	if !n.Password {
		fmt.Printf("Password, shown this once: %s\n", password)
	}
}

type userAddCmd struct {
	Name         string   `arg:"" help:"Name to sign in with."`
	Role         string   `help:"${roles}." required:""`
	Everything   bool     `help:"Reach everything; an administrator does anyway, unless organisations or sites are given."`
	Organisation []string `help:"Reach an organisation, by its name or number; can be repeated." sep:"none"`
	Site         []string `help:"Reach a site, by its UAI or number; can be repeated."`
	newPassword
}

func (u *userAddCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		g := access.Grant{Role: access.Role(u.Role)}
		var err error
		if g.Reach, err = registry.Open(s).Reach(ctx, u.Organisation, u.Site); err != nil {
			return err
		}
		g.Reach.Everything = u.Everything || g.Role == access.Administrator && u.Organisation == nil && u.Site == nil
		if err := g.Check(); err != nil {
			return err
		}
		password, err := u.read()
		if err != nil {
			return err
		}
		if err := access.Open(s, time.Now).AddUser(ctx, u.Name, g, password); err != nil {
			return err
		}
		fmt.Printf("User %s, %s.\n", u.Name, g)
		u.tell(password)
		return nil
	})
}

type userListCmd struct{}

func (*userListCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		people, err := access.Open(s, time.Now).Users(ctx)
		if err != nil {
			return err
		}
		t := table("USER", "ROLE", "ORGANISATIONS", "SITES", "SIGNS IN")
		for _, p := range people {
			organisations, sites, provider := "all", "all", p.Provider
			if !p.Reach.Everything {
				organisations, sites = numbers(p.Reach.Organisations), numbers(p.Reach.Sites)
			}
			if provider == "" {
				provider = "here"
			}
			t.row(p.Name, p.Role, organisations, sites, provider)
		}
		return t.Flush()
	})
}

func numbers(ids []int64) string {
	if len(ids) == 0 {
		return "-"
	}
	return strings.Trim(fmt.Sprint(ids), "[]")
}

type userRemoveCmd struct {
	Name string `arg:"" help:"Name of the person."`
}

func (u *userRemoveCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		if err := access.Open(s, time.Now).RemoveUser(ctx, u.Name); err != nil {
			return err
		}
		fmt.Printf("User %s is removed; the audit log keeps what the person did.\n", u.Name)
		return nil
	})
}

type userPasswordCmd struct {
	Name string `arg:"" help:"Name of the person."`
	newPassword
}

func (u *userPasswordCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		password, err := u.read()
		if err != nil {
			return err
		}
		if err := access.Open(s, time.Now).SetPassword(ctx, u.Name, password); err != nil {
			return err
		}
		fmt.Printf("User %s has another password; sessions are closed.\n", u.Name)
		u.tell(password)
		return nil
	})
}

type userRolesCmd struct{}

func (*userRolesCmd) Run() error {
	fmt.Print(access.Table())
	return nil
}

type userKeyCmd struct {
	Add    userKeyAddCmd    `cmd:"" help:"Make a key; it is shown once."`
	List   userKeyListCmd   `cmd:"" help:"List the keys of a person."`
	Revoke userKeyRevokeCmd `cmd:"" help:"Make a key useless from now on."`
}

type userKeyAddCmd struct {
	User  string        `arg:"" help:"Name of the person."`
	Name  string        `arg:"" help:"Name of the key: what it is for."`
	Scope []string      `help:"A scope of the person's role (collector user roles); can be repeated. Without any, those with which the role reads."`
	Valid time.Duration `help:"For how long." default:"90d"`
}

func (k *userKeyAddCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		var scopes []access.Scope
		for _, name := range k.Scope {
			scopes = append(scopes, access.Scope(name))
		}
		text, key, err := access.Open(s, time.Now).AddKey(ctx, k.User, k.Name, scopes, k.Valid)
		if err != nil {
			return err
		}
		fmt.Printf("Key %d of %s, valid until %s, for %s; shown this once:\n\n  %s\n\n", key.ID, k.User, key.Expires.Local().Format(time.DateTime), scopeList(key.Scopes), text)
		fmt.Println("A program sends it as the header Authorization: Bearer KEY")
		return nil
	})
}

func scopeList(scopes []access.Scope) string { return strings.Trim(fmt.Sprint(scopes), "[]") }

type userKeyListCmd struct {
	User string `arg:"" help:"Name of the person."`
}

func (k *userKeyListCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		keys, err := access.Open(s, time.Now).Keys(ctx, k.User)
		if err != nil {
			return err
		}
		t := table("KEY", "NAME", "SCOPES", "EXPIRES", "STATE")
		for _, key := range keys {
			t.row(key.ID, key.Name, scopeList(key.Scopes), key.Expires.Local().Format(time.DateTime), key.State(time.Now()))
		}
		return t.Flush()
	})
}

type userKeyRevokeCmd struct {
	User string `arg:"" help:"Name of the person."`
	Key  int64  `arg:"" help:"Number of the key (collector user key list)."`
}

func (k *userKeyRevokeCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		if err := access.Open(s, time.Now).RevokeKey(ctx, k.User, k.Key); err != nil {
			return err
		}
		fmt.Printf("Key %d is revoked.\n", k.Key)
		return nil
	})
}
