package quantity_test

import (
	"fmt"

	"github.com/ecoparc/ecoparc/models/quantity"
)

// Half the width of the interval keeps two significant digits; the value is
// written to the same place.
func ExampleFormat() {
	year := quantity.Interval[quantity.Grams]{Low: 47_100, Value: 58_230, High: 71_400}
	fr := quantity.Format(year, quantity.MassScales, quantity.French)
	en := quantity.Format(year.Times(1000), quantity.MassScales, quantity.English)
	fmt.Printf("%s %s (%s)\n", fr.Value, fr.Unit, fr.Range)
	fmt.Printf("%s %s (%s)\n", en.Value, en.Unit, en.Range)
	// Output:
	// 58 kgCO2e (47 à 71)
	// 58 tCO2e (47 to 71)
}

// Meters count in microjoules, pages speak of watt-hours.
func ExampleMicrojoules_WattHours() {
	fmt.Println(quantity.Microjoules(7_200_000_000).WattHours(), "Wh")
	// Output: 2 Wh
}
