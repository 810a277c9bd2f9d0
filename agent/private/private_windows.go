package private

import (
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
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

// shareable finds nothing to object to: the access list says who reads a file.
func shareable(string) error { return nil }

// closeFile gives a file an access list of its own: of its folder's one it cannot be
// sure, where somebody tries the agent in a folder of theirs.
func closeFile(path string) error {
	sddl, err := ownSDDL()
	if err != nil {
		return err
	}
	return set(path, sddl)
}

// ownSDDL lets in the service's readers and who runs this program.
func ownSDDL() (string, error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return "", err
	}
	return SDDL(true) + "(A;OICI;FA;;;" + user.User.Sid.String() + ")", nil
}

func makeFolder(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	sddl, err := ownSDDL()
	if err != nil {
		return err
	}
	sd, err := windows.SecurityDescriptorFromString(sddl)
	if err != nil {
		return err
	}
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	err = windows.CreateDirectory(name, &windows.SecurityAttributes{Length: uint32(unsafe.Sizeof(windows.SecurityAttributes{})), SecurityDescriptor: sd})
	if err != nil {
		return &os.PathError{Op: "mkdir", Path: path, Err: err}
	}
	return nil
}

// Home is the folder of the agent's configuration and state, ProgramData\Ecoparc. It is
// where the installer made and closed it, whatever the environment says: a service's
// under Wine names a folder of the public's.
func Home() string {
	const profiles = `SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList`
	data := os.Getenv("ProgramData")
	if key, err := registry.OpenKey(registry.LOCAL_MACHINE, profiles, registry.QUERY_VALUE); err == nil {
		defer key.Close()
		if text, _, err := key.GetStringValue("ProgramData"); err == nil {
			if path, err := registry.ExpandString(text); err == nil {
				data = path
			}
		}
	}
	return filepath.Join(data, "Ecoparc")
}

// Lock closes a folder to all but the system, administrators and, as far as
// write says, the service. What is made in it inherits that.
func Lock(path string, write bool) error {
	if err := set(path, SDDL(write)); err != nil {
		return fmt.Errorf("cannot close folder %q to others: %w", path, err)
	}
	return nil
}

func set(path, sddl string) error {
	sd, err := windows.SecurityDescriptorFromString(sddl)
	if err != nil {
		return err
	}
	dacl, _, err := sd.DACL()
	if err != nil {
		return err
	}
	const only = windows.DACL_SECURITY_INFORMATION | windows.PROTECTED_DACL_SECURITY_INFORMATION
	return windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, only, nil, nil, dacl, nil)
}

// Advice is how to close a file to all but its readers: the system, administrators and
// LocalService, by numbers, as their names differ from language to language.
func Advice(allowed Reader) string {
	rights := "M" // change
	if allowed == Group {
		rights = "RX" // read
	}
	return "`icacls FILE /inheritance:r /grant *S-1-5-18:F *S-1-5-32-544:F *S-1-5-19:" + rights + "`"
}

func ofAnother(string) string { return "" }
