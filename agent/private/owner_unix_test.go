//go:build unix

package private_test

import (
	"os"
	"syscall"
	"testing"
)

func ownerOf(t testing.TB, path string) (uid, gid uint32) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	s := info.Sys().(*syscall.Stat_t)
	return s.Uid, s.Gid
}
