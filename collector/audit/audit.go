// Package audit keeps who administered what. An act is written in the transaction
// that does it, so there is neither an act without its line nor a line without its
// act; the table refuses changes.
//
// Who acts travels in the context: the command line and the API say it once, at
// their door. What the program does by itself, as a demo, is signed "collector".
//
// The log names administrators and machines' random names. It holds no label, no
// serial number and nothing of a pupil.
package audit

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
)

// Act is one line of the log.
type Act struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	Who     string    `json:"who"`
	What    string    `json:"what"`    // as the command is called: "device retire"
	Object  string    `json:"object"`  // what it was done to: "site 3", a device's name
	Details string    `json:"details"` // what changed, in words
}

// Backup is the act of making a backup.
const Backup = "backup"

type actorKey struct{}

type actor struct {
	name string
	at   time.Time
}

// As returns a context in which name does everything, at a moment.
func As(ctx context.Context, name string, at time.Time) context.Context {
	return context.WithValue(ctx, actorKey{}, actor{name, at})
}

// Write adds an act to the log in the transaction that does it.
func Write(ctx context.Context, tx *sql.Tx, what, object, details string) error {
	who, ok := ctx.Value(actorKey{}).(actor)
	if !ok {
		who = actor{"collector", time.Now()}
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO audit (at, who, what, object, details) VALUES (?, ?, ?, ?, ?)", who.at.Unix(), who.name, what, object, details)
	if err != nil {
		return fmt.Errorf("cannot write the audit log: %w", err)
	}
	return nil
}

// Filter picks acts. A zero does not filter.
type Filter struct {
	Since  time.Time
	Who    string // the whole name
	What   string // how the act begins: "device" is all that was done to devices
	Before int64  // with numbers below this one: to go on where a list ended
	Limit  int
}

// Acts lists the acts that a filter picks, the latest first.
func Acts(ctx context.Context, db *sql.DB, f Filter) ([]Act, error) {
	condition, values := "at >= ? AND id < ?", []any{f.Since.Unix(), cmp.Or(f.Before, math.MaxInt64)}
	if f.Who != "" {
		condition, values = condition+" AND who = ?", append(values, f.Who)
	}
	if f.What != "" {
		condition, values = condition+" AND substr(what, 1, length(CAST(? AS text))) = ?", append(values, f.What, f.What)
	}
	return store.All(ctx, db, "read the audit log", "SELECT id, at, who, what, object, details FROM audit WHERE "+condition+" ORDER BY id DESC LIMIT ?",
		append(values, cmp.Or(f.Limit, math.MaxInt32)), func(scan store.Scan, a *Act) error {
			var at int64
			err := scan(&a.ID, &at, &a.Who, &a.What, &a.Object, &a.Details)
			a.At = time.Unix(at, 0).UTC()
			return err
		})
}
