package lifespan_test

import (
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// A laptop of three years: is it worth keeping, repairing or replacing? A
// new one emits more than keeping, a battery less; between repairs and a
// reconditioned one the data cannot show a difference.
func ExampleQuestion_Answer() {
	question, _ := lifespan.Ask(factor.Default(), equipment.Laptop, 3, grid.MainlandFrance, calendar.Date(2026, 11, 23))
	question.OldEnergy = lifespan.Input[quantity.WattHours]{Interval: quantity.Exactly[quantity.WattHours](31_000), From: "measured"}
	answer, _ := question.Answer()
	for _, c := range answer.Carbon.Choices {
		total := quantity.Format(c.Total, quantity.MassScales, quantity.English)
		fmt.Printf("%s: %s %s (%s)\n", c.Name, total.Value, total.Unit, total.Range)
	}
	fmt.Println("carbon:", answer.Carbon.Verdict, answer.Carbon.Best, "as good:", answer.Carbon.AsGood)
	// Output:
	// keep: 0 gCO2e ()
	// new: 70 kgCO2e (20 to 260)
	// reconditioned: −40 kgCO2e (−250 to 410)
	// battery: −70 kgCO2e (−260 to 0)
	// ssd: −30 kgCO2e (−240 to 130)
	// memory: −50 kgCO2e (−250 to 20)
	// carbon: undecided battery as good: [reconditioned ssd memory]
}

// A battery in the fourth year: what is still to be booked is spread anew.
func ExampleLife_Book() {
	rules, _ := lifespan.RulesFor(factor.Default(), equipment.Laptop)
	life, _ := rules.Life(lifespan.Origin{How: lifespan.New}, time.Date(2022, 9, 1, 0, 0, 0, 0, time.UTC))
	battery, _ := lifespan.PartFactorsOf(factor.Default(), lifespan.Battery)
	life.Events = []lifespan.Event{battery.Fitted(lifespan.Battery, time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC))}
	book, _ := life.Book()
	for _, year := range book.BySchoolYear(time.UTC) {
		booked := quantity.Format(year.Booked, quantity.MassScales, quantity.English)
		fmt.Printf("%d-%d: %s %s (%s)\n", year.BeginsIn, year.BeginsIn+1, booked.Value, booked.Unit, booked.Range)
	}
	// Output:
	// 2022-2023: 37 kgCO2e (27 to 52)
	// 2023-2024: 37 kgCO2e (27 to 52)
	// 2024-2025: 37 kgCO2e (27 to 52)
	// 2025-2026: 37 kgCO2e (27 to 52)
	// 2026-2027: 14.3 kgCO2e (10.0 to 22.3)
	// 2027-2028: 14.4 kgCO2e (10.0 to 22.4)
	// 2028-2029: 14.3 kgCO2e (10.0 to 22.3)
}
