package quiet_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ecoparc/ecoparc/agent/quiet"
)

func TestReadsWhatTheOrdinaryWayReads(t *testing.T) {
	dir := t.TempDir()
	for _, sizeB := range []int{0, 1, 511, 512, 513, 5000, 100_000} {
		path, text := filepath.Join(dir, "file"), bytes.Repeat([]byte("ecoparc\n"), sizeB/8+1)[:sizeB]
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := quiet.ReadFile(path); err != nil || !bytes.Equal(got, text) {
			t.Errorf("of %d bytes %d were read, %v", sizeB, len(got), err)
		}
		if got, err := quiet.ReadStart(path, 256); err != nil || !bytes.HasPrefix(text, got) || len(got) < min(sizeB, 256) {
			t.Errorf("the start of %d bytes: %d, %v", sizeB, len(got), err)
		}
	}
	if ordinary, err := os.ReadFile("/proc/version"); err == nil {
		if got, err := quiet.ReadFile("/proc/version"); err != nil || !bytes.Equal(got, ordinary) {
			t.Errorf("/proc/version: %q, %v; want %q", got, err, ordinary)
		}
	}
}

func TestErrorsAreTheOrdinaryOnes(t *testing.T) {
	for path, want := range map[string]error{
		filepath.Join(t.TempDir(), "none"): fs.ErrNotExist,
		"/dev/null/file":                   nil, // not a folder
		t.TempDir():                        nil, // a folder
		"with\x00zero":                     nil,
	} {
		_, err := quiet.ReadFile(path)
		var pathError *fs.PathError
		if !errors.As(err, &pathError) || want != nil && !errors.Is(err, want) {
			t.Errorf("%q: %v", path, err)
		}
		if _, ordinary := os.ReadFile(path); ordinary == nil || pathError.Error() != ordinary.Error() {
			t.Errorf("%q: %q, ordinarily %q", path, pathError, ordinary)
		}
	}
}

func TestListsWhatTheOrdinaryWayLists(t *testing.T) {
	full := t.TempDir()
	for i := range 300 { // more than the kernel tells at once
		if err := os.WriteFile(filepath.Join(full, fmt.Sprintf("a-rather-long-name-of-a-file-%d", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{full, t.TempDir(), "/sys/block", "/proc/self"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // not on this machine
		}
		var want []string
		for _, e := range entries {
			want = append(want, e.Name())
		}
		got, err := quiet.Names(dir)
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %d names, %v; want %d", dir, len(got), err, len(want))
		}
	}
	for _, dir := range []string{filepath.Join(full, "none"), filepath.Join(full, "a-rather-long-name-of-a-file-1")} {
		if names, err := quiet.Names(dir); err == nil {
			t.Errorf("%s: %q; want an error", dir, names)
		}
	}
}

func TestFoldersAreToldFromAllElse(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{dir: true, file: false, filepath.Join(dir, "none"): false, filepath.Join(file, "below"): false} {
		if got := quiet.HasDir(path); got != want {
			t.Errorf("%s: %t", path, got)
		}
	}
}
