package ownuse_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ecoparc/ecoparc/collector/ownuse"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
)

func TestPostgresTellsItsSize(t *testing.T) {
	at := storetest.StartPostgres(t).Place(t)
	s, err := at.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if size, err := ownuse.Disk(s, at)(t.Context()); err != nil || size < 1<<20 {
		t.Errorf("%d bytes, %v", size, err)
	}
}

func TestDataTakeAsMuchDiskAsTheirFiles(t *testing.T) {
	at := store.Place{Dir: t.TempDir()}
	s, err := at.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	size := ownuse.Disk(s, at)
	before, err := size(t.Context())
	if err != nil || before < 4096 {
		t.Errorf("%d bytes, %v", before, err)
	}
	if err := os.WriteFile(filepath.Join(at.Dir, "more"), make([]byte, 1234), 0o600); err != nil {
		t.Fatal(err)
	}
	if after, err := size(t.Context()); err != nil || after < before+1234 {
		t.Errorf("%d bytes after %d, %v", after, before, err)
	}
}
