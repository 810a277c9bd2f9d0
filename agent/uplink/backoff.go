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

// After is how long to wait after one more failure: a random time below a bound that
// doubles with each failure, so that a fleet does not come back all at once; and as
// long before that as the collector says, which says the same to all of a fleet.
func (b *BackOff) After(err error) time.Duration {
	b.failures++
	wait := rand.N(min(longestBackOff, firstBackOff<<min(b.failures, 10)))
	var refusal *Refusal
	if errors.As(err, &refusal) {
		if refusal.RetryAfter > 0 {
			wait += refusal.RetryAfter
		}
		if refusal.Unwelcome() {
			wait = longestBackOff/2 + rand.N(longestBackOff)
		}
	}
	return min(wait, longestRetry)
}

// Unwelcome tells that the collector does not know the device or its token: asking
// again soon is of no use.
func (r *Refusal) Unwelcome() bool {
	return r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden
}
