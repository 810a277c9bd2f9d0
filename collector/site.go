package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
)

type organisationCmd struct {
	Add  organisationAddCmd  `cmd:"" help:"Add an organisation."`
	List organisationListCmd `cmd:"" help:"List the organisations."`
	Edit organisationEditCmd `cmd:"" help:"Give an organisation another name or kind."`
}

type organisationAddCmd struct {
	Name string `arg:"" help:"Name of the council or other owner of schools."`
	Kind string `help:"region, departement, establishment or other."`
}

func (a *organisationAddCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		o, err := registry.Open(s).CreateOrganisation(ctx, a.Name, a.Kind)
		if err == nil {
			fmt.Printf("Organisation %d: %s\n", o.ID, o.Name)
		}
		return err
	})
}

type organisationListCmd struct{}

func (*organisationListCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		all, sites, devices, err := registry.Open(s).Organisations(ctx)
		if err != nil {
			return err
		}
		t := table("ORGANISATION", "NAME", "KIND", "SITES", "DEVICES")
		for _, o := range all {
			kind := o.Kind
			if o.Simulated {
				kind = "simulated"
			}
			t.row(o.ID, o.Name, kind, sites[o.ID], devices[o.ID])
		}
		return t.Flush()
	})
}

type organisationEditCmd struct {
	Organisation int64   `arg:"" help:"Number of the organisation (collector organisation list)."`
	Name         *string `help:"New name."`
	Kind         *string `help:"region, departement, establishment, other, or empty for not known."`
}

func (e *organisationEditCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		o, err := registry.Open(s).EditOrganisation(ctx, e.Organisation, registry.OrganisationEdit{Name: e.Name, Kind: e.Kind})
		if err == nil {
			fmt.Printf("Organisation %d: %s %s\n", o.ID, o.Name, o.Kind)
		}
		return err
	})
}

type siteCmd struct {
	Add    siteAddCmd    `cmd:"" help:"Add a site, or change one of the same name."`
	List   siteListCmd   `cmd:"" help:"List the sites."`
	Edit   siteEditCmd   `cmd:"" help:"Change what is known of a site: its name, UAI, zone, pupils, position."`
	Close  siteCloseCmd  `cmd:"" help:"Close a site without devices in service; its past stays."`
	Reopen siteReopenCmd `cmd:"" help:"Take a closing back."`
	Import siteImportCmd `cmd:"" help:"Bring sites in from a CSV file, as the ministry's Annuaire de l'éducation."`
}

type siteAddCmd struct {
	Organisation string   `help:"Council or other owner; made when it is new." required:""`
	Name         string   `arg:"" help:"Name of the site."`
	Kind         string   `help:"college, lycee or other." default:"other"`
	UAI          string   `name:"uai" help:"Number of the establishment, as 0750001U."`
	Zone         string   `help:"Zone of the school holidays: A, B or C."`
	Pupils       int64    `help:"Number of pupils."`
	Latitude     *float64 `help:"Degrees north, WGS 84." and:"position"`
	Longitude    *float64 `help:"Degrees east, WGS 84." and:"position"`
}

func (a *siteAddCmd) Run(ctx context.Context, c *cli) error {
	site := registry.Site{Name: a.Name, Kind: a.Kind, UAI: a.UAI, Zone: a.Zone, Pupils: a.Pupils}
	if a.Latitude != nil {
		site.Position = registry.Position{Latitude: *a.Latitude, Longitude: *a.Longitude, Known: true}
	}
	if err := site.Check(); err != nil { // before the organisation is made
		return fmt.Errorf("site %q: %w", site.Name, err)
	}
	return c.withStore(ctx, func(s *store.Store) error {
		r := registry.Open(s)
		owner, err := r.AddOrganisation(ctx, a.Organisation, false)
		if err != nil {
			return err
		}
		added, err := r.AddSites(ctx, owner.ID, []registry.Site{site})
		if err == nil {
			fmt.Printf("Site %d: %s\n", added[0].ID, added[0].Name)
		}
		return err
	})
}

type siteListCmd struct {
	Organisation int64 `help:"Number of the organisation; without it, the sites of all." placeholder:"N"`
}

func (l *siteListCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		sites, err := registry.Open(s).Sites(ctx, l.Organisation)
		if err != nil {
			return err
		}
		t := table("SITE", "NAME", "KIND", "UAI", "ZONE", "PUPILS", "POSITION", "CLOSED")
		for _, site := range sites {
			position, closed := "", ""
			if p := site.Position; p.Known {
				position = fmt.Sprintf("%v, %v", p.Latitude, p.Longitude)
			}
			if !site.Closed.IsZero() {
				closed = site.Closed.Local().Format(time.DateOnly)
			}
			t.row(site.ID, site.Name, site.Kind, site.UAI, site.Zone, site.Pupils, position, closed)
		}
		return t.Flush()
	})
}

