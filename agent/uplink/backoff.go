package uplink

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"time"
)

const (
	firstBackOff   = 30 * time.Second
	longestBackOff = time.Hour
)

// BackOff is how long to wait after failures. Its zero value is after none.
type BackOff struct{ failures int }

// After is how long to wait after one more failure: as long as the collector says
// and up to half as long again, or else a random time below a bound that doubles with
// each failure, so that a fleet does not come back all at once.
func (b *BackOff) After(err error) time.Duration {
	b.failures++
	wait := rand.N(min(longestBackOff, firstBackOff<<min(b.failures, 10)))
	var refusal *Refusal
	if errors.As(err, &refusal) {
		if refusal.RetryAfter > 0 {
			wait = refusal.RetryAfter + rand.N(refusal.RetryAfter/2+time.Second)
		}
		if refusal.Unwelcome() {
			wait = longestBackOff
		}
	}
	return min(wait, longestRetry)
}

// Unwelcome tells that the collector does not know the device or its token: asking
// again soon is of no use.
func (r *Refusal) Unwelcome() bool {
	return r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden
}
