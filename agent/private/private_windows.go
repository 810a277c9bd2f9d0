package private

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// others reads the access list. An account with a name of its own, as that of an
// administrator who tries the agent, is nobody else.
func others(path string, _ Reader) (who string, err error) {
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return "", err
	}
	return LetsIn(sd.String()), nil
}

// keepOwner has nothing to do: the folder's access list names the service.
func keepOwner(string, int) error { return nil }

// Lock closes a folder to all but the system, administrators and, as far as
// write says, the service. What is made in it inherits that.
func Lock(path string, write bool) error {
	sd, err := windows.SecurityDescriptorFromString(SDDL(write))
	if err != nil {
		return err
	}
	dacl, _, err := sd.DACL()
	if err != nil {
		return err
	}
	const only = windows.DACL_SECURITY_INFORMATION | windows.PROTECTED_DACL_SECURITY_INFORMATION
	if err := windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, only, nil, nil, dacl, nil); err != nil {
		return fmt.Errorf("cannot close folder %q to others: %w", path, err)
	}
	return nil
}
