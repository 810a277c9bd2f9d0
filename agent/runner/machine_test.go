package runner

import (
	"strings"
	"testing"
)

// TestClockIsThatOfTheWall: Go's other clock stands still while the machine sleeps, and
// is not set with the wall's; times that have it are compared by it.
func TestClockIsThatOfTheWall(t *testing.T) {
	if now := DefaultConfig().machine().Clock(); strings.Contains(now.String(), "m=") {
		t.Errorf("%s has a monotonic clock's reading", now)
	}
}
