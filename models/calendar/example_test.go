package calendar_test

import (
	"fmt"
	"log"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
)

// The last evening of October 2024, by UTC, is a day of November in Paris already.
// Days know how long they are.
func Example() {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(calendar.DayOf(time.Date(2024, 10, 31, 23, 30, 0, 0, time.UTC), paris))

	clocksBack := calendar.Date(2024, 10, 27)
	fmt.Println((clocksBack + 1).Start(paris).Sub(clocksBack.Start(paris)).Hours(), "hours")

	year := calendar.SchoolYear(calendar.SchoolYearOf(clocksBack))
	fmt.Println("from", year.From, "to", year.To-1, "are", year.Days(), "days")
	// Output:
	// 2024-11-01
	// 25 hours
	// from 2024-09-01 to 2025-08-31 are 365 days
}

// Who is at a school is a question of the day, its hour and the zone of the holidays.
func ExampleTerms_MomentOf() {
	terms, monday := calendar.Default(), calendar.Date(2025, 2, 10)
	for _, zone := range []string{"A", "B"} {
		for _, hour := range []int{10, 22} {
			fmt.Println("zone", zone, monday, hour, "h:", terms.MomentOf(zone, monday, hour, calendar.UsualOpening))
		}
	}
	days := func(zone string) int {
		return terms.DaysWith(calendar.Open, zone, calendar.SchoolYear(2024))
	}
	fmt.Println(days("A"), days("B"), days("C"), "school days")
	// Output:
	// zone A 2025-02-10 10 h: open
	// zone A 2025-02-10 22 h: night
	// zone B 2025-02-10 10 h: holiday
	// zone B 2025-02-10 22 h: holiday
	// 176 174 175 school days
}
