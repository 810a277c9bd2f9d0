package durable_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/ecoparc/ecoparc/agent/durable"
)

// What is written at a place stands there, over what was there, and nothing else changes.
func TestWritesAtItsPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := make([]byte, 6<<20)
	for _, piece := range []struct {
		at   int64
		data []byte
	}{
		{0, []byte("first")}, {5, bytes.Repeat([]byte("long"), 1<<20)}, {2, []byte("over")}, {3, nil}, {6<<20 - 3, []byte("end")},
	} {
		if err := durable.WriteAt(f, piece.data, piece.at); err != nil {
			t.Fatal(err)
		}
		copy(want[piece.at:], piece.data)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v, are not those written", len(got), err)
	}
}

// Beyond 4 GB, the place takes two words of a small processor.
func TestWritesFarBehind(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const far = 5<<30 + 7
	if err := f.Truncate(far); err != nil {
		t.Skip("NOT RUN: files of 5 GB cannot be here: ", err)
	}
	if err := durable.WriteAt(f, []byte("far"), far); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 3)
	if _, err := f.ReadAt(got, far); err != nil || string(got) != "far" {
		t.Errorf("there is %q, %v", got, err)
	}
}

func TestWritingSaysWhereItFailed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path) // for reading
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var pathError *fs.PathError
	if err := durable.WriteAt(f, []byte("new"), 0); !errors.As(err, &pathError) || pathError.Path != path {
		t.Errorf("got %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "old" {
		t.Errorf("the file says %q", text)
	}
}
