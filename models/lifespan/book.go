package lifespan

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Ending is how a device leaves its owner.
type Ending string

// A device that is stored or lost has not left: it has been made all the same,
// and goes on being booked.
const (
	StillOwned Ending = ""
	Retired    Ending = "retired"   // to recycling or waste: the rest is booked on that day
	HandedOn   Ending = "handed_on" // sold, donated, end of lease: the rest goes with the device
)

// Life is the time of a device with one owner, and what it carries into it.
type Life struct {
	InService time.Time
	Carried   Mass           // at the beginning; see [Rules.Carried]
	Expected  quantity.Years // with this owner, counted from InService
	Events    []Event        // parts and changed expectations, in any order
	Ending    Ending
	Ended     time.Time // zero for a device that is still owned
}

// longestLife keeps lives within what a time.Duration can hold.
const longestLife = 100 // years

// Book is the account of a device's embodied impact: what was booked, when. A
// book is made by [Life.Book], and not changed after.
//
// The expected life is a convention of the account and not a measurement, so it
// does not widen the amounts: their bounds are those of the impact carried.
type Book struct {
	entries  []entry
	acquired []entry // what came in: the device and its parts, from == to
	handedOn Mass
}

// entry is an amount booked evenly from one instant to another, or at once when
// these are the same.
type entry struct {
	from, to time.Time
	amount   Mass
}

// before is the part of the entry that falls before t.
func (e entry) before(t time.Time) Mass {
	switch {
	case !e.from.Before(t):
		return Mass{}
	case !e.to.After(t):
		return e.amount
	}
	return e.amount.Times(float64(t.Sub(e.from)) / float64(e.to.Sub(e.from)))
}

// Book books a life: evenly up to its expected end, then nothing more. An event
// changes only what is still to be booked, as an accountant treats a changed
// useful life (IAS 16, paragraph 51): the rest and the new part are spread from
// that day to the new end. A retired device books its rest on the day it leaves.
//
// The error says what in the life does not fit together.
func (l Life) Book() (*Book, error) {
	if err := l.check(); err != nil {
		return nil, fmt.Errorf("cannot book a life: %w", err)
	}
	events := slices.Clone(l.Events)
	slices.SortStableFunc(events, func(a, b Event) int { return a.On.Compare(b.On) })

	b := &Book{acquired: []entry{{l.InService, l.InService, l.Carried}}}
	at, end, rest := l.InService, l.InService.Add(duration(l.Expected)), l.Carried
	bookTo := func(until time.Time) { // evenly, from where the book stands
		if !at.Before(until) || rest == (Mass{}) {
			at = until
			return
		}
		whole := entry{at, end, rest}
		booked := whole.before(until)
		b.entries = append(b.entries, entry{at, earlier(until, end), booked})
		at, rest = until, minus(rest, booked)
	}
	bookAtOnce := func() {
		if rest != (Mass{}) {
			b.entries = append(b.entries, entry{at, at, rest})
			rest = Mass{}
		}
	}
	for _, e := range events {
		bookTo(e.On)
		rest = rest.Plus(e.Adds)
		b.acquired = append(b.acquired, entry{e.On, e.On, e.Adds})
		end = later(end, e.On).Add(duration(e.Extends))
		if !end.After(e.On) { // nothing of the life is left to spread over
			end = e.On
			bookAtOnce()
		}
	}
	switch l.Ending {
	case StillOwned:
		bookTo(end)
	case Retired:
		bookTo(l.Ended)
		bookAtOnce()
	case HandedOn:
		bookTo(l.Ended)
		b.handedOn = rest
	}
	return b, nil
}

func (l Life) check() error {
	var problems []error
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if l.InService.IsZero() {
		problem("when it came into service is missing")
	}
	if !(l.Expected > 0 && l.Expected <= longestLife) {
		problem("the expected life is %v years; it must be above 0 and at most %d", l.Expected, longestLife)
	}
	if l.Carried.Low < 0 {
		problem("it carries %v g; that cannot be negative", l.Carried.Low)
	}
	switch l.Ending {
	case StillOwned:
		if !l.Ended.IsZero() {
			problem("it ended on %s, but was neither retired nor handed on", l.Ended.Format(time.DateOnly))
		}
	case Retired, HandedOn:
		if l.Ended.Before(l.InService) {
			problem("it ended on %s, before it came into service", l.Ended.Format(time.DateOnly))
		}
	default:
		problem("the ending %q is not known", l.Ending)
	}
	for _, e := range l.Events {
		if e.On.Before(l.InService) || l.Ending != StillOwned && e.On.After(l.Ended) {
			problem("the event of %s is outside of the life", e.On.Format(time.DateOnly))
		}
		if e.Adds.Low < 0 {
			problem("the event of %s adds %v g; that cannot be negative", e.On.Format(time.DateOnly), e.Adds.Low)
		}
		if e.Extends > longestLife || e.Extends < -longestLife {
			problem("the event of %s changes the life by %v years", e.On.Format(time.DateOnly), e.Extends)
		}
	}
	return errors.Join(problems...)
}

// Before is what was booked before an instant: the impact that is used up.
func (b *Book) Before(t time.Time) Mass { return sumBefore(b.entries, t) }

// Between is what is booked from one instant (included) to another (excluded).
// Periods that follow each other add up.
func (b *Book) Between(from, to time.Time) Mass { return minus(b.Before(to), b.Before(from)) }

// Remaining is what came in before an instant and was not booked yet. Of a
// device that was handed on it is what went with it.
func (b *Book) Remaining(t time.Time) Mass { return minus(sumBefore(b.acquired, t), b.Before(t)) }

// Total is everything that came in: the device as it was acquired, and its parts.
func (b *Book) Total() Mass {
	var sum Mass
	for _, e := range b.acquired {
		sum = sum.Plus(e.amount)
	}
	return sum
}

// HandedOn is what went to the next owner with the device.
func (b *Book) HandedOn() Mass { return b.handedOn }

// Ends is when the last of the impact is booked; the zero time if nothing is.
func (b *Book) Ends() time.Time {
	var last time.Time
	for _, e := range b.entries {
		last = later(last, e.to)
	}
	return last
}

// YearAmount is what falls to the school year that begins in a calendar year.
type YearAmount struct {
	BeginsIn int  `json:"begins_in"`
	Booked   Mass `json:"booked_gco2e"`
}

// BySchoolYear is the whole account, from the school year in which the device
// came into service to the one in which the last is booked, in a territory.
func (b *Book) BySchoolYear(where *time.Location) []YearAmount {
	var years []YearAmount
	last := calendar.SchoolYearOf(calendar.DayOf(b.Ends(), where))
	for y := calendar.SchoolYearOf(calendar.DayOf(b.acquired[0].from, where)); y <= last; y++ {
		days := calendar.SchoolYear(y)
		years = append(years, YearAmount{y, b.Between(days.From.Start(where), days.To.Start(where))})
	}
	return years
}

func sumBefore(entries []entry, t time.Time) Mass {
	var sum Mass
	for _, e := range entries {
		sum = sum.Plus(e.before(t))
	}
	return sum
}

// minus takes an amount from one that contains it: both rest on the same factor,
// so low is taken from low and high from high. Rounding leaves nothing negative.
func minus(whole, part Mass) Mass {
	return Mass{Low: max(0, whole.Low-part.Low), Value: max(0, whole.Value-part.Value), High: max(0, whole.High-part.High)}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
