package factor_test

import (
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/models/factor"
)

// A number never comes alone: its bounds, unit and source are with it.
func ExampleTable_Find() {
	day := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	row, err := factor.Default().Find("electricity", "FR", day)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v %s (%v to %v: %s)\n", row.Value, row.Unit, row.Low, row.High, row.Interval)
	fmt.Printf("%s, %s, %s\n", row.Source.Publisher, row.Page, row.Source.Licence)

	_, err = factor.Default().Find("electricity", "RE", day)
	fmt.Println(err)
	// Output:
	// 44.2 gCO2e/kWh (34.5 to 44.2: lowest and highest published figure)
	// Ember; Energy Institute, processed by Our World in Data, France, 2024, CC BY 4.0
	// no factor electricity for region "RE" on 2024-03-01
}
