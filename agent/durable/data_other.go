//go:build !linux

package durable

import "os"

// SyncData puts the content of a file on the disk.
func SyncData(f *os.File) error { return f.Sync() }
