package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/fleet"
	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/spreadsheet"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
)

type deviceCmd struct {
	List      deviceListCmd      `cmd:"" help:"List devices: those of a site, silent, without an agent, old."`
	Import    deviceImportCmd    `cmd:"" help:"Bring devices and purchases in from a CSV file, as GLPI exports it."`
	Repair    deviceRepairCmd    `cmd:"" help:"Record what was repaired of a device, bring a list of repairs in, or take one back."`
	Retire    deviceRetireCmd    `cmd:"" help:"Take devices out of service."`
	Return    deviceReturnCmd    `cmd:"" help:"Take a retirement back."`
	Transfer  deviceTransferCmd  `cmd:"" help:"Move a device to another site, with its past."`
	Merge     deviceMergeCmd     `cmd:"" help:"Let a device that was set up anew and enrolled again go on from what it was."`
	RotateKey deviceRotateKeyCmd `cmd:"" help:"Replace the secret of a device's agent."`
	Apart     deviceApartCmd     `cmd:"" help:"Say that two machines that reported as one device are apart now."`
	SerialKey deviceSerialKeyCmd `cmd:"" help:"Print the key under which agents may hash serial numbers, so that purchase lists find their devices."`
	Versions  deviceVersionsCmd  `cmd:"" help:"Count the agents by version."`
	Export    deviceExportCmd    `cmd:"" help:"Print all that is kept of a device, as JSON."`
	Erase     deviceEraseCmd     `cmd:"" help:"Forget a device; the totals of its site stay."`
}

type deviceListCmd struct {
	Organisation string  `help:"Of an organisation, by its name or number." placeholder:"NAME"`
	Site         string  `help:"Of a site, by its UAI or number." placeholder:"UAI"`
	Category     string  `help:"As laptop, monitor."`
	Population   string  `help:"As individual, shared."`
	State        string  `help:"reporting, silent, agentless, twins, retired or all; without it those in service."`
	Silent       bool    `help:"The same as --state silent: unheard of for ten school days." xor:"state"`
	Agentless    bool    `help:"The same as --state agentless." xor:"state"`
	Twins        bool    `help:"The same as --state twins: two machines report as one device." xor:"state"`
	OlderThan    float64 `help:"In service for more than this many years." placeholder:"YEARS"`
	Model        string  `help:"Part of the maker's and model's names."`
}

func (l *deviceListCmd) Run(ctx context.Context, c *cli) error {
	return c.withFleet(ctx, func(ctx context.Context, s *store.Store, where *time.Location) error {
		now := time.Now()
		f := registry.Filter{
			Category: equipment.Category(l.Category), Population: equipment.Population(l.Population),
			State: l.State, Model: l.Model,
		}
		var err error
		if l.Organisation != "" {
			if f.Organisation, err = organisationOf(ctx, s, l.Organisation); err != nil {
				return err
			}
		}
		if l.Site != "" {
			of, err := registry.Open(s).Reach(ctx, nil, []string{l.Site})
			if err != nil {
				return err
			}
			f.Site = of.Sites[0]
		}
		switch {
		case l.Silent:
			f.State = "silent"
		case l.Agentless:
			f.State = "agentless"
		case l.Twins:
			f.State = "twins"
		}
		if l.OlderThan > 0 {
			f.BoughtBefore = now.Add(-time.Duration(l.OlderThan * 365.2425 * 24 * float64(time.Hour)))
		}
		devices, err := registry.Open(s).List(ctx, f, registry.SilenceAt(calendar.Default(), where, now))
		if err != nil {
			return err
		}
		t := table("DEVICE", "LABEL", "SITE", "CATEGORY", "MODEL", "SINCE", "BY", "STATE", "LAST SEEN", "AGENT")
		for _, d := range devices {
			seen := ""
			if !d.LastSeen.IsZero() {
				seen = d.LastSeen.In(where).Format(time.DateTime)
			}
			model := strings.TrimSpace(d.Inventory.Maker + " " + d.Inventory.Model)
			state := d.State
			if d.Twins != nil {
				state += fmt.Sprintf(", two machines (%d windows left out)", d.Twins.LeftOut)
			}
			t.row(d.Name, d.Label, d.SiteName, d.Category, model, calendar.DayOf(d.InService, where), d.InServiceFrom, state, seen, d.Agent)
		}
		return t.Flush()
	})
}

