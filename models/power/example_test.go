package power_test

import (
	"fmt"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/report"
)

// What is known of a laptop moves its category's curve.
func ExampleForSpec() {
	spec := equipment.Spec{Category: equipment.Laptop, CPU: "11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz", MemoryGiB: 16}
	laptop, err := power.ForSpec(factor.Default(), power.DefaultCPUs(), spec, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("idle:", quantity.Format(laptop.Idle(), quantity.PowerScales, quantity.English))
	fmt.Println("half load:", quantity.Format(laptop.At(0.5), quantity.PowerScales, quantity.English))

	hour := int64(3_600_000)
	lesson := power.Use{SleepMs: hour, LoadMs: report.Loads{0: 3 * hour, 2: hour}}
	fmt.Println("a morning:", quantity.Format(laptop.EnergyOf(&lesson), quantity.EnergyScales, quantity.English))
	// Output:
	// idle: {7.5 W 3.6 to 15.8}
	// half load: {20 W 6 to 41}
	// a morning: {41 Wh 16 to 90}
}

// Ten metered laptops of a class teach the curve of all others.
func ExampleCalibrate() {
	shapes, err := power.ShapesOf(factor.Default())
	if err != nil {
		fmt.Println(err)
		return
	}
	prior, err := power.PriorOf(factor.Default())
	if err != nil {
		fmt.Println(err)
		return
	}
	known, err := power.CurveFor(factor.Default(), equipment.Laptop)
	if err != nil {
		fmt.Println(err)
		return
	}
	var samples power.Samples
	for window := range 400 { // a quarter of an hour each
		load := float64(window%20) / 20
		samples.Add(power.Observation{Device: window % 10, Load: load, Watts: quantity.Watts(4 + 10*load), Hours: 0.25})
	}
	learned := power.Calibrate(shapes, &samples, known, prior)
	fmt.Printf("calibrated (%d devices, %.0f hours)\n", learned.Devices, learned.Hours)
	fmt.Println("half load:", quantity.Format(learned.Curve.At(0.5), quantity.PowerScales, quantity.English))
	// Output:
	// calibrated (10 devices, 100 hours)
	// half load: {9.0 W 7.5 to 10.8}
}
