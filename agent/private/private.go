// Package private tells whether a file with a secret is for the agent's account
// alone. Whoever reads a device's secret can report as that device, and whoever
// reads an enrolment token can invent devices.
//
// On Unix the file's mode says so. On Windows, where a folder's access list is
// inherited by what is made in it, the access list does (sddl.go).
package private

import (
	"fmt"
)

// Reader is who may read a file beside its owner.
type Reader int

// The readers that a file may have.
const (
	Owner Reader = iota // nobody else
	Group               // an account's own group too: root's file that the service reads
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

// Shareable tells whether a file's group may read it (Group): the file is root's, and
// the group that of one account, the service's, with nobody else in it.
func Shareable(path string) bool { return shareable(path) == nil }

// Close makes a file with a secret readable to those alone who run the agent. On Unix
// it was written with mode 0600, which stays. Made by root it goes to the owner of its
// folder: so `sudo ecoparc-agent enrol` makes an identity that the service, which runs as
// another account, can read.
func Close(path string) error {
	if err := closeFile(path); err != nil {
		return fmt.Errorf("cannot close %q to others: %w", path, err)
	}
	return nil
}

// MakeFolder makes a folder for secrets, closed to others from its first moment on.
// One that exists is left as it is.
func MakeFolder(path string) error { return makeFolder(path) }

// OfAnother is the account that a folder belongs to, where root asks, who could write to
// it and take it from that account; empty else, and on Windows.
func OfAnother(folder string) (account string) { return ofAnother(folder) }
