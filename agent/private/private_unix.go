//go:build unix

package private

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

func others(path string, allowed Reader) (who string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	closed := os.FileMode(0o077)
	if allowed == Group {
		closed = 0o037 // the group reads, and does not write
	}
	if info.Mode().Perm()&closed != 0 {
		return fmt.Sprintf("mode %04o", info.Mode().Perm()), nil
	}
	return "", nil
}

func closeFile(path string) error {
	if os.Geteuid() != 0 {
		return nil // it is written with mode 0600, by its owner
	}
	info, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return os.Lchown(path, int(owner.Uid), int(owner.Gid))
}

func makeFolder(path string) error { return os.MkdirAll(path, 0o700) }
