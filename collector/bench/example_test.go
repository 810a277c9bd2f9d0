package bench_test

import (
	"fmt"

	"github.com/ecoparc/ecoparc/collector/bench"
)

// Of a rate over new connections follows how many devices report hourly.
func Example() {
	f := bench.Figures{TLSSustainedPerS: 1600, Machine: bench.Machine{CPU: "a small machine", Processors: 2}}
	fmt.Println(f.Limit())
	fmt.Println(f.Hourly(), "devices")
	// Output:
	// What limits it was not measured: this system does not say what processes use.
	// 5760000 devices
}
