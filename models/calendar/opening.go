package calendar

import "time"

// Opening are the hours of a school day in which a school is open, from one full hour
// up to another.
type Opening struct {
	FromHour int `yaml:"from_hour" json:"from_hour"` // 0 to 23
	ToHour   int `yaml:"to_hour" json:"to_hour"`     // 1 to 24
}

// UsualOpening is from seven in the morning to seven in the evening: cleaning before
// lessons, and meetings after them.
var UsualOpening = Opening{7, 19}

// Hours is how long the school is open on a school day.
func (o Opening) Hours() int { return o.ToHour - o.FromHour }

// Moment is a kind of time at a school.
type Moment string

// The moments. Only when a school is open is anybody there.
const (
	Open    Moment = "open"
	Night   Moment = "night"   // of a school day, before and after the hours of opening
	Weekend Moment = "weekend" // Saturday and Sunday, also in the holidays
	Holiday Moment = "holiday" // another day without classes
)

// EmptyMoments are those in which nobody is there.
var EmptyMoments = []Moment{Night, Weekend, Holiday}

// MomentOf is what an hour of a day is in a zone.
func (t *Terms) MomentOf(zone string, d Day, hour int, open Opening) Moment {
	switch {
	case d.Weekday() == time.Saturday || d.Weekday() == time.Sunday:
		return Weekend
	case !t.SchoolDay(zone, d):
		return Holiday
	case hour < open.FromHour || hour >= open.ToHour:
		return Night
	}
	return Open
}

// DaysWith is how many days of a period have a moment in a zone.
func (t *Terms) DaysWith(m Moment, zone string, p Period) (n int) {
	for d := p.From; d < p.To; d++ {
		of := t.MomentOf(zone, d, 0, Opening{0, 24})
		if of == m || of == Open && m == Night { // each school day has its night
			n++
		}
	}
	return n
}
