package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Products get new columns by a table made anew: who referred to one still does.
func TestMigrationKeepsEveryReference(t *testing.T) {
	dir := t.TempDir()
	fixture(t, dir, 1)
	s := open(t, dir)
	if n := count(t, s.Read, "SELECT count(*) FROM pragma_foreign_key_check"); n != 0 {
		t.Errorf("%d references are broken", n)
	}
	if n := count(t, s.Write, "SELECT foreign_keys FROM pragma_foreign_keys"); n != 1 {
		t.Error("references are not checked after a migration")
	}
	if _, err := s.Write.Exec("DELETE FROM products"); err == nil {
		t.Error("products can be taken away from their devices")
	}
	if n := count(t, s.Read, "SELECT count(*) FROM products WHERE screen_in = 0 AND weight_kg = 0"); n != 2 {
		t.Errorf("%d products have no sizes, want 2", n)
	}
}

func TestAuditLogCannotBeChanged(t *testing.T) {
	s := open(t, t.TempDir())
	if _, err := s.Write.Exec("INSERT INTO audit (at, who, what, object, details) VALUES (1, 'a', 'b', 'c', 'd')"); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"UPDATE audit SET who = 'z'", "DELETE FROM audit", "INSERT OR REPLACE INTO audit (id, at, who, what, object, details) VALUES (1, 1, 'z', 'b', 'c', 'd')"} {
		if _, err := s.Write.Exec(query); err == nil && count(t, s.Read, "SELECT count(*) FROM audit WHERE who = 'a'") != 1 {
			t.Errorf("%s changes the log", query)
		} else if err != nil && !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", query, err)
		}
	}
	if n := count(t, s.Read, "SELECT count(*) FROM audit WHERE who = 'a'"); n != 1 {
		t.Error("the log was changed")
	}
}

func TestKeyOfSerialNumbersStaysAndIsPrivate(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	key, err := s.SerialKey()
	if err != nil || len(key) != 32 || bytes.Equal(key, make([]byte, 32)) {
		t.Fatalf("the key is %x, %v", key, err)
	}
	again, err := s.SerialKey()
	if err != nil || !bytes.Equal(again, key) {
		t.Errorf("the second time it is %x, %v; want %x", again, err, key)
	}
	path := filepath.Join(dir, "serial.key")
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("its file is %v, %v", info, err)
	}
	if left, err := filepath.Glob(path + ".*"); err != nil || len(left) > 0 {
		t.Errorf("drafts are left: %v, %v", left, err)
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SerialKey(); err == nil || !strings.Contains(err.Error(), "holds 5 bytes, want 32") {
		t.Errorf("a damaged key: %v", err)
	}
}
