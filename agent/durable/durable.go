// Package durable puts files on the disk so that a power cut leaves the old content or
// the new, and nothing between: whole files ([Replace]), and notes of up to 2 KB that are
// written often ([WriteNote]).
package durable

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// newPrefix begins the names of files that are being written.
const newPrefix = ".new-"

// Unfinished tells the name of a file that was never finished: a power cut came before
// it took the place of the old one.
func Unfinished(name string) bool { return strings.HasPrefix(name, newPrefix) }

// Replace replaces a file as a whole, readable by its owner only.
func Replace(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), newPrefix+"*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it is renamed
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = SyncDir(filepath.Dir(path))
	}
	return err
}

// Try tells whether there is room in a folder to write something small.
func Try(dir string) error {
	f, err := os.CreateTemp(dir, newPrefix+"*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(make([]byte, placeB))
	if err == nil {
		err = f.Sync() // some file systems look for room only then
	}
	return errors.Join(err, f.Close())
}

// ReadAtMost reads a file, or the first bytes of one that is larger than it can be: of a
// damaged disk, whose every gigabyte would be read into memory.
func ReadAtMost(path string, mostB int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	text := make([]byte, min(info.Size(), mostB))
	n, err := io.ReadFull(f, text)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) { // it became shorter meanwhile
		err = nil
	}
	return text[:n], err
}
