//go:build !linux

package durable

import "os"

// WriteAt writes into a file and puts that on the disk.
func WriteAt(f *os.File, data []byte, at int64) error {
	if _, err := f.WriteAt(data, at); err != nil {
		return err
	}
	return f.Sync()
}
