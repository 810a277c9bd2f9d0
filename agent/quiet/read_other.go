//go:build !linux

package quiet

import "os"

// ReadFile reads a file.
func ReadFile(path string) ([]byte, error) { return os.ReadFile(path) }
