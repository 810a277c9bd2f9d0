package calendar

import (
	"encoding/csv"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/models/data"
)

// Terms are the school holidays of the zones A, B and C of mainland France.
type Terms struct{ holidays map[string][]Period }

// Default is the calendar that ships with Ecoparc: official up to 2025-26; from
// 2026-27 on its rows are marked unverified.
var Default = sync.OnceValue(func() *Terms {
	f, err := data.Files.Open("calendar/school-holidays.csv")
	if err != nil {
		panic(err) // embedded: a programmer's error
	}
	defer f.Close()
	t, err := readTerms(f)
	if err != nil {
		panic(fmt.Sprintf("the embedded school calendar does not load: %v", err)) // a test loads it
	}
	return t
})

// readTerms reads rows of zone, first and last day without class, name, verified.
func readTerms(r io.Reader) (*Terms, error) {
	lines := csv.NewReader(r)
	lines.FieldsPerRecord = 5
	rows, err := lines.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("cannot read school holidays: %w", err)
	}
	t := &Terms{holidays: map[string][]Period{}}
	for i, row := range rows[min(1, len(rows)):] { // the first names the columns
		first, err := ParseDay(row[1])
		if err != nil {
			return nil, fmt.Errorf("school holidays, line %d: %w", i+2, err)
		}
		last, err := ParseDay(row[2])
		if err != nil {
			return nil, fmt.Errorf("school holidays, line %d: %w", i+2, err)
		}
		if last < first {
			return nil, fmt.Errorf("school holidays, line %d: they end on %s, before they begin on %s", i+2, last, first)
		}
		t.holidays[row[0]] = append(t.holidays[row[0]], Period{first, last + 1})
	}
	return t, nil
}

// SchoolDay tells whether there are classes on a day in a zone: not at the
// weekend, in the holidays of the zone, nor on a public holiday.
func (t *Terms) SchoolDay(zone string, d Day) bool {
	if d.Weekday() == time.Saturday || d.Weekday() == time.Sunday || publicHoliday(d) {
		return false
	}
	for _, p := range t.holidays[zone] {
		if p.Contains(d) {
			return false
		}
	}
	return true
}

// publicHoliday tells the public holidays of mainland France (Code du travail,
// article L3133-1).
func publicHoliday(d Day) bool {
	y, m, day := d.UTC().Date()
	switch [2]int{int(m), day} {
	case [2]int{1, 1}, [2]int{5, 1}, [2]int{5, 8}, [2]int{7, 14}, [2]int{8, 15}, [2]int{11, 1}, [2]int{11, 11}, [2]int{12, 25}:
		return true
	}
	switch d - easter(y) {
	case 1, 39, 50: // Easter Monday, Ascension, Whit Monday
		return true
	}
	return false
}

// easter is Easter Sunday of a Gregorian year, by the anonymous Gregorian
// computus (Meeus, Astronomical Algorithms, chapter 8).
func easter(year int) Day {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	f := (b + 8) / 25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return Date(year, time.Month(n/31), n%31+1)
}
