//go:build unix

package private_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/ecoparc/ecoparc/agent/private"
)

// A secret that others may read is refused.
func ExampleCheck() {
	dir, err := os.MkdirTemp("", "ecoparc-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	secret := filepath.Join(dir, "identity.json")
	if err := os.WriteFile(secret, []byte(`{"secret":"s"}`), 0o600); err != nil {
		log.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o644, 0o600} {
		if err := os.Chmod(secret, mode); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%04o refused: %t\n", mode, private.Check(secret, private.Owner) != nil)
	}
	// Output:
	// 0644 refused: true
	// 0600 refused: false
}
