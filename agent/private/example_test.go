package private_test

import (
	"fmt"

	"github.com/ecoparc/ecoparc/agent/private"
)

// An access list of Windows that lets every user read (BU) is no place for a secret;
// the service's own is.
func ExampleLetsIn() {
	fmt.Printf("%q\n", private.LetsIn("D:(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BU)"))
	fmt.Printf("%q\n", private.LetsIn(private.SDDL(true)))
	// Output:
	// "users"
	// ""
}
