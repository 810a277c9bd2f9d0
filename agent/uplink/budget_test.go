package uplink_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/agent/uplink"
)

// TestDeviceKeepsToItsBytes lets devices live for two weeks and counts what they send
// and receive, and how often.
func TestDeviceKeepsToItsBytes(t *testing.T) {
	const days = 14
	for _, c := range []struct {
		what            string
		onHours         int // of each day; it sleeps for the rest
		dayB, reportB   int64
		atLeast, atMost int   // reports a day
		firstB, laterB  int64 // of the first day, and of any after it
	}{
		{what: "a school day", onHours: 8, dayB: 40 << 10, reportB: 3900, atLeast: 7, atMost: 9, firstB: 40 << 10, laterB: 40 << 10},
		{what: "a server", onHours: 24, dayB: 40 << 10, reportB: 4600, atLeast: 8, atMost: 10, firstB: 64 << 10, laterB: 45 << 10},
		{what: "a server behind a filter with long certificates", onHours: 24, dayB: 40 << 10, reportB: 12 << 10, atLeast: 3, atMost: 7, firstB: 100 << 10, laterB: 84 << 10},
		{what: "a server without a bound", onHours: 24, reportB: 4600, atLeast: 21, atMost: 27, firstB: 1 << 20, laterB: 1 << 20},
	} {
		schedule, budget := uplink.NewSchedule(hour, monday, monday), uplink.NewBudget(c.dayB, monday)
		reports, bytes := 0, int64(0)
		for day := range days {
			reportsToday, bytesToday := 0, int64(0)
			for minute := range c.onHours * 60 {
				now := monday.Add(time.Duration(day)*24*hour + time.Duration(minute)*time.Minute)
				if !schedule.Due(now) {
					continue
				}
				schedule.Done(now)
				budget.Spend(now, c.reportB)
				schedule.PutOff(now, budget.Free())
				reportsToday, bytesToday = reportsToday+1, bytesToday+c.reportB
			}
			if day == 0 && bytesToday > c.firstB || day > 0 && bytesToday > c.laterB {
				t.Errorf("%s: %d bytes on day %d", c.what, bytesToday, day)
			}
			reports, bytes = reports+reportsToday, bytes+bytesToday
		}
		if reports < c.atLeast*days || reports > c.atMost*days {
			t.Errorf("%s: %d reports and %d bytes in %d days", c.what, reports, bytes, days)
		}
	}
}

func TestReportsAreCountedAsTheyTravel(t *testing.T) {
	d := newDevice(t, 4)
	d.Every(time.Minute, 1<<10) // which one report, with all of HTTP, is more than half of
	sentB, err := d.flush(t)
	if err != nil || sentB < 400 || sentB > 2000 {
		t.Errorf("%d bytes sent, %v; a report and its headers are some hundred", sentB, err)
	}
	if next := uplink.LoadStatus(d.dir).NextUpload; !next.Equal(d.now.Add(4 * time.Minute)) {
		t.Errorf("the next report is due at %s, want it put off for as long as may be", next)
	}
}

// Whatever is spent, and however the clock runs, a device is never silent for longer
// than a few intervals.
func TestBudgetNeverSilencesADevice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := monday
		interval := time.Duration(rapid.Int64Range(int64(time.Minute), int64(24*hour)).Draw(t, "interval"))
		schedule, budget := uplink.NewSchedule(interval, now, now), uplink.NewBudget(rapid.Int64Range(0, 1<<20).Draw(t, "day"), now)
		for range rapid.IntRange(1, 20).Draw(t, "reports") {
			now = now.Add(time.Duration(rapid.Int64Range(int64(-30*24*hour), int64(30*24*hour)).Draw(t, "later")))
			schedule.Done(now)
			budget.Spend(now, rapid.Int64Range(0, 1<<30).Draw(t, "bytes"))
			schedule.PutOff(now, budget.Free())
			if wait := schedule.Next().Sub(now); wait < 0 || wait > max(min(4*interval, 24*hour), 3*interval/2) {
				t.Fatalf("the next report is due in %s", wait)
			}
		}
	})
}
