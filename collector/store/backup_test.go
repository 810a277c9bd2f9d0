package store_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/collector/store"
)

func anything(*sql.DB) error { return nil }

// backedUp is a backup with one organisation.
func backedUp(t *testing.T) string {
	t.Helper()
	s := open(t, t.TempDir())
	if err := addOrganisation(t.Context(), s, "Région"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "backup.sqlite")
	if err := s.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRestoredFolderHoldsTheBackup(t *testing.T) {
	backup, dir := backedUp(t), filepath.Join(t.TempDir(), "new", "data")
	looked := 0
	check := func(db *sql.DB) error {
		looked = count(t, db, "SELECT count(*) FROM organisations")
		return nil
	}
	if err := store.Restore(t.Context(), backup, dir, check); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	if n := count(t, s.Read, "SELECT count(*) FROM organisations"); n != 1 || looked != 1 {
		t.Errorf("there are %d organisations, and the check saw %d; want 1", n, looked)
	}
	var mode string
	if err := s.Write.QueryRow("PRAGMA journal_mode").Scan(&mode); err != nil || mode != "wal" {
		t.Errorf("the journal is %q, %v", mode, err)
	}
}

// A backup that stands on a medium that cannot be written is as good.
func TestBackupWithoutTheRightToWriteIsRestored(t *testing.T) {
	backup := backedUp(t)
	if err := os.Chmod(backup, 0o400); err != nil {
		t.Fatal(err)
	}
	if err := store.Restore(t.Context(), backup, t.TempDir(), anything); err != nil {
		t.Error(err)
	}
}

func TestRestoreWritesOverNothing(t *testing.T) {
	backup := backedUp(t)
	used := t.TempDir()
	s := open(t, used)
	if err := store.Restore(t.Context(), backup, used, anything); err == nil || !strings.Contains(err.Error(), "in use by another collector (pid ") {
		t.Errorf("below a running collector: %v", err)
	}
	s.Close()
	if err := store.Restore(t.Context(), backup, used, anything); err == nil || !strings.Contains(err.Error(), `not empty (it holds "ecoparc.sqlite")`) {
		t.Errorf("over a ledger: %v", err)
	}
	if n := count(t, open(t, used).Read, "SELECT count(*) FROM organisations"); n != 0 {
		t.Errorf("the ledger has %d organisations of the backup", n)
	}
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "letter.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := store.Restore(t.Context(), backup, foreign, anything); err == nil || !strings.Contains(err.Error(), "letter.txt") {
		t.Errorf("beside a letter: %v", err)
	}
	if left, _ := os.ReadDir(foreign); len(left) != 1 {
		t.Errorf("beside the letter there is %v", left)
	}
}

func TestWhatIsNoSoundBackupIsNotRestored(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("no ledger ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other.sqlite")
	db, err := sql.Open("sqlite", other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE songs (name TEXT)"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	newer := backedUp(t)
	if db, err = sql.Open("sqlite", newer); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	damaged := backedUp(t)
	whole, err := os.ReadFile(damaged)
	if err != nil {
		t.Fatal(err)
	}
	for i := 8192; i < len(whole); i += 100 {
		whole[i] ^= 0xff
	}
	if err := os.WriteFile(damaged, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	cut := backedUp(t)
	if err := os.Truncate(cut, int64(len(whole)/2)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ path, part string }{
		"text":           {text, "not a sound ledger"},
		"another's file": {other, "no ledger of Ecoparc"},
		"newer":          {newer, "newer Ecoparc (schema 99"},
		"damaged":        {damaged, "cannot re"},
		"cut short":      {cut, "cannot re"},
		"missing":        {filepath.Join(t.TempDir(), "x"), "there is no file"},
		"refused":        {backedUp(t), "sums differ"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			err := store.Restore(t.Context(), c.path, dir, func(*sql.DB) error { return errors.New("sums differ") })
			if err == nil || !strings.Contains(err.Error(), c.part) || strings.Contains(err.Error(), "sums differ") != (name == "refused") {
				t.Errorf("the error is %v; want %q in it", err, c.part)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "ecoparc*")); len(left) != 0 {
				t.Errorf("left is %v", left)
			}
		})
	}
}

// What an interrupted restore leaves does not stand in the way of the next.
func TestRestoreAfterAnInterruptedOne(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ecoparc.sqlite.restoring"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := store.Restore(t.Context(), backedUp(t), dir, anything); err != nil {
		t.Error(err)
	}
}

func TestBackupThatCannotBeFinishedIsNotLeftBehind(t *testing.T) {
	s := open(t, t.TempDir())
	path := filepath.Join(t.TempDir(), "backup.sqlite")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), path); err == nil {
		t.Error("a closed ledger was backed up")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("something is left")
	}
}

func TestFileOfAnotherSchemaIsNotReadAsOurs(t *testing.T) {
	dir := t.TempDir()
	fixture(t, dir, 1)
	if _, err := store.OpenToRead(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "schema 1, this program's is") {
		t.Errorf("the error is %v", err)
	}
	newer := t.TempDir()
	fixture(t, newer, 1)
	db, err := sql.Open("sqlite", filepath.Join(newer, "ecoparc.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.OpenToRead(t.Context(), newer); err == nil || !strings.Contains(err.Error(), "newer Ecoparc (schema 99") {
		t.Errorf("of a newer program: %v", err)
	}
	if _, err := store.OpenToRead(t.Context(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "there is no file") {
		t.Errorf("of an empty folder: %v", err)
	}
}

// A backup of any earlier version is restored and brought to the schema of today.
func TestBackupOfAnEarlierVersionIsRestored(t *testing.T) {
	old := t.TempDir()
	fixture(t, old, 1)
	dir := t.TempDir()
	if err := store.Restore(t.Context(), filepath.Join(old, "ecoparc.sqlite"), dir, anything); err != nil {
		t.Fatal(err)
	}
	if n := count(t, open(t, dir).Read, "SELECT count(*) FROM devices"); n != 3 {
		t.Errorf("restored are %d devices, want 3", n)
	}
}
