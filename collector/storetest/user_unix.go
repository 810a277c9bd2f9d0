//go:build unix

package storetest

import (
	"os"
	"os/user"
	"strconv"
	"syscall"
	"testing"
)

// unprivileged lets programs run as another user where this one is root, as whom
// PostgreSQL refuses to run, and gives that user the folder.
func unprivileged(t testing.TB, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	other, err := user.Lookup("postgres")
	if err != nil {
		other, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatal(err)
	}
	uid, errUser := strconv.ParseUint(other.Uid, 10, 32)
	gid, errGroup := strconv.ParseUint(other.Gid, 10, 32)
	if errUser != nil || errGroup != nil {
		t.Fatalf("the user %s has the numbers %s and %s", other.Username, other.Uid, other.Gid)
	}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		t.Fatal(err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}
