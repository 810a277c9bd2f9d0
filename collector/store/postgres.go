package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Each collector takes at most this many connections, of the 100 that PostgreSQL has
// unless told otherwise.
const (
	writers   = 8
	pgReaders = 8
)

// Waits on PostgreSQL.
const (
	connectTimeout = 10 * time.Second
	// A collector that hangs in a transaction must not hold the others' up for ever.
	idleInTransaction = "60s"
	idleConnection    = 5 * time.Minute
)

// The locks that collectors share, by number. They are of the data base, so that two
// Ecoparcs in two data bases of one server do not meet.
const (
	lockSchema = 0x45634f00 + iota // while the schema is changed
	lockTurn                       // by a transaction that takes turns
	lockLead                       // by the collector that does what is done once
	lockOrder                      // by a transaction whose rows have the order of its commit
)

// postgres is what a store has on PostgreSQL only.
type postgres struct{ lead lead }

func openPostgres(ctx context.Context, address string) (*Store, error) {
	s, err := connect(ctx, address)
	if err == nil {
		err = migratePostgres(ctx, s.Write)
	}
	return opened(s, err, address)
}

func openPostgresShared(ctx context.Context, address string) (*Store, error) {
	s, err := connect(ctx, address)
	if err == nil {
		version := 0
		if version, err = postgresVersion(ctx, s.Write); err == nil && version == 0 {
			err = errors.New("there is no collector data in it: start `collector run` first, or give the right data base in store")
		}
		if err == nil {
			err = migratePostgres(ctx, s.Write)
		}
	}
	return opened(s, err, address)
}

// opened closes a store that could not be opened to the end.
func opened(s *Store, err error, address string) (*Store, error) {
	if err == nil {
		return s, nil
	}
	if s != nil {
		_ = s.Close()
	}
	return nil, Explain(fmt.Errorf("cannot open %s: %w", withoutPassword(address), err))
}

// CheckURL says what is wrong with the address of a data base, without its password.
func CheckURL(address string) error {
	_, err := parse(address)
	return err
}

func parse(address string) (*pgx.ConnConfig, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, errors.New("an address is written as postgres://user:password@host:5432/database, a password's special characters as %40 for @")
	}
	c, err := pgx.ParseConfig(address)
	if err != nil {
		text := err.Error()
		for _, secret := range secrets(u) {
			text = strings.ReplaceAll(text, secret, "xxxxx")
		}
		return nil, errors.New(text)
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectTimeout
	}
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "ecoparc-collector"
	}
	return c, nil
}

// secrets are the parts of an address that are not to be shown.
func secrets(u *url.URL) (all []string) {
	for _, key := range []string{"password", "sslpassword"} {
		all = append(all, u.Query()[key]...)
	}
	if password, ok := u.User.Password(); ok {
		all = append(all, password)
	}
	var shown []string
	for _, s := range all {
		if s != "" {
			shown = append(shown, s, url.QueryEscape(s), url.PathEscape(s))
		}
	}
	return shown
}

// withoutPassword is an address that may be shown: where the data base is, and as whom.
func withoutPassword(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "the PostgreSQL data base of store"
	}
	host := u.Host
	if given := u.Query().Get("host"); host == "" && given != "" {
		host = given
	}
	return fmt.Sprintf("the PostgreSQL data base %q at %q as %q", strings.TrimPrefix(u.Path, "/"), host, u.User.Username())
}

func connect(ctx context.Context, address string) (*Store, error) {
	c, err := parse(address)
	if err != nil {
		return nil, err
	}
	s := &Store{post: &postgres{}}
	writing, reading := c.Copy(), c.Copy()
	writing.RuntimeParams["idle_in_transaction_session_timeout"] = idleInTransaction
	// As on SQLite, a transaction that reads sees one moment.
	reading.RuntimeParams["default_transaction_read_only"] = "on"
	reading.RuntimeParams["default_transaction_isolation"] = "repeatable read"
	s.Write = pool(writing, writers, true)
	s.Read = pool(reading, pgReaders, false)
	s.post.lead.db = s.Write
	return s, errors.Join(s.Write.PingContext(ctx))
}

func pool(c *pgx.ConnConfig, size int, takesTurns bool) *sql.DB {
	db := sql.OpenDB(&pgConnector{Connector: stdlib.GetConnector(*c), takesTurns: takesTurns, texts: &texts{}})
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	db.SetConnMaxIdleTime(idleConnection)
	return db
}

// pgConnector makes connections that take SQL as it is written for both engines.
type pgConnector struct {
	driver.Connector
	takesTurns bool
	texts      *texts
}

func (c *pgConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &pgConn{conn.(*stdlib.Conn), c.texts}, nil
}

// Driver is the connector itself: takeTurn knows it by that.
func (c *pgConnector) Driver() driver.Driver { return c }

// Open is not used: sql.OpenDB has the connector.
func (c *pgConnector) Open(string) (driver.Conn, error) { return c.Connect(context.Background()) }

// pgConn is pgx's connection but for the texts of statements and for booleans.
type pgConn struct {
	*stdlib.Conn
	texts *texts
}

func (c *pgConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return c.Conn.PrepareContext(ctx, c.texts.of(query))
}

func (c *pgConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.Conn.ExecContext(ctx, c.texts.of(query), args)
}

func (c *pgConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.Conn.QueryContext(ctx, c.texts.of(query), args)
}

// CheckNamedValue keeps booleans as SQLite does: as 0 and 1.
func (c *pgConn) CheckNamedValue(v *driver.NamedValue) error {
	if is, ok := v.Value.(bool); ok {
		v.Value = int64(0)
		if is {
			v.Value = int64(1)
		}
	}
	return c.Conn.CheckNamedValue(v)
}

// takeTurn makes a transaction wait until it is the only one that takes turns. Reports
// that are filed meanwhile take none (InTxBeside).
func takeTurn(ctx context.Context, db *sql.DB, tx *sql.Tx) error {
	if c, ok := db.Driver().(*pgConnector); !ok || !c.takesTurns {
		return nil
	}
	_, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(?)", int64(lockTurn))
	return err
}

// IsShared tells whether a data base is one that several collectors may use at once,
// which is PostgreSQL.
func IsShared(db *sql.DB) bool {
	_, is := db.Driver().(*pgConnector)
	return is
}

// InOrder makes a transaction wait until the others that asked for it have ended: the
// numbers that its rows are given from now on have the order of the commits, and who has
// read up to one has missed none before it. SQLite's writers take turns anyway.
func InOrder(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, fmt.Sprintf("SELECT 1 /*! FROM pg_advisory_xact_lock(%d) */", int64(lockOrder)))
	return err
}

// mostTries of a transaction that PostgreSQL undoes again and again.
const mostTries = 10

// again repeats a transaction that PostgreSQL undid, after a random time so that two
// do not get into each other's way once more.
func again(ctx context.Context, transaction func() error) error {
	for try := 1; ; try++ {
		err := transaction()
		if !isUndone(err) || try == mostTries {
			return err
		}
		select {
		case <-time.After(rand.N(time.Duration(try) * 10 * time.Millisecond)):
		case <-ctx.Done():
			return err
		}
	}
}
