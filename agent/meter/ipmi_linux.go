package meter

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/ecoparc/ecoparc/models/report"
)

// findIPMI opens the power meter of a server's board controller, by the kernel's own
// interface to it (Documentation/driver-api/ipmi.rst): nobody has to give away the
// controller's password, nor is the network asked. Only root may, on most systems.
func (f *Found) findIPMI(root string) {
	for _, name := range []string{"dev/ipmi0", "dev/ipmi/0", "dev/ipmidev/0"} {
		path := filepath.Join(root, name)
		if _, err := os.Stat(path); err != nil {
			continue
		}
		ask := func() (uw uint64, whole bool, err error) {
			answer, err := askController(path)
			if err != nil {
				return 0, false, err
			}
			uw, err = parseDCMI(answer)
			return uw, err == nil, err
		}
		_, _, err := ask()
		never := func() bool { return false }
		f.add(&slow{source: "ipmi-dcmi", boundary: report.Wall, ask: ask, paused: never}, "ipmi-dcmi", report.Wall, err)
		return
	}
}

// What follows are the structures and numbers of linux/ipmi.h.

type ipmiMessage struct {
	netFn, command byte
	dataB          uint16
	data           *byte
}

type ipmiRequest struct {
	address  *byte
	addressB uint32
	id       int
	message  ipmiMessage
}

type ipmiReceived struct {
	kind     int32
	address  *byte
	addressB uint32
	id       int
	message  ipmiMessage
}

// ioctlNumber is _IOC(direction, 'i', number, size).
func ioctlNumber(direction, number, size uintptr) uintptr {
	return direction<<30 | size<<16 | 'i'<<8 | number
}

// askController asks the board's controller for its power, and waits a second for
// the answer.
func askController(path string) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%w: only root may ask the board's controller", ErrPermission)
	}
	if errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO) || errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	defer file.Close()
	var pinned runtime.Pinner // what the structures point to
	defer pinned.Unpin()

	const systemInterface, thisController = 0x0c, 0xf
	address := make([]byte, 8)
	binary.NativeEndian.PutUint32(address, systemInterface)
	binary.NativeEndian.PutUint16(address[4:], thisController)
	question := [...]byte{dcmiGroup, 1, 0, 0} // statistics of system power
	pinned.Pin(&address[0])
	pinned.Pin(&question)
	request := ipmiRequest{address: &address[0], addressB: uint32(len(address)), id: 1, message: ipmiMessage{netFn: dcmiNetFn, command: dcmiPowerReading, dataB: uint16(len(question)), data: &question[0]}}
	const read, readWrite, sendCommand, receiveMessage = 2, 3, 13, 11
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, file.Fd(), ioctlNumber(read, sendCommand, unsafe.Sizeof(request)), uintptr(unsafe.Pointer(&request))); errno != 0 {
		return nil, fmt.Errorf("%w: its controller takes no question: %w", ErrBroken, errno)
	}
	const patienceMs = 1000
	poll := []unix.PollFd{{Fd: int32(file.Fd()), Events: unix.POLLIN}}
	if n, err := unix.Poll(poll, patienceMs); err != nil || n == 0 {
		return nil, fmt.Errorf("%w: its controller does not answer (%v)", ErrBroken, err)
	}
	answer, from := make([]byte, 272), make([]byte, 64)
	pinned.Pin(&answer[0])
	pinned.Pin(&from[0])
	received := ipmiReceived{address: &from[0], addressB: uint32(len(from)), message: ipmiMessage{dataB: uint16(len(answer)), data: &answer[0]}}
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, file.Fd(), ioctlNumber(readWrite, receiveMessage, unsafe.Sizeof(received)), uintptr(unsafe.Pointer(&received))); errno != 0 {
		return nil, fmt.Errorf("%w: its controller's answer cannot be read: %w", ErrBroken, errno)
	}
	return answer[:min(int(received.message.dataB), len(answer))], nil
}
