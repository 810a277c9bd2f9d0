package ledger

import "time"

// While reports are few, each is posted at once: whoever looks sees it. Under load
// they are only written down in the journal, and posted many at a time: then a page
// that is changed is changed for many of them.
//
// A direct report takes the writer some 0.2 ms, so that 250 a second leave it idle for
// nineteen parts in twenty; an hourly fleet of 900,000 devices sends as many. The
// burst is what 1,000 agents send that all woke at once.
const (
	lightPerS  = 250
	lightBurst = 1000
)

// load tells light load from heavy: a bucket that each report fills and time empties.
type load struct {
	level float64
	at    time.Time
}

// heavy notes reports that came and tells whether they are many.
func (l *load) heavy(reports int, now time.Time) bool {
	if !l.at.IsZero() {
		l.level = max(0, l.level-lightPerS*now.Sub(l.at).Seconds())
	}
	l.at = now
	l.level = min(l.level+float64(reports), 2*lightBurst) // it ends seconds after the load
	return l.level > lightBurst
}
