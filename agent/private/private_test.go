//go:build unix

package private_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/agent/private"
)

func TestModeSaysWhoMayRead(t *testing.T) {
	for _, c := range []struct {
		mode         os.FileMode
		owner, group bool // allowed for
	}{
		{0o600, true, true}, {0o400, true, true}, {0o640, false, false}, {0o660, false, false}, {0o604, false, false}, {0o644, false, false}, {0o601, false, false},
	} {
		path := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if os.Geteuid() == 0 { // so that it is nobody's whom this machine knows
			if err := os.Chown(path, 0, 4_000_000); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		if err := private.Check(path, private.Owner); (err == nil) != c.owner {
			t.Errorf("mode %04o, for the owner: %v", c.mode, err)
		}
		if err := private.Check(path, private.Group); (err == nil) != c.group {
			t.Errorf("mode %04o, for the group: %v", c.mode, err)
		}
	}
	if err := private.Check(filepath.Join(t.TempDir(), "missing"), private.Owner); err == nil || !strings.Contains(err.Error(), "cannot tell who") {
		t.Errorf("a missing file: %v", err)
	}
}

func TestWindowsAccessListSaysWhoIsLetIn(t *testing.T) {
	for sddl, want := range map[string]string{
		private.SDDL(true):  "",
		private.SDDL(false): "",
		"O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)": "",
		"D:AI(A;ID;FA;;;SY)(A;ID;0x1200a9;;;BU)":        "users",
		"D:(A;;GR;;;WD)":                                "everyone",
		"D:(A;;GR;;;S-1-1-0)":                           "everyone",
		"D:(D;;GR;;;WD)(A;;FA;;;BA)":                    "", // denied
		"D:(A;;FA;;;S-1-5-21-1-2-3-1001)":               "",
		"D:(A;;FA;;;AU)S:(AU;SA;FA;;;SY)":               "authenticated users",
		"D:(A;;FA;;;BA)S:(AU;SA;FA;;;WD)":               "", // audited, not let in
		"D:NO_ACCESS_CONTROL":                           "everyone: it has no access list",
		"O:BA":                                          "everyone: it has no access list",
		"D:P":                                           "",
		"D:(XA;;FR;;;IU;(WIN://ISMULTISESSIONSKU))":     "interactive users",
		"D:PAI(A;OICIIO;FA;;;CO)(A;;FA;;;S-1-5-19)(A;;FA;;;LS)(A;;0x1301bf;;;S-1-5-32-545)": "users",
	} {
		if got := private.LetsIn(sddl); got != want {
			t.Errorf("%s lets in %q; want %q", sddl, got, want)
		}
	}
}

func TestIdentityGoesToTheOwnerOfItsFolder(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 4321, 4322); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "identity.json")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := private.Close(path); err != nil {
		t.Fatal(err)
	}
	uid, gid := ownerOf(t, path)
	if uid != 4321 || gid != 4322 {
		t.Errorf("owner %d:%d; want 4321:4322", uid, gid)
	}
}
