package processors_test

import (
	"fmt"
	"sort"
	"strings"

	"github.com/ecoparc/ecoparc/models/data/processors"
)

// Lines are sorted by the processors' names. Package power finds a processor as
// inventories spell it.
func Example() {
	lines := strings.Split(strings.TrimSpace(processors.CSV), "\n")
	fmt.Println(lines[0])
	rows := lines[1:]
	fmt.Println(rows[sort.SearchStrings(rows, "Intel Core i5-1135G7")])
	// Output:
	// processor,tdp_w
	// Intel Core i5-1135G7,28
}
