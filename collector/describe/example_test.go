package describe_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/ecoparc/ecoparc/collector/describe"
	"github.com/ecoparc/ecoparc/models/calendar"
)

// The same laptops as YAML, and as a French spreadsheet writes them.
func ExampleRead() {
	for _, text := range []string{
		"category: laptop\nbought: 2022-09-01\ncount: 30\nscreen_in: 15.6\n",
		"category;bought;count;screen_in\nlaptop;01/09/2022;30;15,6\n",
	} {
		devices, err := describe.Read(strings.NewReader(text), calendar.Date(2026, 11, 23))
		if err != nil {
			log.Fatal(err)
		}
		for _, d := range devices {
			fmt.Println("line", d.Line, d.Category, d.Count, d.ScreenIn, "in")
		}
	}
	_, err := describe.Read(strings.NewReader("- category: laptop\n  hours_per_day: 30\n- category: abacus\n"), calendar.Date(2026, 11, 23))
	fmt.Println(err)
	// Output:
	// line 1 laptop 30 15.6 in
	// line 2 laptop 30 15.6 in
	// line 1: hours_per_day: is 30; it must be from 0 to 24
	// line 3: category: is "abacus"; allowed are [laptop desktop tablet monitor server thin_client smartphone projector interactive_panel access_point printer]
}
