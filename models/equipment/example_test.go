package equipment_test

import (
	"fmt"

	"github.com/ecoparc/ecoparc/models/equipment"
)

// What a machine says of its own case tells what it is; who it is for, people say.
func Example() {
	for _, smbiosType := range []int{10, 3, 1} {
		category, ok := equipment.FromChassis(smbiosType)
		fmt.Printf("chassis %d: %q, known: %t\n", smbiosType, category, ok)
	}
	fmt.Println("a virtual machine counts in totals:", equipment.Virtual.Physical())
	fmt.Println("a computer room is for pupils:", equipment.Shared.ForPupils())
	// Output:
	// chassis 10: "laptop", known: true
	// chassis 3: "desktop", known: true
	// chassis 1: "", known: false
	// a virtual machine counts in totals: false
	// a computer room is for pupils: true
}
