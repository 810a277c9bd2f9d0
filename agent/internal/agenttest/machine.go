// Package agenttest has what the tests of several rooms of the agent need: a
// machine's files, and a collector to talk to. No program imports it.
package agenttest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Machine unpacks a recorded or handwritten machine into a folder of its own, to be
// used as the root of its files.
//
// A machine is one text file: after a line `-- path --` comes the text of that
// file, up to the next such line; a path that ends in a slash is a folder. What is
// before the first one says where the machine comes from. Real names of /sys have
// colons, which neither Windows nor a Go module allows in a file name.
func Machine(t testing.TB, path string) (root string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	root = t.TempDir()
	_, files, _ := strings.Cut("\n"+string(text), "\n-- ")
	for part := range strings.SplitSeq(strings.TrimSuffix(files, "\n"), "\n-- ") {
		name, content, ok := strings.Cut(part+"\n", " --\n")
		if !ok {
			t.Fatalf("%s: %q is not a file's heading", path, name)
		}
		Write(t, filepath.Join(root, name), content, strings.HasSuffix(name, "/"))
	}
	return root
}

// Write puts a text into a file, or makes a folder, with all folders above it.
func Write(t testing.TB, path, text string, folder bool) {
	t.Helper()
	dir := filepath.Dir(path)
	if folder {
		dir = path
	}
	err := os.MkdirAll(dir, 0o755)
	if err == nil && !folder {
		err = os.WriteFile(path, []byte(text), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
