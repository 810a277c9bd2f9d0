// Package store opens the collector's data and brings it to the current schema:
// one SQLite file in the data folder, locked against a second collector, or a
// PostgreSQL data base that several collectors share.
//
// The file is written through one connection, so that writers queue instead of
// failing, and read through several: in WAL mode readers never wait for the
// writer. synchronous=FULL makes every commit wait for the disk: what is
// acknowledged is on it. On PostgreSQL, InTx makes writers queue as well.
//
// SQL is written once, for both (docs/postgresql.md says what that asks of it):
// placeholders are SQLite's, and what only PostgreSQL understands stands in a comment
// that begins with an exclamation mark, as in SELECT id FROM devices /*! FOR UPDATE */.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"
	_ "modernc.org/sqlite" // the driver
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	fileName = "ecoparc.sqlite"
	lockName = "collector.lock"
	readers  = 4
)

// Store is an open data folder or data base.
type Store struct {
	Write *sql.DB // of SQLite one connection
	Read  *sql.DB // read-only connections
	dir   string  // of PostgreSQL empty
	lock  *flock.Flock
	post  *postgres // nil for SQLite
}

// Shared tells whether several collectors may use the data at once.
func (s *Store) Shared() bool { return s.post != nil }

// Place is where the data is: in the data base at URL, as
// postgres://user:password@host:5432/database, or in the data folder Dir when URL is
// empty.
type Place struct{ Dir, URL string }

// Open opens the data for a collector, makes what is missing, and migrates the schema.
// Its errors say in a sentence what is wrong, and never the password.
func (p Place) Open(ctx context.Context) (*Store, error) {
	if p.URL != "" {
		return openPostgres(ctx, p.URL)
	}
	return Open(ctx, p.Dir)
}

// OpenShared opens the data beside a collector that may be running: for short
// administrative commands. The data must be there.
func (p Place) OpenShared(ctx context.Context) (*Store, error) {
	if p.URL != "" {
		return openPostgresShared(ctx, p.URL)
	}
	return OpenShared(ctx, p.Dir)
}

// String names the place, without a password.
func (p Place) String() string {
	if p.URL == "" {
		return p.Dir
	}
	return withoutPassword(p.URL)
}

// Open opens the data folder dir, makes it when it is missing, and migrates the
// schema. Its errors say in a sentence what is wrong with the folder.
func Open(ctx context.Context, dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, Explain(fmt.Errorf("cannot make data folder %q: %w", dir, err))
	}
	lock, err := acquire(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, lock: lock}
	if err := s.open(ctx); err != nil {
		s.Close()
		return nil, Explain(fmt.Errorf("cannot open %q: %w", filepath.Join(dir, fileName), err))
	}
	return s, nil
}

// OpenShared opens the data folder beside a collector that may be running: for
// short administrative commands. SQLite itself orders the writers.
func OpenShared(ctx context.Context, dir string) (*Store, error) {
	if _, err := os.Stat(filepath.Join(dir, fileName)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no collector data in %q: start `collector run` or `collector quickstart` first, or give the right data_dir", dir)
	}
	s := &Store{dir: dir}
	if err := s.open(ctx); err != nil {
		s.Close()
		return nil, Explain(fmt.Errorf("cannot open %q: %w", filepath.Join(dir, fileName), err))
	}
	return s, nil
}

// acquire takes the folder's lock. The file holds the pid of its owner.
func acquire(dir string) (*flock.Flock, error) {
	path := filepath.Join(dir, lockName)
	lock := flock.New(path)
	ok, err := lock.TryLock()
	if err != nil {
		return nil, Explain(fmt.Errorf("cannot lock data folder %q: %w", dir, err))
	}
	if !ok {
		owner := ""
		if pid, err := os.ReadFile(path); err == nil && len(pid) > 0 {
			owner = fmt.Sprintf(" (pid %s)", strings.TrimSpace(string(pid)))
		}
		return nil, fmt.Errorf("data folder %q is in use by another collector%s; stop it or choose another data_dir", dir, owner)
	}
	if err := os.WriteFile(path, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o600); err != nil {
		_ = lock.Unlock()
		return nil, Explain(fmt.Errorf("cannot write in data folder %q: %w", dir, err))
	}
	return lock, nil
}

