package hardware_test

import (
	"fmt"
	"net"

	"github.com/ecoparc/ecoparc/agent/hardware"
)

// The disk of one laptop is copied to another one: the marks that were taken when the
// first enrolled are not the second's. A dock that was plugged in changes nothing.
func Example() {
	first := net.HardwareAddr{0xa0, 0x36, 0x9f, 0, 0, 1}
	second := net.HardwareAddr{0xa0, 0x36, 0x9f, 0, 0, 2}
	dock := net.HardwareAddr{0x00, 0xe0, 0x4c, 0, 0, 9}

	marks := hardware.Take([]net.HardwareAddr{first})
	fmt.Println("with a dock:", marks.Same([]net.HardwareAddr{first, dock}))
	fmt.Println("the copy:", marks.Same([]net.HardwareAddr{second}))
	// Output:
	// with a dock: true
	// the copy: false
}
