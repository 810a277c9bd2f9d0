package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
	"time"
)

// ErrNotLeading says that another collector on the same data base does what is done
// once.
var ErrNotLeading = errors.New("another collector leads")

// Lead is nil where this collector does what is done once for all that share a data
// base, such as jobs: until it is closed, or loses its connection. Of a data folder,
// which only one collector uses, it is always nil.
func (s *Store) Lead(ctx context.Context) error {
	if s.post == nil {
		return nil
	}
	return s.post.lead.hold(ctx)
}

// leadTimeout is how long PostgreSQL may take to say whether the lead is still held.
const leadTimeout = 5 * time.Second

// lead is a lock of a session. PostgreSQL gives it free when the session ends, however
// it ends; so the lead is never held by a collector that is gone.
type lead struct {
	db   *sql.DB
	mu   sync.Mutex
	held *sql.Conn // nil: not held
}

func (l *lead) hold(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, leadTimeout)
	defer cancel()
	if l.held != nil {
		if err := l.held.PingContext(ctx); err == nil {
			return nil
		}
		l.drop()
	}
	conn, err := l.db.Conn(ctx)
	if err != nil {
		return err
	}
	var free bool
	if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock(?)", int64(lockLead)).Scan(&free); err != nil {
		return errors.Join(err, conn.Close())
	}
	if !free {
		return errors.Join(ErrNotLeading, conn.Close())
	}
	l.held = conn
	return nil
}

// giveUp lets another collector lead, from the moment it returns: PostgreSQL notices
// the end of a session a little later.
func (l *lead) giveUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held != nil {
		ctx, cancel := context.WithTimeout(context.Background(), leadTimeout)
		defer cancel()
		_, _ = l.held.ExecContext(ctx, "SELECT pg_advisory_unlock(?)", int64(lockLead)) // or else the end of the session does
	}
	l.drop()
}

// drop ends the session, and with it the lock.
func (l *lead) drop() {
	if l.held == nil {
		return
	}
	_ = l.held.Raw(func(any) error { return driver.ErrBadConn }) // it is closed, not kept for later
	_ = l.held.Close()
	l.held = nil
}