type deviceImportCmd struct {
	File          string            `arg:"" help:"CSV file with a header." type:"existingfile"`
	Site          int64             `help:"All of them are at this site (collector site list)." placeholder:"N" xor:"owner" required:""`
	Organisation  string            `help:"They are this organisation's; a column says at which site, by name or UAI." xor:"owner" required:""`
	Map           map[string]string `help:"What a column holds, as \"Ancienneté=purchased\"; nothing after the sign leaves a column out. Fields: ${fields}." mapsep:"none"`
	Type          map[string]string `help:"What a word of the category column means, as \"PC élève=laptop\"." mapsep:"none"`
	Category      string            `help:"Category of new devices whose line names none."`
	Population    string            `help:"Population of new devices whose line names none." default:"shared"`
	Purchased     string            `help:"Purchase date of new devices whose line has none, as 2023-09-01." placeholder:"DAY"`
	DryRun        bool              `help:"Print what would change, line by line, and change nothing."`
	ForgetSerials bool              `help:"Forget serial numbers that were hashed under a serial.key that is lost."`
}

func (i *deviceImportCmd) Run(ctx context.Context, c *cli) error {
	text, err := os.ReadFile(i.File)
	if err != nil {
		return err
	}
	types := map[string]equipment.Category{}
	for word, category := range i.Type {
		types[word] = equipment.Category(category)
	}
	list, err := purchase.Read(bytes.NewReader(text), purchase.Options{Columns: i.Map, Types: types})
	if err != nil {
		return fmt.Errorf("%s: nothing is imported:\n%w", i.File, err)
	}
	o := fleet.ImportOptions{
		Site: i.Site, Category: equipment.Category(i.Category), Population: equipment.Population(i.Population), DryRun: i.DryRun, ForgetSerials: i.ForgetSerials,
		Source: nameOf(i.File, text),
	}
	if i.Purchased != "" {
		if o.Purchased, err = calendar.ParseDay(i.Purchased); err != nil {
			return fmt.Errorf("--purchased: %w", err)
		}
	}
	return c.withFleet(ctx, func(ctx context.Context, s *store.Store, where *time.Location) error {
		r := registry.Open(s)
		if o.Organisation, err = owner(ctx, r, i.Organisation, i.Site); err != nil {
			return err
		}
		if o.Serials, err = r.Serials(ctx); err != nil && (!errors.Is(err, registry.ErrOtherKey) || !i.ForgetSerials) {
			return err
		}
		changes, err := fleet.Open(s, where, time.Now).Import(ctx, list.Entries, o)
		if err != nil {
			return fmt.Errorf("%s: nothing is imported:\n%w", i.File, err)
		}
		printColumns(list.Columns)
		return printChanges(changes, i.DryRun)
	})
}

// printColumns says how the header of a list was understood.
func printColumns(c spreadsheet.Columns) {
	read := make([]string, len(c.Read))
	for i, column := range c.Read {
		read[i] = column.Title + " = " + column.Field
	}
	fmt.Println("Columns read:", strings.Join(read, ", "))
	if len(c.Ignored) > 0 {
		fmt.Println("Columns not read:", strings.Join(c.Ignored, ", "))
	}
}

// owner is the organisation with a name, or that of a site.
func owner(ctx context.Context, r *registry.Registry, name string, site int64) (int64, error) {
	if site != 0 {
		s, err := r.Site(ctx, site)
		return s.Organisation, err
	}
	o, err := r.OrganisationNamed(ctx, name)
	return o.ID, err
}

type deviceRetireCmd struct {
	Devices []string `arg:"" help:"Names of devices, or labels that only one has." name:"device"`
	On      string   `help:"Day on which they left, as 2026-11-23; today without it." placeholder:"DAY"`
	To      string   `help:"reuse, recycling or lost." required:""`
}

func (r *deviceRetireCmd) Run(ctx context.Context, c *cli) error {
	return c.withFleet(ctx, func(ctx context.Context, s *store.Store, where *time.Location) error {
		on, err := dayOr(r.On, calendar.DayOf(time.Now(), where))
		if err != nil {
			return err
		}
		retired, err := fleet.Open(s, where, time.Now).Retire(ctx, r.Devices, on, r.To)
		if err != nil {
			return err
		}
		for _, d := range retired {
			fmt.Printf("%s is out of service since %s; its past stays in the figures.\n", d.Name, d.Retired.In(where).Format(time.DateTime))
		}
		return nil
	})
}

type deviceReturnCmd struct {
	Devices []string `arg:"" help:"Names of retired devices." name:"device"`
}

func (r *deviceReturnCmd) Run(ctx context.Context, c *cli) error {
	return c.withFleet(ctx, func(ctx context.Context, s *store.Store, where *time.Location) error {
		if err := fleet.Open(s, where, time.Now).Return(ctx, r.Devices); err != nil {
			return err
		}
		fmt.Println("In service:", strings.Join(r.Devices, ", "))
		return nil
	})
}

