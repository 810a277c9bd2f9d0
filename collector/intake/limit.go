package intake

import (
	"sync"
	"time"
)

// limiter bounds how many reports a device may send: a bucket of tokens for each,
// which holds what it may send in an hour and fills again within an hour. A device
// that went mad is held back before it takes the others' share of the store.
type limiter struct {
	perHour int // 0: no limit
	most    int // devices that are kept account of

	mu    sync.Mutex
	taken map[int64]bucket // by device; none: full
}

// bucket is kept in whole numbers, without pointers: it may be a million times there.
type bucket struct {
	at   int64 // nanoseconds since 1970
	left float32
}

// maxLimited devices are kept account of. When more have sent within an hour, those
// that have most left are given the rest.
const maxLimited = 2_000_000

func newLimiter(perHour, most int) *limiter {
	return &limiter{perHour: perHour, most: most, taken: map[int64]bucket{}}
}

// take takes a token of a device. If it has none, wait is how long until the next.
func (l *limiter) take(device int64, now time.Time) (wait time.Duration, ok bool) {
	if l.perHour == 0 {
		return 0, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b, known := l.taken[device]
	if !known {
		if len(l.taken) >= l.most {
			l.makeRoom(now)
		}
		b = bucket{left: float32(l.perHour), at: now.UnixNano()}
	}
	b = l.filled(b, now)
	if b.left < 1 {
		l.taken[device] = b
		return time.Duration(float64(1-b.left) / float64(l.perHour) * float64(time.Hour)), false
	}
	b.left--
	l.taken[device] = b
	return 0, true
}

// filled is a bucket with the tokens that it was given since.
func (l *limiter) filled(b bucket, now time.Time) bucket {
	passed := max(now.UnixNano()-b.at, 0) // a clock that is set back gives none, and none less later
	b.left = min(float32(l.perHour), b.left+float32(float64(passed)/float64(time.Hour)*float64(l.perHour)))
	b.at = now.UnixNano()
	return b
}

// makeRoom forgets the devices that have sent little: more than half of their tokens
// are left.
func (l *limiter) makeRoom(now time.Time) {
	for device, b := range l.taken {
		if l.filled(b, now).left > float32(l.perHour)/2 {
			delete(l.taken, device)
		}
	}
	if len(l.taken) >= l.most {
		clear(l.taken) // bounded memory is worth more than a few reports
	}
}
