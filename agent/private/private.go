// Package private tells whether a file with a secret is for the agent's account
// alone. Whoever reads a device's secret can report as that device, and whoever
// reads an enrolment token can invent devices.
//
// On Unix the file's mode says so. On Windows, where a folder's access list is
// inherited by what is made in it, the access list does (sddl.go).
package private

import (
	"fmt"
	"os"
)

// Reader is who may read a file beside its owner.
type Reader int

// The readers that a file may have.
const (
	Owner Reader = iota // nobody else
	Group               // the owning group too: an administrator's file that the service's account reads
)

// Check says why a file is open to more than those readers; nil when it is not.
func Check(path string, allowed Reader) error {
	who, err := others(path, allowed)
	if err != nil {
		return fmt.Errorf("cannot tell who may read %q: %w", path, err)
	}
	if who != "" {
		return fmt.Errorf("%q can be read by others (%s)", path, who)
	}
	return nil
}

// KeepOwner gives a file to the owner of the folder it is in, when the one who
// made it is root: so `sudo agent enrol` makes an identity that the service, which
// runs as another account, can read.
func KeepOwner(path string) error { return keepOwner(path, os.Geteuid()) }
