package registry

import (
	"errors"
	"fmt"
)

// Refused is why something that an administrator asked for is not done, as opposed to
// a failure of the store. A Field names what was given wrongly; without one, what is
// there does not allow it.
type Refused struct{ Field, Reason string }

func (e *Refused) Error() string {
	if e.Field == "" {
		return e.Reason
	}
	return e.Field + " " + e.Reason
}

func wrong(field, format string, args ...any) error {
	return &Refused{field, fmt.Sprintf(format, args...)}
}

// Refuse is a Refused without a field.
func Refuse(format string, args ...any) error { return &Refused{Reason: fmt.Sprintf(format, args...)} }

// ErrNotFound says that there is no such thing.
var ErrNotFound = errors.New("not found")

// missing is ErrNotFound in words that help.
type missing string

func (m missing) Error() string      { return string(m) }
func (missing) Is(target error) bool { return target == ErrNotFound }

// NoSite and NoDevice are ErrNotFound of a site and of a device.
func NoSite(id int64) error {
	return missing(fmt.Sprintf("there is no site %d; `collector site list` shows them", id))
}

// NoDevice is ErrNotFound of a device.
func NoDevice(name string) error {
	return missing(fmt.Sprintf("there is no device %q; `collector device list --state all` shows them", name))
}

func noOrganisation(id int64) error {
	return missing(fmt.Sprintf("there is no organisation %d; `collector organisation list` shows them", id))
}
