package uplink

import (
	"math/rand/v2"
	"time"
)

// Schedule says when to upload next. It goes by the wall clock, as timers stand still
// while a laptop sleeps, and is kept with the status, so that a restart neither
// hurries nor forgets.
type Schedule struct {
	interval time.Duration
	next     time.Time
	asked    time.Time // when Due was asked last
}

const (
	// bootSpread is over how long the devices of a school spread that are all switched
	// on, or opened, on a Monday morning.
	bootSpread = 30 * time.Minute
	// overslept is how late an upload may be before it means that the machine slept.
	overslept = 2 * time.Minute
	// firstSpread is within what a new device is heard of.
	firstSpread = 5 * time.Minute
)

// NewSchedule goes on with a time that was planned before a restart. Without one the
// device is new.
func NewSchedule(interval time.Duration, planned, now time.Time) Schedule {
	s := Schedule{interval: interval, next: planned}
	if planned.IsZero() {
		s.next = now.Add(rand.N(min(interval, firstSpread)))
	}
	return s
}

// Due tells whether to upload now. When the time passed long ago, the machine was off
// or asleep, and so were others beside it: they spread. When the clock is set back, the
// time goes back with it; one that is further away than any plan is of a clock that was
// set back since before a restart.
func (s *Schedule) Due(now time.Time) bool {
	if now.Before(s.asked) {
		s.next = s.next.Add(now.Sub(s.asked))
	}
	s.asked = now
	switch late := now.Sub(s.next); {
	case late > overslept || -late > max(2*s.interval, longestRetry):
		s.next = now.Add(rand.N(min(s.interval, bootSpread)))
		return false
	default:
		return late >= 0
	}
}

// Done plans the next upload after one that went well: at a random moment around an
// interval later, so that a fleet spreads over it.
func (s *Schedule) Done(now time.Time) { s.next = now.Add(s.interval/2 + rand.N(s.interval)) }

// PutOff puts the next upload off until then, but not for longer than a few intervals.
func (s *Schedule) PutOff(now, until time.Time) {
	if latest := now.Add(min(4*s.interval, longestRetry)); until.After(latest) {
		until = latest
	}
	if until.After(s.next) {
		s.next = until
	}
}

// NotBefore puts the next upload off, as after a failure.
func (s *Schedule) NotBefore(next time.Time) { s.next = next }

// Next is when to upload next.
func (s *Schedule) Next() time.Time { return s.next }