type siteEditCmd struct {
	Site      int64    `arg:"" help:"Number of the site (collector site list)."`
	Name      *string  `help:"New name."`
	Kind      *string  `help:"college, lycee or other."`
	UAI       *string  `name:"uai" help:"Number of the establishment, as 0750001U."`
	Zone      *string  `help:"Zone of the school holidays: A, B, C or empty."`
	Pupils    *int64   `help:"Number of pupils; 0 is not known."`
	Latitude  *float64 `help:"Degrees north, WGS 84." and:"position"`
	Longitude *float64 `help:"Degrees east, WGS 84." and:"position"`
}

func (e *siteEditCmd) Run(ctx context.Context, c *cli) error {
	return c.changeSite(ctx, func(r *registry.Registry) (registry.Site, error) {
		return r.EditSite(ctx, e.Site, registry.SiteEdit{Name: e.Name, Kind: e.Kind, UAI: e.UAI, Zone: e.Zone, Pupils: e.Pupils, Latitude: e.Latitude, Longitude: e.Longitude})
	})
}

type siteCloseCmd struct {
	Site int64 `arg:"" help:"Number of the site (collector site list)."`
}

func (l *siteCloseCmd) Run(ctx context.Context, c *cli) error {
	return c.changeSite(ctx, func(r *registry.Registry) (registry.Site, error) { return r.CloseSite(ctx, l.Site, time.Now()) })
}

type siteReopenCmd struct {
	Site int64 `arg:"" help:"Number of the site (collector site list)."`
}

func (o *siteReopenCmd) Run(ctx context.Context, c *cli) error {
	return c.changeSite(ctx, func(r *registry.Registry) (registry.Site, error) { return r.ReopenSite(ctx, o.Site) })
}

func (c *cli) changeSite(ctx context.Context, change func(*registry.Registry) (registry.Site, error)) error {
	return c.withStore(ctx, func(s *store.Store) error {
		site, err := change(registry.Open(s))
		if err == nil {
			fmt.Printf("Site %d: %s%s\n", site.ID, site.Name, map[bool]string{true: ", closed"}[!site.Closed.IsZero()])
		}
		return err
	})
}

type siteImportCmd struct {
	Organisation string            `help:"Council or other owner; made when it is new." required:""`
	File         string            `arg:"" help:"CSV file with a header." type:"existingfile"`
	Map          map[string]string `help:"What a column holds, as \"Numéro=uai\"; nothing after the sign leaves a column out. Fields: ${site_fields}." mapsep:"none"`
	DryRun       bool              `help:"Print what would change, line by line, and change nothing."`
}

func (i *siteImportCmd) Run(ctx context.Context, c *cli) error {
	text, err := os.ReadFile(i.File)
	if err != nil {
		return err
	}
	list, err := registry.ReadSites(bytes.NewReader(text), i.Map)
	if err != nil {
		return fmt.Errorf("%s: nothing is imported:\n%w", i.File, err)
	}
	return c.withStore(ctx, func(s *store.Store) error {
		changes, err := i.run(ctx, registry.Open(s), list, nameOf(i.File, text))
		if err != nil {
			return fmt.Errorf("%s: nothing is imported:\n%w", i.File, err)
		}
		printColumns(list.Columns)
		t := table("LINE", "OUTCOME", "SITE", "NAME", "KIND", "UAI", "ZONE", "PUPILS")
		for _, change := range changes {
			if i.DryRun || change.Outcome != registry.Unchanged {
				t.row(change.Line, change.Outcome, change.Site.ID, change.Site.Name, change.Site.Kind, change.Site.UAI, change.Site.Zone, change.Site.Pupils)
			}
		}
		if err := t.Flush(); err != nil {
			return err
		}
		if i.DryRun {
			fmt.Println("A preview: nothing is changed.")
		}
		return nil
	})
}

func (i *siteImportCmd) run(ctx context.Context, r *registry.Registry, list *registry.SiteList, name string) ([]registry.SiteChange, error) {
	id, err := owner(ctx, r, i.Organisation, 0)
	switch {
	case errors.Is(err, registry.ErrNotFound) && i.DryRun: // all of them are new
		var changes []registry.SiteChange
		for n, s := range list.Sites {
			changes = append(changes, registry.SiteChange{Line: list.Lines[n], Site: s, Outcome: registry.Added})
		}
		return changes, nil
	case errors.Is(err, registry.ErrNotFound):
		o, err := r.AddOrganisation(ctx, i.Organisation, false)
		if err != nil {
			return nil, err
		}
		id = o.ID
	case err != nil:
		return nil, err
	}
	return r.ImportSites(ctx, id, list, i.DryRun, name)
}

// nameOf is a file in the audit log: its name and what it held.
func nameOf(path string, text []byte) string {
	return fmt.Sprintf("%s (SHA-256 %.6x)", filepath.Base(path), sha256.Sum256(text))
}
