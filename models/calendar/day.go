// Package calendar knows school years, school days and local days, and the hours of them
// in which anybody is at a school ([Terms.MomentOf]).
//
// A [Day] is a local calendar day, written without time zone; which instants
// belong to it depends on the territory, so that days of 23 and 25 hours are
// right. A school year runs from 1 September to 31 August.
package calendar

import (
	"fmt"
	"time"
)

// Day is a calendar day: the number of days since 1970-01-01.
type Day int

const secondsPerDay = 86400

// DayOf is the local day that holds an instant.
func DayOf(t time.Time, where *time.Location) Day {
	y, m, d := t.In(where).Date()
	return Date(y, m, d)
}

// Date is the day of a year, month and day of the month.
func Date(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

// ParseDay reads a day written as 2026-11-23.
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a day like 2026-11-23", text)
	}
	return Day(t.Unix() / secondsPerDay), nil
}

// UTC is midnight of the day in UTC: for calendar arithmetic and for printing.
func (d Day) UTC() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// Start is the instant the day begins in a territory.
func (d Day) Start(where *time.Location) time.Time {
	y, m, dd := d.UTC().Date()
	return time.Date(y, m, dd, 0, 0, 0, 0, where)
}

// String writes the day as 2026-11-23.
func (d Day) String() string { return d.UTC().Format(time.DateOnly) }

// MarshalText writes the day as String does, for JSON.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDay reads.
func (d *Day) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDay(string(text))
	return err
}

// Weekday is the day of the week.
func (d Day) Weekday() time.Weekday { return d.UTC().Weekday() }

// Month is the first day of the month the day is in.
func (d Day) Month() Day {
	y, m, _ := d.UTC().Date()
	return Date(y, m, 1)
}

// Year is the calendar year the day is in.
func (d Day) Year() int { return d.UTC().Year() }

// Period is a run of days: From is in it, To is the day after its last.
type Period struct {
	From, To Day
}

// Days is how many days the period has.
func (p Period) Days() int { return int(p.To - p.From) }

// Contains tells whether a day is in the period.
func (p Period) Contains(d Day) bool { return p.From <= d && d < p.To }

// Months cuts the period at month ends.
func (p Period) Months() []Period {
	var months []Period
	for from := p.From; from < p.To; {
		y, m, _ := from.UTC().Date()
		to := min(Date(y, m+1, 1), p.To)
		months = append(months, Period{from, to})
		from = to
	}
	return months
}

// SchoolYear is the school year that begins in a calendar year.
func SchoolYear(beginsIn int) Period {
	return Period{Date(beginsIn, time.September, 1), Date(beginsIn+1, time.September, 1)}
}

// SchoolYearOf is the calendar year in which the day's school year began.
func SchoolYearOf(d Day) int {
	y, m, _ := d.UTC().Date()
	if m < time.September {
		return y - 1
	}
	return y
}
