package intake

import (
	"sync"
	"time"
)

// Limits are how much is taken in an hour; 0 is without a limit.
type Limits struct {
	DeviceReports int // of a device
	SiteReports   int // of all devices of a site
	Enrolments    int // at a site
}

// limiter bounds how much a device or a site may send: a bucket of tokens for each,
// which holds what it may send in an hour and fills again within an hour. One that
// went mad is held back before it takes the others' share of the store.
type limiter struct {
	perHour int // 0: no limit
	most    int // senders that are kept account of

	mu    sync.Mutex
	taken map[int64]bucket // by sender; none: full
}

// bucket is kept in whole numbers, without pointers: it may be a million times there.
type bucket struct {
	at   int64 // nanoseconds since 1970
	left float32
}

// maxDevices and maxSites are kept account of. When more have sent within an hour,
// those that have most left are given the rest.
const (
	maxDevices = 2_000_000
	maxSites   = 100_000
)

func newLimiter(perHour, most int) *limiter {
	return &limiter{perHour: perHour, most: most, taken: map[int64]bucket{}}
}

// take takes a token of a sender. If it has none, wait is how long until the next.
func (l *limiter) take(sender int64, now time.Time) (wait time.Duration, ok bool) {
	if l.perHour == 0 {
		return 0, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b, known := l.taken[sender]
	if !known {
		if len(l.taken) >= l.most {
			l.makeRoom(now)
		}
		b = bucket{left: float32(l.perHour), at: now.UnixNano()}
	}
	b = l.filled(b, now)
	if b.left < 1 {
		l.taken[sender] = b
		return time.Duration(float64(1-b.left) / float64(l.perHour) * float64(time.Hour)), false
	}
	b.left--
	l.taken[sender] = b
	return 0, true
}

// filled is a bucket with the tokens that it was given since.
func (l *limiter) filled(b bucket, now time.Time) bucket {
	passed := max(now.UnixNano()-b.at, 0) // a clock that is set back gives none, and none less later
	b.left = min(float32(l.perHour), b.left+float32(float64(passed)/float64(time.Hour)*float64(l.perHour)))
	b.at = now.UnixNano()
	return b
}

// makeRoom forgets the senders that have sent little: more than half of their tokens
// are left.
func (l *limiter) makeRoom(now time.Time) {
	for sender, b := range l.taken {
		if l.filled(b, now).left > float32(l.perHour)/2 {
			delete(l.taken, sender)
		}
	}
	if len(l.taken) >= l.most {
		clear(l.taken) // bounded memory is worth more than a few reports
	}
}
