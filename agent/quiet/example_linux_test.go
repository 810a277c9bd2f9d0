package quiet_test

import (
	"fmt"
	"log"

	"github.com/ecoparc/ecoparc/agent/quiet"
)

// A file of the kernel's is read as with os.ReadFile, and wakes nobody else.
func ExampleReadFile() {
	text, err := quiet.ReadFile("/proc/sys/kernel/ostype")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", text)
	// Output: "Linux\n"
}
