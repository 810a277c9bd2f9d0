package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	serialKeyName = "serial.key"
	serialKeyB    = 32
)

// SerialKey is the random key under which serial numbers are hashed, made when the
// data folder has none. It lies beside the data and not in it: serial numbers can be
// guessed from their hashes by whoever has the key, and a backup that strays has not.
// Of a data base that several collectors share it is in a table of its own, which a
// dump can leave out.
func (s *Store) SerialKey() ([]byte, error) {
	if s.post != nil {
		return s.sharedKey(context.Background(), serialKeyName)
	}
	path := filepath.Join(s.dir, serialKeyName)
	key, err := os.ReadFile(path)
	switch {
	case err == nil && len(key) == serialKeyB:
		return key, nil
	case err == nil:
		return nil, fmt.Errorf("%q holds %d bytes, want %d: put back the one that was there", path, len(key), serialKeyB)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, Explain(fmt.Errorf("cannot read the key of serial numbers: %w", err))
	}
	key = make([]byte, serialKeyB)
	rand.Read(key) // never fails
	// A whole file or none, and the first of two that come at once.
	draft, err := os.CreateTemp(s.dir, serialKeyName+".*")
	if err != nil {
		return nil, Explain(fmt.Errorf("cannot keep the key of serial numbers: %w", err))
	}
	defer os.Remove(draft.Name())
	_, err = draft.Write(key)
	if err = errors.Join(err, draft.Sync(), draft.Close()); err == nil {
		err = os.Link(draft.Name(), path)
	}
	if errors.Is(err, fs.ErrExist) {
		return s.SerialKey()
	}
	if err != nil {
		return nil, Explain(fmt.Errorf("cannot keep the key of serial numbers: %w", err))
	}
	return key, nil
}

// sharedKey is a key in the data base, made by the first collector that asks.
func (s *Store) sharedKey(ctx context.Context, name string) ([]byte, error) {
	key := make([]byte, serialKeyB)
	rand.Read(key) // never fails
	_, err := s.Write.ExecContext(ctx, "INSERT INTO keys (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", name, key)
	if err == nil {
		err = s.Write.QueryRowContext(ctx, "SELECT value FROM keys WHERE name = ?", name).Scan(&key)
	}
	if err != nil {
		return nil, Explain(fmt.Errorf("cannot read the key of serial numbers: %w", err))
	}
	if len(key) != serialKeyB {
		return nil, fmt.Errorf("the key %q in the table keys holds %d bytes, want %d: put back the one that was there", name, len(key), serialKeyB)
	}
	return key, nil
}

// AdoptSerialKey gives a data base that several collectors share the key that its data
// was made with. One that has another key keeps it, and that is an error.
func (s *Store) AdoptSerialKey(ctx context.Context, key []byte) error {
	if _, err := s.Write.ExecContext(ctx, "INSERT INTO keys (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", serialKeyName, key); err != nil {
		return Explain(fmt.Errorf("cannot keep the key of serial numbers: %w", err))
	}
	is, err := s.sharedKey(ctx, serialKeyName)
	if err == nil && !bytes.Equal(is, key) {
		err = errors.New("the data base has another key of serial numbers than its data was made with")
	}
	return err
}
