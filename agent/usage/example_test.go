package usage_test

import (
	"context"
	"fmt"
	"log"

	"github.com/ecoparc/ecoparc/agent/usage"
)

// Counters grow from boot on; what was done in a time is the difference of two
// samples, which package window takes.
func ExampleSampler_Read() {
	sampler := usage.NewSampler()
	before, err := sampler.Read(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	after, err := sampler.Read(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	busy, total := after.CPUBusy-before.CPUBusy, after.CPUTotal-before.CPUTotal
	fmt.Println("busy for a part of the time:", 0 <= busy && busy <= total)
	fmt.Println("some memory is in use:", after.MemUsedB > 0)
	// Output:
	// busy for a part of the time: true
	// some memory is in use: true
}
