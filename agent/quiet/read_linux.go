package quiet

import (
	"io/fs"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ReadFile reads a file of the kernel's, below /proc or /sys, which has its answer at
// hand. One that asks a device first, as the controller of a battery, is for
// os.ReadFile: Go would take the wait for work. The error is an [*fs.PathError].
func ReadFile(path string) ([]byte, error) { return read(path, 0) }

// ReadStart reads no more than a file's first bytes.
func ReadStart(path string, atMostB int) ([]byte, error) { return read(path, atMostB) }

func read(path string, atMostB int) ([]byte, error) {
	name, err := unix.BytePtrFromString(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	here := unix.AT_FDCWD
	fd, _, errno := unix.RawSyscall6(unix.SYS_OPENAT, uintptr(here), uintptr(unsafe.Pointer(name)), unix.O_RDONLY|unix.O_CLOEXEC|unix.O_LARGEFILE, 0, 0, 0)
	if errno != 0 {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errno}
	}
	defer unix.RawSyscall(unix.SYS_CLOSE, fd, 0, 0)
	text := make([]byte, 0, 512)
	for {
		if len(text) == cap(text) {
			text = append(text, make([]byte, len(text))...)[:len(text)]
		}
		free := text[len(text):cap(text)]
		n, _, errno := unix.RawSyscall(unix.SYS_READ, fd, uintptr(unsafe.Pointer(&free[0])), uintptr(len(free)))
		switch {
		case errno == unix.EINTR:
			continue
		case errno != 0:
			return nil, &fs.PathError{Op: "read", Path: path, Err: errno}
		}
		text = text[:len(text)+int(n)]
		if n == 0 || atMostB > 0 && len(text) >= atMostB {
			return text, nil
		}
	}
}
