package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Backup writes a consistent copy of the data to a new file while the collector
// runs, and checks it. What cannot be finished is not left behind.
func (s *Store) Backup(ctx context.Context, path string) error {
	if s.post != nil {
		return errPostgresBackup
	}
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("cannot back up to %q: the file exists; choose another name", path)
	}
	if err := copyTo(ctx, s.Write, path); err != nil {
		return Explain(fmt.Errorf("cannot back up to %q: %w", path, err))
	}
	return nil
}

var errPostgresBackup = errors.New("the data is in PostgreSQL, which has better means: pg_dump --format custom for a copy, pg_basebackup and WAL archiving for one of every moment (docs/postgresql.md)")

// copyTo copies a ledger to a new file, waits until it is on the disk, and checks it.
func copyTo(ctx context.Context, db *sql.DB, path string) (err error) {
	defer func() {
		if err != nil {
			_ = os.Remove(path)
		}
	}()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return err
	}
	if err := syncFile(path); err != nil {
		return err
	}
	copied, err := sql.Open("sqlite", dsn(path, []string{"query_only(1)"}, "deferred"))
	if err != nil {
		return err
	}
	defer copied.Close()
	return sound(ctx, copied)
}

// sound asks SQLite whether each page and index of a file is right.
func sound(ctx context.Context, db *sql.DB) error {
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("it is damaged (%s)", verdict)
	}
	return nil
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// OpenToRead opens a ledger's file for reading only: that of a data folder, also
// while a collector runs on it, or a backup. It is not migrated: the file must be of
// this program's schema.
func OpenToRead(ctx context.Context, path string) (*sql.DB, error) {
	if at, err := os.Stat(path); err == nil && at.IsDir() {
		path = filepath.Join(path, fileName)
	}
	db, version, err := openFile(ctx, path)
	if err != nil {
		return nil, err
	}
	known, err := migrationNames()
	if err == nil && version > len(known) {
		err = fmt.Errorf("cannot read %q: %w", path, newer(version, len(known)))
	}
	if err != nil || version < len(known) {
		return nil, errors.Join(err, db.Close(), fmt.Errorf("%q is of schema %d, this program's is %d: use the program that wrote it, or restore it with this one first", path, version, len(known)))
	}
	return db, nil
}

// openFile opens a file that must be a ledger, for reading, and tells its schema.
func openFile(ctx context.Context, path string) (db *sql.DB, version int, err error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fmt.Errorf("there is no file %q", path)
	}
	// It may be written by a collector: SQLite needs the right to lock it.
	if db, err = sql.Open("sqlite", dsn(path, []string{"busy_timeout(10000)", "query_only(1)", "cache_size(-32000)", "temp_store(MEMORY)"}, "deferred")); err != nil {
		return nil, 0, err
	}
	db.SetMaxOpenConns(1)
	var ours int
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE name IN ('devices', 'device_days', 'site_days')").Scan(&ours)
	if err == nil {
		err = db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
	}
	if err == nil && (ours != 3 || version < 1) {
		err = errors.New("it is a SQLite file, but no ledger of Ecoparc")
	}
	if err != nil {
		return nil, 0, errors.Join(Explain(fmt.Errorf("cannot read %q: %w", path, err)), db.Close())
	}
	return db, version, nil
}

// restoring is the name of a restored file until it is known to be right.
const restoring = fileName + ".restoring"

// Restore makes the data folder dir from a backup: it copies the file, brings it to
// the current schema, lets check look at it, and only then gives it its name. It
// refuses a folder that is in use or holds anything; when it fails, the folder stays
// as it was.
func Restore(ctx context.Context, backup, dir string, check func(*sql.DB) error) (err error) {
	source, _, err := openFile(ctx, backup)
	if err != nil {
		return err
	}
	defer source.Close()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Explain(fmt.Errorf("cannot make data folder %q: %w", dir, err))
	}
	// Before the lock, which would leave its file in somebody else's folder.
	if err := holdsNothing(dir); err != nil {
		return err
	}
	lock, err := acquire(dir)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	path := filepath.Join(dir, restoring)
	// SQLite takes the copy for a write of the source, which it is not.
	if _, err := source.ExecContext(ctx, "PRAGMA query_only = OFF"); err != nil {
		return err
	}
	if err := copyTo(ctx, source, path); err != nil {
		return Explain(fmt.Errorf("cannot restore %q to %q: %w", backup, dir, err))
	}
	if err := checkRestored(ctx, path, check); err != nil {
		return errors.Join(fmt.Errorf("cannot restore %q: %w", backup, err), os.Remove(path))
	}
	if err := os.Rename(path, filepath.Join(dir, fileName)); err != nil {
		return Explain(fmt.Errorf("cannot restore %q: %w", backup, err))
	}
	if folder, err := os.Open(dir); err == nil { // not every system can wait for a folder
		_ = folder.Sync()
		_ = folder.Close()
	}
	return nil
}

func checkRestored(ctx context.Context, path string, check func(*sql.DB) error) (err error) {
	db, err := sql.Open("sqlite", dsn(path, []string{"foreign_keys(1)", "synchronous(FULL)", "journal_mode(DELETE)"}, "immediate"))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := migrate(ctx, db); err != nil {
		return err
	}
	return check(db)
}

// holdsNothing is an error unless the folder is empty but for a lock that nobody holds.
func holdsNothing(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return Explain(fmt.Errorf("cannot read data folder %q: %w", dir, err))
	}
	for _, e := range entries {
		switch e.Name() {
		case restoring: // of a restore that was interrupted
			if err := os.Remove(filepath.Join(dir, restoring)); err != nil {
				return Explain(err)
			}
		case lockName:
			lock, err := acquire(dir) // says who uses it
			if err != nil {
				return err
			}
			if err := lock.Unlock(); err != nil {
				return err
			}
		default:
			return fmt.Errorf("data folder %q is not empty (it holds %q): restore never writes over anything; give an empty data_dir, or move what is there away", dir, e.Name())
		}
	}
	return nil
}

// OverwriteDeleted makes SQLite write over what is deleted in its file from now on, and
// not only forget it. PostgreSQL does neither before it vacuums (docs/postgresql.md).
func (s *Store) OverwriteDeleted(ctx context.Context) error {
	if s.Shared() {
		return nil
	}
	_, err := s.Write.ExecContext(ctx, "PRAGMA secure_delete = ON")
	return err
}

// EmptyLog writes SQLite's log of changes back, which holds the pages of before until
// then. A reader that stands in the way delays that, and the next commits do it.
func (s *Store) EmptyLog(ctx context.Context) {
	if !s.Shared() {
		_, _ = s.Write.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
}
