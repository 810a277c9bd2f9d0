package intake

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// However a device spreads what it sends, in no hour is more than twice the limit
// taken, and one that keeps to the limit is never refused.
func TestLimiterTakesWhatAnHourAllows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		perHour := rapid.IntRange(1, 500).Draw(t, "per hour")
		l := newLimiter(perHour, 10)
		at, begin := time.Unix(1_800_000_000, 0), time.Unix(1_800_000_000, 0)
		taken := 0
		for range rapid.IntRange(1, 200).Draw(t, "reports") {
			at = at.Add(time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "pause")))
			if wait, ok := l.take(1, at); ok {
				taken++
			} else if wait <= 0 || wait > time.Hour/time.Duration(perHour)+time.Millisecond {
				t.Fatalf("it is to wait for %s", wait)
			}
		}
		if most := float64(perHour)*(1+at.Sub(begin).Hours()) + 0.01; float64(taken) > most {
			t.Fatalf("%d were taken within %s; at most %.1f are allowed", taken, at.Sub(begin), most)
		}
		for i := range 3 * perHour { // the other device keeps to its share
			if _, ok := l.take(2, at.Add(time.Duration(i)*time.Hour/time.Duration(perHour))); !ok {
				t.Fatalf("report %d of a device within its limit is refused", i)
			}
		}
	})
}

func TestLimiterKeepsAccountOfABoundedNumber(t *testing.T) {
	l := newLimiter(10, 100)
	now := time.Unix(1_800_000_000, 0)
	for range 10 {
		l.take(0, now)
	}
	for device := range int64(1000) {
		l.take(device+1, now)
		if len(l.taken) > 100 {
			t.Fatalf("%d devices are kept account of", len(l.taken))
		}
	}
	if _, ok := l.take(0, now); ok {
		t.Error("the device that sent too much was forgotten before those that sent little")
	}
}

func TestLimiterWithoutLimitTakesEverything(t *testing.T) {
	l := newLimiter(0, 1)
	for range 1000 {
		if _, ok := l.take(1, time.Time{}); !ok {
			t.Fatal("a report is refused")
		}
	}
}

func TestLimiterGoesOnAfterAClockThatWasAhead(t *testing.T) {
	l := newLimiter(10, 100)
	now := time.Unix(1_800_000_000, 0)
	for range 10 {
		l.take(1, now.AddDate(1, 0, 0))
	}
	if _, ok := l.take(1, now); ok {
		t.Error("setting the clock back gave reports")
	}
	if _, ok := l.take(1, now.Add(time.Hour)); !ok {
		t.Error("an hour after the clock was set right a report is refused")
	}
}
