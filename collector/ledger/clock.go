package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
)

// latest is when the latest report came, here and as the store has it.
type latest struct {
	mu     sync.Mutex
	read   bool // from the store
	at     time.Time
	stored time.Time
}

// latestSteps are how far the store may be behind: it need not be written each time.
const latestSteps = time.Minute

// later is the later of two times of reports. One that is far ahead of a newer report
// was told by a clock that has been set right since.
func later(before, now time.Time) time.Time {
	if before.After(now) && before.Before(now.Add(clockSlack*time.Second)) {
		return before
	}
	return now
}

// load reads what was known before this process.
func (l *latest) load(ctx context.Context, db store.Querier) error {
	if l.read {
		return nil
	}
	seen, err := queryAll(ctx, db, "SELECT at FROM latest_report", nil, func(rows *sql.Rows) (at int64, err error) {
		return at, rows.Scan(&at)
	})
	if err != nil {
		return fmt.Errorf("cannot find the latest report: %w", err)
	}
	l.at = time.Unix(0, 0).UTC()
	if len(seen) > 0 {
		l.at = time.Unix(seen[0], 0).UTC()
	}
	l.stored, l.read = l.at, true
	return nil
}

// note writes down, in the transaction that files a report, when it came. What is to
// be called after the commit takes it over.
func (l *latest) note(ctx context.Context, tx *sql.Tx, at time.Time) (committed func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.load(ctx, tx); err != nil {
		return nil, err
	}
	next := later(l.stored, at)
	if ahead := next.Sub(l.stored); ahead >= 0 && ahead < latestSteps {
		next = l.stored
	} else if _, err := tx.ExecContext(ctx, "INSERT INTO latest_report (\"only\", at) VALUES (1, ?) ON CONFLICT (\"only\") DO UPDATE SET at = excluded.at", next.Unix()); err != nil {
		return nil, fmt.Errorf("cannot note the latest report: %w", err)
	}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.stored, l.at = next, later(l.at, at)
	}, nil
}

// LatestReport is when the latest report of any device came, by the collector's
// clock of then; 1970 when there was none. A clock that is behind it has gone back.
func (l *Ledger) LatestReport(ctx context.Context) (time.Time, error) {
	l.latest.mu.Lock()
	defer l.latest.mu.Unlock()
	if err := l.latest.load(ctx, l.store.Read); err != nil {
		return time.Time{}, err
	}
	return l.latest.at, nil
}
