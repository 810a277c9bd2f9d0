package calendar

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestEasterIsOnItsPublishedDate(t *testing.T) {
	for _, want := range []Day{
		Date(2024, 3, 31), Date(2025, 4, 20), Date(2026, 4, 5), Date(2027, 3, 28), Date(2028, 4, 16),
		Date(2008, 3, 23), Date(2011, 4, 24), Date(2038, 4, 25), Date(1961, 4, 2), Date(2000, 4, 23), Date(2285, 3, 22), // early, late, exceptions of the computus
	} {
		if got := easter(want.Year()); got != want {
			t.Errorf("Easter is on %s; want %s", got, want)
		}
	}
}

func TestPublicHolidaysAreThePublishedOnes(t *testing.T) {
	for year, want := range map[int][]string{
		2024: {"01-01", "04-01", "05-01", "05-08", "05-09", "05-20", "07-14", "08-15", "11-01", "11-11", "12-25"},
		2025: {"01-01", "04-21", "05-01", "05-08", "05-29", "06-09", "07-14", "08-15", "11-01", "11-11", "12-25"},
		2026: {"01-01", "04-06", "05-01", "05-08", "05-14", "05-25", "07-14", "08-15", "11-01", "11-11", "12-25"},
		2027: {"01-01", "03-29", "05-01", "05-06", "05-08", "05-17", "07-14", "08-15", "11-01", "11-11", "12-25"},
	} {
		var got []string
		for d := Date(year, 1, 1); d < Date(year+1, 1, 1); d++ {
			if publicHoliday(d) {
				got = append(got, d.String()[5:])
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d: got %q; want %q", year, got, want)
		}
	}
}

// Dates of the official school calendar, and what is the same in all zones.
func TestThereAreClassesOnSchoolDaysOnly(t *testing.T) {
	for _, test := range []struct {
		day, zones, why string // zones with classes
	}{
		{"2026-02-06", "ABC", "Friday before the winter holidays of A"},
		{"2026-02-09", "BC", "winter holidays of A"},
		{"2026-02-16", "C", "of A and B"},
		{"2026-02-23", "A", "of B and C"},
		{"2026-03-02", "AB", "of C"},
		{"2026-03-09", "ABC", "everybody is back"},
		{"2024-02-12", "AB", "winter of 2024 in C"},
		{"2024-02-26", "C", "winter of 2024 in A and B"},
		{"2024-03-04", "AC", "the last week of B"},
		{"2025-02-10", "AC", "winter of 2025 in B"},
		{"2025-04-14", "A", "spring of 2025 in B and C"},
		{"2025-10-17", "ABC", "Friday before Toussaint"},
		{"2025-10-20", "", "Toussaint"},
		{"2025-11-03", "ABC", "after Toussaint"},
		{"2025-12-19", "ABC", "Friday before Christmas"},
		{"2025-12-22", "", "Christmas holidays"},
		{"2026-01-05", "ABC", "after Christmas"},
		{"2026-07-03", "ABC", "the last day of the year"},
		{"2026-07-06", "", "summer"},
		{"2025-08-29", "", "the last Friday of summer"},
		{"2025-09-01", "ABC", "the first day of the year"},
		{"2025-11-11", "", "a public holiday among school days"},
		{"2026-05-01", "", "Labour Day, in spring"},
		{"2026-05-14", "", "Ascension"},
		{"2026-05-25", "", "Whit Monday"},
		{"2023-01-02", "", "a Monday, the last day of the Christmas holidays"},
		{"2026-03-14", "", "a Saturday"},
		{"2026-03-15", "", "a Sunday"},
		{"2026-11-23", "ABC", "an ordinary Monday"},
		{"2027-02-08", "AB", "winter of 2027 in C, unverified"},
	} {
		d, err := ParseDay(test.day)
		if err != nil {
			t.Fatal(err)
		}
		for _, zone := range []string{"A", "B", "C"} {
			if got := Default().SchoolDay(zone, d); got != strings.Contains(test.zones, zone) {
				t.Errorf("%s (%s), zone %s: classes are %v", test.day, test.why, zone, got)
			}
		}
	}
}

// A school year has 36 weeks: a holiday that is missing or too long shows here.
func TestSchoolYearHasAbout36Weeks(t *testing.T) {
	for year := 2021; year <= 2026; year++ {
		for _, zone := range []string{"A", "B", "C"} {
			days := 0
			for d := SchoolYear(year).From; d < SchoolYear(year).To; d++ {
				if Default().SchoolDay(zone, d) {
					days++
				}
			}
			if days < 168 || days > 184 { // of five days, less a few public holidays
				t.Errorf("%d-%d in zone %s has %d school days", year, year+1, zone, days)
			}
		}
	}
}

func TestBadHolidayIsToldWithItsLine(t *testing.T) {
	const head = "zone,first_day,last_day,name,verified\nA,2025-10-18,2025-11-02,Toussaint,yes\n"
	for text, want := range map[string]string{
		head + "A,18/10/2026,2026-11-01,Toussaint,no\n":   `line 3: "18/10/2026" is not a day`,
		head + "A,2026-10-17,2026-11-31,Toussaint,no\n":   `line 3: "2026-11-31" is not a day`,
		head + "A,2026-11-01,2026-10-17,Toussaint,no\n":   "line 3: they end on 2026-10-17, before they begin on 2026-11-01",
		head + "A,2026-10-17\n":                           "line 3: wrong number of fields",
		"zone,first_day\nA,2026-10-17\n":                  "line 1: wrong number of fields",
		head + "\"A,2026-10-17,2026-11-01,Toussaint,no\n": "line 3",
	} {
		if _, err := readTerms(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v; want %s", text, err, want)
		}
	}
	if terms, err := readTerms(strings.NewReader("")); err != nil || !terms.SchoolDay("A", Date(2025, time.October, 20)) {
		t.Errorf("an empty file: %v", err)
	}
}
