package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/config"
	"github.com/ecoparc/ecoparc/collector/relocate"
	"github.com/ecoparc/ecoparc/collector/store"
)

type migrateCmd struct {
	From string `help:"Data folder, as DIR or sqlite:DIR; without it, data_dir of the configuration." placeholder:"DIR"`
	To   string `help:"Address of an empty PostgreSQL data base; without it, store of the configuration (or ECOPARC_STORE), which keeps the password from the list of processes." placeholder:"URL"`
}

func (m *migrateCmd) Run(ctx context.Context, c *cli) error {
	loaded, err := c.load()
	if err != nil {
		return err
	}
	dir, isFolder := strings.CutPrefix(m.From, "sqlite:")
	if dir == "" {
		dir = loaded.DataDir
	}
	if !isFolder && strings.Contains(dir, "://") {
		return fmt.Errorf("--from is a data folder; data goes from there to PostgreSQL, and between data bases with pg_dump and pg_restore")
	}
	to := store.Place{URL: m.To}
	if m.To == "" {
		if to = loaded.Place(); loaded.Store == config.SQLite {
			return fmt.Errorf("say where to: --to postgres://user:password@host:5432/database, or store in the configuration")
		}
	}
	if err := store.CheckURL(to.URL); err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	return migrate(ctx, dir, to, loaded.Location())
}

func migrate(ctx context.Context, dir string, to store.Place, where *time.Location) error {
	there, err := store.OpenShared(ctx, dir) // which makes none
	if err != nil {
		return err
	}
	if err := there.Close(); err != nil {
		return err
	}
	from, err := store.Open(ctx, dir) // and no collector has it meanwhile
	if err != nil {
		return err
	}
	defer from.Close()
	target, err := to.Open(ctx)
	if err != nil {
		return err
	}
	defer target.Close()
	outcome, err := relocate.ToPostgres(ctx, from, target, where, func(table string, rows, of int64) {
		fmt.Fprintf(os.Stderr, "%s: %d of %d rows\n", table, rows, of)
	})
	if err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("stopped; run it again and it goes on from there: %w", err)
		}
		return err
	}
	for _, difference := range outcome.Differences {
		fmt.Println(difference)
	}
	printVerdict(outcome.Ledger)
	fmt.Printf("Carried %d rows of %d tables to %s.\n", outcome.Rows, outcome.Tables, to)
	if !outcome.Right() {
		return fmt.Errorf("the target is not right: %d differences from the source, %d in its sums; the source is as it was", len(outcome.Differences), outcome.Ledger.Found)
	}
	fmt.Println("Source and target agree. Start collectors with the data base in store; the folder is a copy of before.")
	return nil
}
