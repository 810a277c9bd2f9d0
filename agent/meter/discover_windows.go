package meter

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Discover looks for every kind of meter of this machine. No driver is installed,
// and no right is needed that an ordinary account lacks.
func Discover(string) *Found {
	f := new(Found)
	f.findEMI(present(windows.GUID{Data1: 0x45bd8344, Data2: 0x7ed6, Data3: 0x49cf, Data4: [8]byte{0xa4, 0x40, 0xc2, 0x76, 0xc9, 0x33, 0xb0, 0x53}}))
	f.findClassBatteries(present(windows.GUID{Data1: 0x72631e54, Data2: 0x78a4, Data3: 0x11d0, Data4: [8]byte{0xbc, 0xf7, 0x00, 0xaa, 0x00, 0xb7, 0xb3, 0x2a}}), onMains)
	return f
}

// present are the devices of an interface that are there now.
func present(class windows.GUID) []device {
	paths, err := windows.CM_Get_Device_Interface_List("", &class, windows.CM_GET_DEVICE_INTERFACE_LIST_PRESENT)
	if err != nil {
		return nil
	}
	var all []device
	for _, path := range paths {
		if path != "" {
			all = append(all, devicePath(path))
		}
	}
	return all
}

// devicePath is a device by the name of its interface.
type devicePath string

func (p devicePath) ask(code uint32, question []byte, roomB int) ([]byte, error) {
	name, err := windows.UTF16PtrFromString(string(p))
	if err != nil {
		return nil, fmt.Errorf("%w: its name: %w", ErrBroken, err)
	}
	// A handle that is kept goes stale when the machine sleeps or the driver is updated.
	h, err := windows.CreateFile(name, windows.GENERIC_READ, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE, nil, windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, outcome(err)
	}
	defer windows.CloseHandle(h)
	answer := make([]byte, max(1, roomB))
	var in *byte
	if len(question) > 0 {
		in = &question[0]
	}
	var n uint32
	if err := windows.DeviceIoControl(h, code, in, uint32(len(question)), &answer[0], uint32(roomB), &n, nil); err != nil {
		return nil, outcome(err)
	}
	return answer[:min(int(n), roomB)], nil
}

// outcome tells the ordinary outcomes apart.
func outcome(err error) error {
	switch {
	case errors.Is(err, windows.ERROR_ACCESS_DENIED):
		return ErrPermission
	case errors.Is(err, windows.ERROR_FILE_NOT_FOUND), errors.Is(err, windows.ERROR_PATH_NOT_FOUND), errors.Is(err, windows.ERROR_NO_SUCH_DEVICE):
		return ErrNone
	}
	return fmt.Errorf("%w: %w", ErrBroken, err)
}

var getSystemPowerStatus = windows.NewLazySystemDLL("kernel32.dll").NewProc("GetSystemPowerStatus")

// onMains is what the kernel remembers of the mains (SYSTEM_POWER_STATUS), which
// asks no controller.
func onMains() bool {
	var status struct {
		mains, battery, percent, saver byte
		leftS, wholeS                  uint32
	}
	ok, _, _ := getSystemPowerStatus.Call(uintptr(unsafe.Pointer(&status)))
	return ok != 0 && status.mains == 1
}
