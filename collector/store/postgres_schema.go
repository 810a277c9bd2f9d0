package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

//go:embed postgres/*.sql
var postgresMigrations embed.FS

// migration is a numbered file. Numbers are those of SQLite's migrations, so that one
// number says what either engine has.
type migration struct {
	version int
	name    string
}

func postgresFiles() ([]migration, error) {
	names, err := fs.Glob(postgresMigrations, "postgres/*.sql")
	if err != nil {
		return nil, err
	}
	all := make([]migration, len(names))
	for i, name := range names {
		number, _, _ := strings.Cut(path.Base(name), "_")
		version, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("migration %s has no number: %w", name, err)
		}
		all[i] = migration{version, name}
	}
	return all, nil
}

// postgresVersion is the number of the schema, 0 when there is none.
func postgresVersion(ctx context.Context, db *sql.DB) (version int, err error) {
	if there, err := isTable(ctx, db, "schema_version"); err != nil || !there {
		return 0, err
	}
	err = db.QueryRowContext(ctx, "SELECT coalesce(max(version), 0) FROM schema_version").Scan(&version)
	return version, err
}

// migratePostgres brings the schema to that of this program, all in one transaction
// under a lock: of several collectors that start at once, the first does it and the
// others find it done.
func migratePostgres(ctx context.Context, db *sql.DB) error {
	files, err := postgresFiles()
	if err != nil {
		return err
	}
	newest := files[len(files)-1].version
	version, err := postgresVersion(ctx, db)
	if err != nil {
		return err
	}
	if version > newest {
		return newer(version, newest)
	}
	if version == newest {
		return nil
	}
	return InTxBeside(ctx, db, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(?)", int64(lockSchema)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS schema_version (version bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())")
		if err != nil {
			return err
		}
		for _, file := range files {
			if err := runOnce(ctx, tx, file); err != nil {
				return fmt.Errorf("migration %s: %w", file.name, err)
			}
		}
		return nil
	})
}

// runOnce runs a file unless another collector has by now.
func runOnce(ctx context.Context, tx *sql.Tx, file migration) error {
	result, err := tx.ExecContext(ctx, "INSERT INTO schema_version (version) SELECT ? WHERE ? > (SELECT coalesce(max(version), 0) FROM schema_version)", file.version, file.version)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	text, err := postgresMigrations.ReadFile(file.name)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, string(text))
	return err
}
