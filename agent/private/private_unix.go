//go:build unix

package private

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

func others(path string, allowed Reader) (who string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	mode := info.Mode().Perm()
	if mode&0o077 == 0 {
		return "", nil
	}
	if allowed != Group || mode&0o037 != 0 { // the group reads at most
		return fmt.Sprintf("mode %04o", mode), nil
	}
	if err := shareable(path); err != nil {
		return fmt.Sprintf("mode %04o: %v", mode, err), nil
	}
	return "", nil
}

// shareable says why a file's group is not that of one account alone, or why the file
// is not for such a group.
func shareable(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || owner.Uid != 0 {
		return errors.New("its owner is not root")
	}
	accounts, err := os.ReadFile("/etc/passwd")
	if err != nil {
		return err
	}
	groups, err := os.ReadFile("/etc/group")
	if err != nil {
		return err
	}
	return alone(owner.Gid, string(accounts), string(groups))
}

// alone says why a group is not one account's own, made for it under its name: by
// passwd(5), whose group it is from the start, and by group(5), who was added. Beside
// that account only root may be in it. A directory service can put its users into
// groups for all, as users and staff, unseen by these files.
func alone(gid uint32, accounts, groups string) error {
	id, name := strconv.FormatUint(uint64(gid), 10), ""
	var members []string
	for line := range strings.Lines(groups) {
		if f := strings.Split(strings.TrimSpace(line), ":"); len(f) >= 4 && f[2] == id {
			name, members = f[0], append(members, strings.Split(f[3], ",")...)
		}
	}
	own := false
	for line := range strings.Lines(accounts) {
		if f := strings.Split(strings.TrimSpace(line), ":"); len(f) >= 4 && f[3] == id {
			own, members = own || f[0] == name, append(members, f[0])
		}
	}
	if !own {
		return fmt.Errorf("its group %s is not that of an account of its own", cmp.Or(name, id))
	}
	members = slices.DeleteFunc(members, func(m string) bool { return m == "" || m == "root" })
	slices.Sort(members)
	if members = slices.Compact(members); len(members) > 1 {
		return fmt.Errorf("in its group %s are %s", name, strings.Join(members, ", "))
	}
	return nil
}

func closeFile(path string) error {
	if os.Geteuid() != 0 {
		return nil // it is written with mode 0600, by its owner
	}
	info, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return os.Lchown(path, int(owner.Uid), int(owner.Gid))
}

func makeFolder(path string) error { return os.MkdirAll(path, 0o700) }

// Advice is how to close a file to all but its readers.
func Advice(allowed Reader) string {
	if allowed == Group {
		return "`chmod 600`, or `chgrp ecoparc-agent` and `chmod 640` for the service"
	}
	return "`chmod 600`"
}

func ofAnother(folder string) string {
	info, err := os.Stat(folder)
	if err != nil || os.Geteuid() != 0 {
		return ""
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || owner.Uid == 0 {
		return ""
	}
	id := strconv.FormatUint(uint64(owner.Uid), 10)
	accounts, _ := os.ReadFile("/etc/passwd")
	for line := range strings.Lines(string(accounts)) {
		if f := strings.Split(line, ":"); len(f) >= 3 && f[2] == id {
			return f[0]
		}
	}
	return id
}
