//go:build !linux

package usage

import "time"

var started = time.Now()

// clocks has only Go's monotonic clock here, so that suspend shows as a
// difference to the wall clock.
func clocks() (awake, sinceBoot time.Duration) { return time.Since(started), 0 }

func wholeDisks() []string { return nil }

func watchScreen(string) func() Screen { return func() Screen { return ScreenUnknown } }
