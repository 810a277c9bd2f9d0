package usage

import (
	"testing"
	"time"
)

func TestModernStandbyIsNotAwake(t *testing.T) {
	clock := []time.Duration{time.Hour, time.Hour + 15*time.Second, time.Hour + time.Minute, 9 * time.Hour, 9*time.Hour + 15*time.Second}
	for _, c := range []struct {
		possible bool
		want     []time.Duration
	}{
		{true, []time.Duration{time.Hour, time.Hour + 15*time.Second, time.Hour + time.Minute, time.Hour + time.Minute, time.Hour + time.Minute + 15*time.Second}},
		{false, clock},
	} {
		s := standby{possible: c.possible}
		for i, at := range clock {
			if got := s.awake(at); got != c.want[i] {
				t.Errorf("possible: %t, at %s: awake for %s; want %s", c.possible, at, got, c.want[i])
			}
		}
	}
}