func (s *Store) open(ctx context.Context) error {
	path := filepath.Join(s.dir, fileName)
	pragmas := []string{"busy_timeout(10000)", "foreign_keys(1)", "synchronous(FULL)", "cache_size(-32000)", "temp_store(MEMORY)"}
	// Pages that change often are copied from the log to their place less often when
	// the log may grow: to 64 MiB. More than that would be slow to read after a crash.
	writing := append(slices.Clone(pragmas), "journal_mode(WAL)", "wal_autocheckpoint(16384)")
	var err error
	if s.Write, err = sql.Open("sqlite", dsn(path, writing, "immediate")); err != nil {
		return err
	}
	s.Write.SetMaxOpenConns(1)
	if err := migrate(ctx, s.Write); err != nil {
		return err
	}
	if s.Read, err = sql.Open("sqlite", dsn(path, append(pragmas, "query_only(1)"), "deferred")); err != nil {
		return err
	}
	s.Read.SetMaxOpenConns(readers)
	s.Read.SetMaxIdleConns(readers)
	return s.Read.PingContext(ctx)
}

func dsn(path string, pragmas []string, txlock string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + url.Values{"_pragma": pragmas, "_txlock": {txlock}}.Encode()
}

// migrate runs the numbered files that the schema has not seen yet, each in a
// transaction with its number.
func migrate(ctx context.Context, db *sql.DB) error {
	names, err := migrationNames()
	if err != nil {
		return err
	}
	var version int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > len(names) {
		return newer(version, len(names))
	}
	if version == len(names) {
		return nil
	}
	// A table that others refer to is made anew under its old name: SQLite's way
	// (lang_altertable, section 7) needs foreign keys off, and outside a transaction.
	if _, err := db.ExecContext(ctx, "PRAGMA foreign_keys = OFF"); err != nil {
		return err
	}
	for i := version; i < len(names); i++ {
		text, err := migrations.ReadFile(names[i])
		if err != nil {
			return err
		}
		err = InTx(ctx, db, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, fmt.Sprintf("%s; PRAGMA user_version = %d", text, i+1)); err != nil {
				return err
			}
			return finish(ctx, tx, names[i])
		})
		if err != nil {
			return fmt.Errorf("migration %s: %w", names[i], err)
		}
	}
	_, err = db.ExecContext(ctx, "PRAGMA foreign_keys = ON")
	return err
}

// newer says that a program is too old for some data.
func newer(version, known int) error {
	return fmt.Errorf("the data is of a newer Ecoparc (schema %d, this program knows %d): update the program", version, known)
}

// migrationNames are the numbered files in their order.
func migrationNames() ([]string, error) { return fs.Glob(migrations, "migrations/*.sql") }

// InTx runs work in a transaction and commits it unless work fails. What writes takes
// turns, also with other collectors on the same data base. PostgreSQL may undo a
// transaction to let another one go on: then work runs again, so it must not rely on
// what its earlier run left in memory.
func InTx(ctx context.Context, db *sql.DB, work func(*sql.Tx) error) error {
	return again(ctx, func() error {
		return inOneTx(ctx, db, func(tx *sql.Tx) error {
			if err := takeTurn(ctx, db, tx); err != nil {
				return err
			}
			return work(tx)
		})
	})
}

// InTxBeside is InTx for work that keeps order by the rows that it locks, in the order
// of their keys: on PostgreSQL it takes no turn, and several run at once.
func InTxBeside(ctx context.Context, db *sql.DB, work func(*sql.Tx) error) error {
	return again(ctx, func() error { return inOneTx(ctx, db, work) })
}

func inOneTx(ctx context.Context, db *sql.DB, work func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after a commit
	if err := work(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// Close closes what was opened and releases the folder.
func (s *Store) Close() error {
	var errs []error
	if s.post != nil {
		s.post.lead.giveUp()
	}
	for _, db := range []*sql.DB{s.Read, s.Write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Unlock())
	}
	return errors.Join(errs...)
}
