package quiet

import (
	"bytes"
	"io/fs"
	"slices"
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
	fd, err := open(path, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer unix.RawSyscall(unix.SYS_CLOSE, fd, 0, 0)
	var here [4096]byte // on the stack: most files are shorter, and garbage is collected seldom
	text := here[:0]
	for {
		if len(text) == cap(text) {
			text = slices.Grow(text, len(text))
		}
		n, err := fill(unix.SYS_READ, fd, text[len(text):cap(text)])
		if err != nil {
			return nil, &fs.PathError{Op: "read", Path: path, Err: err}
		}
		text = text[:len(text)+n]
		if n == 0 || atMostB > 0 && len(text) >= atMostB {
			return bytes.Clone(text), nil
		}
	}
}

// HasDir tells whether there is a folder.
func HasDir(path string) bool {
	fd, err := open(path, unix.O_PATH|unix.O_DIRECTORY)
	if err == nil {
		unix.RawSyscall(unix.SYS_CLOSE, fd, 0, 0)
	}
	return err == nil
}

// Names are the names in a folder of the kernel's, in no order.
func Names(dir string) (names []string, err error) {
	fd, err := open(dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	defer unix.RawSyscall(unix.SYS_CLOSE, fd, 0, 0)
	var entries [4096]byte
	for {
		n, err := fill(unix.SYS_GETDENTS64, fd, entries[:])
		if err != nil {
			return nil, &fs.PathError{Op: "readdir", Path: dir, Err: err}
		}
		if n == 0 {
			return names, nil
		}
		_, _, names = unix.ParseDirent(entries[:n], -1, names)
	}
}

func open(path string, how int) (fd uintptr, err error) {
	name, err := unix.BytePtrFromString(path)
	if err != nil {
		return 0, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	here := unix.AT_FDCWD
	fd, _, errno := unix.RawSyscall6(unix.SYS_OPENAT, uintptr(here), uintptr(unsafe.Pointer(name)), uintptr(how|unix.O_CLOEXEC|unix.O_LARGEFILE), 0, 0, 0)
	if errno != 0 {
		return 0, &fs.PathError{Op: "open", Path: path, Err: errno}
	}
	return fd, nil
}

// fill has the kernel fill a piece of memory, as far as there is something.
func fill(call, fd uintptr, with []byte) (int, error) {
	for {
		n, _, errno := unix.RawSyscall(call, fd, uintptr(unsafe.Pointer(&with[0])), uintptr(len(with)))
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}
