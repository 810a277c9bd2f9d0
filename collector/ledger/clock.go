package ledger

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// latest is when the latest report came.
type latest struct {
	mu   sync.Mutex
	at   time.Time
	read bool // what was known before this process
}

func (l *latest) reported(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at.After(l.at) {
		l.at = at
	}
}

// LatestReport is when the latest report of any device came, by the collector's
// clock of then; 1970 when there was none. A clock that is behind it has gone back.
func (l *Ledger) LatestReport(ctx context.Context) (time.Time, error) {
	l.latest.mu.Lock()
	defer l.latest.mu.Unlock()
	if !l.latest.read { // only when it is asked for: it looks at every device
		var seen int64
		if err := l.store.Read.QueryRowContext(ctx, "SELECT coalesce(max(last_seen), 0) FROM devices").Scan(&seen); err != nil {
			return time.Time{}, fmt.Errorf("cannot find the latest report: %w", err)
		}
		if before := time.Unix(seen, 0).UTC(); before.After(l.latest.at) {
			l.latest.at = before
		}
		l.latest.read = true
	}
	return l.latest.at, nil
}
