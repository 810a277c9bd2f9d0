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
	Valid      time.Duration `help:"For how long." default:"168h"`
}

func (t *tokenCreateCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		text, id, err := registry.Open(s).CreateToken(ctx, t.Site, equipment.Population(t.Population), t.Uses, t.Valid, time.Now())
		if err != nil {
			return err
		}
		fmt.Printf("Token %d, valid until %s, devices that may enrol: %d; shown this once:\n\n  %s\n\n", id, time.Now().Add(t.Valid).Format(time.DateTime), t.Uses, text)
		fmt.Println("On each device: agent enrol --collector URL --token TOKEN")
		return nil
	})
}

type tokenListCmd struct{}

func (*tokenListCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		tokens, err := registry.Open(s).Tokens(ctx)
		if err != nil {
			return err
		}
		t := table("TOKEN", "SITE", "POPULATION", "USES", "EXPIRES", "STATE")
		for _, k := range tokens {
			t.row(k.ID, k.Site, k.Population, fmt.Sprintf("%d of %d", k.Uses, k.MaxUses), k.Expires.Local().Format(time.DateTime), k.State(time.Now()))
		}
		return t.Flush()
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

type siteCmd struct {
	Add    siteAddCmd    `cmd:"" help:"Add a site, or change one of the same name."`
	List   siteListCmd   `cmd:"" help:"List the sites."`
	Import siteImportCmd `cmd:"" help:"Add sites from a CSV file: uai, name, kind, zone, pupils."`
}

type siteAddCmd struct {
	Organisation string `help:"Council or other owner; made when it is new." required:""`
	Name         string `arg:"" help:"Name of the site."`
	Kind         string `help:"college, lycee or other." default:"other"`
	UAI          string `name:"uai" help:"Number of the establishment, as 0750001U."`
	Zone         string `help:"Zone of the school holidays: A, B or C."`
	Pupils       int64  `help:"Number of pupils."`
}

func (a *siteAddCmd) Run(ctx context.Context, c *cli) error {
	site := registry.Site{Name: a.Name, Kind: a.Kind, UAI: a.UAI, Zone: a.Zone, Pupils: a.Pupils}
	return addSites(ctx, c, a.Organisation, []registry.Site{site})
}

func addSites(ctx context.Context, c *cli, organisation string, sites []registry.Site) error {
	return c.withStore(ctx, func(s *store.Store) error {
		r := registry.Open(s)
		for _, site := range sites { // before the organisation is made
			if err := site.Check(); err != nil {
				return fmt.Errorf("site %q: %w", site.Name, err)
			}
		}
		owner, err := r.AddOrganisation(ctx, organisation, false)
		if err != nil {
			return err
		}
		added, err := r.AddSites(ctx, owner.ID, sites)
		if err != nil {
			return err
		}
		for _, site := range added {
			fmt.Printf("Site %d: %s\n", site.ID, site.Name)
		}
		return nil
	})
}

type siteListCmd struct{}

func (*siteListCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		sites, err := registry.Open(s).Sites(ctx, 0)
		if err != nil {
			return err
		}
		t := table("SITE", "NAME", "KIND", "UAI", "ZONE", "PUPILS")
		for _, site := range sites {
			t.row(site.ID, site.Name, site.Kind, site.UAI, site.Zone, site.Pupils)
		}
		return t.Flush()
	})
}

type siteImportCmd struct {
	Organisation string `help:"Council or other owner; made when it is new." required:""`
	File         string `arg:"" help:"CSV file with a header." type:"existingfile"`
}

func (i *siteImportCmd) Run(ctx context.Context, c *cli) error {
	f, err := os.Open(i.File)
	if err != nil {
		return err
	}
	defer f.Close()
	sites, err := registry.ReadSites(f)
	if err != nil {
		return fmt.Errorf("%s: nothing is imported:\n%w", i.File, err)
	}
	return addSites(ctx, c, i.Organisation, sites)
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
