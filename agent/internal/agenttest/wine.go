package agenttest

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Wine is a machine of Wine's, in a folder of its own.
type Wine struct {
	Drive string // where its C: is

	program string
	env     []string
}

// NewWine sets up a machine to start programs of Windows on. Where there is no Wine,
// the test is skipped.
func NewWine(t testing.TB) *Wine {
	t.Helper()
	program, err := exec.LookPath("wine64")
	if err != nil {
		if program = "/usr/lib/wine/wine64"; !isFile(program) { // where Debian puts it
			t.Skip("NOT RUN: the Windows build under Wine; install it: apt-get install wine64")
		}
	}
	dir := t.TempDir()
	w := &Wine{program: program, Drive: filepath.Join(dir, "prefix", "drive_c")}
	w.env = append(os.Environ(), "HOME="+dir, "WINEPREFIX="+filepath.Join(dir, "prefix"), "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=")
	if out, err := w.Command(t, "wineboot", "--init").CombinedOutput(); err != nil {
		t.Skipf("NOT RUN: the Windows build under Wine, which does not start here: %v\n%s", err, out)
	}
	t.Cleanup(func() { // the processes of that machine alone
		server := filepath.Join(filepath.Dir(program), "wineserver")
		if isFile(server) {
			kill := exec.Command(server, "-k")
			kill.Env = w.env
			kill.Run()
		}
	})
	if random := filepath.Join(w.Drive, "windows", "system32", "bcryptprimitives.dll"); !isFile(random) {
		if err := os.WriteFile(random, forwarder("bcryptprimitives.dll", "ProcessPrng", "advapi32.SystemFunction036"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// Command is a command of that machine, which ends with the test at the latest.
func (w *Wine) Command(t testing.TB, args ...string) *exec.Cmd {
	c := exec.CommandContext(t.Context(), w.program, args...)
	c.Env = w.env
	return c
}

// Outside is what that machine calls a file of this one.
func Outside(path string) string { return "Z:" + strings.ReplaceAll(path, "/", `\`) }

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// forwarder is a library of Windows (a PE32+ file) with a single function, which is
// that of another library: Go's programs ask for random numbers where older versions
// of Wine have none.
func forwarder(name, function, to string) []byte {
	const headersB, address, sectionB = 0x200, 0x1000, 0x200
	le := binary.LittleEndian
	// The table of exports: its head, one address, one name, one ordinal, the texts.
	texts := name + "\x00" + function + "\x00" + to + "\x00"
	const addressAt, nameAt, ordinalAt, textsAt = 40, 44, 48, 50
	text := func(s string) uint32 { return uint32(address + textsAt + strings.Index(texts, s+"\x00")) }
	exports := make([]byte, sectionB)
	le.PutUint32(exports[12:], text(name))
	for at, v := range map[int]uint32{16: 1, 20: 1, 24: 1, 28: address + addressAt, 32: address + nameAt, 36: address + ordinalAt, addressAt: text(to), nameAt: text(function)} {
		le.PutUint32(exports[at:], v)
	}
	copy(exports[textsAt:], texts)

	file := make([]byte, headersB)
	copy(file, "MZ")
	le.PutUint32(file[60:], 64)
	pe := file[64:]
	copy(pe, "PE\x00\x00")
	le.PutUint16(pe[4:], 0x8664)  // AMD64
	le.PutUint16(pe[6:], 1)       // sections
	le.PutUint16(pe[20:], 240)    // bytes of the optional header
	le.PutUint16(pe[22:], 0x2022) // a library that can be run, for large addresses
	optional := pe[24:]
	le.PutUint16(optional, 0x20b)              // PE32+
	le.PutUint64(optional[24:], 0x180_000_000) // wanted address
	for at, v := range map[int]uint32{32: 0x1000, 36: 0x200, 56: 0x2000, 60: headersB, 108: 16, 112: address, 116: uint32(textsAt + len(texts))} {
		le.PutUint32(optional[at:], v) // alignments, sizes, number of tables, the table of exports
	}
	for at, v := range map[int]uint16{40: 6, 48: 6, 68: 3} { // versions of Windows, of a program with a console
		le.PutUint16(optional[at:], v)
	}
	section := optional[240:]
	copy(section, ".edata")
	for at, v := range map[int]uint32{8: sectionB, 12: address, 16: sectionB, 20: headersB, 36: 0x40000040} {
		le.PutUint32(section[at:], v)
	}
	return append(file, exports...)
}
