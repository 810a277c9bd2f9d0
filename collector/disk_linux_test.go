package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// mounted is a folder with a small file system of its own: only the root user can
// make one, so elsewhere the test is skipped, and says so.
func mounted(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("needs a small file system of its own, which only root may mount: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

func remount(t *testing.T, dir string, flags uintptr, options string) {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|flags, options); err != nil {
		t.Fatal(err)
	}
}

func TestStartOnAFullDiskIsASentence(t *testing.T) {
	dir := mounted(t, "size=64k")
	fails(t, []string{"the disk is full"}, "--data", filepath.Join(dir, "data"), "run")
}

func TestStartInAReadOnlyFolderIsASentence(t *testing.T) {
	dir := mounted(t, "size=4m")
	fresh, used := filepath.Join(dir, "fresh"), filepath.Join(dir, "used")
	serve(t, used).stop(t, syscall.SIGTERM)
	remount(t, dir, syscall.MS_RDONLY, "")
	for _, data := range []string{fresh, used} {
		fails(t, []string{data, "may not write there"}, "--data", data, "run")
	}
}

func TestStartBelowAFileIsASentence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fails(t, []string{"cannot make data folder", "not a directory"}, "--data", filepath.Join(file, "data"), "run")
}

func TestStartOnADamagedLedgerIsASentence(t *testing.T) {
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "ecoparc.sqlite"), []byte(strings.Repeat("this is no ledger ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	fails(t, []string{"not a sound ledger", "restore a backup"}, "--data", data, "run")
}

// When the disk fills up while the collector runs, devices are asked to keep their
// reports; when there is space again they are taken, and nothing that was
// acknowledged is gone.
func TestDiskThatFillsUpLosesNothing(t *testing.T) {
	dir := mounted(t, "size=3m")
	data := filepath.Join(dir, "data")
	s, token := prepared(t, data, 1)
	id, _, _ := s.enrol(t, token)
	stuffing := filepath.Join(dir, "stuffing")
	f, err := os.Create(stuffing)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil { // until the disk is full
		_, err = f.Write(make([]byte, 64<<10))
	}
	f.Close()

	taken := 0
	for ; ; taken++ {
		_, status, err := s.report(id, taken)
		if err != nil {
			t.Fatal(err)
		}
		if status == http.StatusServiceUnavailable {
			break
		}
		if status != http.StatusOK || taken > 700 {
			t.Fatalf("report %d: status %d", taken, status)
		}
	}
	if answer, err := http.Get(s.url + "/healthz"); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("with a full disk the collector does not live: %v", err)
	}
	if err := os.Remove(stuffing); err != nil {
		t.Fatal(err)
	}
	for n := range taken + 1 {
		ack, status, err := s.report(id, n)
		if err != nil || status != http.StatusOK || n < taken && ack.Repeat != 4 || n == taken && ack.New != 4 {
			t.Errorf("after there is space again, report %d of %d: %+v, status %d, %v", n, taken, ack, status, err)
		}
	}
}
