//go:build unix

package private

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGroupOfOneAccountAlone(t *testing.T) {
	const accounts = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
alice:x:1000:100::/home/alice:/bin/bash
bob:x:1001:100::/home/bob:/bin/bash
ecoparc-agent:x:997:997::/var/lib/ecoparc-agent:/usr/sbin/nologin
other-agent:x:996:996::/nonexistent:/usr/sbin/nologin
carol:x:1002:1002::/home/carol:/bin/bash
dave:x:1003:1002::/home/dave:/bin/bash
erin:x:1004:200::/home/erin:/bin/bash
broken
`
	const groups = `root:x:0:
daemon:x:1:root
users:x:100:
staff:x:50:alice,bob
empty:x:60:
pupils:x:200:
carol:x:1002:
ecoparc-agent:x:997:
other-agent:x:996:other-agent,alice
broken:x
`
	for gid, want := range map[uint32]string{
		0: "", 1: "", 997: "",
		50:   "its group staff is not that of an account of its own",
		60:   "its group empty is not that of an account of its own", // here; in a directory it may be everybody's
		100:  "its group users is not that of an account of its own",
		200:  "its group pupils is not that of an account of its own",
		996:  "in its group other-agent are alice, other-agent", // added by somebody, who now reads it
		1002: "in its group carol are carol, dave",              // his first group, too
		42:   "its group 42 is not that of an account of its own",
	} {
		err := alone(gid, accounts, groups)
		if (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("group %d: %v; want %q", gid, err, want)
		}
	}
}

// TestGroupReadsRootsFilesOnly: who owns a file can let in whom they like.
func TestGroupReadsRootsFilesOnly(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	daemon := 1 // the group of one account alone, on every system
	for _, c := range []struct {
		uid, gid int
		mode     os.FileMode
		want     string
	}{
		{0, daemon, 0o640, ""},
		{0, daemon, 0o600, ""},
		{0, daemon, 0o660, "mode 0660"},
		{0, daemon, 0o644, "mode 0644"},
		{4321, daemon, 0o640, "its owner is not root"},
		{4321, daemon, 0o600, ""},
		{0, 4_000_000, 0o640, "is not that of an account"},
	} {
		if err := os.Chown(path, c.uid, c.gid); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		err := Check(path, Group)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
		if err := Check(path, Owner); (err == nil) != (c.mode == 0o600) {
			t.Errorf("%+v, for the owner alone: %v", c, err)
		}
		if got, want := Shareable(path), c.uid == 0 && c.gid == daemon; got != want {
			t.Errorf("%+v: shareable %t", c, got)
		}
	}
}
