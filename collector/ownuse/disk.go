package ownuse

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/ecoparc/ecoparc/collector/store"
)

// Disk tells how many bytes of disk the data at a place take.
func Disk(s *store.Store, at store.Place) func(context.Context) (int64, error) {
	return func(ctx context.Context) (sum int64, err error) {
		if s.Shared() {
			if err := s.Read.QueryRowContext(ctx, "SELECT pg_database_size(current_database())").Scan(&sum); err != nil {
				return 0, fmt.Errorf("cannot tell how large the data base is: %w", err)
			}
			return sum, nil
		}
		err = filepath.WalkDir(at.Dir, func(_ string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if info, err := d.Info(); err == nil { // else it is gone since it was listed
				sum += info.Size()
			}
			return nil
		})
		if err != nil {
			return 0, fmt.Errorf("cannot tell how large the data folder is: %w", err)
		}
		return sum, nil
	}
}
