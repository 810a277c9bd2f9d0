package calendar_test

import (
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
)

func TestMomentsOfASchool(t *testing.T) {
	terms := calendar.Default()
	for _, c := range []struct {
		day  calendar.Day
		hour int
		want calendar.Moment
	}{
		{calendar.Date(2025, time.November, 20), 6, calendar.Night},
		{calendar.Date(2025, time.November, 20), 7, calendar.Open},
		{calendar.Date(2025, time.November, 20), 18, calendar.Open},
		{calendar.Date(2025, time.November, 20), 19, calendar.Night},
		{calendar.Date(2025, time.November, 22), 10, calendar.Weekend},
		{calendar.Date(2025, time.December, 24), 10, calendar.Holiday},
		{calendar.Date(2025, time.December, 27), 10, calendar.Weekend}, // also in the holidays
		{calendar.Date(2025, time.November, 11), 3, calendar.Holiday},
	} {
		if got := terms.MomentOf("A", c.day, c.hour, calendar.UsualOpening); got != c.want {
			t.Errorf("%s at %d is %s, want %s", c.day, c.hour, got, c.want)
		}
	}
}

// A school year has each of its days once.
func TestDaysOfAYearAreOpenOrNot(t *testing.T) {
	year, terms := calendar.SchoolYear(2024), calendar.Default()
	school, weekend, holiday := terms.DaysWith(calendar.Open, "B", year), terms.DaysWith(calendar.Weekend, "B", year), terms.DaysWith(calendar.Holiday, "B", year)
	if school+weekend+holiday != year.Days() || weekend != 104 && weekend != 105 || school < 160 || school > 185 {
		t.Errorf("%d school days, %d of weekends and %d others", school, weekend, holiday)
	}
	if nights := terms.DaysWith(calendar.Night, "B", year); nights != school {
		t.Errorf("%d nights of %d school days", nights, school)
	}
}
