package profile_test

import (
	"fmt"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// A device that is kept for seven years instead of five, beside the reference of
// a pupil. The reference is provisional, and says so.
func ExampleCompare() {
	reference, err := profile.For(factor.Default(), profile.Lyceen, "FR", calendar.Date(2026, 11, 23))
	if err != nil {
		fmt.Println(err)
		return
	}
	year := quantity.Format(reference.Yearly.Total(), quantity.MassScales, quantity.English)
	fmt.Printf("reference: %s %s (%s), provisional: %v\n", year.Value, year.Unit, year.Range, reference.Profile.Provisional)

	kept := reference.Yearly.Embodied.Times(5.0 / 7).Plus(reference.Yearly.Use)
	c := profile.Compare(kept, reference.Yearly.Total())
	fmt.Printf("kept for seven years: %.2f times the reference, %s\n", c.Ratio.Value, c.Verdict)
	// Output:
	// reference: 38 kgCO2e (27 to 54), provisional: true
	// kept for seven years: 0.72 times the reference, below
}
