package uplink_test

import (
	"container/heap"
	"errors"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/uplink"
)

const hour = time.Hour

// dueAt is when a schedule lets upload, looked at by the second.
func dueAt(s *uplink.Schedule, from time.Time) time.Time {
	for now := from; ; now = now.Add(time.Second) {
		if s.Due(now) {
			return now
		}
	}
}

func TestNextUploadSurvivesARestart(t *testing.T) {
	planned := monday.Add(25 * time.Minute)
	s := uplink.NewSchedule(hour, planned, monday)
	if at := dueAt(&s, monday); !at.Equal(planned) {
		t.Errorf("due %s; want %s, as before the restart", at, planned)
	}
}

func TestNewDeviceIsHeardOfWithinMinutes(t *testing.T) {
	for range 100 {
		s := uplink.NewSchedule(hour, time.Time{}, monday)
		if at := dueAt(&s, monday); at.Sub(monday) > 5*time.Minute {
			t.Errorf("first due after %s", at.Sub(monday))
		}
	}
}

// TestSchoolThatWakesOnMondaySpreads: a thousand devices, switched on or opened within
// two minutes after a week-end, do not come all at once.
func TestSchoolThatWakesOnMondaySpreads(t *testing.T) {
	const devices = 1000
	for _, what := range []string{"switched on", "opened"} {
		minutes := map[int]int{}
		for i := range devices {
			friday := monday.AddDate(0, 0, -3)
			wakes := monday.Add(time.Duration(i) * 120 * time.Second / devices)
			s := uplink.NewSchedule(hour, friday, friday)
			if what == "switched on" {
				s = uplink.NewSchedule(hour, friday.Add(hour), wakes)
			}
			at := dueAt(&s, wakes)
			if at.Sub(wakes) > 31*time.Minute {
				t.Fatalf("%s: due %s after it woke; want half an hour at most", what, at.Sub(wakes))
			}
			minutes[int(at.Sub(monday)/time.Minute)]++
		}
		for minute, n := range minutes {
			if n > 3*devices/30 {
				t.Errorf("%s: %d of %d devices in minute %d", what, n, devices, minute)
			}
		}
	}
}

func TestClockSetBackDoesNotSilenceADevice(t *testing.T) {
	s := uplink.NewSchedule(hour, monday.AddDate(5, 0, 0), monday)
	if at := dueAt(&s, monday); at.Sub(monday) > 31*time.Minute {
		t.Errorf("due after %s; want it planned anew", at.Sub(monday))
	}
	for _, back := range []time.Duration{time.Second, 10 * hour, 40_000 * hour} {
		s = uplink.NewSchedule(hour, monday.Add(20*time.Minute), monday)
		s.Due(monday)
		if at := dueAt(&s, monday.Add(-back)); at.Sub(monday.Add(-back)) != 20*time.Minute {
			t.Errorf("set back by %s, due after %s; want twenty minutes, as planned", back, at.Sub(monday.Add(-back)))
		}
	}
}

// event is a device's next try.
type event struct {
	at     time.Time
	device int
}

type events []event

func (e events) Len() int           { return len(e) }
func (e events) Less(i, j int) bool { return e[i].at.Before(e[j].at) }
func (e events) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)        { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// TestFleetSpreadsItsCatchUp lets a hundred thousand devices run into an outage of
// three hours and simulates how they come back: by the devices' own back-off when
// nothing answers, by the collector's Retry-After when it is up and says that it is
// overloaded. No minute after the outage brings more than five times the devices of a
// usual one, and within two hours all are back.
func TestFleetSpreadsItsCatchUp(t *testing.T) {
	const devices, perMinute = 100_000, 4000 // what the collector takes before it says 503
	for _, c := range []struct {
		what string
		err  error
	}{
		{"no answer", errors.New("cannot reach the collector")},
		{"Retry-After", &uplink.Refusal{Status: http.StatusServiceUnavailable, RetryAfter: 10 * time.Minute}},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			down, up := monday.Add(hour), monday.Add(4*hour)
			overload := &uplink.Refusal{Status: http.StatusServiceUnavailable, RetryAfter: time.Minute}
			schedules, backOffs := make([]uplink.Schedule, devices), make([]uplink.BackOff, devices)
			tries := make(events, devices)
			for i := range devices {
				at := monday.Add(rand.N(hour))
				schedules[i] = uplink.NewSchedule(hour, at, monday)
				tries[i] = event{at, i}
			}
			heap.Init(&tries)
			asked, taken := map[int]int{}, map[int]int{}
			waiting := map[int]bool{}
			for tries[0].at.Before(up.Add(3 * hour)) {
				e := tries[0]
				minute := int(e.at.Sub(up) / time.Minute)
				asked[minute]++
				s := &schedules[e.device]
				switch {
				case e.at.After(down) && e.at.Before(up):
					waiting[e.device] = true
					s.NotBefore(e.at.Add(backOffs[e.device].After(c.err)))
				case taken[minute] >= perMinute:
					s.NotBefore(e.at.Add(backOffs[e.device].After(overload)))
				default:
					taken[minute]++
					delete(waiting, e.device)
					backOffs[e.device] = uplink.BackOff{}
					s.Done(e.at)
				}
				tries[0].at = s.Next()
				heap.Fix(&tries, 0)
				if minute >= 120 && len(waiting) > 0 {
					t.Fatalf("%d devices still wait two hours after the outage", len(waiting))
				}
			}
			most := 0
			for minute := range 180 {
				most = max(most, asked[minute])
			}
			if usual := devices / 60; most > 5*usual {
				t.Errorf("%d devices ask in one minute after the outage; %d do in a usual one", most, usual)
			}
			t.Logf("at most %d in a minute after the outage, %d usually", most, devices/60)
		})
	}
}
