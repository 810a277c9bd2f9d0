package profile_test

import (
	"fmt"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
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

// A lycée of 1000 pupils with 800 laptops, kept for seven years, and a screen for
// every other one: fewer devices and a longer life outweigh the screens.
func ExampleExplain() {
	reference, err := profile.For(factor.Default(), profile.Lyceen, "FR", calendar.Date(2026, 11, 23))
	if err != nil {
		fmt.Println(err)
		return
	}
	laptops := profile.Group{
		Category: equipment.Laptop, Count: 800, Embodied: reference.Embodied, Life: 7,
		Energy: reference.Yearly.Energy, Use: reference.Yearly.Use,
	}
	screens := profile.Group{
		Category: equipment.Monitor, Count: 400, Embodied: quantity.Exactly(quantity.Grams(69_800)), Life: 6,
		Energy: quantity.Exactly(quantity.WattHours(38_000)), Use: quantity.Exactly(quantity.Grams(1_680)),
	}
	w, err := profile.Explain(reference.Fleet(1), profile.Fleet{Pupils: 1000, Groups: []profile.Group{laptops, screens}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("the reference weighs %.1f kg a year\n", w.Reference.Value/1000)
	for _, step := range w.Steps {
		if step.Change.Value != 0 {
			fmt.Printf("%-9s %+5.1f kg, to %.1f\n", step.Driver, step.Change.Value/1000, step.To/1000)
		}
	}
	fmt.Printf("a pupil here: %.1f kg, %.2f times\n", w.Fleet.Value/1000, w.Comparison.Ratio.Value)
	// Output:
	// the reference weighs 37.8 kg a year
	// devices    -6.5 kg, to 31.3
	// lifetime   -9.5 kg, to 21.8
	// screens    +5.3 kg, to 27.1
	// a pupil here: 27.1 kg, 0.72 times
}

func ExampleReference_Conformity() {
	reference, err := profile.For(factor.Default(), profile.Lyceen, "FR", calendar.Date(2026, 11, 23))
	if err != nil {
		fmt.Println(err)
		return
	}
	c := reference.Conformity(profile.Device{
		Spec: equipment.Spec{Category: equipment.Laptop, MemoryGiB: 3.8, StorageGB: 256}, Age: 3,
	})
	fmt.Println(c.Class)
	for _, f := range c.Findings {
		fmt.Printf("%s: %s\n", f.Aspect, f.Class)
	}
	// Output:
	// below
	// age: fits
	// memory: below
	// storage: fits
	// screen: unknown
	// weight: unknown
}