type deviceTransferCmd struct {
	Device string `arg:"" help:"Name of the device, or a label that only one has."`
	Site   int64  `help:"Number of the site that it goes to." required:"" placeholder:"N"`
}

func (d *deviceTransferCmd) Run(ctx context.Context, c *cli) error {
	return c.withFleet(ctx, func(ctx context.Context, s *store.Store, where *time.Location) error {
		moved, err := fleet.Open(s, where, time.Now).Transfer(ctx, d.Device, d.Site)
		if err != nil {
			return err
		}
		fmt.Printf("%s is at site %d, with its whole past.\n", moved.Name, moved.Site)
		return nil
	})
}

type deviceMergeCmd struct {
	Old string `arg:"" help:"Name that the device had; gone afterwards."`
	New string `arg:"" help:"Name that it has now and keeps."`
}

func (m *deviceMergeCmd) Run(ctx context.Context, c *cli) error {
	return c.withFleet(ctx, func(ctx context.Context, s *store.Store, where *time.Location) error {
		merged, err := fleet.Open(s, where, time.Now).Merge(ctx, m.Old, m.New)
		if err != nil {
			return err
		}
		fmt.Printf("%s goes on, in service since %s.\n", merged.Name, calendar.DayOf(merged.InService, where))
		return nil
	})
}

type deviceRotateKeyCmd struct {
	Device string `arg:"" help:"Name of the device, or a label that only one has."`
}

func (r *deviceRotateKeyCmd) Run(ctx context.Context, c *cli) error {
	return c.withFleet(ctx, func(ctx context.Context, s *store.Store, where *time.Location) error {
		d, secret, err := fleet.Open(s, where, time.Now).RotateKey(ctx, r.Device)
		if err != nil {
			return err
		}
		fmt.Printf("The old secret of %s is refused from now on. The new one, shown this once:\n\n  %s\n\n", d.Name, secret)
		fmt.Println("Write it as \"secret\" into identity.json in the agent's state folder and start the agent again; what it measures meanwhile waits in its spool.")
		return nil
	})
}

type deviceApartCmd struct {
	Device string `arg:"" help:"Name of the device, or a label that only one has."`
}

func (a *deviceApartCmd) Run(ctx context.Context, c *cli) error {
	return c.withFleet(ctx, func(ctx context.Context, s *store.Store, where *time.Location) error {
		if err := fleet.Open(s, where, time.Now).Apart(ctx, a.Device); err != nil {
			return err
		}
		fmt.Printf("%s counts as one machine again. If two report as it still, `collector device list --twins` shows it within a few days.\n", a.Device)
		return nil
	})
}

type deviceVersionsCmd struct{}

type deviceSerialKeyCmd struct{}

func (*deviceSerialKeyCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		serials, err := registry.Open(s).Serials(ctx)
		if err != nil {
			return err
		}
		fmt.Println(serials.Key())
		return nil
	})
}

func (*deviceVersionsCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		versions, err := registry.Open(s).AgentVersions(ctx)
		if err != nil {
			return err
		}
		t := table("AGENT", "DEVICES")
		for _, v := range versions {
			if v.Version == "" {
				v.Version = "(has not reported yet)"
			}
			t.row(v.Version, v.Devices)
		}
		return t.Flush()
	})
}

type auditCmd struct {
	Since time.Duration `help:"How far back." default:"8760h"`
	Limit int           `help:"At most this many acts, the latest." default:"1000"`
}

func (a *auditCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		acts, err := audit.Acts(ctx, s.Read, audit.Filter{Since: time.Now().Add(-a.Since), Limit: a.Limit})
		if err != nil {
			return err
		}
		t := table("WHEN", "WHO", "WHAT", "OBJECT", "DETAILS")
		for _, act := range acts {
			t.row(act.At.Local().Format(time.DateTime), act.Who, act.What, act.Object, act.Details)
		}
		return t.Flush()
	})
}

// withFleet is withStore for commands that also need the territory's days.
func (c *cli) withFleet(ctx context.Context, work func(context.Context, *store.Store, *time.Location) error) error {
	loaded, err := c.load()
	if err != nil {
		return err
	}
	return c.withStore(ctx, func(s *store.Store) error { return work(ctx, s, loaded.Location()) })
}

// asOperator signs what a command does with the operating system's user: whoever may
// write the data folder is an administrator.
func asOperator(ctx context.Context) context.Context {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return audit.As(ctx, "operating system user "+name, time.Now())
}
