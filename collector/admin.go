package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/equipment"
)

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a token with which devices of a site enrol."`
	List   tokenListCmd   `cmd:"" help:"List the tokens."`
	Revoke tokenRevokeCmd `cmd:"" help:"Make a token useless from now on."`
}

type tokenCreateCmd struct {
	Site       int64         `help:"Number of the site (collector site list)." required:""`
	Population string        `help:"Whose devices: individual, shared, teaching, administration, infrastructure." default:"shared"`
	Uses       int64         `help:"How many devices may enrol with it." default:"1"`
	Valid      time.Duration `help:"For how long." default:"7d"`
}

func (t *tokenCreateCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		text, id, err := registry.Open(s).CreateToken(ctx, t.Site, equipment.Population(t.Population), t.Uses, t.Valid, time.Now())
		if err != nil {
			return err
		}
		fmt.Printf("Token %d, valid until %s, devices that may enrol: %d; shown this once:\n\n  %s\n\n", id, time.Now().Add(t.Valid).Format(time.DateTime), t.Uses, text)
		fmt.Println("On each device: ecoparc-agent enrol --collector URL --token TOKEN")
		return nil
	})
}

type tokenListCmd struct {
	Site int64 `help:"Number of the site; without it, the tokens of all." placeholder:"N"`
}

func (t *tokenListCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		tokens, err := registry.Open(s).Tokens(ctx, t.Site, 0, 0)
		if err != nil {
			return err
		}
		rows := table("TOKEN", "SITE", "POPULATION", "USES", "EXPIRES", "STATE")
		for _, k := range tokens {
			rows.row(k.ID, k.SiteName, k.Population, fmt.Sprintf("%d of %d", k.Uses, k.MaxUses), k.Expires.Local().Format(time.DateTime), k.State(time.Now()))
		}
		return rows.Flush()
	})
}

type tokenRevokeCmd struct {
	Token int64 `arg:"" help:"Number of the token."`
}

func (t *tokenRevokeCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		if err := registry.Open(s).RevokeToken(ctx, t.Token, time.Now()); err != nil {
			return err
		}
		fmt.Printf("Token %d is revoked; devices that enrolled with it stay.\n", t.Token)
		return nil
	})
}

// columns is a table on standard output.
type columns struct{ *tabwriter.Writer }

func table(header ...any) columns {
	t := columns{tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)}
	t.row(header...)
	return t
}

func (t columns) row(cells ...any) {
	for i, cell := range cells {
		if i > 0 {
			fmt.Fprint(t, "\t")
		}
		fmt.Fprint(t, cell)
	}
	fmt.Fprintln(t)
}
