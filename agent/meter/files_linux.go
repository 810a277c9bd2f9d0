package meter

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// readText reads a small file of the kernel, which may ask a device for it.
func readText(path ...string) (string, error) { return textOf(os.ReadFile, path) }

func textOf(read func(string) ([]byte, error), path []string) (string, error) {
	b, err := read(filepath.Join(path...))
	if errors.Is(err, fs.ErrPermission) {
		return "", fmt.Errorf("%w", ErrPermission)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "", ErrNone
	}
	if err != nil { // drivers answer EIO, ENODATA, ENODEV
		var pathError *fs.PathError
		if errors.As(err, &pathError) {
			err = pathError.Err
		}
		return "", fmt.Errorf("%w: %s: %w", ErrBroken, filepath.Base(path[len(path)-1]), err)
	}
	return strings.TrimSpace(string(b)), nil
}

// readUint reads a small file that holds a number which is not negative.
func readUint(path ...string) (uint64, error) { return uintOf(os.ReadFile, path) }

func uintOf(read func(string) ([]byte, error), path []string) (uint64, error) {
	text, err := textOf(read, path)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %s holds %q", ErrBroken, filepath.Base(path[len(path)-1]), text)
	}
	return n, nil
}

// Discover looks for every kind of meter below a root, "/" on a real machine.
func Discover(root string) *Found {
	f := new(Found)
	f.findRAPL(root)
	f.findBattery(root)
	f.findIPMI(root)
	f.findHwmon(root)
	f.findNVML(root, nvmlLibrary)
	return f
}

// readMagnitude reads a number and drops its sign.
func readMagnitude(dir, name string) (uint64, error) {
	text, err := readText(dir, name)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(text, "-"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %s holds %q", ErrBroken, name, text)
	}
	return n, nil
}
