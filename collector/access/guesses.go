package access

import (
	"slices"
	"sync"
	"time"
)

// Sign-in is slowed down after some wrong passwords for a name or from an
// address.
const (
	freeTries  = 5
	tryEvery   = time.Minute
	maxTracked = 10_000
)

// guesses counts wrong passwords by name and by address, in memory only.
type guesses struct {
	mu sync.Mutex
	of map[string]wrong
}

type wrong struct {
	times int
	last  time.Time
}

func (t *guesses) blocked(now time.Time, keys ...string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.ContainsFunc(keys, func(key string) bool {
		w := t.of[key]
		return w.times >= freeTries && now.Before(w.last.Add(tryEvery))
	})
}

func (t *guesses) countWrong(now time.Time, keys ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.of) > maxTracked {
		clear(t.of) // bounded memory is worth more than a few free tries
	}
	for _, key := range keys {
		w := t.of[key]
		t.of[key] = wrong{w.times + 1, now}
	}
}

func (t *guesses) forget(keys ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, key := range keys {
		delete(t.of, key)
	}
}
