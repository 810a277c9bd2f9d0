package calendar

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func load(t testing.TB, zone string) *time.Location {
	t.Helper()
	where, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return where
}

func TestLocalDayHas23To25Hours(t *testing.T) {
	for _, test := range []struct {
		zone  string
		day   Day
		hours int
	}{
		{"Europe/Paris", Date(2026, 3, 29), 23},
		{"Europe/Paris", Date(2026, 10, 25), 25},
		{"Europe/Paris", Date(2026, 11, 23), 24},
		{"America/Miquelon", Date(2026, 3, 8), 23},
		{"Indian/Reunion", Date(2026, 3, 29), 24},
	} {
		where := load(t, test.zone)
		if got := (test.day + 1).Start(where).Sub(test.day.Start(where)); got != time.Duration(test.hours)*time.Hour {
			t.Errorf("%s in %s has %s; want %d h", test.day, test.zone, got, test.hours)
		}
	}
}

// Each instant is in exactly one local day: no hour is counted twice or lost.
func TestDaysOfATerritoryFollowEachOther(t *testing.T) {
	for _, zone := range []string{"Europe/Paris", "Indian/Reunion", "America/Cayenne", "America/Miquelon", "Pacific/Noumea", "Pacific/Marquesas", "UTC"} {
		where := load(t, zone)
		rapid.Check(t, func(t *rapid.T) {
			d := Day(rapid.IntRange(int(Date(2015, 1, 1)), int(Date(2045, 1, 1))).Draw(t, "day"))
			start := d.Start(where)
			if DayOf(start, where) != d || DayOf(start.Add(-time.Nanosecond), where) != d-1 {
				t.Fatalf("%s in %s starts at %s", d, zone, start)
			}
			at := time.Unix(rapid.Int64Range(start.Unix(), (d+1).Start(where).Unix()-1).Draw(t, "second"), 0)
			if DayOf(at, where) != d {
				t.Fatalf("%s is in %s of %s, not %s", at, DayOf(at, where), zone, d)
			}
		})
	}
}

func TestInstantAtMidnightIsInTheLocalDay(t *testing.T) {
	at := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC) // midnight in Paris
	for zone, want := range map[string]Day{"Europe/Paris": Date(2026, 11, 23), "UTC": Date(2026, 11, 22), "America/Cayenne": Date(2026, 11, 22), "Pacific/Noumea": Date(2026, 11, 23)} {
		if got := DayOf(at, load(t, zone)); got != want {
			t.Errorf("%s in %s is in %s; want %s", at, zone, got, want)
		}
	}
}

func TestDayReadsAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Day(rapid.IntRange(-100_000, 200_000).Draw(t, "day"))
		if got, err := ParseDay(d.String()); err != nil || got != d || DayOf(d.UTC(), time.UTC) != d || d.Weekday() != (d+7).Weekday() {
			t.Fatalf("%d is written %s and read %d, %v", d, d, got, err)
		}
	})
	for _, text := range []string{"", "2026-02-29", "2026-1-2", "23/11/2026", "2026-11-23T00:00:00Z"} {
		if got, err := ParseDay(text); err == nil {
			t.Errorf("%q is read as %s", text, got)
		}
	}
	if d := Date(2026, 11, 23); d.Weekday() != time.Monday || d.Month() != Date(2026, 11, 1) || d.Year() != 2026 {
		t.Errorf("%s is a %s of %d", d, d.Weekday(), d.Year())
	}
}

func TestSchoolYearRunsFromSeptemberToAugust(t *testing.T) {
	for day, year := range map[Day]int{Date(2026, 8, 31): 2025, Date(2026, 9, 1): 2026, Date(2026, 12, 31): 2026, Date(2027, 1, 1): 2026, Date(2027, 8, 31): 2026, Date(2027, 9, 1): 2027} {
		if got := SchoolYearOf(day); got != year || !SchoolYear(year).Contains(day) || SchoolYear(year-1).Contains(day) || SchoolYear(year+1).Contains(day) {
			t.Errorf("%s is in the school year %d; want %d", day, got, year)
		}
	}
	if a, b := SchoolYear(2022).Days(), SchoolYear(2023).Days(); a != 365 || b != 366 { // February 2024
		t.Errorf("school years have %d and %d days", a, b)
	}
}

func TestPeriodIsCutAtMonthEnds(t *testing.T) {
	got := Period{Date(2026, 12, 30), Date(2027, 3, 2)}.Months()
	want := []Period{
		{Date(2026, 12, 30), Date(2027, 1, 1)}, {Date(2027, 1, 1), Date(2027, 2, 1)},
		{Date(2027, 2, 1), Date(2027, 3, 1)}, {Date(2027, 3, 1), Date(2027, 3, 2)},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if got := (Period{Date(2026, 5, 1), Date(2026, 5, 1)}).Months(); len(got) != 0 {
		t.Errorf("an empty period has %v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		from := Day(rapid.IntRange(15_000, 25_000).Draw(t, "from"))
		p := Period{from, from + Day(rapid.IntRange(1, 800).Draw(t, "days"))}
		days, next := 0, p.From
		for _, m := range p.Months() {
			if m.From != next || m.Days() < 1 || m.From.Month() != (m.To-1).Month() {
				t.Fatalf("%v is cut into %v", p, p.Months())
			}
			days, next = days+m.Days(), m.To
		}
		if days != p.Days() || next != p.To {
			t.Fatalf("%v is cut into %v", p, p.Months())
		}
	})
}
