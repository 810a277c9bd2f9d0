package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/fleet"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/repair"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/lifespan"
)

type deviceRepairCmd struct {
	Record deviceRepairRecordCmd `cmd:"" help:"Record a repair; another one of the same day and part replaces it."`
	List   deviceRepairListCmd   `cmd:"" help:"List what was repaired of a device."`
	Forget deviceRepairForgetCmd `cmd:"" help:"Take a repair back."`
	Import deviceRepairImportCmd `cmd:"" help:"Bring repairs in from a CSV file, as GLPI exports tickets."`
}

type deviceRepairRecordCmd struct {
	Device  string  `arg:"" help:"Name of the device, or a label that only one has."`
	Part    string  `arg:"" help:"One of ${parts}."`
	On      string  `help:"Day, as 2026-11-23; today without it." placeholder:"DAY"`
	Outcome string  `help:"repaired or not_repairable." default:"repaired"`
	DoneBy  string  `help:"in_house, sent_out or warranty; empty: not known." placeholder:"WHO"`
	Cost    float64 `help:"In euros; 0: not known, or nothing under warranty." placeholder:"EUROS"`
}

func (d *deviceRepairRecordCmd) Run(ctx context.Context, c *cli) error {
	return c.withFleet(ctx, func(ctx context.Context, s *store.Store, where *time.Location) error {
		on, err := dayOr(d.On, calendar.DayOf(time.Now(), where))
		if err != nil {
			return err
		}
		r := registry.Repair{On: on, Part: lifespan.Part(d.Part), Outcome: registry.Outcome(d.Outcome), DoneBy: d.DoneBy, CostCents: int64(d.Cost*100 + 0.5)}
		if err := fleet.Open(s, where, time.Now).Repair(ctx, d.Device, r); err != nil {
			return err
		}
		fmt.Printf("Recorded of %s: %s on %s, %s.\n", d.Device, r.Part, r.On, r.Outcome)
		return nil
	})
}

// dayOr is a day as it is typed, or another where none is.
func dayOr(text string, usual calendar.Day) (calendar.Day, error) {
	if text == "" {
		return usual, nil
	}
	on, err := calendar.ParseDay(text)
	if err != nil {
		return 0, fmt.Errorf("--on: %w", err)
	}
	return on, nil
}

type deviceRepairListCmd struct {
	Device string `arg:"" help:"Name of the device, or a label that only one has."`
}

func (d *deviceRepairListCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		r := registry.Open(s)
		device, err := r.DeviceNamed(ctx, d.Device)
		if err != nil {
			return err
		}
		repairs, err := r.Repairs(ctx, device.ID)
		if err != nil {
			return err
		}
		t := table("ON", "PART", "OUTCOME", "DONE BY", "COST")
		for _, one := range repairs {
			cost := ""
			if one.CostCents > 0 {
				cost = fmt.Sprintf("%.2f", float64(one.CostCents)/100)
			}
			t.row(one.On, one.Part, one.Outcome, one.DoneBy, cost)
		}
		return t.Flush()
	})
}

type deviceRepairForgetCmd struct {
	Device string `arg:"" help:"Name of the device, or a label that only one has."`
	On     string `arg:"" help:"Day of the repair, as 2026-11-23."`
	Part   string `arg:"" help:"Its part."`
}

func (d *deviceRepairForgetCmd) Run(ctx context.Context, c *cli) error {
	on, err := calendar.ParseDay(d.On)
	if err != nil {
		return err
	}
	return c.withFleet(ctx, func(ctx context.Context, s *store.Store, where *time.Location) error {
		if err := fleet.Open(s, where, time.Now).ForgetRepair(ctx, d.Device, on, lifespan.Part(d.Part)); err != nil {
			return err
		}
		fmt.Printf("Taken back of %s: %s on %s.\n", d.Device, d.Part, on)
		return nil
	})
}

type deviceRepairImportCmd struct {
	File         string            `arg:"" help:"CSV file with a header." type:"existingfile"`
	Site         int64             `help:"All of the devices are at this site (collector site list)." placeholder:"N" xor:"owner" required:""`
	Organisation string            `help:"They are this organisation's; a column says at which site where several have one label." xor:"owner" required:""`
	Map          map[string]string `help:"What a column holds, as \"Solution le=repaired\"; nothing after the sign leaves a column out. Fields: ${repair_fields}." mapsep:"none"`
	Word         map[string]string `help:"What a word of the part column means, as \"Dalle=screen\"; \"Réseau=skip\" leaves its lines out." mapsep:"none"`
	Part         string            `help:"Part of lines that name none: one of ${parts}."`
	DryRun       bool              `help:"Print what would change, line by line, and change nothing."`
}

func (i *deviceRepairImportCmd) Run(ctx context.Context, c *cli) error {
	text, err := os.ReadFile(i.File)
	if err != nil {
		return err
	}
	list, err := repair.Read(bytes.NewReader(text), repair.Options{Columns: i.Map, Words: i.Word, Part: lifespan.Part(i.Part)})
	if err != nil {
		return fmt.Errorf("%s: nothing is imported:\n%w", i.File, err)
	}
	return c.withFleet(ctx, func(ctx context.Context, s *store.Store, where *time.Location) error {
		r := registry.Open(s)
		o := fleet.RepairOptions{Site: i.Site, DryRun: i.DryRun, Source: nameOf(i.File, text)}
		if o.Organisation, err = owner(ctx, r, i.Organisation, i.Site); err != nil {
			return err
		}
		if o.Serials, err = r.Serials(ctx); err != nil {
			return err
		}
		changes, err := fleet.Open(s, where, time.Now).ImportRepairs(ctx, list.Entries, o)
		if err != nil {
			return fmt.Errorf("%s: nothing is imported:\n%w", i.File, err)
		}
		printColumns(list.Columns)
		return printChanges(changes, i.DryRun)
	})
}

// printChanges tells what the lines of a list change.
func printChanges(changes []fleet.Change, dryRun bool) error {
	t := table("LINE", "OUTCOME", "DEVICE", "LABEL", "WHAT")
	for _, change := range changes {
		if dryRun || change.Outcome != registry.Unchanged {
			t.row(change.Line, change.Outcome, change.Device, change.Label, strings.Join(change.What, ", "))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Println(fleet.Summary(changes) + map[bool]string{true: ": a preview, nothing is changed.", false: "."}[dryRun])
	return nil
}
