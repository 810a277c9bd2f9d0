package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/ecoparc/ecoparc/collector/store"
)

// kind is a statement on one or many rows.
type kind struct {
	name   string // what it is kept by
	before string // the rows
	row    string
	after  string
	width  int // variables of a row
	most   int // rows in one statement
}

// parts are how many rows a statement may have. Few sizes are enough to make up any
// number, and each is prepared once: preparing takes longer than running.
var parts = [...]int{64, 16, 4, 1} // 64 rows of 25 variables stay far below SQLite's limit of 32,766

// part is the largest part of n rows that one statement takes.
func (k kind) part(n int) int {
	for _, p := range parts {
		if p <= n && p <= k.most {
			return p
		}
	}
	return 1
}

func (k kind) text(rows int) string {
	return k.before + k.row + strings.Repeat(", "+k.row, rows-1) + k.after
}

func marks(n int) string { return "(?" + strings.Repeat(", ?", n-1) + ")" }

// statements are kept from one transaction to the next: there is one connection that
// writes, and it is never given up.
type statements struct {
	db     *sql.DB
	mu     sync.Mutex
	all    map[statementKey]*sql.Stmt
	wanted map[statementKey]string // text of those that a transaction had to prepare for itself
}

type statementKey struct {
	name string
	rows int
}

func newStatements(db *sql.DB) *statements {
	return &statements{db: db, all: map[statementKey]*sql.Stmt{}, wanted: map[statementKey]string{}}
}

// of is the statement of a kind for some rows, in a transaction.
func (s *statements) of(ctx context.Context, tx *sql.Tx, k kind, rows int) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := statementKey{k.name, rows}
	if stmt := s.all[key]; stmt != nil {
		return tx.StmtContext(ctx, stmt), nil
	}
	// The transaction has the only connection: to keep a statement is for afterwards.
	s.wanted[key] = k.text(rows)
	return tx.PrepareContext(ctx, k.text(rows))
}

// keepWanted prepares, between transactions, what the last ones wanted. What fails is
// wanted again.
func (s *statements) keepWanted(ctx context.Context) {
	s.mu.Lock()
	wanted := maps.Clone(s.wanted)
	clear(s.wanted)
	s.mu.Unlock()
	for key, text := range wanted {
		stmt, err := s.db.PrepareContext(ctx, text)
		if err != nil {
			continue
		}
		s.mu.Lock()
		if s.all[key] == nil {
			s.all[key], stmt = stmt, nil
		}
		s.mu.Unlock()
		if stmt != nil { // another was faster
			_ = stmt.Close()
		}
	}
}

// exec writes rows, given one after another.
func (f *filing) exec(k kind, args []any) error {
	return f.inParts(k, args, func(stmt *sql.Stmt, args []any) error {
		_, err := stmt.ExecContext(f.ctx, args...)
		return err
	})
}

// inParts runs a statement on rows, given one after another, in as few parts as the
// sizes allow.
func (f *filing) inParts(k kind, args []any, run func(*sql.Stmt, []any) error) error {
	for len(args) > 0 {
		n := k.part(len(args) / k.width)
		stmt, err := f.statement(k, n)
		if err != nil {
			return err
		}
		if err := run(stmt, args[:n*k.width]); err != nil {
			return err
		}
		args = args[n*k.width:]
	}
	return nil
}

// eachRow gives what a statement finds or returns of rows, given one after another.
func (f *filing) eachRow(k kind, args []any, take func(store.Scan) error) error {
	return f.inParts(k, args, func(stmt *sql.Stmt, args []any) error {
		rows, err := stmt.QueryContext(f.ctx, args...)
		return store.Take(rows, err, take)
	})
}

// statement is that of a kind for some rows: one that is kept, or prepared for this
// transaction.
func (f *filing) statement(k kind, rows int) (stmt *sql.Stmt, err error) {
	key := statementKey{k.name, rows}
	if stmt = f.own[key]; stmt != nil {
		return stmt, nil
	}
	if f.kept != nil {
		stmt, err = f.kept.of(f.ctx, f.tx, k, rows)
	} else {
		stmt, err = f.tx.PrepareContext(f.ctx, k.text(rows))
	}
	if err != nil {
		return nil, fmt.Errorf("cannot prepare to write %s: %w", k.name, err)
	}
	f.own[key] = stmt
	return stmt, nil
}
