package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
)

type deviceExportCmd struct {
	Name string `arg:"" help:"Name of the device, as in its page's address, or a label that only one in service has."`
	To   string `help:"File to make, instead of printing." type:"path" placeholder:"FILE"`
}

func (d *deviceExportCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		device, err := registry.Open(s).DeviceNamed(ctx, d.Name)
		if err != nil {
			return err
		}
		kept, err := ledger.Export(ctx, s, device.Name, time.Now())
		if err != nil {
			return err
		}
		text, err := json.MarshalIndent(kept, "", "  ")
		if err != nil {
			return err
		}
		text = append(text, '\n')
		if d.To == "" {
			_, err = os.Stdout.Write(text)
			return err
		}
		f, err := os.OpenFile(d.To, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("cannot export to %q: %w", d.To, err)
		}
		if _, err := f.Write(text); err != nil {
			return errors.Join(fmt.Errorf("cannot export to %q: %w", d.To, err), f.Close())
		}
		return f.Close()
	})
}

type deviceEraseCmd struct {
	Name string `arg:"" help:"Name of the device, as in its page's address, or a label that only one in service has."`
	Yes  bool   `help:"Erase: it cannot be undone."`
}

func (d *deviceEraseCmd) Run(ctx context.Context, c *cli) error {
	if !d.Yes {
		return errors.New("erasing cannot be undone; export the device first if somebody asked for its data, then erase with --yes")
	}
	loaded, err := c.load()
	if err != nil {
		return err
	}
	return c.withStore(ctx, func(s *store.Store) error {
		device, err := registry.Open(s).DeviceNamed(ctx, d.Name)
		if err != nil {
			return err
		}
		erased, err := ledger.Erase(ctx, s, loaded.Location(), device.Name, time.Now())
		if err != nil {
			return err
		}
		fmt.Printf("Erased device %s: %d days, %d windows. The totals of its site stay.\n", device.Name, erased.Days, erased.Windows)
		fmt.Println("Backups made before still hold it, and InfluxDB the windows that were sent there. To report again, it must enrol again.")
		return nil
	})
}
