package ledger

import (
	"testing"
	"time"
)

func TestLoadIsHeavyWhenItLasts(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	var l load
	if l.heavy(lightBurst, at) {
		t.Error("a burst of all agents that woke at once is heavy")
	}
	if l.heavy(1, at.Add(time.Hour)) {
		t.Error("an hour later one report is heavy")
	}
	at = at.Add(2 * time.Hour)
	seconds := 0
	for ; !l.heavy(1600, at) && seconds < 100; seconds++ {
		at = at.Add(time.Second)
	}
	if seconds > 1 {
		t.Errorf("a country's load is heavy after %d s only", seconds)
	}
	for ; l.heavy(lightPerS/2, at) && seconds < 100; seconds++ {
		at = at.Add(time.Second)
	}
	if seconds < 2 || seconds > 12 {
		t.Errorf("after %d s the load is light again", seconds)
	}
	for range 1000 { // for as long as it lasts
		at = at.Add(time.Second)
		if l.heavy(lightPerS, at) {
			t.Fatal("a light load became heavy")
		}
	}
}
