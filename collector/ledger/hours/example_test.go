package hours_test

import (
	"fmt"
	"log"

	"github.com/ecoparc/ecoparc/collector/ledger/hours"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
)

// A day of a school: laptops of one product that ran from eight to nine.
func Example() {
	day := hours.Day{}
	laptops := hours.Group{Product: 3, Population: equipment.Shared}
	for range 20 {
		day.Add(laptops, 8, footprint.Facts{LoadMs: [5]int64{3_000_000, 600_000}, CPUBusyMs: 400_000, CPUCapacityMs: 14_400_000})
	}
	blob := hours.Append(nil, day)
	back, err := hours.Decode(blob)
	if err != nil {
		log.Fatal(err)
	}
	eight := back[laptops][8]
	fmt.Println(len(blob), "bytes,", eight.RunningMs()/3_600_000, "device hours")
	// Output:
	// 22 bytes, 20 device hours
}
