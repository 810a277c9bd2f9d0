package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/config"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/store"
)

type backupCmd struct {
	To string `arg:"" help:"File to make." type:"path"`
}

func (b *backupCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		if err := s.Backup(ctx, b.To); err != nil {
			return err
		}
		err := store.InTx(ctx, s.Write, func(tx *sql.Tx) error { return audit.Write(ctx, tx, audit.Backup, "store", "to "+b.To) })
		if err != nil {
			return fmt.Errorf("the backup %s is made and checked, and that cannot be noted: %w", b.To, err)
		}
		fmt.Printf("Backed up to %s and checked.\n", b.To)
		return nil
	})
}

type restoreCmd struct {
	From string `arg:"" help:"Backup to restore." type:"path"`
}

func (r *restoreCmd) Run(ctx context.Context, c *cli) error {
	loaded, err := c.load()
	if err != nil {
		return err
	}
	if loaded.Store != config.SQLite {
		return fmt.Errorf("restore makes a data folder, and the data is in PostgreSQL: pg_restore brings a dump back, before a collector starts on it (docs/postgresql.md)")
	}
	var verdict *ledger.Verdict
	err = store.Restore(ctx, r.From, loaded.DataDir, func(db *sql.DB) (err error) {
		verdict, err = ledger.Verify(ctx, db, loaded.Location())
		return err
	})
	if err != nil {
		return err
	}
	printVerdict(verdict)
	fmt.Printf("Restored to %s. Devices send again what they still hold; what they were told is safe after the backup was made is not in it.\n", loaded.DataDir)
	// A sound file with a wrong sum is still the best there is.
	return wrong(verdict)
}

type verifyCmd struct {
	File   string `arg:"" optional:"" help:"Backup to check, instead of the data folder." type:"path"`
	Repair bool   `help:"Write sums anew that follow from the days of devices, where they differ."`
}

func (v *verifyCmd) Run(ctx context.Context, c *cli) error {
	loaded, err := c.load()
	if err != nil {
		return err
	}
	path := v.File
	if path == "" {
		path = loaded.DataDir
	} else if v.Repair {
		return fmt.Errorf("--repair is for the collector's own data; a backup stays as it is")
	}
	if v.Repair {
		if err := c.withStore(ctx, func(s *store.Store) error {
			n, err := ledger.Repair(ctx, s)
			if err == nil {
				fmt.Printf("Sums written anew: %d\n", n)
			}
			return err
		}); err != nil {
			return err
		}
	}
	var verdict *ledger.Verdict
	if v.File == "" && loaded.Store != config.SQLite {
		err = c.withStore(ctx, func(s *store.Store) (err error) {
			verdict, err = ledger.Verify(ctx, s.Read, loaded.Location())
			return store.Explain(err)
		})
	} else {
		verdict, err = verify(ctx, path, loaded.Location())
	}
	if err != nil {
		return err
	}
	printVerdict(verdict)
	return wrong(verdict)
}

func verify(ctx context.Context, path string, where *time.Location) (*ledger.Verdict, error) {
	db, err := store.OpenToRead(ctx, path)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	verdict, err := ledger.Verify(ctx, db, where)
	return verdict, store.Explain(err)
}

// wrong is an error when the verdict is not that all is right.
func wrong(v *ledger.Verdict) error {
	if v.Found == 0 {
		return nil
	}
	return fmt.Errorf("the ledger is not right: %d differences; sums of months, sites and organisations can be repaired: collector verify --repair", v.Found)
}

func printVerdict(v *ledger.Verdict) {
	for _, f := range v.Findings {
		fmt.Println(f)
	}
	if more := v.Found - int64(len(v.Findings)); more > 0 {
		fmt.Printf("... and %d more\n", more)
	}
	fmt.Printf("Computed anew: %d days of %d devices from %d windows; %d days of sites, %d months of devices, sites and organisations from the days of devices; %d days of sites by the hour compared with both.\n", v.DaysAnew, v.Devices, v.Windows, v.SiteDays, v.Months, v.SiteHours)
	if v.Unposted > 0 {
		fmt.Printf("Acknowledged and not posted yet: %d reports.\n", v.Unposted)
	}
	fmt.Printf("Not computed anew, because their windows are not kept: %d days of devices.\n", v.DaysOlder)
	fmt.Printf("Differences: %d\n", v.Found)
}
