package usage

import "time"

// standby finds the time a machine spent in modern standby (S0 low power idle),
// during which the clocks of Windows run on while programs stand still: on a machine
// that has it, a sample that comes minutes late was held up by it.
type standby struct {
	possible bool
	asleep   time.Duration
	last     time.Duration
	began    bool
}

// heldUp is longer than a sampling program ever waits for its turn: samples are at
// most a minute apart.
const heldUp = 3 * time.Minute

// awake is how long the machine has been awake, by a clock that stands still in
// other kinds of sleep only.
func (s *standby) awake(clock time.Duration) time.Duration {
	if gap := clock - s.last; s.possible && s.began && gap > heldUp {
		s.asleep += gap
	}
	s.last, s.began = clock, true
	return clock - s.asleep
}
