package quiet_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/quiet"
)

func newClock(t *testing.T) *quiet.Clock {
	c := quiet.NewClock()
	t.Cleanup(c.Close)
	return c
}

// soon waits for what must happen, long enough for a machine that is busy.
func soon(t *testing.T, what string, c <-chan time.Time) time.Time {
	t.Helper()
	select {
	case at := <-c:
		return at
	case <-time.After(time.Minute):
		t.Fatalf("%s: nothing happened", what)
		return time.Time{}
	}
}

func TestCallsAreMadeWhenTheirTimeHasCome(t *testing.T) {
	clock, called := newClock(t), make(chan time.Time, 1)
	call := func() { called <- time.Now() }
	for _, wait := range []time.Duration{0, -time.Hour, time.Nanosecond, 30 * time.Millisecond, 60 * time.Millisecond} { // the same alarm serves them all
		start := time.Now()
		clock.AfterFunc(wait, call)
		if took := soon(t, wait.String(), called).Sub(start); took < wait {
			t.Errorf("called after %s, want %s", took, wait)
		}
	}
}

func TestManyCallsWaitAtOnce(t *testing.T) {
	clock, called := newClock(t), make(chan time.Time, 50)
	for i := range cap(called) {
		clock.AfterFunc(time.Duration(i%7)*time.Millisecond, func() { called <- time.Now() })
	}
	for range cap(called) {
		soon(t, "fifty calls", called)
	}
	select {
	case <-called:
		t.Error("one was made twice")
	case <-time.After(20 * time.Millisecond):
	}
}

func TestStoppedCallIsNotMade(t *testing.T) {
	clock := newClock(t)
	var wrong atomic.Bool
	stopped := clock.AfterFunc(20*time.Millisecond, func() { wrong.Store(true) })
	if !stopped.Stop() || stopped.Stop() {
		t.Error("a call that waits is stopped once")
	}
	called := make(chan time.Time, 1)
	made := clock.AfterFunc(40*time.Millisecond, func() { called <- time.Now() }) // by the same alarm
	soon(t, "the call after it", called)
	if wrong.Load() {
		t.Error("the stopped call was made")
	}
	if made.Stop() {
		t.Error("a call that was made cannot be stopped")
	}
}

func TestCallIsPutOffAndMadeAgain(t *testing.T) {
	clock, called := newClock(t), make(chan time.Time, 1)
	c := clock.AfterFunc(time.Hour, func() { called <- time.Now() })
	if !c.Reset(time.Millisecond) {
		t.Error("it was still to come")
	}
	soon(t, "brought forward", called)
	if c.Reset(time.Millisecond) {
		t.Error("it was made")
	}
	soon(t, "made again", called)
}

func TestClosedClockCallsNobody(t *testing.T) {
	clock := quiet.NewClock()
	var wrong atomic.Bool
	clock.AfterFunc(20*time.Millisecond, func() { wrong.Store(true) })
	clock.Close()
	time.Sleep(60 * time.Millisecond)
	if wrong.Load() {
		t.Error("the call was made")
	}
}
