package durable

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// WriteAt writes into a file and puts that on the disk, and not when it was changed. It
// does so by calls that Go takes for short ones, which do not wake its watchman thread
// (package quiet): the agent has nothing else to do meanwhile.
func WriteAt(f *os.File, data []byte, at int64) error {
	fd := f.Fd()
	for len(data) > 0 {
		piece := unix.Iovec{Base: &data[0]}
		piece.SetLen(len(data))
		n, err := short(unix.SYS_PWRITEV, fd, uintptr(unsafe.Pointer(&piece)), 1, uintptr(at), uintptr(at>>32))
		if err != nil {
			return &os.PathError{Op: "write", Path: f.Name(), Err: err}
		}
		data, at = data[n:], at+int64(n)
	}
	if _, err := short(unix.SYS_FDATASYNC, fd, 0, 0, 0, 0); err != nil {
		return &os.PathError{Op: "sync", Path: f.Name(), Err: err}
	}
	return nil
}

// short makes a call until no signal interrupts it.
//
//go:uintptrescapes
func short(call, a, b, c, d, e uintptr) (int, error) {
	for {
		switch n, _, errno := unix.RawSyscall6(call, a, b, c, d, e, 0); errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}
