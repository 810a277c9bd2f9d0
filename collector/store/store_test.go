package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/collector/store"
)

func open(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func count(t *testing.T, db *sql.DB, query string) (n int) {
	t.Helper()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func addOrganisation(ctx context.Context, s *store.Store, name string) error {
	_, err := s.Write.ExecContext(ctx, "INSERT INTO organisations (name) VALUES (?)", name)
	return err
}

func TestEveryWriteWaitsForTheDisk(t *testing.T) {
	s := open(t, t.TempDir())
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} { // 2 is FULL
		var got string
		if err := s.Write.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, want %q (%v)", pragma, got, want, err)
		}
	}
}

func TestReadersCannotWrite(t *testing.T) {
	s := open(t, t.TempDir())
	if _, err := s.Read.Exec("INSERT INTO organisations (name) VALUES ('a')"); err == nil {
		t.Error("a reading connection wrote")
	}
}

func TestDataStaysAfterClosingAndOpening(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b c?d#e%20") // any name a folder can have
	s := open(t, dir)
	if err := addOrganisation(t.Context(), s, "Région"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := count(t, open(t, dir).Read, "SELECT count(*) FROM organisations WHERE name = 'Région'"); n != 1 {
		t.Errorf("%d organisations are left of 1", n)
	}
}

func TestFolderIsForOneCollectorAndForCommandsBeside(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if _, err := store.Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "in use by another collector (pid ") {
		t.Errorf("a second collector: %v", err)
	}
	beside, err := store.OpenShared(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	if err := addOrganisation(t.Context(), beside, "made beside"); err != nil {
		t.Fatal(err)
	}
	if n := count(t, s.Read, "SELECT count(*) FROM organisations"); n != 1 {
		t.Errorf("the collector sees %d organisations, want 1", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir) // free again
}

func TestDataOfANewerProgramIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if _, err := s.Write.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	for name, opening := range map[string]func(context.Context, string) (*store.Store, error){"collector": store.Open, "command": store.OpenShared} {
		if _, err := opening(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "newer Ecoparc (schema 99") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTransactionThatFailsLeavesNothing(t *testing.T) {
	s := open(t, t.TempDir())
	broken := errors.New("broken")
	err := store.InTx(t.Context(), s.Write, func(tx *sql.Tx) error {
		if _, err := tx.Exec("INSERT INTO organisations (name) VALUES ('half')"); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) || count(t, s.Write, "SELECT count(*) FROM organisations") != 0 {
		t.Errorf("the error is %v, and something of it was kept", err)
	}
}

func TestFullDataBaseIsSaidToBeAFullDisk(t *testing.T) {
	s := open(t, t.TempDir())
	pages := count(t, s.Write, "PRAGMA page_count")
	if _, err := s.Write.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
		t.Fatal(err)
	}
	var err error
	for i := 0; err == nil && i < 10_000; i++ {
		err = addOrganisation(t.Context(), s, strings.Repeat("x", 400)+fmt.Sprint(i))
	}
	if !errors.Is(store.Explain(err), store.ErrNoSpace) {
		t.Errorf("the error is %v", store.Explain(err))
	}
}

func TestBackupOfABusyLedgerHoldsWhatWasThereAndIsSound(t *testing.T) {
	s := open(t, t.TempDir())
	for i := range 100 {
		if err := addOrganisation(t.Context(), s, fmt.Sprint("before ", i)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	wrote := make(chan int)
	go func() {
		n := 0
		for ; ctx.Err() == nil; n++ {
			if addOrganisation(ctx, s, fmt.Sprint("meanwhile ", n)) != nil {
				break
			}
		}
		wrote <- n
	}()
	dir := t.TempDir()
	err := s.Backup(t.Context(), filepath.Join(dir, "ecoparc.sqlite"))
	stop()
	<-wrote
	if err != nil {
		t.Fatal(err)
	}
	copied := open(t, dir)
	if n := count(t, copied.Read, "SELECT count(*) FROM organisations WHERE name LIKE 'before %'"); n != 100 {
		t.Errorf("the backup holds %d of 100 organisations", n)
	}
	if err := s.Backup(t.Context(), filepath.Join(dir, "ecoparc.sqlite")); err == nil || !strings.Contains(err.Error(), "the file exists") {
		t.Errorf("a second backup to the same file: %v", err)
	}
	if err := s.Backup(t.Context(), filepath.Join(dir, "nowhere", "x.sqlite")); err == nil || !strings.Contains(err.Error(), "cannot back up") {
		t.Errorf("a backup to a folder that is not there: %v", err)
	}
}
