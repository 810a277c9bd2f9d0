//go:build !linux

package quiet

import "github.com/jonboulle/clockwork"

// Clock is the ordinary clock.
type Clock struct{ clockwork.Clock }

// NewClock returns a clock, to be closed after use.
func NewClock() *Clock { return &Clock{clockwork.NewRealClock()} }

// Close has nothing to give back.
func (*Clock) Close() {}
