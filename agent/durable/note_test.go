package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/agent/durable"
)

type document struct {
	N    int
	Text string
}

func TestNoteIsReadAsItWasWrittenLast(t *testing.T) {
	path := filepath.Join(t.TempDir(), "note")
	var got document
	if err := durable.ReadNote(path, &got); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before the first: %v", err)
	}
	for n := range 5 {
		want := document{n, strings.Repeat("é\x00<", n*20)}
		if err := durable.WriteNote(path, want); err != nil {
			t.Fatal(err)
		}
		if err := durable.ReadNote(path, &got); err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() != 4096 || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("its file: %v, %v; want one page for its owner", info, err)
	}
	if err := durable.WriteNote(path, document{Text: strings.Repeat("x", 2048)}); err == nil {
		t.Error("a note that is too long was written")
	}
	if err := durable.ReadNote(path, &got); err != nil || got.N != 4 {
		t.Errorf("after one that was too long: %+v, %v", got, err)
	}
}

// A power cut leaves any part of a place unwritten: then the note is the one before,
// and the next one can be written.
func TestPowerCutLeavesANoteBeforeIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "note")
	rapid.Check(t, func(t *rapid.T) {
		_ = os.Remove(path)
		last := rapid.IntRange(1, 6).Draw(t, "notes")
		var before []byte
		for n := range last + 1 {
			before, _ = os.ReadFile(path)
			if err := durable.WriteNote(path, document{N: n}); err != nil {
				t.Fatal(err)
			}
		}
		after, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		torn := append([]byte(nil), after...)
		for i := range torn { // each byte is old or new
			if torn[i] != before[i] && rapid.Bool().Draw(t, "unwritten") {
				torn[i] = before[i]
			}
		}
		if err := os.WriteFile(path, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		var got document
		if err := durable.ReadNote(path, &got); err != nil || got.N != last && got.N != last-1 {
			t.Fatalf("%+v, %v; want %d or the one before", got, err, last)
		}
		if err := durable.WriteNote(path, document{N: 100}); err != nil {
			t.Fatal(err)
		}
		if err := durable.ReadNote(path, &got); err != nil || got.N != 100 {
			t.Fatalf("afterwards %+v, %v", got, err)
		}
	})
}
