package durable

import (
	"os"

	"golang.org/x/sys/unix"
)

// SyncData puts the content of a file on the disk, and not when it was changed.
func SyncData(f *os.File) (err error) {
	for {
		if err = unix.Fdatasync(int(f.Fd())); err != unix.EINTR {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
